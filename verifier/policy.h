/*
 * verifier/policy.h - whom the caller trusts, and for what.  FORMAT.md section 8.
 */
#ifndef VFY_POLICY_H
#define VFY_POLICY_H

#include "verifier/crypto.h"
#include "verifier/json.h"

enum vfy_role { ROLE_PACKAGER, ROLE_LOG, ROLE_VERIFIER, ROLE_REVIEWER, VFY_ROLES };

struct trusted {
    struct pubkey key;
    enum vfy_role role;
    const char *from, *until; /* inclusive; empty: no bound */
    bool is_revoked;
};

struct policy {
    struct trusted *keys;
    size_t key_count;
    const struct json *governed, *plans, *required; /* NULL with a bare key */
    int64_t max_age;  /* seconds since a run finished, or -1 */
    size_t threshold; /* packager keys that must have signed lines 1 and 2; 0: whichever they are */
    bool has_times;   /* max_age or a key's validity: somebody has to say what time it is */
};

/*
 * vfy_policy_key(a, path, p, e) - a policy of one packager key with nothing governed.
 * vfy_policy_read(a, path, p, e) - a policy file.
 *
 * Return 0; or -1 with *e: E_IO, E_POLICY_INVALID, E_ALG_FORBIDDEN, E_KEY_WEAK,
 * E_KEY_UNTRUSTED when schemas/published-keys.tsv lists the key, or E_KEY_ROLE when the
 * key file says that it is for another role.
 */
int vfy_policy_key(struct arena *a, const char *path, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));
int vfy_policy_read(struct arena *a, const char *path, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_policy_find(p, keyid) - the key of that id, whatever its role, or NULL. */
const struct trusted *vfy_policy_find(const struct policy *p, const char *keyid);

/* vfy_policy_may_sign(key, role, path, e) - 0; or -1 with E_KEY_ROLE or E_KEY_REVOKED. */
int vfy_policy_may_sign(const struct trusted *key, enum vfy_role role, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_policy_governs(p, system_identifier, database) - whether it names that environment. */
bool vfy_policy_governs(const struct policy *p, const char *system_identifier, const char *database);

const char *vfy_policy_role(enum vfy_role role);

#endif
