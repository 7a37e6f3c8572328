/*
 * base/digest.h - SHA-256, HMAC-SHA-256 and random bytes.  The door to
 * libcrypto for hashing; keys and signatures have their own in packager/.
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#include "base/err.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX 65 /* 64 lower-case hex digits and a NUL */

struct digest; /* a running SHA-256 that can be used again and again */

/* digest_new(out, e): a context for many digests.  Ownership: digest_free(). */
int digest_new(struct digest **out, struct err *e) BASE_MUST_USE;
void digest_free(struct digest *d);

/* digest_begin / digest_add / digest_end: one SHA-256; end writes 32 bytes. */
int digest_begin(struct digest *d, struct err *e) BASE_MUST_USE;
int digest_add(struct digest *d, const void *data, size_t len, struct err *e) BASE_MUST_USE;
int digest_end(struct digest *d, unsigned char out[DIGEST_BYTES], struct err *e) BASE_MUST_USE;

/* digest_hex(data, len, out, e): SHA-256 of len bytes as hex. */
int digest_hex(const void *data, size_t len, char out[DIGEST_HEX], struct err *e) BASE_MUST_USE;

/* digest_hmac_hex(key, key_len, data, len, out, e): HMAC-SHA-256 as hex (RFC 2104). */
int digest_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
                    char out[DIGEST_HEX], struct err *e) BASE_MUST_USE;

/* digest_random(out, len, e): len unpredictable bytes. */
int digest_random(unsigned char *out, size_t len, struct err *e) BASE_MUST_USE;

/* digest_to_hex(bytes, len, out): 2 * len hex digits and a NUL. */
void digest_to_hex(const unsigned char *bytes, size_t len, char *out);

/* digest_is_hex(text): exactly 64 lower-case hex digits. */
int digest_is_hex(const char *text);

#endif
