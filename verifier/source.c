/* verifier/source.c - see source.h.  No mmap: a file cut short must not be a signal. */
#include "verifier/source.h"

#include "verifier/file.h"
#include "verifier/sums.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct source vfy_source_bytes(const char *p, size_t n)
{
    return (struct source){.bytes = p, .path = "package.tar", .size = n, .fd = -1};
}

int vfy_source_read(const struct source *s, size_t at, char *to, size_t n, struct err *e)
{
    if (s->bytes != NULL) {
        memcpy(to, s->bytes + at, n);
        return 0;
    }
    while (n > 0) {
        ssize_t got = pread(s->fd, to, n, (off_t)(s->at + at));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return vfy_err_set(e, E_IO, s->path, "cannot read it: %s", got < 0 ? strerror(errno) : "cut short");
        to += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return 0;
}

/* to the end that it had when it was opened */
static int digest(struct source *s, struct err *e)
{
    static _Thread_local char windows[VFY_WINDOWS][VFY_WINDOW];
    size_t marks[VFY_WINDOWS] = {0}, turn = 0;
    struct vfy_sums *sums;
    struct vfy_hash *hash;
    struct vfy_mac *mac;
    int rc = 0;

    if (getrandom(s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
        return vfy_err_set(e, E_IO, s->path, "the system gives no random bytes: %s", strerror(errno));
    sums = vfy_sums_begin(s->size);
    hash = vfy_crypto_begin();
    mac = vfy_crypto_mac_begin(s->key);
    for (size_t at = 0; at < s->size && rc == 0; at += VFY_WINDOW) {
        size_t n = s->size - at < VFY_WINDOW ? s->size - at : VFY_WINDOW;

        vfy_sums_wait(sums, marks[turn]);
        rc = vfy_source_read(s, at, windows[turn], n, e);
        if (rc == 0) {
            vfy_sums_add(sums, hash, windows[turn], n);
            vfy_crypto_mac_add(mac, windows[turn], n);
        }
        marks[turn] = vfy_sums_mark(sums);
        turn = sums == NULL ? 0 : (turn + 1) % VFY_WINDOWS; /* one is enough, and warmer */
    }
    vfy_sums_end(sums, hash, s->sha256);
    vfy_sums_finish(sums);
    vfy_crypto_mac_end(mac, s->tag);
    return rc;
}

static int check_end(const struct source *s, struct err *e)
{
    ssize_t more;
    char c;

    do
        more = pread(s->fd, &c, 1, (off_t)s->size);
    while (more < 0 && errno == EINTR);
    return more == 0 ? 0 : vfy_err_set(e, E_IO, s->path, "%s", more < 0 ? strerror(errno) : "it changed while it was read");
}

int vfy_source_open(const char *path, size_t limit, struct source *s, struct err *e)
{
    *s = (struct source){.path = path, .fd = -1};
    if (vfy_file_open(path, limit, &s->fd, &s->size, e) != 0)
        return -1;
    if (digest(s, e) == 0 && check_end(s, e) == 0)
        return 0;
    vfy_source_close(s);
    return -1;
}

int vfy_source_slice(const struct source *s, size_t at, size_t n, struct source *slice, struct err *e)
{
    *slice = *s;
    slice->size = n;
    if (s->bytes != NULL) {
        slice->bytes += at;
        return 0;
    }
    slice->at += at;
    return digest(slice, e);
}

void vfy_source_digest(const struct source *s, char hex[VFY_HEX])
{
    if (s->bytes != NULL)
        vfy_crypto_sha256(s->bytes, s->size, hex);
    else
        memcpy(hex, s->sha256, VFY_HEX);
}

void vfy_source_close(struct source *s)
{
    if (s->bytes == NULL && s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}
