/*
 * driver/verb_run.c - dryproof run: collect, pack, verify the staged bytes, render the
 * packet, commit, and verify again from the repository.  FAIL and HOLD are committed
 * too, as what they are.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/admissions.h"
#include "driver/sandbox.h"
#include "driver/verbs.h"

#define DOCUMENT_MAX ((size_t)64 << 20)

struct run {
    const char *carrier, *db, *steps_db, *repo, *key, *policy, *redaction_key, *admissions;
    bool is_json;
    bool is_quiet;
    bool keeps_run; /* --out was given */
    struct plan plan;
    struct sandbox sandbox;
    bool has_sandbox;
    bool has_run;
    char pub[FILE_PATH_MAX];
    char work[FILE_PATH_MAX];    /* temporary folder: stage and verdict */
    char run_dir[FILE_PATH_MAX];
    char stage[FILE_PATH_MAX + 8];
    char conninfo[256];
    char package[DIGEST_HEX];
    struct jv *verdict;
};

/* One line of the run's progress: the stage, and what came of it. */
static void say(const struct run *r, const char *stage, const char *what)
{
    if (!r->is_json && !r->is_quiet)
        (void)printf("%-9s %s\n", stage, what);
    (void)fflush(stdout);
}

/* Run a program beside ours; *status gets its exit status, *out its standard output. */
static int call(const char *program, const char *const *args, struct buf *out, int *status,
                struct err *e)
{
    char path[4096];
    const char *argv[32] = {path};
    size_t n = 1;
    struct proc p = {argv, NULL, out, NULL, true};

    for (size_t i = 0; args[i] != NULL && n < 31; i++)
        argv[n++] = args[i];
    if (proc_beside(path, sizeof path, program, e) != 0 || proc_run(&p, status, e) != 0)
        return -1;
    return 0;
}

/* Like call(), where anything but status 0 ends the run: the program has said why, and e
 * says nothing more. */
static int must(const char *program, const char *const *args, struct buf *out, int *status,
                struct err *e)
{
    if (call(program, args, out, status, e) != 0)
        return -1;
    if (*status == 0)
        return 0;
    return err_set(e, ERR_SYSTEM, "%s", "");
}

static int prepare(struct run *r, const char *out_dir, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    size_t n;

    if ((r->repo == NULL) != (r->key == NULL))
        return err_set(e, ERR_USAGE, "--repo and --key go together");
    if (r->repo == NULL && out_dir == NULL)
        return err_set(e, ERR_USAGE, "name where the evidence goes: --repo REPO --key KEY, or --out DIR "
                                     "for the run directory alone");
    if (plan_load(r->carrier, &r->plan, e) != 0)
        return -1;
    if (r->key != NULL) {
        n = strlen(r->key);
        n -= n > 4 && strcmp(r->key + n - 4, ".key") == 0 ? 4 : 0;
        (void)snprintf(r->pub, sizeof r->pub, "%.*s.pub", (int)n, r->key);
        if (!file_exists(r->key) || !file_exists(r->pub))
            return err_set(e, ERR_INPUT, "%s does not exist; make a key pair: dryproof key new --role "
                                         "packager --out %.*s", file_exists(r->key) ? r->pub : r->key,
                           (int)n, r->key);
    }
    if (snprintf(r->work, sizeof r->work, "%s/dryproof-XXXXXX", tmp == NULL ? "/tmp" : tmp) >= 200 ||
        mkdtemp(r->work) == NULL)
        return err_errno(e, errno, "cannot make a folder in %s", tmp == NULL ? "/tmp" : tmp);
    (void)snprintf(r->stage, sizeof r->stage, "%s/stage", r->work);
    if (out_dir != NULL)
        (void)snprintf(r->run_dir, sizeof r->run_dir, "%s", out_dir);
    else
        (void)snprintf(r->run_dir, sizeof r->run_dir, "%.200s/run", r->work);
    return 0;
}

static int describe_key(const char *path, struct jv **out, int *status, struct err *e)
{
    const char *args[] = {"key", "show", path, "--json", NULL};
    struct buf text = buf_init(DOCUMENT_MAX);
    int rc = -1;

    if (must("dryproof-pack", args, &text, status, e) == 0)
        rc = jv_parse(text.data, text.len, out, e);
    buf_release(&text);
    return rc;
}

