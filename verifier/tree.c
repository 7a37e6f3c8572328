/* verifier/tree.c - see tree.h. */
#include "verifier/tree.h"

#include <string.h>

static void hash(char kind, const uint8_t *left, const uint8_t *right, vfy_hash out)
{
    uint8_t said[1 + 2 * VFY_HASH] = {(uint8_t)kind}, digest[64];

    memcpy(said + 1, left, VFY_HASH);
    if (right != NULL)
        memcpy(said + 1 + VFY_HASH, right, VFY_HASH);
    vfy_crypto_raw(256, said, right != NULL ? sizeof said : 1 + VFY_HASH, digest);
    memcpy(out, digest, VFY_HASH);
}

void vfy_tree_build(struct arena *a, vfy_hash *entries, size_t size, struct tree *out)
{
    memset(out, 0, sizeof *out);
    out->size = size;
    out->entries = entries;
    for (int l = 0; l < VFY_TREE_LEVELS; l++) {
        size_t n = size >> l;

        out->level[l] = vfy_mem_alloc(a, (n + 1) * VFY_HASH);
        for (size_t i = 0; i < n; i++)
            if (l == 0)
                hash(0, entries[i], NULL, out->level[0][i]);
            else
                hash(1, out->level[l - 1][2 * i], out->level[l - 1][2 * i + 1], out->level[l][i]);
    }
}

/* the right edge, from the smallest complete part to the largest */
void vfy_tree_root(const struct tree *t, size_t size, vfy_hash root)
{
    bool any = false;

    for (int l = 0; l < VFY_TREE_LEVELS; l++) {
        const uint8_t *part;

        if ((size >> l & 1) == 0)
            continue;
        part = t->level[l][(size >> l) - 1];
        if (any)
            hash(1, part, root, root);
        else
            memcpy(root, part, VFY_HASH);
        any = true;
    }
}

/* what stands to the left of the last leaf: one complete part for each bit of its index */
size_t vfy_tree_proof(const struct tree *t, size_t i, vfy_hash out[VFY_TREE_LEVELS])
{
    size_t n = 0;

    for (int l = 0; l < VFY_TREE_LEVELS; l++)
        if ((i >> l & 1) != 0)
            memcpy(out[n++], t->level[l][(i >> l) - 1], VFY_HASH);
    return n;
}

/* hashes, or with level -1 entries, that a tree has for tiles of that level */
static size_t count_of(size_t size, int level)
{
    return level < 0 ? size : size >> (8 * level);
}

size_t vfy_tree_tiles(struct arena *a, size_t size, struct tile **out)
{
    struct tile *tiles = vfy_mem_alloc(a, (2 * (size / VFY_TILE + 1) + size / VFY_TILE / VFY_TILE + 2) * sizeof *tiles);
    size_t n = 0;

    for (int level = -1; level < VFY_TILES_A_STEP - 1; level++) {
        size_t count = count_of(size, level);

        for (size_t at = 0; at * VFY_TILE < count; at++)
            tiles[n++] = (struct tile){level, at, count - at * VFY_TILE < VFY_TILE ? count - at * VFY_TILE : VFY_TILE};
    }
    *out = tiles;
    return n;
}

size_t vfy_tree_step(size_t size, struct tile added[VFY_TILES_A_STEP], struct tile gone[VFY_TILES_A_STEP],
                     size_t *gone_count)
{
    size_t n = 0;

    *gone_count = 0;
    for (int level = -1; level < VFY_TILES_A_STEP - 1; level++) {
        size_t count = count_of(size, level), last = count == 0 ? 0 : (count - 1) / VFY_TILE, width = count - last * VFY_TILE;

        if (count == count_of(size - 1, level))
            continue;
        added[n++] = (struct tile){level, last, width};
        if (width > 1)
            gone[(*gone_count)++] = (struct tile){level, last, width - 1};
    }
    return n;
}

const char *vfy_tree_path(struct arena *a, const struct tile *tile)
{
    struct buf b = {a, NULL, 0, 0};

    vfy_mem_put(&b, "log/tile/");
    if (tile->level < 0)
        vfy_mem_put(&b, "entries/");
    else
        vfy_mem_put(&b, "%d/", tile->level);
    if (tile->index >= 1000)
        vfy_mem_put(&b, "x%03zu/", tile->index / 1000);
    vfy_mem_put(&b, "%03zu", tile->index % 1000);
    if (tile->width < VFY_TILE)
        vfy_mem_put(&b, ".p/%zu", tile->width);
    return b.p;
}

const char *vfy_tree_bytes(struct arena *a, const struct tree *t, const struct tile *tile, size_t *n)
{
    vfy_hash *from = (tile->level < 0 ? t->entries : t->level[8 * tile->level]) + tile->index * VFY_TILE;
    struct buf b = {a, NULL, 0, 0};

    vfy_mem_add(&b, "", 0);
    for (size_t i = 0; i < tile->width; i++) {
        if (tile->level < 0)
            vfy_mem_add(&b, "\0\x20", 2);
        vfy_mem_add(&b, from[i], VFY_HASH);
    }
    *n = b.len;
    return b.p;
}
