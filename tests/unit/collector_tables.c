/* tests/unit/collector_tables.c - tests of collector/tables.c, crew.c, reading.c, content.c and
 * catalog.c on a real server (DRYPROOF_TEST_DB, a superuser's conninfo; skipped where unset). */
#include "tests/unit/base_test.h"

#include "base/row.h"
#include "collector/catalog.h"
#include "collector/crew.h"
#include "collector/observe.h"

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
static struct jv *params;
static const char *meanwhile; /* what another session does between the snapshot and the reading */

static struct col_pg *open_session(const char *user, enum col_pg_kind kind)
{
    struct err e = {ERR_NONE, ""};
    struct jv *here = NULL;
    struct col_pg *pg = NULL;

    assert_int_equal(col_pg_params(getenv("DRYPROOF_TEST_DB"), user, &here, &e), 0);
    if (col_pg_open(here, kind, &pg, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(here);
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

/* What the collector's run needs of its context. */
static struct col_context make_context(const char *folder, const char *captured, size_t workers)
{
    struct col_context c;

    memset(&c, 0, sizeof c);
    c.plan = make_plan(captured);
    c.observer = observer;
    c.observer_params = params;
    c.workers = workers;
    (void)snprintf(c.dir.path, sizeof c.dir.path, "%s", folder);
    return c;
}

/* Read all tables; what relation's gave, and what was written for it. */
static struct col_result read_all(const char *folder, const char *relation, const char *captured,
                                  size_t workers, struct buf *rows, struct buf *ndjson)
{
    struct err e = {ERR_NONE, ""};
    struct col_context c = make_context(folder, captured, workers);
    struct col_tables tables;
    struct col_result *results, result;
    const struct col_table *t;
    char path[FILE_PATH_MAX];

    assert_int_equal(col_observe_begin(observer, &e), 0);
    assert_int_equal(col_tables_list(observer, &c.plan, &tables, &e), 0);
    t = find(&tables, relation);
    assert_non_null(t);
    results = calloc(tables.count, sizeof *results);
    assert_non_null(results);
    if (meanwhile != NULL) {
        struct col_pg *writer = open_session(NULL, COL_PG_STEP);

        assert_int_equal(col_pg_rows(writer, meanwhile, NULL, NULL, &e), 0);
        col_pg_free(writer);
    }
    if (col_crew_read(&c, &tables, rows == NULL ? NULL : "before", results, &e) != 0)
        fail_msg("%s", e.text);
    result = results[t - tables.items];
    assert_int_equal(col_observe_end(observer, &e), 0);
    (void)snprintf(path, sizeof path, "%s/private/before/%06zu.rows", folder, (size_t)(t - tables.items) + 1);
    if (rows != NULL && result.rows > 0)
        assert_int_equal(file_read(path, (size_t)1 << 30, rows, &e), 0);
    else
        assert_false(file_exists(path));
    (void)snprintf(path, sizeof path, "%s/before/tables/000001.ndjson", folder);
    if (ndjson != NULL)
        assert_int_equal(file_read(path, (size_t)1 << 30, ndjson, &e), 0);
    (void)snprintf(path, sizeof path, "%s/private", folder);
    assert_int_equal(file_remove_tree(path, &e), 0);
    (void)snprintf(path, sizeof path, "%s/before", folder);
    assert_int_equal(file_remove_tree(path, &e), 0);
    free(results);
    col_tables_release(&tables);
    plan_release(&c.plan);
    return result;
}

/* The file that one pass makes of a captured table, and its row count. */
static void content_is(const char *folder, const char *relation, const char *captured, size_t rows,
                       const char *expected)
{
    struct buf list = buf_init(0), text = buf_init(0);
    struct col_result result = read_all(folder, relation, captured, 1 + rows % 2, &list,
                                        expected == NULL ? NULL : &text);

    assert_int_equal(result.rows, rows);
    assert_int_equal(list.len, rows * ROW_LISTED_BYTES);
    if (expected != NULL)
        assert_string_equal(text.data, expected);
    buf_release(&list);
    buf_release(&text);
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
    content_is(*state, WEIRD, CAPTURE("col_test.\\\"we\\\"\\\"ird'; --\\n\xf0\x9f\x98\x80\\\"", ""), 4,
               "{\"columns\":[\"a\\\"b\",\"\xc3\xa9\"],\"redacted\":[],\"relation\":"
               "\"col_test.\\\"we\\\"\\\"ird'; --\\n\xf0\x9f\x98\x80\\\"\",\"volatile\":[]}\n"
               "[null,\"\\\\x\"]\n[null,\"\\\\x\"]\n[\"\\\\N\",null]\n"
               "[\"\\t\\n\\r\\b\\f\\u000b\\\\\",\"\\\\x00ff\"]\n");
    content_is(*state, "col_test.generated", CAPTURE("col_test.generated", ""), 1,
               "{\"columns\":[\"a\",\"b\"],\"redacted\":[],\"relation\":\"col_test.generated\","
               "\"volatile\":[]}\n[\"21\",\"42\"]\n");
    content_is(*state, "col_test.zero", CAPTURE("col_test.zero", ""), 1,
               "{\"columns\":[],\"redacted\":[],\"relation\":\"col_test.zero\",\"volatile\":[]}\n[]\n");
    content_is(*state, "col_test.base", "", 0, NULL); /* ONLY: the heir's row is the heir's */
    content_is(*state, "col_test.heir", "", 1, NULL);
    content_is(*state, "col_test.leaf", "", 1, NULL);
    content_is(*state, "col_test.mv", "", 1, NULL);
}

/* By hand, from FORMAT.md section 4: one row "7", one column a of type integer. */
static void test_digest(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct buf text = buf_init(1024);
    char row[DIGEST_HEX];
    char digest[DIGEST_HEX];

    assert_int_equal(digest_hex("7", 1, row, &e), 0);
    assert_int_equal(buf_addf(&text, &e, "{\"columns\":[[\"a\",\"integer\"]],\"relation\":"
                                         "\"col_test.mv\",\"rows\":1}\n%s\n", row), 0);
    assert_int_equal(digest_hex(text.data, text.len, digest, &e), 0);
    assert_string_equal(read_all(*state, "col_test.mv", "", 1, NULL, NULL).digest, digest);
    assert_string_equal(read_all(*state, "col_test.mv", "", 3, NULL, NULL).digest, digest);
    buf_release(&text);
}

static size_t count_lines(const struct buf *text)
{
    size_t n = 0;

    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\n';
    return n;
}

/* A table of several ranges of blocks, read by one worker whole and by more in turn; the rows
 * are those that the snapshot sees, whatever is written meanwhile. */
static void test_large(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_STEP);
    static const char columns_text[] = "[[\"a\",\"integer\"],[\"b\",\"text\"]]";
    struct row_set set;
    struct jv *columns = NULL;
    struct buf rows = buf_init(0);
    struct buf kept = buf_init(0);
    char want[DIGEST_HEX];

    assert_int_equal(col_pg_rows(pg, "CREATE TABLE col_test.large (a int, b text) WITH (fillfactor = 10)", NULL, NULL, &e), 0);
    assert_int_equal(col_pg_rows(pg, "INSERT INTO col_test.large SELECT i, repeat('x', 900) FROM "
                                     "generate_series(1, 9000) AS i", NULL, NULL, &e), 0);
    assert_int_equal(col_pg_rows(pg, "DELETE FROM col_test.large WHERE a % 3 = 0", NULL, NULL, &e), 0);
    assert_int_equal(row_set_init(&set, &e), 0);
    for (int i = 1; i <= 9000; i++) {
        char line[1000];
        int n = snprintf(line, sizeof line, "%d\t", i);

        memset(line + n, 'x', 900);
        if (i % 3 != 0)
            assert_int_equal(row_set_add(&set, line, (size_t)n + 900, &e), 0);
    }
    assert_int_equal(jv_parse(columns_text, strlen(columns_text), &columns, &e), 0);
    assert_int_equal(row_set_digest(&set, "col_test.large", columns, want, &e), 0);
    meanwhile = "UPDATE col_test.large SET a = -a WHERE a % 100 = 1";
    (void)read_all(*state, "col_test.large", CAPTURE("col_test.large", ""), 2, &rows, &kept);
    assert_int_equal(count_lines(&kept), 1 + 6000);
    buf_release(&rows);
    buf_release(&kept);
    meanwhile = "UPDATE col_test.large SET a = abs(a)";
    (void)read_all(*state, "col_test.large", "", 1, NULL, NULL);
    for (size_t workers = 1; workers <= 3; workers++) {
        struct col_result got;

        meanwhile = "UPDATE col_test.large SET a = -a WHERE a % 100 = 1";
        got = read_all(*state, "col_test.large", "", workers, &rows, NULL);
        meanwhile = "UPDATE col_test.large SET a = abs(a)";
        (void)read_all(*state, "col_test.large", "", 1, NULL, NULL);

        assert_int_equal(got.rows, 6000);
        assert_string_equal(got.digest, want);
        assert_int_equal(rows.len, 6000 * ROW_LISTED_BYTES);
        for (size_t i = 0; i < 6000; i++)
            assert_memory_equal(rows.data + i * ROW_LISTED_BYTES, set.digests[i], ROW_LISTED_BYTES);
        buf_release(&rows);
    }
    meanwhile = NULL;
    assert_int_equal(col_pg_rows(pg, "DROP TABLE col_test.large", NULL, NULL, &e), 0);
    row_set_release(&set);
    jv_free(columns);
    col_pg_free(pg);
}

/* More tables than a batch has; afterwards the open transaction holds no lock on any. */
static void test_many(void **state)
{
    static const char held[] = "SELECT count(*)::text FROM pg_locks WHERE relation::regclass::text "
                               "LIKE 'col_test.many%'";
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_STEP);

    assert_int_equal(col_pg_rows(pg, "DO $$ BEGIN FOR i IN 1..600 LOOP EXECUTE format('CREATE TABLE "
                                     "col_test.many%s AS SELECT %s AS a', i, i); END LOOP; END $$",
                                 NULL, NULL, &e), 0);
    for (size_t workers = 1; workers <= 2; workers++) {
        struct col_context c = make_context(*state, "", workers);
        struct col_tables tables;
        struct col_result *results;
        struct jv *locks = NULL;
        size_t seen = 0;

        assert_int_equal(col_observe_begin(observer, &e), 0);
        assert_int_equal(col_tables_list(observer, &c.plan, &tables, &e), 0);
        results = calloc(tables.count, sizeof *results);
        assert_non_null(results);
        if (col_crew_read(&c, &tables, NULL, results, &e) != 0)
            fail_msg("%s", e.text);
        assert_int_equal(col_pg_rows(pg, held, NULL, &locks, &e), 0);
        assert_string_equal(col_pg_text(locks, 0, 0), "0");
        for (size_t i = 0; i < tables.count; i++)
            seen += strncmp(tables.items[i].relation, "col_test.many", 13) == 0 && results[i].rows == 1;
        assert_int_equal(seen, 600);
        for (size_t i = 1; i < tables.count; i++)
            assert_true(strcmp(results[i - 1].digest, results[i].digest) != 0);
        assert_int_equal(col_observe_end(observer, &e), 0);
        jv_free(locks);
        free(results);
        col_tables_release(&tables);
        plan_release(&c.plan);
    }
    assert_int_equal(col_pg_rows(pg, "DO $$ BEGIN FOR i IN 1..600 LOOP EXECUTE format('DROP TABLE "
                                     "col_test.many%s', i); END LOOP; END $$", NULL, NULL, &e), 0);
    col_pg_free(pg);
}

/* A table that is gone after the listing: an error that names it, with any number of workers. */
static void test_failures(void **state)
{
    for (size_t workers = 1; workers <= 3; workers++) {
        struct err e = {ERR_NONE, ""};
        struct col_context c = make_context(*state, "", workers);
        struct col_tables tables;
        struct col_result *results;
        struct col_table *t;

        assert_int_equal(col_observe_begin(observer, &e), 0);
        assert_int_equal(col_tables_list(observer, &c.plan, &tables, &e), 0);
        results = calloc(tables.count, sizeof *results);
        assert_non_null(results);
        t = &tables.items[find(&tables, "col_test.heir") - tables.items];
        free(t->copy);
        t->copy = strdup("COPY (SELECT 1 / 0) TO STDOUT");
        assert_int_equal(col_crew_read(&c, &tables, NULL, results, &e), -1);
        assert_string_equal(e.text, "table col_test.heir: the server refused: division by zero");
        assert_int_equal(col_pg_rows(observer, "ROLLBACK", NULL, NULL, &e), 0);
        free(t->part);
        t->part = strdup("SELECT 1 / 0 WHERE ctid >= ");
        t->bytes = (uint64_t)1 << 40;
        assert_int_equal(col_observe_begin(observer, &e), 0);
        e = (struct err){ERR_NONE, ""};
        assert_int_equal(col_crew_read(&c, &tables, NULL, results, &e), -1);
        assert_true(strncmp(e.text, "table col_test.heir: the server refused: ", 41) == 0);
        assert_int_equal(col_pg_rows(observer, "ROLLBACK", NULL, NULL, &e), 0);
        free(results);
        col_tables_release(&tables);
        plan_release(&c.plan);
    }
}

static void test_sequences(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_STEP);
    struct jv *all = NULL, *locks = NULL;
    size_t many = 0;
    bool is_found = false;

