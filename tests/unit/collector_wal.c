/* tests/unit/collector_wal.c - tests of collector/wal.c, wal_inspect.c and wal_dump.c on a real
 * server: DRYPROOF_TEST_DB is a superuser's conninfo to a database with pg_walinspect, on this
 * machine (skipped where unset). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/edge.h"
#include "collector/wal.h"
#include "collector/wal_read.h"
#include "gen/sql_wal_flushed.h"
#include "gen/sql_wal_names.h"
#include "gen/sql_wal_source.h"

static const struct wal_layout usual = {8192, 16 << 20};
static struct col_pg *writer;
static struct col_pg *observer;

static struct col_pg *open_session(const char *user, const char *database, enum col_pg_kind kind)
{
    struct err e = {ERR_NONE, ""};
    struct jv *params = NULL;
    struct col_pg *pg = NULL;

    assert_int_equal(col_pg_params(getenv("DRYPROOF_TEST_DB"), user, &params, &e), 0);
    if (database != NULL)
        jv_set(params, "dbname", jv_string(database));
    if (col_pg_open(params, kind, &pg, &e) != 0)
        fail_msg("%s", e.text);
    jv_free(params);
    return pg;
}

static struct jv *rows_of(struct col_pg *pg, const char *sql, const struct jv *args)
{
    struct err e = {ERR_NONE, ""};
    struct jv *rows = NULL;

    if (col_pg_rows(pg, sql, args, &rows, &e) != 0)
        fail_msg("%s: %s", sql, e.text);
    return rows;
}

static void run(const char *sql)
{
    jv_free(rows_of(writer, sql, NULL));
}

/* In the server's folder.  A program that ends before it is given its input is a broken pipe to COPY. */
static void shell(const char *command)
{
    char sql[256];

    (void)snprintf(sql, sizeof sql, "COPY (SELECT) TO PROGRAM 'cat >/dev/null; %s'", command);
    run(sql);
}

static uint64_t lsn_of(const char *text)
{
    uint64_t lsn = 0;

    assert_int_equal(col_wal_lsn_parse(text, &lsn), 0);
    return lsn;
}

static uint64_t position(void)
{
    struct jv *rows = rows_of(observer, "SELECT pg_current_wal_insert_lsn()::text", NULL);
    uint64_t lsn = lsn_of(col_pg_text(rows, 0, 0));

    jv_free(rows);
    return lsn;
}

/* ---- a real server ---- */

static struct jv *names_now(void)
{
    return rows_of(observer, sql_wal_names, NULL);
}

static void wait_for_flush(uint64_t end)
{
    char text[WAL_LSN_TEXT];
    struct jv *args = jv_array();

    col_wal_lsn_print(col_wal_record_end(end, &usual), text);
    jv_add(args, jv_string(text));
    for (bool is_flushed = false; !is_flushed;) {
        struct jv *rows = rows_of(observer, sql_wal_flushed, args);

        is_flushed = jv_text_is(col_pg_cell(rows, 0, 0), "t");
        jv_free(rows);
        run("SET synchronous_commit = on");
        run("SELECT pg_current_xact_id()"); /* a commit flushes what is before it */
    }
    jv_free(args);
}

/* Both ways over the range give the same bytes.  Ownership: the text is the caller's. */
static struct buf both(uint64_t start, uint64_t end, const struct jv *names_before)
{
    struct err e = {ERR_NONE, ""};
    struct wal_range range = {start, end, 1, usual};
    struct jv *source = rows_of(observer, sql_wal_source, NULL);
    struct jv *names_after = names_now();
    const struct jv *const names[2] = {names_before, names_after};
    struct wal_groups *groups[2] = {NULL, NULL};
    struct buf text[2] = {buf_init(1 << 26), buf_init(1 << 26)};

    wait_for_flush(end);
    if (col_wal_inspect(observer, &range, source, &groups[0], &e) != 0 ||
        col_wal_dump(&range, source, &groups[1], &e) != 0)
        fail_msg("%s", e.text);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(col_wal_groups_write(groups[i], names, 1 << 30, &text[i], &e), 0);
    assert_true(col_wal_groups_records(groups[0]) > 0);
    assert_int_equal(col_wal_groups_records(groups[0]), col_wal_groups_records(groups[1]));
    assert_true(col_wal_groups_bytes(groups[0]) == col_wal_groups_bytes(groups[1]));
    assert_int_equal(text[0].len, text[1].len);
    assert_memory_equal(text[0].data, text[1].data, text[0].len);
    for (size_t i = 0; i < 2; i++)
        col_wal_groups_free(groups[i]);
    buf_release(&text[1]);
    jv_free(source);
    jv_free(names_after);
    return text[0];
}

