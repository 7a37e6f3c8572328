/*
 * verifier/mem.h - memory that lives as long as one verification.
 *
 * Allocation never fails from the caller's view: out of memory ends the program
 * with status 5, past MAX_MEMORY_MIB with status 6.  Nothing half-checked is
 * ever reported.
 */
#ifndef VFY_MEM_H
#define VFY_MEM_H

#include <stdbool.h>
#include <stddef.h>

struct chunk;
struct arena {
    struct chunk *chunks;
    size_t total;
};
struct buf {
    struct arena *arena;
    char *p;
    size_t len, cap;
};

/* vfy_mem_alloc(a, n) - n zeroed bytes, aligned for any object; n may be 0, and it is never NULL. */
void *vfy_mem_alloc(struct arena *a, size_t n);

/* vfy_mem_room(a, n) - the same, not zeroed: for bytes that are all written before one is read. */
void *vfy_mem_room(struct arena *a, size_t n);

/* vfy_mem_copy(a, p, n) - the n bytes and a NUL. */
char *vfy_mem_copy(struct arena *a, const void *p, size_t n);

/* vfy_mem_print(a, fmt, ...) - a formatted string. */
char *vfy_mem_print(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* vfy_mem_raw(p, n) - realloc() for a library that does not bear to get nothing: ends the
 * program with status 5 instead. */
void *vfy_mem_raw(void *p, size_t n);

/* vfy_mem_array(p, n, size) - the same for n things of that size, which may be too many to count. */
void *vfy_mem_array(void *p, size_t n, size_t size);

/* vfy_mem_doubt(known) - after a library failed: ends the program with status 5 when that
 * was, or may have been, for lack of memory.  A failure then proves nothing. */
void vfy_mem_doubt(bool known);

/* vfy_mem_reset(a) - as released, keeping one chunk to fill again. */
void vfy_mem_reset(struct arena *a);

/* vfy_mem_release(a) - everything at once; an empty arena is a no-op. */
void vfy_mem_release(struct arena *a);

/* vfy_mem_add(b, p, n) - append; the bytes stay NUL-terminated. */
void vfy_mem_add(struct buf *b, const void *p, size_t n);

/* vfy_mem_put(b, fmt, ...) - append formatted text. */
void vfy_mem_put(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
