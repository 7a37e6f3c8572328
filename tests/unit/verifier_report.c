/* tests/unit/verifier_report.c - what follows from which findings: of a claim, a level, all of them. */
#include "tests/unit/verifier_test.h"

#include "verifier/report.h"

static struct report *begun(void)
{
    struct report *r = vfy_mem_alloc(&test_arena, sizeof *r);

    r->arena = &test_arena;
    return r;
}

/* a finding of that code, or with VFY_NO_CODE a check that holds */
static void found(struct report *r, enum vfy_subject subject, enum vfy_code code)
{
    assert_int_equal(vfy_report_check(r, subject, code == VFY_NO_CODE, code, "p", "%s", "x"), code == VFY_NO_CODE);
}

static void test_one_claim(void **state)
{
    static const struct {
        enum vfy_code codes[2];
        bool is_required, is_absent;
        enum vfy_status status, level;
        int exit;
        const char *detail;
        size_t listed;
    } cases[] = {
        {{VFY_NO_CODE, VFY_NO_CODE}, false, false, VFY_PASS, VFY_PASS, 0, NULL, 0},
        {{VFY_NO_CODE, VFY_NO_CODE}, true, true, VFY_NA, VFY_PASS, 0, NULL, 0},
        {{E_EVIDENCE_INCOMPLETE, VFY_NO_CODE}, true, false, VFY_HOLD, VFY_HOLD, 3, "E_EVIDENCE_INCOMPLETE: x", 1},
        {{E_EVIDENCE_INCOMPLETE, VFY_NO_CODE}, true, true, VFY_HOLD, VFY_HOLD, 3, "E_EVIDENCE_INCOMPLETE: x", 1},
        /* what a claim lacks that nobody requires is the claim's alone */
        {{E_EVIDENCE_INCOMPLETE, VFY_NO_CODE}, false, false, VFY_HOLD, VFY_PASS, 0, "E_EVIDENCE_INCOMPLETE: x", 0},
        {{E_EVIDENCE_CHANGED, VFY_NO_CODE}, false, false, VFY_FAIL, VFY_FAIL, 1, "E_EVIDENCE_CHANGED: x", 1},
        {{E_EVIDENCE_CHANGED, E_EVIDENCE_INCOMPLETE}, false, false, VFY_FAIL, VFY_FAIL, 1, "E_EVIDENCE_CHANGED: x", 1},
        {{E_EVIDENCE_INCOMPLETE, E_EVIDENCE_CHANGED}, false, false, VFY_FAIL, VFY_FAIL, 1, "E_EVIDENCE_CHANGED: x", 1},
        {{E_EVIDENCE_INCOMPLETE, E_EVIDENCE_CHANGED}, true, false, VFY_FAIL, VFY_FAIL, 1, "E_EVIDENCE_CHANGED: x", 2},
        {{E_EVIDENCE_CHANGED, E_GATE_OPEN}, true, false, VFY_FAIL, VFY_FAIL, 1, "E_EVIDENCE_CHANGED: x", 2},
        {{E_KEY_UNTRUSTED, VFY_NO_CODE}, false, false, VFY_FAIL, VFY_FAIL, 4, "E_KEY_UNTRUSTED: x", 1},
        {{E_IO, VFY_NO_CODE}, false, false, VFY_HOLD, VFY_HOLD, 5, "E_IO: x", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct report *r = begun();
        struct subject *s = &r->subjects[CL_NO_STATE];
        size_t failed = 0, held = 0;

        found(r, CL_EXECUTED, VFY_NO_CODE);
        s->is_required = cases[i].is_required;
        if (cases[i].is_absent)
            vfy_report_absent(r, CL_NO_STATE);
        for (int k = 0; k < 2; k++) {
            int status = cases[i].codes[k] == VFY_NO_CODE ? 0 : vfy_findings_info(cases[i].codes[k])->exit_status;

            found(r, CL_NO_STATE, cases[i].codes[k]);
            held += status == 3;
            failed += status != 0 && status != 3;
        }
        if (vfy_report_claim(r, CL_NO_STATE) != cases[i].status || vfy_report_exit(r) != cases[i].exit || r->count != cases[i].listed ||
            vfy_report_level(r, vfy_claims_info(CL_NO_STATE)->level) != cases[i].level)
            fail_msg("case %zu: %d, level %d, exit %d, %zu listed", i, vfy_report_claim(r, CL_NO_STATE),
                     vfy_report_level(r, vfy_claims_info(CL_NO_STATE)->level), vfy_report_exit(r), r->count);
        if (cases[i].detail == NULL)
            assert_null(s->detail);
        else
            assert_string_equal(s->detail, cases[i].detail);
        assert_int_equal(r->held, held);
        assert_int_equal(r->failed, failed);
        assert_int_equal(r->passed, 3 - held - failed);
        assert_int_equal(s->checks, 2);
    }
}

/* a level is its own checks and its claims'; what nobody checked does not pass */
static void test_levels(void **state)
{
    struct report *r = begun();
    enum vfy_subject claim = CL_EXECUTED, level = vfy_claims_info(claim)->level;

    (void)state;
    assert_int_equal(vfy_report_claim(r, claim), VFY_HOLD);
    assert_int_equal(vfy_report_level(r, level), VFY_HOLD);
    assert_int_equal(vfy_report_exit(r), 3);
    assert_null(vfy_report_first(r, 3));
    found(r, LEVEL_0, E_GATE_OPEN); /* nothing held, and what is bad is bad */
    assert_int_equal(vfy_report_exit(r), 1);
    assert_ptr_equal(vfy_report_first(r, 1), r->findings);
    r = begun();
    found(r, claim, VFY_NO_CODE);
    assert_int_equal(vfy_report_claim(r, claim), VFY_PASS);
    for (enum vfy_subject other = LEVEL_0; other <= LEVEL_3; other++)
        assert_int_equal(vfy_report_level(r, other), other == level ? VFY_PASS : VFY_HOLD);
    assert_int_equal(vfy_report_exit(r), 0);
    found(r, LEVEL_0, VFY_NO_CODE);
    assert_int_equal(vfy_report_level(r, LEVEL_0), VFY_PASS);
    found(r, LEVEL_0, E_EVIDENCE_INCOMPLETE); /* of no claim: it counts */
    assert_int_equal(vfy_report_level(r, LEVEL_0), VFY_HOLD);
    assert_int_equal(vfy_report_level(r, level), VFY_PASS);
    assert_int_equal(vfy_report_exit(r), 3);
}

/* in order of their stage, and as they were met; the list is full after two hundred */
static void test_list(void **state)
{
    static const enum vfy_code met[] = {E_WAL_WRITE, E_DSSE_FORMAT, E_IO, E_GATE_OPEN, E_DSSE_FORMAT};
    struct report *r = begun();
    size_t room = sizeof r->findings / sizeof *r->findings;
    char path[2] = "0";

    (void)state;
    for (size_t i = 0; i < 5; i++, path[0]++)
        vfy_report_check(r, LEVEL_0, false, met[i], path, "%s", "x");
    assert_string_equal(vfy_report_first(r, 1)->path, "1");
    assert_code(vfy_report_first(r, 5)->code, E_IO);
    assert_null(vfy_report_first(r, 3));
    vfy_report_sort(r);
    for (size_t i = 1; i < r->count; i++)
        assert_true(r->findings[i - 1].code < r->findings[i].code ||
                    (r->findings[i - 1].code == r->findings[i].code && strcmp(r->findings[i - 1].path, r->findings[i].path) < 0));
    for (size_t i = 0; i < room; i++)
        found(r, LEVEL_0, E_GATE_OPEN);
    assert_int_equal(r->count, room);
    assert_int_equal(r->hidden, 5);
    assert_int_equal(r->failed, room + 5);
    assert_code(vfy_report_first(r, 1)->code, E_DSSE_FORMAT);
    vfy_report_sort(r);
}

static void test_unseen(void **state)
{
    struct report *r = begun();
    size_t room = sizeof r->not_observed / sizeof *r->not_observed;

    (void)state;
    for (size_t i = 1; i <= room + 2; i++) {
        vfy_report_unseen(r, "entry %zu", i);
        assert_int_equal(r->not_observed_count, i < room ? i : room);
        assert_string_equal(r->not_observed[r->not_observed_count - 1],
                            i < room ? vfy_mem_print(&test_arena, "entry %zu", i) : "further entries are not listed here");
    }
    assert_string_equal(r->not_observed[room - 2], vfy_mem_print(&test_arena, "entry %zu", room - 1));
}

static void test_values(void **state)
{
    struct report *r = begun();
    const struct json yes = {JSON_TRUE, 0, {.integer = 0}};

    (void)state;
    vfy_report_value(r, CL_IDS, 0, &yes);
    vfy_report_value(r, CL_IDS, 0, NULL);
    vfy_report_number(r, CL_IDS, 1, 17);
    vfy_report_says(r, CL_IDS, "%d things", 3);
    assert_int_equal(r->subjects[CL_IDS].values[0].type, JSON_TRUE);
    assert_int_equal(r->subjects[CL_IDS].values[1].type, JSON_INT);
    assert_int_equal(r->subjects[CL_IDS].values[1].count, 0);
    assert_int_equal(r->subjects[CL_IDS].values[1].u.integer, 17);
    assert_string_equal(r->subjects[CL_IDS].says, "3 things");
    assert_string_equal(vfy_report_word(VFY_PASS), "PASS");
    assert_string_equal(vfy_report_word(VFY_FAIL), "FAIL");
    assert_string_equal(vfy_report_word(VFY_HOLD), "HOLD");
    assert_string_equal(vfy_report_word(VFY_NA), "N-A");
}

/* a full list: what is of an earlier stage takes the place of the last of the latest */
static void test_crowd(void **state)
{
    struct report *r = begun();
    size_t room = sizeof r->findings / sizeof *r->findings;
    const size_t places[][2] = {{0, 0}, {1, 1}, {2, 2}, {room - 1, room - 1}, {0, 1}, {1, 7}, {3, room - 1}};

    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        r = begun();
        for (size_t k = 0; k < room; k++)
            vfy_report_check(r, LEVEL_0, false, k == places[i][0] || k == places[i][1] ? E_EVIDENCE_CHANGED : E_MANIFEST_FORMAT, "p", "%s", "");
        vfy_report_check(r, LEVEL_0, false, E_EVIDENCE_CHANGED, "p", "%s", ""); /* no earlier one */
        vfy_report_check(r, LEVEL_0, false, E_TAR_TYPE, "p", "%s", "");
        assert_int_equal(r->count, room);
        assert_int_equal(r->hidden, 2);
        for (size_t k = 0; k < room; k++)
            assert_code(r->findings[k].code, k == places[i][1] ? E_TAR_TYPE : k == places[i][0] ? E_EVIDENCE_CHANGED : E_MANIFEST_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_one_claim), TEST(test_levels), TEST(test_list), TEST(test_unseen), TEST(test_values), TEST(test_crowd)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
