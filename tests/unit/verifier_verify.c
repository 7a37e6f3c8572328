/* tests/unit/verifier_verify.c - which word, status and damage follow from which findings. */
#include "tests/unit/verifier_test.h"

#include "verifier/verify.h"

static const struct json *parsed(const char *text)
{
    const struct json *doc = NULL;
    struct err e = {VFY_NO_CODE, "", ""};

    if (vfy_json_parse(&test_arena, text, strlen(text), JSON_OURS, "t", &doc, &e) != 0)
        fail_msg("%s: %s", text, e.text);
    return doc;
}

/* a verdict on a plan with these findings beside one check that held */
static void judged(struct verdict *v, const enum vfy_code *codes, size_t n, bool is_bracket)
{
    memset(v, 0, sizeof *v);
    v->report.arena = &test_arena;
    v->plan = parsed("{\"verdicts\":{\"governed\":\"READY\",\"sandbox\":\"PROVEN\"}}");
    v->class = "sandbox";
    v->is_bracket = is_bracket;
    vfy_report_check(&v->report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    for (size_t i = 0; i < n; i++)
        vfy_report_check(&v->report, LEVEL_0, codes[i] == VFY_NO_CODE, codes[i], "p", "%s", "x");
    vfy_verify_close(v);
}

static void test_words(void **state)
{
    static const struct {
        enum vfy_code codes[3];
        const char *word, *of_bracket;
        enum vfy_status status;
        int tampered;
    } cases[] = {
        {{VFY_NO_CODE}, "PROVEN", "DRY", VFY_PASS, 0},
        {{E_DSSE_FORMAT}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 1},
        {{E_MANIFEST_EXTRA}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 1},
        /* a run of wrong parts was honestly committed */
        {{E_BIND_PLAN}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 0},
        {{E_BIND_RUN}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 0},
        {{E_CLOCK}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 0},
        {{E_FUTURE}, "HOLD_EVIDENCE_INCOMPLETE", "HOLD_NOT_MEASURABLE", VFY_HOLD, 0},
        {{E_REPO_MISSING}, "HOLD_EVIDENCE_INCOMPLETE", "HOLD_NOT_MEASURABLE", VFY_HOLD, 3},
        {{E_REPO_MISMATCH}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 1},
        {{E_REPO_UNSAFE}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 1},
        {{E_EVIDENCE_ORDER}, "REJECT_CLAIM_REFUTED", "REJECT_CLAIM_REFUTED", VFY_FAIL, 0},
        {{E_GATE_OPEN}, "REJECT_CLAIM_REFUTED", "REJECT_CLAIM_REFUTED", VFY_FAIL, 0},
        {{E_EVIDENCE_CHANGED}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 0},
        {{E_XID_UNACCOUNTED}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 0},
        {{E_WAL_WRITE}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 0},
        {{E_WAL_WRITE, E_EVIDENCE_CHANGED, E_XID_UNACCOUNTED}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 0},
        /* a write is not proven by evidence that does not stand, wherever that is told */
        {{E_EVIDENCE_CHANGED, E_EVIDENCE_ORDER}, "REJECT_CLAIM_REFUTED", "REJECT_CLAIM_REFUTED", VFY_FAIL, 0},
        {{E_EVIDENCE_CHANGED, E_GATE_OPEN}, "REJECT_CLAIM_REFUTED", "REJECT_CLAIM_REFUTED", VFY_FAIL, 0},
        {{E_EVIDENCE_CHANGED, E_BIND_RUN}, "REJECT_INTEGRITY", "REJECT_INTEGRITY", VFY_FAIL, 0},
        {{E_EVIDENCE_CHANGED, E_EVIDENCE_INCOMPLETE}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 0},
        {{E_EVIDENCE_CHANGED, E_REPO_MISSING}, "REJECT_CLAIM_REFUTED", "NOT_DRY", VFY_FAIL, 3},
        {{E_KEY_NOTYET}, "REJECT_KEY_NOT_TRUSTED", "REJECT_KEY_NOT_TRUSTED", VFY_FAIL, 4},
        {{E_KEY_UNTRUSTED}, "REJECT_KEY_NOT_TRUSTED", "REJECT_KEY_NOT_TRUSTED", VFY_FAIL, 4},
        {{HOLD_PLAN_NOT_IN_POLICY}, "HOLD_PLAN_NOT_IN_POLICY", "HOLD_NOT_MEASURABLE", VFY_HOLD, 0},
        {{E_EVIDENCE_INCOMPLETE}, "HOLD_EVIDENCE_INCOMPLETE", "HOLD_NOT_MEASURABLE", VFY_HOLD, 0},
        {{E_EVIDENCE_INCOMPLETE, HOLD_PLAN_NOT_IN_POLICY}, "HOLD_PLAN_NOT_IN_POLICY", "HOLD_NOT_MEASURABLE", VFY_HOLD, 0},
        {{E_IO}, "HOLD_NOT_CHECKED", "HOLD_NOT_CHECKED", VFY_HOLD, 5},
        {{E_LIMIT_SIZE}, "HOLD_NOT_CHECKED", "HOLD_NOT_CHECKED", VFY_HOLD, 6},
        {{E_POLICY_INVALID}, "HOLD_NOT_CHECKED", "HOLD_NOT_CHECKED", VFY_HOLD, 2},
        {{E_GATE_OPEN, E_IO}, "HOLD_NOT_CHECKED", "HOLD_NOT_CHECKED", VFY_HOLD, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int bracket = 0; bracket < 2; bracket++) {
            struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);
            const char *want = bracket ? cases[i].of_bracket : cases[i].word;

            judged(v, cases[i].codes, 3, bracket);
            if (strcmp(v->word, want) != 0)
                fail_msg("case %zu, bracket %d: %s, expected %s", i, bracket, v->word, want);
            assert_int_equal(vfy_verify_status(v), cases[i].status);
            if (vfy_verify_tampered(v) != cases[i].tampered)
                fail_msg("case %zu: tampered %d, expected %d", i, vfy_verify_tampered(v), cases[i].tampered);
        }
}

static void test_nothing_judged(void **state)
{
    struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);

    (void)state;
    v->report.arena = &test_arena;
    v->class = "unknown";
    vfy_verify_close(v);
    assert_string_equal(v->word, "HOLD_EVIDENCE_INCOMPLETE");
    assert_int_equal(vfy_verify_status(v), VFY_HOLD);
    v->is_bracket = true;
    vfy_verify_close(v);
    assert_string_equal(v->word, "HOLD_NOT_MEASURABLE");
    judged(v, NULL, 0, false);
    v->class = "governed";
    vfy_verify_close(v);
    assert_string_equal(v->word, "READY");
}