static int probe_key(const struct run *r, int *status, struct err *e)
{
    struct jv *key = NULL, *pub = NULL;
    const char *role;
    int rc = -1;

    if (describe_key(r->key, &key, status, e) != 0 || describe_key(r->pub, &pub, status, e) != 0)
        goto out;
    role = jv_get_text(key, "role");
    if (!jv_get(key, "private")->truth)
        err_set(e, ERR_INPUT, "%s is a public key; give the private one", r->key);
    else if (role != NULL && strcmp(role, "packager") != 0)
        err_set(e, ERR_INPUT, "%s is a %s key; this needs a packager key", r->key, role);
    else if (!jv_equal(jv_get(key, "keyid"), jv_get(pub, "keyid")))
        err_set(e, ERR_INPUT, "%s is not the public part of %s", r->pub, r->key);
    else
        rc = 0;
out:
    jv_free(key);
    jv_free(pub);
    return rc;
}

/* What can be wrong with key, policy and repository is found before the run: the run may
 * spend a grant that is good for one. */
static int probe(const struct run *r, int *status, struct err *e)
{
    const char *args[] = {"current", "--repo", r->repo, "--carrier",
                          jv_get_text(r->plan.doc, "carrier"), "--plan-ref",
                          jv_get_text(r->plan.doc, "plan_ref"), "--environment", "sandbox", NULL};
    struct buf ignored = buf_init(DOCUMENT_MAX);
    int rc;

    if (r->repo == NULL)
        return 0;
    if (r->policy != NULL && !file_exists(r->policy))
        return err_set(e, ERR_INPUT, "policy %s does not exist", r->policy);
    rc = probe_key(r, status, e);
    if (rc == 0 && file_exists(r->repo))
        rc = must("dryproof-pack", args, &ignored, status, e);
    buf_release(&ignored);
    return rc;
}

static int start_sandbox(struct run *r, struct err *e)
{
    char name[32];
    char found[FILE_PATH_MAX];
    const char *admissions = r->admissions;

    if (r->db != NULL)
        return 0;
    (void)snprintf(name, sizeof name, "run-%ld", (long)getpid());
    if (admissions == NULL) {
        int exists = admissions_of(r->carrier, found, e);
        if (exists < 0)
            return -1;
        admissions = exists ? found : NULL;
    }
    if (sandbox_locate(name, &r->sandbox, e) != 0 ||
        sandbox_up(&r->sandbox, &r->plan, admissions, e) != 0)
        return -1;
    r->has_sandbox = true;
    sandbox_conninfo(&r->sandbox, sandbox_database(&r->plan), SANDBOX_OBSERVER, r->conninfo,
                     sizeof r->conninfo);
    r->db = r->conninfo;
    say(r, "sandbox", "a private PostgreSQL with the carrier's surface");
    return 0;
}

static int collect(struct run *r, int *status, struct err *e)
{
    const char *args[16] = {"run", "--carrier", r->carrier, "--db", r->db, "--out", r->run_dir, "--json"};
    size_t n = 8;
    struct buf out = buf_init(DOCUMENT_MAX);
    int rc;

    if (r->steps_db != NULL) {
        args[n++] = "--steps-db";
        args[n++] = r->steps_db;
    }
    if (r->redaction_key != NULL) {
        args[n++] = "--redaction-key";
        args[n++] = r->redaction_key;
    }
    rc = must("dryproof-collect", args, &out, status, e);
    r->has_run = rc == 0;
    if (rc == 0)
        say(r, "collect", r->run_dir);
    buf_release(&out);
    return rc;
}

/* The environment's name in the ledger (FORMAT.md section 9). */
static int environment_name(const struct run *r, char *out, size_t size, struct err *e)
{
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(0);
    struct jv *identity = NULL;
    const struct jv *labels;
    int rc = -1;

    if (file_join(path, r->run_dir, "before/identity.json", e) != 0 ||
        file_read(path, DOCUMENT_MAX, &text, e) != 0 ||
        jv_parse(text.data, text.len, &identity, e) != 0)
        goto out;
    labels = jv_get(identity, "labels");
    if (labels != NULL && labels->count > 0)
        (void)snprintf(out, size, "sandbox");
    else
        (void)snprintf(out, size, "pg:%s/%s", jv_get_text(identity, "system_identifier"),
                       jv_get_text(identity, "database"));
    rc = 0;
out:
    jv_free(identity);
    buf_release(&text);
    return rc;
}

/* The package that ours will supersede: out is "" when there is none. */
static int current_package(const struct run *r, char out[DIGEST_HEX], int *status, struct err *e)
{
    char environment[256];
    struct buf text = buf_init(DOCUMENT_MAX);
    const char *args[] = {"current", "--repo", r->repo, "--carrier",
                          jv_get_text(r->plan.doc, "carrier"), "--plan-ref",
                          jv_get_text(r->plan.doc, "plan_ref"), "--environment", environment, NULL};
    int rc = -1;

    out[0] = '\0';
    if (!file_exists(r->repo))
        return 0;
    if (environment_name(r, environment, sizeof environment, e) == 0 &&
        must("dryproof-pack", args, &text, status, e) == 0) {
        if (text.len >= 64)
            (void)snprintf(out, DIGEST_HEX, "%.64s", text.data);
        rc = 0;
    }
    buf_release(&text);
    return rc;
}

