/*
 * packager/elsewhere.h - signatures that are made on another host, or in a device: the bytes to be
 * signed go out as files, the signatures come back as files.  This host has the public key alone.
 *
 * In the folder, KEY being the first 16 digits of the keyid and ID the SHA-256 of the bytes:
 * KEY-ID.tbs is what is to be signed, exactly; KEY-ID.sig its Ed25519 signature, 64 bytes, as
 * "openssl pkeyutl -sign -rawin" writes it.
 */
#ifndef PACKAGER_ELSEWHERE_H
#define PACKAGER_ELSEWHERE_H

#include <time.h>

#include "packager/key.h"

/*
 * pkg_elsewhere_sign(dir, key, data, len, sig, e): the signature that somebody brought.
 *
 * ERR_HOLD when it is not there: then KEY-ID.tbs is.  ERR_INPUT, naming the file, when it is not
 * this key's signature over these bytes.  The folder is made when it is not there.
 */
int pkg_elsewhere_sign(const char *dir, const struct pkg_key *key, const void *data, size_t len,
                       unsigned char sig[PKG_KEY_SIGNATURE_BYTES], struct err *e) BASE_MUST_USE;

/* pkg_elsewhere_time(dir, out, e): the time at which this was first asked, kept in DIR/time: what is
 * to be signed has to be the same bytes when the signature is back. */
int pkg_elsewhere_time(const char *dir, time_t *out, struct err *e) BASE_MUST_USE;

#endif
