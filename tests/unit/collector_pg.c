/* tests/unit/collector_pg.c - tests of collector/pg.c and collector/observe.c; those that need
 * a server run where DRYPROOF_TEST_DB is a superuser's conninfo, and are skipped elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/observe.h"
#include "collector/pg.h"
#include "collector/pg_copy.h"
#include "collector/pins.h"

static const char *need_server(void)
{
    const char *conninfo = getenv("DRYPROOF_TEST_DB");

    if (conninfo == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        skip();
    }
    return conninfo;
}

static struct col_pg *open_session(enum col_pg_kind kind)
{
    struct err e = {ERR_NONE, ""};
    struct jv *params = NULL;
    struct col_pg *pg = NULL;

    assert_int_equal(col_pg_params(need_server(), NULL, &params, &e), 0);
    if (col_pg_open(params, kind, &pg, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(params);
    return pg;
}

static void param_is(const struct jv *params, const char *name, const char *expected)
{
    const char *got = jv_get_text(params, name);

    if (expected == NULL)
        assert_null(got);
    else
        assert_string_equal(got, expected);
}

static void test_params(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *p = NULL;

    (void)state;
    assert_int_equal(col_pg_params("host=h user=obs dbname='d e' options='-c x=y' "
                                   "application_name=other", NULL, &p, &e), 0);
    param_is(p, "host", "h");
    param_is(p, "user", "obs");
    param_is(p, "dbname", "d e");
    param_is(p, "application_name", "dryproof-collect");
    param_is(p, "client_encoding", "UTF8");
    param_is(p, "connect_timeout", "10");
    assert_null(strstr(jv_get_text(p, "options"), "x=y"));
    assert_true(*jv_get_text(p, "options") != '\0'); /* an empty one would let PGOPTIONS in */
    jv_free(p);

    assert_int_equal(col_pg_params("postgresql://obs@h:5433/d?connect_timeout=3", "it's \\me", &p, &e), 0);
    param_is(p, "user", "it's \\me");
    param_is(p, "port", "5433");
    param_is(p, "connect_timeout", "3");
    jv_free(p);
}

static void test_bad_conninfo_shows_no_password(void **state)
{
    static const char *const bad[] = {"password='S3CRET", "S3CRET", "user=u password=S3CRET",
                                      "postgresql://u:S3CRET@h/d", "sslpassword=S3CRET", "password=x S3CRET=1",
                                      "postgresql://u:S3CRET@[h/d", "postgresql://u:S3CRET@h/d?S3CRET=1"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {ERR_NONE, ""};
        struct jv *p = NULL;

        assert_int_equal(col_pg_params(bad[i], NULL, &p, &e), -1);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_null(strstr(e.text, "S3CRET"));
    }
}

static void test_pins(void **state)
{
    /* FORMAT.md section 1, "Pinned session" */
    static const char *const expected[][2] = {
        {"client_encoding", "UTF8"}, {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"},
        {"TimeZone", "UTC"}, {"extra_float_digits", "1"}, {"bytea_output", "hex"},
        {"lc_monetary", "C"}, {"quote_all_identifiers", "off"}, {"search_path", ""},
        {"standard_conforming_strings", "on"}, {"default_transaction_read_only", "on"},
        {"row_security", "off"},
    };
    const char *value = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(col_pins_get(COL_PG_OBSERVER, false, i, &value), expected[i][0]);
        assert_string_equal(value, expected[i][1]);
    }
    assert_null(col_pins_get(COL_PG_OBSERVER, false, 12, &value));
    assert_string_equal(col_pins_get(COL_PG_STEP, false, 9, &value), "standard_conforming_strings");
    assert_null(col_pins_get(COL_PG_STEP, false, 10, &value));
    assert_string_equal(col_pins_get(COL_PG_STEP, true, 0, &value), "client_encoding");
    assert_string_equal(value, "SQL_ASCII");
}

