/* verifier/dsse.c - see dsse.h. */
#include "verifier/dsse.h"

#include "verifier/limits.h"
#include "verifier/text.h"

#include <string.h>

void vfy_dsse_pae(struct buf *b, const char *type, const char *body, size_t n)
{
    vfy_mem_put(b, "DSSEv1 %zu %s %zu ", strlen(type), type, n);
    vfy_mem_add(b, body, n);
}

static bool is_string(const struct json *v)
{
    return v != NULL && v->type == JSON_STRING;
}

/* exactly payload, payloadType and signatures: one {keyid, sig} */
static int check_format(const struct json *v, const char *type, const char *path, struct err *e)
{
    const struct json *signatures = vfy_json_get(v, "signatures"), *one = vfy_json_at(signatures, 0);
    const struct json *sig = vfy_json_get(one, "sig");

    if (!is_string(vfy_json_get(v, "payload")) || !is_string(vfy_json_get(v, "payloadType")))
        return vfy_err_set(e, E_DSSE_FORMAT, path, "no payload or payloadType");
    if (signatures == NULL || signatures->type == JSON_NULL || (signatures->type == JSON_ARRAY && one == NULL))
        return vfy_err_set(e, E_SIG_MISSING, path, "it bears no signature");
    if (vfy_json_count(signatures) != 1)
        return vfy_err_set(e, E_DSSE_SIGCOUNT, path, "expected exactly one signature");
    if (!vfy_text_hex(vfy_json_str(one, "keyid"), VFY_HEX - 1))
        return vfy_err_set(e, E_KEY_ID, path, "keyid is not 64 lower-case hex digits");
    if (v->count != 3 || one->count != 1 + (sig != NULL))
        return vfy_err_set(e, E_DSSE_NONCANONICAL, path, "a member that nobody signs");
    if (!vfy_json_is(vfy_json_get(v, "payloadType"), type))
        return vfy_err_set(e, E_DSSE_PAYLOADTYPE, path, "payloadType is not %s", type);
    if (!is_string(sig))
        return vfy_err_set(e, E_DSSE_FORMAT, path, "no sig");
    return 0;
}

static int decode(struct arena *a, const struct json *v, const char *path, char **out, size_t *n, struct err *e)
{
    if (vfy_text_base64(a, v->u.text, v->count, out, n) != 0)
        return vfy_err_set(e, E_DSSE_FORMAT, path, "not standard base64 with padding");
    return 0;
}

int vfy_dsse_open(struct arena *a, const char *p, size_t n, const char *type, enum vfy_role role,
                  const struct policy *policy, const char *path, struct envelope *out, struct err *e)
{
    const struct json *v, *one;
    struct buf pae = {a, NULL, 0, 0};
    size_t body_len, sig_len;
    char *body, *sig;

    if (vfy_json_document(a, p, n, path, &v, e) != 0) {
        if (e->code == E_JSON_NONCANONICAL)
            e->code = E_DSSE_NONCANONICAL;
        return -1;
    }
    if (check_format(v, type, path, e) != 0)
        return -1;
    one = vfy_json_at(vfy_json_get(v, "signatures"), 0);
    if (decode(a, vfy_json_get(one, "sig"), path, &sig, &sig_len, e) != 0 ||
        decode(a, vfy_json_get(v, "payload"), path, &body, &body_len, e) != 0)
        return -1;
    if (sig_len != VFY_SIG)
        return vfy_err_set(e, E_DSSE_FORMAT, path, "a signature of %zu bytes, expected %d", sig_len, VFY_SIG);
    *out = (struct envelope){.sig = sig, .sig_len = sig_len};
    out->signer = vfy_policy_find(policy, vfy_json_str(one, "keyid"));
    if (out->signer == NULL)
        return vfy_err_set(e, E_KEY_UNTRUSTED, path, "no trusted key has the keyid %s", vfy_json_str(one, "keyid"));
    if (vfy_policy_may_sign(out->signer, role, path, e) != 0)
        return -1;
    vfy_dsse_pae(&pae, type, body, body_len);
    if (!vfy_crypto_verify(out->signer->key.raw, sig, sig_len, pae.p, pae.len))
        return vfy_err_set(e, E_SIG_INVALID, path, "the signature does not fit these bytes");
    return vfy_json_document(a, body, body_len, path, &out->payload, e);
}
