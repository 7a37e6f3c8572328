/* collector/progress.h - one updating line on a terminal; silent anywhere else. */
#ifndef COLLECTOR_PROGRESS_H
#define COLLECTOR_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"

/* col_progress_start(is_quiet): speak only when stderr is a terminal and not is_quiet. */
void col_progress_start(bool is_quiet);

/* col_progress_show(fmt, ...): replace the line; text must be printable ASCII. */
void col_progress_show(const char *fmt, ...) BASE_PRINTF(1, 2);

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
