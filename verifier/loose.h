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

/* vfy_loose_read(a, path, whole, out, e) - the object in that file; without whole its type and
 * size as it says.  Its digest is for the caller to check.  E_IO, E_LIMIT_SIZE, E_REPO_UNSAFE. */
int vfy_loose_read(struct arena *a, const char *path, bool whole, struct loose *out,
                   struct err *e) __attribute__((warn_unused_result));

#endif