static int pack(struct run *r, int *status, struct err *e)
{
    char older[DIGEST_HEX];
    const char *args[12] = {"pack", r->run_dir, "--key", r->key, "--out", r->stage, "--json"};
    struct buf out = buf_init(DOCUMENT_MAX);
    struct jv *answer = NULL;
    const char *package;
    int rc = -1;

    if (current_package(r, older, status, e) != 0)
        goto out;
    if (older[0] != '\0') {
        args[7] = "--supersedes";
        args[8] = older;
    }
    if (must("dryproof-pack", args, &out, status, e) != 0 ||
        jv_parse(out.data, out.len, &answer, e) != 0)
        goto out;
    package = jv_get_text(answer, "package");
    if (package == NULL || !digest_is_hex(package)) {
        err_set(e, ERR_INTERNAL, "dryproof-pack named no package");
        goto out;
    }
    (void)snprintf(r->package, sizeof r->package, "%s", package);
    say(r, "pack", r->package);
    rc = 0;
out:
    jv_free(answer);
    buf_release(&out);
    return rc;
}

/* Run the verifier; statuses 0, 1 and 3 are verdicts, all others end the run. */
static int verify(struct run *r, const char *const *what, struct buf *out, int *status,
                  struct err *e)
{
    const char *args[16];
    const struct jv *found;
    size_t n = 0;

    while (what[n] != NULL) {
        args[n] = what[n];
        n++;
    }
    args[n++] = r->policy != NULL ? "--policy" : "--key";
    args[n++] = r->policy != NULL ? r->policy : r->pub;
    args[n++] = "--json";
    args[n] = NULL;
    if (call("dryproof-verify", args, out, status, e) != 0)
        return -1;
    jv_free(r->verdict);
    r->verdict = NULL;
    if (out->len == 0)
        return err_set(e, ERR_SYSTEM, "%s", ""); /* it has said why */
    if (jv_parse(out->data, out->len, &r->verdict, e) != 0)
        return -1;
    if (*status == EXIT_HOLDS || *status == EXIT_PROVEN_BAD || *status == EXIT_HOLD)
        return 0;
    found = jv_get(r->verdict, "findings");
    found = found != NULL && found->count > 0 ? found->items[0] : NULL;
    return err_set(e, ERR_SYSTEM, "no verdict: %s: %s", jv_get_text(found, "code"),
                   jv_get_text(found, "message"));
}

static int review_and_commit(struct run *r, int *status, struct err *e)
{
    char package[FILE_PATH_MAX + 32], attestations[FILE_PATH_MAX + 48], verdict[FILE_PATH_MAX + 16];
    const char *staged[] = {package, "--attestations", attestations, NULL};
    const char *review[] = {"review", r->stage, "--verdict", verdict, "--key", r->key, NULL};
    const char *commit[] = {"commit", r->stage, "--repo", r->repo, "--key", r->key, NULL};
    const char *from_repo[] = {"--repo", r->repo, "--package", r->package, NULL};
    struct buf text = buf_init(DOCUMENT_MAX);
    int rc = -1;

    (void)snprintf(package, sizeof package, "%s/package.tar", r->stage);
    (void)snprintf(attestations, sizeof attestations, "%s/attestations.intoto.jsonl", r->stage);
    (void)snprintf(verdict, sizeof verdict, "%s/verdict.json", r->work);
    if (verify(r, staged, &text, status, e) != 0 ||
        file_write(verdict, text.data, text.len, 0644, e) != 0)
        goto out;
    say(r, "verify", jv_get_text(r->verdict, "status"));
    buf_release(&text);
    if (must("dryproof-pack", review, &text, status, e) != 0)
        goto out;
    say(r, "review", "REVIEW.md and the packet");
    buf_release(&text);
    if (must("dryproof-pack", commit, &text, status, e) != 0)
        goto out;
    say(r, "commit", r->repo);
    buf_release(&text);
    if (verify(r, from_repo, &text, status, e) != 0)
        goto out;
    say(r, "confirm", "read back and verified from the repository");
    rc = 0;
out:
    buf_release(&text);
    return rc;
}

