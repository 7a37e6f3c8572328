/*
 * packager/trail.h - one SHA-256 of what is written or read, made by a thread behind it: of a large
 * archive it takes as long as the rest.  Where there is one processor, or little to digest, there
 * is no thread; the digest is the same.
 */
#ifndef PACKAGER_TRAIL_H
#define PACKAGER_TRAIL_H

#include "base/digest.h"

struct pkg_trail;

/* pkg_trail_begin(out, e): Ownership: pkg_trail_free(), at any time. */
int pkg_trail_begin(struct pkg_trail **out, struct err *e) BASE_MUST_USE;

/* pkg_trail_add(t, data, len, e): the data are copied. */
int pkg_trail_add(struct pkg_trail *t, const void *data, size_t len, struct err *e) BASE_MUST_USE;

/* pkg_trail_end(t, hex, e): once, of all that was added.  What went wrong behind is told here. */
int pkg_trail_end(struct pkg_trail *t, char hex[DIGEST_HEX], struct err *e) BASE_MUST_USE;
void pkg_trail_free(struct pkg_trail *t);

#endif
