/* tests/unit/verifier_text.c - escaping, UTF-8, base64, times. */
#include "tests/unit/verifier_test.h"

#include "verifier/text.h"

#include <time.h>

static const char *escape(const char *p, size_t n, size_t most)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    vfy_mem_add(&b, "", 0);
    vfy_text_escape(&b, p, n, most);
    return b.p;
}

static void test_escape(void **state)
{
    (void)state;
    assert_string_equal(escape("plain ~", 7, 99), "plain ~");
    assert_string_equal(escape("\x1b[2J\n\r\t\x7f", 8, 99), "\\u{1b}[2J\\u{a}\\u{d}\\u{9}\\u{7f}");
    assert_string_equal(escape("\x9b\xff", 2, 99), "\\x9b\\xff");
    assert_string_equal(escape("\xe2\x80\xae\xf3\xa0\x80\x81", 7, 99), "\\u{202e}\\u{e0001}");
    assert_string_equal(escape("a\\x41", 5, 99), "a\\\\x41");
    assert_string_equal(escape("\xc2\x9b", 2, 99), "\\u{9b}");
    assert_string_equal(escape("a\0b", 3, 99), "a\\u{0}b");
    assert_string_equal(escape("abcdefgh", 8, 4), "abcd... (4 bytes more)");
}

/* every byte and every pair: only 0x20-0x7e comes out */
static void test_escape_all(void **state)
{
    (void)state;
    for (int i = 0; i < 65536; i++) {
        char in[2] = {(char)(i >> 8), (char)(i & 255)};
        const char *out = escape(in, 2, 99);

        for (; *out != '\0'; out++)
            assert_in_range(*out, 0x20, 0x7e);
        vfy_mem_release(&test_arena);
    }
}

static void test_utf8(void **state)
{
    static const char *const bad[] = {"\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\xaf",
                                      "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\x80", "\xe2\x82", "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(vfy_text_utf8(bad[i], strlen(bad[i])));
    assert_int_equal(vfy_text_rune("a", 0), 0);
    assert_true(vfy_text_utf8("\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 19));
}

static void test_base64(void **state)
{
    static const char *const bad[] = {"Zg=", "Zg", "Zh==", "Zm9=", "Z===", "====", "Zm9v ", "Zm-v", "Zm9v\n",
                                      "=Zg=", "Zg==Zg=="};
    char *out;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(vfy_text_base64(&test_arena, bad[i], strlen(bad[i]), &out, &n), -1);
    assert_int_equal(vfy_text_base64(&test_arena, "Zm9vYmE=", 8, &out, &n), 0);
    assert_int_equal(n, 5);
    assert_memory_equal(out, "fooba", 5);
    assert_int_equal(vfy_text_base64(&test_arena, "", 0, &out, &n), 0);
    assert_int_equal(n, 0);
}

/* how many bytes a rune has; none, where there is none */
static void test_runes(void **state)
{
    static const struct {
        const char *p;
        size_t n, runes;
    } cases[] = {{"", 0, 0}, {"a", 1, 1}, {"\x7f", 1, 1}, {"\x80", 1, 0}, {"\xc1\xbf", 2, 0}, {"\xc2\x80", 2, 2}, {"\xc2\x80", 1, 0},
                 {"\xdf\xbf", 2, 2}, {"\xe0\x9f\xbf", 3, 0}, {"\xe0\xa0\x80", 3, 3}, {"\xe0\xa0\x80", 2, 0}, {"\xed\x9f\xbf", 3, 3},
                 {"\xed\xa0\x80", 3, 0}, {"\xee\x80\x80", 3, 3}, {"\xf0\x8f\xbf\xbf", 4, 0}, {"\xf0\x90\x80\x80", 4, 4},
                 {"\xf0\x90\x80\x80", 3, 0}, {"\xf4\x8f\xbf\xbf", 4, 4}, {"\xf4\x90\x80\x80", 4, 0}, {"\xf5\x80\x80\x80", 4, 0},
                 {"\xe1\x80x", 3, 0}, {"\xe1x\x80", 3, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (vfy_text_rune(cases[i].p, cases[i].n) != cases[i].runes)
            fail_msg("case %zu", i);
}

static void test_forms(void **state)
{
    static const char *const bad[] = {"2026-06-22T10:60:12.000000Z", "2026-06-22T10:11:1/.000000Z", "2026-06-22T10:11:1:.000000Z", "2026-06-22T10:11:12Z", "2026-06-22T10:11:60.000000Z", "2026-13-22T10:11:12.000000Z",
                                      "2026-06-22t10:11:12.000000z", "2026-06-22T10:11:12.000000+00:00",
                                      "12026-06-22T10:11:12.000000Z", "2026-06-22T24:11:12.000000Z", "2026-02-29T10:11:12.000000Z",
                                      "2100-02-29T10:11:12.000000Z", "2026-04-31T10:11:12.000000Z",
                                      "2026-01-32T10:11:12.000000Z", "2026-00-01T10:11:12.000000Z",
                                      "2026-01-00T10:11:12.000000Z", ""};

    (void)state;
    assert_true(vfy_text_time("2026-06-22T10:11:12.123456Z"));
    assert_true(vfy_text_time("2024-02-29T10:11:12.000000Z") && vfy_text_time("2000-02-29T10:11:12.000000Z"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(vfy_text_time(bad[i]));
    assert_true(vfy_text_time("2026-12-31T23:59:59.999999Z") && vfy_text_time("2026-01-01T00:00:00.000000Z"));
    assert_true(vfy_text_hex("0123456789abcdef", 16) && vfy_text_hex("", 0));
    assert_false(vfy_text_hex("0123456789abcdef", 15));
    assert_false(vfy_text_hex("0123456789ABCDEF", 16));
    assert_false(vfy_text_hex("0123456789abcde", 16));
    assert_false(vfy_text_hex("0123456789abcdef0", 16));
}

/* against timegm of the C library: every day of four centuries, and the edges of the years that the form can tell */
static void test_micros(void **state)
{
    char text[32];

    (void)state;
    assert_int_equal(vfy_text_micros("1970-01-01T00:00:00.000000Z"), 0);
    assert_int_equal(vfy_text_micros("1970-01-01T00:00:01.000002Z"), 1000002);
    assert_int_equal(vfy_text_micros("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(vfy_text_micros("9999-12-31T23:59:59.999999Z"), 253402300799999999);
    for (time_t t = -6000000000; t < 6700000000; t += 86399) {
        if (strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000007Z", gmtime(&t)) != 27 || !vfy_text_time(text))
            fail_msg("%s", text);
        assert_int_equal(vfy_text_micros(text), (int64_t)t * 1000000 + 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_escape), TEST(test_escape_all), TEST(test_utf8), TEST(test_base64), TEST(test_runes),
                                       TEST(test_forms), TEST(test_micros)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
