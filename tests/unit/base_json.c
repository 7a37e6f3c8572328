/*
 * tests/unit/base_json.c - strict parsing, canonical writing.  The JSONTestSuite vectors
 * are read from ${DRYPROOF_VECTORS:-../shared/vectors} when they are there.
 */
#include "tests/unit/base_test.h"

#include "base/json.h"

/* Parse and write again: the canonical text, or the error's. */
static const char *round_trip(const char *text, size_t len, char *out, size_t size)
{
    struct buf b = buf_init(size - 1);
    struct jv *v = NULL;
    struct err e = {ERR_NONE, ""};

    if (jv_parse(text, len, &v, &e) == 0 && jv_canonical(v, &b, &e) == 0)
        (void)snprintf(out, size, "%s", b.data);
    else
        (void)snprintf(out, size, "error %d: %s", (int)e.kind, e.text);
    jv_free(v);
    buf_release(&b);
    return out;
}

static void canonical_form(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {" null ", "null"},
        {"[true,false]", "[true,false]"},
        {"[0,-1, 9007199254740991,-9007199254740991]", "[0,-1,9007199254740991,-9007199254740991]"},
        {"{\"b\":1,\"a\":{\"d\":[],\"c\":{}}}", "{\"a\":{\"c\":{},\"d\":[]},\"b\":1}"},
        {"{\"a\":1,\"Z\":2,\"_\":3,\"aa\":4,\"\":5}", "{\"\":5,\"Z\":2,\"_\":3,\"a\":1,\"aa\":4}"},
        {"\"\\u0041\\/\\u00e9\"", "\"A/\xc3\xa9\""},
        {"\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\\"\\\\\"",
         "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\\\"\\\\\""},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        /* by bytes, U+FB33 sorts before U+1F600; by UTF-16 units it would not */
        {"{\"\xf0\x9f\x98\x80\":1,\"\xef\xac\xb3\":2}", "{\"\xef\xac\xb3\":2,\"\xf0\x9f\x98\x80\":1}"},
        {"[9007199254740992]", "error 2: integer beyond 2^53: 9007199254740992"},
        {"[-9007199254740992]", "error 2: integer beyond 2^53: -9007199254740992"},
    };
    char out[256];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        round_trip(rows[i].in, strlen(rows[i].in), out, sizeof out);
        ROW(i, out, strcmp(out, rows[i].out) == 0);
        if (out[0] != 'e') { /* canonical text is its own canonical form */
            char again[256];
            ROW(i, out, strcmp(round_trip(out, strlen(out), again, sizeof again), out) == 0);
        }
    }
}

static void refused(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"{\"a\":1,\"a\":1}", "duplicate object key"},
        {"[{\"b\":{\"a\":1,\"a\":2}}]", "duplicate object key"},
        {"{\"a\":1,\"\\u0061\":2}", "duplicate object key"},
        {"[1.0]", "a number that is not an integer; expected integers only"},
        {"[1e2]", "a number that is not an integer; expected integers only"},
        {"[9223372036854775808]", "too big integer"},
        {"[01]", "line 1"},
        {"[+1]", "line 1"},
        {"[NaN]", "line 1"},
        {"[1] [2]", "end of file expected"},
        {"[1]x", "end of file expected"},
        {"", "line 1"},
        {"{'a':1}", "line 1"},
        {"[1,]", "line 1"},
        {"// c\n[]", "line 1"},
        {"[\"\x01\"]", "control character"},
        {"[\"\\u0000\"]", "\\u0000"},
        {"[\"\\ud800\"]", "line 1"},
        {"[\"\xff\"]", "line 1"},
        {"[\"\xed\xa0\x80\"]", "line 1"},
        {"\xef\xbb\xbf[]", "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jv *v = NULL;
        struct err e = {ERR_NONE, ""};

        ROW(i, rows[i].text, jv_parse(rows[i].text, strlen(rows[i].text), &v, &e) == -1);
        ROW(i, e.text, e.kind == ERR_INPUT && strstr(e.text, rows[i].error) != NULL && v == NULL);
    }
}

static void others_may_write_fractions(void **state)
{
    static const char text[] = "[20.0,2.5,1e300,-1e300,-3e2,9007199254740994.0]";
    struct buf out = buf_init(256);
    struct jv *v = NULL;
    struct err e;

    (void)state;
    assert_int_equal(jv_parse_foreign(text, sizeof text - 1, &v, &e), 0);
    assert_int_equal(jv_canonical(v, &out, &e), 0);
    assert_string_equal(out.data, "[20,null,null,null,-300,null]");
    jv_free(v);
    buf_release(&out);
}

static void an_answer_is_text_or_nothing(void **state)
{
    static const char nul[] = "{\"a\":\"x\\u0000y\"}", big[] = "[9007199254740992]", most[] = "[-9007199254740991]";
    struct jv *v = NULL;
    struct err e;

    (void)state;
    assert_int_equal(jv_parse_answer(nul, sizeof nul - 1, &v, &e), 0);
    assert_int_equal(jv_get(v, "a")->len, 3);
    jv_free(v);
    assert_error(jv_parse(nul, sizeof nul - 1, &v, &e), e, ERR_INPUT,
                 "line 1, column 15: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"x\\u0000y\"'");
    assert_error(jv_parse_answer(big, sizeof big - 1, &v, &e), e, ERR_INPUT, "an integer beyond 2^53");
    assert_int_equal(jv_parse_answer(most, sizeof most - 1, &v, &e), 0);
    jv_free(v);
}

