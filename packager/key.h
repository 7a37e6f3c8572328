/*
 * packager/key.h - Ed25519 keys and signatures; key.c is the door to libcrypto for
 * them.  FORMAT.md section 8.
 */
#ifndef PACKAGER_KEY_H
#define PACKAGER_KEY_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"
#include "base/digest.h"

#define PKG_KEY_RAW_BYTES 32
#define PKG_KEY_SIGNATURE_BYTES 64

struct pkg_key; /* a public key, with its private half when it was made or read from one */

/* pkg_key_new(out, e): a fresh random key pair.  Ownership: pkg_key_free(). */
int pkg_key_new(struct pkg_key **out, struct err *e) BASE_MUST_USE;
void pkg_key_free(struct pkg_key *key);

/* pkg_key_parse_private / _public(pem, len, out, e): the first PEM block of its kind; text
 * before it is skipped.  ERR_INPUT for anything but an unencrypted Ed25519 key. */
int pkg_key_parse_private(const char *pem, size_t len, struct pkg_key **out, struct err *e)
    BASE_MUST_USE;
int pkg_key_parse_public(const char *pem, size_t len, struct pkg_key **out, struct err *e)
    BASE_MUST_USE;

/* pkg_key_write_private(key, out, e): append PKCS#8 PEM; wipe out with pkg_key_wipe(). */
int pkg_key_write_private(const struct pkg_key *key, struct buf *out, struct err *e) BASE_MUST_USE;
/* pkg_key_write_public(key, out, e): append SubjectPublicKeyInfo PEM. */
int pkg_key_write_public(const struct pkg_key *key, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_key_id(key): SHA-256 of the SubjectPublicKeyInfo (DER), hex. */
const char *pkg_key_id(const struct pkg_key *key);
/* pkg_key_raw(key): the 32 bytes of the public key. */
const unsigned char *pkg_key_raw(const struct pkg_key *key);

/* pkg_key_set_elsewhere(key, dir): a public key signs by packager/elsewhere.h in this folder.
 * Ownership: dir stays the caller's and must live as long as key. */
void pkg_key_set_elsewhere(struct pkg_key *key, const char *dir);
/* pkg_key_time(key, out, e): now, or when signatures were first asked for elsewhere. */
int pkg_key_time(const struct pkg_key *key, time_t *out, struct err *e) BASE_MUST_USE;

/* pkg_key_sign(key, data, len, sig, e): Ed25519, deterministic.  ERR_INPUT for a public key that
 * does not sign elsewhere, ERR_HOLD for a signature that has to be brought. */
int pkg_key_sign(const struct pkg_key *key, const void *data, size_t len,
                 unsigned char sig[PKG_KEY_SIGNATURE_BYTES], struct err *e) BASE_MUST_USE;
/* pkg_key_verify: 0 when sig is key's signature over data; ERR_INPUT when it is not. */
int pkg_key_verify(const struct pkg_key *key, const void *data, size_t len,
                   const unsigned char *sig, size_t sig_len, struct err *e) BASE_MUST_USE;

/* pkg_key_wipe(b): overwrite and free a buffer that held a private key. */
void pkg_key_wipe(struct buf *b);

#endif
