/* tests/fuzz/policy.c - a trust policy, and the same bytes as a public key file. */
#include "tests/fuzz/insider.h"

#include "verifier/claims.h"
#include "verifier/limits.h"

#include <string.h>

static const char stages[] = "E_POLICY_ E_ALG_ E_KEY_ E_LIMIT_";

static void check_key(const struct pubkey *k)
{
    static const char head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    char der[sizeof head + VFY_RAW_KEY], hex[VFY_HEX];

    memcpy(der, head, sizeof head);
    memcpy(der + sizeof head, k->raw, VFY_RAW_KEY);
    vfy_crypto_sha256(der, sizeof der, hex);
    fuzz_claim(strcmp(hex, k->keyid) == 0, "a keyid is the digest of the key");
    fuzz_says(k->keyid);
}

static void check_policy(const struct policy *p)
{
    fuzz_claim(p->key_count > 0 && p->key_count <= VFY_MAX_POLICY_KEYS, "a policy has keys, and not too many");
    for (size_t i = 0; i < p->key_count; i++) {
        check_key(&p->keys[i].key);
        fuzz_claim(p->keys[i].role < VFY_ROLES, "a key has a role");
        fuzz_claim(vfy_policy_find(p, p->keys[i].key.keyid) == &p->keys[i], "a key stands once");
        fuzz_says(vfy_policy_role(p->keys[i].role));
    }
    for (size_t i = 0; i < vfy_json_count(p->required); i++)
        fuzz_claim(vfy_claims_named(vfy_json_text(vfy_json_at(p->required, i))) < VFY_CLAIMS,
                   "every claim that it requires exists");
    for (size_t i = 0; i < vfy_json_count(p->governed); i++) {
        const struct json *g = vfy_json_at(p->governed, i);

        fuzz_claim(vfy_policy_governs(p, vfy_json_str(g, "system_identifier"), vfy_json_str(g, "database")),
                   "it governs what it names");
    }
    fuzz_claim(!vfy_policy_governs(p, "", ""), "it does not govern what has no name");
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    const char *path = insider_file(&a, "policy", p, n);
    struct policy policy;
    struct err e = {VFY_NO_CODE, "", ""};
    bool is_policy = vfy_policy_read(&a, path, &policy, &e) == 0, is_key;

    if (is_policy)
        check_policy(&policy);
    else
        insider_refused(&e, stages);
    is_key = vfy_policy_key(&a, path, &policy, &e) == 0;
    if (is_key)
        check_key(&policy.keys[0].key);
    else
        insider_refused(&e, stages);
    fuzz_claim(!is_key || policy.governed == NULL, "with a key alone nothing is governed");
    vfy_mem_release(&a);
    return is_policy || is_key;
}
