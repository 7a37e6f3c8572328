/* tests/unit/verifier_stamp.c - timestamps by an authority that is in this program, so that it signs
 * whatever it is told to: the form of a response, who vouches for it, and what it is over. */
#include "tests/unit/verifier_test.h"

#include "verifier/stamp.h"

#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#define CA "critical,CA:TRUE"
#define TIMES "critical,timeStamping"
static const char text[] = "sixty-four bytes of a signature, or what is taken for one here..";
enum { TEXT = sizeof text - 1 };

static EVP_PKEY *keys[4]; /* root, who signs, somebody else, and one of 1024 bits */
static X509 *root, *signer;

static ASN1_GENERALIZEDTIME *time_of(const char *t)
{
    ASN1_GENERALIZEDTIME *out = ASN1_GENERALIZEDTIME_new();

    assert_int_equal(ASN1_STRING_set(out, t, -1), 1);
    return out;
}

static void extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *x = value == NULL ? NULL : X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    assert_true(value == NULL || (x != NULL && X509_add_ext(cert, x, -1) == 1));
    X509_EXTENSION_free(x);
}

/* of the years 2000 to 2029: a CA, or who signs timestamps; signed by itself or another */
static X509 *certify(EVP_PKEY *key, const char *name, const X509 *by, EVP_PKEY *by_key, bool is_ca, const EVP_MD *md)
{
    X509 *cert = X509_new();
    ASN1_TIME *from = time_of("20000101000000Z"), *until = time_of("20291231235959Z");

    assert_true(X509_set_version(cert, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(by == NULL ? cert : by));
    assert_true(X509_set1_notBefore(cert, from) == 1 && X509_set1_notAfter(cert, until) == 1 && X509_set_pubkey(cert, key) == 1);
    extend(cert, NID_basic_constraints, is_ca ? CA : NULL);
    extend(cert, NID_ext_key_usage, is_ca ? NULL : TIMES);
    assert_true(X509_sign(cert, by_key, md) > 0);
    ASN1_STRING_free(from);
    ASN1_STRING_free(until);
    return cert;
}

static int begin(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        keys[i] = EVP_EC_gen("P-256");
    keys[3] = EVP_RSA_gen(1024);
    root = certify(keys[0], "root", NULL, keys[0], true, EVP_sha256());
    signer = certify(keys[1], "signer", root, keys[0], false, EVP_sha256());
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        EVP_PKEY_free(keys[i]);
    X509_free(root);
    X509_free(signer);
    return 0;
}

/* what is asked of the authority; what is left out is as an honest one has it */
struct asked {
    const char *time, *over;
    const EVP_MD *imprint, *digest;
    int size; /* of the imprint, where it is not the digest's; below 0: none */
    int version, status;
    char spelling; /* 'b', 'o' not DER; 'B' its TSTInfo not; 't' and 'T' a byte behind it */
    bool is_bare;  /* without certificates */
    X509 *signer, *also, *named; /* with another certificate; as it names itself */
    EVP_PKEY *key;
    void (*edit)(PKCS7 *);
};

static void wrap(struct buf *b, const void *p, size_t n, bool longer)
{
    unsigned char head[8] = {0x30};
    size_t count = (n < 128 ? 0u : n < 256 ? 1u : 2u) + longer, at = 1;

    head[at++] = (unsigned char)(count == 0 ? n : 0x80 | count);
    while (count-- > 0)
        head[at++] = (unsigned char)(n >> 8 * count);
    vfy_mem_add(b, head, at);
    vfy_mem_add(b, p, n);
}

/* DER again: in a byte more than it needs, with a byte behind it, or as it is */
static void respell(struct buf *b, const unsigned char *der, size_t n, bool longer, bool behind)
{
    size_t head = der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7fu);

    if (longer)
        wrap(b, der + head, n - head, true);
    else
        vfy_mem_add(b, der, n);
    vfy_mem_add(b, "", behind);
}

/* SHA-256 and SHA-512 change places where the token lists its digests: DER has a set in order */
static void exchange(char *p, size_t n)
{
    size_t at = 0;

    for (char k = 1; k <= 3; k += 2, at++) {
        while (at + 9 < n && memcmp(p + at, "\x60\x86\x48\x01\x65\x03\x04\x02", 8) != 0)
            at++;
        assert_int_equal(p[at + 8], k);
        p[at + 8] = (char)(4 - k);
    }
}