static int print_result(const struct run *r, struct err *e)
{
    struct buf out = buf_init(DOCUMENT_MAX);
    struct jv *doc = jv_object();
    int rc = 0;

    if (!r->is_json) {
        if (r->verdict != NULL)
            (void)printf("\n%s  %s\n", jv_get_text(r->verdict, "status"),
                         jv_get_text(r->verdict, "verdict"));
    } else {
        jv_set(doc, "schema", jv_string("dryproof.run-result/1"));
        jv_set(doc, "package", r->package[0] == '\0' ? jv_null() : jv_string(r->package));
        jv_set(doc, "repository", jv_string(r->repo));
        jv_set(doc, "run_dir", jv_string(r->keeps_run ? r->run_dir : NULL)); /* else it is gone */
        jv_set(doc, "verdict", r->verdict == NULL ? jv_null() : jv_copy(r->verdict));
        rc = jv_document(doc, &out, e);
        if (rc == 0)
            (void)fwrite(out.data, 1, out.len, stdout);
    }
    jv_free(doc);
    buf_release(&out);
    return rc;
}

static int run_all(struct run *r, const char *out_dir, int *status, struct err *e)
{
    struct err later;
    int rc = -1;

    *status = EXIT_HOLDS;
    if (prepare(r, out_dir, e) == 0 && probe(r, status, e) == 0 && start_sandbox(r, e) == 0)
        rc = collect(r, status, e);
    if (r->has_sandbox && sandbox_down(&r->sandbox, &later) != 0) {
        if (rc == 0)
            *e = later;
        rc = -1;
    }
    if (rc == 0 && r->repo != NULL && (pack(r, status, e) != 0 || review_and_commit(r, status, e) != 0))
        rc = -1;
    if (rc != 0 && file_exists(r->stage))
        (void)fprintf(stderr, "dryproof: the staged package is kept in %s\n", r->stage);
    else if (rc != 0 && r->has_run)
        (void)fprintf(stderr, "dryproof: the run is kept in %s\n", r->run_dir);
    else if (r->work[0] != '\0' && file_remove_tree(r->work, &later) != 0 && rc == 0) {
        *e = later;
        rc = -1;
    }
    return rc;
}

int verb_run(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--carrier", "DIR", true, "the carrier: plan.json and its files", NULL},
        {"--db", "CONNINFO", false, "the server to observe (default: a private sandbox)", NULL},
        {"--steps-db", "CONNINFO", false, "how the steps connect (default: --db as step_role)", NULL},
        {"--repo", "REPO", false, "the evidence repository, made if absent", NULL},
        {"--key", "KEY", false, "the packager's key, with its .pub beside it", NULL},
        {"--policy", "FILE", false, "verify by this trust policy (default: the key alone)", NULL},
        {"--out", "DIR", false, "keep the run directory here", NULL},
        {"--admissions", "FILE", false, "sandbox: admission rows (default: beside the carrier)", NULL},
        {"--redaction-key", "FILE", false, "key for redacted columns", NULL},
        {"--json", NULL, false, "one JSON object on standard output", NULL},
        {"--quiet", NULL, false, "only the verdict", NULL},
        {"--help", NULL, false, "this help", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    const char *none[1];
    struct run r = {0};
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS;
    int rc;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help("dryproof", "run", "collect, pack, verify, commit", options, n,
                      "dryproof run --carrier carriers/c1 --repo evidence.git --key signer.key");
        return EXIT_HOLDS;
    }
    if (cli_parse(argc, argv, options, n, 0, none, &e) != 0)
        return cli_fail("dryproof", &e);
    r.carrier = cli_value(options, n, "--carrier");
    r.db = cli_value(options, n, "--db");
    r.steps_db = cli_value(options, n, "--steps-db");
    r.repo = cli_value(options, n, "--repo");
    r.key = cli_value(options, n, "--key");
    r.policy = cli_value(options, n, "--policy");
    r.redaction_key = cli_value(options, n, "--redaction-key");
    r.admissions = cli_value(options, n, "--admissions");
    r.is_json = cli_value(options, n, "--json") != NULL;
    r.keeps_run = cli_value(options, n, "--out") != NULL;
    r.is_quiet = cli_value(options, n, "--quiet") != NULL;
    proc_catch_signals();
    rc = run_all(&r, cli_value(options, n, "--out"), &status, &e);
    if (rc == 0)
        rc = print_result(&r, &e);
    plan_release(&r.plan);
    jv_free(r.verdict);
    if (proc_interrupted() != 0) {
        err_set(&e, ERR_SYSTEM, "interrupted by signal %d; nothing of ours keeps running, run it again",
                proc_interrupted());
        return cli_fail("dryproof", &e);
    }
    if (rc == 0)
        return status;
    if (e.text[0] != '\0')
        (void)cli_fail("dryproof", &e);
    return status != EXIT_HOLDS ? status : err_exit_status(e.kind);
}