/* the finding that decides came when the list was full */
static void test_full(void **state)
{
    struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);
    size_t room = sizeof v->report.findings / sizeof *v->report.findings;
    enum vfy_code *codes = vfy_mem_alloc(&test_arena, (room + 1) * sizeof *codes);

    (void)state;
    for (size_t i = 0; i < room; i++)
        codes[i] = E_EVIDENCE_INCOMPLETE;
    codes[room] = E_GATE_OPEN;
    judged(v, codes, room + 1, false);
    assert_int_equal(v->report.hidden, 1);
    assert_string_equal(v->word, "REJECT_CLAIM_REFUTED");
    judged(v, codes, room + 1, true);
    assert_string_equal(v->word, "REJECT_CLAIM_REFUTED");
}

static void test_now(void **state)
{
    static const struct {
        const char *now;
        int exit_status;
        size_t passed;
    } cases[] = {{NULL, 0, 1}, {"2026-06-22T10:11:12.123456Z", 0, 2}, {"2026-06-22T10:11:12.123457Z", 0, 2},
                 {"2026-06-22T10:11:12.123455Z", 3, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);

        judged(v, NULL, 0, false);
        v->now = cases[i].now;
        vfy_verify_now(v, NULL); /* not asked of a package that was not read */
        assert_int_equal(v->report.passed + v->report.held, 1);
        v->finished = "2026-06-22T10:11:12.123456Z";
        vfy_verify_now(v, NULL);
        assert_int_equal(vfy_report_exit(&v->report), cases[i].exit_status);
        assert_int_equal(v->report.passed, cases[i].passed);
        if (cases[i].exit_status != 0)
            assert_code(v->report.findings[0].code, E_FUTURE);
    }
}

/* a policy's age, to the microsecond: just as old as it may be, and one more */
static void test_age(void **state)
{
    static const struct {
        const char *now;
        int64_t max_age;
        bool is_stale;
    } cases[] = {{"2026-06-22T10:11:12.123456Z", 0, false}, {"2026-06-22T10:11:12.123457Z", 0, true},
                 {"2026-06-22T10:11:13.123456Z", 1, false}, {"2026-06-22T10:11:13.123457Z", 1, true},
                 {"2026-06-22T10:13:12.123456Z", 120, false}, {"2026-06-22T10:13:12.123457Z", 120, true},
                 {"2999-06-22T10:13:12.123456Z", -1, false}, {"2026-06-22T10:11:12.123455Z", 0, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);
        struct policy policy = {.max_age = cases[i].max_age};
        bool is_stale = false;

        judged(v, NULL, 0, false);
        v->now = cases[i].now;
        v->finished = "2026-06-22T10:11:12.123456Z";
        vfy_verify_now(v, &policy);
        for (size_t k = 0; k < v->report.count; k++)
            is_stale = is_stale || v->report.findings[k].code == E_STALE;
        if (is_stale != cases[i].is_stale)
            fail_msg("%s, %lld: %d", cases[i].now, (long long)cases[i].max_age, is_stale);
        assert_int_equal(v->report.passed, 1 + (i != 7)); /* a rule of time is no check that counts */
    }
}

