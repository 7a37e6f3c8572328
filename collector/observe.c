/* collector/observe.c - see collector/observe.h. */
#include "collector/observe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "collector/form.h"
#include "gen/sql_backend_alive.h"
#include "gen/sql_has_mark.h"
#include "gen/sql_identity.h"
#include "gen/sql_labels.h"
#include "gen/sql_next_xid.h"
#include "gen/sql_role.h"
#include "gen/sql_restrict.h"
#include "gen/sql_role_member_of.h"
#include "gen/sql_transactions.h"
#include "gen/sql_writers.h"

int col_observe_begin(struct col_pg *pg, struct err *e)
{
    return col_pg_rows(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, NULL, e);
}

int col_observe_begin_snapshot(struct col_pg *pg, struct err *e)
{
    return col_observe_begin(pg, e) != 0 ? -1 : col_pg_rows(pg, sql_restrict, NULL, NULL, e);
}

int col_observe_begin_import(struct col_pg *pg, const char *import, struct err *e)
{
    if (col_observe_begin(pg, e) != 0 || col_pg_rows(pg, import, NULL, NULL, e) != 0)
        return -1;
    return col_pg_rows(pg, sql_restrict, NULL, NULL, e);
}

int col_observe_end(struct col_pg *pg, struct err *e)
{
    struct jv *rows = NULL;
    int rc;

    if (col_pg_rows(pg, COL_OBSERVE_XID, NULL, &rows, e) != 0)
        return -1;
    rc = col_form_check(rows, 1, 1, "o", "the observer's transaction id", e);
    if (rc == 0 && col_pg_text(rows, 0, 0) != NULL)
        rc = err_set(e, ERR_SYSTEM, "the observer was given a transaction id; it must never write");
    if (rc == 0)
        rc = col_pg_rows(pg, "COMMIT", NULL, NULL, e);
    jv_free(rows);
    return rc;
}

int col_observe_rows(struct col_pg *pg, const char *sql, const struct jv *args, struct jv **rows,
                     struct err *e)
{
    struct jv *got = NULL;

    if (col_observe_begin(pg, e) != 0 || col_pg_rows(pg, sql, args, &got, e) != 0 ||
        col_observe_end(pg, e) != 0) {
        jv_free(got);
        return -1;
    }
    *rows = got;
    return 0;
}

int col_observe_next_xid(struct col_pg *pg, char out[COL_XID_TEXT], struct err *e)
{
    struct jv *rows = NULL;
    int rc;

    if (col_observe_rows(pg, sql_next_xid, NULL, &rows, e) != 0)
        return -1;
    rc = col_form_check(rows, 1, 1, "n", "next transaction id", e);
    if (rc == 0)
        (void)snprintf(out, COL_XID_TEXT, "%s", col_pg_text(rows, 0, 0));
    jv_free(rows);
    return rc;
}

int col_observe_same_server(struct col_pg *pg, const char *pid, struct err *e)
{
    struct jv *args = jv_add(jv_array(), jv_string(pid));
    struct jv *rows = NULL;
    int rc = col_observe_rows(pg, sql_backend_alive, args, &rows, e);

    if (rc == 0)
        rc = col_form_check(rows, 0, 1, "b", "server process", e);
    if (rc == 0 && (rows->count == 0 || *col_pg_text(rows, 0, 0) != 't'))
        rc = err_set(e, ERR_SYSTEM, "the observer does not see this session's server process %s in its "
                                    "database; both connections must lead to the same one", pid);
    jv_free(args);
    jv_free(rows);
    return rc;
}

int col_observe_gone(struct col_pg *pg, const char *pid, struct err *e)
{
    const struct timespec pause = {0, 1000000}; /* 1 ms */
    struct jv *args = jv_add(jv_array(), jv_string(pid));
    bool is_alive = true;
    int rc = 0;

    for (int i = 0; rc == 0 && is_alive && i < 10000; i++) {
        struct jv *rows = NULL;

        rc = col_observe_rows(pg, sql_backend_alive, args, &rows, e);
        is_alive = rows != NULL && rows->count > 0;
        jv_free(rows);
        if (is_alive)
            (void)nanosleep(&pause, NULL);
    }
    if (rc == 0 && is_alive)
        rc = err_set(e, ERR_SYSTEM, "the server process %s of a closed session does not end", pid);
    jv_free(args);
    return rc;
}

static struct jv *ids_of_kind(const struct jv *rows, const char *kind)
{
    struct jv *ids = jv_array();

    for (size_t i = 0; i < rows->count; i++)
        if (jv_text_is(rows->items[i]->items[0], kind))
            jv_add(ids, jv_copy(rows->items[i]->items[1]));
    return ids;
}

