/* tests/unit/collector_witness.c - tests of collector/activity.c, physical.c and capability.c on
 * a real server (DRYPROOF_TEST_DB, a superuser's conninfo; skipped where unset). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/activity.h"
#include "collector/capability.h"
#include "collector/limits.h"
#include "collector/observe.h"
#include "collector/physical.h"
#include "collector/sessions.h"

static struct col_pg *superuser;

static struct col_pg *open_session(const char *user, enum col_pg_kind kind)
{
    struct err e = {ERR_NONE, ""};
    struct jv *params = NULL;
    struct col_pg *pg = NULL;

    assert_int_equal(col_pg_params(getenv("DRYPROOF_TEST_DB"), user, &params, &e), 0);
    if (col_pg_open(params, kind, &pg, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(params);
    return pg;
}

static struct jv *rows_of(const char *sql)
{
    struct err e = {ERR_NONE, ""};
    struct jv *rows = NULL;

    if (col_pg_rows(superuser, sql, NULL, &rows, &e) != 0)
        fail_msg("%s: %s", sql, e.text);
    return rows;
}

static void run(const char *sql)
{
    jv_free(rows_of(sql));
}

static struct jv *physical_of(const char *user)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(user, COL_PG_OBSERVER);
    struct jv *doc = NULL, *locks = NULL;

    assert_int_equal(col_observe_begin(pg, &e), 0);
    if (col_physical_read(pg, &doc, &e) != 0)
        fail_msg("%s", e.text);
    /* of tables, or a server with many has none left */
    assert_int_equal(col_pg_rows(pg, "SELECT 1 FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation "
                                     "WHERE l.pid = pg_backend_pid() AND c.relnamespace >= 16384", NULL, &locks, &e), 0);
    assert_int_equal(locks->count, 0);
    jv_free(locks);
    assert_int_equal(col_observe_end(pg, &e), 0);
    col_pg_free(pg);
    return doc;
}

static const struct jv *relation_in(const struct jv *doc, const char *name)
{
    const struct jv *list = jv_get(doc, "relations");

    for (size_t i = 0; i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "relation"), name))
            return list->items[i];
    return NULL;
}

static void digest_is_the_servers(const struct jv *doc, const char *relation)
{
    char sql[512];
    struct jv *rows;

    (void)snprintf(sql, sizeof sql,
                   "SELECT encode(sha256(convert_to(coalesce(string_agg(ctid::text || E'\\t' || xmin::text"
                   " || E'\\t' || xmax::text || E'\\n', '' ORDER BY ctid), ''), 'UTF8')), 'hex') FROM ONLY %s",
                   relation);
    rows = rows_of(sql);
    assert_non_null(relation_in(doc, relation));
    assert_non_null(jv_get_text(relation_in(doc, relation), "digest"));
    assert_string_equal(jv_get_text(relation_in(doc, relation), "digest"), col_pg_text(rows, 0, 0));
    jv_free(rows);
}

#define WEIRD "wit_test.\"we\"\"ird%s'; --\""

