/* tests/unit/verifier_output.c - the verdict's JSON where no document was reached. */
#include "tests/unit/verifier_test.h"

#include "verifier/output.h"

static struct verdict *verdict(void)
{
    struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);

    v->report.arena = &test_arena;
    v->class = "unknown";
    return v;
}

static const struct json *written(struct verdict *v)
{
    struct buf b = {&test_arena, NULL, 0, 0};
    const struct json *doc = NULL;
    struct err e = {VFY_NO_CODE, "", ""};

    vfy_verify_close(v);
    vfy_output_json(&b, v);
    if (vfy_json_parse(&test_arena, b.p, b.len, JSON_OURS, "t", &doc, &e) != 0)
        fail_msg("%s: %s", e.text, b.p);
    return doc;
}

static int64_t number(const struct json *doc, const char *key)
{
    return vfy_json_get(doc, key)->u.integer;
}

/* what is said when nothing was read: no document's members, no claim, nothing possible ruled out */
static void test_nothing(void **state)
{
    struct verdict *v = verdict();
    const struct json *doc, *flags, *run;

    (void)state;
    vfy_report_check(&v->report, LEVEL_0, false, E_IO, "a\nb", "%s", "no \"file\"");
    vfy_report_check(&v->report, LEVEL_0, false, E_DSSE_FORMAT, "p", "%s", "t");
    v->now = "2026-06-22T10:11:12.123456Z";
    doc = written(v);
    assert_int_equal(number(doc, "exit_status"), 5);
    assert_true(vfy_json_is(vfy_json_get(doc, "status"), "HOLD"));
    assert_true(vfy_json_is(vfy_json_get(doc, "verdict"), "HOLD_NOT_CHECKED"));
    assert_true(vfy_json_is(vfy_json_get(doc, "now"), v->now));
    assert_true(vfy_json_is(vfy_json_get(doc, "review_readiness"), "NOT_READY"));
    assert_null(vfy_json_get(doc, "repository"));
    doc = vfy_json_get(doc, "findings");
    assert_int_equal(vfy_json_count(doc), 2);
    for (size_t i = 0; i < 2; i++) {
        const struct json *f = vfy_json_at(doc, i);
        bool is_io = vfy_json_is(vfy_json_get(f, "code"), "E_IO");

        assert_int_equal(vfy_json_count(f), 4);
        assert_string_equal(vfy_json_str(f, "message"), is_io ? "no \"file\"" : "t");
        assert_string_equal(vfy_json_str(f, "path"), is_io ? "a\\u{a}b" : "p");
        assert_string_equal(vfy_json_str(f, "suggestion"), vfy_findings_info(is_io ? E_IO : E_DSSE_FORMAT)->advice);
    }
    doc = written(v);
    run = vfy_json_get(doc, "run");
    assert_int_equal(vfy_json_count(run), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(run->u.items[2 * i + 1].type, JSON_NULL);
    flags = vfy_json_get(doc, "flags");
    assert_string_equal(vfy_json_str(flags, "dry_run_executed"), "NO");
    assert_string_equal(vfy_json_str(flags, "governed_runtime"), "NO");
    assert_string_equal(vfy_json_str(flags, "real_run_possible_in_scope"), "YES");
    assert_string_equal(vfy_json_str(flags, "sandbox"), "NO");
    assert_string_equal(vfy_json_str(flags, "sealed"), "NO");
    assert_string_equal(vfy_json_str(flags, "state_unchanged"), "NO");
    doc = vfy_json_get(doc, "claims");
    assert_int_equal(vfy_json_count(doc), VFY_CLAIMS);
    for (int i = 0; i < VFY_CLAIMS; i++) {
        const struct json *c = vfy_json_at(doc, (size_t)i);

        assert_string_equal(vfy_json_str(c, "id"), vfy_claims_info((enum vfy_subject)i)->id);
        assert_string_equal(vfy_json_str(c, "status"), "HOLD");
        assert_string_equal(vfy_json_str(c, "detail"), "");
        assert_int_equal(vfy_json_count(vfy_json_get(c, "evidence")), 0);
    }
}

static void test_flags(void **state)
{
    static const enum vfy_subject claims[] = {CL_EXECUTED, CL_NO_STATE, CL_REAL_RUN, CL_GATES};

    (void)state;
    for (size_t failing = 0; failing < 5; failing++) {
        struct verdict *v = verdict();
        const struct json *flags;

        for (size_t i = 0; i < 4; i++)
            vfy_report_check(&v->report, claims[i], i != failing, E_GATE_OPEN, "p", "%s", "x");
        v->class = failing == 4 ? "governed" : "sandbox";
        v->has_seal = failing == 4;
        flags = vfy_json_get(written(v), "flags");
        assert_string_equal(vfy_json_str(flags, "dry_run_executed"), failing == 0 ? "NO" : "YES");
        assert_string_equal(vfy_json_str(flags, "state_unchanged"), failing == 1 ? "NO" : "YES");
        assert_string_equal(vfy_json_str(flags, "real_run_possible_in_scope"), failing == 2 || failing == 3 ? "YES" : "NO");
        assert_string_equal(vfy_json_str(flags, "governed_runtime"), failing == 4 ? "YES" : "NO");
        assert_string_equal(vfy_json_str(flags, "sandbox"), failing == 4 ? "NO" : "YES");
        assert_string_equal(vfy_json_str(flags, "sealed"), failing == 4 ? "YES" : "NO");
    }
}

static void test_checks(void **state)
{
    struct verdict *v = verdict();
    const struct json *doc, *checks, *levels;

    (void)state;
    vfy_report_check(&v->report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    vfy_report_check(&v->report, CL_GATES, false, E_GATE_OPEN, "p", "%s", "x");
    vfy_report_check(&v->report, CL_NO_WRITE, false, HOLD_NO_WRITE_WITNESS, "p", "%s", "x");
    vfy_report_absent(&v->report, CL_EXECUTED);
    vfy_report_absent(&v->report, (enum vfy_subject)(VFY_CLAIMS - 1));
    v->repository = "{}";
    memset(v->facts, '0', sizeof v->facts - 1);
    doc = written(v);
    checks = vfy_json_get(doc, "checks");
    assert_int_equal(number(checks, "passed"), 1);
    assert_int_equal(number(checks, "failed"), 1);
    assert_int_equal(number(checks, "held"), 1);
    assert_int_equal(number(checks, "not_applicable"), 2);
    assert_int_equal(number(checks, "total"), 5);
    assert_int_equal(number(doc, "exit_status"), 1);
    assert_string_equal(vfy_json_str(doc, "review_readiness"), "BLOCKED");
    assert_string_equal(vfy_json_str(doc, "verdict"), "REJECT_CLAIM_REFUTED");
    assert_null(vfy_json_get(doc, "now"));
    assert_int_equal(vfy_json_get(doc, "repository")->type, JSON_OBJECT);
    assert_string_equal(vfy_json_str(vfy_json_get(doc, "run"), "facts_sha256"), v->facts);
    levels = vfy_json_get(doc, "levels");
    assert_string_equal(vfy_json_str(levels, "L0"), "PASS");
    assert_string_equal(vfy_json_str(levels, "L1"), "HOLD");
    assert_string_equal(vfy_json_str(levels, "L2"), "HOLD");
    assert_string_equal(vfy_json_str(levels, "L3"), "FAIL");
}

static void headline_is(struct verdict *v, const char *wanted)
{
    vfy_verify_close(v);
    assert_string_equal(vfy_output_headline(&test_arena, v), wanted);
}

static struct verdict *bracket(void)
{
    struct verdict *v = verdict();

    v->is_bracket = true;
    vfy_report_check(&v->report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    return v;
}

static void test_headline(void **state)
{
    struct verdict *v = bracket();

    (void)state;
    headline_is(v, "DRY");
    v->unseen = "no reader";
    headline_is(v, "DRY (WAL not seen: no reader)");
    v->is_answered = true;
    headline_is(v, "DRY (tables read once: no id and no WAL position moved) (WAL not seen: no reader)");
    v->is_answered = false;
    v->outside = "dblink";
    headline_is(v, "DRY (WAL not seen: no reader) (in this cluster; the role could have acted outside: dblink)");
    v->unseen = NULL;
    headline_is(v, "DRY (in this cluster; the role could have acted outside: dblink)");
    vfy_report_check(&v->report, LEVEL_0, false, E_EVIDENCE_INCOMPLETE, "p", "%s", "nothing seen");
    headline_is(v, "HOLD_NOT_MEASURABLE: E_EVIDENCE_INCOMPLETE: nothing seen");
    vfy_report_check(&v->report, LEVEL_0, false, E_WAL_WRITE, "p", "%s", "a record");
    headline_is(v, "NOT_DRY: a record");
    vfy_report_check(&v->report, LEVEL_0, false, E_EVIDENCE_CHANGED, "p", "%s", "a row");
    headline_is(v, "NOT_DRY: a row; a record");
    vfy_report_check(&v->report, LEVEL_0, false, E_GATE_OPEN, "p", "%s", "a gate");
    headline_is(v, "REJECT_CLAIM_REFUTED: E_EVIDENCE_CHANGED: a row");
    v->is_bracket = false;
    headline_is(v, "FAIL: this evidence does not stand; what is wrong is listed under findings");
    v = verdict();
    headline_is(v, "HOLD: nothing is proven either way; what is missing is listed under findings");
    vfy_report_check(&v->report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    headline_is(v, "PASS: the dry run ran, and nothing changed except what the plan allows");
}

/* one line, however many writes and however long their names */
static void test_long_headline(void **state)
{
    struct verdict *v = bracket();
    char most[201], more[300];

    (void)state;
    memset(most, 'a', 200);
    memset(more, 'a', 299);
    most[200] = more[299] = '\0';
    vfy_report_check(&v->report, LEVEL_0, false, E_WAL_WRITE, "p", "%s", more);
    headline_is(v, vfy_mem_print(&test_arena, "NOT_DRY: %s", most));
    /* 400 bytes are not too many for another one, 401 are */
    vfy_report_check(&v->report, LEVEL_0, false, E_WAL_WRITE, "p", "%.189s", more);
    headline_is(v, vfy_mem_print(&test_arena, "NOT_DRY: %s; %.189s", most, most));
    vfy_report_check(&v->report, LEVEL_0, false, E_WAL_WRITE, "p", "%s", "b");
    headline_is(v, vfy_mem_print(&test_arena, "NOT_DRY: %s; %.189s; b", most, most));
    vfy_report_check(&v->report, LEVEL_0, false, E_WAL_WRITE, "p", "%s", "c");
    headline_is(v, vfy_mem_print(&test_arena, "NOT_DRY: %s; %.189s; b; and 1 more", most, most));
    v->report.hidden = 2; /* more than a report has room for */
    headline_is(v, vfy_mem_print(&test_arena, "NOT_DRY: %s; %.189s; b; and 3 more", most, most));
}

/* what a report has no room for is counted, not lost */
static void test_too_much(void **state)
{
    static const size_t findings = sizeof ((struct report *)0)->findings / sizeof(struct finding);
    static const size_t unseen = sizeof ((struct report *)0)->not_observed / sizeof(char *);
    struct verdict *v = verdict();
    struct buf b = {&test_arena, NULL, 0, 0};
    const struct json *doc;

    (void)state;
    for (size_t i = 0; i < findings; i++)
        vfy_report_check(&v->report, LEVEL_0, false, E_GATE_OPEN, "p", "finding %zu.", i);
    for (size_t i = 0; i < unseen - 1; i++)
        vfy_report_unseen(&v->report, "unseen %zu.", i);
    vfy_verify_close(v);
    vfy_output_text(&b, v);
    assert_non_null(strstr(b.p, vfy_mem_print(&test_arena, "finding %zu.", findings - 1)));
    assert_null(strstr(b.p, " more\n"));
    assert_non_null(strstr(b.p, vfy_mem_print(&test_arena, "unseen %zu.", unseen - 2)));
    assert_null(strstr(b.p, "further entries"));
    vfy_report_check(&v->report, LEVEL_0, false, E_GATE_OPEN, "p", "%s", "one more.");
    vfy_report_unseen(&v->report, "%s", "the last one.");
    vfy_report_unseen(&v->report, "%s", "one more.");
    b.len = 0;
    vfy_output_text(&b, v);
    assert_non_null(strstr(b.p, "\n  and 1 more\n"));
    assert_non_null(strstr(b.p, "\n  - further entries are not listed here\n"));
    assert_null(strstr(b.p, "one more."));
    doc = written(v);
    assert_int_equal(vfy_json_count(vfy_json_get(doc, "findings")), findings);
    assert_int_equal(vfy_json_count(vfy_json_get(doc, "not_observed")), unseen);
    assert_int_equal(number(vfy_json_get(doc, "checks"), "failed"), findings + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_too_much), TEST(test_nothing), TEST(test_flags), TEST(test_checks), TEST(test_headline),
                                       TEST(test_long_headline)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
