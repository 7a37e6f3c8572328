/* packager/dsse.h - DSSE envelopes in our strict profile.  FORMAT.md section 8. */
#ifndef PACKAGER_DSSE_H
#define PACKAGER_DSSE_H

#include "base/buf.h"
#include "packager/key.h"

#define PKG_DSSE_STATEMENT "application/vnd.in-toto+json"
#define PKG_DSSE_POLICY "application/vnd.dryproof.policy+json"
#define PKG_DSSE_LEDGER "application/vnd.dryproof.ledger+json"
#define PKG_DSSE_REVIEW "application/vnd.dryproof.review+json"

/* pkg_dsse_pae(type, body, len, out, e): append the pre-authentication encoding. */
int pkg_dsse_pae(const char *type, const void *body, size_t len, struct buf *out, struct err *e)
    BASE_MUST_USE;

/* pkg_dsse_sign(key, type, body, len, out, e): append one envelope, canonical, and LF. */
int pkg_dsse_sign(const struct pkg_key *key, const char *type, const void *body, size_t len,
                  struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_dsse_sign_all(keys, n, type, body, len, out, e): the same with a signature by each, sorted by
 * keyid as they are given; what has to be signed elsewhere is asked for of all of them at once. */
int pkg_dsse_sign_all(const struct pkg_key *const *keys, size_t n, const char *type, const void *body,
                      size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_dsse_open(line, len, type, key, payload, keyid, e): parse one canonical envelope
 * (with or without its LF), append its payload and copy its keyid (DIGEST_HEX bytes).  With
 * a key, the keyid and the signature must be that key's.  ERR_INPUT otherwise. */
int pkg_dsse_open(const char *line, size_t len, const char *type, const struct pkg_key *key,
                  struct buf *payload, char keyid[DIGEST_HEX], struct err *e) BASE_MUST_USE;

/* pkg_dsse_signature(line, len, out, e): append the bytes of one envelope's signature. */
int pkg_dsse_signature(const char *line, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
