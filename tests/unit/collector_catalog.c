/* tests/unit/collector_catalog.c - tests of collector/parts.c and catalog.c: every line of
 * tests/catalog.tsv changes the lines of the catalog that it says, and no other
 * (DRYPROOF_TEST_DB, a superuser's conninfo; skipped where unset). */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "collector/catalog.h"
#include "collector/observe.h"

#define CASES_MAX 500
#define WORDS_MAX 20
#define WORD_SIZE 60
#define EDGE_SIZE 32
#define TABLE_SIZE ((size_t)1 << 20)

struct change {
    char *name, *since, *setup, *action, *expected;
};

struct words {
    char word[WORDS_MAX][WORD_SIZE];
    size_t count;
};

struct taken {
    char edge[EDGE_SIZE];
    struct buf file[2];
};

static const char *const files[2] = {"catalog.ndjson", "cluster.ndjson"};
static struct change changes[CASES_MAX];
static size_t change_count;
static struct buf table;
static char folder[FILE_PATH_MAX];
static struct col_rundir dir;
static int version;

static struct col_pg *open_session(const char *database, const char *user, enum col_pg_kind kind)
{
    char conninfo[1024];
    struct err e = {ERR_NONE, ""};
    struct jv *params = NULL;
    struct col_pg *pg = NULL;

    (void)snprintf(conninfo, sizeof conninfo, "%s dbname=%s", getenv("DRYPROOF_TEST_DB"), database);
    assert_int_equal(col_pg_params(conninfo, user, &params, &e), 0);
    if (col_pg_open(params, kind, &pg, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(params);
    return pg;
}

static void must(struct col_pg *pg, const char *name, const char *sql)
{
    struct err e = {ERR_NONE, ""};

    if (col_pg_rows(pg, sql, NULL, NULL, &e) != 0)
        fail_msg("%s: %s: %s", name, sql, e.text);
}

/* Statements parted by " ;; "; "-" is none. */
static void run(struct col_pg *pg, const char *name, const char *list)
{
    char sql[2048];

    for (const char *end; strcmp(list, "-") != 0 && *list != '\0'; list = end) {
        end = strstr(list, " ;; ");
        (void)snprintf(sql, sizeof sql, "%.*s", end == NULL ? (int)strlen(list) : (int)(end - list), list);
        must(pg, name, sql);
        end = end == NULL ? list + strlen(list) : end + 4;
    }
}

static void take(struct col_pg *observer, const char *edge, struct taken *out)
{
    struct err e = {ERR_NONE, ""};
    char name[64], path[FILE_PATH_MAX];

    (void)snprintf(out->edge, sizeof out->edge, "%s", edge);
    if (col_observe_begin(observer, &e) != 0 || col_catalog_write(observer, &dir, edge, &e) != 0 ||
        col_observe_end(observer, &e) != 0)
        fail_msg("%s: %s", edge, e.text);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(name, sizeof name, "%s/%s", edge, files[i]);
        assert_int_equal(file_join(path, dir.path, name, &e), 0);
        assert_int_equal(file_read(path, (size_t)1 << 26, &out->file[i], &e), 0);
    }
}

static void release(struct taken *t)
{
    buf_release(&t->file[0]);
    buf_release(&t->file[1]);
}

static void add_word(struct words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->word[i], word) == 0)
            return;
    assert_true(w->count < WORDS_MAX);
    (void)snprintf(w->word[w->count++], WORD_SIZE, "%s", word);
}

static const char *behind_string(const char *p)
{
    for (p++; *p != '"'; p++)
        p += *p == '\\';
    return p + 1;
}

/* `["kind","identity",`: lines are sorted by it */
static size_t key(const char *line)
{
    return *line == '\0' ? 0 : (size_t)(behind_string(behind_string(line + 1) + 1) + 1 - line);
}

static void told(struct words *w, char sign, const char *line)
{
    char word[WORD_SIZE];
    const char *kind = line + 2, *end = behind_string(line + 1) - 1;
    const char *identity = end + 3;

    (void)snprintf(word, sizeof word, "%c%.*s", sign, (int)(end - kind), kind);
    if (strcmp(word + 1, "system") == 0)
        (void)snprintf(word, sizeof word, "%csystem:%.*s", sign,
                       (int)(behind_string(identity - 1) - 1 - identity), identity);
    add_word(w, word);
}

