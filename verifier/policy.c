/* verifier/policy.c - see policy.h. */
#include "verifier/policy.h"

#include "verifier/claims.h"
#include "verifier/file.h"
#include "verifier/limits.h"
#include "verifier/shape.h"

#include <string.h>

static const char *const roles[VFY_ROLES] = {"packager", "log", "verifier", "reviewer", "root"};

const char *vfy_policy_role(enum vfy_role role)
{
    return roles[role];
}

/* Everybody can sign with a key whose private half was published: it says nothing about whom. */
static int refuse_published(const char *keyid, const char *path, struct err *e)
{
    static const struct {
        const char *id, *where;
    } published[] = {
#define PUBLISHED(keyid, where) {keyid, where},
#include "gen/published.inc"
#undef PUBLISHED
    };

    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(published[i].id, keyid) == 0)
            return vfy_err_set(e, E_KEY_UNTRUSTED, path, "its private half is published (%s): anybody can sign with it",
                               published[i].where);
    return 0;
}

/* A text line before the key may say what it is for.  A policy says so itself, --key does not. */
static bool is_for(const char *pem, enum vfy_role role)
{
    static const char says[] = "dryproof role: ";
    size_t n = strlen(roles[role]);

    for (; *pem != '\0' && strncmp(pem, "-----", 5) != 0; pem += pem[0] == '\n') {
        const char *what = pem + sizeof says - 1;

        if (strncmp(pem, says, sizeof says - 1) == 0 && (strcspn(what, "\r\n") != n || strncmp(what, roles[role], n) != 0))
            return false;
        pem += strcspn(pem, "\n");
    }
    return true;
}

int vfy_policy_key(struct arena *a, const char *path, struct policy *p, struct err *e)
{
    char *pem;
    size_t n;

    memset(p, 0, sizeof *p);
    if (vfy_file_read(a, path, VFY_MAX_KEY_BYTES, &pem, &n, e) != 0)
        return -1;
    if (strlen(pem) != n)
        return vfy_err_set(e, E_POLICY_INVALID, path, "a NUL byte in a text file");
    if (strstr(pem, "PRIVATE KEY-----") != NULL)
        return vfy_err_set(e, E_POLICY_INVALID, path, "a private key; give its public half, which dryproof key new wrote beside it");
    if (!is_for(pem, ROLE_PACKAGER))
        return vfy_err_set(e, E_KEY_ROLE, path, "the file says that this is no packager's key");
    p->keys = vfy_mem_alloc(a, sizeof *p->keys);
    p->key_count = 1;
    p->max_age = -1;
    p->keys->from = p->keys->until = p->keys->revoked_at = "";
    if (vfy_crypto_key(a, pem, n, &p->keys[0].key, e) != 0)
        return vfy_err_set(e, e->code, path, "%s; expected a packager's public key", vfy_mem_print(a, "%s", e->text));
    return refuse_published(p->keys[0].key.keyid, path, e);
}

static int add_key(struct arena *a, const struct json *entry, struct policy *p, struct err *e)
{
    const struct json *pem = vfy_json_get(entry, "public_key");
    struct trusted *t = &p->keys[p->key_count];

    while (t->role < VFY_ROLES && strcmp(roles[t->role], vfy_json_str(entry, "role")) != 0)
        t->role++;
    if (t->role == VFY_ROLES)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "unknown role");
    if (vfy_crypto_key(a, pem->u.text, pem->count, &t->key, e) != 0 || refuse_published(t->key.keyid, "policy", e) != 0)
        return -1;
    if (vfy_policy_find(p, t->key.keyid) != NULL)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "a key stands twice, or in two roles");
    t->from = vfy_json_text(vfy_json_get(entry, "valid_from"));
    t->until = vfy_json_text(vfy_json_get(entry, "valid_until"));
    t->revoked_at = vfy_json_text(vfy_json_get(entry, "revoked_at"));
    t->is_revoked = vfy_json_get(entry, "revoked") != NULL && vfy_json_get(entry, "revoked")->type == JSON_TRUE;
    if (t->until[0] != '\0' && strcmp(t->from, t->until) > 0)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "a key's valid_until is before its valid_from");
    if (t->revoked_at[0] != '\0' && (t->role != ROLE_PACKAGER || vfy_json_get(entry, "revoked") != NULL))
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "revoked_at is for packagers, and not beside revoked");
    if (t->role == ROLE_ROOT && (t->from[0] != '\0' || t->until[0] != '\0'))
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "a root key has no validity: it ends where a successor lacks it");
    p->has_times = p->has_times || t->from[0] != '\0' || t->until[0] != '\0';
    p->key_count++;
    return 0;
}

