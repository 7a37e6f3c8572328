/* collector/reading.c - see collector/reading.h. */
#include "collector/reading.h"

#include <stdio.h>
#include <string.h>

#include "collector/observe.h"
#include "collector/pg_copy.h"

#define LARGE ((uint64_t)64 << 20) /* bytes of a table that is worth several workers */
#define BATCH_TABLES 250
#define BATCH_BYTES ((uint64_t)64 << 20) /* of tables: batches are of like length */
#define BATCH_SQL ((size_t)1 << 24)
#define BLOCK 8192
#define RANGE_BLOCKS 4096
#define LOOK_EVERY 8192 /* rows */

bool col_reading_is_large(const struct col_crew *crew, const struct col_table *t)
{
    return t->bytes >= LARGE && t->capture == NULL && (t->part != NULL || crew->workers == 1);
}

/* Show what is done: at the table's end all of it, meanwhile no more than it has. */
static void show(struct col_worker *w, const struct col_table *t, bool is_over)
{
    uint64_t now = is_over || w->content.bytes > t->bytes ? t->bytes : w->content.bytes;

    if (now > w->bytes_shown)
        col_progress_bytes(&w->crew->share,
                           atomic_fetch_add(&w->crew->bytes_done, now - w->bytes_shown) + now -
                               w->bytes_shown);
    w->bytes_shown = now > w->bytes_shown ? now : w->bytes_shown;
}

static int on_line(void *context, const char *line, size_t len, struct err *e)
{
    struct col_worker *w = context;

    if (++w->rows_shown % LOOK_EVERY == 0) {
        show(w, w->content.table, false);
        if (atomic_load(&w->crew->is_broken))
            return -1;
    }
    return col_content_line(&w->content, line, len, e);
}

static int rows_path(const struct col_crew *crew, const struct col_table *t, char path[FILE_PATH_MAX],
                     struct err *e)
{
    char name[64];

    (void)snprintf(name, sizeof name, "private/%s/%06zu.rows", crew->edge,
                   (size_t)(t - crew->tables->items) + 1);
    return file_join(path, crew->c->dir.path, name, e);
}

int col_reading_tally(const struct col_crew *crew, struct col_tally *tally, struct col_digests *digests,
                      const struct col_table *t, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (crew->edge != NULL && rows_path(crew, t, path, e) != 0)
        return -1;
    return col_tally_open(tally, digests, t, crew->edge == NULL ? NULL : path, e);
}

static int write_captured(struct col_worker *w, size_t i, struct err *e)
{
    char name[64];
    struct buf text = buf_init(COL_CONTENT_BYTES);
    int rc = -1;

    (void)snprintf(name, sizeof name, "%s/tables/%06zu.ndjson", w->crew->edge, w->crew->numbers[i]);
    if (col_content_rows(&w->content, &text, e) == 0)
        rc = col_rundir_write(&w->crew->c->dir, name, text.data, text.len, e);
    buf_release(&text);
    return rc;
}

/* A bracket captures nothing; so that a change can be told by row, what is small is kept in
 * private/, as long as there is room. */
static int keep_small(struct col_worker *w, struct err *e)
{
    struct col_crew *crew = w->crew;
    struct buf text = buf_init(COL_CONTENT_BYTES);
    int rc = col_content_rows(&w->content, &text, e);

    (void)pthread_mutex_lock(&crew->lock);
    if (rc == 0 && text.len <= crew->kept.limit - crew->kept.len)
        rc = buf_add(&crew->kept, text.data, text.len, e);
    (void)pthread_mutex_unlock(&crew->lock);
    buf_release(&text);
    return rc;
}

/* Begin the batch's next table. */
static int begin_next(struct col_worker *w, struct err *e)
{
    const struct col_table *t = &w->crew->tables->items[w->batch[w->batch_next]];

    if (col_digests_new(w->crew->folder, &w->digests, e) != 0)
        return -1;
    col_content_begin(&w->content, t, w->digests,
                      w->crew->edge == NULL            ? COL_KEEP_NONE
                      : w->crew->c->bracket != NULL ? COL_KEEP_SMALL
                                                    : COL_KEEP_CAPTURED);
    w->bytes_shown = 0;
    return 0;
}