static void compare(const char *a, const char *b, struct words *w)
{
    while (*a != '\0' || *b != '\0') {
        size_t m = key(a), n = key(b);
        int order = m == 0 ? 1 : n == 0 ? -1 : strncmp(a, b, m < n ? m : n);
        size_t la = strcspn(a, "\n"), lb = strcspn(b, "\n");

        if (order < 0)
            told(w, '-', a);
        else if (order > 0)
            told(w, '+', b);
        else if (la != lb || memcmp(a, b, la) != 0)
            told(w, '~', a);
        a += order <= 0 ? la + 1 : 0;
        b += order >= 0 ? lb + 1 : 0;
    }
}

static bool is_same(const struct words *a, const struct words *b)
{
    size_t met = 0;

    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < b->count; k++)
            met += strcmp(a->word[i], b->word[k]) == 0;
    return met == a->count && met == b->count;
}

/* 0 when the two snapshots differ as expected says; else 1, told. */
static size_t differs(const char *name, const struct taken *a, const struct taken *b, const char *expected)
{
    struct words want = {.count = 0}, got = {.count = 0};
    char copy[512], line[WORDS_MAX * WORD_SIZE] = "", *save = NULL;

    (void)snprintf(copy, sizeof copy, "%s", expected);
    for (char *w = strtok_r(copy, " ", &save); w != NULL; w = strtok_r(NULL, " ", &save))
        add_word(&want, w);
    for (int i = 0; i < 2; i++)
        compare(a->file[i].data, b->file[i].data, &got);
    if (is_same(&want, &got))
        return 0;
    for (size_t i = 0; i < got.count; i++) {
        (void)strcat(line, " ");
        (void)strcat(line, got.word[i]);
    }
    print_error("%s: expected %s, got%s\n", name, expected, line);
    return 1;
}

static void test_changes(void **state)
{
    struct col_pg *pg = open_session("col_catalog", NULL, COL_PG_STEP);
    struct col_pg *observer = open_session("col_catalog", NULL, COL_PG_OBSERVER);
    struct taken before, after;
    char edge[EDGE_SIZE];
    size_t bad = 0, ran = 0;

    (void)state;
    take(observer, "first", &before);
    take(observer, "second", &after);
    bad += differs("nothing", &before, &after, "");
    for (size_t i = 0; i < change_count; i++) {
        const struct change *c = &changes[i];

        if (atoi(c->since) > version)
            continue;
        release(&before);
        before = after;
        run(pg, c->name, c->action);
        (void)snprintf(edge, sizeof edge, "s%04zu", i);
        take(observer, edge, &after);
        bad += differs(c->name, &before, &after, c->expected);
        ran++;
    }
    /* the passwords, options and labels of the table stand in no line but the label's */
    for (int i = 0; i < 2; i++)
        assert_null(strstr(after.file[i].data, "hunter2"));
    assert_non_null(strstr(after.file[0].data, "[\"security-label\",\"test table t.labelled\",\"secret place\"]"));
    assert_null(strstr(after.file[1].data, "[\"channel\","));
    release(&before);
    release(&after);
    col_pg_free(pg);
    col_pg_free(observer);
    print_message("%zu changes, %zu not as expected\n", ran, bad);
    assert_int_equal(bad, 0);
    assert_true(ran >= 70);
}

/* Two databases made by the same statements, with other OIDs. */
static void test_equal_databases(void **state)
{
    static const char *const databases[2] = {"col_catalog", "col_catalog_twin"};
    struct taken taken[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct col_pg *observer = open_session(databases[i], NULL, COL_PG_OBSERVER);

        take(observer, databases[i] + 4, &taken[i]);
        col_pg_free(observer);
    }
    assert_string_equal(taken[0].file[0].data, taken[1].file[0].data);
    assert_true(taken[0].file[0].len > 10000);
    release(&taken[0]);
    release(&taken[1]);
}

/* What a role without rights cannot see is named; temporary tables of others are not there. */
static void test_poor(void **state)
{
    static const char *const channels[] = {
        "role-password", "written user-mapping", "subscription", "large-object-content",
        "file-setting", "hba", "file", "file of configuration", "setting of superusers",
        "system information_schema"};
    struct col_pg *poor = open_session("col_catalog", "cat_d", COL_PG_OBSERVER);
    struct col_pg *other = open_session("col_catalog", NULL, COL_PG_STEP);
    struct taken before, after;
    char line[100];

    (void)state;
    must(other, "revoke", "REVOKE SELECT ON information_schema.sql_parts FROM PUBLIC");
    take(poor, "poor1", &before);
    must(other, "temporary", "CREATE TEMPORARY TABLE pg_temp.cat_t (a int PRIMARY KEY CHECK (a > 0))");
    must(other, "temporary", "COMMENT ON TABLE pg_temp.cat_t IS 'x'");
    take(poor, "poor2", &after);
    assert_int_equal(differs("temporary", &before, &after, ""), 0);
    must(other, "grant", "GRANT SELECT ON information_schema.sql_parts TO PUBLIC");
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        (void)snprintf(line, sizeof line, "[\"channel\",\"%s\",\"GRANT ", channels[i]);
        if (strstr(after.file[1].data, line) == NULL)
            fail_msg("no line %s", line);
    }
    assert_null(strstr(after.file[1].data, "[\"role-password\","));
    release(&before);
    release(&after);
    col_pg_free(poor);
    col_pg_free(other);
}

