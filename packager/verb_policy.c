/*
 * packager/verb_policy.c - policy rotate: root keys sign the successor of a trust policy.  FORMAT.md
 * section 8.  Whether it is one is dryproof-verify's to say; this refuses what never could be.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/file.h"
#include "packager/dsse.h"
#include "packager/keyfile.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/verbs.h"

#define KEYS_MAX 64

struct rotation {
    struct buf text; /* of the new policy, byte for byte */
    struct jv *old, *new;
    struct pkg_keyfile keys[KEYS_MAX];
    const struct pkg_key *signers[KEYS_MAX];
    size_t count;
};

static int read_policy(const char *path, struct buf *text, struct jv **out, struct err *e)
{
    if (file_read(path, PKG_DOCUMENT_MAX, text, e) != 0)
        return -1;
    if (jv_parse(text->data, text->len, out, e) != 0)
        return err_context(e, "%s", path);
    return jv_text_is(jv_get(*out, "schema"), "dryproof.policy/1") ? 0 : err_set(e, ERR_INPUT, "%s is no dryproof.policy/1", path);
}

static int64_t version_of(const struct jv *policy)
{
    const struct jv *version = jv_get(policy, "version");

    return jv_is(version, JV_INT) ? version->number : 1;
}

static bool has_root(const struct jv *policy, const struct pkg_key *key)
{
    const struct jv *keys = jv_get(policy, "keys");
    bool found = false;

    for (size_t i = 0; jv_is(keys, JV_ARRAY) && i < keys->count && !found; i++) {
        const struct jv *pem = jv_get(keys->items[i], "public_key");
        struct pkg_key *one = NULL;
        struct err no;

        if (jv_text_is(jv_get(keys->items[i], "role"), "root") && jv_is(pem, JV_STRING) &&
            pkg_key_parse_public(pem->bytes, pem->len, &one, &no) == 0)
            found = strcmp(pkg_key_id(one), pkg_key_id(key)) == 0;
        pkg_key_free(one);
    }
    return found;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(pkg_key_id(*(const struct pkg_key *const *)a), pkg_key_id(*(const struct pkg_key *const *)b));
}

static int read_keys(struct rotation *r, const char *const *paths, size_t n, const char *elsewhere, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (pkg_keyfile_read_signer(paths[i], "root", elsewhere, &r->keys[r->count], e) != 0)
            return -1;
        r->signers[r->count] = r->keys[r->count].key;
        r->count++;
        if (!has_root(r->old, r->keys[i].key) && !has_root(r->new, r->keys[i].key))
            return err_set(e, ERR_INPUT, "%s is a root key of neither policy", paths[i]);
    }
    qsort(r->signers, r->count, sizeof *r->signers, by_id);
    for (size_t i = 1; i < r->count; i++)
        if (by_id(&r->signers[i - 1], &r->signers[i]) == 0)
            return err_set(e, ERR_INPUT, "key %s is given twice", pkg_key_id(r->signers[i]));
    return 0;
}

static int rotate(struct rotation *r, const char *from, const char *to, const char *out, struct err *e)
{
    struct buf line = buf_init(2 * PKG_DOCUMENT_MAX);
    int rc = -1;

    if (version_of(r->new) != version_of(r->old) + 1)
        return err_set(e, ERR_INPUT, "%s is version %lld; the one after %s is \"version\":%lld", to, (long long)version_of(r->new), from,
                       (long long)version_of(r->old) + 1);
    if (pkg_dsse_sign_all(r->signers, r->count, PKG_DSSE_POLICY, r->text.data, r->text.len, &line, e) == 0)
        rc = file_write(out, line.data, line.len, 0644, e);
    buf_release(&line);
    return rc;
}

static void release(struct rotation *r)
{
    for (size_t i = 0; i < r->count; i++)
        pkg_keyfile_release(&r->keys[i]);
    jv_free(r->old);
    jv_free(r->new);
    buf_release(&r->text);
}

int pkg_verb_policy_rotate(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--from", "POLICY", true, "the policy that is in force", NULL},
        {"--to", "POLICY", true, "its successor, with the next \"version\"", NULL},
        {"--out", "FILE", true, "the new file for the signed successor", NULL},
        {"--key", "KEY", false, "a root key of either policy; again for each", NULL},
        {"--signatures", "DIR", false, "public keys sign elsewhere: what to sign, and the signatures", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *paths[KEYS_MAX];
    struct rotation r = {.count = 0};
    struct buf old = buf_init(0);
    struct err e = {ERR_NONE, ""};
    size_t count = 0;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "policy rotate", "sign the successor of a trust policy", options, n,
                       "dryproof-pack policy rotate --from policy.json --to policy.2.json --key root.key --out rotation.2"))
        return EXIT_HOLDS;
    if (cli_take_repeated(&argc, argv, "--key", paths, KEYS_MAX, &count, &e) != 0 || cli_parse(argc, argv, options, n, 0, NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (count == 0)
        err_set(&e, ERR_USAGE, "option --key KEY is missing");
    else if (read_policy(options[0].value, &old, &r.old, &e) == 0 && read_policy(options[1].value, &r.text, &r.new, &e) == 0 &&
             read_keys(&r, paths, count, options[4].value, &e) == 0)
        (void)rotate(&r, options[0].value, options[1].value, options[2].value, &e);
    if (e.kind != ERR_NONE)
        status = cli_fail(PKG_PROGRAM, &e);
    buf_release(&old);
    release(&r);
    return status;
}
