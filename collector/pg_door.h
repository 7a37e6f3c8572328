/* collector/pg_door.h - what collector/pg.c and collector/pg_wire.c share; no other file includes
 * it.  The struct of libpq is only named here. */
#ifndef COLLECTOR_PG_DOOR_H
#define COLLECTOR_PG_DOOR_H

#include "collector/pg.h"

struct pg_conn;
struct pg_result;

struct col_pg {
    struct pg_conn *conn; /* a PGconn */
    int pid;
    enum col_pg_kind kind;
    bool is_open;    /* we began a transaction and did not end it */
    bool is_garbled; /* a notice without the fields of one */
    int seconds;     /* of one statement; 0: of any session */
    int64_t deadline;
    size_t bytes; /* of the present statement's answer */
    struct jv *notices;
    struct jv *pinned;
};

/* col_pg_fail(pg, e, what, text): ERR_SYSTEM with the server's text, which may echo the
 * password it was sent: it goes out masked.  Returns -1. */
int col_pg_fail(const struct col_pg *pg, struct err *e, const char *what, const char *text);

/* col_pg_begin_wait(pg): a statement is sent: its time and its bytes count from now. */
void col_pg_begin_wait(struct col_pg *pg);

/* col_pg_wait_input(pg, e): wait for more, at most to the deadline, and take it over. */
int col_pg_wait_input(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_pg_next_result(pg, res, e): *res is the next PGresult, NULL behind the last. */
int col_pg_next_result(struct col_pg *pg, struct pg_result **res, struct err *e) BASE_MUST_USE;

/* col_pg_check_end(pg, sql, command, e): transaction state and pinned settings are as they must
 * be after sql, which ended with command. */
int col_pg_check_end(struct col_pg *pg, const char *sql, const char *command, struct err *e)
    BASE_MUST_USE;

/* col_pg_count_received(bytes): of rows, for col_pg_received(). */
void col_pg_count_received(size_t bytes);

#endif
