/* tests/unit/collector_tables.c - tests of collector/tables.c, content.c and catalog.c on a real
 * server (DRYPROOF_TEST_DB, a superuser's conninfo; skipped where unset). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/catalog.h"
#include "collector/observe.h"
#include "collector/tables.h"

static const char *const surface[] = {
    "DROP SCHEMA IF EXISTS col_test CASCADE",
    "CREATE SCHEMA col_test",
    "CREATE TABLE col_test.\"we\"\"ird'; --\n\xf0\x9f\x98\x80\" (\"a\"\"b\" text, \"\xc3\xa9\" bytea)",
    "INSERT INTO col_test.\"we\"\"ird'; --\n\xf0\x9f\x98\x80\" VALUES "
    "(E'\\t\\n\\r\\b\\f\\x0b\\\\', '\\x00ff'), (NULL, ''), ('\\N', NULL), (NULL, '')",
    "CREATE TABLE col_test.generated (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text)",
    "INSERT INTO col_test.generated VALUES (21)",
    "ALTER TABLE col_test.generated DROP COLUMN c",
    "CREATE TABLE col_test.zero ()",
    "INSERT INTO col_test.zero DEFAULT VALUES",
    "CREATE TABLE col_test.parent (a int) PARTITION BY LIST (a)",
    "CREATE TABLE col_test.leaf PARTITION OF col_test.parent DEFAULT",
    "INSERT INTO col_test.parent VALUES (1)",
    "CREATE TABLE col_test.base (a int)",
    "CREATE TABLE col_test.heir () INHERITS (col_test.base)",
    "INSERT INTO col_test.heir VALUES (1)",
    "CREATE MATERIALIZED VIEW col_test.mv AS SELECT 7 AS a",
    "CREATE MATERIALIZED VIEW col_test.mv_empty AS SELECT 7 AS a WITH NO DATA",
    "CREATE TABLE col_test.hidden (a int)",
    "CREATE SEQUENCE col_test.\"se\"\"q\"",
    "SELECT nextval('col_test.\"se\"\"q\"')",
    "DROP ROLE IF EXISTS col_test_poor",
    "CREATE ROLE col_test_poor LOGIN",
};

#define WEIRD "col_test.\"we\"\"ird'; --\n\xf0\x9f\x98\x80\""

static struct col_pg *observer;

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

/* Only what col_tables_list looks at. */
static struct plan make_plan(const char *captured)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan;
    char text[1024];

    memset(&plan, 0, sizeof plan);
    (void)snprintf(text, sizeof text,
                   "{\"scope\":{\"exclude\":[{\"reason\":\"r\",\"relation\":\"col_test.hidden\"}]},"
                   "\"captured\":[%s],\"allowed_changes\":[],"
                   "\"gates\":{\"relation\":\"col_test.base\"},\"grant\":{\"relation\":\"col_test.base\"},"
                   "\"contracts\":{\"relation\":\"col_test.base\"},"
                   "\"catalog\":{\"relation\":\"col_test.base\"},"
                   "\"admissions\":{\"relation\":\"col_test.base\"}}", captured);
    if (jv_parse(text, strlen(text), &plan.doc, &e) != 0)
        fail_msg("%s", e.text);
    return plan;
}

#define CAPTURE(relation, redacted) \
    "{\"relation\":\"" relation "\",\"redacted\":[" redacted "],\"volatile\":[]}"

static const struct col_table *find(const struct col_tables *tables, const char *relation)
{
    for (size_t i = 0; i < tables->count; i++)
        if (strcmp(tables->items[i].relation, relation) == 0)
            return &tables->items[i];
    return NULL;
}

static void list_fails(struct col_pg *pg, const char *captured, enum err_kind kind, const char *says)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan = make_plan(captured);
    struct col_tables tables;

    assert_int_equal(col_tables_list(pg, &plan, &tables, &e), -1);
    if (e.kind != kind || strstr(e.text, says) == NULL)
        fail_msg("%s", e.text);
    plan_release(&plan);
}

/* The file that one pass makes of a captured table, and its row count. */
static void content_is(const char *relation, const char *captured, size_t rows, const char *expected)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan = make_plan(captured);
    struct col_redact redact = {buf_init(0), ""};
    struct col_tables tables;
    struct col_content content;

    assert_int_equal(col_tables_list(observer, &plan, &tables, &e), 0);
    assert_non_null(find(&tables, relation));
    assert_int_equal(col_tables_read(observer, find(&tables, relation), &redact, true, &content, &e), 0);
    assert_int_equal(content.rows, rows);
    assert_int_equal(content.row_digests.len, rows * 65);
    if (expected != NULL)
        assert_string_equal(content.ndjson.data, expected);
    col_tables_content_release(&content);
    col_tables_release(&tables);
    plan_release(&plan);
}

static void test_listing(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan = make_plan("");
    struct col_tables tables;
    bool is_named = false;

    (void)state;
    assert_int_equal(col_tables_list(observer, &plan, &tables, &e), 0);
    assert_non_null(find(&tables, WEIRD));
    assert_string_equal(find(&tables, "col_test.mv")->kind, "m");
    assert_non_null(find(&tables, "col_test.leaf"));
    assert_null(find(&tables, "col_test.parent")); /* its leaves stand for it */
    assert_null(find(&tables, "col_test.hidden")); /* excluded */
    assert_null(find(&tables, "col_test.mv_empty"));
    assert_int_equal(find(&tables, "col_test.generated")->columns->count, 2);
    for (size_t i = 1; i < tables.count; i++)
        assert_true(strcmp(tables.items[i - 1].relation, tables.items[i].relation) < 0);
    for (size_t i = 0; i < tables.not_observed->count; i++)
        is_named = is_named || jv_text_is(jv_get(tables.not_observed->items[i], "relation"),
                                          "col_test.mv_empty");
    assert_true(is_named);
    col_tables_release(&tables);
    plan_release(&plan);
}

