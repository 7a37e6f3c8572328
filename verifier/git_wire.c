/*
 * verifier/git_wire.c - memory for libgit2.  Before 1.7 it calls itself without end when there is
 * none for its first error (its pull request 6563), and later it may take that for a missing
 * object: it never gets to.
 */
#include "verifier/git.h"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *raw_malloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return vfy_mem_raw(NULL, n);
}

static void *raw_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return vfy_mem_raw(p, n);
}

#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
static void *raw_array(void *p, size_t n, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return vfy_mem_array(p, n, size);
}

static void *raw_calloc(size_t n, size_t size, const char *file, int line)
{
    return memset(raw_array(NULL, n, size, file, line), 0, n * size);
}

static char *raw_substrdup(const char *p, size_t n, const char *file, int line)
{
    char *copy = raw_array(NULL, n + 1, 1, file, line);

    memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

static char *raw_strndup(const char *p, size_t n, const char *file, int line)
{
    return raw_substrdup(p, strnlen(p, n), file, line);
}

static char *raw_strdup(const char *p, const char *file, int line)
{
    return raw_substrdup(p, strlen(p), file, line);
}
#endif

void vfy_git_memory(void)
{
    static git_allocator raw = {
        .gmalloc = raw_malloc,
        .grealloc = raw_realloc,
        .gfree = free,
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
        .gcalloc = raw_calloc,
        .gstrdup = raw_strdup,
        .gstrndup = raw_strndup,
        .gsubstrdup = raw_substrdup,
        .greallocarray = raw_array,
        .gmallocarray = raw_calloc,
#endif
    };

    git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &raw);
}
