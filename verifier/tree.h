/*
 * verifier/tree.h - the Merkle tree of a log (RFC 6962) and the tiles it lies in.  FORMAT.md section 9.
 */
#ifndef VFY_TREE_H
#define VFY_TREE_H

#include "verifier/note.h"

enum { VFY_TREE_LEVELS = 21, VFY_TILE = 256, VFY_TILES_A_STEP = 4 };

typedef uint8_t vfy_hash[VFY_HASH];

struct tree {
    size_t size;
    vfy_hash *entries, *level[VFY_TREE_LEVELS]; /* level 0: the leaves; above, complete nodes only */
};

struct tile {
    int level;          /* of tiles; -1: bundles of entries */
    size_t index, width; /* which one, and how much of VFY_TILE it holds */
};

/* vfy_tree_build(a, entries, size, out) - all complete nodes; size below 2^20. */
void vfy_tree_build(struct arena *a, vfy_hash *entries, size_t size, struct tree *out);

/* vfy_tree_root(t, size, root) - of the first `size` entries, at least one. */
void vfy_tree_root(const struct tree *t, size_t size, vfy_hash root);

/* vfy_tree_proof(t, i, out) - the audit path of entry i as the last of i + 1; how many. */
size_t vfy_tree_proof(const struct tree *t, size_t i, vfy_hash out[VFY_TREE_LEVELS]);

/* vfy_tree_tiles(a, size, out) - all tiles and bundles of a tree of that size; how many. */
size_t vfy_tree_tiles(struct arena *a, size_t size, struct tile **out);

/* vfy_tree_step(size, added, gone, gone_count) - those that come and go when a tree gets that
 * size from one less; how many come. */
size_t vfy_tree_step(size_t size, struct tile added[VFY_TILES_A_STEP], struct tile gone[VFY_TILES_A_STEP],
                     size_t *gone_count);

const char *vfy_tree_path(struct arena *a, const struct tile *tile);
const char *vfy_tree_bytes(struct arena *a, const struct tree *t, const struct tile *tile, size_t *n);

#endif
