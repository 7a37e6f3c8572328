/* collector/digests.c - see collector/digests.h.  Blocks of one part are a chain in the
 * file, the last one first, so that no list of them is kept. */
#include "collector/digests.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/sort.h"

#define PART_BITS 8
#define BLOCK_BYTES ((size_t)8192) /* all blocks together should stay near the processor */
#define MEMORY_MIN ((size_t)256 << 10)

struct block {
    uint64_t previous; /* its number and 1; 0: none */
    uint64_t count;
    unsigned char digests[][DIGEST_BYTES];
};

struct col_hand {
    size_t half; /* bytes of front and of back */
    unsigned char (*front)[DIGEST_BYTES]; /* as they come; later a part, sorted */
    unsigned char (*back)[DIGEST_BYTES];  /* a block for each part; later the other half of a sort */
    size_t room;                          /* digests of a half */
    size_t count;
    bool is_spilling;
    size_t block_bytes;
    uint32_t block_room;
    uint32_t fill[COL_DIGESTS_PARTS]; /* of each block; apart from it, to stay in the nearest cache */
    unsigned char (*sorted)[DIGEST_BYTES]; /* front or back; NULL: runs */
    struct col_runs runs;
};

struct col_digests {
    const char *folder;
    pthread_mutex_t lock; /* of all below */
    int fd;               /* -1: nothing spilled */
    uint64_t blocks;
    uint64_t count;
    size_t parts;
    uint64_t last[COL_DIGESTS_PARTS]; /* number of its last block and 1 */
    uint64_t counts[COL_DIGESTS_PARTS];
};

int col_hand_new(size_t memory, const char *folder, struct col_hand **out, struct err *e)
{
    struct col_hand *h = calloc(1, sizeof *h);

    if (h == NULL)
        return err_no_memory(e);
    if (memory < MEMORY_MIN)
        memory = MEMORY_MIN;
    h->runs.fd = -1;
    h->runs.folder = folder;
    h->half = memory / 2;
    h->block_bytes = h->half / COL_DIGESTS_PARTS / 16 * 16;
    if (h->block_bytes > BLOCK_BYTES)
        h->block_bytes = BLOCK_BYTES;
    h->block_room = (uint32_t)((h->block_bytes - sizeof(struct block)) / DIGEST_BYTES);
    h->room = h->half / DIGEST_BYTES;
    h->front = malloc(h->half); /* pages that are not used cost nothing */
    h->back = malloc(h->half);
    if (h->front == NULL || h->back == NULL) {
        col_hand_free(h);
        return err_no_memory(e);
    }
    *out = h;
    return 0;
}

void col_hand_free(struct col_hand *h)
{
    if (h == NULL)
        return;
    if (h->runs.fd >= 0)
        (void)close(h->runs.fd);
    free(h->front);
    free(h->back);
    free(h);
}

int col_digests_new(const char *folder, struct col_digests **out, struct err *e)
{
    struct col_digests *d = calloc(1, sizeof *d);

    if (d == NULL)
        return err_no_memory(e);
    if (pthread_mutex_init(&d->lock, NULL) != 0) {
        free(d);
        return err_set(e, ERR_SYSTEM, "cannot make a lock");
    }
    d->fd = -1;
    d->folder = folder;
    d->parts = 1;
    *out = d;
    return 0;
}