static void test_physical(void **state)
{
    const struct jv *v;
    struct jv *doc;
    struct jv *later;

    (void)state;
    run("CREATE TABLE " WEIRD " (a text)");
    run("INSERT INTO " WEIRD " SELECT repeat('x', 900) FROM generate_series(1, 100)");
    run("DELETE FROM " WEIRD " WHERE ctid < '(3,1)'");
    run("CREATE TABLE wit_test.large AS SELECT repeat('x', 1000) AS a FROM generate_series(1, 9000)");
    run("CREATE TABLE wit_test.parent (a int) PARTITION BY LIST (a)");
    run("CREATE TABLE wit_test.leaf PARTITION OF wit_test.parent DEFAULT");
    run("CREATE MATERIALIZED VIEW wit_test.mv AS SELECT 7 AS a");
    run("CREATE MATERIALIZED VIEW wit_test.mv_empty AS SELECT 7 AS a WITH NO DATA");
    run("CREATE SEQUENCE wit_test.seq");
    run("DO $$BEGIN FOR i IN 1..250 LOOP EXECUTE format('CREATE TABLE wit_test.many%s (a int PRIMARY KEY)', i);"
        " EXECUTE format('INSERT INTO wit_test.many%s SELECT generate_series(0, %s %% 3)', i, i); END LOOP; END$$");
    doc = physical_of(NULL);
    digest_is_the_servers(doc, WEIRD);
    digest_is_the_servers(doc, "wit_test.leaf");
    digest_is_the_servers(doc, "wit_test.mv");
    digest_is_the_servers(doc, "wit_test.many1");
    digest_is_the_servers(doc, "wit_test.many125");
    digest_is_the_servers(doc, "wit_test.many250");
    assert_null(relation_in(doc, "wit_test.parent")); /* no storage */
    v = relation_in(doc, "wit_test.large");
    assert_true(strtoull(jv_get_text(v, "size"), NULL, 10) > COL_MAX_PHYSICAL_BYTES);
    assert_null(jv_get_text(v, "digest"));
    assert_null(jv_get_text(relation_in(doc, "wit_test.mv_empty"), "digest"));
    assert_string_equal(jv_get_text(relation_in(doc, "wit_test.seq"), "kind"), "S");
    assert_string_equal(jv_get_text(relation_in(doc, "wit_test.many1_pkey"), "kind"), "i");
    for (size_t i = 1; i < jv_get(doc, "relations")->count; i++)
        assert_true(strcmp(jv_get_text(jv_get(doc, "relations")->items[i - 1], "relation"),
                           jv_get_text(jv_get(doc, "relations")->items[i], "relation")) < 0);
    run("UPDATE wit_test.many1 SET a = a"); /* the same content */
    run("REINDEX TABLE wit_test.many2");
    later = physical_of(NULL);
    assert_false(jv_equal(relation_in(doc, "wit_test.many1"), relation_in(later, "wit_test.many1")));
    assert_true(jv_equal(relation_in(doc, "wit_test.many2"), relation_in(later, "wit_test.many2")));
    assert_false(jv_equal(relation_in(doc, "wit_test.many2_pkey"), relation_in(later, "wit_test.many2_pkey")));
    jv_free(later);
    run("GRANT USAGE ON SCHEMA wit_test TO wit_poor");
    run("GRANT SELECT ON wit_test.many3 TO wit_poor");
    later = physical_of("wit_poor");
    assert_null(jv_get_text(relation_in(later, "wit_test.many1"), "digest"));
    assert_non_null(relation_in(later, "wit_test.many1"));
    digest_is_the_servers(later, "wit_test.many3");
    jv_free(later);
    jv_free(doc);
}

/* The way to a capability of a role, or NULL. */
static const char *via(const struct jv *doc, const char *capability)
{
    const struct jv *list = jv_get(doc, "channels");

    for (size_t i = 0; i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "capability"), capability))
            return jv_get_text(list->items[i], "via");
    return NULL;
}

static struct jv *capability_of(const char *role)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session("wit_poor", COL_PG_OBSERVER); /* any role may look */
    struct jv *doc = NULL;

    if (col_capability_read(pg, role, &doc, &e) != 0)
        fail_msg("%s", e.text);
    col_pg_free(pg);
    assert_string_equal(jv_get_text(doc, "role"), role);
    return doc;
}

