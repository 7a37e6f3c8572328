/*
 * packager/naming.h - the name that git gives a blob, made by a thread where the blob is large: SHA-1
 * that detects collisions takes 2 s a GiB, and there is other work meanwhile.
 */
#ifndef PACKAGER_NAMING_H
#define PACKAGER_NAMING_H

#include <stddef.h>

#include "base/err.h"

struct pkg_naming;

/* pkg_naming_begin(data, len, out, e): of a blob of these bytes, which stay where they are until
 * pkg_naming_free(), which waits. */
int pkg_naming_begin(const void *data, size_t len, struct pkg_naming **out, struct err *e) BASE_MUST_USE;
void pkg_naming_free(struct pkg_naming *n);

/* pkg_naming_end(n, id, e): the name, 40 hex digits that n keeps; waits for it.  Again, it is the same. */
int pkg_naming_end(struct pkg_naming *n, const char **id, struct err *e) BASE_MUST_USE;

#endif
