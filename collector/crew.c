/* collector/crew.c - see collector/crew.h.
 *
 * All threads walk the same list of large tables, reading block ranges of each and counting
 * its parts together, with a barrier between the steps; then they take the other tables in
 * batches.  After a failure they still meet at every barrier, doing nothing. */
#include "collector/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/limits.h"
#include "collector/observe.h"
#include "collector/reading.h"

#define MEMORY ((size_t)32 << 20)      /* of all hands together */
#define MEMORY_EACH ((size_t)16 << 20) /* of one at most */

static void break_crew(struct col_crew *crew, const struct err *e)
{
    (void)pthread_mutex_lock(&crew->lock);
    if (crew->err.kind == ERR_NONE)
        crew->err = *e; /* it may say nothing: then the other's failure came first */
    (void)pthread_mutex_unlock(&crew->lock);
    atomic_store(&crew->is_broken, true);
}

/* One step of all: nobody goes on before all have done it. */
static void together(struct col_worker *w, int (*act)(struct col_worker *w, size_t i, struct err *e),
                     size_t i)
{
    struct err e = {ERR_NONE, ""};

    if (!atomic_load(&w->crew->is_broken) && act(w, i, &e) != 0) {
        if (e.kind != ERR_NONE)
            err_context(&e, "table %s", w->crew->tables->items[i].relation);
        break_crew(w->crew, &e);
    }
    if (w->crew->threads > 1)
        (void)pthread_barrier_wait(&w->crew->barrier);
}

static int begin_large(struct col_worker *w, size_t i, struct err *e)
{
    (void)i;
    if (w->number > 0)
        return 0;
    atomic_store(&w->crew->next_range, 0);
    return col_digests_new(w->crew->folder, &w->crew->digests, e);
}

static int read_large(struct col_worker *w, size_t i, struct err *e)
{
    const struct col_table *t = &w->crew->tables->items[i];

    if (w->pg == NULL)
        return 0;
    col_content_begin(&w->content, t, w->crew->digests, COL_KEEP_NONE);
    w->bytes_shown = 0;
    return col_reading_ranges(w, t, e) != 0 ? -1 : col_digests_end(w->crew->digests, w->hand, false, e);
}

static int unlock_large(struct col_worker *w, size_t i, struct err *e)
{
    if (w->pg != NULL && col_observe_unlock(w->pg, e) != 0)
        return -1;
    if (w->number > 0)
        return 0;
    if (col_reading_tally(w->crew, &w->crew->tally, w->crew->digests, &w->crew->tables->items[i], e) != 0)
        return -1;
    w->crew->is_tallying = true;
    return 0;
}

static int count_large(struct col_worker *w, size_t i, struct err *e)
{
    (void)i;
    return col_tally_work(&w->crew->tally, w->hand, e);
}

static int end_large(struct col_worker *w, size_t i, struct err *e)
{
    if (w->number > 0)
        return 0;
    w->crew->results[i].rows = col_digests_count(w->crew->digests);
    return col_tally_end(&w->crew->tally, w->crew->results[i].digest, e);
}

/*
 * One large table.  The first to read it locks it, and nobody gives the lock back before all
 * have read: a rewrite in between would move rows from range to range.
 */
static void take_large(struct col_worker *w, size_t i)
{
    struct col_crew *crew = w->crew;

    together(w, begin_large, i);
    together(w, read_large, i);
    together(w, unlock_large, i);
    together(w, count_large, i);
    together(w, end_large, i);
    if (w->number > 0)
        return;
    if (crew->is_tallying)
        col_tally_close(&crew->tally);
    crew->is_tallying = false;
    col_digests_free(crew->digests);
    crew->digests = NULL;
}

/* The snapshot's name is the server's word: digits and dashes. */
static int import_snapshot(struct col_worker *w, struct err *e)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SET TRANSACTION SNAPSHOT '%s'", w->crew->snapshot);
    return col_observe_begin_import(w->pg, sql, e);
}

static int open_worker(struct col_worker *w, struct err *e)
{
    struct col_crew *crew = w->crew;

    if (col_hand_new(MEMORY / crew->threads < MEMORY_EACH ? MEMORY / crew->threads : MEMORY_EACH,
                     crew->folder, &w->hand, e) != 0 ||
        col_content_init(&w->content, &crew->c->redact, w->hand, e) != 0)
        return -1;
    if (w->number == 0)
        w->pg = crew->c->observer;
    else if (w->number < crew->workers &&
             (col_pg_open(crew->c->observer_params, COL_PG_OBSERVER, &w->pg, e) != 0 ||
              import_snapshot(w, e) != 0))
        return err_context(e, "worker %zu", w->number + 1);
    return w->pg == NULL ? 0 : col_observe_mark(w->pg, e);
}

static int close_worker(struct col_worker *w, struct err *e)
{
    if (w->pg == NULL)
        return 0;
    if (col_observe_unmark(w->pg, e) != 0)
        return -1;
    return w->number == 0 ? 0 : col_observe_end(w->pg, e);
}

