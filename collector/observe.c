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

#define EDGE_TRIES 5

int col_observe_begin(struct col_pg *pg, struct err *e)
{
    return col_pg_rows(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, NULL, e);
}

int col_observe_begin_snapshot(struct col_pg *pg, struct err *e)
{
    struct jv *rows = NULL;
    int rc;

    if (col_observe_begin(pg, e) != 0 || col_pg_rows(pg, sql_restrict, NULL, &rows, e) != 0)
        return -1;
    rc = col_form_check(rows, 0, 1, "s", "restrict_nonsystem_relation_kind", e);
    jv_free(rows);
    return rc;
}

int col_observe_begin_import(struct col_pg *pg, const char *import, struct err *e)
{
    if (col_observe_begin(pg, e) != 0 || col_pg_rows(pg, import, NULL, NULL, e) != 0)
        return -1;
    return col_pg_rows(pg, sql_restrict, NULL, NULL, e);
}

int col_observe_mark(struct col_pg *pg, struct err *e)
{
    return col_pg_rows(pg, "SAVEPOINT dryproof_batch", NULL, NULL, e);
}

int col_observe_unlock(struct col_pg *pg, struct err *e)
{
    return col_pg_rows(pg, "ROLLBACK TO SAVEPOINT dryproof_batch", NULL, NULL, e);
}

int col_observe_unmark(struct col_pg *pg, struct err *e)
{
    return col_pg_rows(pg, "RELEASE SAVEPOINT dryproof_batch", NULL, NULL, e);
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

static struct jv *number(const char *text)
{
    return jv_int(text == NULL ? 0 : (int64_t)strtoll(text, NULL, 10));
}

/* A prepared transaction's locks have no process: its id is among both kinds. */
static struct jv *holders_of(const struct jv *rows)
{
    struct jv *list = jv_array();
    struct jv *prepared = ids_of_kind(rows, "p");

    for (size_t i = 0; i < rows->count; i++) {
        const char *xid = col_pg_text(rows, i, 1);
        const char *pid = col_pg_text(rows, i, 3);
        bool is_prepared = jv_text_is(col_pg_cell(rows, i, 0), "p");
        struct jv *v;

        if (!is_prepared && xid != NULL && jv_has_text(prepared, xid))
            continue;
        v = jv_set(jv_object(), "database", jv_copy(col_pg_cell(rows, i, 2)));
        jv_set(v, "kind", jv_string(is_prepared ? "prepared" : "open"));
        jv_set(v, "pid", pid == NULL ? jv_null() : jv_int((int64_t)strtoll(pid, NULL, 10)));
        jv_add(list, jv_set(v, "xid", jv_string(xid == NULL ? "" : xid)));
    }
    jv_free(prepared);
    return list;
}

static int compare_holders(const void *a, const void *b)
{
    return strcmp(jv_get_text(*(struct jv *const *)a, "xid"),
                  jv_get_text(*(struct jv *const *)b, "xid"));
}

static int fill_edge(const struct jv *writers, const struct jv *rows, const char *next_xid,
                     struct col_observe_edge *out, struct err *e)
{
    char taken_at[CLOCK_TEXT]; /* our clock, as in started_at: they are compared */
    struct col_observe_edge v = {jv_object(), jv_object(), holders_of(writers), false};

    clock_now(taken_at);
    jv_set(v.transactions, "in_progress", ids_of_kind(writers, "l"));
    jv_set(v.transactions, "lsn", jv_copy(col_pg_cell(rows, 0, 0)));
    jv_set(v.transactions, "next_multixact", jv_copy(col_pg_cell(rows, 0, 1)));
    jv_set(v.transactions, "next_xid", jv_string(next_xid));
    jv_set(v.transactions, "observer_xid", jv_null()); /* col_observe_end proved it */
    jv_set(v.transactions, "prepared", ids_of_kind(writers, "p"));
    jv_set(v.transactions, "schema", jv_string("dryproof.transactions/1"));
    jv_set(v.transactions, "snapshot", jv_copy(col_pg_cell(rows, 0, 2)));
    jv_set(v.transactions, "taken_at", jv_string(taken_at));
    jv_set(v.positions, "flush_lsn", jv_copy(col_pg_cell(rows, 0, 3)));
    jv_set(v.positions, "insert_lsn", jv_copy(col_pg_cell(rows, 0, 0)));
    jv_set(v.positions, "redo_lsn", jv_copy(col_pg_cell(rows, 0, 4)));
    jv_set(v.positions, "schema", jv_string("dryproof.walpos/1"));
    jv_set(v.positions, "timeline", number(col_pg_text(rows, 0, 5)));
    v.is_in_recovery = jv_text_is(col_pg_cell(rows, 0, 6), "t");
    if (v.holders == NULL || v.holders->is_broken) {
        col_observe_edge_release(&v);
        return err_no_memory(e);
    }
    if (v.holders->count > 0)
        qsort(v.holders->items, v.holders->count, sizeof *v.holders->items, compare_holders);
    *out = v;
    return 0;
}

int col_observe_edge(struct col_pg *pg, bool is_first, struct col_observe_edge *out,
                     struct err *e)
{
    char next_xid[COL_XID_TEXT];
    struct jv *first = NULL;
    struct jv *writers = NULL;
    struct jv *last = NULL;
    bool is_still = false;
    int rc = 0;

    for (int i = 0; rc == 0 && !is_still && i < EDGE_TRIES; i++) {
        jv_free(first);
        jv_free(writers);
        jv_free(last);
        first = writers = last = NULL;
        /* Writers first: one that ends in between has its id below next_xid all the same. */
        if (col_observe_rows(pg, sql_transactions, NULL, &first, e) != 0 ||
            col_observe_rows(pg, sql_writers, NULL, &writers, e) != 0 ||
            col_observe_next_xid(pg, next_xid, e) != 0 ||
            col_observe_rows(pg, sql_transactions, NULL, &last, e) != 0 ||
            col_form_check(first, 1, 1, "lnxllnb", "transactions", e) != 0 ||
            col_form_check(last, 1, 1, "lnxllnb", "transactions", e) != 0 ||
            col_form_check(writers, 0, SIZE_MAX, "snoo", "writers", e) != 0)
            rc = -1;
        else
            is_still = jv_equal(col_pg_cell(first, 0, 0), col_pg_cell(last, 0, 0));
    }
    if (rc == 0)
        rc = fill_edge(writers, is_first ? first : last, next_xid, out, e);
    jv_free(first);
    jv_free(writers);
    jv_free(last);
    return rc;
}

void col_observe_edge_release(struct col_observe_edge *edge)
{
    jv_free(edge->transactions);
    jv_free(edge->positions);
    jv_free(edge->holders);
    *edge = (struct col_observe_edge){NULL, NULL, NULL, false};
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
