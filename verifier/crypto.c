/* verifier/crypto.c - see crypto.h.  With crypto_wire.c the only file that includes OpenSSL's headers. */
#include "verifier/crypto_wire.h"

#include "verifier/text.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410) */
static const uint8_t spki[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

static void *raw_alloc(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return vfy_mem_raw(NULL, n);
}

static void *raw_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file, (void)line;
    return vfy_mem_raw(p, n);
}

static void raw_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    free(p);
}

/* it has memory, so that this is a libcrypto without what the format needs */
static void must(bool done)
{
    if (done)
        return;
    fprintf(stderr, "dryproof-verify: E_INTERNAL: libcrypto has no SHA-2, no Ed25519 or no Poly1305\n");
    exit(70);
}

/* Without memory libcrypto says that a signature does not fit, or crashes: it never gets to.
 * Its configuration could load other code and is not looked at, its messages are not shown, and
 * at the end there is nothing to clean up. */
void vfy_crypto_start(void)
{
    CRYPTO_set_mem_functions(raw_alloc, raw_realloc, raw_free);
    must(OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT,
                             NULL) == 1);
}

/* once: an implicit fetch costs more than a short hash */
static const EVP_MD *algorithm(int bits)
{
    static struct {
        int bits;
        const char *name;
        EVP_MD *md;
    } all[] = {{256, "SHA256", NULL}, {384, "SHA384", NULL}, {512, "SHA512", NULL}};
    size_t i = 0;

    while (all[i].bits != bits)
        must(++i < sizeof all / sizeof *all);
    if (all[i].md == NULL) {
        vfy_crypto_start();
        all[i].md = EVP_MD_fetch(NULL, all[i].name, NULL);
    }
    return all[i].md;
}

static EVP_MAC *poly1305(void)
{
    static EVP_MAC *mac;

    if (mac == NULL) {
        vfy_crypto_start();
        mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
        must(mac != NULL); /* a context of none is a crash */
    }
    return mac;
}

void vfy_crypto_share(void)
{
    poly1305();
    algorithm(256);
    algorithm(384);
    algorithm(512);
}

void vfy_crypto_hex(const uint8_t raw[32], char hex[VFY_HEX])
{
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[raw[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[raw[i] & 15];
    }
    hex[64] = '\0';
}

size_t vfy_crypto_raw(int bits, const void *p, size_t n, uint8_t out[64])
{
    must(EVP_Digest(p, n, out, NULL, algorithm(bits), NULL) == 1);
    return (size_t)bits / 8;
}

void vfy_crypto_sha256(const void *p, size_t n, char hex[VFY_HEX])
{
    uint8_t raw[64];

    vfy_crypto_raw(256, p, n, raw);
    vfy_crypto_hex(raw, hex);
}

struct vfy_hash *vfy_crypto_begin(void)
{
    const EVP_MD *md = algorithm(256);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    must(EVP_DigestInit_ex2(ctx, md, NULL) == 1);
    return (struct vfy_hash *)ctx;
}

void vfy_crypto_add(struct vfy_hash *h, const void *p, size_t n)
{
    must(EVP_DigestUpdate((EVP_MD_CTX *)h, p, n) == 1);
}

void vfy_crypto_end(struct vfy_hash *h, char hex[VFY_HEX])
{
    uint8_t raw[32];

    must(EVP_DigestFinal_ex((EVP_MD_CTX *)h, raw, NULL) == 1);
    EVP_MD_CTX_free((EVP_MD_CTX *)h);
    vfy_crypto_hex(raw, hex);
}

struct vfy_mac *vfy_crypto_mac_begin(const uint8_t key[VFY_MAC_KEY])
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(poly1305());

    must(EVP_MAC_init(ctx, key, VFY_MAC_KEY, NULL) == 1);
    return (struct vfy_mac *)ctx;
}

void vfy_crypto_mac_add(struct vfy_mac *m, const void *p, size_t n)
{
    must(EVP_MAC_update((EVP_MAC_CTX *)m, p, n) == 1);
}

