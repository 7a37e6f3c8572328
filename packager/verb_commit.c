/* packager/verb_commit.c - commit, current and probe: the evidence repository's verbs. */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "packager/commit.h"
#include "packager/keyfile.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/log.h"
#include "packager/verb_remote.h"
#include "packager/print.h"
#include "packager/verbs.h"

static int report(const struct pkg_stage *stage, const struct pkg_commit_result *r, bool is_json,
                  struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("package %s\ncommit  %s%s\nledger  %06zu\n", stage->package, r->commit,
                     r->was_there ? " (was there already)" : "", r->sequence);
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "commit", jv_string(r->commit));
    jv_set(doc, "ledger", jv_int((int64_t)r->sequence));
    jv_set(doc, "package", jv_string(stage->package));
    jv_set(doc, "schema", jv_string("dryproof.commit/1"));
    jv_set(doc, "was_there", jv_bool(r->was_there));
    return pkg_print_json(doc, e);
}

/* --verdict only says which verdict the caller believes to be staged. */
static int same_verdict(const struct pkg_stage *stage, const char *path, struct err *e)
{
    struct buf given = buf_init(0), staged = buf_init(0);
    int rc = -1;

    if (path == NULL)
        return 0;
    if (file_read(path, PKG_DOCUMENT_MAX, &given, e) == 0 &&
        pkg_stage_read(stage, "verdict.json", &staged, e) == 0)
        rc = given.len == staged.len && memcmp(given.data, staged.data, given.len) == 0
                 ? 0 : err_set(e, ERR_INPUT, "%s is not the staged verdict; review again", path);
    buf_release(&staged);
    buf_release(&given);
    return rc;
}

int pkg_verb_publish(const char *dir, const char *key, const char *log_key, const char *verdict, bool is_json,
                     struct pkg_commit_order *order, struct err *e)
{
    struct pkg_keyfile file = {.key = NULL}, log = {.key = NULL};
    struct pkg_stage stage = {.dir = ""};
    struct pkg_commit_result result;
    int rc = -1;

    if (pkg_keyfile_read_signer(key, "packager", order->signatures, &file, e) == 0 && pkg_stage_open_named(dir, file.key, &stage, e) == 0 &&
        same_verdict(&stage, verdict, e) == 0 &&
        (log_key == NULL || pkg_keyfile_read_signer(log_key, "log", order->signatures, &log, e) == 0)) {
        order->key = file.key;
        order->log_key = log.key;
        if (pkg_commit_stage(&stage, order, &result, e) == 0)
            rc = report(&stage, &result, is_json, e);
    }
    pkg_stage_release(&stage);
    pkg_keyfile_release(&log);
    pkg_keyfile_release(&file);
    return rc;
}

