/* packager/loose.c - see packager/loose.h.  The door to zlib. */
#include "packager/loose.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/file.h"
#include "packager/limits.h"

#define BLOCK (1 << 16) /* bytes written at a time */

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

int pkg_loose_write(const char *folder, const char *id, const void *data, size_t len, struct err *e)
{
    char below[FILE_PATH_MAX + 4], path[FILE_PATH_MAX + 64];
    int fd, rc;

    (void)snprintf(below, sizeof below, "%s/%.2s", folder, id);
    (void)snprintf(path, sizeof path, "%s/%s", below, id + 2);
    if (mkdir(below, 0777) != 0 && errno != EEXIST)
        return err_errno(e, errno, "cannot create folder %s", below);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return errno == EEXIST ? 0 : err_errno(e, errno, "cannot create %s", path);
    rc = write_object(fd, data, len) == 0 ? 0 : err_errno(e, errno, "cannot write %s", path);
    if (close(fd) != 0 && rc == 0)
        rc = err_errno(e, errno, "cannot close %s", path);
    return rc != 0 ? -1 : file_sync_folder(below, e);
}
