/* collector/progress.h - one updating line on a terminal, and the same as events (base/events.h). */
#ifndef COLLECTOR_PROGRESS_H
#define COLLECTOR_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* col_progress_start(is_quiet): speak only when stderr is a terminal and not is_quiet. */
void col_progress_start(bool is_quiet);

/* col_progress_phase(event, what, line): it begins; what and line may be NULL, line is printable ASCII. */
void col_progress_phase(const char *event, const char *what, const char *line);
/* col_progress_piece(event, name, done, total): the next begins, of so many; a plan's name. */
void col_progress_piece(const char *event, const char *name, size_t done, size_t total);
/* col_progress_wal(done, total): bytes. */
void col_progress_wal(uint64_t done, uint64_t total);

/* Something long whose size is known about. */
struct col_progress_share {
    const char *what; /* "before", "after" */
    uint64_t total;   /* bytes */
    struct timespec started;
    struct timespec shown;
    pthread_mutex_t lock;
};

/* col_progress_begin(s, what, total): now it starts. */
void col_progress_begin(struct col_progress_share *s, const char *what, uint64_t total);

/* col_progress_bytes(s, done): show how much is done and, when that can be told, how long it
 * will take; from any thread, and seldom enough. */
void col_progress_bytes(struct col_progress_share *s, uint64_t done);
void col_progress_end(struct col_progress_share *s);

/* col_progress_clear(): leave an empty line behind, before anything else is printed. */
void col_progress_clear(void);

#endif
