/*
 * verifier/policy.h - whom the caller trusts, and for what.  FORMAT.md section 8.
 */
#ifndef VFY_POLICY_H
#define VFY_POLICY_H

#include "verifier/crypto.h"
#include "verifier/json.h"

enum vfy_role { ROLE_PACKAGER, ROLE_LOG, ROLE_VERIFIER, ROLE_REVIEWER, ROLE_ROOT, VFY_ROLES };

struct trusted {
    struct pubkey key;
    enum vfy_role role;
    const char *from, *until; /* inclusive; empty: no bound */
    const char *revoked_at;   /* what it signed from then on counts for nothing; empty: never */
    bool is_revoked;          /* whenever it signed */
};

struct authority { /* for timestamps */
    struct root root;
    const char *from, *until; /* of its genTimes; inclusive; empty: no bound */
};

struct policy {
    struct trusted *keys;
    size_t key_count;
    struct authority *authorities;
    size_t authority_count;
    bool wants_timestamps; /* lines 1 to 3 need one each */
    const struct json *governed, *plans, *required; /* NULL with a bare key */
    int64_t max_age;  /* seconds since a run finished, or -1 */
    size_t threshold; /* packager keys that must have signed lines 1 and 2; 0: whichever they are */
    size_t roots;     /* root keys that sign a successor; 0: one, if there is one */
    int64_t version;  /* 1 where the policy names none */
    bool has_times;   /* max_age or a key's validity: somebody has to say what time it is */
};

/*
 * vfy_policy_key(a, path, p, e) - a policy of one packager key with nothing governed.
 * vfy_policy_read(a, path, p, e) - a policy file.
 * vfy_policy_parse(a, text, n, p, e) - its bytes.
 *
 * Return 0; or -1 with *e: E_IO, E_POLICY_INVALID, E_ALG_FORBIDDEN, E_KEY_WEAK,
 * E_KEY_UNTRUSTED when schemas/published-keys.tsv lists the key or an authority's, or
 * E_KEY_ROLE when the key file says that it is for another role.
 */
int vfy_policy_key(struct arena *a, const char *path, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));
int vfy_policy_read(struct arena *a, const char *path, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));

int vfy_policy_parse(struct arena *a, const char *text, size_t n, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_policy_roots(p) - how many of its root keys have to sign a successor, at least one. */
size_t vfy_policy_roots(const struct policy *p);

/* vfy_policy_find(p, keyid) - the key of that id, whatever its role, or NULL. */
const struct trusted *vfy_policy_find(const struct policy *p, const char *keyid);

/* vfy_policy_may_sign(key, role, path, e) - 0; or -1 with E_KEY_ROLE or E_KEY_REVOKED.  One that
 * is revoked from a time on may: vfy_policy_untimed() for what bears no timestamp. */
int vfy_policy_may_sign(const struct trusted *key, enum vfy_role role, const char *path, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_policy_untimed(key, path, e) - 0; or -1 with E_KEY_REVOKED where nothing tells when it signed. */
int vfy_policy_untimed(const struct trusted *key, const char *path, struct err *e) __attribute__((warn_unused_result));

/* vfy_policy_authorities(a, p, time, n) - the roots of authorities whose timestamps of that time count. */
const struct root **vfy_policy_authorities(struct arena *a, const struct policy *p, const char *time, size_t *n);

/* vfy_policy_governs(p, system_identifier, database) - whether it names that environment. */
bool vfy_policy_governs(const struct policy *p, const char *system_identifier, const char *database);

const char *vfy_policy_role(enum vfy_role role);

#endif
