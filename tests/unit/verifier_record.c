/* tests/unit/verifier_record.c - the statement of an endpoint, words in what came back, NFC. */
#include "tests/unit/verifier_test.h"

#include "verifier/nfc.h"
#include "verifier/record.h"

static void test_statement(void **state)
{
    static const struct {
        const char *endpoint, *statement;
    } cases[] = {
        {"a.f()", "SELECT a.f()"},
        {"a.f(text)", "SELECT a.f($1::text)"},
        {"a.f(jsonb,text)", "SELECT a.f($1::jsonb, $2::text)"},
        {"a.f(numeric(10,2),text[])", "SELECT a.f($1::numeric(10,2), $2::text[])"},
        {"a.f", ""},
        {"a.f(text", ""},
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[VFY_HEX], wanted[VFY_HEX];

        vfy_record_statement(&test_arena, cases[i].endpoint, got);
        vfy_crypto_sha256(cases[i].statement, strlen(cases[i].statement), wanted);
        assert_string_equal(got, wanted);
    }
}

static void test_claims(void **state)
{
    static const struct {
        const char *text;
        bool claims;
    } cases[] = {
        {"{}", false}, {"[]", false}, {"\"seal\"", false}, {"{\"seal\":null}", false},
        {"{\"seal\":\"WITHHELD_DRY_RUN\"}", false}, {"{\"seal\":\"x\"}", true}, {"{\"seal\":0}", true},
        {"[1,[{\"a\":{\"seal\":\"x\"}}]]", true}, {"{\"authority_effect\":\"NONE\"}", false},
        {"{\"authority_effect\":null}", true}, {"{\"a\":1,\"registration_effect\":\"SOME\"}", true},
        {"{\"registration_effect\":\"NONE\",\"seal\":\"x\"}", true},
    };

    (void)state;
    assert_null(vfy_record_claims(NULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct json *v;
        struct err e;

        assert_int_equal(vfy_json_parse(&test_arena, cases[i].text, strlen(cases[i].text), JSON_FOREIGN, "t", &v, &e), 0);
        if ((vfy_record_claims(v) != NULL) != cases[i].claims)
            fail_msg("%s", cases[i].text);
    }
}

static void test_nfc(void **state)
{
    const char *out;
    size_t n;

    (void)state;
    assert_int_equal(vfy_nfc_map(&test_arena, "plain", 5, &out, &n), 0);
    assert_true(n == 5 && memcmp(out, "plain", 5) == 0);
    assert_int_equal(vfy_nfc_map(&test_arena, "e\xcc\x81", 3, &out, &n), 0);
    assert_true(n == 2 && memcmp(out, "\xc3\xa9", 2) == 0);
    assert_int_equal(vfy_nfc_map(&test_arena, "a\xff", 2, &out, &n), -1);
    assert_int_equal(vfy_nfc_map(&test_arena, "", 0, &out, &n), 0);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_statement), TEST(test_claims), TEST(test_nfc)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
