/* packager/verb_record.c - review record: a reviewer's decision about a package. */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "packager/keyfile.h"
#include "packager/print.h"
#include "packager/review.h"
#include "packager/verbs.h"

#define WAIT_S 60

static int report(const struct pkg_review_order *order, const struct pkg_review_result *r, bool is_json, struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("package %s\nreview  %03zu  %s%s\n", order->package, r->sequence, order->decision,
                     r->was_there ? " (was there already)" : "");
        return 0;
    }
    doc = jv_set(jv_object(), "commit", jv_string(r->was_there ? NULL : r->commit));
    jv_set(doc, "decision", jv_string(order->decision));
    jv_set(doc, "package", jv_string(order->package));
    jv_set(doc, "schema", jv_string("dryproof.review-record/1"));
    jv_set(doc, "sequence", jv_int((int64_t)r->sequence));
    return pkg_print_json(jv_set(doc, "was_there", jv_bool(r->was_there)), e);
}

static int check(const struct pkg_review_order *order, const char *wait, long *wait_s, struct err *e)
{
    if (strcmp(order->decision, "CONFIRM") != 0 && strcmp(order->decision, "REJECT") != 0 && strcmp(order->decision, "HOLD") != 0)
        return err_set(e, ERR_USAGE, "--decision %.40s: expected CONFIRM, REJECT or HOLD", order->decision);
    if (!digest_is_hex(order->package))
        return err_set(e, ERR_USAGE, "--package %.80s is not 64 lower-case hex digits", order->package);
    return wait == NULL ? 0 : cli_number(wait, 86400, "--wait", wait_s, e);
}

int pkg_verb_review_record(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--repo", "REPO", true, "the bare repository", NULL},
        {"--package", "SHA256", true, "the package that was reviewed", NULL},
        {"--decision", "WORD", true, "CONFIRM, REJECT or HOLD", NULL},
        {"--findings", "FILE", false, "what was found: JSON objects {code, path, text}, a list or one a line", NULL},
        {"--key", "KEY", true, "the reviewer's private key", NULL},
        {"--wait", "SECONDS", false, "how long for somebody else's lock; 60", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct pkg_review_order order = {.wait_s = WAIT_S};
    struct pkg_review_result result;
    struct pkg_keyfile file = {.key = NULL};
    struct err e = {ERR_NONE, ""};
    struct jv *findings = NULL;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "review record", "keep a reviewer's own decision about a package, signed", options, n,
                       "dryproof-pack review record --repo evidence.git --package SHA256 --decision CONFIRM --key reviewer.key"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    order.repo = options[0].value;
    order.package = options[1].value;
    order.decision = options[2].value;
    if (check(&order, options[5].value, &order.wait_s, &e) != 0 || pkg_review_findings(options[3].value, &findings, &e) != 0 ||
        pkg_keyfile_read_signer(options[4].value, "reviewer", NULL, &file, &e) != 0) {
        status = cli_fail(PKG_PROGRAM, &e);
    } else {
        order.findings = findings;
        order.key = file.key;
        if (pkg_review_record(&order, &result, &e) != 0 || report(&order, &result, options[6].value != NULL, &e) != 0)
            status = cli_fail(PKG_PROGRAM, &e);
    }
    jv_free(findings);
    pkg_keyfile_release(&file);
    return status;
}
