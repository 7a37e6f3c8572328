/* tests/unit/collector_cser.c - tests of collector/cser.c and of the manifest made of rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/digest.h"
#include "collector/cser.h"
#include "collector/manifest.h"

static struct jv *parse(const char *text)
{
    struct err e = {ERR_NONE, ""};
    struct jv *v = NULL;

    if (jv_parse(text, strlen(text), &v, &e) != 0)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static void writes(const char *profile, const char *in, const char *expected)
{
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(65536);
    struct jv *v = parse(in);

    assert_int_equal(col_cser_write(profile, v, &out, &e), 0);
    assert_string_equal(out.data, expected);
    jv_free(v);
    buf_release(&out);
}

static void refuses(const char *profile, const char *in, const char *says)
{
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(65536);
    struct jv *v = parse(in);

    assert_int_equal(col_cser_write(profile, v, &out, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    if (strstr(e.text, says) == NULL)
        fail_msg("%s: %s", in, e.text);
    jv_free(v);
    buf_release(&out);
}

/* The 14 rows of the C1 authority table, in an order of their own: shared/data. */
static const char *const authority[][3] = {
    {"update_item", "low", "dot-apr-execute:update"},
    {"activate_event_type", "high", "unimplemented"},
    {"add_field", "medium", "dot-apr-execute:add_field"},
    {"register_topic_node", "high", "unimplemented"},
    {"amend_law", "high", "unimplemented"},
    {"assign_axis_owner", "high", "unimplemented"},
    {"register_axis", "high", "unimplemented"},
    {"assign_governance_owner", "high", "unimplemented"},
    {"authorize_build_step", "high", "unimplemented"},
    {"patch_ops_code", "high", "dot-apr-execute:patch_ops"},
    {"create_item", "low", "dot-apr-execute:create"},
    {"delegate_authority", "high", "unimplemented"},
    {"grant_governance_exception", "high", "unimplemented"},
    {"enact_nrm", "high", "unimplemented"},
};

static const char c1_entry[] =
    "{\"name\":\"c1\",\"profile\":\"manifest\",\"order_by\":\"operation_code\","
    "\"rows_member\":\"operations\",\"object\":{\"carrier\":\"C1\",\"protocol_version\":1,"
    "\"serialization\":\"cser-v1\",\"authority_source\":\"apr_action_types_fixture\","
    "\"authority_fixture_hash\":"
    "\"3b3c2ff96c24c78df9f1923f21c5b998360ba964c7dac38deb9b1e9a73f315f4\"}}";

static void test_c1_manifest(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(65536);
    char hex[DIGEST_HEX];
    struct jv *entry = parse(c1_entry);
    struct jv *columns = parse(
        "[\"operation_code\",\"risk_level\",\"handler_ref\",\"source_action_code\"]");
    struct jv *rows = jv_array();

    (void)state;
    for (size_t i = 0; i < sizeof authority / sizeof *authority; i++) {
        char code[64] = "c1.op.";
        struct jv *row = jv_array();

        strcat(code, authority[i][0]);
        jv_add(row, jv_string(code));
        jv_add(row, jv_string(authority[i][1]));
        jv_add(row, jv_string(authority[i][2]));
        jv_add(row, jv_string(authority[i][0]));
        jv_add(rows, row);
    }
    assert_int_equal(col_manifest_bytes(entry, columns, rows, &out, &e), 0);
    assert_int_equal(out.len, 2122);
    assert_int_equal(digest_hex(out.data, out.len, hex, &e), 0);
    assert_string_equal(hex, "c9286d3acf8223d77207de69c79b2333c949c996c33843c5c42866a628d7ec00");
    jv_free(entry);
    jv_free(columns);
    jv_free(rows);
    buf_release(&out);
}

static void test_record_vector(void **state)
{
    static const char vector[] =
        "{\"act_type\":\"governance_operation\",\"cser\":\"v1\","
        "\"governing_authority_ref\":\"PG:sb1-gov-vocab\","
        "\"operation_code\":\"authorize_build_step\",\"protocol_version\":\"1.0.0\","
        "\"semantics_frozen\":{\"description\":\"Issue an L3 governance_build_authorization grant "
        "for one build step\"}}";
    struct err e = {ERR_NONE, ""};
    char hex[DIGEST_HEX];

    (void)state;
    writes("record", vector, vector);
    assert_int_equal(digest_hex(vector, sizeof vector - 1, hex, &e), 0);
    assert_string_equal(hex, "2ab1f90bc57322438186f967613290824c704664d516ca3feec96f01eb99e650");
}