static void test_session_is_pinned(void **state)
{
    static const char *const hostile[][2] = {
        {"PGOPTIONS", "-c search_path=public -c bytea_output=escape -c IntervalStyle=iso_8601"},
        {"PGTZ", "Asia/Tokyo"}, {"PGDATESTYLE", "German"}, {"PGCLIENTENCODING", "LATIN1"},
        {"PGAPPNAME", "somebody"},
    };
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg;
    struct jv *rows = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        assert_int_equal(setenv(hostile[i][0], hostile[i][1], 1), 0);
    pg = open_session(COL_PG_OBSERVER);
    assert_int_equal(col_pg_pinned(pg)->count, 12);
    param_is(col_pg_pinned(pg), "IntervalStyle", "postgres");
    param_is(col_pg_pinned(pg), "search_path", "");
    assert_int_equal(col_pg_rows(pg, "SELECT current_setting('application_name'), "
                                     "'1 day'::interval, '\\x00'::bytea", NULL, &rows, &e), 0);
    assert_string_equal(col_pg_text(rows, 0, 0), "dryproof-collect");
    assert_string_equal(col_pg_text(rows, 0, 1), "1 day");
    assert_string_equal(col_pg_text(rows, 0, 2), "\\x00");
    jv_free(rows);
    col_pg_free(pg);
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        (void)unsetenv(hostile[i][0]);
}

