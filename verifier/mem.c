/* verifier/mem.c - see mem.h.  Includes libc only. */
#include "verifier/mem.h"

#include "verifier/limits.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __clang__ /* gcc's analyzer loses sight of a chunk once it is linked into the arena */
#else
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* a sanitised program may not touch what was not asked for: a gap stands behind each piece */
#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { CHUNK = 1 << 18, ALIGN = 16 };

struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(ALIGN) char bytes[];
};

/* of several threads one ends the program, the others wait for it */
static pthread_mutex_t ending = PTHREAD_MUTEX_INITIALIZER;

static _Noreturn void stop(int status, const char *why)
{
    pthread_mutex_lock(&ending);
    fprintf(stderr, "dryproof-verify: %s\n", why);
    exit(status);
}

void vfy_mem_doubt(bool known)
{
    void *volatile room = malloc((size_t)4 << 20); /* volatile, or compilers assume that it worked */

    if (known || room == NULL)
        stop(5, "E_NOMEM: out of memory; nothing was concluded");
    free(room);
}

/* the library that wanted it may hold a lock that its own cleaning up waits for */
static _Noreturn void none(void)
{
    pthread_mutex_lock(&ending);
    fprintf(stderr, "dryproof-verify: E_NOMEM: out of memory; nothing was concluded\n");
    _Exit(5);
}

void *vfy_mem_raw(void *p, size_t n)
{
    void *new = realloc(p, n > 0 ? n : 1);

    if (new == NULL)
        none();
    return new;
}

void *vfy_mem_array(void *p, size_t n, size_t size)
{
    if (size > 0 && n > SIZE_MAX / size)
        none();
    return vfy_mem_raw(p, n * size);
}

void *vfy_mem_room(struct arena *a, size_t n)
{
    struct chunk *c = a->chunks;
    size_t size, asked = n;
    char *p;

    if (n >= (size_t)VFY_MAX_MEMORY_MIB << 20)
        stop(6, "E_LIMIT_SIZE: more memory than MAX_MEMORY_MIB would be needed");
    n = (n + ALIGN - 1) / ALIGN * ALIGN + GAP;
    if (c == NULL || c->size - c->used < n) {
        size = n > CHUNK ? n : CHUNK;
        if (a->total + size > (size_t)VFY_MAX_MEMORY_MIB << 20)
            stop(6, "E_LIMIT_SIZE: more memory than MAX_MEMORY_MIB would be needed");
        c = malloc(sizeof *c + size);
        if (c == NULL)
            stop(5, "E_NOMEM: out of memory");
        c->used = 0;
        c->size = size;
        ASAN_POISON_MEMORY_REGION(c->bytes, size);
        a->total += size;
        if (size > CHUNK && a->chunks != NULL) { /* keep filling the common chunk */
            c->next = a->chunks->next;
            a->chunks->next = c;
        } else {
            c->next = a->chunks;
            a->chunks = c;
        }
    }
    p = c->bytes + c->used;
    c->used += n;
    ASAN_UNPOISON_MEMORY_REGION(p, asked);
    return p;
}

void *vfy_mem_alloc(struct arena *a, size_t n)
{
    return memset(vfy_mem_room(a, n), 0, n); /* not the chunk: most are little used */
}

char *vfy_mem_copy(struct arena *a, const void *p, size_t n)
{
    char *copy = vfy_mem_room(a, n + 1);

    if (n > 0)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void vfy_mem_release(struct arena *a)
{
    while (a->chunks != NULL) {
        struct chunk *next = a->chunks->next;

        free(a->chunks);
        a->chunks = next;
    }
    a->total = 0;
}

void vfy_mem_reset(struct arena *a)
{
    struct chunk *keep = a->chunks;

    if (keep == NULL || keep->size > CHUNK) {
        vfy_mem_release(a);
        return;
    }
    a->chunks = keep->next;
    vfy_mem_release(a);
    ASAN_POISON_MEMORY_REGION(keep->bytes, keep->used);
    keep->used = 0;
    keep->next = NULL;
    a->chunks = keep;
    a->total = keep->size;
}

static void reserve(struct buf *b, size_t more)
{
    size_t cap = b->cap > 0 ? b->cap : 256;
    char *p;

    while (cap - b->len <= more)
        cap *= 2;
    if (cap == b->cap)
        return;
    p = vfy_mem_room(b->arena, cap);
    if (b->len > 0)
        memcpy(p, b->p, b->len);
    b->p = p;
    b->cap = cap;
}

void vfy_mem_add(struct buf *b, const void *p, size_t n)
{
    reserve(b, n);
    if (n > 0)
        memcpy(b->p + b->len, p, n);
    b->len += n;
    b->p[b->len] = '\0';
}

static void put(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    int n;

    reserve(b, 0);
    va_copy(again, ap);
    n = vsnprintf(b->p + b->len, b->cap - b->len, fmt, again);
    va_end(again);
    if (n < 0)
        stop(70, "E_INTERNAL: formatting failed");
    if ((size_t)n >= b->cap - b->len) { /* most fit as they are */
        reserve(b, (size_t)n);
        vsnprintf(b->p + b->len, (size_t)n + 1, fmt, ap);
    }
    b->len += (size_t)n;
}

void vfy_mem_put(struct buf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    put(b, fmt, ap);
    va_end(ap);
}

char *vfy_mem_print(struct arena *a, const char *fmt, ...)
{
    struct buf b = {a, NULL, 0, 0};
    va_list ap;

    va_start(ap, fmt);
    put(&b, fmt, ap);
    va_end(ap);
    return b.p;
}