static void say(struct buf *b, const struct asked *q)
{
    TS_TST_INFO *info = TS_TST_INFO_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_GENERALIZEDTIME *time = time_of(q->time != NULL ? q->time : "20260622101112Z");
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    const char *over = q->over != NULL ? q->over : text;
    const EVP_MD *md = q->imprint != NULL ? q->imprint : EVP_sha256();
    unsigned char digest[EVP_MAX_MD_SIZE + 1] = {0}, *der = NULL;
    int n;

    EVP_Digest(over, strlen(over), digest, NULL, md, NULL);
    X509_ALGOR_set_md(algorithm, md);
    assert_true(TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
                TS_MSG_IMPRINT_set_msg(imprint, digest, q->size > 0 ? q->size : q->size < 0 ? 0 : EVP_MD_get_size(md)) == 1);
    assert_true(TS_TST_INFO_set_version(info, q->version > 0 ? q->version : 1) == 1 && TS_TST_INFO_set_msg_imprint(info, imprint) == 1 &&
                TS_TST_INFO_set_policy_id(info, OBJ_nid2obj(NID_id_qt_cps)) == 1 && TS_TST_INFO_set_serial(info, serial) == 1 &&
                TS_TST_INFO_set_time(info, time) == 1);
    if (q->named != NULL) {
        GENERAL_NAME *name = GENERAL_NAME_new();

        name->type = GEN_DIRNAME;
        name->d.directoryName = X509_NAME_dup(X509_get_subject_name(q->named));
        assert_int_equal(TS_TST_INFO_set_tsa(info, name), 1);
        GENERAL_NAME_free(name);
    }
    n = i2d_TS_TST_INFO(info, &der);
    respell(b, der, (size_t)n, q->spelling == 'B', q->spelling == 'T');
    OPENSSL_free(der);
    ASN1_INTEGER_free(serial);
    ASN1_STRING_free(time);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_TST_INFO_free(info);
}

static char *respond(const struct asked *q, size_t *size)
{
    struct buf info = {&test_arena, NULL, 0, 0}, body = info, whole = info, out = info;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_BINARY);
    unsigned char status[] = {0x30, 3, 2, 1, (unsigned char)q->status}, *der = NULL;
    const unsigned char *at;
    PKCS7 *token;
    BIO *bio;
    int n;

    say(&info, q);
    bio = BIO_new_mem_buf(info.p, (int)info.len);
    CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo));
    assert_non_null(CMS_add1_signer(cms, q->signer != NULL ? q->signer : signer, q->key != NULL ? q->key : keys[1],
                                    q->digest != NULL ? q->digest : EVP_sha256(), CMS_CADES | CMS_BINARY | (q->is_bare ? CMS_NOCERTS : 0)));
    assert_true(q->also == NULL || CMS_add1_cert(cms, q->also) == 1);
    assert_int_equal(CMS_final(cms, bio, NULL, CMS_BINARY), 1);
    n = i2d_CMS_ContentInfo(cms, &der);
    at = der;
    token = d2i_PKCS7(NULL, &at, n);
    assert_non_null(token);
    OPENSSL_free(der);
    der = NULL;
    if (q->edit != NULL)
        q->edit(token);
    n = i2d_PKCS7(token, &der);
    vfy_mem_add(&body, status, sizeof status);
    vfy_mem_add(&body, der, (size_t)n);
    wrap(&whole, body.p, body.len, false);
    respell(&out, (unsigned char *)whole.p, whole.len, q->spelling == 'b', q->spelling == 't');
    OPENSSL_free(der);
    PKCS7_free(token);
    BIO_free(bio);
    CMS_ContentInfo_free(cms);
    if (q->spelling == 'o')
        exchange(out.p, out.len);
    *size = out.len;
    return out.p;
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

