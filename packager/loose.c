/* packager/loose.c - see packager/loose.h.  The door to zlib. */
#include "packager/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "packager/limits.h"

#define BLOCK (1 << 16) /* bytes read or written at a time */
#define HEAD_MAX 32     /* bytes of "type size", with its NUL */

_Static_assert(PKG_FILE_MAX <= UINT_MAX, "zlib counts in unsigned int");

/* errno is set on failure; of zlib that can only be a bug, for nothing is compressed. */
static int put(z_stream *z, int fd, const void *data, size_t len, int flush)
{
    unsigned char out[BLOCK];
    int state;

    z->next_in = (Bytef *)data; /* zlib does not write there */
    z->avail_in = (uInt)len;
    do {
        z->next_out = out;
        z->avail_out = sizeof out;
        state = deflate(z, flush);
        if (file_put(fd, out, sizeof out - z->avail_out) != 0)
            return -1;
    } while (z->avail_out == 0);
    errno = EINVAL;
    return state == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) ? 0 : -1;
}

static int write_object(int fd, const void *data, size_t len)
{
    char head[32];
    int n = snprintf(head, sizeof head, "blob %zu", len);
    z_stream z;
    int rc = -1;

    memset(&z, 0, sizeof z);
    if (deflateInit(&z, Z_NO_COMPRESSION) != Z_OK) {
        errno = ENOMEM;
        return -1;
    }
    if (put(&z, fd, head, (size_t)n + 1, Z_NO_FLUSH) == 0 && put(&z, fd, data, len, Z_FINISH) == 0)
        rc = fsync(fd);
    (void)deflateEnd(&z); /* sets no errno */
    return rc;
}

static void name_file(char path[FILE_PATH_MAX + 64], const char *folder, const char *id)
{
    (void)snprintf(path, FILE_PATH_MAX + 64, "%s/%.2s/%s", folder, id, id + 2);
}

static void name_unnamed(char path[FILE_PATH_MAX + 64], const char *folder)
{
    (void)snprintf(path, FILE_PATH_MAX + 64, "%s/unnamed", folder);
}

int pkg_loose_write(const char *folder, const void *data, size_t len, struct err *e)
{
    char path[FILE_PATH_MAX + 64];
    int fd, rc;

    name_unnamed(path, folder);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return err_errno(e, errno, "cannot create %s", path);
    rc = write_object(fd, data, len) == 0 ? 0 : err_errno(e, errno, "cannot write %s", path);
    if (close(fd) != 0 && rc == 0)
        rc = err_errno(e, errno, "cannot close %s", path);
    return rc;
}

int pkg_loose_place(const char *folder, const char *id, struct err *e)
{
    char below[FILE_PATH_MAX + 4], from[FILE_PATH_MAX + 64], to[FILE_PATH_MAX + 64];

    (void)snprintf(below, sizeof below, "%s/%.2s", folder, id);
    name_unnamed(from, folder);
    name_file(to, folder, id);
    if (mkdir(below, 0777) != 0 && errno != EEXIST)
        return err_errno(e, errno, "cannot create folder %s", below);
    return rename(from, to) != 0 ? err_errno(e, errno, "cannot create %s", to) : file_sync_folder(below, e);
}

struct pkg_loose {
    int fd;
    bool has_ended;
    z_stream z;
    unsigned char in[BLOCK];
    char path[FILE_PATH_MAX + 64];
};

static int damaged(const struct pkg_loose *l, struct err *e)
{
    return err_set(e, ERR_SYSTEM, "%s is cut short or damaged; take it away, and fetch it again from a clone that has it", l->path);
}

/* Whether there are bytes to look at; -1 on an error. */
static int fill(struct pkg_loose *l, struct err *e)
{
    ssize_t n;

    if (l->z.avail_in > 0)
        return 1;
    do
        n = read(l->fd, l->in, sizeof l->in);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(e, errno, "cannot read %s", l->path);
    l->z.next_in = l->in;
    l->z.avail_in = (uInt)n;
    return n > 0;
}

int pkg_loose_get(struct pkg_loose *l, void *data, size_t len, struct err *e)
{
    while (len > 0) {
        size_t part = len < BLOCK ? len : BLOCK;
        int state, has = l->has_ended ? 0 : fill(l, e);

        if (has < 0)
            return -1;
        l->z.next_out = data;
        l->z.avail_out = (uInt)part;
        state = has == 0 ? Z_BUF_ERROR : inflate(&l->z, Z_NO_FLUSH);
        if (state != Z_OK && state != Z_STREAM_END)
            return state == Z_MEM_ERROR ? err_no_memory(e) : damaged(l, e);
        l->has_ended = state == Z_STREAM_END;
        data = l->z.next_out;
        len -= part - l->z.avail_out;
    }
    return 0;
}

int pkg_loose_end(struct pkg_loose *l, struct err *e)
{
    unsigned char more;
    int has;

    while (!l->has_ended) { /* the checksum may still have to come */
        has = fill(l, e);
        if (has <= 0)
            return has < 0 ? -1 : damaged(l, e);
        l->z.next_out = &more;
        l->z.avail_out = 1;
        l->has_ended = inflate(&l->z, Z_NO_FLUSH) == Z_STREAM_END;
        if (l->z.avail_out == 0 || (!l->has_ended && l->z.avail_in > 0))
            return damaged(l, e);
    }
    has = fill(l, e);
    return has < 0 ? -1 : has > 0 ? damaged(l, e) : 0;
}

/* As git writes it: digits, with no 0 before others; no more than a file can have. */
static bool is_number(const char *text)
{
    size_t n = strspn(text, "0123456789");

    return n > 0 && n <= 15 && text[n] == '\0' && (text[0] != '0' || n == 1);
}

static int read_head(struct pkg_loose *l, struct pkg_loose_head *head, struct err *e)
{
    char text[HEAD_MAX];
    size_t n = 0, type;

    do {
        if (n == sizeof text)
            return damaged(l, e);
        if (pkg_loose_get(l, text + n, 1, e) != 0)
            return -1;
    } while (text[n++] != '\0');
    type = strspn(text, "abcdefghijklmnopqrstuvwxyz");
    if (type == 0 || type >= sizeof head->type || text[type] != ' ' || !is_number(text + type + 1))
        return damaged(l, e);
    memcpy(head->type, text, type);
    head->type[type] = '\0';
    head->size = strtoull(text + type + 1, NULL, 10);
    return 0;
}

bool pkg_loose_has(const char *folder, const char *id)
{
    char path[FILE_PATH_MAX + 64];

    name_file(path, folder, id);
    return file_exists(path);
}

int pkg_loose_open(const char *folder, const char *id, struct pkg_loose_head *head, struct pkg_loose **out, struct err *e)
{
    struct pkg_loose *l = calloc(1, sizeof *l);

    *out = NULL;
    if (l == NULL)
        return err_no_memory(e);
    name_file(l->path, folder, id);
    l->fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO there must not hold us */
    if (l->fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        free(l);
        return 0;
    }
    if (l->fd < 0)
        err_errno(e, errno, "cannot read %s", l->path);
    else if (inflateInit(&l->z) != Z_OK)
        err_no_memory(e);
    else if (read_head(l, head, e) == 0) {
        *out = l;
        return 0;
    }
    pkg_loose_close(l);
    return -1;
}

void pkg_loose_close(struct pkg_loose *l)
{
    if (l == NULL)
        return;
    (void)inflateEnd(&l->z); /* of a stream that was never begun it is an error without effect */
    if (l->fd >= 0)
        (void)close(l->fd);
    free(l);
}
