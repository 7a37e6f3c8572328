/* tests/unit/verifier_json.c - the strict parser and canonical documents. */
#include "tests/unit/verifier_test.h"

#include <dirent.h>

#include "verifier/json.h"
#include "verifier/limits.h"

static enum vfy_code parse(const char *p, size_t n, enum json_mode mode)
{
    const struct json *v;
    struct err e = {VFY_NO_CODE, "", ""};

    return vfy_json_parse(&test_arena, p, n, mode, "t", &v, &e) == 0 ? VFY_NO_CODE : e.code;
}

static void test_suite(void **state)
{
    const char *folder = test_vectors("json/JSONTestSuite/test_parsing");
    DIR *d = opendir(folder);
    int seen[3] = {0, 0, 0};

    (void)state;
    for (struct dirent *f = readdir(d); f != NULL; f = readdir(d)) {
        enum vfy_code code;
        size_t n;
        char *text;

        if (f->d_name[0] == '.')
            continue;
        text = test_read(vfy_mem_print(&test_arena, "%s/%s", folder, f->d_name), &n);
        code = parse(text, n, JSON_FOREIGN);
        if (f->d_name[0] == 'y') {
            seen[0]++;
            /* two valid texts fall outside our profile, each with its own name */
            if (strncmp(f->d_name, "y_object_duplicated_key", 23) == 0)
                assert_code(code, E_JSON_DUPKEY);
            else if (code != VFY_NO_CODE && code != E_JSON_NUMBER)
                fail_msg("%s: %s", f->d_name, vfy_findings_info(code)->name);
        } else if (f->d_name[0] == 'n') {
            seen[1]++;
            if (code == VFY_NO_CODE)
                fail_msg("%s was accepted", f->d_name);
        } else {
            seen[2]++;
            if (code == VFY_NO_CODE) /* frozen: every undefined text is refused */
                fail_msg("%s was accepted", f->d_name);
        }
    }
    closedir(d);
    assert_int_equal(seen[0], 95);
    assert_int_equal(seen[1], 188);
    assert_int_equal(seen[2], 35);
}