static void a_nul_ends_nothing(void **state)
{
    struct jv *v = NULL;
    struct err e;

    (void)state;
    assert_error(jv_parse("123\0", 4, &v, &e), e, ERR_INPUT, "a NUL byte, which JSON does not have");
    assert_error(jv_parse("[]\0[]", 5, &v, &e), e, ERR_INPUT, "a NUL byte, which JSON does not have");
}

static void members_are_limited(void **state)
{
    struct buf text = buf_init(1 << 20);
    struct jv *v = NULL;
    struct err e;

    (void)state;
    for (int n = JV_MEMBERS_MAX; n <= JV_MEMBERS_MAX + 1; n++) {
        buf_clear(&text);
        for (int i = 0; i < n; i++)
            assert_int_equal(buf_addf(&text, &e, "%c\"%d\":[]", i == 0 ? '{' : ',', i), 0);
        assert_int_equal(buf_adds(&text, "}", &e), 0);
        if (n == JV_MEMBERS_MAX) {
            assert_int_equal(jv_parse(text.data, text.len, &v, &e), 0);
            assert_int_equal(v->count, n);
            jv_free(v);
        }
    }
    assert_error(jv_parse(text.data, text.len, &v, &e), e, ERR_LIMIT, "an object of more members than MAX_JSON_MEMBERS");
    assert_error(jv_parse_foreign(text.data, text.len, &v, &e), e, ERR_LIMIT, "an object of more members than MAX_JSON_MEMBERS");
    buf_release(&text);
}

static void depth_is_limited(void **state)
{
    char text[2 * JV_DEPTH_MAX + 3];
    struct jv *v = NULL;
    struct err e;

    (void)state;
    memset(text, '[', JV_DEPTH_MAX + 1);
    memset(text + JV_DEPTH_MAX + 1, ']', JV_DEPTH_MAX + 1);
    assert_error(jv_parse(text, 2 * JV_DEPTH_MAX + 2, &v, &e), e, ERR_INPUT,
                 "JSON nested deeper than 64 levels");
    assert_int_equal(jv_parse(text + 1, 2 * JV_DEPTH_MAX, &v, &e), 0);
    jv_free(v);
    /* brackets inside a string are no depth, and an escaped quote does not end it */
    memset(text, '[', sizeof text);
    memcpy(text, "\"\\\"", 3);
    text[sizeof text - 1] = '"';
    assert_int_equal(jv_parse(text, sizeof text, &v, &e), 0);
    jv_free(v);
}

