/*
 * verifier/source.h - the bytes of an archive: in memory, or in a file that is never in memory
 * whole.
 *
 * A file may change between two readings of it.  The pass that made s->sha256 also made s->tag,
 * Poly1305 by a key of random bytes that never leave this process, nor does the tag: a second
 * pass over all of it is compared by that; of a part, by the part's own SHA-256.
 * That is enough.  Whoever changes the file has to choose its bytes without knowing the key, has
 * one try for each key, and learns at most that it failed.  Bytes that are not the same, 16 n of
 * them, have the same tag by n of 2^102 keys at most (RFC 8439 section 4): 1 GiB by one of 2^76.
 */
#ifndef VFY_SOURCE_H
#define VFY_SOURCE_H

#include "verifier/crypto.h"

struct source {
    const char *bytes; /* NULL: they are in the file */
    const char *path;
    size_t size, at; /* at: of a file, where its bytes begin */
    int fd;
    char sha256[VFY_HEX]; /* of a file, as are: */
    uint8_t key[VFY_MAC_KEY], tag[VFY_TAG];
};

/* bytes of a file that are looked at at a time; windows that take turns while one is digested */
enum { VFY_WINDOW = 1 << 18, VFY_WINDOWS = 3 };

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

/*
 * vfy_source_slice(s, at, n, slice, e) - n bytes of it from there, of a file with their digest, made
 * now; nothing is copied, and s is what is closed.
 *
 * Returns 0; or -1 with *e: E_IO.
 */
int vfy_source_slice(const struct source *s, size_t at, size_t n, struct source *slice, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_source_read(s, at, to, n, e) - n bytes from position at; -1 with E_IO when they are not there. */
int vfy_source_read(const struct source *s, size_t at, char *to, size_t n, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_source_digest(s, hex) - SHA-256 of the bytes, or what it was when the file was opened. */
void vfy_source_digest(const struct source *s, char hex[VFY_HEX]);

/* vfy_source_close(s) - closes the file; of bytes in memory, or twice, nothing. */
void vfy_source_close(struct source *s);

#endif
