/* verifier/file.c - see file.h.  */
#include "verifier/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static ssize_t read_some(int fd, char *p, size_t n)
{
    ssize_t got;

    do
        got = read(fd, p, n);
    while (got < 0 && errno == EINTR);
    return got;
}

int vfy_file_open(const char *path, size_t limit, int *fd, size_t *size, struct err *e)
{
    struct stat st;

    *fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return vfy_err_set(e, E_IO, path, "cannot open it: %s", strerror(errno));
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
        vfy_err_set(e, E_IO, path, "not a regular file");
    else if (st.st_size < 0 || (unsigned long long)st.st_size > limit)
        vfy_err_set(e, E_LIMIT_SIZE, path, "%lld bytes, the limit is %zu", (long long)st.st_size, limit);
    else {
        *size = (size_t)st.st_size;
        return 0;
    }
    close(*fd);
    *fd = -1; /* the number may be another file's soon */
    return -1;
}

int vfy_file_read(struct arena *a, const char *path, size_t limit, char **data, size_t *size,
                  struct err *e)
{
    size_t want, got = 0;
    char *p, extra;
    ssize_t n;
    int fd, rc = -1;

    if (vfy_file_open(path, limit, &fd, &want, e) != 0)
        return -1;
    p = vfy_mem_room(a, want + 1);
    p[want] = '\0';
    while (got < want) {
        n = read_some(fd, p + got, want - got);
        if (n <= 0) {
            vfy_err_set(e, E_IO, path, "cannot read it: %s", n < 0 ? strerror(errno) : "cut short");
            goto out;
        }
        got += (size_t)n;
    }
    n = read_some(fd, &extra, 1);
    if (n != 0) {
        vfy_err_set(e, E_IO, path, "%s", n < 0 ? strerror(errno) : "it changed while it was read");
        goto out;
    }
    *data = p;
    *size = want;
    rc = 0;
out:
    close(fd);
    return rc;
}