static void test_ours(void **state)
{
    static const struct {
        const char *text;
        enum vfy_code code;
    } cases[] = {
        {"{}", VFY_NO_CODE}, {"{\"a\":1,\"b\":[null,true,false,\"\\u0001\"]}", VFY_NO_CODE},
        {"{\"a\":-9007199254740991}", VFY_NO_CODE}, {"{\"a\":9007199254740992}", E_JSON_NUMBER},
        {"{\"a\":-0}", E_JSON_NUMBER}, {"{\"a\":1.0}", E_JSON_NUMBER}, {"{\"a\":1e2}", E_JSON_NUMBER},
        {"{\"a\":01}", E_JSON_SYNTAX}, {"{\"a\":+1}", E_JSON_SYNTAX}, {"{\"a\":NaN}", E_JSON_SYNTAX},
        {"{\"b\":1,\"a\":2}", E_JSON_NONCANONICAL}, {"{ }", E_JSON_NONCANONICAL},
        {"{\"a\":\"\\/\"}", E_JSON_NONCANONICAL}, {"{\"a\":\"\\u0061\"}", E_JSON_NONCANONICAL},
        {"{\"a\":\"\\u001F\"}", E_JSON_NONCANONICAL}, {"{\"a\":1,\"a\":1}", E_JSON_DUPKEY},
        {"{\"b\":1,\"a\":1,\"b\":2}", E_JSON_DUPKEY}, {"[{\"z\":{\"a\":1,\"a\":2}}]", E_JSON_DUPKEY},
        {"{\"\xc3\xa9\":1}", E_JSON_SCHEMA}, {"{\"a\":\"\\u0000\"}", E_JSON_UTF8},
        {"{\"a\":\"\\ud800\"}", E_JSON_UTF8}, {"{\"a\":\"\xff\"}", E_JSON_UTF8}, {"{}{}", E_JSON_SYNTAX},
        {"{\"a\":\"e\xcc\x81\"}", VFY_NO_CODE}, /* no NFC is asked of our own documents */
        {"{\"a\":1,}", E_JSON_SYNTAX}, {"\"abc", E_JSON_SYNTAX}, {"\"abc\\", E_JSON_SYNTAX}, {"\"abc\\\"", E_JSON_SYNTAX},
        {"{\r}", E_JSON_NONCANONICAL}, {"\t1", E_JSON_NONCANONICAL}, {"1 ", E_JSON_NONCANONICAL}, {"1e+2", E_JSON_NUMBER},
        {"1e-2", E_JSON_NUMBER}, {"1e", E_JSON_SYNTAX}, {"1e+", E_JSON_SYNTAX}, {"1.", E_JSON_SYNTAX}, {"-", E_JSON_SYNTAX},
        {"9007199254740991", VFY_NO_CODE}, {"9999999999999999", E_JSON_NUMBER}, {"99999999999999999", E_JSON_NUMBER},
        {"\"\\ud800\\n1234\"", E_JSON_UTF8}, {"\"\\ud800\\u0041\"", E_JSON_UTF8}, {"\"\\ud800\\ue000\"", E_JSON_UTF8},
        {"\"\\udc00\"", E_JSON_UTF8}, {"\"\\ud83d\\ude00\"", E_JSON_NONCANONICAL}, {"\"\\ud83d\\u12xy\"", E_JSON_SYNTAX},
        {"\"\\ud800\\udc00\"", E_JSON_NONCANONICAL}, {"\"\\udbff\\udfff\"", E_JSON_NONCANONICAL}, {"\"\\ud800\\udbff\"", E_JSON_UTF8},
        {"{\"ab\":1,\"a\":1,\"abc\":1,\"ab\":2}", E_JSON_DUPKEY},
        {"\"\\u00g0\"", E_JSON_SYNTAX}, {"\"\\x\"", E_JSON_SYNTAX}, {"\"\n\"", E_JSON_SYNTAX}, {"\"\x1f\"", E_JSON_SYNTAX}, {"\" \x7f\"", VFY_NO_CODE}, {"[1 2]", E_JSON_SYNTAX}, {"{1:2}", E_JSON_SYNTAX},
        {"{\"a\" 1}", E_JSON_SYNTAX}, {"{\"a\"", E_JSON_SYNTAX}, {"[", E_JSON_SYNTAX}, {"tru", E_JSON_SYNTAX}, {"", E_JSON_SYNTAX}, {"\xef\xbb\xbf{}", E_JSON_SYNTAX}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct json *v;
        struct err e = {VFY_NO_CODE, "", ""};
        int rc = vfy_json_document(&test_arena, cases[i].text, strlen(cases[i].text), "t", &v, &e);

        if ((rc == 0) != (cases[i].code == VFY_NO_CODE) || e.code != cases[i].code)
            fail_msg("%s: %s", cases[i].text, vfy_findings_info(e.code)->name);
    }
}

static void test_limits(void **state)
{
    struct buf deep = {&test_arena, NULL, 0, 0};

    (void)state;
    for (int i = 0; i < 1000000; i++)
        vfy_mem_add(&deep, "[", 1);
    assert_code(parse(deep.p, deep.len, JSON_OURS), E_LIMIT_DEPTH);
    deep.len = 0;
    vfy_mem_put(&deep, "{");
    for (int i = 0; i < 2001; i++)
        vfy_mem_put(&deep, "%s\"%d\":0", i > 0 ? "," : "", i);
    vfy_mem_put(&deep, "}");
    assert_code(parse(deep.p, deep.len, JSON_OURS), E_LIMIT_COUNT);
    deep.len = 0;
    vfy_mem_add(&deep, "\"", 1);
    for (int i = 0; i < VFY_MAX_JSON_STRING_BYTES / 64; i++)
        vfy_mem_add(&deep, "0123456789012345678901234567890123456789012345678901234567890123", 64);
    vfy_mem_add(&deep, "\"", 1);
    assert_code(parse(deep.p, deep.len, JSON_OURS), VFY_NO_CODE);
    deep.len--;
    vfy_mem_add(&deep, "4\"", 2);
    assert_code(parse(deep.p, deep.len, JSON_OURS), E_LIMIT_SIZE);
}