static void test_results(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(COL_PG_STEP);
    struct jv *args = jv_add(jv_add(jv_array(), jv_string("a'\"\\$1;--")), jv_null());
    struct jv *notices;
    struct col_pg_result r;

    (void)state;
    assert_int_equal(col_pg_query(pg, "SELECT $1::text AS x, $2::text AS y", args, &r, &e), 0);
    assert_null(r.error);
    assert_string_equal(r.command, "SELECT 1");
    assert_string_equal(col_pg_text(r.rows, 0, 0), "a'\"\\$1;--");
    assert_null(col_pg_text(r.rows, 0, 1));
    assert_true(jv_text_is(r.columns->items[1], "y"));
    col_pg_result_release(&r);

    assert_int_equal(col_pg_query(pg, "DO $$BEGIN RAISE NOTICE 'n%', 1 USING HINT = 'h'; RAISE EXCEPTION "
                                      "E'CODE: a\\nb' USING ERRCODE = 'DR001', DETAIL = 'd'; END$$",
                                  NULL, &r, &e), 0);
    assert_string_equal(jv_get_text(r.error, "message"), "CODE: a\nb");
    assert_string_equal(jv_get_text(r.error, "sqlstate"), "DR001");
    assert_string_equal(jv_get_text(r.error, "detail"), "d");
    assert_string_equal(jv_get_text(r.error, "severity"), "ERROR");
    assert_true(jv_is(jv_get(r.error, "hint"), JV_NULL));
    assert_int_equal(r.rows->count + r.columns->count, 0);
    notices = col_pg_take_notices(pg);
    assert_int_equal(notices->count, 1);
    assert_string_equal(jv_get_text(notices->items[0], "hint"), "h");
    col_pg_result_release(&r);
    jv_free(notices);

    assert_int_equal(col_pg_rows(pg, "SELECT 1/0", NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(col_pg_query(pg, "  ", NULL, &r, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    jv_free(args);
    col_pg_free(pg);
}

struct stream {
    size_t seen; /* stops at two */
    size_t ends;
};

static int stop_at_two(void *context, const char *line, size_t len, struct err *e)
{
    struct stream *stream = context;

    assert_int_equal(len, strlen(line) - 1); /* libpq's line ends with LF and NUL */
    return ++stream->seen == 2 ? err_set(e, ERR_LIMIT, "enough") : 0;
}

static int count_ends(void *context, struct err *e)
{
    struct stream *stream = context;

    (void)e;
    stream->ends++;
    return 0;
}

static void test_copy_and_lost_connection(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(COL_PG_STEP);
    struct col_pg_result r;
    struct stream seen = {5, 0};
    const struct col_pg_sink sink = {stop_at_two, count_ends, &seen};

    (void)state;
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT generate_series(1, 3)) TO STDOUT", 1, &sink, &e), 0);
    assert_int_equal(seen.seen, 8);
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT 1) TO STDOUT;COPY (SELECT 1 WHERE false) TO STDOUT;"
                                     "COPY (SELECT 2) TO STDOUT", 3, &sink, &e), 0);
    assert_true(seen.seen == 10 && seen.ends == 4);
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT 1) TO STDOUT; COPY (SELECT 1/0) TO STDOUT; COPY (SELECT 1) TO STDOUT",
                                 3, &sink, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_true(seen.seen == 11 && seen.ends == 5);
    /* an error in the middle of the stream is an error, not a shorter table */
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT 1/(9999 - i) FROM generate_series(1, 20000) AS i) TO STDOUT",
                                 1, &sink, &e), -1);
    assert_non_null(strstr(e.text, "division by zero"));
    /* what is no text COPY is refused */
    assert_int_equal(col_pg_copy(pg, "SELECT 1", 1, &sink, &e), -1);
    assert_non_null(strstr(e.text, "no COPY"));
    assert_int_equal(col_pg_query(pg, "SELECT pg_terminate_backend(pg_backend_pid())", NULL, &r, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_non_null(strstr(e.text, "connection to the database was lost"));
    col_pg_free(pg);

    pg = open_session(COL_PG_STEP);
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT 1) TO STDOUT (FORMAT binary)", 1, &sink, &e), -1);
    assert_string_equal(e.text, "the server sends rows in binary; expected text");
    col_pg_free(pg);

    pg = open_session(COL_PG_STEP);
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT 1) TO STDOUT; COPY (SELECT 2) TO STDOUT", 1, &sink, &e), -1);
    assert_string_equal(e.text, "the server answers more than was asked");
    col_pg_free(pg);

    pg = open_session(COL_PG_STEP);
    seen = (struct stream){0, 0};
    assert_int_equal(col_pg_copy(pg, "COPY (SELECT generate_series(1, 3)) TO STDOUT", 1, &sink, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    col_pg_free(pg);
}

static void test_observer(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *writer = open_session(COL_PG_STEP);
    struct col_pg *pg = open_session(COL_PG_OBSERVER);
    struct jv *rows = NULL;
    struct col_observe_edge edge;
    char first[COL_XID_TEXT];
    char second[COL_XID_TEXT];

    (void)state;
    /* an open writer holds pg_snapshot_xmax back, not the live counter */
    assert_int_equal(col_pg_rows(writer, "BEGIN", NULL, NULL, &e), 0);
    assert_int_equal(col_observe_next_xid(pg, first, &e), 0);
    assert_int_equal(col_pg_rows(writer, "SELECT pg_current_xact_id()::text", NULL, &rows, &e), 0);
    assert_string_equal(col_pg_text(rows, 0, 0), first);
    assert_int_equal(col_observe_next_xid(pg, second, &e), 0);
    assert_int_equal(strtoull(second, NULL, 10), strtoull(first, NULL, 10) + 1);
    assert_int_equal(col_observe_edge(pg, true, &edge, &e), 0);
    assert_true(jv_has_text(jv_get(edge.transactions, "in_progress"), first));
    assert_string_equal(jv_get_text(edge.transactions, "next_xid"), second);
    assert_true(jv_is(jv_get(edge.transactions, "observer_xid"), JV_NULL));
    assert_string_equal(jv_get_text(edge.transactions, "lsn"), jv_get_text(edge.positions, "insert_lsn"));
    assert_string_equal(jv_get_text(edge.holders->items[0], "xid"), first);
    assert_string_equal(jv_get_text(edge.holders->items[0], "kind"), "open");
    assert_int_equal(col_pg_rows(writer, "ROLLBACK", NULL, NULL, &e), 0);
    col_observe_edge_release(&edge);
    assert_int_equal(col_observe_edge(pg, false, &edge, &e), 0);
    assert_false(jv_has_text(jv_get(edge.transactions, "in_progress"), first));
    jv_free(rows);
    col_observe_edge_release(&edge);

    /* the observer cannot write, and a transaction id that it got is a bug */
    assert_int_equal(col_observe_rows(pg, "SELECT pg_current_xact_id()::text", NULL, &rows, &e), -1);
    col_pg_free(pg);
    pg = open_session(COL_PG_OBSERVER);
    assert_int_equal(col_observe_rows(pg, "CREATE TABLE x()", NULL, &rows, &e), -1);
    assert_non_null(strstr(e.text, "read-only transaction"));
    col_pg_free(pg);
    assert_int_equal(col_pg_rows(writer, "BEGIN", NULL, NULL, &e), 0);
    assert_int_equal(col_pg_rows(writer, "SELECT pg_current_xact_id()", NULL, NULL, &e), 0);
    assert_int_equal(col_observe_end(writer, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    col_pg_free(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_params),
        cmocka_unit_test(test_bad_conninfo_shows_no_password),
        cmocka_unit_test(test_pins),
        cmocka_unit_test(test_session_is_pinned),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_copy_and_lost_connection),
        cmocka_unit_test(test_observer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