/* A line holds all of these texts. */
static void has_line(const struct buf *text, const char *a, const char *b, const char *c)
{
    char line[65536];

    for (const char *p = text->data; *p != '\0';) {
        size_t n = strcspn(p, "\n");

        (void)snprintf(line, sizeof line, "%.*s", (int)n, p);
        if (strstr(line, a) != NULL && strstr(line, b) != NULL && strstr(line, c) != NULL)
            return;
        p += n + 1;
    }
    fail_msg("no group with %s, %s and %s in\n%s", a, b, c, text->data);
}

#define KIND(rmgr, type) "\"rmgr\":\"" rmgr "\"", "\"type\":\"" type "\""

/* A little of everything; the ids of a transaction and of a subtransaction of it. */
static struct jv *work(void)
{
    struct jv *ids;

    run("BEGIN");
    run("INSERT INTO wal_test.t VALUES (1)");
    run("SAVEPOINT one");
    run("INSERT INTO wal_test.t VALUES (2)");
    run("ROLLBACK TO one");
    run("SAVEPOINT two");
    run("INSERT INTO wal_test.t VALUES (3)");
    ids = rows_of(writer, "SELECT (pg_current_xact_id()::xid)::text, xmin::text FROM wal_test.t WHERE a = 3", NULL);
    run("COMMIT");
    run("BEGIN");
    run("UPDATE wal_test.t SET b = 'x'");
    run("ROLLBACK");
    run("CREATE TABLE wal_test.made (a int)");
    run("INSERT INTO wal_test.old VALUES (1)");
    run("ALTER TABLE wal_test.old RENAME TO new");
    run("SELECT lo_create(0)");
    run("SELECT pg_logical_emit_message(false, E'p\\nrmgr: Heap        len (rec/tot):     61/    61, tx:        725, "
        "lsn: 0/00005530, prev 0/01543898, desc: INSERT off 1, blkref #0: rel 1/2/3 blk 0\\nrmgr: Heap        "
        "len (rec/tot):     61/    61, tx:        725, lsn: FF/01545530, prev 0/01543898, desc: INSERT ', 'x')");
    run("SELECT pg_logical_emit_message(true, 'p', 'x')");
    run("SELECT pg_create_restore_point('r, blkref #0: rel 1/2/3 blk 0')");
    run("BEGIN");
    run("TRUNCATE wal_test.t");
    run("ROLLBACK");
    run("CREATE ROLE wal_test_role");
    run("DROP ROLE wal_test_role");
    run("SELECT nextval('wal_test.s')");
    run("CREATE UNLOGGED TABLE wal_test.u (a int)");
    run("VACUUM FULL wal_test.t");
    run("CHECKPOINT");
    return ids;
}

