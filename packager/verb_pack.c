/* packager/verb_pack.c - pack: a run directory becomes a staged package. */
#include <stdio.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "packager/fleet.h"
#include "packager/keyfile.h"
#include "packager/print.h"
#include "packager/verbs.h"

/* Of a fleet there are no facts: they are its targets'. */
static int report(const struct pkg_pack_result *r, const char *stage, bool is_json, struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("package %s\n", r->bag.sha256);
        if (r->facts_sha256[0] != '\0')
            (void)printf("facts   %s\n", r->facts_sha256);
        (void)printf("stage   %s\n", stage);
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "facts_sha256", jv_string(r->facts_sha256[0] != '\0' ? r->facts_sha256 : NULL));
    jv_set(doc, "package", jv_string(r->bag.sha256));
    jv_set(doc, "schema", jv_string("dryproof.pack/1"));
    jv_set(doc, "size", jv_int((int64_t)r->bag.size));
    jv_set(doc, "stage", jv_string(stage));
    jv_set(doc, "tree_pin", jv_string(r->bag.tree_pin));
    return pkg_print_json(doc, e);
}

int pkg_verb_pack(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--key", "KEY", true, "the packager's private key", NULL},
        {"--out", "STAGE_DIR", true, "the new folder for package and attestations", NULL},
        {"--supersedes", "SHA256", false, "the package that this one replaces", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--signatures", "DIR", false, "the public key is given, and signs elsewhere: what to sign, and the signatures", NULL},
        EVENTS_OPTION,
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    const char *supersedes;
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file;
    struct pkg_pack_result result = {.facts_sha256 = ""};
    bool is_fleet;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "pack RUN_DIR", "seal and sign a run directory, or a fleet's", options, n,
                       "dryproof-pack pack run --key my.key --out stage"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    supersedes = options[2].value;
    if (operands[0] == NULL || (supersedes != NULL && !digest_is_hex(supersedes))) {
        err_set(&e, ERR_USAGE, operands[0] == NULL ? "pack needs a run directory"
                                                   : "--supersedes needs 64 lower-case hex digits");
        return cli_fail(PKG_PROGRAM, &e);
    }
    is_fleet = pkg_fleet_is(operands[0]);
    if (is_fleet && supersedes != NULL) {
        err_set(&e, ERR_USAGE, "--supersedes is for a package of a repository; a fleet's is in none");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (events_open(PKG_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0 ||
        pkg_keyfile_read_signer(options[0].value, "packager", cli_value(options, n, "--signatures"), &file, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if ((is_fleet ? pkg_fleet_pack(operands[0], file.key, options[1].value, &result.bag, &e)
                  : pkg_pack_run(operands[0], file.key, supersedes, options[1].value, &result, &e)) != 0 ||
        report(&result, options[1].value, options[3].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_keyfile_release(&file);
    return status;
}
