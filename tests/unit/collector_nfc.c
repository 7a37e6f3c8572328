/* tests/unit/collector_nfc.c - tests of collector/nfc.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "collector/nfc.h"

static void composes(const char *in, const char *expected)
{
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(1024);

    assert_int_equal(buf_adds(&out, "<", &e), 0);
    assert_int_equal(col_nfc_add(in, strlen(in), &out, &e), 0);
    assert_string_equal(out.data + 1, expected);
    buf_release(&out);
}

static void test_composition(void **state)
{
    (void)state;
    composes("", "");
    composes("plain", "plain");
    composes("e\xcc\x81", "\xc3\xa9");                         /* e + acute */
    composes("\xc3\xa9", "\xc3\xa9");                          /* already composed */
    composes("q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87");        /* marks reordered */
    composes("\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80");      /* Hangul */
    composes("\xe2\x84\xa6", "\xce\xa9");                      /* Ohm sign: a singleton */
    composes("\xef\xac\x81", "\xef\xac\x81");                  /* fi ligature stays: no NFKC */
    composes("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");          /* beyond the BMP */
}

static void test_bad_text(void **state)
{
    static const char *const bad[] = {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "a\xf5\x80\x80\x80"};
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(1024);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(col_nfc_add(bad[i], strlen(bad[i]), &out, &e), -1);
        assert_int_equal(e.kind, ERR_INPUT);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_composition),
        cmocka_unit_test(test_bad_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
