/* tests/unit/verifier_fleet.c - which word and status a fleet gets of those of its targets. */
#include "verifier_test.h"

#include "verifier/fleet.h"

static struct fleet_target targets[3];
static struct fleet fleet;

static void has(size_t i, int status, const char *class, const char *word)
{
    targets[i] = (struct fleet_target){.name = "abc" + i, .class = class, .word = word, .status = status,
                                       .headline = vfy_mem_print(&test_arena, "%s: of target %zu", word, i)};
}

static void begin(void)
{
    memset(&fleet, 0, sizeof fleet);
    fleet.own.report.arena = &test_arena;
    fleet.own.class = "unknown";
    fleet.targets = targets;
    fleet.count = 3;
    for (size_t i = 0; i < 3; i++)
        has(i, 0, "sandbox", "DRY");
    vfy_report_check(&fleet.own.report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
}

static void is(int status, const char *word, const char *headline)
{
    vfy_fleet_close(&fleet);
    assert_int_equal(fleet.worst, status);
    assert_string_equal(fleet.word, word);
    if (headline != NULL)
        assert_string_equal(fleet.headline, headline);
}

static void test_pass(void **state)
{
    (void)state;
    begin();
    is(0, "DRY", "DRY (with what stands in brackets beside each target)");
    begin();
    for (size_t i = 0; i < 3; i++)
        targets[i].headline = "DRY";
    is(0, "DRY", "DRY");
    begin();
    for (size_t i = 0; i < 3; i++)
        has(i, 0, "governed", "OF_THE_GOVERNED");
    is(0, "OF_THE_GOVERNED", NULL);
    has(1, 0, "sandbox", "OF_THE_SANDBOX");
    is(0, "OF_THE_SANDBOX", NULL); /* what is governed in part is not governed */
}

static void test_worst(void **state)
{
    (void)state;
    begin();
    has(0, 3, "sandbox", "HOLD_NOT_MEASURABLE");
    has(2, 1, "sandbox", "NOT_DRY");
    is(1, "NOT_DRY", "NOT_DRY: c: of target 2");
    has(2, 3, "sandbox", "HOLD_NO_WRITE_WITNESS");
    is(3, "HOLD_NOT_MEASURABLE", "HOLD_NOT_MEASURABLE: abc: of target 0");
    has(1, 5, "unknown", "HOLD_NOT_CHECKED");
    is(5, "HOLD_NOT_CHECKED", NULL);
}

static void test_own(void **state)
{
    (void)state;
    begin();
    targets[1] = (struct fleet_target){.name = "b", .is_lost = true};
    vfy_report_check(&fleet.own.report, LEVEL_1, false, HOLD_TARGET_LOST, "b", "target b is lost");
    is(3, "HOLD_TARGET_LOST", "HOLD_TARGET_LOST: target b is lost");
    has(2, 1, "sandbox", "NOT_DRY");
    is(1, "NOT_DRY", "NOT_DRY: c: of target 2"); /* of a lost one nothing is known: the write is */
    vfy_report_check(&fleet.own.report, LEVEL_1, false, E_BIND_FLEET, "a", "another fleet's");
    is(1, "REJECT_INTEGRITY", "REJECT_INTEGRITY: E_BIND_FLEET: another fleet's");
    begin();
    fleet.count = 0;
    fleet.own.report.passed = 0;
    is(3, "HOLD_EVIDENCE_INCOMPLETE", NULL); /* nothing was checked */
}

/* more findings than there is room for are counted; JSON has that number, too */
static void test_many(void **state)
{
    struct buf text = {&test_arena, NULL, 0, 0};

    (void)state;
    begin();
    for (size_t i = 0; i < 203; i++)
        vfy_report_check(&fleet.own.report, LEVEL_1, false, E_BIND_FLEET, "a", "%zu", i);
    vfy_fleet_close(&fleet);
    vfy_fleet_output(&text, &fleet);
    vfy_mem_add(&text, "", 1);
    assert_non_null(strstr(text.p, "\n  and 3 more\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_pass), TEST(test_worst), TEST(test_own), TEST(test_many)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
