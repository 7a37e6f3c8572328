/* tests/unit/packager_pack.c - facts, assertions and the staged package of a tiny run. */
#include "tests/unit/packager_fixture.h"
#include "tests/unit/packager_signer.h"

#include "packager/assertions.h"
#include "packager/facts.h"
#include "packager/pack.h"
#include "packager/report.h"
#include "packager/stage.h"
#include "packager/table.h"


static void open_run(const char *dir, struct pkg_run *run)
{
    struct err e;

    if (pkg_run_open(dir, run, &e) != 0)
        fail_msg("%s", e.text);
}

static char *text_of(const struct jv *v)
{
    struct buf out = buf_init(1 << 20);
    struct err e;

    if (jv_canonical(v, &out, &e) != 0)
        fail_msg("%s", e.text);
    return out.data;
}

#define assert_json(v, expected)                  \
    do {                                          \
        char *text_ = text_of(v);                 \
        assert_string_equal(text_, (expected));   \
        free(text_);                              \
    } while (0)

/* FORMAT.md section 4, by hand: the digest of t.a without its volatile column. */
static void hand_digest(const char *row, char out[DIGEST_HEX])
{
    char command[1024];
    FILE *p;

    (void)snprintf(command, sizeof command,
                   "{ echo '{\"columns\":[[\"id\",\"text\"],[\"status\",\"text\"]],\"relation\":\"t.a\",\"rows\":2}';"
                   "for r in '%s' '2\tactive\\tx'; do printf '%%s' \"$r\" | sha256sum | cut -c1-64; done | LC_ALL=C sort; } | sha256sum",
                   row);
    p = popen(command, "r");
    assert_non_null(p);
    assert_int_equal(fread(out, 1, 64, p), 64);
    out[64] = '\0';
    pclose(p);
}

static void facts_are_those_of_the_format(void **state)
{
    char dir[FILE_PATH_MAX], before[DIGEST_HEX], after[DIGEST_HEX], expected[2048], catalog[DIGEST_HEX];
    struct pkg_run run;
    struct jv *facts = NULL;
    struct err e;

    in_scratch(state, "facts", dir);
    put_run(dir);
    open_run(dir, &run);
    if (pkg_facts_build(&run, &facts, &e) != 0)
        fail_msg("%s", e.text);
    hand_digest("1\tactive", before);
    hand_digest("1\tused", after);
    (void)snprintf(expected, sizeof expected,
                   "[{\"after\":{\"digest\":\"%s\",\"rows\":2},\"before\":{\"digest\":\"%s\",\"rows\":2},\"relation\":\"t.a\"},"
                   "{\"after\":{\"digest\":\"2222222222222222222222222222222222222222222222222222222222222222\",\"rows\":5},"
                   "\"before\":{\"digest\":\"2222222222222222222222222222222222222222222222222222222222222222\",\"rows\":5},\"relation\":\"t.b\"}]",
                   after, before);
    assert_json(jv_get(facts, "tables"), expected);
    assert_json(jv_get(facts, "steps"), "[{\"code\":\"OK\",\"fields\":{\"n\":1,\"outcome\":\"OK\"},\"name\":\"one\"},"
                                        "{\"code\":\"OBSERVED\",\"fields\":{},\"name\":\"two\"}]");
    assert_json(jv_get(facts, "harness"),
                "[{\"case\":\"refused\",\"code\":\"REJECT_A\",\"fail_closed\":true,\"has_seal\":false,\"outcome\":\"REJECT\"},"
                "{\"case\":\"raises\",\"code\":\"T_BLOCKED\",\"fail_closed\":true,\"has_seal\":false,\"outcome\":\"RAISED\"}]");
    assert_json(jv_get(facts, "coverage"),
                "{\"primary\":{\"declared\":[\"REJECT_A\",\"REJECT_B\",\"REJECT_C\",\"T_BLOCKED\"],"
                "\"exercised\":[\"REJECT_A\",\"T_BLOCKED\"],\"not_exercised\":[\"REJECT_C\"],\"unreachable\":[\"REJECT_B\"]},"
                "\"secondary\":{\"declared\":[],\"exercised\":[],\"not_exercised\":[],\"unreachable\":[]}}");
    assert_json(jv_get(facts, "readback"), "[{\"name\":\"rows\",\"value\":\"2\"}]");
    assert_json(jv_get(facts, "sequences"), "[{\"after\":[\"4\",true],\"before\":[\"4\",true],\"relation\":\"t.s\"}]");
    assert_int_equal(digest_hex("[\"schema\",\"t\",\"\"]\n", 18, catalog, &e), 0);
    assert_string_equal(jv_get_text(jv_get(facts, "catalog"), "after"), catalog);
    jv_free(facts);
    pkg_run_release(&run);
}

