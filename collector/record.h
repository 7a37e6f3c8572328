/*
 * collector/record.h - run one statement and keep everything about it: the four files of
 * FORMAT.md's Record, in a transaction and a session of its own.
 */
#ifndef COLLECTOR_RECORD_H
#define COLLECTOR_RECORD_H

#include "base/clock.h"
#include "collector/context.h"
#include "collector/observe.h"

struct col_record {
    enum col_pg_kind kind; /* a step's session or an observer's */
    const char *folder;    /* in the run directory */
    const char *sql;
    const struct jv *args; /* array of strings and nulls, or NULL for none */
};

struct col_record_result {
    bool is_refused; /* the server raised an error */
    char next_xid_before[COL_XID_TEXT];
    char next_xid_after[COL_XID_TEXT];
    char started_at[CLOCK_TEXT];
    char finished_at[CLOCK_TEXT];
};

/* col_record_run(c, record, out, e): run it and publish its files.  A refusal by the server
 * is a result.  ERR_SYSTEM: the connection was lost or nothing could be written;
 * ERR_INPUT: the statement is no single query. */
int col_record_run(struct col_context *c, const struct col_record *record,
                   struct col_record_result *out, struct err *e) BASE_MUST_USE;

/* The parts of it, for a statement that somebody else executes (collector/executor.h).
 * col_record_request(c, record, e): request.sql and request.json.
 * col_record_transact(pg, observer, sql, args, result, session, e): the statement in its
 *   transaction: what result.json and session.json say but their schema, the times of our clock
 *   and the ids around.  observer, unless NULL, must see the session.  Ownership: jv_free().
 * col_record_publish(c, folder, result, session, around, e): both files.
 *   Ownership: both documents are freed here, also on failure. */
int col_record_request(struct col_context *c, const struct col_record *record, struct err *e) BASE_MUST_USE;
int col_record_transact(struct col_pg *pg, struct col_pg *observer, const char *sql, const struct jv *args,
                        struct jv **result, struct jv **session, struct err *e) BASE_MUST_USE;
int col_record_publish(struct col_context *c, const char *folder, struct jv *result, struct jv *session,
                       const struct col_record_result *around, struct err *e) BASE_MUST_USE;

#endif
