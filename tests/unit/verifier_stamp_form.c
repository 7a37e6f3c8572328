/* tests/unit/verifier_stamp_form.c - the form of an RFC 3161 response, roots, and who vouches for it. */
#include "tests/unit/verifier_authority.h"

static PKCS7_SIGNER_INFO *first(PKCS7 *p)
{
    return sk_PKCS7_SIGNER_INFO_value(p->d.sign->signer_info, 0);
}

static void nobody_signs(PKCS7 *p)
{
    PKCS7_SIGNER_INFO_free(sk_PKCS7_SIGNER_INFO_pop(p->d.sign->signer_info));
}

static void two_sign(PKCS7 *p)
{
    PKCS7_SIGNER_INFO *one = PKCS7_SIGNER_INFO_new();

    assert_int_equal(PKCS7_SIGNER_INFO_set(one, signer, keys[1], EVP_sha256()), 1);
    assert_int_equal(PKCS7_add_signer(p, one), 1);
}

static void unsigned_attribute(PKCS7 *p)
{
    assert_int_equal(PKCS7_add_attribute(first(p), NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data)), 1);
}

static void no_attributes(PKCS7 *p)
{
    first(p)->unauth_attr = sk_X509_ATTRIBUTE_new_null();
}

static void list(PKCS7 *p)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = time_of("20260622101112Z");

    X509_CRL_set_issuer_name(crl, X509_get_subject_name(root));
    X509_CRL_set1_lastUpdate(crl, now);
    assert_true(X509_CRL_sign(crl, keys[0], EVP_sha256()) > 0);
    assert_int_equal(PKCS7_add_crl(p, crl), 1);
    X509_CRL_free(crl);
    ASN1_STRING_free(now);
}

static void no_lists(PKCS7 *p)
{
    p->d.sign->crl = sk_X509_CRL_new_null();
}

static void two_digests(PKCS7 *p)
{
    X509_ALGOR *more = X509_ALGOR_new();

    X509_ALGOR_set_md(more, EVP_sha512());
    assert_true(sk_X509_ALGOR_push(p->d.sign->md_algs, more) > 0);
}

static void bent(PKCS7 *p)
{
    first(p)->enc_digest->data[20] ^= 1;
}

/* ---- the form ---- */
#define MANY "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define BAD_TIME "genTime is no time in UTC"
#define BAD_IMPRINT "imprint is not by SHA-256"
#define BAD_SIGNER "not signed once"
static const struct {
    struct asked asked;
    const char *says; /* the time, or what is wrong with it */
} forms[] = {
    {{.time = "20260622101112Z"}, "2026-06-22T10:11:12.000000Z"},
    {{.time = "20260622101112.1Z"}, "2026-06-22T10:11:12.100000Z"},
    {{.time = "20260622101112.123456Z"}, "2026-06-22T10:11:12.123456Z"},
    {{.time = "20260622101112.000001Z"}, "2026-06-22T10:11:12.000001Z"},
    {{.time = "20260622101112.1234567Z"}, BAD_TIME},
    {{.time = "20260622101112.10Z"}, BAD_TIME},
    {{.time = "20260622101112.0Z"}, BAD_TIME},
    {{.time = "20260622101112.Z"}, BAD_TIME},
    {{.time = "20260622101112ZZ"}, BAD_TIME},
    {{.time = "20260622101112,1Z"}, BAD_TIME},
    {{.time = "20260622101112.1z"}, BAD_TIME},
    {{.time = "20260622101112"}, BAD_TIME},
    {{.time = "20260622101112z"}, BAD_TIME},
    {{.time = "2026062210111Z"}, BAD_TIME},
    {{.time = "202606221011Z"}, BAD_TIME},
    {{.time = "20260622101112+0000"}, BAD_TIME},
    {{.time = "20261322101112Z"}, BAD_TIME},
    {{.time = "2026062210111aZ"}, BAD_TIME},
    {{.time = "20260622101112.aZ"}, BAD_TIME},
    {{.time = ""}, BAD_TIME},
    {{.time = "Z"}, BAD_TIME},
    {{.time = "20260622101112." MANY MANY "1Z"}, BAD_TIME},
    {{.imprint = EVP_sha384}, "2026-06-22T10:11:12.000000Z"},
    {{.imprint = EVP_sha512}, "2026-06-22T10:11:12.000000Z"},
    {{.imprint = EVP_sha1}, BAD_IMPRINT},
    {{.imprint = EVP_sha512_256}, BAD_IMPRINT},
    {{.size = 31}, BAD_IMPRINT},
    {{.size = 33}, BAD_IMPRINT},
    {{.size = -1}, BAD_IMPRINT},
    {{.imprint = EVP_sha1, .size = -1}, BAD_IMPRINT},
    {{.imprint = EVP_sha512, .size = 32}, BAD_IMPRINT},
    {{.digest = EVP_sha384}, "2026-06-22T10:11:12.000000Z"},
    {{.digest = EVP_sha512}, "2026-06-22T10:11:12.000000Z"},
    {{.digest = EVP_sha1}, BAD_SIGNER},
    {{.edit = nobody_signs}, BAD_SIGNER},
    {{.edit = two_sign}, BAD_SIGNER},
    {{.edit = unsigned_attribute}, BAD_SIGNER},
    {{.edit = no_attributes}, BAD_SIGNER},
    {{.edit = list}, BAD_SIGNER},
    {{.edit = no_lists}, BAD_SIGNER},
    {{.edit = bent}, "2026-06-22T10:11:12.000000Z"}, /* no matter of form */
    {{.status = 1}, "not granted"},
    {{.status = 2}, "not one TimeStampResp"}, /* refused, and yet with a token */
    {{.spelling = 'b'}, "not in its one spelling"},
    {{.edit = two_digests}, "2026-06-22T10:11:12.000000Z"},
    {{.edit = two_digests, .spelling = 'o'}, "not in its one spelling"},
    {{.spelling = 't'}, "not in its one spelling"},
    {{.spelling = 'B'}, "what it says is not in its one spelling"},
    {{.spelling = 'T'}, "what it says is not in its one spelling"},
};