static void read_table(void)
{
    struct err e = {ERR_NONE, ""};
    char *save = NULL, *column[5];

    assert_int_equal(file_read("tests/catalog.tsv", TABLE_SIZE, &table, &e), 0);
    for (char *line = strtok_r(table.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        if (*line == '#' || strncmp(line, "name\t", 5) == 0)
            continue;
        for (int i = 0; i < 5; i++) {
            assert_non_null(line);
            column[i] = line;
            line = strchr(line, '\t');
            if (line != NULL)
                *line++ = '\0';
        }
        assert_null(line);
        assert_true(change_count < CASES_MAX);
        changes[change_count++] = (struct change){column[0], column[1], column[2], column[3], column[4]};
    }
}

static int set_up(void **state)
{
    static const char *const cluster[] = {
        "CREATE ROLE cat_a", "CREATE ROLE cat_b", "CREATE ROLE cat_d LOGIN", "CREATE DATABASE col_catalog",
        "CREATE DATABASE col_catalog_twin"};
    struct err e = {ERR_NONE, ""};
    struct jv *rows = NULL;
    struct col_pg *pg = open_session("postgres", NULL, COL_PG_STEP), *twin;

    (void)state;
    read_table();
    assert_int_equal(col_pg_rows(pg, "SHOW server_version_num", NULL, &rows, &e), 0);
    version = atoi(col_pg_text(rows, 0, 0)) / 10000;
    jv_free(rows);
    for (size_t i = 0; i < sizeof cluster / sizeof *cluster; i++)
        must(pg, "set-up", cluster[i]);
    col_pg_free(pg);
    pg = open_session("col_catalog", NULL, COL_PG_STEP);
    twin = open_session("col_catalog_twin", NULL, COL_PG_STEP);
    for (size_t i = 0; i < change_count; i++)
        if (atoi(changes[i].since) <= version) {
            run(pg, changes[i].name, changes[i].setup);
            run(twin, changes[i].name, changes[i].setup);
        }
    col_pg_free(pg);
    col_pg_free(twin);
    (void)snprintf(folder, sizeof folder, "%s/col-catalog-XXXXXX",
                   getenv("TMPDIR") == NULL ? "/tmp" : getenv("TMPDIR"));
    assert_non_null(mkdtemp(folder));
    (void)snprintf(dir.path, sizeof dir.path, "%s", folder);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const here[] = {
        "ALTER SUBSCRIPTION cat_s1 DISABLE", "DROP SUBSCRIPTION cat_s1",
        "SET allow_system_table_mods = on", "DELETE FROM pg_catalog.pg_shseclabel WHERE provider = 'test'"};
    static const char *const cluster[] = {
        "DROP DATABASE col_catalog", "DROP DATABASE col_catalog_twin",
        "SELECT pg_drop_replication_slot('cat_slot')", "SELECT pg_replication_origin_drop('cat_origin')",
        "ALTER DATABASE template1 RESET work_mem", "ALTER DATABASE template1 CONNECTION LIMIT -1",
        "REVOKE ALL ON DATABASE postgres FROM cat_a", "DROP ROLE cat_d", "DROP ROLE cat_c", "DROP ROLE cat_b"};
    struct err e = {ERR_NONE, ""};
    struct col_pg *pg = open_session("col_catalog", NULL, COL_PG_STEP);

    (void)state;
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        must(pg, "tear-down", here[i]);
    col_pg_free(pg);
    pg = open_session("postgres", NULL, COL_PG_STEP);
    for (size_t i = 0; i < sizeof cluster / sizeof *cluster; i++)
        must(pg, "tear-down", cluster[i]);
    if (version >= 15) {
        must(pg, "tear-down", "DROP TABLESPACE cat_ts");
        must(pg, "tear-down", "REVOKE SET ON PARAMETER work_mem FROM cat_a");
    }
    must(pg, "tear-down", "DROP ROLE cat_a");
    col_pg_free(pg);
    buf_release(&table);
    return file_remove_tree(folder, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_databases), cmocka_unit_test(test_changes),
        cmocka_unit_test(test_poor),
    };

    if (getenv("DRYPROOF_TEST_DB") == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
