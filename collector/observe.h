/*
 * collector/observe.h - what the observer reads outside the tables: transactions,
 * identity, roles, labels.  Every observer transaction is READ ONLY and proves, before
 * its COMMIT, that it was given no transaction id.  FORMAT.md section 3.
 */
#ifndef COLLECTOR_OBSERVE_H
#define COLLECTOR_OBSERVE_H

#include "collector/pg.h"

#define COL_XID_TEXT 24 /* a 64-bit number and a NUL */
#define COL_OBSERVE_XID "SELECT pg_catalog.pg_current_xact_id_if_assigned()::pg_catalog.text"

/* col_observe_begin(pg, e) / col_observe_end(pg, e): one REPEATABLE READ READ ONLY
 * transaction; end is ERR_SYSTEM when it holds a transaction id. */
int col_observe_begin(struct col_pg *pg, struct err *e) BASE_MUST_USE;
int col_observe_end(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_observe_begin_snapshot(pg, e): the same for reading tables by name: a table that
 * was replaced by a view since it was listed is an error and runs nothing. */
int col_observe_begin_snapshot(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_observe_begin_import(pg, import, e): the same on another session's snapshot; import is
 * the SET TRANSACTION SNAPSHOT that names it. */
int col_observe_begin_import(struct col_pg *pg, const char *import, struct err *e) BASE_MUST_USE;

/* A server has locks for some thousands of relations.  From col_observe_mark(pg, e) on,
 * col_observe_unlock(pg, e) gives back those that this transaction took since, as often as
 * wanted; col_observe_unmark(pg, e) keeps them again.  What was read stays. */
int col_observe_mark(struct col_pg *pg, struct err *e) BASE_MUST_USE;
int col_observe_unlock(struct col_pg *pg, struct err *e) BASE_MUST_USE;
int col_observe_unmark(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_observe_rows(pg, sql, args, rows, e): one query in a transaction of its own.
 * Ownership: jv_free(). */
int col_observe_rows(struct col_pg *pg, const char *sql, const struct jv *args, struct jv **rows,
                     struct err *e) BASE_MUST_USE;

/* col_observe_next_xid(pg, out, e): the live next transaction id, with its epoch. */
int col_observe_next_xid(struct col_pg *pg, char out[COL_XID_TEXT], struct err *e) BASE_MUST_USE;

/* col_observe_same_server(pg, pid, e): the observer sees the server process of another open
 * session in its own database; ERR_SYSTEM when not: what that session does would be done
 * elsewhere, and nothing seen here. */
int col_observe_same_server(struct col_pg *pg, const char *pid, struct err *e) BASE_MUST_USE;

/* col_observe_gone(pg, pid, e): wait until the server process of a closed session has
 * ended: what its end did is then done.  ERR_SYSTEM after ten seconds. */
int col_observe_gone(struct col_pg *pg, const char *pid, struct err *e) BASE_MUST_USE;

/* Where the server stood at an edge. */
struct col_observe_edge {
    struct jv *transactions; /* transactions.json */
    struct jv *positions;    /* the edge's wal.json */
    struct jv *holders;      /* of activity.json */
    bool is_in_recovery;
};

/* col_observe_edge(pg, is_first, out, e): all of it is read again, a few times, while WAL is
 * being written; then the position is the first one for the first edge, else the last.
 * Ownership: col_observe_edge_release(). */
int col_observe_edge(struct col_pg *pg, bool is_first, struct col_observe_edge *out,
                     struct err *e) BASE_MUST_USE;
void col_observe_edge_release(struct col_observe_edge *edge);

/* col_observe_identity(pg, labels, doc, e): identity.json, inside the caller's transaction;
 * labels is copied.  Ownership: jv_free(). */
int col_observe_identity(struct col_pg *pg, const struct jv *labels, struct jv **doc,
                         struct err *e) BASE_MUST_USE;

/* col_observe_labels(pg, labels, e): the sandbox's labels, [] outside one; inside the
 * caller's transaction.  Ownership: jv_free(). */
int col_observe_labels(struct col_pg *pg, struct jv **labels, struct err *e) BASE_MUST_USE;

/* col_observe_role(pg, name, role, e): ROLE of the role name, NULL for the session's own; pg
 * may be of any kind.  ERR_INPUT when there is none. */
int col_observe_role(struct col_pg *pg, const char *name, struct jv **role, struct err *e)
    BASE_MUST_USE;

#endif
