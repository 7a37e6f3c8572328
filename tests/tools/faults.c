/*
 * tests/tools/faults.c - for LD_PRELOAD: one call into the system fails, so that a test can fail
 * each of them in turn.
 *
 *   FAULT=KIND:N   the N-th call of that kind, from the start of main() on:
 *     alloc        malloc, calloc, realloc, posix_memalign give nothing
 *     starve       that one and all after it
 *     eio, eintr   read and pread fail so; eintr fails once and then lets it through
 *     short, shortp   read or pread gives half of what was asked for, this time and ever after
 *     shortw       write and pwrite take half, this time and ever after
 *     open, stat, list, map   open (EMFILE), lstat and fstat (EIO), readdir (EIO), mmap (ENOMEM)
 *     run          before that read the command $FAULT_RUN, which may change the file
 *     loop         from that readdir on the file before it, for ever
 *     clock        clock_gettime() gives N seconds
 *     stats        stat (EIO), which libgit2 asks
 *     inflate      inflateInit has no memory
 *     thread       that pthread_create and all after it start none
 *     die          before that read the thread that reads kills itself
 *   FAULT_UNTYPED=1   readdir does not tell what it found, as on some file systems
 *   FAULT_WORKERS=N   so many processors are there to run on
 *   FAULT_TELL=FD  where the number of calls of that kind is written at the end
 *
 * Calls that libc makes inside itself are not seen: fwrite's, and the loader's.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *kind = "";
static unsigned long at;
static atomic_ulong calls; /* by any thread */
static bool is_on;

/* what dlsym itself allocates, before the real ones are known */
static char early[1 << 16];
static size_t early_used;

static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t), *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static int (*real_memalign)(void **, size_t, size_t);

static void find_malloc(void)
{
    static bool is_busy;

    if (real_free != NULL || is_busy)
        return;
    is_busy = true;
    *(void **)&real_malloc = dlsym(RTLD_NEXT, "malloc");
    *(void **)&real_calloc = dlsym(RTLD_NEXT, "calloc");
    *(void **)&real_realloc = dlsym(RTLD_NEXT, "realloc");
    *(void **)&real_memalign = dlsym(RTLD_NEXT, "posix_memalign");
    *(void **)&real_free = dlsym(RTLD_NEXT, "free");
    is_busy = false;
}

static bool is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static void *early_alloc(size_t n)
{
    void *p = early + early_used;

    n = (n + 15) / 16 * 16;
    if (n > sizeof early - early_used)
        abort();
    early_used += n;
    return p;
}

/* counts a call of that kind; whether it is the one */
static bool is_due(const char *what)
{
    return is_on && strcmp(kind, what) == 0 && ++calls == at;
}

static bool no_memory(void)
{
    if (is_due("alloc") || (is_on && strcmp(kind, "starve") == 0 && ++calls >= at && at > 0)) {
        errno = ENOMEM;
        return true;
    }
    return false;
}

void *malloc(size_t n)
{
    find_malloc();
    return no_memory() ? NULL : real_malloc != NULL && real_free != NULL ? real_malloc(n) : early_alloc(n);
}

void *calloc(size_t n, size_t size)
{
    find_malloc();
    return no_memory() ? NULL : real_free != NULL ? real_calloc(n, size) : early_alloc(n * size);
}

void *realloc(void *p, size_t n)
{
    find_malloc();
    if (no_memory())
        return NULL;
    if (is_early(p)) {
        void *new = malloc(n);

        return new != NULL ? memcpy(new, p, n < 1024 ? n : 1024) : NULL;
    }
    return real_realloc(p, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    find_malloc();
    return no_memory() ? ENOMEM : real_memalign(p, align, n);
}

void free(void *p)
{
    if (!is_early(p) && p != NULL)
        real_free(p);
}

static void run_command(void)
{
    is_on = false;
    unsetenv("LD_PRELOAD");
    if (system(getenv("FAULT_RUN")) != 0)
        abort();
    is_on = true;
}

/* before a read: whether it fails, and of how much it is */
static bool read_fails(size_t *n, const char *halved)
{
    if (is_on && strcmp(kind, halved) == 0 && ++calls >= at && at > 0)
        *n = (*n + 1) / 2;
    if (is_due("run"))
        run_command();
    if (is_due("die"))
        pthread_kill(pthread_self(), SIGKILL);
    if (is_due("eio")) {
        errno = EIO;
        return true;
    }
    if (is_due("eintr")) {
        errno = EINTR;
        return true;
    }
    return false;
}

ssize_t read(int fd, void *p, size_t n)
{
    static ssize_t (*real)(int, void *, size_t);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "read");
    return read_fails(&n, "short") ? -1 : real(fd, p, n);
}