#define M "\"protocol_version\":1,\"serialization\":\"cser-v1\""

static void test_canonical(void **state)
{
    (void)state;
    writes("manifest", "{\"z\":null,\"a\":[true,-0,10,{}]," M "}", "{\"a\":[true,0,10,{}]," M ",\"z\":null}");
    /* U+FFFF sorts before U+1F600 by code point and by UTF-8, not by UTF-16 */
    writes("record", "{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbf\":2,\"cser\":\"v1\"}",
           "{\"cser\":\"v1\",\"\xef\xbf\xbf\":2,\"\xf0\x9f\x98\x80\":1}");
    /* keys are sorted after NFC: e + acute (65 cc 81) becomes c3 a9, behind z */
    writes("record", "{\"e\xcc\x81\":\"o\xcc\x88\",\"z\":0,\"cser\":\"v1\"}",
           "{\"cser\":\"v1\",\"z\":0,\"\xc3\xa9\":\"\xc3\xb6\"}");
    writes("record", "{\"cser\":\"v1\",\"s\":\"\\u0001\\u001f\\t\\n\\r\\b\\f\\\"\\\\/\\u007f\\u00e9\"}",
           "{\"cser\":\"v1\",\"s\":\"\\u0001\\u001f\\t\\n\\r\\b\\f\\\"\\\\/\x7f\xc3\xa9\"}");
    writes("manifest", "{" M ",\"n\":9007199254740991}", "{\"n\":9007199254740991," M "}");
}

static void test_refusals(void **state)
{
    (void)state;
    refuses("manifest", "[1]", "object at the top");
    refuses("manifest", "{\"protocol_version\":\"1\",\"serialization\":\"cser-v1\"}", "integer");
    refuses("manifest", "{\"protocol_version\":1}", "serialization");
    refuses("manifest", "{" M ",\"cser\":\"v1\"}", "not allowed");
    refuses("record", "{\"cser\":1}", "must be \"v1\"");
    refuses("record", "{}", "must be \"v1\"");
    refuses("record", "{\"cser\":\"v1\",\"protocol_version\":1}", "must be a string");
    refuses("other", "{}", "unknown profile");
    refuses("record", "{\"cser\":\"v1\",\"\xc3\xa9\":1,\"e\xcc\x81\":2}", "one after NFC");
    refuses("record", "{\"cser\":\"v1\",\"n\":9007199254740992}", "2^53");
    refuses("record", "{\"cser\":\"v1\",\"n\":-9007199254740992}", "2^53");
}

static void rows_give(const char *columns, const char *rows, const char *expected)
{
    struct err e = {ERR_NONE, ""};
    struct buf out = buf_init(65536);
    struct jv *entry = parse("{\"profile\":\"manifest\",\"order_by\":\"k\",\"rows_member\":\"rows\","
                             "\"object\":{" M "}}");
    struct jv *c = parse(columns);
    struct jv *r = parse(rows);
    int rc = col_manifest_bytes(entry, c, r, &out, &e);

    if (rc == 0)
        assert_string_equal(out.data, expected);
    else if (strstr(e.text, expected) == NULL)
        fail_msg("%s: %s", rows, e.text);
    jv_free(entry);
    jv_free(c);
    jv_free(r);
    buf_release(&out);
}

static void test_rows(void **state)
{
    (void)state;
    rows_give("[\"k\",\"v\"]", "[]", "{\"protocol_version\":1,\"rows\":[],\"serialization\":\"cser-v1\"}");
    /* by bytes: upper case before lower case, 10 before 9; equal keys as returned */
    rows_give("[\"v\",\"k\"]", "[[\"1\",\"a\"],[null,\"B\"],[\"2\",\"9\"],[\"3\",\"10\"],[\"0\",\"a\"]]",
              "{\"protocol_version\":1,\"rows\":[{\"k\":\"10\",\"v\":\"3\"},{\"k\":\"9\",\"v\":\"2\"},"
              "{\"k\":\"B\",\"v\":null},{\"k\":\"a\",\"v\":\"1\"},{\"k\":\"a\",\"v\":\"0\"}],"
              "\"serialization\":\"cser-v1\"}");
    rows_give("[\"v\"]", "[]", "no column k");
    rows_give("[\"k\"]", "[[null]]", "null or not UTF-8");
    rows_give("[\"k\",\"k\"]", "[]", "given twice");
    rows_give("[\"k\",\"v\"]", "[[\"a\",{\"b64\":\"/w==\"}]]", "not UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c1_manifest), cmocka_unit_test(test_record_vector),
        cmocka_unit_test(test_canonical),   cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
