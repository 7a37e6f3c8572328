/* tests/unit/verifier_findings.c - the published table and the precedence of statuses. */
#include "tests/unit/verifier_test.h"

#include "verifier/report.h"

static void test_precedence(void **state)
{
    static const int order[] = {0, 3, 4, 1, 5, 6, 2, 70};

    (void)state;
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++)
            assert_int_equal(vfy_findings_worse(order[a], order[b]), order[a > b ? a : b]);
    assert_int_equal(vfy_findings_worse(0, 99), 70);
}

/* schemas/findings.tsv: stages in their fixed order, statuses of the contract */
static void test_table(void **state)
{
    static const char *const stages[] = {"LIMIT", "IO", "DSSE", "KEY/SIG", "STMT", "DIGEST", "TAR", "PATH", "JSON",
                                         "MANIFEST", "BIND", "TIME", "REPO", "EVIDENCE", "TEXT"};
    size_t n, stage = 0, rows = 0;
    char *text = test_read("schemas/findings.tsv", &n), *line = strtok(text, "\n");

    (void)state;
    assert_string_equal(line, "code\texit\tstage\tmeaning\tsection\tadvice");
    for (line = strtok(NULL, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char code[60], name[20];
        int status;
        enum vfy_code c;

        assert_int_equal(sscanf(line, "%59[A-Z0-9_]\t%d\t%19[A-Z/]\t", code, &status, name), 3);
        c = vfy_findings_named(code);
        assert_int_equal((int)c, (int)++rows);
        assert_int_equal(vfy_findings_info(c)->exit_status, status);
        assert_true(status == 1 || (status >= 2 && status <= 6) || status == 70);
        assert_true((status == 3) >= (strncmp(code, "HOLD_", 5) == 0));
        while (stage < sizeof stages / sizeof *stages && strcmp(stages[stage], name) != 0)
            stage++;
        assert_in_range(stage, 0, sizeof stages / sizeof *stages - 1);
        assert_int_equal(c > VFY_LAST_INTEGRITY, stage >= 13);
        assert_true(vfy_findings_info(c)->meaning[0] != '\0' && vfy_findings_info(c)->advice[0] != '\0');
    }
    assert_int_equal(rows, VFY_CODES - 1);
    assert_int_equal(vfy_findings_named("E_NONE_OF_THESE"), VFY_NO_CODE);
    assert_string_equal(vfy_findings_info(VFY_NO_CODE)->name, "");
    assert_string_equal(vfy_findings_info(VFY_CODES)->name, ""); /* no code of the table */
}

static void test_report(void **state)
{
    struct report r = {.arena = &test_arena};

    (void)state;
    assert_int_equal(vfy_report_exit(&r), 3); /* nothing checked is not a pass */
    assert_int_equal(vfy_report_claim(&r, CL_GATES), VFY_HOLD);
    assert_int_equal(vfy_report_level(&r, LEVEL_2), VFY_HOLD);
    assert_true(vfy_report_check(&r, CL_GATES, true, E_GATE_OPEN, "p", "%s", ""));
    assert_int_equal(vfy_report_exit(&r), 0);
    assert_int_equal(vfy_report_claim(&r, CL_GATES), VFY_PASS);
    vfy_report_absent(&r, CL_REUSE);
    assert_int_equal(vfy_report_claim(&r, CL_REUSE), VFY_NA);
    /* a hold of a claim that nobody requires stays with the claim */
    assert_false(vfy_report_check(&r, CL_NO_WRITE, false, HOLD_NO_WRITE_WITNESS, "p", "%s", "x"));
    assert_int_equal(vfy_report_exit(&r), 0);
    assert_int_equal(vfy_report_claim(&r, CL_NO_WRITE), VFY_HOLD);
    assert_int_equal(vfy_report_level(&r, LEVEL_3), VFY_PASS);
    r.subjects[CL_NO_WRITE].is_required = true;
    vfy_report_check(&r, CL_NO_WRITE, false, HOLD_NO_WRITE_WITNESS, "p", "%s", "x");
    assert_int_equal(vfy_report_exit(&r), 3);
    /* a refutation counts whoever requires it */
    vfy_report_check(&r, CL_OWNER, false, E_READBACK, "p", "%s", "x");
    vfy_report_check(&r, CL_OWNER, false, E_EVIDENCE_CHANGED, "p", "%s", "x");
    assert_int_equal(vfy_report_exit(&r), 1);
    assert_int_equal(vfy_report_claim(&r, CL_OWNER), VFY_FAIL);
    assert_code(vfy_report_first(&r, 1)->code, E_EVIDENCE_CHANGED);
    for (int i = 0; i < 300; i++)
        vfy_report_check(&r, LEVEL_0, false, i == 299 ? E_IO : E_EVIDENCE_PRIV, "p", "%d", i);
    assert_int_equal(vfy_report_exit(&r), 5); /* also when the list was full */
    assert_true(r.hidden > 0);
    vfy_report_sort(&r);
    assert_code(r.findings[0].code, E_IO); /* the earlier stage is listed, whenever it was met */
    assert_code(r.findings[1].code, E_EVIDENCE_CHANGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_precedence), TEST(test_table), TEST(test_report)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
