/*
 * collector/reading.h - what one worker of a crew reads: batches of small tables, ranges of a
 * large one.  Only collector/crew.c includes it.
 */
#ifndef COLLECTOR_READING_H
#define COLLECTOR_READING_H

#include <pthread.h>
#include <stdatomic.h>

#include "collector/content.h"
#include "collector/crew.h"
#include "collector/progress.h"
#include "collector/tally.h"

struct col_crew {
    struct col_context *c;
    const struct col_tables *tables;
    const char *edge;
    struct col_result *results;
    size_t *numbers; /* of each captured table among the captured */
    size_t threads;  /* at least workers: one more counts where there is a large table */
    size_t workers;
    char folder[FILE_PATH_MAX]; /* of temporary files */
    char snapshot[64];
    pthread_barrier_t barrier;
    pthread_mutex_t lock; /* of err, next and kept */
    struct err err;
    size_t next;                /* the next table for a batch */
    struct buf kept;            /* rows of small tables that are not captured */
    atomic_bool is_broken;
    atomic_ulong next_range;
    atomic_ullong bytes_done;
    struct col_progress_share share;
    struct col_digests *digests; /* of the large table in turn */
    struct col_tally tally;
    bool is_tallying;
};

struct col_worker {
    struct col_crew *crew;
    size_t number;
    struct col_pg *pg; /* NULL: only counts */
    struct col_hand *hand;
    struct col_content content;
    struct col_digests *digests; /* of a table in a batch */
    const size_t *batch;
    size_t batch_next;
    size_t rows_shown;
    uint64_t bytes_shown; /* of the current table */
    pthread_t thread;
};

/* col_reading_is_large(crew, t): it is read by all workers together. */
bool col_reading_is_large(const struct col_crew *crew, const struct col_table *t);

/* col_reading_batches(w, e): take batches of the other tables until there are none. */
int col_reading_batches(struct col_worker *w, struct err *e) BASE_MUST_USE;

/* col_reading_ranges(w, t, e): take ranges of a large table until there are none; a single
 * worker takes it whole, past the server's cache. */
int col_reading_ranges(struct col_worker *w, const struct col_table *t, struct err *e)
    BASE_MUST_USE;

/* col_reading_tally(crew, tally, digests, t, e): col_tally_open with the list's place. */
int col_reading_tally(const struct col_crew *crew, struct col_tally *tally,
                      struct col_digests *digests, const struct col_table *t, struct err *e)
    BASE_MUST_USE;

#endif
