/* verifier/crypto.h - SHA-256 and Ed25519; the door to libcrypto. */
#ifndef VFY_CRYPTO_H
#define VFY_CRYPTO_H

#include "verifier/err.h"
#include "verifier/mem.h"

#include <stddef.h>
#include <stdint.h>

enum { VFY_HEX = 65, VFY_RAW_KEY = 32, VFY_SIG = 64 };

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

/* vfy_crypto_raw(bits, p, n, out) - SHA-256 or SHA-512 as bytes; returns how many. */
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

#endif
