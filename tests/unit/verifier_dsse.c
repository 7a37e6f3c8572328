/* tests/unit/verifier_dsse.c - PAE, and envelopes that are refused before any cryptography. */
#include "tests/unit/verifier_test.h"

#include "verifier/dsse.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define SIG88                                                                                      \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static void test_pae(void **state)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    (void)state;
    vfy_dsse_pae(&b, "http://example.com/HelloWorld", "hello world", 11);
    assert_string_equal(b.p, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    b.len = 0;
    vfy_dsse_pae(&b, "\xc3\xa9", "", 0); /* lengths are bytes */
    assert_string_equal(b.p, "DSSEv1 2 \xc3\xa9 0 ");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        enum vfy_code code;
    } cases[] = {
        {"{", E_JSON_SYNTAX}, {"[]", E_DSSE_FORMAT}, {"{}", E_DSSE_FORMAT},
        {"{\"payload\":\"\",\"payloadType\":\"t\"}", E_SIG_MISSING},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}", E_SIG_MISSING},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[1,2]}", E_DSSE_SIGCOUNT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":{}}", E_DSSE_SIGCOUNT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":\"x\"}", E_DSSE_SIGCOUNT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":7,\"sig\":\"\"}]}", E_KEY_ID},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "0\",\"sig\":\"\"}]}", E_KEY_ID},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\\u0000\",\"sig\":\"\"}]}", E_JSON_UTF8},
        {"{\"payload\":\"\",\"payloadType\":1,\"signatures\":[]}", E_DSSE_FORMAT},
        {"{\"payload\":\"\",\"payloadType\":\"T\",\"signatures\":[1],\"x\":1}", E_KEY_ID},
        {"{\"payload\":\"\",\"payloadType\":\"T\",\"signatures\":[{\"keyid\":\"" ZEROS "\"}],\"x\":1}", E_DSSE_NONCANONICAL},
        {"{\"payload\":\"\",\"payloadType\":\"T\",\"signatures\":[{\"keyid\":\"" ZEROS "\",\"sig2\":\"\"}]}", E_DSSE_NONCANONICAL},
        {"{\"payload\":\"\",\"payloadType\":\"T\",\"signatures\":[{\"keyid\":\"" ZEROS "\"}]}", E_DSSE_PAYLOADTYPE},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"\"}]}", E_KEY_ID},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"00\",\"sig\":\"\"}]}", E_KEY_ID},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\"}]}", E_DSSE_FORMAT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\",\"sig\":\"A\"}]}",
         E_DSSE_FORMAT},
        {"{\"payload\":\"A\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\",\"sig\":\"" SIG88 "\"}]}",
         E_DSSE_FORMAT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\",\"sig\":\"AAAA\"}]}",
         E_DSSE_FORMAT},
        {"{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"" ZEROS "\",\"sig\":\"" SIG88 "\"}]}",
         E_KEY_UNTRUSTED},
        {"{ \"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}", E_DSSE_NONCANONICAL}};
    struct policy nobody = {.max_age = -1};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {VFY_NO_CODE, "", ""};
        struct envelope out;

        assert_int_equal(vfy_dsse_open(&test_arena, cases[i].text, strlen(cases[i].text), "t", ROLE_PACKAGER,
                                       &nobody, "line", &out, &e), -1);
        if (e.code != cases[i].code)
            fail_msg("%s: %s", cases[i].text, vfy_findings_info(e.code)->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_pae), TEST(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
