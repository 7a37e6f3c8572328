/*
 * verifier/loose.h - a loose object of git, inflated; the door to zlib.
 *
 * libgit2's own reader never ends on a truncated object (its issue 7342) and writes past its
 * buffer on one that is longer than it says (7177).  Nothing is signed before it is inflated.
 */
#ifndef VFY_LOOSE_H
#define VFY_LOOSE_H

#include "verifier/err.h"
#include "verifier/mem.h"

struct loose {
    char type[8]; /* "blob", ... */
    const char *data;
    size_t size;
};

/* vfy_loose_read(a, path, most, out, e) - the object in that file; of one that says it has more than
 * most bytes no more than that: data is NULL.  Its digest is for the caller to check.
 * E_IO, E_REPO_UNSAFE; E_LIMIT_SIZE the file is larger than any such object. */
int vfy_loose_read(struct arena *a, const char *path, size_t most, struct loose *out,
                   struct err *e) __attribute__((warn_unused_result));

#endif
