/* tests/unit/packager_dsse.c - PAE, envelopes, and openssl as a second opinion. */
#include "tests/unit/packager_fixture.h"

#include "packager/dsse.h"

static void pae_vector_of_the_dsse_protocol(void **state)
{
    struct buf out = buf_init(1000);
    struct err e;

    (void)state;
    assert_int_equal(pkg_dsse_pae("http://example.com/HelloWorld", "hello world", 11, &out, &e), 0);
    assert_string_equal(out.data, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    buf_release(&out);
}

static void the_envelope_is_canonical_and_opens(void **state)
{
    struct buf line = buf_init(10000), payload = buf_init(1000);
    struct pkg_key *key = NULL, *other = NULL;
    char keyid[DIGEST_HEX];
    char start[64];
    struct err e;

    (void)state;
    assert_int_equal(pkg_key_new(&key, &e), 0);
    assert_int_equal(pkg_key_new(&other, &e), 0);
    assert_int_equal(pkg_dsse_sign(key, PKG_DSSE_STATEMENT, "{}", 2, &line, &e), 0);
    (void)snprintf(start, sizeof start, "%.60s", line.data);
    assert_string_equal(start, "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+jso");
    assert_int_equal(line.data[line.len - 1], '\n');
    assert_int_equal(pkg_dsse_open(line.data, line.len, PKG_DSSE_STATEMENT, key, &payload, keyid, &e), 0);
    assert_string_equal(payload.data, "{}");
    assert_string_equal(keyid, pkg_key_id(key));
    assert_int_equal(pkg_dsse_open(line.data, line.len, PKG_DSSE_STATEMENT, other, &payload, keyid, &e), -1);
    assert_int_equal(pkg_dsse_open(line.data, line.len, PKG_DSSE_LEDGER, key, &payload, keyid, &e), -1);
    line.data[14] = 'a'; /* another payload under the same signature, or no JSON any more */
    assert_int_equal(pkg_dsse_open(line.data, line.len, PKG_DSSE_STATEMENT, key, &payload, keyid, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    buf_release(&payload);
    buf_release(&line);
    pkg_key_free(other);
    pkg_key_free(key);
}

static void what_is_no_strict_envelope_is_refused(void **state)
{
    static const char *const rows[] = {
        "", "{}", "[]", "null",
        "{\"payload\":\"\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[]}",
        "{\"payload\": \"\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"\",\"sig\":\"\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"00\",\"sig\":\"\"}]}",
        "{\"payload\":\"e30\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\",\"sig\":\"AA==\"}]}",
        "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\",\"sig\":\"AA==\"}],\"x\":1}",
    };
    struct buf payload = buf_init(1000);
    char keyid[DIGEST_HEX];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct err e = {ERR_NONE, ""};

        ROW(i, rows[i], pkg_dsse_open(rows[i], strlen(rows[i]), PKG_DSSE_STATEMENT, NULL, &payload, keyid, &e) == -1);
        ROW(i, rows[i], e.kind == ERR_INPUT);
    }
    buf_release(&payload);
}

static void openssl_verifies_the_pae(void **state)
{
    struct buf line = buf_init(10000), pub = buf_init(1000);
    struct pkg_key *key = NULL;
    struct err e;

    assert_int_equal(pkg_key_new(&key, &e), 0);
    assert_int_equal(pkg_dsse_sign(key, PKG_DSSE_STATEMENT, "{\"a\":1}", 7, &line, &e), 0);
    assert_int_equal(pkg_key_write_public(key, &pub, &e), 0);
    put_text(*state, "pub", pub.data);
    put_text(*state, "line", line.data);
    put_text(*state, "pae", "DSSEv1 28 application/vnd.in-toto+json 7 {\"a\":1}");
    assert_int_equal(shell("cd %s && sed 's/.*\"sig\":\"//;s/\".*//' line | base64 -d >sig && "
                           "openssl pkeyutl -verify -pubin -inkey pub -rawin -in pae -sigfile sig >/dev/null",
                           (char *)*state), 0);
    buf_release(&pub);
    buf_release(&line);
    pkg_key_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pae_vector_of_the_dsse_protocol),
        cmocka_unit_test(the_envelope_is_canonical_and_opens),
        cmocka_unit_test(what_is_no_strict_envelope_is_refused),
        cmocka_unit_test(openssl_verifies_the_pae),
    };

    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
