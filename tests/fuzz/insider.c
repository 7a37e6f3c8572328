/* tests/fuzz/insider.c - see insider.h. */
#include "tests/fuzz/insider.h"

#include "verifier/dsse.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

/* the private key; seeds.py reads it here */
static const char secret[] = "dryproof fuzz key, NOT FOR USE..";

static struct policy policy;
static struct trusted trusted;
static struct arena forever;

static EVP_PKEY *key(void)
{
    static EVP_PKEY *one;

    if (one == NULL)
        one = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)secret, 32);
    fuzz_claim(one != NULL, "libcrypto has Ed25519");
    return one;
}

void insider_base64(struct buf *b, const void *p, size_t n)
{
    unsigned char *text = vfy_mem_alloc(b->arena, n / 3 * 4 + 8);
    int len = EVP_EncodeBlock(text, p, (int)n);

    vfy_mem_add(b, text, (size_t)len);
}

const struct policy *insider_policy(void)
{
    static const unsigned char head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    unsigned char der[sizeof head + 32];
    size_t n = 32;
    struct buf pem = {&forever, NULL, 0, 0};
    struct err e;

    if (policy.key_count > 0)
        return &policy;
    memcpy(der, head, sizeof head);
    fuzz_claim(EVP_PKEY_get_raw_public_key(key(), der + sizeof head, &n) == 1, "libcrypto gives the public key");
    vfy_mem_put(&pem, "-----BEGIN PUBLIC KEY-----\n");
    insider_base64(&pem, der, sizeof der);
    vfy_mem_put(&pem, "\n-----END PUBLIC KEY-----\n");
    fuzz_claim(vfy_crypto_key(&forever, pem.p, pem.len, &trusted.key, &e) == 0, "the insider's key is accepted");
    trusted.role = ROLE_PACKAGER;
    trusted.from = trusted.until = trusted.revoked_at = "";
    policy.keys = &trusted;
    policy.key_count = 1;
    return &policy;
}

static void sign(const void *p, size_t n, unsigned char sig[64])
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = 64;

    fuzz_claim(ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key()) == 1 &&
                   EVP_DigestSign(ctx, sig, &len, p, n) == 1, "libcrypto signs");
    EVP_MD_CTX_free(ctx);
}

void insider_envelope(struct buf *b, const char *type, const char *body, size_t n)
{
    struct buf pae = {b->arena, NULL, 0, 0};
    unsigned char sig[64];

    vfy_dsse_pae(&pae, type, body, n);
    sign(pae.p, pae.len, sig);
    vfy_mem_put(b, "{\"payload\":\"");
    insider_base64(b, body, n);
    vfy_mem_put(b, "\",\"payloadType\":\"%s\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", type,
                insider_policy()->keys[0].key.keyid);
    insider_base64(b, sig, sizeof sig);
    vfy_mem_put(b, "\"}]}");
}

