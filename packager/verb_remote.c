/* packager/verb_remote.c - push and fetch: a repository and its remote, remote.origin.url. */
#include "packager/verb_remote.h"

#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "packager/carry.h"
#include "packager/exchange.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/verbs.h"

struct outcome {
    char commit[PKG_GIT_HEX];
    char reviews[PKG_GIT_HEX]; /* the tip of their branch, "" for none */
    size_t before, after; /* packages here, or (push) at the remote */
};

enum how { BRING, FETCH, PUSH }; /* BRING: before a run, which asks nothing about reviews */

static int count(struct pkg_publish *p, char tip[PKG_GIT_HEX], size_t *packages, struct err *e)
{
    struct pkg_ledger_end end = {0, ""};

    if (pkg_git_tip(pkg_publish_git(p), tip, e) != 0 || pkg_ledger_find_end(pkg_publish_git(p), tip, &end, e) != 0)
        return -1;
    *packages = end.count;
    return 0;
}

/* What the repository has and the remote has not: a repository that had no remote before. */
static int send_rest(struct pkg_publish *p, struct pkg_exchange *x, struct err *e)
{
    char tip[PKG_GIT_HEX];
    bool is_moved = false;

    if (pkg_exchange_fetch(x, true, e) != 0)
        return -1;
    if (!pkg_exchange_lacks(x))
        return 0;
    if (pkg_exchange_claim(x, true, e) != 0 || pkg_git_tip(pkg_publish_git(p), tip, e) != 0)
        return -1;
    if (!pkg_exchange_lacks(x))
        return 0;
    if (pkg_exchange_send(x, tip, &is_moved, e) != 0 || (!is_moved && pkg_publish_accept(p, tip, &is_moved, e) != 0))
        return -1;
    return is_moved ? err_set(e, ERR_SYSTEM, "the repository or its remote moved meanwhile; try again") : 0;
}

static int exchange(const char *repo, enum how how, long wait_s, long timeout_s, struct outcome *out, struct err *e)
{
    struct pkg_publish *p = NULL;
    struct pkg_exchange *x = NULL;
    struct pkg_git *g = NULL;
    int rc = -1;

    if (pkg_git_open(repo, &g, e) != 0)
        return -1;
    if (g == NULL) /* beginning to publish would make one */
        return err_set(e, ERR_INPUT, "%s does not exist; git clone --bare URL %s makes it", repo, repo);
    pkg_git_free(g);
    if (pkg_publish_begin(repo, wait_s, &p, e) != 0 || count(p, out->commit, &out->before, e) != 0 ||
        pkg_exchange_open(p, wait_s, timeout_s, how == PUSH ? "" : NULL, &x, e) != 0)
        goto out;
    if (x == NULL)
        err_set(e, ERR_INPUT, PKG_NO_REMOTE, repo, repo);
    else if ((how == PUSH ? send_rest(p, x, e) : pkg_exchange_fetch(x, false, e)) == 0)
        rc = count(p, out->commit, &out->after, e);
    if (rc == 0 && how != BRING && pkg_carry_reviews(p, pkg_exchange_remote(x), how == PUSH, out->reviews, e) != 0)
        rc = err_context(e, "the packages are %s, their reviews are not", how == PUSH ? "there" : "here");
out:
    pkg_exchange_close(x);
    pkg_publish_end(p);
    return rc;
}

int pkg_verb_bring(const char *repo, struct err *e)
{
    struct outcome ignored;

    return exchange(repo, BRING, PKG_COMMIT_WAIT_S, PKG_REMOTE_S, &ignored, e);
}

static int report(const struct outcome *o, const char *schema, bool is_json, struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("commit   %s\npackages %zu\nreviews  %s\n", o->commit[0] == '\0' ? "none" : o->commit, o->after,
                     o->reviews[0] == '\0' ? "none" : o->reviews);
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "commit", o->commit[0] == '\0' ? jv_null() : jv_string(o->commit));
    jv_set(doc, "packages", jv_int((int64_t)o->after));
    jv_set(doc, "packages_before", jv_int((int64_t)o->before));
    jv_set(doc, "reviews", o->reviews[0] == '\0' ? jv_null() : jv_string(o->reviews));
    jv_set(doc, "schema", jv_string(schema));
    return pkg_print_json(doc, e);
}

int pkg_verb_limits(const char *wait, const char *timeout, struct pkg_commit_order *order, struct err *e)
{
    order->wait_s = PKG_COMMIT_WAIT_S;
    order->timeout_s = PKG_REMOTE_S;
    if (wait != NULL && cli_number(wait, 3600, "--wait", &order->wait_s, e) != 0)
        return -1;
    return timeout == NULL ? 0 : cli_number(timeout, 86400, "--timeout", &order->timeout_s, e);
}

int pkg_verb_push(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--repo", "REPO", true, "the bare repository, with a remote (git remote add origin URL)", NULL},
        {"--key", "KEY", false, "the packager's private key, for a stage", NULL},
        {"--log-key", "KEY", false, "the private key of the repository's log, for a stage", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--wait", "SECONDS", false, "how long for somebody else's lock or claim; 60", NULL},
        {"--timeout", "SECONDS", false, "of one exchange with the remote; 600", NULL},
        EVENTS_OPTION,
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct pkg_commit_order order = {.wants_remote = true};
    struct outcome outcome = {"", "", 0, 0};
    struct err e = {ERR_NONE, ""};
    const char *operands[2];
    bool is_json;

    if (pkg_print_help(argc, argv, "push [STAGE_DIR]",
                       "add a package to the remote and the repository; without one, send what the remote never had",
                       options, n, "dryproof-pack push stage --repo evidence.git --key my.key --log-key log.key"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0 ||
        pkg_verb_limits(options[4].value, options[5].value, &order, &e) != 0 ||
        events_open(PKG_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    is_json = options[3].value != NULL;
    order.repo = options[0].value;
    if ((operands[0] == NULL) != (options[1].value == NULL))
        err_set(&e, ERR_USAGE, "a stage and --key go together");
    else if (operands[0] == NULL
                 ? exchange(order.repo, PUSH, order.wait_s, order.timeout_s, &outcome, &e) == 0 &&
                       report(&outcome, "dryproof.push/1", is_json, &e) == 0
                 : pkg_verb_publish(operands[0], options[1].value, options[2].value, NULL, is_json, &order, &e) == 0)
        return EXIT_HOLDS;
    return cli_fail(PKG_PROGRAM, &e);
}

int pkg_verb_fetch(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--repo", "REPO", true, "the bare repository, with a remote (git remote add origin URL)", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--wait", "SECONDS", false, "how long for somebody else's lock; 60", NULL},
        {"--timeout", "SECONDS", false, "of one exchange with the remote; 600", NULL},
        EVENTS_OPTION,
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct pkg_commit_order order;
    struct outcome outcome = {"", "", 0, 0};
    struct err e = {ERR_NONE, ""};

    if (pkg_print_help(argc, argv, "fetch", "bring a repository forward to its remote, or refuse it; nothing is verified",
                       options, n, "dryproof-pack fetch --repo evidence.git"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
        pkg_verb_limits(options[2].value, options[3].value, &order, &e) != 0 ||
        events_open(PKG_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0 ||
        exchange(options[0].value, FETCH, order.wait_s, order.timeout_s, &outcome, &e) != 0 ||
        report(&outcome, "dryproof.fetch/1", options[1].value != NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    return EXIT_HOLDS;
}