/* each of them in a list of its own, and that one a value, too: the least memory */
static void test_most_values(void **state)
{
    size_t lists = VFY_MAX_JSON_VALUES / 100, n = lists * 200 + 1;
    char *text = vfy_mem_alloc(&test_arena, n + 2);

    (void)state;
    for (size_t i = 0; i < lists; i++)
        for (size_t k = 0; k < 100; k++)
            memcpy(text + 200 * i + 2 * k, k == 0 ? "[1" : k < 99 ? ",1" : "],", 2);
    memmove(text + 1, text, n - 1);
    text[0] = '[';
    text[n - 1] = ']';
    assert_code(parse(text, n, JSON_OURS), VFY_NO_CODE);
    memcpy(text + n - 1, ",1]", 3);
    assert_code(parse(text, n + 2, JSON_OURS), E_LIMIT_COUNT);
}

static void test_access(void **state)
{
    static const char text[] = "{\"a\":[1,{\"x\":\"y\"}],\"b\":{\"d\":2,\"c\":1},\"n\":\"a\\u0000b\"}";
    static const char other[] = "{\"n\":\"a\\u0000b\",\"b\":{\"c\":1,\"d\":2},\"a\":[1,{\"x\":\"y\"}]}";
    const struct json *v, *w;
    struct err e;

    (void)state;
    assert_int_equal(vfy_json_parse(&test_arena, text, sizeof text - 1, JSON_FOREIGN, "t", &v, &e), 0);
    assert_int_equal(vfy_json_parse(&test_arena, other, sizeof other - 1, JSON_FOREIGN, "t", &w, &e), 0);
    assert_true(vfy_json_same(v, w));
    assert_false(vfy_json_same(v, vfy_json_get(w, "b")));
    assert_int_equal(vfy_json_int(vfy_json_get(vfy_json_get(v, "b"), "d")), 2);
    assert_string_equal(vfy_json_str(vfy_json_at(vfy_json_get(v, "a"), 1), "x"), "y");
    assert_false(vfy_json_is(vfy_json_get(v, "n"), "a")); /* a NUL does not end a string */
    assert_int_equal(vfy_json_parse(&test_arena, "\"\\u20AC\\u00e9\\ud83d\\ude00\\u007f\"", 32, JSON_FOREIGN, "t", &w, &e), 0);
    assert_string_equal(vfy_json_text(w), "\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80\x7f");
    assert_int_equal(vfy_json_parse(&test_arena, "\"\\ue000\"", 8, JSON_FOREIGN, "t", &w, &e), 0);
    assert_string_equal(vfy_json_text(w), "\xee\x80\x80");
    assert_int_equal(vfy_json_parse(&test_arena, "\"\\ud800\\udc00\\udbff\\udfff\"", 26, JSON_FOREIGN, "t", &w, &e), 0);
    assert_string_equal(vfy_json_text(w), "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
    assert_int_equal(vfy_json_parse(&test_arena, "[0,null,[],{},false,\"\"]", 23, JSON_OURS, "t", &w, &e), 0);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(vfy_json_same(vfy_json_at(w, i), vfy_json_at(w, k)), i == k);
    assert_null(vfy_json_get(NULL, "a"));
    assert_null(vfy_json_at(v, 0));
    assert_string_equal(vfy_json_text(NULL), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_suite), TEST(test_ours), TEST(test_limits), TEST(test_most_values), TEST(test_access)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
