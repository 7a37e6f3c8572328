/* packager/dsse.c - see packager/dsse.h. */
#include "packager/dsse.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "packager/limits.h"

int pkg_dsse_pae(const char *type, const void *body, size_t len, struct buf *out, struct err *e)
{
    if (buf_addf(out, e, "DSSEv1 %zu %s %zu ", strlen(type), type, len) != 0)
        return -1;
    return buf_add(out, body, len, e);
}

static struct jv *base64_value(const void *data, size_t len, struct err *e)
{
    struct buf text = buf_init(2 * PKG_DOCUMENT_MAX);
    struct jv *v = NULL;

    if (base64_encode(data, len, &text, e) == 0)
        v = jv_string_len(text.data, text.len);
    buf_release(&text);
    return v;
}

static int add_signature(const struct pkg_key *key, const struct buf *pae, struct jv *list, struct err *e)
{
    unsigned char sig[PKG_KEY_SIGNATURE_BYTES];
    struct jv *one;

    if (pkg_key_sign(key, pae->data, pae->len, sig, e) != 0)
        return -1;
    one = jv_set(jv_object(), "keyid", jv_string(pkg_key_id(key)));
    jv_add(list, jv_set(one, "sig", base64_value(sig, sizeof sig, e)));
    return 0;
}

int pkg_dsse_sign_all(const struct pkg_key *const *keys, size_t n, const char *type, const void *body,
                      size_t len, struct buf *out, struct err *e)
{
    struct buf pae = buf_init(2 * PKG_DOCUMENT_MAX);
    struct jv *envelope = jv_object(), *list = jv_array();
    struct err later;
    int rc = -1, missing = 0;

    if (pkg_dsse_pae(type, body, len, &pae, e) != 0)
        goto out;
    for (size_t i = 0; i < n; i++) {
        if (add_signature(keys[i], &pae, list, missing ? &later : e) == 0)
            continue;
        if (!missing && e->kind != ERR_HOLD)
            goto out;
        missing = 1;
    }
    if (missing)
        goto out;
    jv_set(envelope, "payload", base64_value(body, len, e));
    jv_set(envelope, "payloadType", jv_string(type));
    jv_set(envelope, "signatures", list);
    list = NULL;
    rc = jv_document(envelope, out, e);
out:
    jv_free(list);
    jv_free(envelope);
    buf_release(&pae);
    return rc;
}

int pkg_dsse_sign(const struct pkg_key *key, const char *type, const void *body, size_t len,
                  struct buf *out, struct err *e)
{
    return pkg_dsse_sign_all(&key, 1, type, body, len, out, e);
}

/* The members of a parsed envelope, NULL where it has another shape. */
struct parts {
    const struct jv *payload;
    const char *keyid;
    const struct jv *sig;
};

static int check_shape(const struct jv *v, const char *type, struct parts *out)
{
    const struct jv *list = jv_get(v, "signatures");
    const struct jv *one = jv_is(list, JV_ARRAY) && list->count == 1 ? list->items[0] : NULL;

    out->payload = jv_get(v, "payload");
    out->keyid = jv_get_text(one, "keyid");
    out->sig = jv_get(one, "sig");
    return jv_is(v, JV_OBJECT) && v->count == 3 && jv_text_is(jv_get(v, "payloadType"), type) &&
                   jv_is(out->payload, JV_STRING) && jv_is(one, JV_OBJECT) && one->count == 2 &&
                   out->keyid != NULL && digest_is_hex(out->keyid) && jv_is(out->sig, JV_STRING)
               ? 0 : -1;
}

static int check_signature(const struct parts *parts, const char *type, const struct buf *body,
                           const struct pkg_key *key, struct err *e)
{
    struct buf pae = buf_init(2 * PKG_DOCUMENT_MAX);
    struct buf sig = buf_init(PKG_KEY_SIGNATURE_BYTES);
    int rc = -1;

    if (strcmp(parts->keyid, pkg_key_id(key)) != 0)
        err_set(e, ERR_INPUT, "signed by key %s, expected %s", parts->keyid, pkg_key_id(key));
    else if (base64_decode(parts->sig->bytes, parts->sig->len, &sig, e) == 0 &&
             pkg_dsse_pae(type, body->data, body->len, &pae, e) == 0)
        rc = pkg_key_verify(key, pae.data, pae.len, (const unsigned char *)sig.data, sig.len, e);
    buf_release(&sig);
    buf_release(&pae);
    return rc;
}

int pkg_dsse_open(const char *line, size_t len, const char *type, const struct pkg_key *key,
                  struct buf *payload, char keyid[DIGEST_HEX], struct err *e)
{
    struct jv *v = NULL;
    struct buf again = buf_init(2 * PKG_DOCUMENT_MAX);
    struct buf body = buf_init(PKG_DOCUMENT_MAX);
    struct parts parts = {NULL, NULL, NULL};
    int rc = -1;

    if (len > 0 && line[len - 1] == '\n')
        len--;
    if (jv_parse(line, len, &v, e) != 0 || jv_canonical(v, &again, e) != 0)
        goto out;
    if (again.len != len || memcmp(again.data, line, len) != 0 ||
        check_shape(v, type, &parts) != 0) {
        err_set(e, ERR_INPUT, "expected one canonical DSSE envelope of type %s", type);
        goto out;
    }
    if (buf_add(&body, "", 0, e) != 0 ||
        base64_decode(parts.payload->bytes, parts.payload->len, &body, e) != 0 ||
        (key != NULL && check_signature(&parts, type, &body, key, e) != 0) ||
        buf_add(payload, body.data, body.len, e) != 0)
        goto out;
    (void)snprintf(keyid, DIGEST_HEX, "%s", parts.keyid);
    rc = 0;
out:
    buf_release(&body);
    buf_release(&again);
    jv_free(v);
    return rc;
}

int pkg_dsse_signature(const char *line, size_t len, struct buf *out, struct err *e)
{
    struct jv *v = NULL;
    struct parts parts = {NULL, NULL, NULL};
    int rc = -1;

    if (len > 0 && line[len - 1] == '\n')
        len--;
    if (jv_parse(line, len, &v, e) == 0)
        rc = check_shape(v, PKG_DSSE_STATEMENT, &parts) != 0
                 ? err_set(e, ERR_INPUT, "expected a DSSE envelope of type %s", PKG_DSSE_STATEMENT)
                 : base64_decode(parts.sig->bytes, parts.sig->len, out, e);
    jv_free(v);
    return rc;
}