static int add_authority(struct arena *a, const struct json *entry, struct policy *p, struct err *e)
{
    const struct json *pem = vfy_json_get(entry, "certificate");
    struct authority *t = &p->authorities[p->authority_count];

    if (vfy_crypto_root(a, pem->u.text, pem->count, &t->root, e) != 0 || refuse_published(t->root.keyid, "policy", e) != 0)
        return -1;
    for (size_t i = 0; i < p->authority_count; i++)
        if (strcmp(p->authorities[i].root.keyid, t->root.keyid) == 0)
            return vfy_err_set(e, E_POLICY_INVALID, "policy", "an authority stands twice");
    if (vfy_policy_find(p, t->root.keyid) != NULL)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "an authority's key is another key of the policy");
    t->from = vfy_json_text(vfy_json_get(entry, "valid_from"));
    t->until = vfy_json_text(vfy_json_get(entry, "valid_until"));
    if (t->until[0] != '\0' && strcmp(t->from, t->until) > 0)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "an authority's valid_until is before its valid_from");
    p->authority_count++;
    return 0;
}

static int read_authorities(struct arena *a, const struct json *timestamps, struct policy *p, struct err *e)
{
    const struct json *list = vfy_json_get(timestamps, "authorities");
    size_t n = vfy_json_count(list);

    if (timestamps == NULL)
        return 0;
    if (n == 0 || n > VFY_MAX_AUTHORITIES)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "timestamps of no authority, or of more than MAX_AUTHORITIES");
    p->authorities = vfy_mem_alloc(a, n * sizeof *p->authorities);
    for (size_t i = 0; i < n; i++)
        if (add_authority(a, vfy_json_at(list, i), p, e) != 0)
            return -1;
    p->wants_timestamps = vfy_json_get(timestamps, "required")->type == JSON_TRUE;
    return 0;
}

/* as many as a threshold asks for must be able to sign */
static int read_threshold(const struct json *doc, const struct policy *p, enum vfy_role role, size_t *out, struct err *e)
{
    const struct json *threshold = vfy_json_get(vfy_json_get(doc, "thresholds"), roles[role]);
    size_t able = 0;

    for (size_t i = 0; i < p->key_count; i++)
        able += p->keys[i].role == role && !p->keys[i].is_revoked;
    if (threshold != NULL && (threshold->u.integer < 1 || (uint64_t)threshold->u.integer > able))
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "a threshold of %lld keys of role %s, and %zu of them that may sign",
                           (long long)threshold->u.integer, roles[role], able);
    *out = threshold == NULL ? 0 : (size_t)threshold->u.integer;
    return 0;
}

/* after the keys */
static int read_rules(const struct json *doc, struct policy *p, struct err *e)
{
    const struct json *age = vfy_json_get(doc, "max_age"), *version = vfy_json_get(doc, "version");
    const struct json *thresholds = vfy_json_get(doc, "thresholds");

    p->max_age = age == NULL ? -1 : age->u.integer;
    p->has_times = p->has_times || age != NULL;
    p->version = version == NULL ? 1 : version->u.integer;
    if (p->version < 1 || (thresholds != NULL && vfy_json_count(thresholds) == 0))
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "%s", p->version < 1 ? "versions begin with 1" : "thresholds of nobody");
    return read_threshold(doc, p, ROLE_PACKAGER, &p->threshold, e) != 0 ? -1 : read_threshold(doc, p, ROLE_ROOT, &p->roots, e);
}

size_t vfy_policy_roots(const struct policy *p)
{
    return p->roots > 0 ? p->roots : 1;
}

int vfy_policy_read(struct arena *a, const char *path, struct policy *p, struct err *e)
{
    char *text;
    size_t n;

    return vfy_file_read(a, path, VFY_MAX_POLICY_BYTES, &text, &n, e) != 0 ? -1 : vfy_policy_parse(a, text, n, p, e);
}