/* FORMAT.md section 2: what one answer says. */
static void results_are_read_by_the_convention(void **state)
{
    static const struct {
        const char *result, *row; /* of facts.harness, behind the name */
    } rows[] = {
        {RESULT("\"{\\\"outcome\\\":\\\"REJECT\\\",\\\"reject_code\\\":\\\"R\\\",\\\"seal\\\":\\\"WITHHELD_DRY_RUN\\\"}\""),
         "\"code\":\"R\",\"fail_closed\":false,\"has_seal\":true,\"outcome\":\"REJECT\""},
        {RESULT("\"{\\\"outcome\\\":\\\"OK\\\",\\\"reject_code\\\":null,\\\"seal\\\":\\\"WITHHELD_DRY_RUN\\\"}\""),
         "\"code\":\"OK\",\"fail_closed\":false,\"has_seal\":false,\"outcome\":\"OK\""},
        {RESULT("\"{\\\"outcome\\\":\\\"OK\\\",\\\"seal\\\":\\\"S\\\"}\""),
         "\"code\":\"OK\",\"fail_closed\":false,\"has_seal\":true,\"outcome\":\"OK\""},
        {RESULT("\"{\\\"outcome\\\":1.5}\""), "\"code\":null,\"fail_closed\":false,\"has_seal\":false,\"outcome\":null"},
        {RESULT("\"[]\""), "\"code\":null,\"fail_closed\":false,\"has_seal\":false,\"outcome\":null"},
        {RESULT("null"), "\"code\":null,\"fail_closed\":false,\"has_seal\":false,\"outcome\":null"},
        {RESULT("\"{}\",\"{}\""), "\"code\":null,\"fail_closed\":false,\"has_seal\":false,\"outcome\":null"},
        {RAISED("no such code"), "\"code\":\"\",\"fail_closed\":true,\"has_seal\":false,\"outcome\":\"RAISED\""},
        {RAISED("A_9 then"), "\"code\":\"A_9\",\"fail_closed\":true,\"has_seal\":false,\"outcome\":\"RAISED\""},
    };
    char dir[FILE_PATH_MAX], expected[300];

    in_scratch(state, "convention", dir);
    put_run(dir);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jv *facts = NULL;
        struct pkg_run run;
        struct err e;

        put_record(dir, "harness/01-refused", rows[i].result);
        open_run(dir, &run);
        ROW(i, rows[i].result, pkg_facts_build(&run, &facts, &e) == 0);
        (void)snprintf(expected, sizeof expected, "{\"case\":\"refused\",%s}", rows[i].row);
        assert_json(jv_get(facts, "harness")->items[0], expected);
        jv_free(facts);
        pkg_run_release(&run);
    }
}

