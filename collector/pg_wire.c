/* collector/pg_wire.c - see collector/pg_wire.h. */
#include "collector/pg_wire.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "collector/pg_door.h"

/* Whatever else the server answers to a statement that failed. */
static void drain(struct col_pg *pg)
{
    struct err ignored;
    PGresult *more = NULL;

    while (col_pg_next_result(pg, &more, &ignored) == 0 && more != NULL && PQresultStatus(more) != PGRES_COPY_OUT)
        PQclear(more);
    PQclear(more);
}

/* A COPY that failed: say why, and leave the session ready for the next statement. */
static int stop(struct col_pg *pg, struct err *e, const char *what, const PGresult *res)
{
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

    col_pg_fail(pg, e, what, message == NULL ? PQerrorMessage(pg->conn) : message);
    drain(pg);
    return -1;
}

int col_pg_wire_send(struct col_pg *pg, const char *sql, struct err *e)
{
    col_pg_begin_wait(pg);
    return PQsendQuery(pg->conn, sql) == 1 ? 0
                                            : col_pg_fail(pg, e, "cannot send", PQerrorMessage(pg->conn));
}

int col_pg_wire_begins(struct col_pg *pg, struct err *e)
{
    PGresult *res = NULL;
    int rc = 0;

    if (col_pg_next_result(pg, &res, e) != 0)
        return -1;
    if (PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK) {
        rc = err_set(e, ERR_SYSTEM, "the server answers, and sends no COPY");
        drain(pg);
    } else if (PQresultStatus(res) != PGRES_COPY_OUT) {
        rc = stop(pg, e, "the server refused", res);
    } else if (PQbinaryTuples(res) != 0) {
        rc = err_set(e, ERR_SYSTEM, "the server sends rows in binary; expected text");
    }
    PQclear(res);
    return rc;
}

/* One message is one row in text: no raw LF or NUL but the LF at its end. */
static int check_line(const char *line, size_t len, struct err *e)
{
    if (len == 0 || memchr(line, '\n', len) != line + len - 1 || memchr(line, '\0', len) != NULL)
        return err_set(e, ERR_SYSTEM, "the server sent something that is not one row");
    return 0;
}

int col_pg_wire_row(struct col_pg *pg, char **row, int *len, struct err *e)
{
    *row = NULL;
    *len = PQgetCopyData(pg->conn, row, 1);
    if (*len == -2)
        return col_pg_fail(pg, e, "the server stopped sending rows", PQerrorMessage(pg->conn));
    if (*len <= 0 || check_line(*row, (size_t)*len, e) == 0)
        return 0;
    PQfreemem(*row);
    *row = NULL;
    return -1;
}

void col_pg_wire_free(char *row)
{
    PQfreemem(row);
}

int col_pg_wire_wait(struct col_pg *pg, struct err *e)
{
    return col_pg_wait_input(pg, e);
}

int col_pg_wire_socket(const struct col_pg *pg)
{
    return PQsocket(pg->conn);
}

int col_pg_wire_ends(struct col_pg *pg, size_t rows, size_t bytes, struct err *e)
{
    PGresult *res = NULL;
    int rc = 0;

    col_pg_count_received(bytes);
    if (col_pg_next_result(pg, &res, e) != 0)
        return -1;
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        rc = stop(pg, e, "the server stopped sending rows", res);
    else if (strtoull(PQcmdTuples(res), NULL, 10) != rows)
        rc = err_set(e, ERR_SYSTEM, "the server sent %zu rows and counts another number", rows);
    PQclear(res);
    return rc;
}

int col_pg_wire_over(struct col_pg *pg, const char *sql, struct err *e)
{
    PGresult *res = NULL;
    int rc = col_pg_next_result(pg, &res, e);

    if (rc == 0 && res != NULL)
        rc = err_set(e, ERR_SYSTEM, "the server answers more than was asked");
    PQclear(res);
    return rc == 0 ? col_pg_check_end(pg, sql, "COPY", e) : rc;
}
