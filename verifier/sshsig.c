/* verifier/sshsig.c - see sshsig.h. */
#include "verifier/sshsig.h"

#include "verifier/text.h"

#include <string.h>

struct field {
    const char *p;
    size_t n;
};

/* a string: four bytes of length, then as many bytes */
static bool take(struct field *from, struct field *out)
{
    const unsigned char *s = (const unsigned char *)from->p;
    size_t n;

    if (from->n < 4)
        return false;
    n = (size_t)s[0] << 24 | (size_t)s[1] << 16 | (size_t)s[2] << 8 | s[3];
    if (n > from->n - 4)
        return false;
    *out = (struct field){from->p + 4, n};
    from->p += n + 4;
    from->n -= n + 4;
    return true;
}

static bool is(const struct field *f, const char *text)
{
    return f->n == strlen(text) && memcmp(f->p, text, f->n) == 0;
}

static void add(struct buf *b, const void *p, size_t n)
{
    char len[4] = {(char)(n >> 24 & 0xff), (char)(n >> 16 & 0xff), (char)(n >> 8 & 0xff), (char)(n & 0xff)};

    vfy_mem_add(b, len, 4);
    vfy_mem_add(b, p, n);
}

static int dearmor(struct arena *a, const char *armor, size_t n, struct field *out)
{
    static const char head[] = "-----BEGIN SSH SIGNATURE-----", tail[] = "-----END SSH SIGNATURE-----";
    struct buf b64 = {a, NULL, 0, 0};
    char *raw;

    while (n > 0 && armor[n - 1] == '\n')
        n--;
    if (n < sizeof head + sizeof tail || memcmp(armor, head, sizeof head - 1) != 0 ||
        memcmp(armor + n - sizeof tail + 1, tail, sizeof tail - 1) != 0)
        return -1;
    vfy_mem_add(&b64, "", 0);
    for (const char *p = armor + sizeof head - 1; p < armor + n - sizeof tail + 1; p++)
        if (*p != '\n' && *p != ' ')
            vfy_mem_add(&b64, p, 1);
    if (vfy_text_base64(a, b64.p, b64.len, &raw, &out->n) != 0)
        return -1;
    out->p = raw;
    return 0;
}

int vfy_sshsig_check(struct arena *a, const char *armor, size_t n, const char *space, const char *p, size_t len,
                     const struct policy *policy, enum vfy_role role, const char *path, const struct trusted **by,
                     struct err *e)
{
    struct field all, key, ns, reserved, hash, sig, kind, raw;
    const struct trusted *signer = NULL;
    struct buf said = {a, NULL, 0, 0};
    uint8_t digest[64];

    if (n == 0)
        return vfy_err_set(e, E_SIG_MISSING, path, "the commit is not signed");
    if (dearmor(a, armor, n, &all) != 0 || all.n < 10 || memcmp(all.p, "SSHSIG\0\0\0\1", 10) != 0)
        return vfy_err_set(e, E_SIG_INVALID, path, "not an SSH signature of version 1");
    all.p += 10;
    all.n -= 10;
    if (!take(&all, &key) || !take(&all, &ns) || !take(&all, &reserved) || !take(&all, &hash) || !take(&all, &sig) ||
        all.n != 0 || !take(&key, &kind) || !is(&kind, "ssh-ed25519") || !take(&key, &raw) || raw.n != VFY_RAW_KEY ||
        key.n != 0 || !is(&ns, space) || reserved.n != 0 ||
        (!is(&hash, "sha512") && !is(&hash, "sha256")))
        return vfy_err_set(e, E_SIG_INVALID, path, "not an Ed25519 signature for %s", space);
    for (size_t i = 0; i < policy->key_count; i++)
        if (memcmp(policy->keys[i].key.raw, raw.p, VFY_RAW_KEY) == 0)
            signer = &policy->keys[i];
    if (signer == NULL)
        return vfy_err_set(e, E_KEY_UNTRUSTED, path, "the commit is signed by a key that is not trusted");
    if (vfy_policy_may_sign(signer, role, path, e) != 0 || vfy_policy_untimed(signer, path, e) != 0)
        return -1;
    vfy_mem_add(&said, "SSHSIG", 6);
    add(&said, ns.p, ns.n);
    add(&said, "", 0);
    add(&said, hash.p, hash.n);
    add(&said, digest, vfy_crypto_raw(is(&hash, "sha512") ? 512 : 256, p, len, digest));
    if (!take(&sig, &kind) || !is(&kind, "ssh-ed25519") || !take(&sig, &raw) || sig.n != 0 ||
        !vfy_crypto_verify(signer->key.raw, raw.p, raw.n, said.p, said.len))
        return vfy_err_set(e, E_SIG_INVALID, path, "the commit's signature does not fit its bytes");
    *by = signer;
    return 0;
}
