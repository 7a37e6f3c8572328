/* collector/activity.c - see collector/activity.h. */
#include "collector/activity.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "collector/form.h"
#include "collector/observe.h"
#include "collector/sessions.h"
#include "collector/tables.h"
#include "gen/sql_activity_databases.h"
#include "gen/sql_activity_sessions.h"
#include "gen/sql_activity_settings.h"
#include "gen/sql_activity_tables.h"

#define GONE_TRIES 10000 /* of 1 ms */
#define LEAVING_TRIES 100 /* of 10 ms */
#define LEAVING_US 2000000 /* idle for longer: a client that stays connected */
#define SHARED_COUNTERS_VERSION 150000

/* One object a row; members are named in the order of the columns. */
static struct jv *objects(const struct jv *rows, const char *const *members, size_t n)
{
    struct jv *list = jv_array();

    for (size_t i = 0; i < rows->count; i++) {
        struct jv *v = jv_object();

        for (size_t k = 0; k < n; k++)
            jv_set(v, members[k], jv_copy(col_pg_cell(rows, i, k)));
        jv_add(list, v);
    }
    return list;
}

static int pid_of(const struct jv *rows, size_t i)
{
    const char *text = col_pg_text(rows, i, 0);

    return text == NULL ? 0 : (int)strtol(text, NULL, 10);
}

static bool has_leftovers(const struct jv *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (col_sessions_owner_of(pid_of(rows, i)) == COL_SESSIONS_CLOSED)
            return true;
    return false;
}

/* Rows of activity_sessions.sql.  A process id that a stranger was given after us is not
 * waited for forever, and is the stranger's. */
static int read_sessions(struct col_pg *pg, struct jv **rows, struct err *e)
{
    const struct timespec pause = {0, 1000000};
    struct jv *got = NULL;

    for (int i = 0; i < GONE_TRIES; i++) {
        jv_free(got);
        got = NULL;
        if (col_observe_rows(pg, sql_activity_sessions, NULL, &got, e) != 0 ||
            col_form_check(got, 0, SIZE_MAX, "novoooo", "sessions", e) != 0) {
            jv_free(got);
            return -1;
        }
        if (!has_leftovers(got))
            break;
        (void)nanosleep(&pause, NULL);
    }
    *rows = got;
    return 0;
}

static int64_t changed_at(const struct jv *rows, size_t i)
{
    return clock_us(col_pg_text(rows, i, 6));
}

static bool is_idle_client(const struct jv *rows, size_t i)
{
    const char *type = col_pg_text(rows, i, 3);
    const char *state = col_pg_text(rows, i, 5);

    return col_sessions_owner_of(pid_of(rows, i)) == COL_SESSIONS_NOT_OURS && type != NULL &&
           strcmp(type, "client backend") == 0 && state != NULL && strcmp(state, "idle") == 0;
}

/* The row of our own session, which asks, has the server's time. */
static struct jv *may_be_leaving(const struct jv *rows)
{
    struct jv *list = jv_array();
    int64_t now = 0;

    for (size_t i = 0; i < rows->count; i++)
        now = changed_at(rows, i) > now ? changed_at(rows, i) : now;
    for (size_t i = 0; i < rows->count; i++)
        if (is_idle_client(rows, i) && changed_at(rows, i) > now - LEAVING_US)
            jv_add(list, jv_copy(rows->items[i]));
    return list;
}

static bool is_any_there(const struct jv *list, const struct jv *rows)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < rows->count; k++)
            if (jv_equal(list->items[i], rows->items[k]))
                return true;
    return false;
}

int col_activity_await_leaving(struct col_pg *pg, struct err *e)
{
    const struct timespec pause = {0, 10000000};
    struct jv *leaving = NULL;
    struct jv *rows = NULL;
    int rc = read_sessions(pg, &rows, e);

    if (rc == 0)
        leaving = may_be_leaving(rows);
    for (int tries = 0; rc == 0 && tries < LEAVING_TRIES && is_any_there(leaving, rows); tries++) {
        (void)nanosleep(&pause, NULL);
        jv_free(rows);
        rows = NULL;
        rc = read_sessions(pg, &rows, e);
    }
    jv_free(leaving);
    jv_free(rows);
    return rc;
}

static struct jv *session_of(const struct jv *rows, size_t i)
{
    static const char *const members[] = {"database", "user",  "type",
                                          "backend_start", "state", "state_change"};
    struct jv *v = jv_object();

    for (size_t k = 0; k < sizeof members / sizeof *members; k++)
        jv_set(v, members[k], jv_copy(col_pg_cell(rows, i, k + 1)));
    jv_set(v, "observer", jv_bool(col_sessions_owner_of(pid_of(rows, i)) == COL_SESSIONS_OPEN));
    return jv_set(v, "pid", jv_int(pid_of(rows, i)));
}

