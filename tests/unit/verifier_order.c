/* tests/unit/verifier_order.c - every time that must follow another, one second too early. */
#include "tests/unit/verifier_test.h"

#include "verifier/order.h"

/* where each second of the collector's clock stands, in the order of FORMAT.md section 3 */
static const char *const paths[] = {
    "run.json", "before/activity.json", "before/transactions.json", "before/identity.json", "steps/001-command/command.json",
    "steps/001-command/command.json", "a/session.json", "a/session.json", "b/session.json", "b/session.json",
    "after/identity.json", "after/transactions.json", "after/activity.json", "run.json"};
enum { TIMES = sizeof paths / sizeof *paths, COMMAND = 4, SERVER = TIMES, ALL = TIMES + 3 };

/* what stands in it beside two times */
static const struct json *document(const char *more, const char *first, int one, const char *second, int two)
{
    const char *text = vfy_mem_print(&test_arena, "{%s\"%s\":\"2026-06-22T10:11:%02d.000000Z\",\"%s\":\"2026-06-22T10:11:%02d.000000Z\"}",
                                     more, first, one, second, two);
    const struct json *doc = NULL;
    struct err e = {VFY_NO_CODE, "", ""};

    if (vfy_json_parse(&test_arena, text, strlen(text), JSON_OURS, "t", &doc, &e) != 0)
        fail_msg("%s: %s", text, e.text);
    return doc;
}

/* t: the collector's seconds, then those of the server: its start and the two transactions' */
static struct report *judged(const int t[ALL], const char *before, const char *after, bool has_command)
{
    struct evidence *v = vfy_mem_alloc(&test_arena, sizeof *v);
    struct record *records = vfy_mem_alloc(&test_arena, 2 * sizeof *records);

    v->arena = &test_arena;
    v->report = vfy_mem_alloc(&test_arena, sizeof *v->report);
    v->report->arena = &test_arena;
    v->run = document("", "started_at", t[0], "finished_at", t[13]);
    v->edges[0].activity = document("", "taken_at", t[1], "x", 0);
    v->edges[0].transactions = document(vfy_mem_print(&test_arena, "\"lsn\":\"%s\",", before), "taken_at", t[2], "x", 0);
    v->edges[0].identity = document("", "taken_at", t[3], "server_started_at", t[SERVER]);
    v->command = has_command ? document("", "started_at", t[4], "finished_at", t[5]) : NULL;
    v->ran = vfy_mem_alloc(&test_arena, 2 * sizeof *v->ran);
    v->ran_count = 2;
    for (int i = 0; i < 2; i++) {
        const char *time = vfy_mem_print(&test_arena, "\"transaction_time\":\"2026-06-22T10:11:%02d.000000Z\",", t[SERVER + 1 + i]);

        records[i].path = i == 0 ? "a" : "b";
        records[i].session = document(time, "started_at", t[6 + 2 * i], "finished_at", t[7 + 2 * i]);
        v->ran[i] = &records[i];
    }
    v->edges[1].identity = document("", "taken_at", t[10], "x", 0);
    v->edges[1].transactions = document(vfy_mem_print(&test_arena, "\"lsn\":\"%s\",", after), "taken_at", t[11], "x", 0);
    v->edges[1].activity = document("", "taken_at", t[12], "x", 0);
    vfy_order_judge(v);
    assert_ptr_equal(vfy_order_after(v, &records[0]), &records[1]);
    assert_null(vfy_order_after(v, &records[1]));
    assert_null(vfy_order_after(v, &records[2]));
    return v->report;
}

static void clock_of(int t[ALL], int first, int step)
{
    for (int i = 0; i < TIMES; i++)
        t[i] = first + i * step;
    for (int i = 0; i < 3; i++)
        t[SERVER + i] = 5 + i * step; /* another clock: it is not compared */
}

static void test_order(void **state)
{
    int t[ALL];

    (void)state;
    for (int step = 0; step < 2; step++) /* in the same second, too */
        for (int has_command = 0; has_command < 2; has_command++) {
            struct report *r;

            clock_of(t, 10, step);
            r = judged(t, "0/10", "0/10", has_command);
            assert_int_equal(r->count, 0);
            assert_int_equal(r->passed, 13 - 2 * !has_command + 2 + 1);
        }
    for (int i = 1; i < ALL; i++) {
        struct report *r;

        if (i == SERVER)
            continue;
        clock_of(t, 10, 1);
        t[i] = i == 1 ? 9 : i == SERVER + 1 ? 4 : i > SERVER ? 5 : 10; /* before the last, not the first */
        r = judged(t, "0/10", "1/0", true);
        if (r->count != 1)
            fail_msg("%d: %zu findings", i, r->count);
        assert_code(r->findings[0].code, E_EVIDENCE_ORDER);
        assert_int_equal(r->findings[0].subject, CL_NO_STATE);
        assert_string_equal(r->findings[0].path, i < TIMES ? paths[i] : i == SERVER + 1 ? "a/session.json" : "b/session.json");
    }
    clock_of(t, 10, 1);
    t[COMMAND] = t[COMMAND + 1] = 0; /* where there is none */
    assert_int_equal(judged(t, "0/10", "0/11", false)->count, 0);
}

static void test_positions(void **state)
{
    int t[ALL];

    (void)state;
    clock_of(t, 10, 1);
    assert_int_equal(judged(t, "0/FFFFFFFF", "1/0", true)->count, 0);
    assert_int_equal(judged(t, "1/0", "0/FFFFFFFF", true)->count, 1);
    assert_int_equal(judged(t, "0/11", "0/10", true)->count, 1);
    assert_string_equal(judged(t, "0/11", "0/10", true)->findings[0].path, "after/transactions.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_order), TEST(test_positions)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
