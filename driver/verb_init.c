/*
 * driver/verb_init.c - dryproof init: a carrier to begin with, which is carriers/ledger, compiled in.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "base/file.h"
#include "driver/verbs.h"

static const struct {
    const char *path, *text;
} files[] = {
#include "gen/carrier_ledger.inc"
};

static int write_carrier(const char *folder, struct err *e)
{
    char temp[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct err later;
    int rc = 0;

    if (file_begin_folder(folder, temp, e) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof *files; i++)
        if (file_join(path, temp, files[i].path, e) != 0 || file_make_parent(path, e) != 0 ||
            file_write(path, files[i].text, strlen(files[i].text), 0644, e) != 0)
            rc = -1;
    if (rc == 0)
        rc = file_end_folder(temp, folder, e);
    if (rc != 0 && file_remove_tree(temp, &later) != 0)
        err_context(e, "%s; then", later.text);
    return rc;
}

int verb_init(int argc, char **argv)
{
    struct cli_option options[] = {{"--help", NULL, false, "this help", NULL}};
    const char *operands[2];
    struct err e = {ERR_NONE, ""};

    if (cli_parse(argc, argv, options, 1, 1, operands, &e) != 0)
        return cli_fail("dryproof", &e);
    if (options[0].value != NULL) {
        cli_verb_help("dryproof", "init DIR", "a carrier to begin with: one that runs as it is", options, 1,
                      "dryproof init mine");
        return EXIT_HOLDS;
    }
    if (operands[0] == NULL)
        err_set(&e, ERR_USAGE, "init needs the name of a new folder");
    else if (write_carrier(operands[0], &e) == 0)
        (void)printf("%s: a small ledger's monthly closing, %zu files; README.md tells what to change\n"
                     "check  dryproof plan check --carrier %s\n"
                     "run    dryproof run --carrier %s --repo evidence --key signer.key\n",
                     operands[0], sizeof files / sizeof *files, operands[0], operands[0]);
    return e.kind == ERR_NONE ? EXIT_HOLDS : cli_fail("dryproof", &e);
}