int col_observe_transactions(struct col_pg *pg, struct jv **doc, struct err *e)
{
    char next_xid[COL_XID_TEXT];
    char taken_at[CLOCK_TEXT]; /* our clock, as in started_at: they are compared */
    struct jv *rows = NULL;
    struct jv *writers = NULL;
    struct jv *v;
    int rc = -1;

    /* Writers first: one that ends in between has its id below next_xid all the same. */
    if (col_observe_rows(pg, sql_writers, NULL, &writers, e) != 0 ||
        col_observe_next_xid(pg, next_xid, e) != 0 ||
        col_observe_rows(pg, sql_transactions, NULL, &rows, e) != 0 ||
        col_form_check(writers, 0, SIZE_MAX, "sn", "writers", e) != 0 ||
        col_form_check(rows, 1, 1, "lnx", "transactions", e) != 0)
        goto out;
    clock_now(taken_at);
    v = jv_object();
    jv_set(v, "in_progress", ids_of_kind(writers, "l"));
    jv_set(v, "lsn", jv_string(col_pg_text(rows, 0, 0)));
    jv_set(v, "next_multixact", jv_string(col_pg_text(rows, 0, 1)));
    jv_set(v, "next_xid", jv_string(next_xid));
    jv_set(v, "observer_xid", jv_null()); /* col_observe_end proved it */
    jv_set(v, "prepared", ids_of_kind(writers, "p"));
    jv_set(v, "schema", jv_string("dryproof.transactions/1"));
    jv_set(v, "snapshot", jv_string(col_pg_text(rows, 0, 2)));
    jv_set(v, "taken_at", jv_string(taken_at));
    *doc = v;
    rc = 0;
out:
    jv_free(rows);
    jv_free(writers);
    return rc;
}

static struct jv *number(const char *text)
{
    return jv_int(text == NULL ? 0 : (int64_t)strtoll(text, NULL, 10));
}

int col_observe_identity(struct col_pg *pg, const struct jv *labels, struct jv **doc,
                         struct err *e)
{
    struct jv *rows = NULL;
    struct jv *v;
    const char *in_recovery;
    char taken_at[CLOCK_TEXT];

    clock_now(taken_at);
    if (col_pg_rows(pg, sql_identity, NULL, &rows, e) != 0)
        return -1;
    if (col_form_check(rows, 1, 1, "snbtsini", "identity", e) != 0) {
        jv_free(rows);
        return -1;
    }
    in_recovery = col_pg_text(rows, 0, 2);
    v = jv_object();
    jv_set(v, "database", jv_string(col_pg_text(rows, 0, 0)));
    jv_set(v, "database_oid", jv_string(col_pg_text(rows, 0, 1)));
    jv_set(v, "in_recovery", jv_bool(in_recovery != NULL && *in_recovery == 't'));
    jv_set(v, "labels", jv_copy(labels));
    jv_set(v, "schema", jv_string("dryproof.identity/1"));
    jv_set(v, "server_started_at", jv_string(col_pg_text(rows, 0, 3)));
    jv_set(v, "server_version", jv_string(col_pg_text(rows, 0, 4)));
    jv_set(v, "server_version_num", number(col_pg_text(rows, 0, 5)));
    jv_set(v, "system_identifier", jv_string(col_pg_text(rows, 0, 6)));
    jv_set(v, "taken_at", jv_string(taken_at));
    jv_set(v, "timeline", number(col_pg_text(rows, 0, 7)));
    jv_free(rows);
    *doc = v;
    return 0;
}

/* The first column of rows as a flat array. */
static struct jv *first_column(const struct jv *rows)
{
    struct jv *list = jv_array();

    for (size_t i = 0; i < rows->count; i++)
        jv_add(list, jv_copy(rows->items[i]->items[0]));
    return list;
}

int col_observe_labels(struct col_pg *pg, struct jv **labels, struct err *e)
{
    struct jv *mark = NULL;
    struct jv *rows = NULL;
    int rc = -1;

    if (col_pg_rows(pg, sql_has_mark, NULL, &mark, e) != 0 ||
        col_form_check(mark, 0, 1, "b", "dryproof_sandbox.mark", e) != 0)
        goto out;
    if (mark->count > 0 && *col_pg_text(mark, 0, 0) != 't') { /* a view would run what it likes */
        err_set(e, ERR_SYSTEM, "dryproof_sandbox.mark is no table with a column label of type text");
        goto out;
    }
    if (mark->count > 0 && (col_pg_rows(pg, sql_labels, NULL, &rows, e) != 0 ||
                            col_form_check(rows, 0, SIZE_MAX, "s", "labels", e) != 0)) {
        err_context(e, "dryproof_sandbox.mark");
        goto out;
    }
    *labels = rows == NULL ? jv_array() : first_column(rows);
    rc = *labels == NULL ? err_no_memory(e) : 0;
out:
    jv_free(mark);
    jv_free(rows);
    return rc;
}

int col_observe_role(struct col_pg *pg, const char *name, struct jv **role, struct err *e)
{
    static const char *const flags[] = {"bypassrls", "createdb", "createrole", "replication",
                                        "superuser"};
    struct jv *args = jv_add(jv_array(), name == NULL ? jv_null() : jv_string(name));
    struct jv *rows = NULL;
    struct jv *above = NULL;
    struct jv *v;
    int rc = -1;

    if (col_pg_rows(pg, sql_role, args, &rows, e) != 0 ||
        col_pg_rows(pg, sql_role_member_of, args, &above, e) != 0 ||
        col_form_check(rows, 0, 1, "sbbbbb", "role", e) != 0 ||
        col_form_check(above, 0, SIZE_MAX, "s", "memberships", e) != 0)
        goto out;
    if (rows->count != 1) {
        err_set(e, ERR_INPUT, "there is no role %s", name == NULL ? "of this session" : name);
        goto out;
    }
    v = jv_object();
    jv_set(v, "name", jv_string(col_pg_text(rows, 0, 0)));
    jv_set(v, "member_of", first_column(above));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        const char *text = col_pg_text(rows, 0, i + 1);

        jv_set(v, flags[i], jv_bool(text != NULL && *text == 't'));
    }
    *role = v;
    rc = 0;
out:
    jv_free(args);
    jv_free(rows);
    jv_free(above);
    return rc;
}