static void test_form(void **state)
{
    struct stamp out;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        size_t n;
        const char *p = respond(&forms[i].asked, &n), *got;

        memset(&out, 0x55, sizeof out);
        got = vfy_crypto_stamp(p, n, "x", &out, &e) == 0 ? out.time : e.text;
        if (strstr(got, forms[i].says) == NULL)
            fail_msg("case %zu: %s", i, got);
        if (got == out.time) {
            const EVP_MD *md = forms[i].asked.imprint != NULL ? forms[i].asked.imprint() : EVP_sha256();
            unsigned char digest[64] = {0};

            EVP_Digest(text, TEXT, digest, NULL, md, NULL);
            assert_int_equal(out.bits, 8 * EVP_MD_get_size(md));
            assert_memory_equal(out.imprint, digest, sizeof digest);
        } else {
            assert_code(e.code, E_TIMESTAMP_INVALID);
            assert_string_equal(e.path, "x");
        }
    }
    assert_int_equal(vfy_crypto_stamp("\x30\x05\x30\x03\x02\x01\x02", 7, "x", &out, &e), -1);
    assert_string_equal(e.text, "not granted");
    assert_int_equal(vfy_crypto_stamp("", 0, "x", &out, &e), -1);
    assert_string_equal(e.text, "not one TimeStampResp in DER");
    assert_int_equal(out.bits, 0);
}

/* ---- roots ---- */
static enum vfy_code loaded_once(X509 *cert)
{
    struct root out;
    enum vfy_code code = load(cert, 0, &out);

    X509_free(cert);
    return code;
}

