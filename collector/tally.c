/* collector/tally.c - see collector/tally.h. */
#include "collector/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/row.h"
#include "collector/runs.h"

#define LINES 256 /* hashed at once where memory is short */

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

static void hex_lines(const struct col_tally *t, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                      char *lines)
{
    for (size_t i = 0; i < n; i++) {
        char *line = lines + i * DIGEST_HEX;

        for (size_t b = 0; b < DIGEST_BYTES; b++) /* twice as fast as digest_to_hex */
            memcpy(line + 2 * b, t->pairs[digests[i][b]], 2);
        line[DIGEST_HEX - 1] = '\n';
    }
}

/* The list's digests from number first on; work: room for n shortened ones. */
static int list_digests(const struct col_tally *t, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                        uint64_t first, char *work, struct err *e)
{
    if (t->fd < 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        memcpy(work + i * ROW_LISTED_BYTES, digests[i], ROW_LISTED_BYTES);
    return col_runs_write(t->fd, work, n * ROW_LISTED_BYTES, first * ROW_LISTED_BYTES, e);
}

/* In turn, what is too much for memory: a few digests after the other. */
static int count_digests(void *context, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                         struct err *e)
{
    struct col_tally *t = context;
    char lines[LINES * DIGEST_HEX];

    for (size_t i = 0, k; i < n; i += k) {
        k = n - i < LINES ? n - i : LINES;
        if (list_digests(t, digests + i, k, t->counted, lines, e) != 0)
            return -1;
        hex_lines(t, digests + i, k, lines);
        if (digest_add(t->hash, lines, k * DIGEST_HEX, e) != 0)
            return -1;
        t->counted += k;
    }
    return 0;
}

/* All of a part but its hash, which has to wait for its turn; *lines stays NULL when the
 * hand's memory is too small for it. */
static int prepare_part(struct col_tally *t, struct col_hand *hand, size_t part, const char **lines,
                        size_t *len, struct err *e)
{
    size_t n = 0;
    const unsigned char (*sorted)[DIGEST_BYTES];
    char *work;

    if (col_digests_load(t->digests, hand, part, e) != 0)
        return -1;
    sorted = col_digests_take(hand, DIGEST_HEX, &n, &work);
    if (sorted == NULL)
        return 0;
    if (list_digests(t, sorted, n, col_digests_before(t->digests, part), work, e) != 0)
        return -1;
    hex_lines(t, sorted, n, work);
    *lines = work;
    *len = n * DIGEST_HEX;
    return 0;
}

/* Preparing goes on beside each other, counting one part after the other. */
static int count_part(struct col_tally *t, struct col_hand *hand, size_t part, struct err *e)
{
    const char *lines = NULL;
    size_t len = 0;
    int rc = prepare_part(t, hand, part, &lines, &len, e);

    (void)pthread_mutex_lock(&t->lock);
    while (rc == 0 && t->turn != part && !t->is_broken)
        (void)pthread_cond_wait(&t->moved, &t->lock);
    if (t->is_broken)
        rc = -1;
    (void)pthread_mutex_unlock(&t->lock);
    if (rc == 0 && lines != NULL) {
        rc = digest_add(t->hash, lines, len, e);
        t->counted += len / DIGEST_HEX;
    } else if (rc == 0) {
        rc = col_digests_visit(hand, count_digests, t, e);
    }
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