    (void)state;
    assert_int_equal(col_pg_rows(pg, "DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE SEQUENCE "
                                     "col_test.number%s START %s', i, i); END LOOP; END $$", NULL, NULL, &e), 0);
    assert_int_equal(col_observe_begin(observer, &e), 0);
    assert_int_equal(col_catalog_sequences(observer, &all, &e), 0);
    assert_int_equal(col_pg_rows(pg, "SELECT 1 FROM pg_locks WHERE relation::regclass::text LIKE 'col_test%'",
                                 NULL, &locks, &e), 0);
    assert_int_equal(locks->count, 0);
    jv_free(locks);
    assert_int_equal(col_observe_end(observer, &e), 0);
    for (size_t i = 0; i < all->count; i++) {
        const char *relation = jv_get_text(all->items[i], "relation");

        if (strncmp(relation, "col_test.number", 15) == 0) {
            assert_string_equal(jv_get_text(all->items[i], "last_value"), relation + 15);
            assert_false(jv_get(all->items[i], "is_called")->truth);
            many++;
        }
        if (!jv_text_is(jv_get(all->items[i], "relation"), "col_test.\"se\"\"q\""))
            continue;
        is_found = true;
        assert_string_equal(jv_get_text(all->items[i], "last_value"), "1");
        assert_true(jv_get(all->items[i], "is_called")->truth);
    }
    assert_true(is_found);
    assert_int_equal(many, 300);
    jv_free(all);
    col_pg_free(pg);
}