static struct jv *settings_of(const struct jv *rows)
{
    struct jv *v = jv_object();

    for (size_t i = 0; i < rows->count; i++)
        if (col_pg_text(rows, i, 0) != NULL)
            jv_set(v, col_pg_text(rows, i, 0), jv_copy(col_pg_cell(rows, i, 1)));
    return v;
}

static int read_counters(struct col_pg *pg, struct jv *doc, struct err *e)
{
    static const char *const of_database[] = {"commits",   "name",     "oid",
                                              "rollbacks", "sessions", "stats_reset"};
    static const char *const of_table[] = {"analyze", "autoanalyze", "autovacuum", "relation",
                                           "vacuum"};
    struct jv *databases = NULL;
    struct jv *tables = NULL;
    struct jv *settings = NULL;
    struct jv *list;
    int rc = -1;

    if (col_observe_rows(pg, sql_activity_databases, NULL, &databases, e) != 0 ||
        col_observe_rows(pg, sql_activity_tables, NULL, &tables, e) != 0 ||
        col_observe_rows(pg, sql_activity_settings, NULL, &settings, e) != 0 ||
        col_form_check(databases, 0, SIZE_MAX, "nvnnoo", "counters of databases", e) != 0 ||
        col_form_check(tables, 0, SIZE_MAX, "nnnvn", "counters of tables", e) != 0 ||
        col_form_check(settings, 1, SIZE_MAX, "ss", "settings", e) != 0)
        goto out;
    for (size_t i = 0; i < tables->count; i++)
        if (col_pg_text(tables, i, 3) == NULL) {
            err_set(e, ERR_SYSTEM, "a table's name is not valid UTF-8; rename it");
            goto out;
        }
    list = objects(tables, of_table, sizeof of_table / sizeof *of_table);
    if (list != NULL && !list->is_broken)
        col_tables_sort(list);
    jv_set(doc, "tables", list);
    jv_set(doc, "databases", objects(databases, of_database, sizeof of_database / sizeof *of_database));
    jv_set(doc, "settings", settings_of(settings));
    rc = 0;
out:
    jv_free(databases);
    jv_free(tables);
    jv_free(settings);
    return rc;
}

/* Before version 15 counters are sent to another process twice a second, and it writes them
 * to a file as often. */
static void await_counters(const struct col_pg *pg)
{
    const struct timespec both = {1, 100000000};

    if (col_pg_version(pg) < SHARED_COUNTERS_VERSION)
        (void)nanosleep(&both, NULL);
}

/* Sessions before counters: one that is gone from the first has been counted in the second. */
int col_activity_read(struct col_pg *pg, struct jv **doc, struct err *e)
{
    char taken_at[CLOCK_TEXT];
    struct jv *v = jv_object();
    struct jv *sessions = jv_array();
    struct jv *rows = NULL;
    int rc = -1;

    clock_now(taken_at);
    if (read_sessions(pg, &rows, e) != 0)
        goto out;
    await_counters(pg);
    if (read_counters(pg, v, e) != 0)
        goto out;
    for (size_t i = 0; i < rows->count; i++)
        jv_add(sessions, session_of(rows, i));
    jv_set(v, "schema", jv_string("dryproof.activity/1"));
    jv_set(v, "sessions", sessions);
    sessions = NULL;
    jv_set(v, "taken_at", jv_string(taken_at));
    *doc = v;
    v = NULL;
    rc = 0;
out:
    jv_free(v);
    jv_free(sessions);
    jv_free(rows);
    return rc;
}

static int compare_pids(const void *a, const void *b)
{
    int64_t x = jv_get(*(struct jv *const *)a, "pid")->number;
    int64_t y = jv_get(*(struct jv *const *)b, "pid")->number;

    return (x > y) - (x < y);
}

int col_activity_join(struct col_pg *pg, struct jv *doc, struct err *e)
{
    struct jv *sessions = jv_get(doc, "sessions");
    struct jv *rows = NULL;
    size_t known;

    if (sessions == NULL || sessions->is_broken)
        return err_no_memory(e);
    known = sessions->count;
    if (read_sessions(pg, &rows, e) != 0)
        return -1;
    for (size_t i = 0; i < rows->count; i++) {
        size_t k = 0;

        while (k < known && jv_get(sessions->items[k], "pid")->number != pid_of(rows, i))
            k++;
        if (k == known)
            jv_add(sessions, session_of(rows, i));
    }
    jv_free(rows);
    if (sessions->is_broken)
        return err_no_memory(e);
    if (sessions->count > 0)
        qsort(sessions->items, sessions->count, sizeof *sessions->items, compare_pids);
    return 0;
}