static void *work(void *context)
{
    struct col_worker *w = context;
    struct col_crew *crew = w->crew;
    struct err e = {ERR_NONE, ""};

    if (w->number > 0) {
        (void)pthread_mutex_lock(&crew->lock);
        (void)pthread_mutex_unlock(&crew->lock);
    }
    if (open_worker(w, &e) != 0)
        break_crew(crew, &e);
    for (size_t i = 0; i < crew->tables->count; i++)
        if (col_reading_is_large(crew, &crew->tables->items[i]))
            take_large(w, i);
    if (!atomic_load(&crew->is_broken) && w->pg != NULL &&
        (col_reading_batches(w, &e) != 0 || close_worker(w, &e) != 0))
        break_crew(crew, &e);
    if (w->number > 0)
        col_pg_free(w->pg);
    col_content_release(&w->content);
    col_hand_free(w->hand);
    return NULL;
}

static int export_snapshot(struct col_crew *crew, struct err *e)
{
    struct jv *rows = NULL;
    const char *name;
    int rc = 0;

    if (crew->workers == 1)
        return 0;
    if (col_pg_rows(crew->c->observer, "SELECT pg_export_snapshot()", NULL, &rows, e) != 0)
        return -1;
    name = col_pg_text(rows, 0, 0);
    if (name == NULL || *name == '\0' || strlen(name) >= sizeof crew->snapshot ||
        strspn(name, "0123456789ABCDEF-") != strlen(name))
        rc = err_set(e, ERR_SYSTEM, "the server gave no name for its snapshot");
    else
        (void)snprintf(crew->snapshot, sizeof crew->snapshot, "%s", name);
    jv_free(rows);
    return rc;
}

/* Folders, numbers, and a second thread where it has something to do. */
static int prepare(struct col_crew *crew, struct err *e)
{
    char path[FILE_PATH_MAX];
    uint64_t total = 0;
    size_t captured = 0;
    bool has_large = false;

    for (size_t i = 0; i < crew->tables->count; i++) {
        total += crew->tables->items[i].bytes;
        has_large = has_large || col_reading_is_large(crew, &crew->tables->items[i]);
        if (crew->tables->items[i].capture != NULL)
            crew->numbers[i] = ++captured;
    }
    crew->threads = crew->workers > 1 || !has_large ? crew->workers : 2;
    col_progress_begin(&crew->share, crew->edge == NULL ? "state" : crew->edge, total);
    if (file_join(crew->folder, crew->c->dir.path, "private", e) != 0)
        return -1;
    if (crew->edge == NULL)
        return export_snapshot(crew, e);
    if (file_join(path, crew->folder, crew->edge, e) != 0 || file_make_folders(path, e) != 0)
        return -1;
    return export_snapshot(crew, e);
}

/* Worker 0 is this thread; the others wait for the lock until their number is known. */
static int run_crew(struct col_crew *crew, struct err *e)
{
    struct col_worker *workers = calloc(crew->threads, sizeof *workers);
    size_t made = 1;

    if (workers == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < crew->threads; i++)
        workers[i] = (struct col_worker){.crew = crew, .number = i};
    (void)pthread_mutex_lock(&crew->lock);
    while (made < crew->threads &&
           pthread_create(&workers[made].thread, NULL, work, &workers[made]) == 0)
        made++;
    crew->threads = made;
    crew->workers = crew->workers < made ? crew->workers : made;
    (void)pthread_barrier_init(&crew->barrier, NULL, (unsigned int)made);
    (void)pthread_mutex_unlock(&crew->lock);
    (void)work(&workers[0]);
    for (size_t i = 1; i < made; i++)
        (void)pthread_join(workers[i].thread, NULL);
    (void)pthread_barrier_destroy(&crew->barrier);
    free(workers);
    if (!atomic_load(&crew->is_broken))
        return 0;
    *e = crew->err;
    return -1;
}

static int write_kept(const struct col_crew *crew, struct err *e)
{
    char name[64];

    (void)snprintf(name, sizeof name, "private/%s/rows.ndjson", crew->edge);
    return col_rundir_write(&crew->c->dir, name, crew->kept.data, crew->kept.len, e);
}

int col_crew_read(struct col_context *c, const struct col_tables *tables, const char *edge,
                  struct col_result *results, struct err *e)
{
    struct col_crew *crew = calloc(1, sizeof *crew);
    int rc = -1;

    if (crew == NULL)
        return err_no_memory(e);
    crew->c = c;
    crew->tables = tables;
    crew->edge = edge;
    crew->results = results;
    crew->workers = c->workers == 0 ? 1 : c->workers;
    crew->kept = buf_init(COL_MAX_KEPT_BYTES);
    crew->numbers = calloc(tables->count + 1, sizeof *crew->numbers);
    (void)pthread_mutex_init(&crew->lock, NULL);
    if (crew->numbers == NULL)
        err_no_memory(e);
    else if (prepare(crew, e) == 0)
        rc = run_crew(crew, e);
    if (rc == 0 && crew->kept.len > 0)
        rc = write_kept(crew, e);
    col_progress_end(&crew->share);
    (void)pthread_mutex_destroy(&crew->lock);
    free(crew->numbers);
    buf_release(&crew->kept);
    free(crew);
    return rc;
}
