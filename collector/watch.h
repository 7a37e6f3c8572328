/*
 * collector/watch.h - who was in the cluster while a command ran: samples by the observer,
 * each in a transaction of its own, none open in between.  FORMAT.md section 3,
 * sessions.ndjson.
 */
#ifndef COLLECTOR_WATCH_H
#define COLLECTOR_WATCH_H

#include "collector/context.h"

#define COL_WATCH_NAME 42 /* "dryproof-", 32 hex digits and a NUL */

struct col_watch_session; /* one that was seen */

struct col_watch {
    struct col_pg *pg;
    char name[COL_WATCH_NAME]; /* the application_name that only the command is given */
    struct col_watch_session *items;
    size_t count;
    size_t cap;
};

/* col_watch_start(pg, w, e): a new random name, and who is there already. */
int col_watch_start(struct col_pg *pg, struct col_watch *w, struct err *e) BASE_MUST_USE;
void col_watch_release(struct col_watch *w);

/* col_watch_sample(w, e): look once. */
int col_watch_sample(struct col_watch *w, struct err *e) BASE_MUST_USE;

/* col_watch_settle(w, e): sample until no session that began in this database since
 * col_watch_start is left, ten seconds at most. */
int col_watch_settle(struct col_watch *w, struct err *e) BASE_MUST_USE;

/* col_watch_write(w, dir, name, e): publish the lines. */
int col_watch_write(const struct col_watch *w, const struct col_rundir *dir, const char *name,
                    struct err *e) BASE_MUST_USE;

#endif