void col_digests_free(struct col_digests *d)
{
    if (d == NULL)
        return;
    if (d->fd >= 0)
        (void)close(d->fd);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

static struct block *block_of(const struct col_hand *h, size_t part)
{
    return (struct block *)((char *)h->back + part * h->block_bytes);
}

static int write_block(struct col_digests *d, struct col_hand *h, size_t part, struct err *e)
{
    struct block *b = block_of(h, part);
    uint64_t number;
    int rc = 0;

    b->count = h->fill[part];
    h->fill[part] = 0;
    (void)pthread_mutex_lock(&d->lock);
    if (d->fd < 0)
        rc = col_runs_file(d->folder, &d->fd, e);
    number = d->blocks++;
    b->previous = d->last[part];
    d->last[part] = number + 1;
    d->counts[part] += b->count;
    (void)pthread_mutex_unlock(&d->lock);
    if (rc == 0)
        rc = col_runs_write(d->fd, b, h->block_bytes, number * h->block_bytes, e);
    return rc;
}

static int spill(struct col_digests *d, struct col_hand *h,
                 const unsigned char digest[DIGEST_BYTES], struct err *e)
{
    size_t part = digest[0]; /* its first PART_BITS */

    memcpy(block_of(h, part)->digests[h->fill[part]++], digest, DIGEST_BYTES);
    return h->fill[part] == h->block_room ? write_block(d, h, part, e) : 0;
}

static int spill_all(struct col_digests *d, struct col_hand *h, struct err *e)
{
    h->is_spilling = true;
    for (size_t i = 0; i < h->count; i++)
        if (spill(d, h, h->front[i], e) != 0)
            return -1;
    h->count = 0;
    return 0;
}

int col_digests_add(struct col_digests *d, struct col_hand *h,
                    const unsigned char digest[DIGEST_BYTES], struct err *e)
{
    if (h->is_spilling)
        return spill(d, h, digest, e);
    if (h->count == h->room)
        return spill_all(d, h, e) != 0 ? -1 : spill(d, h, digest, e);
    memcpy(h->front[h->count++], digest, DIGEST_BYTES);
    return 0;
}

int col_digests_end(struct col_digests *d, struct col_hand *h, bool is_alone, struct err *e)
{
    if (is_alone && !h->is_spilling) {
        d->count = h->count;
        d->parts = 1;
        return 0;
    }
    if (spill_all(d, h, e) != 0)
        return -1;
    for (size_t i = 0; i < COL_DIGESTS_PARTS; i++)
        if (h->fill[i] > 0 && write_block(d, h, i, e) != 0)
            return -1;
    h->is_spilling = false;
    (void)pthread_mutex_lock(&d->lock);
    d->parts = COL_DIGESTS_PARTS;
    d->count = 0;
    for (size_t i = 0; i < COL_DIGESTS_PARTS; i++)
        d->count += d->counts[i];
    (void)pthread_mutex_unlock(&d->lock);
    return 0;
}

uint64_t col_digests_count(const struct col_digests *d)
{
    return d->count;
}

size_t col_digests_parts(const struct col_digests *d)
{
    return d->parts;
}

uint64_t col_digests_before(const struct col_digests *d, size_t part)
{
    uint64_t n = 0;

    for (size_t i = 0; i < part; i++)
        n += d->counts[i];
    return n;
}

int col_digests_load(struct col_digests *d, struct col_hand *h, size_t part, struct err *e)
{
    /* A block is read into the back half, which only the runs' merge and the sort use, and
     * both later. */
    struct block *b = block_of(h, 0);
    bool is_big = d->counts[part] > h->room;

    if (d->parts == 1) {
        h->sorted = col_sort_digests(h->front, h->count, 0, h->back);
        return 0;
    }
    h->count = 0;
    if (is_big)
        col_runs_begin(&h->runs, h->front, h->back, h->half);
    for (uint64_t at = d->last[part]; at != 0; at = b->previous) {
        if (col_runs_read(d->fd, b, h->block_bytes, (at - 1) * h->block_bytes, e) != 0)
            return -1;
        if (is_big) {
            if (col_runs_add(&h->runs, (const unsigned char(*)[DIGEST_BYTES])b->digests,
                             (size_t)b->count, e) != 0)
                return -1;
        } else {
            memcpy(h->front[h->count], b->digests, (size_t)b->count * DIGEST_BYTES);
            h->count += (size_t)b->count;
        }
    }
    h->sorted = is_big ? NULL : col_sort_digests(h->front, h->count, PART_BITS, h->back);
    return 0;
}

const unsigned char (*col_digests_take(struct col_hand *h, size_t each, size_t *n,
                                       char **work))[DIGEST_BYTES]
{
    if (h->sorted == NULL || h->count > h->half / each)
        return NULL;
    *n = h->count;
    *work = (char *)(h->sorted == h->front ? h->back : h->front);
    h->count = 0;
    return (const unsigned char(*)[DIGEST_BYTES])h->sorted;
}

int col_digests_visit(struct col_hand *h, col_visit *visit, void *context, struct err *e)
{
    int rc = h->sorted == NULL
                 ? col_runs_visit(&h->runs, visit, context, e)
                 : visit(context, (const unsigned char(*)[DIGEST_BYTES])h->sorted, h->count, e);

    h->count = 0;
    return rc;
}
