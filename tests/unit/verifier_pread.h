/*
 * tests/unit/verifier_pread.h - a file whose readings are interrupted, fail, end early, come in halves,
 * or meet that it has grown; for one program, whose pread() this is.
 */
#ifndef TESTS_UNIT_VERIFIER_PREAD_H
#define TESTS_UNIT_VERIFIER_PREAD_H

#include "tests/unit/verifier_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

long syscall(long number, ...); /* unistd.h hides it from POSIX programs */

enum { NOTHING, INTERRUPTED, HALF, FAILED, ENDED, GROWN };

static char path[200];
static int calls, at, how; /* of pread; which of them; what it does */

static inline void begin_file(const char *name)
{
    const char *folder = getenv("TMPDIR");
    int fd;

    snprintf(path, sizeof path, "%s/dryproof-%s-XXXXXX", folder != NULL ? folder : "/tmp", name);
    fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
}

static inline void put_file(const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
}

/* the program's own goes before the library's */
ssize_t pread(int fd, void *p, size_t n, off_t from)
{
    int is_it = ++calls == at;

    if (is_it && (how == INTERRUPTED || how == FAILED || how == ENDED)) {
        errno = how == FAILED ? EIO : EINTR; /* at an end it is that of an earlier call */
        return how == ENDED ? 0 : -1;
    }
    if (is_it && how == GROWN) {
        int more = open(path, O_WRONLY | O_APPEND);

        assert_int_equal(write(more, "xyz", 3), 3);
        close(more);
    }
    if (how == HALF && n > 1)
        n /= 2;
    return syscall(SYS_pread64, fd, p, n, from);
}

#endif
