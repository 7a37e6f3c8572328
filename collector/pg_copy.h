/*
 * collector/pg_copy.h - COPY streams, read in large pieces: a reader that is woken for every
 * 8 KB costs the server more than its rows.
 */
#ifndef COLLECTOR_PG_COPY_H
#define COLLECTOR_PG_COPY_H

#include "collector/pg.h"

struct col_pg_sink {
    /* on_line: a row without its LF; on_end: the statement's rows were all there.  Each
     * returns 0, or -1 with the err set to stop; then the session is good for nothing. */
    int (*on_line)(void *context, const char *line, size_t len, struct err *e);
    int (*on_end)(void *context, struct err *e);
    void *context;
};

/* col_pg_copy(pg, sql, count, sink, e): run count statements COPY ... TO STDOUT (text),
 * separated by semicolons, in one message. */
int col_pg_copy(struct col_pg *pg, const char *sql, size_t count, const struct col_pg_sink *sink,
                struct err *e) BASE_MUST_USE;

#endif
