/* tests/unit/collector_form.c - tests of collector/form.c, collector/mask.c, collector/params.c
 * and collector/wait.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "collector/form.h"
#include "collector/limits.h"
#include "collector/params.h"
#include "collector/wait.h"

static void test_letters(void **state)
{
    static const struct {
        char letter;
        const char *good[4];
        const char *bad[8];
    } cases[] = {
        {'b', {"t", "f", "true", "false"}, {"", "T", "yes", "tt", "1"}},
        {'n', {"0", "1", "18446744073709551615"}, {"", "01", "18446744073709551616", "-1", "1 ", "x", "99999999999999999999999"}},
        {'d', {"0", "-9223372036854775808", "9223372036854775807", "-5"}, {"", "-", "-0", "9223372036854775808", "-9223372036854775809", "--1"}},
        {'i', {"0", "999999999"}, {"", "1000000000", "-1", "1x"}},
        {'l', {"0/0", "FFFFFFFF/16B3D80"}, {"", "/", "0/", "/0", "0/0 ", "123456789/0", "0/g"}},
        {'t', {"2026-06-22T10:11:12.123456Z"}, {"", "2026-06-22T10:11:12.12345Z", "2026-06-22 10:11:12.123456Z", "2026-06-22T10:11:12.123456Zx", "infinity"}},
        {'x', {"7:7:", "5:9:6,7"}, {"", "a", "7:7: "}},
        {'s', {"", "anything"}, {NULL}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 4 && cases[i].good[k] != NULL; k++)
            assert_true(col_form_is(cases[i].letter, cases[i].good[k]));
        for (size_t k = 0; k < 8 && cases[i].bad[k] != NULL; k++)
            assert_false(col_form_is(cases[i].letter, cases[i].bad[k]));
        assert_false(col_form_is(cases[i].letter, NULL));
    }
    assert_true(col_form_is('o', NULL));
    assert_true(col_form_is('o', "x"));
}

static void test_rows(void **state)
{
    struct jv *rows = jv_add(jv_array(), jv_add(jv_add(jv_array(), jv_string("7")), jv_null()));
    struct jv *opaque = jv_add(jv_array(), jv_add(jv_array(), jv_value("\xff", 1)));
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(col_form_check(rows, 1, 1, "no", "x", &e), 0);
    assert_int_equal(col_form_check(rows, 0, SIZE_MAX, "vv", "x", &e), 0);
    assert_int_equal(col_form_check(rows, 2, 9, "no", "x", &e), -1);
    assert_int_equal(col_form_check(rows, 0, 0, "no", "x", &e), -1);
    assert_int_equal(col_form_check(rows, 1, 1, "n", "x", &e), -1);
    assert_int_equal(col_form_check(rows, 1, 1, "noo", "x", &e), -1);
    assert_int_equal(col_form_check(rows, 1, 1, "ns", "x", &e), -1);
    assert_int_equal(col_form_check(opaque, 1, 1, "v", "x", &e), 0);
    assert_int_equal(col_form_check(opaque, 1, 1, "o", "x", &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    jv_free(rows);
    jv_free(opaque);
}

static void test_reports(void **state)
{
    (void)state;
    assert_true(col_form_is_report("ERROR", "42P01", "m", true));
    assert_true(col_form_is_report("WARNING", "01000", "", false));
    assert_false(col_form_is_report("ERROR", "42P01", "m", false));
    assert_false(col_form_is_report("NOTICE", "00000", "m", true));
    assert_false(col_form_is_report(NULL, "42P01", "m", true));
    assert_false(col_form_is_report("ERROR", NULL, "m", true));
    assert_false(col_form_is_report("ERROR", "42P01", NULL, true));
    assert_false(col_form_is_report("ERROR", "42p01", "m", true));
    assert_false(col_form_is_report("ERROR", "42P011", "m", true));
}

static void test_connect_seconds(void **state)
{
    static const struct {
        const char *text;
        int seconds;
    } cases[] = {{"3", 3}, {"0", COL_MAX_CONNECT_SECONDS}, {"-1", COL_MAX_CONNECT_SECONDS},
                 {"x", COL_MAX_CONNECT_SECONDS}, {"99999999999999999999", COL_MAX_CONNECT_SECONDS}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jv *params = jv_set(jv_object(), "connect_timeout", jv_string(cases[i].text));

        assert_int_equal(col_params_connect_seconds(params), cases[i].seconds);
        jv_free(params);
    }
}

static void test_wait(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(col_wait_ready(ends[0], false, -1, col_wait_deadline(0)));
    assert_true(col_wait_ready(ends[0], false, 0, col_wait_deadline(60))); /* a tick */
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_true(col_wait_ready(ends[0], false, -1, col_wait_deadline(60)));
    assert_true(col_wait_ready(ends[1], true, -1, col_wait_deadline(60)));
    /* something to read is no reason to go on behind the deadline */
    assert_false(col_wait_ready(ends[0], false, -1, col_wait_deadline(-1)));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letters), cmocka_unit_test(test_rows), cmocka_unit_test(test_reports),
        cmocka_unit_test(test_connect_seconds), cmocka_unit_test(test_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