static void test_capability(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *doc = capability_of("wit_poor");

    (void)state;
    assert_int_equal(jv_get(doc, "channels")->count, 0);
    jv_free(doc);
    run("GRANT pg_execute_server_program TO wit_group");
    run("GRANT wit_group TO wit_poor");
    run("CREATE FUNCTION wit_test.f(int, text) RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'");
    run("ALTER FUNCTION wit_test.f(int, text) OWNER TO wit_owner");
    run("GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO wit_owner");
    run("CREATE EXTENSION IF NOT EXISTS dblink SCHEMA wit_test");
    run("CREATE EXTENSION IF NOT EXISTS postgres_fdw SCHEMA wit_test");
    run("CREATE EXTENSION IF NOT EXISTS pgcrypto SCHEMA wit_test");
    run("CREATE SERVER wit_mapped FOREIGN DATA WRAPPER postgres_fdw");
    run("CREATE SERVER wit_unmapped FOREIGN DATA WRAPPER postgres_fdw");
    run("CREATE USER MAPPING FOR PUBLIC SERVER wit_mapped");
    run("GRANT USAGE ON FOREIGN SERVER wit_mapped, wit_unmapped TO wit_poor");
    doc = capability_of("wit_poor");
    assert_string_equal(via(doc, "run programs on the server"), "wit_group member of pg_execute_server_program");
    assert_string_equal(via(doc, "write files on the server"),
                        "function wit_test.f(integer,text) of owner wit_owner");
    assert_string_equal(via(doc, "C function dblink_exec of extension dblink"), "role wit_poor");
    assert_string_equal(via(doc, "foreign server wit_mapped"), "role wit_poor");
    assert_null(via(doc, "foreign server wit_unmapped"));
    assert_null(via(doc, "superuser"));
    for (size_t i = 0; i < jv_get(doc, "channels")->count; i++) /* pgcrypto is trusted */
        assert_null(strstr(jv_get_text(jv_get(doc, "channels")->items[i], "capability"), "pgcrypto"));
    for (size_t i = 1; i < jv_get(doc, "channels")->count; i++)
        assert_true(strcmp(jv_get_text(jv_get(doc, "channels")->items[i - 1], "capability"),
                           jv_get_text(jv_get(doc, "channels")->items[i], "capability")) < 0);
    jv_free(doc);
    if (col_pg_version(superuser) >= 150000) {
        run("GRANT ALTER SYSTEM ON PARAMETER work_mem TO wit_poor");
        doc = capability_of("wit_poor");
        assert_string_equal(via(doc, "ALTER SYSTEM work_mem"), "role wit_poor");
        jv_free(doc);
        run("REVOKE ALTER SYSTEM ON PARAMETER work_mem FROM wit_poor");
    }
    run("ALTER FUNCTION wit_test.f(int, text) OWNER TO CURRENT_USER");
    doc = capability_of("wit_poor");
    assert_non_null(strstr(via(doc, "superuser"), "function wit_test.f(integer,text) of owner "));
    jv_free(doc);
    assert_int_equal(col_capability_read(superuser, "wit_nobody", &doc, &e), -1);
    assert_non_null(strstr(e.text, "wit_nobody does not exist"));
}

static const struct jv *session_in(const struct jv *doc, const char *pid)
{
    const struct jv *list = jv_get(doc, "sessions");

    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            assert_true(jv_get(list->items[i], "pid")->number > jv_get(list->items[i - 1], "pid")->number);
        if (jv_get(list->items[i], "pid")->number == strtoll(pid, NULL, 10))
            return list->items[i];
    }
    return NULL;
}

static char *pid_of(struct col_pg *pg)
{
    struct err e = {ERR_NONE, ""};
    struct jv *rows = NULL;
    char *pid;

    assert_int_equal(col_pg_rows(pg, "SELECT pg_backend_pid()::text", NULL, &rows, &e), 0);
    pid = strdup(col_pg_text(rows, 0, 0));
    jv_free(rows);
    return pid;
}

