/*
 * verifier/bag.h - the BagIt bag in the archive, FORMAT.md section 7.
 */
#ifndef VFY_BAG_H
#define VFY_BAG_H

#include "verifier/ustar.h"

struct bag {
    struct arena *arena;
    struct member *members;
    size_t count;
};

/* vfy_bag_payload(m) - the name below bag/data/, or NULL for a tag file. */
const char *vfy_bag_payload(const struct member *m);

/* vfy_bag_peek(bag, fmt, ...) - the payload file of that name below data/, or NULL. */
struct member *vfy_bag_peek(const struct bag *bag, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* vfy_bag_find(bag, path) - the same, and tick it: what nobody asks for has no business here. */
struct member *vfy_bag_find(const struct bag *bag, const char *path);

/*
 * vfy_bag_check(bag, e) - tag files and manifests say exactly what is there.
 *
 * They are written again from the members and must be equal.  Returns 0; or -1 with
 * E_MANIFEST_MISSING, E_MANIFEST_EXTRA, E_MANIFEST_MISMATCH or E_MANIFEST_FORMAT.
 */
int vfy_bag_check(const struct bag *bag, struct err *e) __attribute__((warn_unused_result));

/*
 * vfy_bag_lines(bag, prefix, b) - the manifest lines of the payload files whose name
 * starts with prefix; appends and returns how many.
 */
size_t vfy_bag_lines(const struct bag *bag, const char *prefix, struct buf *b);

#endif
