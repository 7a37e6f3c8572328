/* packager/key_wire.c - see packager/stamp.h: RFC 3161 by libcrypto, the second leaf of its door. */
#include "packager/stamp.h"

#include "base/digest.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <string.h>

int pkg_stamp_query(const void *sig, size_t n, struct buf *out, struct err *e)
{
    unsigned char raw[DIGEST_BYTES], *der = NULL;
    TS_REQ *req = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    int len = -1, rc = -1;

    if (req == NULL || imprint == NULL || algorithm == NULL || EVP_Digest(sig, n, raw, NULL, EVP_sha256(), NULL) != 1 ||
        X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
        TS_MSG_IMPRINT_set_algo(imprint, algorithm) != 1 || TS_MSG_IMPRINT_set_msg(imprint, raw, sizeof raw) != 1 ||
        TS_REQ_set_version(req, 1) != 1 || TS_REQ_set_msg_imprint(req, imprint) != 1 || TS_REQ_set_cert_req(req, 1) != 1 ||
        (len = i2d_TS_REQ(req, &der)) <= 0)
        err_no_memory(e);
    else
        rc = buf_add(out, der, (size_t)len, e);
    OPENSSL_free(der);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    TS_REQ_free(req);
    ERR_clear_error();
    return rc;
}

/* what a verifier will ask of it before it asks who vouches for it */
static int check_form(TS_RESP *r, const struct buf *response, struct err *e)
{
    unsigned char *der = NULL;
    PKCS7 *token;
    int len, same;

    if (ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r))) != TS_STATUS_GRANTED)
        return err_set(e, ERR_SYSTEM, "the authority refuses: status %ld",
                       ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r))));
    len = i2d_TS_RESP(r, &der);
    same = len > 0 && (size_t)len == response->len && memcmp(der, response->data, response->len) == 0;
    OPENSSL_free(der);
    token = TS_RESP_get_token(r);
    if (!same)
        return err_set(e, ERR_SYSTEM, "the authority's answer is not in DER; use another authority");
    if (token == NULL || sk_X509_num(token->d.sign->cert) <= 0)
        return err_set(e, ERR_SYSTEM, "the authority's certificate is not in its answer; ask it with certReq");
    return 0;
}

int pkg_stamp_is_over(const struct buf *response, const void *sig, size_t n, bool *is_over, struct err *e)
{
    const unsigned char *at = (const unsigned char *)response->data;
    TS_RESP *r = response->len == 0 ? NULL : d2i_TS_RESP(NULL, &at, (long)response->len);
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    int rc = -1;

    if (ctx == NULL) {
        err_no_memory(e);
    } else if (r == NULL || at != (const unsigned char *)response->data + response->len) {
        err_set(e, ERR_SYSTEM, "the answer is no RFC 3161 response, of %zu bytes", response->len);
    } else if (check_form(r, response, e) == 0) {
        TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA);
        TS_VERIFY_CTX_set_data(ctx, BIO_new_mem_buf(sig, (int)n));
        *is_over = TS_RESP_verify_response(ctx, r) == 1;
        rc = 0;
    }
    TS_VERIFY_CTX_free(ctx);
    TS_RESP_free(r);
    ERR_clear_error();
    return rc;
}