static void test_activity(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_OBSERVER);
    struct col_pg *gone = open_session(NULL, COL_PG_STEP);
    struct col_pg *late;
    char *pid = pid_of(pg);
    char *gone_pid = pid_of(gone);
    char *late_pid;
    struct jv *doc = NULL;
    const struct jv *tables;

    (void)state;
    run("VACUUM wit_test.many1");
    if (col_pg_rows(gone, "DO $$BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TEMP TABLE t%s (a int)', i);"
                          " END LOOP; END$$", NULL, NULL, &e) != 0) /* its end takes a moment */
        fail_msg("%s", e.text);
    col_pg_free(gone);
    assert_int_equal(col_sessions_owner_of((int)strtol(gone_pid, NULL, 10)), COL_SESSIONS_CLOSED);
    assert_int_equal(col_activity_read(pg, &doc, &e), 0);
    assert_non_null(session_in(doc, pid));
    assert_true(jv_get(session_in(doc, pid), "observer")->truth);
    assert_string_equal(jv_get_text(session_in(doc, pid), "type"), "client backend");
    assert_null(session_in(doc, gone_pid)); /* its end was waited for */
    assert_true(session_in(doc, "1") == NULL && jv_get(doc, "sessions")->count > 2);
    assert_non_null(jv_get_text(jv_get(doc, "settings"), "wal_level"));
    assert_int_equal(jv_get(doc, "settings")->count, 5);
    tables = jv_get(doc, "tables");
    for (size_t i = 0, seen = 0; i < tables->count || seen == 0; i++) {
        assert_true(i < tables->count);
        seen += jv_text_is(jv_get(tables->items[i], "relation"), "wit_test.many1");
        assert_true(i == 0 || strcmp(jv_get_text(tables->items[i - 1], "relation"),
                                     jv_get_text(tables->items[i], "relation")) < 0);
    }
    for (size_t i = 1; i < jv_get(doc, "databases")->count; i++)
        assert_true(strtoull(jv_get_text(jv_get(doc, "databases")->items[i - 1], "oid"), NULL, 10) <
                    strtoull(jv_get_text(jv_get(doc, "databases")->items[i], "oid"), NULL, 10));
    /* one that comes later is added, one that was there stays as it was */
    late = open_session(NULL, COL_PG_STEP);
    late_pid = pid_of(late);
    assert_null(session_in(doc, late_pid));
    jv_set((struct jv *)session_in(doc, pid), "state", jv_string("as it was"));
    assert_int_equal(col_activity_join(pg, doc, &e), 0);
    assert_non_null(session_in(doc, late_pid));
    assert_string_equal(jv_get_text(session_in(doc, pid), "state"), "as it was");
    jv_free(doc);
    col_pg_free(late);
    col_pg_free(pg);
    free(pid);
    free(gone_pid);
    free(late_pid);
}

static void test_received(void **state)
{
    uint64_t before = col_pg_received();

    (void)state;
    run("SELECT repeat('x', 1000), 'yy'");
    assert_int_equal(col_pg_received() - before, 1002);
}

static int set_up(void **state)
{
    static const char *const surface[] = {
        "DROP SCHEMA IF EXISTS wit_test CASCADE", "DROP ROLE IF EXISTS wit_poor",
        "DROP ROLE IF EXISTS wit_group", "DROP ROLE IF EXISTS wit_owner",
        "CREATE SCHEMA wit_test", "CREATE ROLE wit_poor LOGIN", "CREATE ROLE wit_group",
        "CREATE ROLE wit_owner"};

    (void)state;
    if (getenv("DRYPROOF_TEST_DB") == NULL)
        return 0;
    superuser = open_session(NULL, COL_PG_STEP);
    for (size_t i = 0; i < sizeof surface / sizeof *surface; i++)
        run(surface[i]);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const surface[] = {
        "DROP SCHEMA wit_test CASCADE", "DROP OWNED BY wit_poor, wit_group, wit_owner CASCADE",
        "DROP ROLE wit_poor", "DROP ROLE wit_group", "DROP ROLE wit_owner",
        "VACUUM (FREEZE)" /* or later readers would prune */};

    (void)state;
    for (size_t i = 0; superuser != NULL && i < sizeof surface / sizeof *surface; i++)
        run(surface[i]);
    col_pg_free(superuser);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_physical),
        cmocka_unit_test(test_capability),
        cmocka_unit_test(test_activity),
        cmocka_unit_test(test_received),
    };

    if (getenv("DRYPROOF_TEST_DB") == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
