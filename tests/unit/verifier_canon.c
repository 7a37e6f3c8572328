/* tests/unit/verifier_canon.c - cser-v1: C1's manifest, the record profile, JCS, NFC. */
#include "tests/unit/verifier_test.h"

#include "verifier/crypto.h"
#include "verifier/json.h"
#include "verifier/nfc.h"

/* action_code, risk_level, handler_ref; in any order: the manifest sorts by operation_code */
static const char *const authority[14][3] = {
    {"update_item", "low", "dot-apr-execute:update"},
    {"activate_event_type", "high", "unimplemented"}, {"add_field", "medium", "dot-apr-execute:add_field"},
    {"amend_law", "high", "unimplemented"}, {"assign_axis_owner", "high", "unimplemented"},
    {"assign_governance_owner", "high", "unimplemented"}, {"authorize_build_step", "high", "unimplemented"},
    {"create_item", "low", "dot-apr-execute:create"}, {"delegate_authority", "high", "unimplemented"},
    {"enact_nrm", "high", "unimplemented"}, {"grant_governance_exception", "high", "unimplemented"},
    {"patch_ops_code", "high", "dot-apr-execute:patch_ops"}, {"register_axis", "high", "unimplemented"},
    {"register_topic_node", "high", "unimplemented"}};

static struct buf canonical(const char *text, size_t n, bool nfc)
{
    struct buf b = {&test_arena, NULL, 0, 0};
    const struct json *v;
    struct err e;

    if (vfy_json_parse(&test_arena, text, n, JSON_FOREIGN, "t", &v, &e) != 0)
        fail_msg("%s", e.text);
    vfy_json_write(&b, v, nfc);
    return b;
}

static void test_c1(void **state)
{
    struct buf text = {&test_arena, NULL, 0, 0}, b;
    char hex[VFY_HEX];

    (void)state;
    vfy_mem_put(&text, "{\"serialization\":\"cser-v1\",\"protocol_version\":1,\"carrier\":\"C1\","
                "\"authority_source\":\"apr_action_types_fixture\",\"authority_fixture_hash\":"
                "\"3b3c2ff96c24c78df9f1923f21c5b998360ba964c7dac38deb9b1e9a73f315f4\",\"operations\":[");
    for (int i = 1; i <= 14; i++) { /* update_item is last by its code */
        const char *const *row = authority[i % 14];

        vfy_mem_put(&text, "%s{\"source_action_code\":\"%s\",\"risk_level\":\"%s\",\"operation_code\":\"c1.op.%s\","
                    "\"handler_ref\":\"%s\"}", i > 1 ? "," : "", row[0], row[1], row[0], row[2]);
    }
    vfy_mem_put(&text, "]}");
    b = canonical(text.p, text.len, true);
    vfy_crypto_sha256(b.p, b.len, hex);
    assert_int_equal(b.len, 2122);
    assert_string_equal(hex, "c9286d3acf8223d77207de69c79b2333c949c996c33843c5c42866a628d7ec00");
}

static void test_record(void **state)
{
    static const char text[] =
        "{\"semantics_frozen\":{\"description\":\"Issue an L3 governance_build_authorization grant for one build "
        "step\"},\"protocol_version\":\"1.0.0\",\"operation_code\":\"authorize_build_step\","
        "\"governing_authority_ref\":\"PG:sb1-gov-vocab\",\"cser\":\"v1\",\"act_type\":\"governance_operation\"}";
    struct buf b = canonical(text, sizeof text - 1, true);
    char hex[VFY_HEX];

    (void)state;
    vfy_crypto_sha256(b.p, b.len, hex);
    assert_string_equal(hex, "2ab1f90bc57322438186f967613290824c704664d516ca3feec96f01eb99e650");
}

/* of the six triples, structures.json and values.json hold numbers outside the profile, and
 * weird.json an astral key, which UTF-16 order puts elsewhere than byte order */
static void test_jcs(void **state)
{
    static const struct {
        const char *name;
        int kind; /* 0 equal, 1 refused, 2 another order */
    } cases[] = {{"arrays", 0}, {"french", 0}, {"unicode", 0}, {"structures", 1}, {"values", 1}, {"weird", 2}};
    const char *folder = test_vectors("jcs/testdata");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n, m;
        char *in = test_read(vfy_mem_print(&test_arena, "%s/input/%s.json", folder, cases[i].name), &n);
        char *out = test_read(vfy_mem_print(&test_arena, "%s/output/%s.json", folder, cases[i].name), &m);
        const struct json *v;
        struct err e;
        struct buf b = {&test_arena, NULL, 0, 0};

        if (vfy_json_parse(&test_arena, in, n, JSON_FOREIGN, "t", &v, &e) != 0) {
            assert_int_equal(cases[i].kind, 1);
            assert_code(e.code, E_JSON_NUMBER);
            continue;
        }
        assert_int_not_equal(cases[i].kind, 1);
        vfy_json_write(&b, v, false);
        assert_int_equal(b.len, m);
        assert_int_equal(memcmp(b.p, out, m) == 0, cases[i].kind == 0);
    }
}

