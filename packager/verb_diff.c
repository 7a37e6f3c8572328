/* packager/verb_diff.c - diff: one run's two edges, or what two runs left behind. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "packager/diff.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/verbs.h"

#define ROWS_SHOWN 20

static int need_edge(const char *value, const char *fallback, const char **out, struct err *e)
{
    *out = value == NULL ? fallback : value;
    if (strcmp(*out, "before") == 0 || strcmp(*out, "after") == 0)
        return 0;
    return err_set(e, ERR_USAGE, "edge %s: expected before or after", *out);
}

static int need_limit(const char *value, size_t *out, struct err *e)
{
    char *end = NULL;
    unsigned long n = value == NULL ? ROWS_SHOWN : strtoul(value, &end, 10);

    if (end != NULL && (*end != '\0' || end == value || n > 100000))
        return err_set(e, ERR_USAGE, "--rows %s: expected a number up to 100000", value);
    *out = n;
    return 0;
}

static int print(struct jv *diff, bool is_json, struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    int rc;

    if (is_json)
        return pkg_print_json(diff, e);
    rc = pkg_diff_text(diff, &text, e);
    if (rc == 0)
        (void)fwrite(text.data, 1, text.len, stdout);
    buf_release(&text);
    jv_free(diff);
    return rc;
}

int pkg_verb_diff(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--from", "EDGE", false, "edge of the first: before or after (default: before of one run, after of two)", NULL},
        {"--to", "EDGE", false, "edge of the second (default: after)", NULL},
        {"--rows", "N", false, "rows shown of each kind and table (default: 20)", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[3];
    struct err e = {ERR_NONE, ""};
    struct pkg_source sources[2] = {{.is_folder = false}, {.is_folder = false}};
    struct pkg_diff_side from = {&sources[0], NULL}, to = {&sources[0], NULL};
    struct jv *diff = NULL;
    bool is_same = false;
    size_t limit;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "diff A [B]", "what differs between two snapshots", options, n,
                       "dryproof-pack diff run-1"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 2, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL)
        err_set(&e, ERR_USAGE, "diff needs one or two run directories or packages");
    else if (need_edge(options[0].value, operands[1] == NULL ? "before" : "after", &from.edge, &e) == 0 &&
             need_edge(options[1].value, "after", &to.edge, &e) == 0 &&
             need_limit(options[2].value, &limit, &e) == 0 &&
             pkg_source_open(operands[0], &sources[0], &e) == 0 &&
             (operands[1] == NULL || pkg_source_open(operands[1], &sources[1], &e) == 0)) {
        to.source = operands[1] == NULL ? &sources[0] : &sources[1];
        if (pkg_diff_make(&from, &to, limit, &diff, &e) == 0) {
            is_same = jv_get(diff, "same")->truth;
            if (print(diff, options[3].value != NULL, &e) == 0)
                status = is_same ? EXIT_HOLDS : EXIT_PROVEN_BAD;
        }
    }
    if (e.kind != ERR_NONE)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_source_release(&sources[0]);
    pkg_source_release(&sources[1]);
    return status;
}
