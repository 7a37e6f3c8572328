/*
 * verifier/dsse.h - DSSE envelopes in our strict profile, and what they say.
 *
 * FORMAT.md section 8.  Nothing of a payload is looked at before its signature holds.
 */
#ifndef VFY_DSSE_H
#define VFY_DSSE_H

#include "verifier/policy.h"

struct envelope {
    const struct json *payload; /* the parsed statement */
    const struct trusted *signer;
    const char *sig; /* its bytes */
    size_t sig_len;
    const char *stamped; /* genTime of its timestamp, or NULL; worth nothing by itself */
    const char *when;    /* the same when an authority that is trusted vouches for it, or NULL */
};

/* vfy_dsse_pae(b, type, body, n) - append the bytes that are signed. */
void vfy_dsse_pae(struct buf *b, const char *type, const char *body, size_t n);

/*
 * vfy_dsse_open(a, p, n, type, role, policy, path, out, e) - one envelope, without its LF.
 *
 * Order: format and canonical bytes, payload type, one signature, a trusted key of
 * that role, the signature, then the payload as canonical JSON.  Returns 0; or -1
 * with the first of E_JSON_*, E_DSSE_*, E_KEY_*, E_SIG_* in *e.
 */
int vfy_dsse_open(struct arena *a, const char *p, size_t n, const char *type, enum vfy_role role,
                  const struct policy *policy, const char *path, struct envelope *out,
                  struct err *e) __attribute__((warn_unused_result));

#endif