/* A table of a batch has ended; the statements' order is the batch's. */
static int on_end(void *context, struct err *e)
{
    struct col_worker *w = context;
    size_t i = w->batch[w->batch_next];
    const struct col_table *t = &w->crew->tables->items[i];
    struct col_tally tally;
    int rc;

    if (col_digests_end(w->digests, w->hand, true, e) != 0 ||
        col_reading_tally(w->crew, &tally, w->digests, t, e) != 0)
        return err_context(e, "table %s", t->relation);
    rc = col_tally_work(&tally, w->hand, e);
    if (rc == 0)
        rc = col_tally_end(&tally, w->crew->results[i].digest, e);
    col_tally_close(&tally);
    if (rc == 0 && w->content.is_kept)
        rc = w->content.is_optional ? keep_small(w, e) : write_captured(w, i, e);
    if (rc != 0)
        return err_context(e, "table %s", t->relation);
    w->crew->results[i].rows = col_digests_count(w->digests);
    show(w, t, true);
    col_digests_free(w->digests);
    w->digests = NULL;
    w->batch_next++;
    return w->batch[w->batch_next] == SIZE_MAX ? 0 : begin_next(w, e);
}

/* The next tables that are not large; none: false. */
static bool take_batch(struct col_crew *crew, size_t batch[BATCH_TABLES + 1])
{
    uint64_t bytes = 0;
    size_t n = 0;

    (void)pthread_mutex_lock(&crew->lock);
    for (; crew->next < crew->tables->count && n < BATCH_TABLES && bytes < BATCH_BYTES; crew->next++) {
        if (col_reading_is_large(crew, &crew->tables->items[crew->next]))
            continue;
        bytes += crew->tables->items[crew->next].bytes;
        batch[n++] = crew->next;
    }
    (void)pthread_mutex_unlock(&crew->lock);
    batch[n] = SIZE_MAX;
    return n > 0;
}

static int read_batch(struct col_worker *w, const size_t batch[BATCH_TABLES + 1], struct err *e)
{
    const struct col_pg_sink sink = {on_line, on_end, w};
    struct buf sql = buf_init(BATCH_SQL);
    size_t n = 0;
    int rc = -1;

    w->batch = batch;
    w->batch_next = 0;
    for (; batch[n] != SIZE_MAX; n++)
        if (buf_addf(&sql, e, "%s;", w->crew->tables->items[batch[n]].copy) != 0)
            goto out;
    if (begin_next(w, e) != 0)
        goto out;
    rc = col_pg_copy(w->pg, sql.data, n, &sink, e);
    if (rc != 0 && w->digests != NULL && e->kind != ERR_NONE && strncmp(e->text, "table ", 6) != 0)
        err_context(e, "table %s", w->content.table->relation);
    if (rc == 0)
        rc = col_observe_unlock(w->pg, e);
out:
    col_digests_free(w->digests);
    w->digests = NULL;
    buf_release(&sql);
    return rc;
}

int col_reading_batches(struct col_worker *w, struct err *e)
{
    size_t batch[BATCH_TABLES + 1];

    while (!atomic_load(&w->crew->is_broken) && take_batch(w->crew, batch))
        if (read_batch(w, batch, e) != 0)
            return -1;
    return 0;
}

static int nothing_more(void *context, struct err *e)
{
    (void)context;
    (void)e;
    return 0;
}

/* The last range has no end: a table may have grown since it was measured. */
int col_reading_ranges(struct col_worker *w, const struct col_table *t, struct err *e)
{
    const struct col_pg_sink sink = {on_line, nothing_more, w};
    unsigned long ranges = (unsigned long)(t->bytes / BLOCK / RANGE_BLOCKS) + 1;
    unsigned long k;
    struct buf sql = buf_init(BATCH_SQL);
    int rc = 0;

    if (w->crew->workers == 1)
        return col_pg_copy(w->pg, t->copy, 1, &sink, e);
    while (rc == 0 && (k = atomic_fetch_add(&w->crew->next_range, 1)) < ranges) {
        buf_clear(&sql);
        rc = buf_addf(&sql, e, "COPY (%s'(%lu,0)'", t->part, k * RANGE_BLOCKS);
        if (rc == 0 && k + 1 < ranges)
            rc = buf_addf(&sql, e, " AND ctid < '(%lu,0)'", (k + 1) * RANGE_BLOCKS);
        if (rc == 0)
            rc = buf_adds(&sql, ") TO STDOUT", e);
        if (rc == 0)
            rc = col_pg_copy(w->pg, sql.data, 1, &sink, e);
    }
    buf_release(&sql);
    return rc;
}