int pkg_verb_commit(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--repo", "REPO", true, "the bare repository; made when absent", NULL},
        {"--key", "KEY", true, "the packager's private key", NULL},
        {"--verdict", "FILE", false, "must be the staged verdict.json", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--log-key", "KEY", false, "the private key of the repository's log", NULL},
        {"--old-log-key", "PUB", false, "the public key that signed the log before its key was rotated", NULL},
        {"--wait", "SECONDS", false, "how long for somebody else's lock or claim; 60", NULL},
        {"--timeout", "SECONDS", false, "of one exchange with the remote; 600", NULL},
        {"--oci", "HOST[:PORT]/REPOSITORY", false, "the archive goes to this registry, git holds where it is", NULL},
        {"--signatures", "DIR", false, "the public key is given, and signs elsewhere: what to sign, and the signatures", NULL},
        EVENTS_OPTION,
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct pkg_commit_order order = {.repo = NULL};
    struct pkg_keyfile before = {.key = NULL};
    int rc = -1;

    if (pkg_print_help(argc, argv, "commit STAGE_DIR", "add a package to a repository, and to its remote first", options, n,
                       "dryproof-pack commit stage --repo evidence.git --key my.key"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0 ||
        pkg_verb_limits(options[6].value, options[7].value, &order, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL) {
        err_set(&e, ERR_USAGE, "commit needs a stage");
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (events_open(PKG_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    order.repo = options[0].value;
    order.signatures = options[9].value;
    if ((options[5].value == NULL || pkg_keyfile_read(options[5].value, &before, &e) == 0) &&
        (options[8].value == NULL || pkg_registry_open(options[8].value, &order.registry, &e) == 0)) {
        order.log_before = before.key;
        rc = pkg_verb_publish(operands[0], options[1].value, options[4].value, options[2].value, options[3].value != NULL, &order, &e);
    }
    pkg_registry_free(order.registry);
    pkg_keyfile_release(&before);
    return rc == 0 ? EXIT_HOLDS : cli_fail(PKG_PROGRAM, &e);
}

static int print_current(const char *repo, const struct cli_option *options, bool is_json,
                         struct err *e)
{
    struct pkg_git *g = NULL;
    char package[DIGEST_HEX] = "", tip[PKG_GIT_HEX] = "";
    int rc = -1;

    if (pkg_git_open(repo, &g, e) != 0)
        return -1;
    if (g != NULL && (pkg_git_tip(g, tip, e) != 0 ||
                      pkg_ledger_current(g, tip, options[1].value, options[2].value, options[3].value, package, e) != 0))
        goto out;
    if (is_json)
        rc = pkg_print_json(jv_set(jv_set(jv_object(), "package", package[0] == '\0' ? jv_null() : jv_string(package)), "schema",
                                   jv_string("dryproof.current/1")), e);
    else
        rc = 0;
    if (!is_json && package[0] != '\0')
        (void)printf("%s\n", package);
out:
    pkg_git_free(g);
    return rc;
}

int pkg_verb_current(int argc, char **argv)
{
    struct cli_option options[] = {{"--repo", "REPO", true, "the bare repository", NULL},
                                   {"--carrier", "C", true, "the carrier's id", NULL},
                                   {"--plan-ref", "P", true, "the plan's reference", NULL},
                                   {"--environment", "E", true,
                                    "sandbox, or pg:SYSTEM_IDENTIFIER/DATABASE", NULL},
                                   {"--json", NULL, false, "answer in JSON", NULL},
                                   {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct err e = {ERR_NONE, ""};

    if (pkg_print_help(argc, argv, "current", "print the current package's id, or nothing", options,
                       n, "dryproof-pack current --repo evidence.git --carrier C1 --plan-ref "
                          "LEGO1-C1-PLAN --environment sandbox"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
        print_current(options[0].value, options, options[4].value != NULL, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    return EXIT_HOLDS;
}

static int has_remote(struct pkg_git *g, bool *out, struct err *e)
{
    struct buf url = buf_init(FILE_PATH_MAX);
    int rc = pkg_git_remote_url(g, &url, e);

    *out = url.len > 0;
    buf_release(&url);
    return rc;
}

/* What would keep a package out is found before there is one. */
static int probe(const char *repo, const struct pkg_key *log_key, struct err *e)
{
    struct pkg_ledger_end end;
    struct pkg_log *log = NULL;
    struct pkg_git *g = NULL;
    char tip[PKG_GIT_HEX] = "";
    bool is_shared = false;
    int rc = -1;

    if (pkg_git_open(repo, &g, e) != 0)
        return -1;
    if (g != NULL && (has_remote(g, &is_shared, e) != 0 || (is_shared && pkg_verb_bring(repo, e) != 0)))
        goto out;
    if (g == NULL || (pkg_git_tip(g, tip, e) == 0 && pkg_ledger_find_end(g, tip, &end, e) == 0 &&
                      pkg_log_open(g, tip, end.count, log_key, NULL, &log, e) == 0))
        rc = 0;
out:
    pkg_log_free(log);
    pkg_git_free(g);
    return rc;
}

int pkg_verb_probe(int argc, char **argv)
{
    struct cli_option options[] = {{"--repo", "REPO", true, "the bare repository", NULL},
                                   {"--log-key", "KEY", false, "the private key of its log", NULL},
                                   {"--oci", "HOST[:PORT]/REPOSITORY", false, "and into this registry?", NULL},
                                   {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct pkg_keyfile log = {.key = NULL};
    struct pkg_registry *registry = NULL;
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "probe", "could a package be committed here?", options, n,
                       "dryproof-pack probe --repo evidence.git --log-key log.key"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
        (options[1].value != NULL && pkg_keyfile_read_signer(options[1].value, "log", NULL, &log, &e) != 0) ||
        probe(options[0].value, log.key, &e) != 0 ||
        (options[2].value != NULL && (pkg_registry_open(options[2].value, &registry, &e) != 0 || pkg_oci_probe(registry, &e) != 0)))
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_registry_free(registry);
    pkg_keyfile_release(&log);
    return status;
}
