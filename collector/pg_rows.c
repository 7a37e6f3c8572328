/* collector/pg_rows.c - what of collector/pg.h needs no libpq. */
#include <stdlib.h>

#include "collector/pg.h"

void col_pg_result_release(struct col_pg_result *r)
{
    jv_free(r->columns);
    jv_free(r->rows);
    jv_free(r->error);
    free(r->command);
    *r = (struct col_pg_result){NULL, NULL, NULL, NULL};
}

int col_pg_rows(struct col_pg *pg, const char *sql, const struct jv *args, struct jv **rows,
                struct err *e)
{
    struct col_pg_result r;
    int rc = 0;

    if (col_pg_query(pg, sql, args, &r, e) != 0) {
        if (e->kind == ERR_INPUT) /* the statement is ours, so it is the answer that is wrong */
            e->kind = ERR_SYSTEM;
        return -1;
    }
    if (r.error != NULL) {
        rc = col_pg_refusal(pg, &r, e);
    } else if (rows != NULL) {
        *rows = r.rows;
        r.rows = NULL;
    }
    col_pg_result_release(&r);
    return rc;
}

const struct jv *col_pg_cell(const struct jv *rows, size_t row, size_t column)
{
    if (!jv_is(rows, JV_ARRAY) || row >= rows->count || column >= rows->items[row]->count)
        return NULL;
    return rows->items[row]->items[column];
}

const char *col_pg_text(const struct jv *rows, size_t row, size_t column)
{
    return jv_text(col_pg_cell(rows, row, column));
}