static void test_root(void **state)
{
    EVP_PKEY *large = EVP_RSA_gen(2048);
    unsigned char *der = NULL;
    char keyid[VFY_HEX];
    struct root out;
    X509 *old;
    int n;

    (void)state;
    assert_code(load(root, 0, &out), VFY_NO_CODE);
    n = i2d_PUBKEY(keys[0], &der);
    vfy_crypto_sha256(der, (size_t)n, keyid);
    OPENSSL_free(der);
    assert_string_equal(out.keyid, keyid);
    n = i2d_X509(root, NULL);
    assert_int_equal(out.n, n);
    assert_code(load(root, 'b', &out), E_POLICY_INVALID);
    assert_code(load(root, 't', &out), E_POLICY_INVALID);
    load_error.code = VFY_NO_CODE;
    assert_int_equal(vfy_crypto_root(&test_arena, "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 54, &out, &load_error), -1);
    assert_code(load_error.code, E_POLICY_INVALID);
    assert_string_equal(load_error.text, "not an X.509 certificate in DER");
    assert_code(load_der((const unsigned char *)"\x30\x00", 2, &out), E_POLICY_INVALID);
    assert_code(loaded_once(certify(keys[1], "b", root, keys[0], true, EVP_sha256())), E_POLICY_INVALID);
    assert_code(loaded_once(certify(keys[1], "b", NULL, keys[0], true, EVP_sha256())), E_POLICY_INVALID);
    assert_code(loaded_once(certify(keys[0], "b", NULL, keys[0], false, EVP_sha256())), E_POLICY_INVALID);
    assert_code(loaded_once(certify(keys[3], "b", NULL, keys[3], true, EVP_sha256())), E_KEY_WEAK);
    assert_code(loaded_once(certify(large, "b", NULL, large, true, EVP_sha256())), VFY_NO_CODE); /* 112 bits */
    old = X509_new(); /* X.509 v1 says of nobody that he is a CA */
    X509_set_pubkey(old, keys[0]);
    X509_gmtime_adj(X509_getm_notBefore(old), 0);
    X509_gmtime_adj(X509_getm_notAfter(old), 60);
    assert_true(X509_sign(old, keys[0], EVP_sha256()) > 0);
    assert_code(loaded_once(old), E_POLICY_INVALID);
    EVP_PKEY_free(large);
}

/* ---- who vouches for it ---- */
static void test_vouched(void **state)
{
    X509 *weak = certify(keys[3], "weak", root, keys[0], false, EVP_sha256());
    X509 *sha1 = certify(keys[1], "sha1", root, keys[0], false, EVP_sha1());
    X509 *alone = certify(keys[1], "alone", NULL, keys[1], false, EVP_sha256());
    X509 *code = certify(keys[1], "code", root, keys[0], true, EVP_sha256()); /* for no timestamps */
    X509 *stranger = certify(keys[2], "stranger", NULL, keys[2], true, EVP_sha256());
    X509 *strange = certify(keys[1], "strange", stranger, keys[2], false, EVP_sha256());
    const struct {
        struct asked asked;
        const char *roots, *over; /* of ours, the stranger's, both, none */
        enum vfy_code code;
        const char *says;
    } cases[] = {
        {{0}, "o", text, VFY_NO_CODE, ""},
        {{0}, "so", text, VFY_NO_CODE, ""},
        {{0}, "os", text, VFY_NO_CODE, ""},
        {{0}, "s", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{0}, "", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{.signer = strange}, "o", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{.signer = strange}, "s", text, VFY_NO_CODE, ""},
        {{.signer = strange, .also = stranger}, "o", text, E_TIMESTAMP_UNTRUSTED, "in certificate chain"},
        {{.signer = alone}, "o", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{.imprint = EVP_sha512}, "o", text, VFY_NO_CODE, ""},
        {{.named = signer}, "o", text, VFY_NO_CODE, ""},
        {{.named = root}, "o", text, E_TIMESTAMP_INVALID, "does not hold"},
        {{.version = 2}, "o", text, E_TIMESTAMP_INVALID, "does not hold"},
        {{.edit = bent}, "o", text, E_TIMESTAMP_INVALID, "does not hold"},
        {{0}, "o", "something else", E_TIMESTAMP_INVALID, "does not hold"},
        {{0}, "o", "", E_TIMESTAMP_INVALID, "does not hold"},
        {{.is_bare = true}, "o", text, E_TIMESTAMP_INVALID, "is not in it"},
        {{.signer = weak, .key = keys[3]}, "o", text, E_TIMESTAMP_INVALID, "too weak"},
        {{.signer = sha1}, "o", text, E_TIMESTAMP_INVALID, "too weak"},
        {{.signer = code}, "o", text, E_TIMESTAMP_INVALID, "purpose"},
        {{.time = "20300101000000Z"}, "o", text, E_TIMESTAMP_INVALID, "expired"},
        {{.time = "20291231235958.9Z"}, "o", text, VFY_NO_CODE, ""}, /* libcrypto takes no last second */
        {{.time = "20000101000000Z"}, "o", text, VFY_NO_CODE, ""},
        {{.time = "19991231235959.999999Z"}, "o", text, E_TIMESTAMP_INVALID, "not yet valid"},
    };
    struct root loaded[2];

    (void)state;
    assert_code(load(root, 0, &loaded[0]), VFY_NO_CODE);
    assert_code(load(stranger, 0, &loaded[1]), VFY_NO_CODE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {VFY_NO_CODE, "", ""};
        const struct root *roots[2];
        size_t n, count = strlen(cases[i].roots);
        const char *p = respond(&cases[i].asked, &n);
        struct stamp says;
        int rc;

        for (size_t k = 0; k < count; k++)
            roots[k] = &loaded[cases[i].roots[k] == 's'];
        assert_int_equal(vfy_crypto_stamp(p, n, "x", &says, &e), 0);
        rc = vfy_crypto_stamp_holds(p, n, &says, roots, count, cases[i].over, strlen(cases[i].over), "x", &e);
        if (e.code != cases[i].code || strstr(e.text, cases[i].says) == NULL || rc != (e.code == VFY_NO_CODE ? 0 : -1))
            fail_msg("case %zu: %d %s %s", i, rc, vfy_findings_info(e.code)->name, e.text);
    }
    X509_free(weak);
    X509_free(sha1);
    X509_free(alone);
    X509_free(code);
    X509_free(stranger);
    X509_free(strange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_form), TEST(test_root), TEST(test_vouched)};

    return cmocka_run_group_tests(tests, begin, end);
}