static void utf8_table(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool is_valid;
    } rows[] = {
        {"", 0, true},                  {"a", 1, true},                {"\0", 1, false},
        {"\x7f", 1, true},              {"\x80", 1, false},            {"\xc1\xbf", 2, false},
        {"\xc2\x80", 2, true},          {"\xc2", 1, false},            {"\xc2\x41", 2, false},
        {"\xdf\xbf", 2, true},          {"\xe0\x9f\xbf", 3, false},    {"\xe0\xa0\x80", 3, true},
        {"\xe0\xa0", 2, false},         {"\xed\x9f\xbf", 3, true},     {"\xed\xa0\x80", 3, false},
        {"\xed\xbf\xbf", 3, false},     {"\xee\x80\x80", 3, true},     {"\xef\xbf\xbf", 3, true},
        {"\xef\xbf\xc0", 3, false},     {"\xf0\x8f\xbf\xbf", 4, false}, {"\xf0\x90\x80\x80", 4, true},
        {"\xf4\x8f\xbf\xbf", 4, true},  {"\xf4\x90\x80\x80", 4, false}, {"\xf5\x80\x80\x80", 4, false},
        {"\xf0\x90\x80", 3, false},     {"\xf8\x88\x80\x80\x80", 5, false}, {"\xff", 1, false},
        {"a\xc2\x80z", 4, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        ROW(i, "utf-8", jv_is_utf8(rows[i].bytes, rows[i].len) == rows[i].is_valid);
}

static void database_values(void **state)
{
    struct buf b = buf_init(100);
    struct jv *text = jv_value("a\xc3\xa9", 3), *bytes = jv_value("\xff\x00", 2);
    struct jv *null = jv_value(NULL, 0), *odd = NULL;
    struct err e;

    (void)state;
    assert_true(jv_text_is(text, "a\xc3\xa9"));
    assert_true(jv_text_is(jv_get(bytes, "b64"), "/wA="));
    assert_true(jv_is(null, JV_NULL));
    assert_int_equal(jv_value_bytes(bytes, &b, &e), 0);
    assert_int_equal(b.len, 2);
    assert_memory_equal(b.data, "\xff\x00", 2);
    buf_clear(&b);
    assert_int_equal(jv_value_bytes(text, &b, &e), 0);
    assert_string_equal(b.data, "a\xc3\xa9");
    assert_error(jv_value_bytes(null, &b, &e), e, ERR_INPUT,
                 "expected a database value: a string or {\"b64\":...}");
    assert_int_equal(jv_parse("{\"b64\":\"/wA=\",\"x\":1}", 20, &odd, &e), 0);
    assert_int_equal(jv_value_bytes(odd, &b, &e), -1);
    jv_free(odd);
    assert_int_equal(jv_parse("{\"b64\":\"/wB=\"}", 14, &odd, &e), 0);
    assert_error(jv_value_bytes(odd, &b, &e), e, ERR_INPUT, "spare base64 bits are not zero");
    jv_free(odd);
    jv_free(text);
    jv_free(bytes);
    jv_free(null);
    buf_release(&b);
}

static void building_and_reading(void **state)
{
    struct jv *v = jv_object(), *copy;
    struct buf b = buf_init(200);
    struct err e;

    (void)state;
    jv_set(v, "list", jv_add(jv_add(jv_array(), jv_string("x")), jv_int(7)));
    jv_set(v, "a", jv_bool(true));
    jv_set(v, "a", jv_string("replaced"));
    jv_set(v, "none", jv_string(NULL));
    copy = jv_copy(v);
    assert_true(jv_equal(v, copy));
    jv_set(copy, "a", jv_string("other"));
    assert_false(jv_equal(v, copy));
    assert_int_equal(jv_document(v, &b, &e), 0);
    assert_string_equal(b.data, "{\"a\":\"replaced\",\"list\":[\"x\",7],\"none\":null}\n");
    assert_true(jv_has_text(jv_get(v, "list"), "x"));
    assert_false(jv_has_text(jv_get(v, "list"), "7"));
    assert_false(jv_has_text(v, "a"));
    assert_null(jv_get(jv_get(v, "list"), "a"));
    assert_null(jv_get(NULL, "a"));
    assert_null(jv_get_text(v, "list"));
    assert_string_equal(jv_get_text(v, "a"), "replaced");
    assert_false(jv_equal(NULL, NULL));
    jv_free(copy);
    assert_null(jv_copy(NULL));
    jv_free(v);
    buf_release(&b);
}

static void a_broken_value_is_never_written(void **state)
{
    struct jv *v = jv_set(jv_object(), "a", jv_add(jv_array(), NULL));
    struct buf b = buf_init(200);
    struct err e;

    (void)state;
    assert_error(jv_document(v, &b, &e), e, ERR_SYSTEM, "out of memory");
    jv_free(v);
    assert_error(jv_document(NULL, &b, &e), e, ERR_SYSTEM, "out of memory");
    assert_null(jv_set(NULL, "a", jv_int(1)));
    assert_null(jv_add(NULL, jv_int(1)));
    buf_release(&b);
}

static void json_test_suite(void **state)
{
    const char *vectors = getenv("DRYPROOF_VECTORS");
    char folder[FILE_PATH_MAX];
    struct file_list list;
    struct err e;
    size_t must = 0, must_not = 0;

    (void)state;
    (void)snprintf(folder, sizeof folder, "%s/json/JSONTestSuite/test_parsing",
                   vectors == NULL ? "../shared/vectors" : vectors);
    if (!file_is_folder(folder)) {
        print_message("no JSONTestSuite in %s: 283 vectors skipped\n", folder);
        skip();
    }
    assert_int_equal(file_list_tree(folder, &list, &e), 0);
    for (size_t i = 0; i < list.count; i++) {
        char path[FILE_PATH_MAX];
        struct buf text = buf_init(0);
        struct jv *v = NULL;
        int rc;

        assert_int_equal(file_join(path, folder, list.paths[i], &e), 0);
        assert_int_equal(file_read(path, 1 << 24, &text, &e), 0);
        e.text[0] = '\0';
        rc = jv_parse(text.data, text.len, &v, &e);
        if (list.paths[i][0] == 'n') {
            ROW(i, list.paths[i], rc == -1);
            must_not++;
        } else if (list.paths[i][0] == 'y') {
            /* three things of RFC 8259 that we refuse by name */
            ROW(i, list.paths[i], rc == 0 || strstr(e.text, "not an integer") != NULL ||
                                      strstr(e.text, "duplicate object key") != NULL ||
                                      strstr(e.text, "\\u0000") != NULL);
            must++;
        }
        jv_free(v);
        buf_release(&text);
    }
    file_list_release(&list);
    assert_int_equal(must, 95);
    assert_int_equal(must_not, 188);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_form),
        cmocka_unit_test(refused),
        cmocka_unit_test(others_may_write_fractions),
        cmocka_unit_test(an_answer_is_text_or_nothing), cmocka_unit_test(a_nul_ends_nothing),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(members_are_limited),
        cmocka_unit_test(utf8_table),
        cmocka_unit_test(database_values),
        cmocka_unit_test(building_and_reading),
        cmocka_unit_test(a_broken_value_is_never_written),
        cmocka_unit_test(json_test_suite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