int vfy_policy_parse(struct arena *a, const char *text, size_t n, struct policy *p, struct err *e)
{
    const struct json *doc, *keys;
    char where[80];

    memset(p, 0, sizeof *p);
    if (vfy_json_parse(a, text, n, JSON_OURS, "policy", &doc, e) != 0)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "not strict JSON");
    if (!vfy_shape_check(doc, "{governed:[{database:S,system_identifier:d}],"
                         "keys:[{public_key:S,revoked~:b,revoked_at~:t,role:S,valid_from~:t,valid_until~:t}],max_age~:n,plans:[h],"
                         "required_claims:[S],schema:'dryproof.policy/1',thresholds~:{packager~:n,root~:n},"
                         "timestamps~:{authorities:[{certificate:S,valid_from~:t,valid_until~:t}],required:b},version~:n}", where, sizeof where))
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "not the shape of a policy, at: %s", where);
    keys = vfy_json_get(doc, "keys");
    if (vfy_json_count(keys) == 0 || vfy_json_count(keys) > VFY_MAX_POLICY_KEYS)
        return vfy_err_set(e, E_POLICY_INVALID, "policy", "it names no key, or more than MAX_POLICY_KEYS");
    p->keys = vfy_mem_alloc(a, vfy_json_count(keys) * sizeof *p->keys);
    for (size_t i = 0; i < vfy_json_count(keys); i++)
        if (add_key(a, vfy_json_at(keys, i), p, e) != 0)
            return -1;
    if (read_authorities(a, vfy_json_get(doc, "timestamps"), p, e) != 0 || read_rules(doc, p, e) != 0)
        return -1;
    p->governed = vfy_json_get(doc, "governed");
    p->plans = vfy_json_get(doc, "plans");
    p->required = vfy_json_get(doc, "required_claims");
    for (size_t i = 0; i < vfy_json_count(p->required); i++)
        if (vfy_claims_named(vfy_json_text(vfy_json_at(p->required, i))) == VFY_CLAIMS)
            return vfy_err_set(e, E_POLICY_INVALID, "policy", "it requires a claim that does not exist");
    return 0;
}

const struct trusted *vfy_policy_find(const struct policy *p, const char *keyid)
{
    for (size_t i = 0; i < p->key_count; i++)
        if (strcmp(p->keys[i].key.keyid, keyid) == 0)
            return &p->keys[i];
    return NULL;
}

int vfy_policy_may_sign(const struct trusted *key, enum vfy_role role, const char *path, struct err *e)
{
    if (key->role != role)
        return vfy_err_set(e, E_KEY_ROLE, path, "the key's role is %s, expected %s", roles[key->role], roles[role]);
    return key->is_revoked ? vfy_err_set(e, E_KEY_REVOKED, path, "the policy revokes the key %s", key->key.keyid) : 0;
}

int vfy_policy_untimed(const struct trusted *key, const char *path, struct err *e)
{
    return key->revoked_at[0] == '\0' ? 0
           : vfy_err_set(e, E_KEY_REVOKED, path, "the policy revokes the key %s from %s on, and nothing tells when it signed this",
                         key->key.keyid, key->revoked_at);
}

const struct root **vfy_policy_authorities(struct arena *a, const struct policy *p, const char *time, size_t *n)
{
    const struct root **roots = vfy_mem_alloc(a, p->authority_count * sizeof *roots);

    *n = 0;
    for (size_t i = 0; i < p->authority_count; i++) {
        const struct authority *t = &p->authorities[i];

        if (strcmp(t->from, time) <= 0 && (t->until[0] == '\0' || strcmp(time, t->until) <= 0))
            roots[(*n)++] = &t->root;
    }
    return roots;
}

bool vfy_policy_governs(const struct policy *p, const char *system_identifier, const char *database)
{
    for (size_t i = 0; i < vfy_json_count(p->governed); i++) {
        const struct json *g = vfy_json_at(p->governed, i);

        if (vfy_json_is(vfy_json_get(g, "system_identifier"), system_identifier) &&
            vfy_json_is(vfy_json_get(g, "database"), database))
            return true;
    }
    return false;
}