/* a key's time is judged once for each time at which it signed; what no timestamp vouches for is of now */
static void test_signatures(void **state)
{
    static const struct {
        const char *when[3], *signers, *now;
        size_t early, late;
    } cases[] = {{{"2", "3", NULL}, "aa", NULL, 0, 0}, {{"1", "1", NULL}, "aa", NULL, 1, 0}, {{"1", "2", NULL}, "aa", NULL, 1, 0},
                 {{"2", "4", NULL}, "aa", NULL, 0, 1}, {{"2", NULL, NULL}, "aa", NULL, 0, 0}, {{"2", NULL, NULL}, "aa", "4", 0, 1},
                 {{NULL, "2", NULL}, "aa", "1", 1, 0}, {{NULL, NULL, NULL}, "aa", "1", 1, 0}, {{"1", "4", "1"}, "aaa", "1", 1, 1},
                 {{"1", "1", "1"}, "aba", NULL, 2, 0}, {{"4", "1", "4"}, "aba", NULL, 1, 1}, {{"2", "2", "4"}, "bbb", "1", 0, 1}};
    static const struct trusted keys[] = {{.from = "2", .until = "3", .revoked_at = ""}, {.from = "2", .until = "3", .revoked_at = ""}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);
        struct policy policy = {.max_age = -1};
        size_t early = 0, late = 0;

        judged(v, NULL, 0, false);
        v->now = cases[i].now;
        v->finished = "0";
        v->attestations.count = strlen(cases[i].signers);
        for (size_t k = 0; k < v->attestations.count; k++)
            v->attestations.lines[k] = (struct envelope){.signer = &keys[cases[i].signers[k] - 'a'], .when = cases[i].when[k]};
        vfy_verify_now(v, &policy);
        for (size_t k = 0; k < v->report.count; k++) {
            early += v->report.findings[k].code == E_KEY_NOTYET;
            late += v->report.findings[k].code == E_KEY_EXPIRED;
        }
        if (early != cases[i].early || late != cases[i].late)
            fail_msg("case %zu: %zu too early, %zu too late", i, early, late);
    }
}

/* what a heap of findings leaves no room for counts all the same, and an earlier stage is listed */
static void test_heap(void **state)
{
    static const struct {
        enum vfy_code heap, last;
        const char *of_bracket;
        int tampered;
    } cases[] = {{E_EVIDENCE_INCONSISTENT, E_REPO_MISMATCH, "REJECT_INTEGRITY", 1},
                 {E_EVIDENCE_INCONSISTENT, E_REPO_PARTIAL, "REJECT_CLAIM_REFUTED", 3},
                 {E_BIND_RUN, E_REPO_MISMATCH, "REJECT_INTEGRITY", 1},
                 {E_EVIDENCE_CHANGED, E_GATE_OPEN, "REJECT_CLAIM_REFUTED", 0},
                 {E_EVIDENCE_CHANGED, E_EVIDENCE_CHANGED, "NOT_DRY", 0},
                 {E_REPO_PARTIAL, E_EVIDENCE_CHANGED, "REJECT_CLAIM_REFUTED", 3}};
    enum vfy_code codes[260];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict *v = vfy_mem_alloc(&test_arena, sizeof *v);

        for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
            codes[k] = k + 1 < sizeof codes / sizeof *codes ? cases[i].heap : cases[i].last;
        judged(v, codes, sizeof codes / sizeof *codes, true);
        assert_string_equal(v->word, cases[i].of_bracket);
        assert_int_equal(vfy_verify_tampered(v), cases[i].tampered);
        assert_true(v->report.hidden > 0);
        assert_int_equal(v->report.findings[0].code, cases[i].last < cases[i].heap ? cases[i].last : cases[i].heap);
    }
}

static void test_claims(void **state)
{
    (void)state;
    for (int i = 0; i < VFY_CLAIMS; i++) {
        const struct vfy_claim_info *info = vfy_claims_info((enum vfy_subject)i);

        assert_int_equal(vfy_claims_named(info->id), i);
        assert_non_null(info->evidence[0]);
        assert_true(info->level == LEVEL_1 || info->level == LEVEL_2 || info->level == LEVEL_3);
    }
    assert_int_equal(vfy_claims_named("executed"), CL_EXECUTED);
    assert_int_equal(vfy_claims_named("authority-firewall"), CL_FIREWALL);
    assert_int_equal(vfy_claims_named("no-such-claim"), VFY_CLAIMS);
    assert_int_equal(vfy_claims_named(""), VFY_CLAIMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_words), TEST(test_nothing_judged), TEST(test_full), TEST(test_now), TEST(test_age),
                                       TEST(test_signatures), TEST(test_heap), TEST(test_claims)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
