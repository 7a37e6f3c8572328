/* collector/readonly.c - see collector/readonly.h. */
#include "collector/readonly.h"

#include "collector/form.h"
#include "collector/observe.h"
#include "gen/sql_readonly.h"

int col_readonly_check(struct col_pg *pg, const char *role, struct err *e)
{
    struct jv *args = jv_add(jv_array(), jv_string(role));
    struct jv *rows = NULL;
    int rc = -1;

    if (col_observe_rows(pg, sql_readonly, args, &rows, e) != 0 ||
        col_form_check(rows, 0, SIZE_MAX, "v", "read-only role", e) != 0)
        goto out;
    if (rows->count == 0) {
        rc = 0;
        goto out;
    }
    if (rows->count == 1)
        err_set(e, ERR_INPUT, "--readonly-role %s: not a read-only role: %s", role,
                col_pg_text(rows, 0, 0) == NULL ? "?" : col_pg_text(rows, 0, 0));
    else
        err_set(e, ERR_INPUT, "--readonly-role %s: not a read-only role: %s, and %zu reasons more", role,
                col_pg_text(rows, 0, 0) == NULL ? "?" : col_pg_text(rows, 0, 0), rows->count - 1);
out:
    jv_free(args);
    jv_free(rows);
    return rc;
}
