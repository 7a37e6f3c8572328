/* verifier/rotation.c - see rotation.h. */
#include "verifier/rotation.h"

#include "verifier/dsse.h"
#include "verifier/file.h"
#include "verifier/limits.h"
#include "verifier/shape.h"
#include "verifier/text.h"

#include <string.h>

static const char type[] = "application/vnd.dryproof.policy+json";

static bool is_root(const struct policy *p, const char *keyid)
{
    const struct trusted *key = vfy_policy_find(p, keyid);

    return key != NULL && key->role == ROLE_ROOT && !key->is_revoked;
}

/* one that counts for the old policy, for the new one, or for both; others have no place there */
static int check_signature(struct arena *a, const struct json *one, const struct buf *pae, const struct policy *old,
                           const struct policy *new, size_t signers[2], const char *path, struct err *e)
{
    const char *keyid = vfy_json_str(one, "keyid");
    const struct json *text = vfy_json_get(one, "sig");
    bool by_old = is_root(old, keyid), by_new = is_root(new, keyid);
    const struct trusted *key = by_old ? vfy_policy_find(old, keyid) : vfy_policy_find(new, keyid);
    char *sig;
    size_t n;

    if (!by_old && !by_new)
        return vfy_err_set(e, E_POLICY_INVALID, path, "%s signs it, which is a root key of neither policy", keyid);
    if (vfy_text_base64(a, text->u.text, text->count, &sig, &n) != 0 ||
        !vfy_crypto_verify(key->key.raw, sig, n, pae->p, pae->len))
        return vfy_err_set(e, E_POLICY_INVALID, path, "the signature of %s does not fit these bytes", keyid);
    signers[0] += by_old;
    signers[1] += by_new;
    return 0;
}

static int check_signatures(struct arena *a, const struct json *list, const struct buf *pae, const struct policy *old,
                            const struct policy *new, const char *path, struct err *e)
{
    const struct policy *both[2] = {old, new};
    const char *last = "";
    size_t signers[2] = {0, 0};

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const char *keyid = vfy_json_str(vfy_json_at(list, i), "keyid");

        if (strcmp(last, keyid) >= 0)
            return vfy_err_set(e, E_POLICY_INVALID, path, "its signatures are not in the order of their keyids, each once");
        last = keyid;
        if (check_signature(a, vfy_json_at(list, i), pae, old, new, signers, path, e) != 0)
            return -1;
    }
    for (int i = 0; i < 2; i++)
        if (signers[i] < vfy_policy_roots(both[i]))
            return vfy_err_set(e, E_POLICY_INVALID, path, "%zu root keys of the %s policy signed it, %zu have to", signers[i],
                               i == 0 ? "old" : "new", vfy_policy_roots(both[i]));
    return 0;
}

int vfy_rotation_follow(struct arena *a, const char *path, struct policy *p, struct err *e)
{
    struct buf pae = {a, NULL, 0, 0};
    const struct json *doc, *payload;
    struct policy next;
    char *text, *body, where[80];
    size_t n, len;

    if (vfy_file_read(a, path, 2 * VFY_MAX_POLICY_BYTES, &text, &n, e) != 0)
        return -1;
    if (n == 0 || text[n - 1] != '\n' || vfy_json_document(a, text, n - 1, path, &doc, e) != 0 ||
        !vfy_shape_check(doc, "{payload:S,payloadType:S,signatures:[{keyid:h,sig:S}]}", where, sizeof where) ||
        !vfy_json_is(vfy_json_get(doc, "payloadType"), type))
        return vfy_err_set(e, E_POLICY_INVALID, path, "not one canonical DSSE envelope of %s, and LF", type);
    payload = vfy_json_get(doc, "payload");
    if (vfy_text_base64(a, payload->u.text, payload->count, &body, &len) != 0)
        return vfy_err_set(e, E_POLICY_INVALID, path, "its payload is not standard base64 with padding");
    if (len > VFY_MAX_POLICY_BYTES)
        return vfy_err_set(e, E_POLICY_INVALID, path, "the policy in it is larger than MAX_POLICY_BYTES");
    if (vfy_policy_parse(a, body, len, &next, e) != 0)
        return -1;
    if (next.version != p->version + 1)
        return vfy_err_set(e, E_POLICY_INVALID, path, "it is version %lld, and follows on %lld", (long long)next.version,
                           (long long)p->version);
    vfy_dsse_pae(&pae, type, body, len);
    if (check_signatures(a, vfy_json_get(doc, "signatures"), &pae, p, &next, path, e) != 0)
        return -1;
    *p = next;
    return 0;
}
