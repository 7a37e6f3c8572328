/*
 * collector/record.h - run one statement and keep everything about it: the four files of
 * FORMAT.md's Record, in a transaction and a session of its own.
 */
#ifndef COLLECTOR_RECORD_H
#define COLLECTOR_RECORD_H

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
};

/* col_record_run(c, record, out, e): run it and publish its files.  A refusal by the server
 * is a result.  ERR_SYSTEM: the connection was lost or nothing could be written;
 * ERR_INPUT: the statement is no single query. */
int col_record_run(struct col_context *c, const struct col_record *record,
                   struct col_record_result *out, struct err *e) BASE_MUST_USE;

#endif
