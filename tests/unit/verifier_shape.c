/* tests/unit/verifier_shape.c - the little language of closed shapes. */
#include "tests/unit/verifier_test.h"

#include "verifier/shape.h"

static bool fits(const char *text, const char *shape, const char *where)
{
    char said[80];
    const struct json *v;
    struct err e;
    bool ok;

    if (vfy_json_parse(&test_arena, text, strlen(text), JSON_FOREIGN, "t", &v, &e) != 0)
        fail_msg("%s: %s", text, e.text);
    ok = vfy_shape_check(v, shape, said, sizeof said);
    if (!ok && where != NULL)
        assert_string_equal(said, where);
    return ok;
}

static void test_atoms(void **state)
{
    (void)state;
    assert_true(fits("\"\"", "s", NULL));
    assert_false(fits("\"\"", "S", NULL));
    assert_true(fits("\"a-b_1\"", "m", NULL));
    assert_false(fits("\"A\"", "m", NULL));
    assert_true(fits("\"A_1\"", "w", NULL));
    assert_false(fits("\"A 1\"", "w", NULL));
    assert_true(fits("7", "n", NULL));
    assert_false(fits("-7", "n", NULL));
    assert_false(fits("\"7\"", "n", NULL));
    assert_true(fits("\"18446744073709551615\"", "d", NULL));
    assert_false(fits("\"0x7\"", "d", NULL));
    assert_true(fits("\"0/1A2B\"", "l", NULL));
    assert_false(fits("\"0/1/2\"", "l", NULL));
    assert_false(fits("\"/1\"", "l", NULL) || fits("\"0/\"", "l", NULL) || fits("\"00/1\"", "l", NULL) || fits("\"0/01\"", "l", NULL));
    assert_false(fits("{\"b64\":\"QQ==\"}", "v", NULL) || fits("{\"b64\":\"/x==\"}", "v", NULL)); /* UTF-8; spare bits */
    assert_true(fits("{\"b64\":\"/w==\"}", "v", NULL) && fits("null", "v", NULL) && fits("\"x\"", "v", NULL));
    assert_false(fits("{\"b64\":\"/w==\",\"x\":1}", "v", NULL));
    for (const char *kind = "sSmwhktdlbv"; *kind != '\0'; kind++) /* a text is no number, and a number no text */
        assert_false(fits("7", (const char[]){*kind, '\0'}, NULL));
    assert_false(fits("7", "'x'", NULL) || fits("true", "n", NULL) || fits("\"true\"", "b", NULL));
    assert_true(fits("false", "b", NULL) && fits("true", "b", NULL) && fits("0", "n", NULL));
    for (size_t n = 30; n < 122; n++) { /* lengths: 64, 32, at most 64 and 120 */
        const char *text = vfy_mem_print(&test_arena, "\"%0*d\"", (int)n, 0);

        assert_true(fits(text, "h", NULL) == (n == 64) && fits(text, "k", NULL) == (n == 32));
        assert_true(fits(text, "m", NULL) == (n <= 64) && fits(text, "w", NULL) == (n <= 120));
        assert_false(fits(text, "d", NULL));
    }
    assert_true(fits("\"0\"", "d", NULL) && fits("\"99999999999999999999\"", "d", NULL) == false);
    assert_false(fits("\"18446744073709551616\"", "d", NULL) || fits("\"111111111111111111111\"", "d", NULL));
    assert_false(fits("\"\"", "d", NULL) || fits("\"00\"", "d", NULL) || fits("\"\"", "m", NULL));
    assert_true(fits("\"12345678/9ABCDEF0\"", "l", NULL));
    assert_false(fits("\"123456789/0\"", "l", NULL) || fits("\"0/123456789\"", "l", NULL) || fits("\"01\"", "l", NULL));
    assert_false(fits("{\"b64\":1}", "v", NULL) || fits("{\"x\":\"/w==\"}", "v", NULL) || fits("{}", "v", NULL));
    assert_false(fits("\"2026-02-30T00:00:00.000000Z\"", "t", NULL));
    assert_true(fits("\"2026-02-28T00:00:00.000000Z\"", "t", NULL) && fits("[[]]", "*", NULL));
    assert_true(fits("null", "?h", NULL));
    assert_false(fits("\"00\"", "?h", NULL));
    assert_true(fits("\"x\"", "'x'", NULL));
    assert_false(fits("\"xy\"", "'x'", NULL));
}

static void test_objects(void **state)
{
    (void)state;
    assert_true(fits("{\"a\":1,\"b\":[{\"c\":true}]}", "{a:n,b:[{c:b}]}", NULL));
    assert_true(fits("{\"a\":1}", "{a:n,b~:s}", NULL));
    assert_false(fits("{\"b\":\"\"}", "{a:n,b~:s}", "a"));
    assert_false(fits("{\"a\":1,\"c\":1}", "{a:n,b~:s}", "an unknown member"));
    assert_false(fits("{\"a\":{\"x\":{\"y\":\"z\"}}}", "{a:{x:{y:n}}}", "y"));
    assert_true(fits("{\"k\":1,\"l\":2}", "%n", NULL));
    assert_false(fits("{\"k\":1,\"l\":\"2\"}", "%n", NULL));
    assert_false(fits("[]", "%n", NULL));
    assert_true(fits("[\"a\",1]", "(s,n)", NULL));
    assert_false(fits("[\"a\"]", "(s,n)", NULL));
    assert_false(fits("[\"a\",1,1]", "(s,n)", NULL));
    assert_true(fits("[{\"k\":\"y\",\"z\":1}]", "[<{k:'x'}|{k:'y',z:n}>]", NULL));
    assert_false(fits("[{\"k\":\"y\"}]", "[<{k:'x'}|{k:'y',z:n}>]", NULL));
    assert_true(fits("{\"rows\":{\"relation\":\"r\",\"where\":{\"a\":null},\"count\":1},\"not_in\":{\"column\":\"c\","
                     "\"relation\":\"r\",\"of\":\"d\"}}", "@C", NULL));
    assert_false(fits("{\"rowz\":1}", "@C", "an unknown member"));
    assert_false(fits("[]", "{a:n}", NULL));
    assert_false(fits("{}", "[n]", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_atoms), TEST(test_objects)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
