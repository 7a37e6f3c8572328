/* tests/unit/base_err.c - messages are one printable line, and every kind has its status. */
#include "tests/unit/base_test.h"

#include <errno.h>

#include "base/exit.h"

static void sets_kind_and_text(void **state)
{
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(err_set(&e, ERR_INPUT, "%s: expected %d", "x", 7), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_string_equal(e.text, "x: expected 7");
}

static void escapes_what_a_terminal_would_obey(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain", "plain"},
        {"a\nb\tc", "a b c"},
        {"tail \n\n ", "tail"},
        {"\x1b[2J", "\\x1b[2J"},
        {"\r", "\\x0d"},
        {"\x9b", "\\x9b"},
        {"\x7f", "\\x7f"},
        {"p\xd1\x80od", "p\\xd1\\x80od"},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e;
        err_set(&e, ERR_INPUT, "%s", rows[i].in);
        ROW(i, rows[i].out, strcmp(e.text, rows[i].out) == 0);
    }
}

static void long_text_is_cut_not_overrun(void **state)
{
    char huge[4 * ERR_TEXT_MAX];
    struct err e;

    (void)state;
    memset(huge, 1, sizeof huge - 1); /* each byte becomes four */
    huge[sizeof huge - 1] = '\0';
    err_set(&e, ERR_INPUT, "%s", huge);
    assert_true(strlen(e.text) < ERR_TEXT_MAX);
    assert_true(strlen(e.text) > ERR_TEXT_MAX - 8);
    for (size_t i = 0; e.text[i] != '\0'; i += 4)
        assert_memory_equal(e.text + i, "\\x01", 4);
    for (int i = 0; i < 3; i++)
        err_context(&e, "%s", huge);
    assert_true(strlen(e.text) < ERR_TEXT_MAX);
}

static void context_goes_in_front(void **state)
{
    struct err e;

    (void)state;
    err_set(&e, ERR_LIMIT, "more than 3 bytes");
    assert_int_equal(err_context(&e, "%s/%s", "a", "b\n"), -1);
    assert_string_equal(e.text, "a/b : more than 3 bytes");
    assert_int_equal(e.kind, ERR_LIMIT);
}

static void errno_is_named(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_errno(&e, ENOSPC, "cannot write %s", "f"), -1);
    assert_string_equal(e.text, "cannot write f: No space left on device");
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(err_no_memory(&e), -1);
    assert_string_equal(e.text, "out of memory");
    assert_int_equal(e.kind, ERR_SYSTEM);
}

static void every_kind_has_its_status(void **state)
{
    (void)state;
    assert_int_equal(err_exit_status(ERR_USAGE), EXIT_WRONG_INPUT);
    assert_int_equal(err_exit_status(ERR_INPUT), EXIT_WRONG_INPUT);
    assert_int_equal(err_exit_status(ERR_SYSTEM), EXIT_ENVIRONMENT);
    assert_int_equal(err_exit_status(ERR_REFUTED), EXIT_PROVEN_BAD);
    assert_int_equal(err_exit_status(ERR_HOLD), EXIT_HOLD);
    assert_int_equal(err_exit_status(ERR_LIMIT), EXIT_TOO_NEW_OR_LARGE);
    assert_int_equal(err_exit_status(ERR_INTERNAL), EXIT_BUG);
    assert_int_equal(err_exit_status(ERR_NONE), EXIT_BUG); /* a failure without an error is a bug */
    assert_int_equal(err_exit_status((enum err_kind)99), EXIT_BUG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_kind_and_text),
        cmocka_unit_test(escapes_what_a_terminal_would_obey),
        cmocka_unit_test(long_text_is_cut_not_overrun),
        cmocka_unit_test(context_goes_in_front),
        cmocka_unit_test(errno_is_named),
        cmocka_unit_test(every_kind_has_its_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
