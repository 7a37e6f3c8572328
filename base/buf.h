/*
 * base/buf.h - a growable byte buffer with a hard limit.
 * Bytes are always followed by a NUL that len does not count.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

#include "base/err.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t limit; /* len never exceeds it; adding more is ERR_LIMIT */
};

/* buf_init(limit): an empty buffer that may hold up to limit bytes. */
struct buf buf_init(size_t limit);

/* buf_add(b, data, len, e): append len bytes.  ERR_LIMIT, ERR_SYSTEM. */
int buf_add(struct buf *b, const void *data, size_t len, struct err *e) BASE_MUST_USE;

/* buf_reserve(b, more, e): so many bytes can be put behind len, where data is then no NULL.  ERR_LIMIT, ERR_SYSTEM. */
int buf_reserve(struct buf *b, size_t more, struct err *e) BASE_MUST_USE;

/* buf_adds(b, text, e): append a NUL-terminated string without its NUL. */
int buf_adds(struct buf *b, const char *text, struct err *e) BASE_MUST_USE;

/* buf_addf(b, e, fmt, ...): append formatted text. */
int buf_addf(struct buf *b, struct err *e, const char *fmt, ...) BASE_MUST_USE BASE_PRINTF(3, 4);

/* buf_clear(b): length zero, memory kept. */
void buf_clear(struct buf *b);

/* buf_release(b): free the memory; b is an empty buffer of the same limit. */
void buf_release(struct buf *b);

#endif
