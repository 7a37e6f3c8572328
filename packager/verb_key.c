/* packager/verb_key.c - key new, key show, allowed-signers. */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "base/json.h"
#include "packager/keyfile.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/sshsig.h"
#include "packager/verbs.h"

static struct jv *describe(const struct pkg_key *key, const char *role, bool is_for_use,
                           bool is_private)
{
    struct jv *doc = jv_object();

    jv_set(doc, "for_use", jv_bool(is_for_use));
    jv_set(doc, "keyid", jv_string(pkg_key_id(key)));
    jv_set(doc, "private", jv_bool(is_private));
    jv_set(doc, "role", role[0] == '\0' ? jv_null() : jv_string(role));
    return jv_set(doc, "schema", jv_string("dryproof.key/1"));
}

static int print_key(const struct pkg_key *key, const char *role, bool is_for_use, bool is_private,
                     bool is_json, struct err *e)
{
    if (is_json)
        return pkg_print_json(describe(key, role, is_for_use, is_private), e);
    (void)printf("keyid %s\nrole  %s%s\n", pkg_key_id(key), role[0] == '\0' ? "not marked" : role,
                 is_for_use ? "" : "\nmark  NOT FOR USE");
    return 0;
}

int pkg_verb_key_new(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--role", "ROLE", true, "packager, log, verifier, reviewer or root", NULL},
        {"--out", "PREFIX", true, "write PREFIX.key (0600) and PREFIX.pub", NULL},
        {"--not-for-use", NULL, false, "mark both files as a test key", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct err e = {ERR_NONE, ""};
    struct pkg_key *key = NULL;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "key new", "make an Ed25519 key pair", options, n,
                       "dryproof-pack key new --role packager --out my"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (!pkg_keyfile_is_role(options[0].value)) {
        err_set(&e, ERR_USAGE, "--role %s: expected packager, log, verifier, reviewer or root",
                options[0].value);
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_key_new(&key, &e) != 0 ||
        pkg_keyfile_write(options[1].value, options[0].value, options[2].value == NULL, key, &e) != 0 ||
        print_key(key, options[0].value, options[2].value == NULL, true, options[3].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_key_free(key);
    return status;
}

int pkg_verb_key_show(int argc, char **argv)
{
    struct cli_option options[] = {{"--json", NULL, false, "answer in JSON", NULL},
                                   {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "key show FILE", "role and keyid of a key file", options, n,
                       "dryproof-pack key show my.pub"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL) {
        err_set(&e, ERR_USAGE, "key show needs a key file");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_keyfile_read(operands[0], &file, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (print_key(file.key, file.role, file.is_for_use, file.is_private, options[0].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_keyfile_release(&file);
    return status;
}

int pkg_verb_allowed_signers(int argc, char **argv)
{
    struct cli_option options[] = {{"--key", "PUB", true, "the packager's public key", NULL},
                                   {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct err e = {ERR_NONE, ""};
    struct pkg_keyfile file;
    struct buf line = buf_init(PKG_KEY_FILE_MAX);
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "allowed-signers", "the key as git verify-commit wants it",
                       options, n, "dryproof-pack allowed-signers --key my.pub >allowed_signers"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
        pkg_keyfile_read(options[0].value, &file, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (pkg_sshsig_public(file.key, &line, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    else
        (void)printf("dryproof namespaces=\"git\" %s\n", line.data);
    buf_release(&line);
    pkg_keyfile_release(&file);
    return status;
}
