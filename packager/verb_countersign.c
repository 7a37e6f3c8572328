/*
 * packager/verb_countersign.c - countersign: another packager signs the payloads of lines 1
 * and 2, for a policy that asks for several keys.  FORMAT.md section 8.  Whether the package
 * deserves it is for dryproof-verify to say; this only refuses what is not about package.tar.
 */
#include "base/cli.h"
#include "base/exit.h"
#include "base/file.h"
#include "packager/keyfile.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/stage.h"
#include "packager/verbs.h"

static int countersign(const char *dir, const struct pkg_key *key, const char *out_path, struct err *e)
{
    struct pkg_stage stage = {.dir = ""};
    struct buf lines = buf_init(4 * PKG_DOCUMENT_MAX);
    int rc = -1;

    if (pkg_stage_open(dir, NULL, &stage, e) != 0)
        return -1;
    if (pkg_stage_sign_both(key, jv_copy(stage.statement[0]), jv_copy(stage.statement[1]), &lines, e) == 0)
        rc = file_write(out_path, lines.data, lines.len, 0644, e);
    pkg_stage_release(&stage);
    buf_release(&lines);
    return rc;
}

int pkg_verb_countersign(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--key", "KEY", true, "the second packager's private key", NULL},
        {"--out", "FILE", true, "the new file for the two envelopes", NULL},
        {"--signatures", "DIR", false, "the public key is given, and signs elsewhere: what to sign, and the signatures", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file = {.key = NULL};
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "countersign STAGE_DIR", "sign what another packager signed; verify it first",
                       options, n, "dryproof-pack countersign stage --key second.key --out second.jsonl"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL) {
        err_set(&e, ERR_USAGE, "countersign needs a stage");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_keyfile_read_signer(options[0].value, "packager", cli_value(options, n, "--signatures"), &file, &e) != 0 ||
        countersign(operands[0], file.key, options[1].value, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_keyfile_release(&file);
    return status;
}