static void test_nfc(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {{"plain", "plain"}, {"A\xcc\x8a", "\xc3\x85"}, {"\xe2\x84\xab", "\xc3\x85"},
                 {"e\xcc\x81", "\xc3\xa9"}, {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"},
                 {"\xf0\x9f\x98\x82", "\xf0\x9f\x98\x82"}, {"", ""}};
    const char *out;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(vfy_nfc_map(&test_arena, cases[i].from, strlen(cases[i].from), &out, &n), 0);
        assert_int_equal(n, strlen(cases[i].to));
        assert_memory_equal(out, cases[i].to, n);
    }
    /* keys are normalised before they are sorted: A + ring sorts as U+00C5, after z */
    static const char keys[] = "{\"A\xcc\x8a\":\"A\xcc\x8a\",\"z\":1}";
    struct buf b = canonical(keys, sizeof keys - 1, true);

    assert_string_equal(b.p, "{\"z\":1,\"\xc3\x85\":\"\xc3\x85\"}");
    /* what becomes the same key stays in the order it has */
    static const char same[] = "{\"\xc3\x85\":1,\"A\xcc\x8a\":2}";

    b = canonical(same, sizeof same - 1, true);
    assert_string_equal(b.p, "{\"\xc3\x85\":1,\"\xc3\x85\":2}");
    /* a key that goes on with NUL is behind the one that it goes on from */
    static const char nul[] = "{\"aaaaaaaaaaaaaaa\\u0000\\u0001\":1,\"aaaaaaaaaaaaaaa\":2,\"aaaaaaaaaaaaaaa\\u0000\":3}";

    b = canonical(nul, sizeof nul - 1, false);
    assert_string_equal(b.p, "{\"aaaaaaaaaaaaaaa\":2,\"aaaaaaaaaaaaaaa\\u0000\":3,\"aaaaaaaaaaaaaaa\\u0000\\u0001\":1}");
}

/* NormalizationTest.txt of Debian's unicode-data: c2 == NFC(c1) == NFC(c2) == NFC(c3) */
static void test_unicode(void **state)
{
    FILE *f = popen("bzip2 -dc /usr/share/unicode/NormalizationTest.txt.bz2 2>/dev/null", "r");
    char line[2000];
    size_t rows = 0;

    (void)state;
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        struct buf column[3] = {{&test_arena, NULL, 0, 0}, {&test_arena, NULL, 0, 0}, {&test_arena, NULL, 0, 0}};
        char *p = line;

        if (line[0] == '#' || line[0] == '@')
            continue;
        for (int c = 0; c < 3; c++, p++)
            while (*p != ';') {
                unsigned long r = strtoul(p, &p, 16);
                unsigned char u[4] = {(unsigned char)r, 0, 0, 0};
                size_t n = r < 0x80 ? 1 : r < 0x800 ? 2 : r < 0x10000 ? 3 : 4;

                for (size_t i = 0; n > 1 && i < n; i++)
                    u[i] = (unsigned char)((i == 0 ? (0xf00u >> n) & 0xff : 0x80u) |
                                           (r >> (6 * (n - 1 - i)) & (i == 0 ? 0xffu >> (n + 1) : 0x3fu)));
                vfy_mem_add(&column[c], u, n);
                p += *p == ' ';
            }
        rows++;
        for (int c = 0; c < 3; c++) {
            const char *out;
            size_t n;

            assert_int_equal(vfy_nfc_map(&test_arena, column[c].p, column[c].len, &out, &n), 0);
            if (n != column[1].len || memcmp(out, column[1].p, n) != 0)
                fail_msg("row %zu, column %d", rows, c + 1);
        }
    }
    if (f == NULL || pclose(f) != 0) {
        print_message("skipped: packages unicode-data and bzip2 are not installed\n");
        skip();
    }
    print_message("%zu rows\n", rows);
    assert_true(rows > 18000);
}

/* what is escaped, in runs between what is not */
static void test_quote(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *quoted;
    } cases[] = {{"", 0, "\"\""}, {"a", 1, "\"a\""}, {"\x1f", 1, "\"\\u001f\""}, {"\x20\x7f", 2, "\" \x7f\""},
                 {"a\0b", 3, "\"a\\u0000b\""}, {"ab\"c\\", 5, "\"ab\\\"c\\\\\""}, {"\b\f\n\r\t\v", 6, "\"\\b\\f\\n\\r\\t\\u000b\""},
                 {"ab!", 2, "\"ab\""}, {"a\n", 1, "\"a\""}, {"xxxxa\nb" + 4, 3, "\"a\\nb\""} /* and what stands before it is not looked at */};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = {&test_arena, NULL, 0, 0};

        vfy_json_quote(&b, cases[i].bytes, cases[i].n);
        assert_int_equal(b.len, strlen(cases[i].quoted));
        assert_memory_equal(b.p, cases[i].quoted, b.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_c1), TEST(test_record), TEST(test_jcs), TEST(test_nfc),
                                       TEST(test_unicode), TEST(test_quote)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
