/*
 * verifier/source.h - the bytes of an archive: in memory, or in a file that is never in memory
 * whole.
 *
 * A file may change between two readings of it: whatever was read beside the pass that made
 * s->sha256 is compared with a digest that was made then.
 */
#ifndef VFY_SOURCE_H
#define VFY_SOURCE_H

#include "verifier/crypto.h"

struct source {
    const char *bytes; /* NULL: they are in the file */
    const char *path;
    size_t size, at; /* at: of a file, where its bytes begin */
    int fd;
    char sha256[VFY_HEX]; /* of a file */
};

enum { VFY_WINDOW = 1 << 18 }; /* bytes of a file that are looked at at a time */

/* vfy_source_bytes(p, n) - bytes in memory; they stay the caller's. */
struct source vfy_source_bytes(const char *p, size_t n);

/*
 * vfy_source_open(path, limit, s, e) - a regular file, not through a link, and its digest.
 *
 * Returns 0, and the caller closes it; or -1 with *e: E_IO, or E_LIMIT_SIZE (seen before
 * anything is read).
 */
int vfy_source_open(const char *path, size_t limit, struct source *s, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_source_slice(s, at, n, sha256) - n bytes of it from there, whose digest is known; nothing is
 * copied, and s is what is closed. */
struct source vfy_source_slice(const struct source *s, size_t at, size_t n, const char sha256[VFY_HEX]);

/* vfy_source_read(s, at, to, n, e) - n bytes from position at; -1 with E_IO when they are not there. */
int vfy_source_read(const struct source *s, size_t at, char *to, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_source_digest(s, hex) - SHA-256 of the bytes, or what it was when the file was opened. */
void vfy_source_digest(const struct source *s, char hex[VFY_HEX]);

/* vfy_source_close(s) - closes the file; of bytes in memory, or twice, nothing. */
void vfy_source_close(struct source *s);

#endif