static void field(struct buf *b, const void *p, size_t n)
{
    const char len[4] = {(char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n};

    vfy_mem_add(b, len, 4);
    vfy_mem_add(b, p, n);
}

void insider_sshsig(struct buf *b, const char *hash, const char *p, size_t n)
{
    unsigned len;
    struct buf point = {b->arena, NULL, 0, 0}, inner = {b->arena, NULL, 0, 0}, blob = {b->arena, NULL, 0, 0};
    unsigned char digest[64], sig[64];
    struct buf signature = {b->arena, NULL, 0, 0};

    fuzz_claim(EVP_Digest(p, n, digest, &len, EVP_get_digestbyname(hash), NULL) == 1, "libcrypto hashes");
    vfy_mem_add(&inner, "SSHSIG", 6);
    field(&inner, "git", 3);
    field(&inner, "", 0);
    field(&inner, hash, 6);
    field(&inner, digest, len);
    sign(inner.p, inner.len, sig);
    field(&point, "ssh-ed25519", 11);
    field(&point, insider_policy()->keys[0].key.raw, VFY_RAW_KEY);
    field(&signature, "ssh-ed25519", 11);
    field(&signature, sig, sizeof sig);
    vfy_mem_add(&blob, "SSHSIG\0\0\0\1", 10);
    field(&blob, point.p, point.len);
    field(&blob, "git", 3);
    field(&blob, "", 0);
    field(&blob, hash, 6);
    field(&blob, signature.p, signature.len);
    vfy_mem_put(b, "-----BEGIN SSH SIGNATURE-----\n");
    insider_base64(b, blob.p, blob.len);
    vfy_mem_put(b, "\n-----END SSH SIGNATURE-----");
}

bool insider_signed(struct arena *a, const char *armor, size_t len, const char *p, size_t n)
{
    static const char *const hashes[] = {"sha512", "sha256"};
    bool found = false;

    for (int h = 0; h < 2; h++) {
        struct buf ours = {a, NULL, 0, 0};
        size_t at = 0, k = 0;

        insider_sshsig(&ours, hashes[h], p, n);
        for (;; at++, k++) {
            while (at < len && (armor[at] == '\n' || armor[at] == ' '))
                at++;
            while (k < ours.len && (ours.p[k] == '\n' || ours.p[k] == ' '))
                k++;
            if (at == len || k == ours.len || armor[at] != ours.p[k])
                break;
        }
        found = found || (at == len && k == ours.len);
    }
    return found;
}

bool insider_refused(const struct err *e, const char *stages)
{
    const char *name = vfy_findings_info(e->code)->name;
    bool known = false;

    for (const char *p = stages; *p != '\0'; p += strcspn(p, " "), p += strspn(p, " "))
        known = known || strncmp(name, p, strcspn(p, " ")) == 0;
    fuzz_says(name);
    fuzz_says(e->path);
    fuzz_says(e->text);
    fuzz_claim(known, "the finding is one of the stage that refuses");
    return false;
}

const char *insider_file(struct arena *a, const char *name, const void *p, size_t n)
{
    const char *path = vfy_mem_print(a, "%s/%s", fuzz_folder(), name);
    FILE *f = fopen(path, "wb");

    fuzz_claim(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0, "a scratch file can be written");
    return path;
}

static void folder(struct arena *a, const char *name)
{
    const char *path = vfy_mem_print(a, "%s/%s", fuzz_folder(), name);

    fuzz_claim(mkdir(path, 0700) == 0 || errno == EEXIST, "a scratch folder can be made");
}

void insider_object(struct arena *a, const char *type, const char *p, size_t n, char oid[41])
{
    struct buf all = {a, NULL, 0, 0};
    unsigned char raw[20], *packed;
    uLongf len;

    vfy_mem_put(&all, "%s %zu", type, n);
    vfy_mem_add(&all, "", 1);
    vfy_mem_add(&all, p, n);
    EVP_Digest(all.p, all.len, raw, NULL, EVP_sha1(), NULL);
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(oid + 2 * i, 3, "%02x", raw[i]);
    len = compressBound(all.len);
    packed = vfy_mem_alloc(a, len);
    fuzz_claim(compress2(packed, &len, (const Bytef *)all.p, all.len, 1) == Z_OK, "zlib deflates");
    folder(a, "objects");
    folder(a, vfy_mem_print(a, "objects/%.2s", oid));
    insider_file(a, vfy_mem_print(a, "objects/%.2s/%s", oid, oid + 2), packed, len);
}

void insider_forget(struct arena *a, const char *oid)
{
    remove(vfy_mem_print(a, "%s/objects/%.2s/%s", fuzz_folder(), oid, oid + 2));
    remove(vfy_mem_print(a, "%s/objects/%.2s", fuzz_folder(), oid)); /* where it was the last */
}

void insider_branch(struct arena *a, const char *oid)
{
    const char *line = vfy_mem_print(a, "%s\n", oid);

    folder(a, "refs");
    folder(a, "refs/heads");
    insider_file(a, "refs/heads/main", line, strlen(line));
}
