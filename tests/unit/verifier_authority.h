/* tests/unit/verifier_authority.h - a timestamping authority inside a unit program, so that it signs
 * whatever it is told to; for one .c file each. */
#ifndef VERIFIER_AUTHORITY_H
#define VERIFIER_AUTHORITY_H

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
    static long serial; /* issuer and serial tell a token's signer */
    X509 *cert = X509_new();
    ASN1_TIME *from = time_of("20000101000000Z"), *until = time_of("20291231235959Z");

    assert_true(X509_set_version(cert, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) == 1);
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
    const EVP_MD *(*imprint)(void), *(*digest)(void); /* SHA-256 */
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
    const EVP_MD *md = q->imprint != NULL ? q->imprint() : EVP_sha256();
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
                                    q->digest != NULL ? q->digest() : EVP_sha256(), CMS_CADES | CMS_BINARY | (q->is_bare ? CMS_NOCERTS : 0)));
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

#endif