#define PREAD(name, offset)                                                                        \
    ssize_t name(int fd, void *p, size_t n, offset from)                                           \
    {                                                                                              \
        static ssize_t (*real)(int, void *, size_t, offset);                                       \
                                                                                                   \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return read_fails(&n, "shortp") ? -1 : real(fd, p, n, from);                               \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

static size_t half_of(size_t n)
{
    return is_on && strcmp(kind, "shortw") == 0 && ++calls >= at && at > 0 ? (n + 1) / 2 : n;
}

ssize_t write(int fd, const void *p, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    return real(fd, p, half_of(n));
}

#define PWRITE(name, offset)                                                                       \
    ssize_t name(int fd, const void *p, size_t n, offset from)                                     \
    {                                                                                              \
        static ssize_t (*real)(int, const void *, size_t, offset);                                 \
                                                                                                   \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return real(fd, p, half_of(n), from);                                                      \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int open_real(const char *path, int flags, mode_t mode)
{
    static int (*real)(const char *, int, ...);
    const char *pattern = getenv("FAULT_PATH");

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    if ((pattern == NULL || fnmatch(pattern, path, 0) == 0) && is_due("runo"))
        run_command();
    if (is_due("open")) {
        errno = EMFILE;
        return -1;
    }
    return real(path, flags, mode);
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list ap;                                                                                \
        mode_t mode;                                                                               \
                                                                                                   \
        va_start(ap, flags);                                                                       \
        mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;                                    \
        va_end(ap);                                                                                \
        return open_real(path, flags, mode);                                                       \
    }
OPEN(open)
OPEN(open64)

#define STAT(name, due, of, type)                                                                  \
    int name(of, struct type *st)                                                                  \
    {                                                                                              \
        static int (*real)(of, struct type *);                                                     \
                                                                                                   \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        if (is_due(due)) {                                                                         \
            errno = EIO;                                                                           \
            return -1;                                                                             \
        }                                                                                          \
        return real(what, st);                                                                     \
    }
STAT(lstat, "stat", const char *what, stat)
STAT(lstat64, "stat", const char *what, stat64)
STAT(fstat, "stat", int what, stat)
STAT(fstat64, "stat", int what, stat64)
STAT(stat, "stats", const char *what, stat)
STAT(stat64, "stats", const char *what, stat64)

int inflateInit_(void *z, const char *version, int size); /* a macro of zlib.h has its name without _ */

int inflateInit_(void *z, const char *version, int size)
{
    static int (*real)(void *, const char *, int);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "inflateInit_");
    return is_due("inflate") ? -4 : real(z, version, size); /* Z_MEM_ERROR */
}

#define READDIR(name, type)                                                                        \
    struct type *name(DIR *dir)                                                                    \
    {                                                                                              \
        static struct type *(*real)(DIR *), *last;                                                 \
        static DIR *of;                                                                            \
                                                                                                   \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        if (is_due("list")) {                                                                      \
            errno = EIO;                                                                           \
            return NULL;                                                                           \
        }                                                                                          \
        if (is_on && strcmp(kind, "loop") == 0 && ++calls >= at && dir == of && last != NULL &&    \
            last->d_type == DT_REG)                                                                \
            return last;                                                                           \
        of = dir;                                                                                  \
        last = real(dir);                                                                          \
        if (last != NULL && getenv("FAULT_UNTYPED") != NULL)                                       \
            last->d_type = DT_UNKNOWN;                                                             \
        return last;                                                                               \
    }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)

#define MMAP(name, offset)                                                                         \
    void *name(void *p, size_t n, int prot, int flags, int fd, offset from)                        \
    {                                                                                              \
        static void *(*real)(void *, size_t, int, int, int, offset);                               \
                                                                                                   \
        if (real == NULL)                                                                          \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        if (is_due("map")) {                                                                       \
            errno = ENOMEM;                                                                        \
            return MAP_FAILED;                                                                     \
        }                                                                                          \
        return real(p, n, prot, flags, fd, from);                                                  \
    }
MMAP(mmap, off_t)
MMAP(mmap64, off64_t)

int clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    if (!is_on || strcmp(kind, "clock") != 0)
        return real(clock, out);
    *out = (struct timespec){(time_t)at, 0};
    return 0;
}

int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    static int (*real)(pid_t, size_t, cpu_set_t *);
    const char *n = getenv("FAULT_WORKERS");

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "sched_getaffinity");
    if (n == NULL)
        return real(pid, size, set);
    CPU_ZERO_S(size, set);
    for (int i = 0; i < atoi(n); i++)
        CPU_SET_S((size_t)i, size, set);
    return 0;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*f)(void *), void *p)
{
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    if (is_on && strcmp(kind, "thread") == 0 && ++calls >= at && at > 0)
        return EAGAIN;
    return real(thread, attr, f, p);
}

static int (*real_main)(int, char **, char **);

/* what counts lines of the program writes them after this */
void faults_end(void);

void faults_end(void)
{
    is_on = false;
}

static int main_begins(int argc, char **argv, char **env)
{
    const char *fault = getenv("FAULT"), *colon = fault != NULL ? strchr(fault, ':') : NULL;
    static char name[16];

    if (colon != NULL && (size_t)(colon - fault) < sizeof name) {
        memcpy(name, fault, (size_t)(colon - fault));
        kind = name;
        at = strtoul(colon + 1, NULL, 10);
        is_on = atexit(faults_end) == 0;
    }
    return real_main(argc, argv, env);
}

int __libc_start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
                      void (*loader_fini)(void), void *stack)
{
    int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

    *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
    real_main = main;
    return real(main_begins, argc, argv, init, fini, loader_fini, stack);
}

__attribute__((destructor)) static void end(void)
{
    const char *fd = getenv("FAULT_TELL");

    is_on = false;
    if (fd != NULL)
        dprintf(atoi(fd), "%lu\n", (unsigned long)calls);
}
