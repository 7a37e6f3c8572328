/*
 * packager/verb_attest.c - attest: a verifier signs the verdict that it computed, as an
 * in-toto svr/v0.2 statement in a file of its own.  Only what passed is a property.  Or a
 * packager signs the ledger of a preflight, which no package holds: it came before the run.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/clock.h"
#include "base/exit.h"
#include "base/file.h"
#include "packager/keyfile.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/stage.h"
#include "packager/statement.h"
#include "packager/verbs.h"

static void add_property(struct jv *list, const char *prefix, const char *name)
{
    char text[256];

    (void)snprintf(text, sizeof text, "DRYPROOF_%s%s", prefix, name);
    jv_add(list, jv_string(text));
}

static struct jv *properties(const struct jv *verdict)
{
    const struct jv *claims = jv_get(verdict, "claims");
    struct jv *list = jv_array();

    if (jv_text_is(jv_get(verdict, "status"), "PASS") && jv_get_text(verdict, "verdict") != NULL)
        add_property(list, "VERDICT_", jv_get_text(verdict, "verdict"));
    for (size_t i = 0; jv_is(claims, JV_ARRAY) && i < claims->count; i++)
        if (jv_text_is(jv_get(claims->items[i], "status"), "PASS") &&
            jv_get_text(claims->items[i], "id") != NULL)
            add_property(list, "CLAIM_", jv_get_text(claims->items[i], "id"));
    return list;
}

static struct jv *statement(const struct jv *verdict, const char *verdict_sha256, const char *keyid)
{
    const char *package = jv_get_text(jv_get(verdict, "package"), "sha256");
    struct jv *verifier = jv_object();
    struct jv *p = jv_object();
    struct jv *subjects = jv_array();
    char id[128];
    char now[CLOCK_TEXT];

    clock_now(now);
    (void)snprintf(id, sizeof id, "urn:dryproof:verifier:%s", keyid);
    jv_set(verifier, "id", jv_string(id));
    jv_set(verifier, "policies", jv_array());
    jv_add(subjects, pkg_statement_subject("package.tar", package));
    jv_add(subjects, pkg_statement_subject("verdict.json", verdict_sha256));
    jv_set(p, "properties", properties(verdict));
    jv_set(p, "timeCreated", jv_string(now));
    jv_set(p, "verifier", verifier);
    return pkg_statement_build(PKG_STATEMENT_VERDICT, subjects, p);
}

/* Subject is the document; what it is about stands beside it, for who has it not at hand. */
static struct jv *preflight_statement(const struct jv *doc, const char *sha256)
{
    static const char *const names[] = {"asked_at", "carrier", "environment", "plan_ref", "plan_sha256", "status"};
    struct jv *p = jv_set(jv_object(), "profile", jv_int(1));

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct jv *v = jv_get(doc, names[i]);

        jv_set(p, names[i], v == NULL ? jv_null() : jv_copy(v));
    }
    return pkg_statement_build(PKG_STATEMENT_PREFLIGHT, jv_add(jv_array(), pkg_statement_subject("preflight.json", sha256)), p);
}

/* NULL with *e set when it is neither of the two, or not the one asked for. */
static struct jv *statement_of(const struct jv *doc, const char *sha256, bool is_preflight, const char *keyid, struct err *e)
{
    if (is_preflight && jv_text_is(jv_get(doc, "schema"), "dryproof.preflight/1"))
        return preflight_statement(doc, sha256);
    if (!is_preflight && jv_text_is(jv_get(doc, "schema"), "dryproof.verdict/2") &&
        jv_get_text(jv_get(doc, "package"), "sha256") != NULL)
        return statement(doc, sha256, keyid);
    err_set(e, ERR_INPUT, is_preflight ? "it is no dryproof.preflight/1" : "it is no dryproof.verdict/2 with a package");
    return NULL;
}

static int attest(const char *path, bool is_preflight, const struct pkg_key *key, const char *out_path, struct err *e)
{
    struct buf text = buf_init(0);
    struct buf line = buf_init(2 * PKG_DOCUMENT_MAX);
    struct jv *doc = NULL, *signed_one = NULL;
    char sha256[DIGEST_HEX];
    int rc = -1;

    if (file_read(path, PKG_DOCUMENT_MAX, &text, e) != 0)
        return -1;
    if (jv_parse(text.data, text.len, &doc, e) == 0 && digest_hex(text.data, text.len, sha256, e) == 0)
        signed_one = statement_of(doc, sha256, is_preflight, pkg_key_id(key), e);
    if (signed_one == NULL)
        err_context(e, "%s", path);
    else if (pkg_stage_sign(key, signed_one, &line, e) == 0)
        rc = file_write(out_path, line.data, line.len, 0644, e);
    jv_free(doc);
    buf_release(&line);
    buf_release(&text);
    return rc;
}

int pkg_verb_attest(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--verdict", "FILE", false, "the JSON verdict that you computed", NULL},
        {"--preflight", "FILE", false, "instead: the ledger that dryproof preflight --out kept", NULL},
        {"--key", "KEY", true, "the private key: a verifier's, for a preflight the packager's", NULL},
        {"--out", "FILE", true, "the new file for the envelope", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file;
    bool is_preflight;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "attest", "sign a verdict as a verifier, or a preflight as the packager", options, n,
                       "dryproof-pack attest --verdict verdict.json --key verifier.key --out svr.jsonl"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    is_preflight = options[1].value != NULL;
    if (is_preflight == (options[0].value != NULL)) {
        err_set(&e, ERR_USAGE, "give one of --verdict and --preflight");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_keyfile_read_signer(options[2].value, is_preflight ? "packager" : "verifier", NULL, &file, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (attest(options[is_preflight ? 1 : 0].value, is_preflight, file.key, options[3].value, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_keyfile_release(&file);
    return status;
}
