/* tests/unit/collector_gate.c - tests of collector/gate.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "collector/gate.h"

static struct col_gate fleet, target;

static int begin(void **state)
{
    struct err e = {ERR_NONE, ""};

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    return col_gate_open(&fleet, &target, &e);
}

static int end(void **state)
{
    (void)state;
    col_gate_close(&fleet);
    col_gate_close(&target);
    col_gate_close(&target); /* twice is fine */
    return 0;
}

static void hears(struct col_gate *g, const char *text)
{
    struct err e = {ERR_NONE, ""};
    struct jv *heard = NULL;

    assert_int_equal(col_gate_hear(g, &heard, &e), 0);
    assert_string_equal(jv_get_text(heard, "text"), text);
    jv_free(heard);
}

static void says(struct col_gate *g, const char *text)
{
    struct err e = {ERR_NONE, ""};

    assert_int_equal(col_gate_say(g, jv_set(jv_object(), "text", jv_string(text)), &e), 0);
}

static void test_both_ways(void **state)
{
    (void)state;
    says(&fleet, "go");
    hears(&target, "go");
    says(&target, "there\nwe are");
    says(&target, "and again");
    hears(&fleet, "there\nwe are");
    hears(&fleet, "and again");
}

static void test_ticks(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *heard = NULL;

    (void)state;
    col_gate_tick(&fleet);
    col_gate_tick(&fleet);
    assert_int_equal(col_gate_wait(&target, &heard, &e), 0);
    assert_null(heard); /* two, that came meanwhile, are one */
    col_gate_tick(&fleet);
    says(&fleet, "the result");
    hears(&target, "the result");
    for (int i = 0; i < 100000; i++)
        col_gate_tick(&fleet); /* nobody reads: it does not wait */
    assert_int_equal(col_gate_wait(&target, &heard, &e), 0);
    assert_null(heard);
}

static void test_in_pieces(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *heard = NULL;

    (void)state;
    assert_int_equal(write(fleet.out, "\n{\"text\":", 9), 9);
    assert_int_equal(col_gate_wait(&target, &heard, &e), 0);
    assert_null(heard);
    assert_int_equal(write(fleet.out, "\"whole\"}\n\n", 10), 10);
    hears(&target, "whole");
}

static void test_gone(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *heard = NULL;

    (void)state;
    says(&target, "last words");
    col_gate_close(&target);
    hears(&fleet, "last words");
    assert_int_equal(col_gate_hear(&fleet, &heard, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_null(heard);
    e = (struct err){ERR_NONE, ""};
    assert_int_equal(col_gate_say(&fleet, jv_object(), &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    col_gate_tick(&fleet);
}

static void test_no_document(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct jv *heard = NULL;

    (void)state;
    assert_int_equal(write(fleet.out, "nonsense\n", 9), 9);
    assert_int_equal(col_gate_hear(&target, &heard, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {TEST(test_both_ways), TEST(test_ticks), TEST(test_in_pieces), TEST(test_gone),
                                       TEST(test_no_document)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