void vfy_crypto_mac_end(struct vfy_mac *m, uint8_t tag[VFY_TAG])
{
    size_t n;

    must(EVP_MAC_final((EVP_MAC_CTX *)m, tag, &n, VFY_TAG) == 1);
    EVP_MAC_CTX_free((EVP_MAC_CTX *)m);
}

bool vfy_crypto_verify(const uint8_t raw[VFY_RAW_KEY], const void *sig, size_t sig_len,
                       const void *p, size_t n)
{
    EVP_PKEY *key;
    EVP_MD_CTX *ctx;
    bool ok;

    vfy_crypto_start();
    key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, VFY_RAW_KEY);
    ctx = EVP_MD_CTX_new();
    must(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1);
    ok = sig_len == VFY_SIG && EVP_DigestVerify(ctx, sig, sig_len, p, n) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return ok;
}

/* The y of the points of order 1, 2, 4, 8 that are below p; with either sign and, through
 * the y >= p rule, the non-canonical ones, these are all fourteen low-order encodings. */
static bool is_weak(const uint8_t raw[VFY_RAW_KEY])
{
    static const uint8_t low[5][VFY_RAW_KEY] = {
        {0},
        {1},
        {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
         0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
        {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
         0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
         0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
        {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
         0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
         0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}};
    uint8_t y[VFY_RAW_KEY];
    bool at_least_p = true;

    memcpy(y, raw, sizeof y);
    y[31] &= 0x7f;
    for (int i = 1; i < 31; i++)
        at_least_p = at_least_p && y[i] == 0xff;
    if (at_least_p && y[31] == 0x7f && y[0] >= 0xed) /* p = 2^255 - 19 */
        return true;
    for (int i = 0; i < 5; i++)
        if (memcmp(y, low[i], sizeof y) == 0)
            return true;
    return false;
}

int vfy_crypto_pem(struct arena *a, const char *pem, size_t n, const char *label, char **der, size_t *der_len, struct err *e)
{
    const char *head = vfy_mem_print(a, "-----BEGIN %s-----\n", label), *tail = vfy_mem_print(a, "-----END %s-----\n", label);
    size_t h = strlen(head), t = strlen(tail);
    struct buf b64 = {a, NULL, 0, 0};

    while (strncmp(pem, head, h) != 0) { /* text lines may stand before it */
        const char *lf = memchr(pem, '\n', n);

        if (lf == NULL || strncmp(pem, "-----", 5) == 0)
            break;
        n -= (size_t)(lf + 1 - pem);
        pem = lf + 1;
    }
    /* no end of head is a beginning of tail, and head is the longer one: they do not overlap */
    if (strncmp(pem, head, h) != 0 || memcmp(pem + n - t, tail, t) != 0)
        return vfy_err_set(e, E_POLICY_INVALID, "key", "not one PEM block %s", label);
    for (size_t i = h; i < n - t; i++)
        if (pem[i] != '\n')
            vfy_mem_add(&b64, pem + i, 1);
    if (vfy_text_base64(a, b64.p, b64.len, der, der_len) != 0)
        return vfy_err_set(e, E_POLICY_INVALID, "key", "its base64 is not well formed");
    return 0;
}

int vfy_crypto_key(struct arena *a, const char *pem, size_t n, struct pubkey *k, struct err *e)
{
    size_t der_len;
    char *der;

    if (vfy_crypto_pem(a, pem, n, "PUBLIC KEY", &der, &der_len, e) != 0)
        return -1;
    if (der_len != sizeof spki + VFY_RAW_KEY || memcmp(der, spki, sizeof spki) != 0)
        return vfy_err_set(e, E_ALG_FORBIDDEN, "key", "not an Ed25519 key");
    memcpy(k->raw, der + sizeof spki, VFY_RAW_KEY);
    if (is_weak(k->raw))
        return vfy_err_set(e, E_KEY_WEAK, "key", "a low-order or non-canonical Ed25519 point");
    vfy_crypto_sha256(der, der_len, k->keyid);
    return 0;
}