static PKCS7_SIGNER_INFO *first(PKCS7 *p)
{
    return sk_PKCS7_SIGNER_INFO_value(p->d.sign->signer_info, 0);
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
static void test_form(void **state)
{
#define MANY "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define BAD_TIME "genTime is no time in UTC"
#define BAD_IMPRINT "imprint is not by SHA-256"
#define BAD_SIGNER "not signed once"
    const struct {
        struct asked asked;
        const char *says; /* the time, or what is wrong with it */
    } cases[] = {
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
        {{.imprint = EVP_sha384()}, "2026-06-22T10:11:12.000000Z"},
        {{.imprint = EVP_sha512()}, "2026-06-22T10:11:12.000000Z"},
        {{.imprint = EVP_sha1()}, BAD_IMPRINT},
        {{.imprint = EVP_sha512_256()}, BAD_IMPRINT},
        {{.size = 31}, BAD_IMPRINT},
        {{.size = 33}, BAD_IMPRINT},
        {{.size = -1}, BAD_IMPRINT},
        {{.imprint = EVP_sha1(), .size = -1}, BAD_IMPRINT},
        {{.imprint = EVP_sha512(), .size = 32}, BAD_IMPRINT},
        {{.digest = EVP_sha384()}, "2026-06-22T10:11:12.000000Z"},
        {{.digest = EVP_sha512()}, "2026-06-22T10:11:12.000000Z"},
        {{.digest = EVP_sha1()}, BAD_SIGNER},
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
    struct stamp out;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n;
        const char *p = respond(&cases[i].asked, &n), *got;

        memset(&out, 0x55, sizeof out);
        got = vfy_crypto_stamp(p, n, "x", &out, &e) == 0 ? out.time : e.text;
        if (strstr(got, cases[i].says) == NULL)
            fail_msg("case %zu: %s", i, got);
        if (got == out.time) {
            const EVP_MD *md = cases[i].asked.imprint != NULL ? cases[i].asked.imprint : EVP_sha256();
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
static struct err load_error;

static enum vfy_code load_der(const unsigned char *der, size_t n, struct root *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem;
    long size;
    int rc;

    load_error.code = VFY_NO_CODE;
    PEM_write_bio(bio, "CERTIFICATE", "", der, (long)n);
    size = BIO_get_mem_data(bio, &pem);
    pem = vfy_mem_copy(&test_arena, pem, (size_t)size);
    BIO_free(bio);
    rc = vfy_crypto_root(&test_arena, pem, (size_t)size, out, &load_error);
    assert_int_equal(rc, load_error.code == VFY_NO_CODE ? 0 : -1);
    return load_error.code;
}

static enum vfy_code load(X509 *cert, char spelling, struct root *out)
{
    struct buf b = {&test_arena, NULL, 0, 0};
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);

    respell(&b, der, (size_t)n, spelling == 'b', spelling == 't');
    OPENSSL_free(der);
    return load_der((unsigned char *)b.p, b.len, out);
}

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
        {{.signer = strange, .also = stranger}, "o", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{.signer = alone}, "o", text, E_TIMESTAMP_UNTRUSTED, "its certificates"},
        {{.imprint = EVP_sha512()}, "o", text, VFY_NO_CODE, ""},
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

/* ---- lines ---- */
static const char *encode(const char *p, size_t n)
{
    unsigned char *b64 = vfy_mem_alloc(&test_arena, 2 * n + 5);

    EVP_EncodeBlock(b64, (const unsigned char *)p, (int)n);
    return vfy_mem_print(&test_arena, "{\"signedTimestamp\":\"%s\"}\n", (char *)b64);
}

static const char *line(const struct asked *q)
{
    size_t n;
    const char *p = respond(q, &n);

    return encode(p, n);
}

static struct attestations *three_and_more(size_t more)
{
    struct attestations *set = vfy_mem_alloc(&test_arena, sizeof *set);

    set->count = 3;
    set->counter_count = more;
    for (size_t i = 0; vfy_attest_each(set, i) != NULL; i++) {
        struct envelope *one = vfy_attest_each(set, i);

        one->sig = vfy_mem_print(&test_arena, "signature %zu", i);
        one->sig_len = strlen(one->sig);
    }
    return set;
}

static void test_lines(void **state)
{
    enum { UNENDED = 4 };
    static const char zeros[VFY_MAX_TIMESTAMP_BYTES + 1];
    const char *of[3] = {line(&(struct asked){.over = "signature 0"}), line(&(struct asked){.over = "signature 1", .imprint = EVP_sha384()}),
                         line(&(struct asked){.over = "signature 2", .imprint = EVP_sha512()})};
    const struct {
        const char *text, *path;
        size_t count;
        enum vfy_code code;
    } cases[] = {
        {"", "", 0, VFY_NO_CODE},
        {of[0], "", 1, VFY_NO_CODE},
        {vfy_mem_print(&test_arena, "%s%s%s", of[2], of[0], of[1]), "", 3, VFY_NO_CODE},
        {vfy_mem_print(&test_arena, "%s%s%s", of[2], of[0], of[2]), "name:3", 2, E_TIMESTAMP_INVALID},
        {vfy_mem_print(&test_arena, "%s%.*s", of[2], (int)strlen(of[0]) - 1, of[0]), "name:2", 1, E_TIMESTAMP_INVALID},
        {vfy_mem_print(&test_arena, "\n%s", of[0]), "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\": \"\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"\",\"x\":1}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":1}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"A\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"{\"signedTimestamp\":\"\"}\n", "name:1", 0, E_TIMESTAMP_INVALID},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "name:1", 0, E_LIMIT_DEPTH},
        {line(&(struct asked){.over = "signature 3"}), "name:1", 0, E_TIMESTAMP_MISMATCH},
        {encode(zeros, VFY_MAX_TIMESTAMP_BYTES), "name:1", 0, E_TIMESTAMP_INVALID},
        {encode(zeros, VFY_MAX_TIMESTAMP_BYTES + 1), "name:1", 0, E_LIMIT_SIZE},
        {vfy_mem_print(&test_arena, "%.*s,\"x\":1}\n", (int)strlen(of[0]) - 2, of[0]), "name:1", 0, E_TIMESTAMP_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stamps *out = vfy_mem_alloc(&test_arena, sizeof *out);
        struct attestations *set = three_and_more(0);
        size_t stamped = 0;

        vfy_stamp_read(&test_arena, cases[i].text, strlen(cases[i].text), "name", set, out);
        if (out->failed.code != cases[i].code || out->count != cases[i].count || strcmp(out->failed.path, cases[i].path) != 0)
            fail_msg("case %zu: %zu, %s at %s", i, out->count, out->failed.text, out->failed.path);
        if (i == UNENDED)
            assert_string_equal(out->failed.text, "the line does not end with LF");
        for (size_t k = 0; k < 3; k++)
            stamped += set->lines[k].stamped != NULL && strcmp(set->lines[k].stamped, "2026-06-22T10:11:12.000000Z") == 0;
        assert_int_equal(stamped, out->count);
    }
}

/* as many as there may be signatures, over all of them; of two files, and the second goes on */
static void test_many(void **state)
{
    struct stamps *out = vfy_mem_alloc(&test_arena, sizeof *out);
    struct attestations *set = three_and_more(VFY_MAX_COUNTERSIGNATURES);
    struct buf b = {&test_arena, NULL, 0, 0};

    (void)state;
    for (size_t i = 0; i < VFY_MAX_TIMESTAMPS; i++)
        vfy_mem_put(&b, "%s", line(&(struct asked){.over = vfy_attest_each(set, i)->sig}));
    vfy_stamp_read(&test_arena, b.p, b.len, "one", set, out);
    assert_code(out->failed.code, VFY_NO_CODE);
    assert_int_equal(out->count, VFY_MAX_TIMESTAMPS);
    for (size_t i = 0; i < VFY_MAX_TIMESTAMPS; i++)
        assert_ptr_equal(out->all[i].signature, vfy_attest_each(set, i));
    vfy_stamp_read(&test_arena, b.p, b.len, "a name of more than forty bytes, which is cut where they end", set, out);
    assert_code(out->failed.code, E_LIMIT_COUNT);
    assert_string_equal(out->failed.path, "a name of more than forty bytes, which i:1");
    vfy_stamp_read(&test_arena, "x", 1, "two", set, out); /* what ended the reading stays */
    assert_code(out->failed.code, E_LIMIT_COUNT);
}

/* ---- findings ---- */
static void test_judged(void **state)
{
    const struct {
        const char *finished, *roots;
        bool is_required;
        size_t count; /* of timestamps */
        size_t held, failed, unseen;
        enum vfy_code code; /* the first */
    } cases[] = {
        {"2026-06-22T10:11:12.000000Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:12:12.000000Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:12:12.000001Z", "o", true, 3, 3, 0, 0, E_TIMESTAMP_EARLY},
        {"2020-06-22T10:12:12.000001Z", "o", true, 3, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "s", true, 3, 3, 3, 0, E_TIMESTAMP_UNTRUSTED},
        {"2026-06-22T10:11:12.000000Z", "s", false, 3, 0, 3, 0, E_TIMESTAMP_UNTRUSTED},
        {"2026-06-22T10:11:12.000000Z", "", false, 3, 0, 0, 1, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "", false, 1, 0, 0, 1, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "", false, 0, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "o", true, 1, 2, 0, 0, E_TIMESTAMP_MISSING},
        {"2026-06-22T10:11:12.000000Z", "o", false, 0, 0, 0, 0, VFY_NO_CODE},
        {"2026-06-22T10:11:12.000000Z", "o", true, 0, 3, 0, 0, E_TIMESTAMP_MISSING},
    };
    X509 *stranger = certify(keys[2], "stranger", NULL, keys[2], true, EVP_sha256());

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct attestations *set = three_and_more(0);
        struct stamps *stamps = vfy_mem_alloc(&test_arena, sizeof *stamps);
        struct report *r = vfy_mem_alloc(&test_arena, sizeof *r);
        struct authority authority = {.from = "", .until = ""};
        struct policy policy = {.authorities = &authority, .authority_count = strlen(cases[i].roots), .wants_timestamps = cases[i].is_required};
        size_t vouched = 0;

        assert_code(load(cases[i].roots[0] == 's' ? stranger : root, 0, &authority.root), VFY_NO_CODE);
        for (size_t k = 0; k < cases[i].count; k++) {
            const char *one = line(&(struct asked){.over = set->lines[k].sig});

            vfy_stamp_read(&test_arena, one, strlen(one), "name", set, stamps);
        }
        assert_int_equal(stamps->count, cases[i].count);
        r->arena = &test_arena;
        vfy_stamp_judge(&test_arena, stamps, set, &policy, cases[i].finished, r);
        if (r->held != cases[i].held || r->failed != cases[i].failed || r->not_observed_count != cases[i].unseen || r->passed != 0)
            fail_msg("case %zu: %zu held, %zu failed", i, r->held, r->failed);
        if (cases[i].code != VFY_NO_CODE)
            assert_code(r->findings[0].code, cases[i].code);
        for (size_t k = 0; k < 3; k++)
            vouched += set->lines[k].when != NULL && strcmp(set->lines[k].when, "2026-06-22T10:11:12.000000Z") == 0;
        assert_int_equal(vouched, cases[i].roots[0] == 'o' ? cases[i].count : 0);
        for (size_t k = 0; k < r->count; k++)
            assert_string_equal(r->findings[k].path, r->findings[k].code == E_TIMESTAMP_MISSING
                                ? vfy_mem_print(&test_arena, "attestations.intoto.jsonl:%zu", k + 1 + cases[i].count % 3 - (r->count > 3 ? 3 : 0)) : "name:1");
    }
    X509_free(stranger);
}

/* what ended the reading is told, and the ones before it count */
static void test_failed(void **state)
{
    struct attestations *set = three_and_more(0);
    struct stamps *stamps = vfy_mem_alloc(&test_arena, sizeof *stamps);
    struct report *r = vfy_mem_alloc(&test_arena, sizeof *r);
    struct authority authority = {.from = "", .until = ""};
    struct policy policy = {.authorities = &authority, .authority_count = 1};
    const char *two = vfy_mem_print(&test_arena, "%sx", line(&(struct asked){.over = set->lines[1].sig}));

    (void)state;
    assert_code(load(root, 0, &authority.root), VFY_NO_CODE);
    vfy_stamp_read(&test_arena, two, strlen(two), "name", set, stamps);
    r->arena = &test_arena;
    vfy_stamp_judge(&test_arena, stamps, set, &policy, "2026-06-22T10:11:12.000000Z", r);
    assert_int_equal(r->count, 1);
    assert_code(r->findings[0].code, E_TIMESTAMP_INVALID);
    assert_string_equal(r->findings[0].path, "name:2");
    assert_non_null(set->lines[1].when);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_form),  TEST(test_root), TEST(test_vouched), TEST(test_lines),
                                      TEST(test_many), TEST(test_judged), TEST(test_failed)};

    return cmocka_run_group_tests(tests, begin, end);
}
