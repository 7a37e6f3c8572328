/* verifier/crypto.h - SHA-256, Ed25519 and RFC 3161; the door to libcrypto. */
#ifndef VFY_CRYPTO_H
#define VFY_CRYPTO_H

#include "verifier/err.h"
#include "verifier/mem.h"

#include <stddef.h>
#include <stdint.h>

enum { VFY_HEX = 65, VFY_RAW_KEY = 32, VFY_SIG = 64, VFY_MAC_KEY = 32, VFY_TAG = 16 };

struct pubkey {
    uint8_t raw[VFY_RAW_KEY];
    char keyid[VFY_HEX]; /* SHA-256 of the SubjectPublicKeyInfo */
};

/* vfy_crypto_sha256(p, n, hex) - the digest in lower-case hex; ends the program, 70, when
 * libcrypto has no such algorithm. */
void vfy_crypto_sha256(const void *p, size_t n, char hex[VFY_HEX]);

/* vfy_crypto_begin(), vfy_crypto_add(h, p, n), vfy_crypto_end(h, hex) - the same, piece by
 * piece; the last gives h back. */
struct vfy_hash *vfy_crypto_begin(void);
void vfy_crypto_add(struct vfy_hash *h, const void *p, size_t n);
void vfy_crypto_end(struct vfy_hash *h, char hex[VFY_HEX]);

/*
 * vfy_crypto_mac_begin(key), vfy_crypto_mac_add(m, p, n), vfy_crypto_mac_end(m, tag) - Poly1305
 * (RFC 8439 section 2.5), piece by piece; the last gives m back.  A seventh of the cost of
 * SHA-256, and good for one thing: to tell whether bytes are those of an earlier tag by the
 * same random key, to whoever alone knows key and tags.
 *
 * Both end the program, 70, when libcrypto has no such algorithm.
 */
struct vfy_mac *vfy_crypto_mac_begin(const uint8_t key[VFY_MAC_KEY]);
void vfy_crypto_mac_add(struct vfy_mac *m, const void *p, size_t n);
void vfy_crypto_mac_end(struct vfy_mac *m, uint8_t tag[VFY_TAG]);

/* vfy_crypto_raw(bits, p, n, out) - SHA-256, SHA-384 or SHA-512 as bytes; returns how many. */
size_t vfy_crypto_raw(int bits, const void *p, size_t n, uint8_t out[64]);

/* vfy_crypto_verify(raw, sig, sig_len, p, n) - whether sig is an Ed25519 signature of p; ends
 * the program, 70, when libcrypto has no such algorithm. */
bool vfy_crypto_verify(const uint8_t raw[VFY_RAW_KEY], const void *sig, size_t sig_len,
                       const void *p, size_t n);

/*
 * vfy_crypto_key(a, pem, n, k, e) - a SubjectPublicKeyInfo PEM of an Ed25519 key.
 * pem ends with NUL.
 *
 * Returns 0; or -1 with *e: E_POLICY_INVALID not exactly one such PEM block,
 * E_ALG_FORBIDDEN another algorithm, E_KEY_WEAK a point of low order or y >= p.
 */
int vfy_crypto_key(struct arena *a, const char *pem, size_t n, struct pubkey *k, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_crypto_pem(a, pem, n, label, der, der_len, e) - what stands in the one PEM block of that
 * label; text lines may stand before it.  pem ends with NUL.
 *
 * Returns 0; or -1 with *e: E_POLICY_INVALID.
 */
int vfy_crypto_pem(struct arena *a, const char *pem, size_t n, const char *label, char **der, size_t *der_len,
                   struct err *e) __attribute__((warn_unused_result));

struct root { /* the certificate of a timestamping authority's root */
    const char *der;
    size_t n;
    char keyid[VFY_HEX]; /* SHA-256 of its SubjectPublicKeyInfo */
};

struct stamp { /* what an RFC 3161 response says, before anybody trusts it */
    int bits; /* of SHA-2, of its imprint */
    uint8_t imprint[64];
    char time[28]; /* genTime, as the format writes times; "" for none */
};

/* vfy_crypto_hex(raw, hex) - a digest of 32 bytes, written. */
void vfy_crypto_hex(const uint8_t raw[32], char hex[VFY_HEX]);

/* vfy_crypto_share() - before other threads use this file. */
void vfy_crypto_share(void);

/*
 * vfy_crypto_root(a, pem, n, out, e) - a self-signed X.509 v3 certificate of a CA.  pem ends with NUL.
 *
 * Returns 0; or -1 with *e: E_POLICY_INVALID, or E_KEY_WEAK less than 112 bits of security.
 */
int vfy_crypto_root(struct arena *a, const char *pem, size_t n, struct root *out, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_crypto_stamp(p, n, path, out, e) - the form of a TimeStampResp: granted, one spelling, one
 * signer, an imprint by SHA-2, and nothing beside what the signature covers but certificates.
 *
 * Returns 0; or -1 with *e: E_TIMESTAMP_INVALID.
 */
int vfy_crypto_stamp(const char *p, size_t n, const char *path, struct stamp *out, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_crypto_stamp_holds(p, n, s, roots, count, data, len, path, e) - whether a response of that
 * form is by an authority below one of these roots, whose certificates were all valid at genTime
 * and are for timestamping, and is over data.
 *
 * Returns 0; or -1 with *e: E_TIMESTAMP_UNTRUSTED no chain leads to a root, nothing else was looked
 * at; E_TIMESTAMP_INVALID.
 */
int vfy_crypto_stamp_holds(const char *p, size_t n, const struct stamp *s, const struct root *const *roots, size_t count,
                           const void *data, size_t len, const char *path, struct err *e)
    __attribute__((warn_unused_result));

#endif
