/*
 * verifier/crypto_wire.c - see crypto.h: X.509 and RFC 3161 by libcrypto, the second leaf of
 * its door.  Nothing of the system's trust store is ever read, and no clock.
 */
#include "verifier/crypto_wire.h"

#include "verifier/text.h"

#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { SECURITY_BITS = 112, AUTH_LEVEL = 2 }; /* OpenSSL's level 2 asks for 112 bits of a whole chain */

/* what was decoded, written again, is the bytes that were read, all of them; takes der over */
static bool spells(unsigned char *der, int len, const void *p, size_t n)
{
    bool same = (size_t)len == n && memcmp(der, p, n) == 0;

    OPENSSL_free(der);
    return same;
}

int vfy_crypto_root(struct arena *a, const char *pem, size_t n, struct root *out, struct err *e)
{
    unsigned char *again = NULL, *spki = NULL;
    const unsigned char *at;
    char *der;
    X509 *cert;
    int len, rc = -1;

    vfy_crypto_start();
    if (vfy_crypto_pem(a, pem, n, "CERTIFICATE", &der, &out->n, e) != 0)
        return -1;
    at = (const unsigned char *)der;
    cert = d2i_X509(NULL, &at, (long)out->n);
    len = i2d_X509(cert, &again);
    if (cert == NULL || !spells(again, len, der, out->n)) {
        vfy_err_set(e, E_POLICY_INVALID, "authority", "not an X.509 certificate in DER");
        goto out;
    }
    if (X509_self_signed(cert, 1) != 1 || X509_check_ca(cert) != 1) {
        vfy_err_set(e, E_POLICY_INVALID, "authority", "not the self-signed certificate of a CA (X.509 v3)");
        goto out;
    }
    if (EVP_PKEY_get_security_bits(X509_get0_pubkey(cert)) < SECURITY_BITS) {
        vfy_err_set(e, E_KEY_WEAK, "authority", "its key has less than %d bits of security", SECURITY_BITS);
        goto out;
    }
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
    vfy_crypto_sha256(spki, (size_t)len, out->keyid);
    out->der = der;
    rc = 0;
out:
    OPENSSL_free(spki);
    X509_free(cert);
    return rc;
}

/* genTime: seconds or finer, in UTC, without zeros behind (RFC 3161); at most microseconds */
static bool write_time(const ASN1_GENERALIZEDTIME *t, char out[28])
{
    const char *p = (const char *)ASN1_STRING_get0_data(t);
    int n = ASN1_STRING_length(t), digits = n - 16;

    if (n < 15 || n == 16 || digits > 6 || p[n - 1] != 'Z' || (digits > 0 && (p[14] != '.' || p[n - 2] == '0')))
        return false;
    memcpy(out, "yyyy-mm-ddThh:mm:ss.000000Z", 28);
    for (int i = 0, k = 0; i < 14; i++, k++) {
        k += i == 4 || i == 6 || i == 8 || i == 10 || i == 12;
        out[k] = p[i];
    }
    if (digits > 0)
        memcpy(out + 20, p + 15, (size_t)digits);
    return vfy_text_time(out);
}

static int sha2_bits(const X509_ALGOR *algorithm)
{
    const ASN1_OBJECT *name;

    X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    switch (OBJ_obj2nid(name)) {
    case NID_sha256: return 256;
    case NID_sha384: return 384;
    case NID_sha512: return 512;
    default: return 0;
    }
}

/* exactly one signer, by SHA-2, and nothing beside it that its signature does not cover, of a token
 * that a TSTInfo was decoded from */
static bool is_signed_once(PKCS7 *token)
{
    STACK_OF(PKCS7_SIGNER_INFO) *all = PKCS7_get_signer_info(token);
    const PKCS7_SIGNER_INFO *one = sk_PKCS7_SIGNER_INFO_num(all) == 1 ? sk_PKCS7_SIGNER_INFO_value(all, 0) : NULL;

    return one != NULL && sha2_bits(one->digest_alg) != 0 && one->unauth_attr == NULL && token->d.sign->crl == NULL;
}

static TS_RESP *decode(const char *p, size_t n)
{
    const unsigned char *at = (const unsigned char *)p;

    vfy_crypto_start();
    return d2i_TS_RESP(NULL, &at, (long)n);
}

