/* collector/tally.c - see collector/tally.h. */
#include "collector/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/row.h"

#define LINES 256 /* hashed at once */

int col_tally_open(struct col_tally *t, struct col_digests *digests, const struct col_table *table,
                   const char *path, struct err *e)
{
    uint64_t count = col_digests_count(digests);

    memset(t, 0, sizeof *t);
    t->digests = digests;
    t->fd = -1;
    for (unsigned int i = 0; i < 256; i++) {
        unsigned char byte = (unsigned char)i;
        char text[3];

        digest_to_hex(&byte, 1, text);
        memcpy(t->pairs[i], text, 2);
    }
    if (pthread_mutex_init(&t->lock, NULL) != 0 || pthread_cond_init(&t->moved, NULL) != 0)
        return err_set(e, ERR_SYSTEM, "cannot make a lock");
    if (digest_new(&t->hash, e) != 0 || digest_begin(t->hash, e) != 0 ||
        row_digest_header(t->hash, table->relation, table->columns, count, e) != 0)
        goto out;
    if (path == NULL || count == 0)
        return 0;
    t->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (t->fd >= 0)
        return 0;
    err_errno(e, errno, "cannot create %s", path);
out:
    col_tally_close(t);
    return -1;
}

static int write_digests(int fd, const void *data, size_t len, struct err *e)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, errno, "cannot write the list of row digests");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int count_digests(void *context, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                         struct err *e)
{
    struct col_tally *t = context;
    char lines[LINES * DIGEST_HEX];

    for (size_t i = 0; i < n;) {
        size_t k = 0;

        for (; k < LINES && i < n; k++, i++) {
            char *line = lines + k * DIGEST_HEX;

            for (size_t b = 0; b < DIGEST_BYTES; b++) /* twice as fast as digest_to_hex */
                memcpy(line + 2 * b, t->pairs[digests[i][b]], 2);
            line[DIGEST_HEX - 1] = '\n';
        }
        if (digest_add(t->hash, lines, k * DIGEST_HEX, e) != 0)
            return -1;
    }
    return t->fd < 0 ? 0 : write_digests(t->fd, digests, n * DIGEST_BYTES, e);
}

/* Loading goes on beside each other, counting one part after the other. */
static int count_part(struct col_tally *t, struct col_hand *hand, size_t part, struct err *e)
{
    int rc = col_digests_load(t->digests, hand, part, e);

    (void)pthread_mutex_lock(&t->lock);
    while (rc == 0 && t->turn != part && !t->is_broken)
        (void)pthread_cond_wait(&t->moved, &t->lock);
    if (t->is_broken)
        rc = -1;
    (void)pthread_mutex_unlock(&t->lock);
    if (rc == 0)
        rc = col_digests_visit(hand, count_digests, t, e);
    (void)pthread_mutex_lock(&t->lock);
    t->turn++;
    t->is_broken = t->is_broken || rc != 0;
    (void)pthread_cond_broadcast(&t->moved);
    (void)pthread_mutex_unlock(&t->lock);
    return rc;
}

int col_tally_work(struct col_tally *t, struct col_hand *hand, struct err *e)
{
    int rc = 0;

    while (rc == 0) {
        size_t part;

        (void)pthread_mutex_lock(&t->lock);
        part = t->next++;
        (void)pthread_mutex_unlock(&t->lock);
        if (part >= col_digests_parts(t->digests))
            break;
        rc = count_part(t, hand, part, e);
    }
    return rc;
}

int col_tally_end(struct col_tally *t, char out[DIGEST_HEX], struct err *e)
{
    unsigned char raw[DIGEST_BYTES];
    int fd = t->fd;

    t->fd = -1;
    if (fd >= 0 && close(fd) != 0)
        return err_errno(e, errno, "cannot close the list of row digests");
    if (digest_end(t->hash, raw, e) != 0)
        return -1;
    digest_to_hex(raw, DIGEST_BYTES, out);
    return 0;
}

void col_tally_close(struct col_tally *t)
{
    if (t->fd >= 0)
        (void)close(t->fd);
    digest_free(t->hash);
    (void)pthread_cond_destroy(&t->moved);
    (void)pthread_mutex_destroy(&t->lock);
}
