/*
 * packager/key.c - see packager/key.h.  The door to libcrypto for keys; its error
 * queue is drained here and never reaches a caller.
 */
#include "packager/key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "packager/elsewhere.h"

struct pkg_key {
    EVP_PKEY *pkey;
    int has_private;
    unsigned char raw[PKG_KEY_RAW_BYTES];
    char id[DIGEST_HEX];
    const char *elsewhere; /* or NULL */
};

static int libcrypto_failed(struct err *e, enum err_kind kind, const char *what)
{
    char text[256] = "no reason given";
    unsigned long code = ERR_get_error();

    if (code != 0)
        ERR_error_string_n(code, text, sizeof text);
    ERR_clear_error();
    return err_set(e, kind, "%s (libcrypto: %s)", what, text);
}

/* Takes pkey over, also on failure. */
static int adopt(EVP_PKEY *pkey, int has_private, struct pkg_key **out, struct err *e)
{
    struct pkg_key *key = calloc(1, sizeof *key);
    unsigned char *der = NULL;
    size_t raw_len = sizeof key->raw;
    int der_len;
    int rc = -1;

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        return err_no_memory(e);
    }
    key->pkey = pkey;
    key->has_private = has_private;
    if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519) {
        err_set(e, ERR_INPUT, "the key is not Ed25519; make one with dryproof-pack key new");
        goto out;
    }
    der_len = i2d_PUBKEY(pkey, &der);
    if (der_len <= 0 || EVP_PKEY_get_raw_public_key(pkey, key->raw, &raw_len) != 1 ||
        raw_len != sizeof key->raw) {
        libcrypto_failed(e, ERR_SYSTEM, "cannot encode the public key");
        goto out;
    }
    if (digest_hex(der, (size_t)der_len, key->id, e) != 0)
        goto out;
    *out = key;
    key = NULL;
    rc = 0;
out:
    OPENSSL_free(der);
    pkg_key_free(key);
    return rc;
}

int pkg_key_new(struct pkg_key **out, struct err *e)
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if (pkey == NULL)
        return libcrypto_failed(e, ERR_SYSTEM, "cannot make an Ed25519 key");
    return adopt(pkey, 1, out, e);
}

void pkg_key_free(struct pkg_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* Without this libcrypto would prompt for a passphrase on the terminal. */
static int no_passphrase(char *out, int size, int rwflag, void *arg)
{
    (void)out;
    (void)size;
    (void)rwflag;
    (void)arg;
    return -1;
}

static int parse(const char *pem, size_t len, int is_private, struct pkg_key **out, struct err *e)
{
    BIO *in = BIO_new_mem_buf(pem, (int)len);
    EVP_PKEY *pkey;

    if (in == NULL)
        return libcrypto_failed(e, ERR_SYSTEM, "cannot read the key");
    pkey = is_private ? PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL)
                      : PEM_read_bio_PUBKEY(in, NULL, no_passphrase, NULL);
    BIO_free(in);
    if (pkey == NULL)
        return libcrypto_failed(e, ERR_INPUT,
                                is_private ? "expected an unencrypted PKCS#8 private key in PEM"
                                           : "expected a public key in PEM");
    return adopt(pkey, is_private, out, e);
}

int pkg_key_parse_private(const char *pem, size_t len, struct pkg_key **out, struct err *e)
{
    return parse(pem, len, 1, out, e);
}

int pkg_key_parse_public(const char *pem, size_t len, struct pkg_key **out, struct err *e)
{
    return parse(pem, len, 0, out, e);
}

static int write_pem(const struct pkg_key *key, int is_private, struct buf *out, struct err *e)
{
    BIO *mem = BIO_new(BIO_s_secmem());
    char *data = NULL;
    long len;
    int rc = -1;

    if (mem == NULL)
        return libcrypto_failed(e, ERR_SYSTEM, "cannot write the key");
    if ((is_private ? PEM_write_bio_PKCS8PrivateKey(mem, key->pkey, NULL, NULL, 0, NULL, NULL)
                    : PEM_write_bio_PUBKEY(mem, key->pkey)) != 1) {
        libcrypto_failed(e, ERR_SYSTEM, "cannot write the key");
        goto out;
    }
    len = BIO_get_mem_data(mem, &data);
    rc = buf_add(out, data, (size_t)len, e);
out:
    BIO_free(mem);
    return rc;
}

int pkg_key_write_private(const struct pkg_key *key, struct buf *out, struct err *e)
{
    return write_pem(key, 1, out, e);
}

int pkg_key_write_public(const struct pkg_key *key, struct buf *out, struct err *e)
{
    return write_pem(key, 0, out, e);
}

const char *pkg_key_id(const struct pkg_key *key)
{
    return key->id;
}

const unsigned char *pkg_key_raw(const struct pkg_key *key)
{
    return key->raw;
}

void pkg_key_set_elsewhere(struct pkg_key *key, const char *dir)
{
    key->elsewhere = dir;
}

int pkg_key_time(const struct pkg_key *key, time_t *out, struct err *e)
{
    if (!key->has_private && key->elsewhere != NULL)
        return pkg_elsewhere_time(key->elsewhere, out, e);
    *out = time(NULL);
    return 0;
}

static int sign_here(const struct pkg_key *key, const void *data, size_t len,
                     unsigned char sig[PKG_KEY_SIGNATURE_BYTES], struct err *e)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = PKG_KEY_SIGNATURE_BYTES;
    int rc = -1;

    if (!key->has_private)
        err_set(e, ERR_INPUT, "a public key cannot sign; give the private one");
    else if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) != 1 ||
             EVP_DigestSign(ctx, sig, &n, data, len) != 1 || n != PKG_KEY_SIGNATURE_BYTES)
        libcrypto_failed(e, ERR_SYSTEM, "cannot sign");
    else
        rc = 0;
    EVP_MD_CTX_free(ctx);
    return rc;
}

int pkg_key_sign(const struct pkg_key *key, const void *data, size_t len,
                 unsigned char sig[PKG_KEY_SIGNATURE_BYTES], struct err *e)
{
    return key->has_private || key->elsewhere == NULL ? sign_here(key, data, len, sig, e)
                                                      : pkg_elsewhere_sign(key->elsewhere, key, data, len, sig, e);
}

int pkg_key_verify(const struct pkg_key *key, const void *data, size_t len,
                   const unsigned char *sig, size_t sig_len, struct err *e)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int rc = -1;

    if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) != 1)
        libcrypto_failed(e, ERR_SYSTEM, "cannot check a signature");
    else if (EVP_DigestVerify(ctx, sig, sig_len, data, len) != 1)
        libcrypto_failed(e, ERR_INPUT, "the signature is not this key's over these bytes");
    else
        rc = 0;
    EVP_MD_CTX_free(ctx);
    return rc;
}

void pkg_key_wipe(struct buf *b)
{
    if (b->data != NULL)
        OPENSSL_cleanse(b->data, b->cap);
    buf_release(b);
}
