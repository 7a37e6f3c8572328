/* collector/pg_wire.h - what collector/pg_copy.c needs of the door in collector/pg.c; no other
 * file includes it. */
#ifndef COLLECTOR_PG_WIRE_H
#define COLLECTOR_PG_WIRE_H

#include "collector/pg.h"

/* col_pg_wire_send(pg, sql, e): send statements separated by semicolons, without waiting. */
int col_pg_wire_send(struct col_pg *pg, const char *sql, struct err *e) BASE_MUST_USE;

/* col_pg_wire_begins(pg, e): wait until the next statement's rows come, as COPY text. */
int col_pg_wire_begins(struct col_pg *pg, struct err *e) BASE_MUST_USE;

/* col_pg_wire_row(pg, row, len, e): a row that has arrived, LF at its end; NULL and len 0:
 * none yet, len -1: no more.  Ownership: col_pg_wire_free(). */
int col_pg_wire_row(struct col_pg *pg, char **row, int *len, struct err *e) BASE_MUST_USE;
void col_pg_wire_free(char *row);

/* col_pg_wire_wait(pg, e): wait for more, at most to the deadline, and take it over. */
int col_pg_wire_wait(struct col_pg *pg, struct err *e) BASE_MUST_USE;
int col_pg_wire_socket(const struct col_pg *pg);

/* col_pg_wire_ends(pg, rows, bytes, e): the end of a statement that sent so many; the server must
 * count as many rows. */
int col_pg_wire_ends(struct col_pg *pg, size_t rows, size_t bytes, struct err *e) BASE_MUST_USE;

/* col_pg_wire_over(pg, sql, e): no statement of sql is left. */
int col_pg_wire_over(struct col_pg *pg, const char *sql, struct err *e) BASE_MUST_USE;

#endif