static const char *wrong(TS_RESP *r, const char *p, size_t n, struct stamp *out)
{
    TS_TST_INFO *info = r == NULL ? NULL : TS_RESP_get_tst_info(r);
    unsigned char *der = NULL;
    const ASN1_OCTET_STRING *bytes;
    TS_MSG_IMPRINT *imprint;
    int len;

    if (r == NULL)
        return "not one TimeStampResp in DER";
    len = i2d_TS_RESP(r, &der);
    if (!spells(der, len, p, n))
        return "not in its one spelling (DER)";
    if (ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r))) != TS_STATUS_GRANTED)
        return "not granted"; /* else there is a token: it is not decoded without */
    if (!is_signed_once(TS_RESP_get_token(r)))
        return "not signed once, by SHA-2, with nothing unsigned but certificates";
    der = NULL;
    len = i2d_TS_TST_INFO(info, &der);
    bytes = PKCS7_get_octet_string(TS_RESP_get_token(r)->d.sign->contents); /* info was decoded from them */
    if (!spells(der, len, ASN1_STRING_get0_data(bytes), (size_t)ASN1_STRING_length(bytes)))
        return "what it says is not in its one spelling (DER)";
    imprint = TS_TST_INFO_get_msg_imprint(info);
    out->bits = sha2_bits(TS_MSG_IMPRINT_get_algo(imprint));
    bytes = TS_MSG_IMPRINT_get_msg(imprint);
    if (out->bits == 0 || ASN1_STRING_length(bytes) * 8 != out->bits)
        return "its imprint is not by SHA-256, SHA-384 or SHA-512";
    memcpy(out->imprint, ASN1_STRING_get0_data(bytes), (size_t)out->bits / 8);
    return write_time(TS_TST_INFO_get_time(info), out->time) ? NULL : "its genTime is no time in UTC, of microseconds at most";
}

int vfy_crypto_stamp(const char *p, size_t n, const char *path, struct stamp *out, struct err *e)
{
    TS_RESP *r = decode(p, n);
    const char *what;

    memset(out, 0, sizeof *out);
    what = wrong(r, p, n, out);
    TS_RESP_free(r);
    return what == NULL ? 0 : vfy_err_set(e, E_TIMESTAMP_INVALID, path, "%s", what);
}

/* The roots alone, at that time.  There is memory (vfy_crypto_start); a root that was not taken
 * vouches for nothing. */
static X509_STORE *open_store(const struct root *const *roots, size_t count, const char *time)
{
    X509_STORE *store = X509_STORE_new();

    for (size_t i = 0; i < count; i++) {
        const unsigned char *at = (const unsigned char *)roots[i]->der;
        X509 *cert = d2i_X509(NULL, &at, (long)roots[i]->n);

        X509_STORE_add_cert(store, cert);
        X509_free(cert);
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(vfy_text_micros(time) / 1000000));
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store), AUTH_LEVEL);
    return store;
}

/* no chain leads to a root, which is self-signed: one that ends elsewhere, or in another */
static bool is_unknown(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
           error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

/* whose it is comes before what it is worth */
static int check_chain(X509_STORE *store, PKCS7 *token, const char *path, struct err *e)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int error, rc = 0;

    if (signers == NULL) {
        rc = vfy_err_set(e, E_TIMESTAMP_INVALID, path, "the certificate of its signer is not in it");
    } else if (X509_STORE_CTX_init(ctx, store, sk_X509_value(signers, 0), token->d.sign->cert) != 1 ||
               X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_TIMESTAMP_SIGN) != 1 || X509_verify_cert(ctx) != 1) {
        error = X509_STORE_CTX_get_error(ctx);
        rc = vfy_err_set(e, is_unknown(error) ? E_TIMESTAMP_UNTRUSTED : E_TIMESTAMP_INVALID, path,
                         "its certificates at that time: %s", X509_verify_cert_error_string(error));
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(signers);
    return rc;
}

int vfy_crypto_stamp_holds(const char *p, size_t n, const struct stamp *s, const struct root *const *roots, size_t count,
                           const void *data, size_t len, const char *path, struct err *e)
{
    TS_RESP *r = decode(p, n);
    X509_STORE *store = open_store(roots, count, s->time);
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    int rc = -1;

    if (check_chain(store, TS_RESP_get_token(r), path, e) == 0) {
        TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE | TS_VFY_SIGNER | TS_VFY_DATA);
        TS_VERIFY_CTX_set_store(ctx, store);
        TS_VERIFY_CTX_set_data(ctx, BIO_new_mem_buf(data, (int)len));
        store = NULL; /* ctx has it now */
        rc = TS_RESP_verify_response(ctx, r) == 1
                 ? 0 : vfy_err_set(e, E_TIMESTAMP_INVALID, path, "the authority's signature does not hold, or is over something else");
    }
    TS_VERIFY_CTX_free(ctx);
    X509_STORE_free(store);
    TS_RESP_free(r);
    return rc;
}
