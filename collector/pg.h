/*
 * collector/pg.h - the door to libpq: sessions with pinned settings, queries with
 * text parameters.  COPY streams are in collector/pg_copy.h.  FORMAT.md section 1.
 *
 * A failed statement is not an error of ours: it is a result with five fields.  An
 * err is set when the connection is lost, a setting cannot be pinned, or memory ends.
 * No password ever stands in an err text.
 */
#ifndef COLLECTOR_PG_H
#define COLLECTOR_PG_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

struct col_pg; /* one session */

enum col_pg_kind {
    COL_PG_STEP,
    COL_PG_OBSERVER /* also read-only by default, row security off */
};

struct col_pg_result {
    struct jv *columns; /* names */
    struct jv *rows;    /* arrays of database values */
    struct jv *error;   /* NULL, or the five fields of FORMAT.md's result.json */
    char *command;      /* the command tag, or NULL */
};

/*
 * col_pg_params(conninfo, user, out, e): the connection parameters of a conninfo or URI
 * as an object of strings: user replaced unless user is NULL; what would set the
 * session's behaviour from outside (options, PGOPTIONS) overridden.  A password in it is
 * refused: command lines are public.
 * ERR_USAGE, without libpq's text, which may quote a password.  Ownership: jv_free().
 */
int col_pg_params(const char *conninfo, const char *user, struct jv **out, struct err *e)
    BASE_MUST_USE;

/* col_pg_timeout(seconds): how long a statement of any session may take; at first
 * MAX_STATEMENT_SECONDS.  A server that has said nothing MAX_GRACE_SECONDS later is lost.
 * Set it before col_pg_params(). */
void col_pg_timeout(int seconds);

/* col_pg_patience(pg, seconds): the next statements of this session are given up so soon
 * (MAX_GRACE_SECONDS later), whatever the server's own limit is; 0: as any. */
void col_pg_patience(struct col_pg *pg, int seconds);

/* col_pg_open(params, kind, out, e): connect within connect_timeout, which is for all hosts
 * together; pin the settings and read them back.  ERR_SYSTEM.  Ownership: col_pg_free(). */
int col_pg_open(const struct jv *params, enum col_pg_kind kind, struct col_pg **out,
                struct err *e) BASE_MUST_USE;
void col_pg_free(struct col_pg *pg);

/* col_pg_received(): bytes of rows that this process got from the server so far, over all
 * sessions. */
uint64_t col_pg_received(void);

/* col_pg_version(pg): of the server, 150018 for 15.18. */
int col_pg_version(const struct col_pg *pg);

/* col_pg_pinned(pg): the settings as read back, name to value; pg keeps it. */
const struct jv *col_pg_pinned(const struct col_pg *pg);

/* col_pg_environment(pg, out): the environment by which a libpq program connects to the
 * server, database and role that this session has: variable to value.  PGHOST, PGPORT,
 * PGUSER and PGDATABASE always; no password, no service, nothing of the session's own
 * behaviour.  Ownership: jv_free(). */
int col_pg_environment(const struct col_pg *pg, struct jv **out, struct err *e) BASE_MUST_USE;

/* col_pg_secret(pg): the password that libpq used, or NULL; pg keeps it.  To be masked. */
const char *col_pg_secret(const struct col_pg *pg);

/* col_pg_query(pg, sql, args, out, e): one statement, its bytes as they are; args is an
 * array of strings and nulls, or NULL.  A statement that the server refused is a result
 * with error set and columns, rows empty.  An answer that breaks the protocol, counts its
 * rows wrong, comes too late or leaves another transaction state is ERR_SYSTEM; one beyond
 * MAX_RESULT_BYTES or MAX_NOTICES is ERR_LIMIT.  The session is then good for nothing.  Ownership: col_pg_result_release(). */
int col_pg_query(struct col_pg *pg, const char *sql, const struct jv *args,
                 struct col_pg_result *out, struct err *e) BASE_MUST_USE;
void col_pg_result_release(struct col_pg_result *r);

/* col_pg_refusal(pg, r, e): ERR_SYSTEM with the message of a refused statement's result. */
int col_pg_refusal(const struct col_pg *pg, const struct col_pg_result *r, struct err *e) BASE_MUST_USE;

/* col_pg_rows(pg, sql, args, rows, e): like col_pg_query, but a refusal is ERR_SYSTEM and
 * only the rows come back.  rows may be NULL.  Ownership: jv_free(). */
int col_pg_rows(struct col_pg *pg, const char *sql, const struct jv *args, struct jv **rows,
                struct err *e) BASE_MUST_USE;

/* col_pg_text(rows, row, column): a cell's bytes; NULL when it is null or not UTF-8. */
const char *col_pg_text(const struct jv *rows, size_t row, size_t column);

/* col_pg_cell(rows, row, column): a cell; NULL when the server sent no such one. */
const struct jv *col_pg_cell(const struct jv *rows, size_t row, size_t column);

/* col_pg_take_notices(pg): the notices since the last call, an array of objects with the
 * five fields.  Ownership: jv_free(). */
struct jv *col_pg_take_notices(struct col_pg *pg);

#endif