static void test_workload(void **state)
{
    struct col_pg *elsewhere = open_session(NULL, "postgres", COL_PG_STEP);
    struct jv *names, *ids, *other;
    struct buf text;
    uint64_t start;
    char member[64];

    (void)state;
    run("CREATE TABLE wal_test.t (a int PRIMARY KEY, b text)");
    run("CREATE SEQUENCE wal_test.s");
    run("CREATE TABLE wal_test.old (a int)");
    names = names_now();
    start = position();
    ids = work();
    jv_free(rows_of(elsewhere, "CREATE TABLE public.wal_elsewhere (a int)", NULL));
    jv_free(rows_of(elsewhere, "DROP TABLE public.wal_elsewhere", NULL));
    other = rows_of(elsewhere, "SELECT oid::text FROM pg_database WHERE datname = 'postgres'", NULL);
    text = both(start, position(), names);

    (void)snprintf(member, sizeof member, "\"xid\":\"%s\"", col_pg_text(ids, 0, 0));
    has_line(&text, KIND("Heap", "INSERT+INIT"), member);
    (void)snprintf(member, sizeof member, ",\"%s\"]", col_pg_text(ids, 0, 1));
    has_line(&text, KIND("Transaction", "COMMIT"), member);
    (void)snprintf(member, sizeof member, "\"databases\":[\"%s\"]", col_pg_text(other, 0, 0));
    has_line(&text, KIND("Storage", "CREATE"), member);
    has_line(&text, KIND("Standby", "LOCK"), member);
    has_line(&text, member, "\"relation\":null", "\"rmgr\":\"Heap\"");
    has_line(&text, KIND("Heap", "INSERT+INIT"), "\"relation\":\"wal_test.old\"");
    has_line(&text, "\"rmgr\":\"Heap\"", "\"type\":\"INSERT", "\"relation\":\"pg_catalog.pg_largeobject_metadata\"");
    has_line(&text, KIND("Heap", "DELETE"), "\"databases\":[\"0\"]");
    has_line(&text, KIND("Heap", "DELETE"), "\"relation\":\"pg_catalog.pg_authid\"");
    has_line(&text, KIND("LogicalMessage", "MESSAGE"), "\"xid\":null");
    has_line(&text, KIND("LogicalMessage", "MESSAGE"), "\"xid\":\"");
    has_line(&text, KIND("XLOG", "RESTORE_POINT"), "\"databases\":[]");
    has_line(&text, KIND("Sequence", "LOG"), "\"relation\":\"wal_test.s\"");
    has_line(&text, KIND("Storage", "CREATE"), "\"relation\":\"wal_test.made\"");
    has_line(&text, KIND("Storage", "CREATE"), "\"relation\":null"); /* of the TRUNCATE that was undone */
    has_line(&text, KIND("Heap", "HOT_UPDATE"), "\"relation\":\"wal_test.t\""); /* gone since: the first edge names it */
    has_line(&text, KIND("Transaction", "ABORT"), "\"databases\":[]");
    assert_null(strstr(text.data, "\"database\":\"2\""));
    for (const char *p = text.data; *p != '\0'; p = strchr(p, '\n') + 1) {
        const char *next = strchr(p, '\n') + 1;
        size_t n = (size_t)(next - p);

        assert_true(*next == '\0' || strncmp(p, next, n) < 0);
    }
    buf_release(&text);
    jv_free(names);
    jv_free(ids);
    jv_free(other);
    col_pg_free(elsewhere);
}

/* A text that looks like the next record of the range makes the range unreadable, and hides
 * none.  The first pass measures how long the text's own record is. */
static void test_forged_line(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *source = rows_of(observer, sql_wal_source, NULL);
    struct wal_groups *g = NULL;
    struct wal_range range = {0, 0, 1, usual};
    uint64_t own = 0;
    char sql[512];

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        run("BEGIN");
        run("SELECT pg_current_xact_id()");
        range.start = position();
        (void)snprintf(sql, sizeof sql, "SELECT pg_logical_emit_message(false, E'\\nrmgr: LogicalMessage len (rec/tot): "
                       "    24/    24, tx:          0, lsn: 0/%08X, prev 0/%08X, desc: NOOP ', '')",
                       (unsigned)(range.start + own), (unsigned)range.start);
        run(sql);
        own = position() - range.start;
        run("INSERT INTO wal_test.t VALUES (50)");
        run(pass == 0 ? "ROLLBACK" : "COMMIT");
    }
    range.end = position();
    wait_for_flush(range.end);
    assert_int_equal(col_wal_dump(&range, source, &g, &e), -1);
    assert_null(g);
    assert_non_null(strstr(e.text, "the WAL has a gap"));
    assert_int_equal(col_wal_inspect(observer, &range, source, &g, &e), 0);
    col_wal_groups_free(g);
    jv_free(source);
}

