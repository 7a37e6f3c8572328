/* packager/verb_unpack.c - unpack: the files of a package's bag, to look at. */
#include <stdio.h>

#include "base/exit.h"
#include "base/file.h"
#include "packager/fleet.h"
#include "packager/print.h"
#include "packager/unpack.h"
#include "packager/verbs.h"

static int report(const struct pkg_bag_result *r, const char *folder, bool is_json, struct err *e)
{
    struct jv *doc = is_json ? jv_object() : NULL;
    char data[FILE_PATH_MAX];
    bool is_fleet;

    if (is_json) {
        jv_set(doc, "bytes", jv_int((int64_t)r->payload_bytes));
        jv_set(doc, "files", jv_int((int64_t)r->payload_files));
        jv_set(doc, "folder", jv_string(folder));
        jv_set(doc, "package", jv_string(r->sha256));
        jv_set(doc, "schema", jv_string("dryproof.unpack/1"));
        jv_set(doc, "tree_pin", jv_string(r->tree_pin));
        return pkg_print_json(doc, e);
    }
    if (file_join(data, folder, "data", e) != 0)
        return -1;
    is_fleet = pkg_fleet_is(data);
    (void)printf("package  %s\n", r->sha256);
    (void)printf("bag      %s: %zu files, %zu bytes in data/\n", folder, r->payload_files, r->payload_bytes);
    (void)printf("%s", is_fleet ? "to read  data/fleet.json, which databases, and what was run on them\n"
                                  "         data/targets/, a package of each, to be unpacked\n"
                                : "to read  data/carrier/plan.json, what was to be run\n"
                                  "         data/steps/, data/harness/, each call with its answer\n"
                                  "         data/before/ and data/after/, the two edges; data/wal/, what was written between\n"
                                  "         data/facts.json, what the packager made of them\n");
    (void)printf("It is whole. Whether it is true, and whose, is dryproof verify's to say.\n");
    return 0;
}

int pkg_verb_unpack(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--into", "DIR", true, "the new folder for the bag", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct pkg_bag_result result;

    if (pkg_print_help(argc, argv, "unpack PACKAGE", "the files of a package, to look at; only of one that is whole",
                       options, n, "dryproof-pack unpack stage/package.tar --into unpacked"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL)
        err_set(&e, ERR_USAGE, "unpack needs a package");
    else if (pkg_unpack(operands[0], options[0].value, &result, &e) == 0 &&
             report(&result, options[0].value, options[1].value != NULL, &e) == 0)
        return EXIT_HOLDS;
    return cli_fail(PKG_PROGRAM, &e);
}