static void test_refusals(void **state)
{
    struct col_pg *poor = open_session("col_test_poor", COL_PG_OBSERVER);

    (void)state;
    list_fails(observer, CAPTURE("col_test.nowhere", ""), ERR_INPUT, "col_test.nowhere");
    list_fails(observer, CAPTURE("col_test.parent", ""), ERR_INPUT, "leaves");
    list_fails(observer, CAPTURE("col_test.hidden", ""), ERR_INPUT, "col_test.hidden");
    list_fails(observer, CAPTURE("col_test.base", "\"zz\""), ERR_INPUT, "no column zz");
    list_fails(poor, "", ERR_SYSTEM, "GRANT USAGE ON SCHEMA");
    col_pg_free(poor);
}

static void test_contents(void **state)
{
    (void)state;
    content_is(WEIRD, CAPTURE("col_test.\\\"we\\\"\\\"ird'; --\\n\xf0\x9f\x98\x80\\\"", ""), 4,
               "{\"columns\":[\"a\\\"b\",\"\xc3\xa9\"],\"redacted\":[],\"relation\":"
               "\"col_test.\\\"we\\\"\\\"ird'; --\\n\xf0\x9f\x98\x80\\\"\",\"volatile\":[]}\n"
               "[null,\"\\\\x\"]\n[null,\"\\\\x\"]\n[\"\\\\N\",null]\n"
               "[\"\\t\\n\\r\\b\\f\\u000b\\\\\",\"\\\\x00ff\"]\n");
    content_is("col_test.generated", CAPTURE("col_test.generated", ""), 1,
               "{\"columns\":[\"a\",\"b\"],\"redacted\":[],\"relation\":\"col_test.generated\","
               "\"volatile\":[]}\n[\"21\",\"42\"]\n");
    content_is("col_test.zero", CAPTURE("col_test.zero", ""), 1,
               "{\"columns\":[],\"redacted\":[],\"relation\":\"col_test.zero\",\"volatile\":[]}\n[]\n");
    content_is("col_test.base", "", 0, NULL); /* ONLY: the heir's row is the heir's */
    content_is("col_test.heir", "", 1, NULL);
    content_is("col_test.leaf", "", 1, NULL);
    content_is("col_test.mv", "", 1, NULL);
}

/* By hand, from FORMAT.md section 4: one row "7", one column a of type integer. */
static void test_digest(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan = make_plan("");
    struct col_redact redact = {buf_init(0), ""};
    struct col_tables tables;
    struct col_content content;
    struct buf text = buf_init(1024);
    char row[DIGEST_HEX];
    char digest[DIGEST_HEX];

    (void)state;
    assert_int_equal(digest_hex("7", 1, row, &e), 0);
    assert_int_equal(buf_addf(&text, &e, "{\"columns\":[[\"a\",\"integer\"]],\"relation\":"
                                         "\"col_test.mv\",\"rows\":1}\n%s\n", row), 0);
    assert_int_equal(digest_hex(text.data, text.len, digest, &e), 0);
    assert_int_equal(col_tables_list(observer, &plan, &tables, &e), 0);
    assert_int_equal(col_tables_read(observer, find(&tables, "col_test.mv"), &redact, false, &content, &e), 0);
    assert_string_equal(content.digest, digest);
    assert_int_equal(content.row_digests.len + content.ndjson.len, 0);
    col_tables_content_release(&content);
    col_tables_release(&tables);
    plan_release(&plan);
    buf_release(&text);
}

static void test_sequences(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *all = NULL;
    bool is_found = false;

    (void)state;
    assert_int_equal(col_catalog_sequences(observer, &all, &e), 0);
    for (size_t i = 0; i < all->count; i++) {
        if (!jv_text_is(jv_get(all->items[i], "relation"), "col_test.\"se\"\"q\""))
            continue;
        is_found = true;
        assert_string_equal(jv_get_text(all->items[i], "last_value"), "1");
        assert_true(jv_get(all->items[i], "is_called")->truth);
    }
    assert_true(is_found);
    jv_free(all);
}

static int set_up(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg;

    (void)state;
    pg = open_session(NULL, COL_PG_STEP);
    for (size_t i = 0; i < sizeof surface / sizeof *surface; i++)
        if (col_pg_rows(pg, surface[i], NULL, NULL, &e) != 0)
            fail_msg("%s: %s", surface[i], e.text);
    col_pg_free(pg);
    observer = open_session(NULL, COL_PG_OBSERVER);
    return 0;
}

static int tear_down(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_STEP);
    int rc = col_pg_rows(pg, "DROP SCHEMA col_test CASCADE", NULL, NULL, &e) != 0 ||
             col_pg_rows(pg, "DROP ROLE col_test_poor", NULL, NULL, &e) != 0;

    (void)state;
    col_pg_free(pg);
    col_pg_free(observer);
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listing), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_contents), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_sequences),
    };

    if (getenv("DRYPROOF_TEST_DB") == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
