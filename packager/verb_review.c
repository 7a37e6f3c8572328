/* packager/verb_review.c - review: the packet is rendered into the stage. */
#include <stdio.h>

#include "base/cli.h"
#include "base/exit.h"
#include "packager/keyfile.h"
#include "packager/packet.h"
#include "packager/print.h"
#include "packager/verbs.h"

static int report(const struct pkg_stage *stage, bool is_json, struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("package %s\nfiles   %d\nread    %s/REVIEW.md\n", stage->package,
                     PKG_PACKET_FILES, stage->dir);
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "files", jv_int(PKG_PACKET_FILES));
    jv_set(doc, "package", jv_string(stage->package));
    jv_set(doc, "schema", jv_string("dryproof.review-result/1"));
    return pkg_print_json(doc, e);
}

int pkg_verb_review(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--verdict", "FILE", true, "the verifier's JSON verdict on this stage", NULL},
        {"--key", "KEY", true, "the packager's private key", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--signatures", "DIR", false, "the public key is given, and signs elsewhere: what to sign, and the signatures", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file = {.key = NULL};
    struct pkg_stage stage = {.dir = ""};
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "review STAGE_DIR", "render the packet and sign it", options, n,
                       "dryproof-pack review stage --verdict verdict.json --key my.key"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL) {
        err_set(&e, ERR_USAGE, "review needs a stage");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_keyfile_read_signer(options[1].value, "packager", cli_value(options, n, "--signatures"), &file, &e) != 0 ||
        pkg_stage_open(operands[0], file.key, &stage, &e) != 0 ||
        pkg_packet_write(&stage, options[0].value, file.key, &e) != 0 ||
        report(&stage, options[2].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_stage_release(&stage);
    pkg_keyfile_release(&file);
    return status;
}
