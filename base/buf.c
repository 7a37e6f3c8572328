/* base/buf.c - see base/buf.h. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buf buf_init(size_t limit)
{
    struct buf b = {NULL, 0, 0, limit};
    return b;
}

int buf_reserve(struct buf *b, size_t more, struct err *e)
{
    size_t cap = b->cap;
    char *grown;

    if (more > b->limit - b->len)
        return err_set(e, ERR_LIMIT, "more than %zu bytes", b->limit);
    if (b->len + more + 1 <= cap)
        return 0;
    if (cap < 64)
        cap = 64;
    while (cap < b->len + more + 1)
        cap *= 2;
    grown = realloc(b->data, cap);
    if (grown == NULL)
        return err_no_memory(e);
    b->data = grown;
    b->cap = cap;
    return 0;
}

int buf_add(struct buf *b, const void *data, size_t len, struct err *e)
{
    if (buf_reserve(b, len, e) != 0)
        return -1;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return 0;
}

int buf_adds(struct buf *b, const char *text, struct err *e)
{
    return buf_add(b, text, strlen(text), e);
}

int buf_addf(struct buf *b, struct err *e, const char *fmt, ...)
{
    va_list ap;
    int need;

    va_start(ap, fmt);
    need = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (need < 0)
        return err_set(e, ERR_INTERNAL, "cannot format text");
    if (buf_reserve(b, (size_t)need, e) != 0)
        return -1;
    va_start(ap, fmt);
    (void)vsnprintf(b->data + b->len, (size_t)need + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)need;
    return 0;
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

void buf_release(struct buf *b)
{
    free(b->data);
    *b = buf_init(b->limit);
}