static int set_up(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg;

    pg = open_session(NULL, COL_PG_STEP);
    for (size_t i = 0; i < sizeof surface / sizeof *surface; i++)
        if (col_pg_rows(pg, surface[i], NULL, NULL, &e) != 0)
            fail_msg("%s: %s", surface[i], e.text);
    col_pg_free(pg);
    observer = open_session(NULL, COL_PG_OBSERVER);
    assert_int_equal(col_pg_params(getenv("DRYPROOF_TEST_DB"), NULL, &params, &e), 0);
    return make_scratch(state);
}

static int tear_down(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session(NULL, COL_PG_STEP);
    int rc = col_pg_rows(pg, "DROP SCHEMA col_test CASCADE", NULL, NULL, &e) != 0 ||
             col_pg_rows(pg, "DROP ROLE col_test_poor", NULL, NULL, &e) != 0;

    col_pg_free(pg);
    col_pg_free(observer);
    jv_free(params);
    return drop_scratch(state) != 0 || rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listing), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_contents), cmocka_unit_test(test_digest),
        cmocka_unit_test(test_sequences), cmocka_unit_test(test_large),
        cmocka_unit_test(test_many), cmocka_unit_test(test_failures),
    };

    if (getenv("DRYPROOF_TEST_DB") == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