/* Our arithmetic of places against the server's, over two segments and large records. */
static void test_places_of_a_server(void **state)
{
    struct jv *names = names_now();
    struct jv *args = jv_array();
    struct jv *rows;
    char from[WAL_LSN_TEXT], to[WAL_LSN_TEXT];
    uint64_t start, end;
    struct buf text;

    (void)state;
    run("SELECT pg_switch_wal()");
    start = position();
    run("CREATE TABLE wal_test.much AS SELECT i AS a, repeat('x', i % 300) AS b FROM generate_series(1, 60000) AS i");
    run("SELECT pg_logical_emit_message(true, 'large', repeat('y', 20000000))"); /* above one window */
    run("UPDATE wal_test.much SET a = -a WHERE a % 3 = 0");
    run("SELECT pg_switch_wal()");
    run("SELECT pg_logical_emit_message(true, 'last', repeat('y', 100))");
    end = position();
    text = both(start, end, names);
    buf_release(&text);
    col_wal_lsn_print(start, from);
    col_wal_lsn_print(col_wal_record_end(end, &usual), to);
    jv_add(jv_add(args, jv_string(from)), jv_string(to));
    rows = rows_of(writer, "SELECT start_lsn::text, record_length::text, end_lsn::text, record_type, resource_manager"
                           " FROM dryproof_sandbox.pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)", args);
    assert_true(rows->count > 60000);
    for (size_t i = 0; i < rows->count; i++) {
        struct wal_record r;

        memset(&r, 0, sizeof r);
        r.lsn = lsn_of(col_pg_text(rows, i, 0));
        r.len = (uint32_t)strtoul(col_pg_text(rows, i, 1), NULL, 10);
        (void)snprintf(r.rmgr, sizeof r.rmgr, "%s", col_pg_text(rows, i, 4));
        (void)snprintf(r.type, sizeof r.type, "%s", col_pg_text(rows, i, 3));
        assert_true(col_wal_record_end(col_wal_record_next(&r, &usual), &usual) == lsn_of(col_pg_text(rows, i, 2)));
    }
    jv_free(rows);
    jv_free(args);
    jv_free(names);
}

/* A position right behind a page's header is no end of a record that the server would know. */
static void test_last_record_ends_with_its_page(void **state)
{
    struct jv *names = names_now();
    uint64_t start = 0, end = 0;

    (void)state;
    for (int i = 0; i < 20 && (end == 0 || col_wal_record_end(end, &usual) == end); i++) {
        uint64_t room, overhead;
        char sql[128];

        run("BEGIN");
        run("SELECT pg_current_xact_id()"); /* assigned before: no record of its own in between */
        start = position();
        run("SELECT pg_logical_emit_message(false, '', repeat('y', 1000))");
        overhead = position() - start - 1000;
        start = position();
        room = usual.block - start % usual.block;
        if (room > 1000 && overhead < 200) {
            (void)snprintf(sql, sizeof sql, "SELECT pg_logical_emit_message(false, '', repeat('y', %d))",
                           (int)(room - overhead));
            run(sql);
            end = position();
        }
        run("COMMIT");
    }
    assert_true(end % usual.block == 24);
    wait_for_flush(end);
    {
        struct buf text = both(start, end, names);

        has_line(&text, KIND("LogicalMessage", "MESSAGE"), "\"count\":1");
        buf_release(&text);
    }
    jv_free(names);
}

/* ---- wal.json ---- */

static void set_position(struct col_context *c, size_t edge, const char *lsn, int timeline, bool is_in_recovery)
{
    col_edge_release(&c->edges[edge]);
    memset(&c->edges[edge], 0, sizeof c->edges[edge]);
    c->edges[edge].position.transactions =
        jv_set(jv_set(jv_object(), "lsn", jv_string(lsn)), "next_xid", jv_string("1000000"));
    c->edges[edge].position.positions = jv_set(jv_object(), "timeline", jv_int(timeline));
    c->edges[edge].position.is_in_recovery = is_in_recovery;
    c->edges[edge].names = jv_array();
}