static void residue_is_not_fail_closed(void **state)
{
    char dir[FILE_PATH_MAX];
    struct jv *facts = NULL;
    struct pkg_run run;
    struct buf junit = buf_init(1 << 20);
    struct err e;

    in_scratch(state, "residue", dir);
    put_run(dir);
    put_text(dir, "harness/02-raises/residue.json", "{\"state_after\":\"y\",\"state_before\":\"x\"}\n");
    open_run(dir, &run);
    assert_int_equal(pkg_facts_build(&run, &facts, &e), 0);
    assert_false(jv_get(jv_get(facts, "harness")->items[1], "fail_closed")->truth);
    assert_true(pkg_report_passed(&run, facts, 0));
    assert_false(pkg_report_passed(&run, facts, 1));
    assert_int_equal(pkg_report_junit(&run, facts, &junit, &e), 0);
    assert_non_null(strstr(junit.data, "tests=\"2\" failures=\"1\""));
    buf_release(&junit);
    jv_free(facts);
    pkg_run_release(&run);
}

static void assertions_are_derived_from_the_run(void **state)
{
    static const char *const expected[] = {
        "{\"claim\":\"executed\",\"evidence\":[\"steps/\",\"environment.json\",\"run.json\"],\"values\":{\"steps\":2}}",
        "{\"claim\":\"identity\",\"evidence\":[\"before/identity.json\",\"after/identity.json\"],\"values\":{\"database\":\"t\",\"system_identifier\":\"7\"}}",
        "{\"claim\":\"gates-dry-run-only\",\"evidence\":[\"before/tables/\",\"after/tables/\"],\"values\":{\"gates\":1}}",
        "{\"claim\":\"no-state\",\"evidence\":[\"before/\",\"after/\"],\"values\":{\"changed_rows\":1,\"tables\":2}}",
        "{\"claim\":\"ids-accounted\",\"evidence\":[\"before/transactions.json\",\"after/transactions.json\",\"steps/\",\"harness/\"],\"values\":{\"ids\":3}}",
        "{\"claim\":\"no-write-witness\",\"evidence\":[\"wal.json\"],\"values\":{\"records\":3}}",
        "{\"claim\":\"manifest-deterministic\",\"evidence\":[],\"values\":{\"manifests\":0,\"sha256\":null}}",
        "{\"claim\":\"preflight-ready\",\"evidence\":[\"steps/\"],\"values\":{\"checks\":1}}",
        "{\"claim\":\"owner-present\",\"evidence\":[\"before/tables/\"],\"values\":{\"rows\":1}}",
        "{\"claim\":\"grant-scoped\",\"evidence\":[\"before/tables/\"],\"values\":{\"grants\":1}}",
        "{\"claim\":\"grant-single-use\",\"evidence\":[\"before/tables/\",\"after/tables/\",\"steps/\"],\"values\":{\"consumed\":1}}",
        "{\"claim\":\"reject-coverage\",\"evidence\":[\"harness/\",\"steps/\"],\"values\":{\"declared\":4,\"exercised\":2,\"unreachable\":1}}",
        "{\"claim\":\"fail-closed\",\"evidence\":[\"harness/\"],\"values\":{\"cases\":2,\"primary_cases\":1}}",
        "{\"claim\":\"real-run-blocked\",\"evidence\":[\"harness/\"],\"values\":{\"cases\":1}}",
        "{\"claim\":\"readback-clean\",\"evidence\":[\"readback/\",\"steps/\"],\"values\":{\"queries\":1}}",
        "{\"claim\":\"rollback-oracle\",\"evidence\":[\"steps/\"],\"values\":{\"codes\":0}}",
        "{\"claim\":\"contracts-registered\",\"evidence\":[\"before/tables/\",\"after/tables/\"],\"values\":{\"contracts\":1}}",
        "{\"claim\":\"catalog-reconciled\",\"evidence\":[\"before/tables/\",\"after/tables/\"],\"values\":{\"rows\":2}}",
        "{\"claim\":\"admitted\",\"evidence\":[\"before/tables/\",\"before/functions.ndjson\",\"after/functions.ndjson\"],\"values\":{\"records\":2}}",
        "{\"claim\":\"reuse-first\",\"evidence\":[\"before/tables/\",\"after/tables/\"],\"values\":{\"dots\":0}}",
        "{\"claim\":\"no-forbidden-dot\",\"evidence\":[\"steps/\",\"carrier/plan.json\"],\"values\":{\"named\":1}}",
        "{\"claim\":\"authority-firewall\",\"evidence\":[\"steps/\",\"harness/\"],\"values\":{\"cases\":2,\"steps\":2}}",
    };
    char dir[FILE_PATH_MAX];
    struct jv *facts = NULL, *doc = NULL;
    const struct jv *list;
    struct pkg_run run;
    struct err e;

    in_scratch(state, "assertions", dir);
    put_run(dir);
    open_run(dir, &run);
    assert_int_equal(pkg_facts_build(&run, &facts, &e), 0);
    if (pkg_assertions_build(&run, facts, &doc, &e) != 0)
        fail_msg("%s", e.text);
    list = jv_get(doc, "assertions");
    assert_int_equal(list->count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_json(list->items[i], expected[i]);
    assert_true(jv_text_is(jv_get(doc, "authority_effect"), "NONE"));
    jv_free(doc);
    jv_free(facts);
    pkg_run_release(&run);
}

static void the_stage_is_signed_and_repeatable(void **state)
{
    char dir[FILE_PATH_MAX], first[FILE_PATH_MAX], second[FILE_PATH_MAX];
    struct pkg_pack_result a, b;
    struct pkg_stage stage;
    struct pkg_key *other = NULL;
    const struct jv *tests;
    struct err e;
    static const char older[] = "0123456789012345678901234567890123456789012345678901234567890123";

    in_scratch(state, "run", dir);
    in_scratch(state, "stage-1", first);
    in_scratch(state, "stage-2", second);
    put_run(dir);
    assert_int_equal(shell("cd %s && find . -type f -exec sha256sum {} + | sort >../manifest", dir), 0);
    if (pkg_pack_run(dir, key, older, first, &a, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(pkg_pack_run(dir, key, older, second, &b, &e), 0);
    assert_string_equal(a.bag.sha256, b.bag.sha256);
    assert_int_equal(shell("diff -r %s %s", first, second), 0);
    assert_int_equal(shell("cd %s && find . -type f -exec sha256sum {} + | sort | cmp - ../manifest", dir), 0);
    assert_int_equal(shell("tar -tf %s/package.tar | grep private", first), 1);
    assert_int_equal(shell("test \"$(tar -xOf %s/package.tar bag/data/facts.json | sha256sum | cut -c1-64)\" = %s", first, a.facts_sha256), 0);
    if (pkg_stage_open(first, key, &stage, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(stage.line_count, 2);
    assert_string_equal(stage.package, a.bag.sha256);
    assert_true(jv_text_is(jv_get(pkg_stage_predicate(&stage), "supersedes"), older));
    tests = jv_get(stage.statement[1], "predicate");
    assert_true(jv_text_is(jv_get(tests, "result"), "PASSED"));
    assert_json(jv_get(tests, "passedTests"), "[\"refused\",\"raises\"]");
    assert_json(jv_get(tests, "failedTests"), "[]");
    pkg_stage_release(&stage);
    assert_int_equal(pkg_key_new(&other, &e), 0);
    assert_int_equal(pkg_stage_open(first, other, &stage, &e), -1);
    assert_int_equal(shell("printf x >>%s/package.tar", first), 0);
    assert_int_equal(pkg_stage_open(first, key, &stage, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(pkg_pack_run(dir, key, NULL, first, &a, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    pkg_key_free(other);
}

/* Rows that are not parsed again have the facts that they would have. */
static void equal_files_of_equal_columns_have_equal_rows(void **state)
{
    static const struct {
        const char *name, *relation, *change;
        bool is_same;
    } rows[] = {
        {"other rows", "t.a", "true", false},
        {"the same", "t.a", "cp before/tables/000001.ndjson after/tables/", true},
        {"not captured", "t.b", "true", false},
        {"absent", "t.c", "true", false},
        {"a column of another name", "t.a", "sed -i 's/\"at\"/\"of\"/' after/tables.json", false},
        {"longer", "t.a", "cp before/tables.json after/ && echo >>after/tables/000001.ndjson", false},
    };
    char dir[FILE_PATH_MAX];

    in_scratch(state, "same", dir);
    put_run(dir);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pkg_run run;
        struct err e = {ERR_NONE, ""};
        bool is = !rows[i].is_same;

        ROW(i, rows[i].name, shell("cd %s && %s", dir, rows[i].change) == 0);
        open_run(dir, &run);
        ROW(i, rows[i].name, pkg_table_is_same(&run, rows[i].relation, &is, &e) == 0 && is == rows[i].is_same);
        if (rows[i].is_same) {
            const struct jv *table;
            struct jv *facts = NULL, *after = NULL;
            struct pkg_table t;

            assert_int_equal(pkg_facts_build(&run, &facts, &e), 0);
            table = jv_get(facts, "tables")->items[0];
            assert_int_equal(pkg_table_read(&run, PKG_AFTER, "t.a", &t, &e), 0);
            assert_int_equal(pkg_table_fact(&run, &t, &after, &e), 0);
            assert_true(jv_equal(jv_get(table, "after"), after) && jv_equal(jv_get(table, "before"), after));
            pkg_table_release(&t);
            jv_free(after);
            jv_free(facts);
        }
        pkg_run_release(&run);
    }
}

static void what_cannot_be_packed_says_why_and_leaves_nothing(void **state)
{
    static const struct {
        const char *name, *damage;
    } rows[] = {
        {"no run.json", "rm run.json"},
        {"another plan", "echo >>carrier/d.sql"},
        {"a file beside the plan more", "echo >carrier/e.sql"},
        {"a plan by no digest", "sed -i 's/\"plan_sha256\":\"[0-9a-f]*/&0/' run.json"},
        {"a link", "ln -s run.json extra"},
        {"a reserved file", "echo {} >facts.json"},
        {"an odd name", "echo >'a b'"},
        {"a missing record", "rm steps/001-one/execution/result.json"},
        {"a missing snapshot", "rm after/tables.json"},
        {"bad JSON", "echo '{\"a\":1,\"a\":1}' >wal.json"},
        {"a misshapen table", "sed -i 's/\"rows\":2/\"rows\":\"2\"/' before/tables.json"},
        {"a row too short", "sed -i 's/,null]/]/' before/tables/000001.ndjson"},
        {"no next_xid", "echo '{}' >after/transactions.json"},
        {"no residue", "rm harness/01-refused/residue.json"},
        {"a long name", "echo >aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijj"},
    };
    char dir[FILE_PATH_MAX], out[FILE_PATH_MAX];
    struct pkg_pack_result r;

    in_scratch(state, "broken", dir);
    in_scratch(state, "never", out);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = {ERR_NONE, ""};

        assert_int_equal(shell("rm -rf %s", dir), 0);
        put_run(dir);
        ROW(i, rows[i].name, shell("cd %s && %s", dir, rows[i].damage) == 0);
        ROW(i, rows[i].name, pkg_pack_run(dir, key, NULL, out, &r, &e) == -1);
        ROW(i, e.text, e.kind == ERR_INPUT);
        ROW(i, rows[i].name, shell("ls -d %s* 2>/dev/null", out) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_those_of_the_format),
        cmocka_unit_test(results_are_read_by_the_convention),
        cmocka_unit_test(residue_is_not_fail_closed),
        cmocka_unit_test(assertions_are_derived_from_the_run),
        cmocka_unit_test(the_stage_is_signed_and_repeatable),
        cmocka_unit_test(equal_files_of_equal_columns_have_equal_rows),
        cmocka_unit_test(what_cannot_be_packed_says_why_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, make_key, drop_key);
}
