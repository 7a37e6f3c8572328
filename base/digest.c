/*
 * base/digest.c - see base/digest.h.  Door to libcrypto.  Its EVP frees and allocates the state
 * at each start, 30 ns of 90 for a short row: a table has millions of them, so the incremental
 * digest is of SHA256_Update and its like, which OpenSSL 3 has deprecated and keeps.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct digest {
    SHA256_CTX state;
};

int digest_new(struct digest **out, struct err *e)
{
    struct digest *d = calloc(1, sizeof *d);

    if (d == NULL)
        return err_no_memory(e);
    *out = d;
    return 0;
}

void digest_free(struct digest *d)
{
    free(d);
}

int digest_begin(struct digest *d, struct err *e)
{
    return SHA256_Init(&d->state) == 1 ? 0 : err_set(e, ERR_SYSTEM, "libcrypto: SHA-256 cannot start");
}

int digest_add(struct digest *d, const void *data, size_t len, struct err *e)
{
    return SHA256_Update(&d->state, data, len) == 1
               ? 0 : err_set(e, ERR_SYSTEM, "libcrypto: SHA-256 cannot continue");
}

int digest_end(struct digest *d, unsigned char out[DIGEST_BYTES], struct err *e)
{
    return SHA256_Final(out, &d->state) == 1
               ? 0 : err_set(e, ERR_SYSTEM, "libcrypto: SHA-256 cannot finish");
}

int digest_hex(const void *data, size_t len, char out[DIGEST_HEX], struct err *e)
{
    unsigned char raw[DIGEST_BYTES];
    size_t n = 0;

    if (EVP_Q_digest(NULL, "SHA256", NULL, data, len, raw, &n) != 1 || n != DIGEST_BYTES)
        return err_set(e, ERR_SYSTEM, "libcrypto: SHA-256 failed");
    digest_to_hex(raw, DIGEST_BYTES, out);
    return 0;
}

int digest_hmac_hex(const void *key, size_t key_len, const void *data, size_t len,
                    char out[DIGEST_HEX], struct err *e)
{
    unsigned char raw[DIGEST_BYTES];
    size_t n = 0;

    if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_len, data, len, raw, sizeof raw,
                  &n) == NULL || n != DIGEST_BYTES)
        return err_set(e, ERR_SYSTEM, "libcrypto: HMAC-SHA-256 failed");
    digest_to_hex(raw, DIGEST_BYTES, out);
    return 0;
}

int digest_random(unsigned char *out, size_t len, struct err *e)
{
    return len <= 1024 && RAND_bytes(out, (int)len) == 1
               ? 0 : err_set(e, ERR_SYSTEM, "libcrypto: no random bytes");
}

void digest_to_hex(const unsigned char *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

int digest_is_hex(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}