/* wal.json says this basis and reason, and the file of groups is there. */
static void wal_says(struct col_context *c, const char *basis, const char *reason)
{
    struct err e = {ERR_NONE, ""};
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(0);
    struct jv *doc = NULL;

    if (col_wal_write(c, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(file_join(path, c->dir.path, "wal/groups.ndjson", &e), 0);
    assert_int_equal(file_read(path, 1 << 20, &text, &e), 0);
    assert_int_equal(text.len > 0, basis != NULL && strcmp(basis, "equal") != 0);
    buf_release(&text);
    assert_int_equal(file_join(path, c->dir.path, "wal.json", &e), 0);
    assert_int_equal(file_read(path, 1 << 20, &text, &e), 0);
    assert_int_equal(jv_parse(text.data, text.len, &doc, &e), 0);
    if ((basis == NULL ? !jv_is(jv_get(doc, "basis"), JV_NULL) : !jv_text_is(jv_get(doc, "basis"), basis)) ||
        (reason == NULL ? !jv_is(jv_get(doc, "reason"), JV_NULL)
                        : jv_get_text(doc, "reason") == NULL || strstr(jv_get_text(doc, "reason"), reason) == NULL))
        fail_msg("%s", text.data);
    assert_int_equal(doc->count, 7);
    jv_free(doc);
    buf_release(&text);
    assert_int_equal(file_remove_tree(c->dir.path, &e), 0);
}

static void test_basis(void **state)
{
    struct col_context c;
    struct err e = {ERR_NONE, ""};
    const char *tmp = getenv("TMPDIR");
    char now[WAL_LSN_TEXT], before[WAL_LSN_TEXT];

    (void)state;
    memset(&c, 0, sizeof c);
    (void)snprintf(c.dir.path, sizeof c.dir.path, "%s/wal-test-%ld", tmp == NULL ? "/tmp" : tmp, (long)getpid());
    c.observer = observer;
    col_wal_lsn_print(position(), before);
    run("SET synchronous_commit = off"); /* its WAL is not on disk yet */
    run("INSERT INTO wal_test.t VALUES (100)");
    col_wal_lsn_print(position(), now);
    set_position(&c, 0, before, 1, false);
    set_position(&c, 1, now, 1, false);
    wal_says(&c, "pg_walinspect", NULL);
    set_position(&c, 0, now, 1, false);
    wal_says(&c, "equal", NULL);
    set_position(&c, 0, now, 1, false);
    set_position(&c, 1, before, 1, false);
    wal_says(&c, NULL, "went backwards");
    set_position(&c, 0, before, 1, false);
    set_position(&c, 1, now, 2, false);
    wal_says(&c, NULL, "another timeline");
    set_position(&c, 1, now, 1, true);
    wal_says(&c, NULL, "replays");
    set_position(&c, 1, now, 1, false);
    set_position(&c, 0, "0/10028", 1, false); /* a segment that is gone */
    wal_says(&c, NULL, "pg_waldump failed: ");
    wal_says(&c, NULL, "pg_walinspect: ");

    /* one that may neither call the function nor see the files' place */
    c.observer = open_session("wal_test_poor", NULL, COL_PG_OBSERVER);
    set_position(&c, 0, before, 1, false);
    wal_says(&c, NULL, "GRANT EXECUTE ON FUNCTION dryproof_sandbox.pg_get_wal_records_info(pg_lsn,pg_lsn) TO wal_test_poor");
    wal_says(&c, NULL, "GRANT pg_read_all_settings");
    run("GRANT pg_read_all_settings TO wal_test_poor");
    wal_says(&c, "pg_waldump", NULL);
    col_pg_free(c.observer);
    c.observer = open_session(NULL, "postgres", COL_PG_OBSERVER);
    run("REVOKE pg_read_all_settings FROM wal_test_poor");
    wal_says(&c, "pg_waldump", NULL); /* a database without the extension */
    shell("head -c 1048576 /dev/zero >pg_wal/0000000100000000000000FF"); /* made ahead, not written to */
    wal_says(&c, "pg_waldump", NULL);
    shell("rm pg_wal/0000000100000000000000FF");
    col_pg_free(c.observer);
    col_edge_release(&c.edges[0]);
    col_edge_release(&c.edges[1]);
    assert_int_equal(e.kind, ERR_NONE);
}

static int set_up(void **state)
{
    static const char *const surface[] = {
        "DROP SCHEMA IF EXISTS wal_test CASCADE", "DROP ROLE IF EXISTS wal_test_poor", "CREATE SCHEMA wal_test",
        "CREATE ROLE wal_test_poor LOGIN"};

    (void)state;
    if (getenv("DRYPROOF_TEST_DB") == NULL)
        return 0;
    writer = open_session(NULL, NULL, COL_PG_STEP);
    observer = open_session(NULL, NULL, COL_PG_OBSERVER);
    for (size_t i = 0; i < sizeof surface / sizeof *surface; i++)
        run(surface[i]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (writer != NULL) {
        run("DROP SCHEMA wal_test CASCADE");
        run("DROP ROLE wal_test_poor");
        run("SELECT lo_unlink(oid) FROM pg_largeobject_metadata");
        run("VACUUM (FREEZE)"); /* or later readers would prune */
    }
    col_pg_free(writer);
    col_pg_free(observer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workload),
        cmocka_unit_test(test_forged_line),
        cmocka_unit_test(test_places_of_a_server),
        cmocka_unit_test(test_last_record_ends_with_its_page),
        cmocka_unit_test(test_basis),
    };

    if (getenv("DRYPROOF_TEST_DB") == NULL) {
        print_message("SKIPPED: DRYPROOF_TEST_DB is not set\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
