/*
 * driver/verb_run.c - dryproof run: collect, pack, verify the staged bytes, render the
 * packet, commit, and verify again from the repository.  FAIL and HOLD are committed
 * too, as what they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "driver/admissions.h"
#include "driver/proc.h"
#include "driver/road.h"
#include "driver/sandbox.h"
#include "driver/verbs.h"

struct run {
    struct road road;
    const char *carrier, *db, *steps_db, *executor, *redaction_key, *admissions;
    struct plan plan;
    struct sandbox sandbox;
    bool has_sandbox;
    char conninfo[256];
};

static int prepare(struct run *r, const char *out_dir, struct err *e)
{
    if (r->carrier == NULL)
        return err_set(e, ERR_USAGE, "option --carrier DIR is missing; or is there a command to bracket? "
                                     "Then: --db CONNINFO -- COMMAND ARGS...");
    if (r->road.repo == NULL && r->road.key == NULL && out_dir == NULL)
        return err_set(e, ERR_USAGE, "name where the evidence goes: --repo REPO --key KEY, or --out DIR "
                                     "for the run directory alone");
    if (r->executor != NULL && r->db == NULL)
        return err_set(e, ERR_USAGE, "--executor needs --db CONNINFO: nobody but this run knows its private sandbox");
    if (plan_load(r->carrier, &r->plan, e) != 0)
        return -1;
    r->road.carrier = jv_get_text(r->plan.doc, "carrier");
    r->road.plan_ref = jv_get_text(r->plan.doc, "plan_ref");
    return road_open(&r->road, out_dir, e);
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
    road_begin("sandbox");
    if (sandbox_locate(name, &r->sandbox, e) != 0 ||
        sandbox_up(&r->sandbox, &r->plan, admissions, e) != 0)
        return -1;
    r->has_sandbox = true;
    sandbox_conninfo(&r->sandbox, sandbox_database(&r->plan), SANDBOX_OBSERVER, r->conninfo,
                     sizeof r->conninfo);
    r->db = r->conninfo;
    road_say(&r->road, "sandbox", "a private PostgreSQL with the carrier's surface");
    return 0;
}

static int collect(struct run *r, int *status, struct err *e)
{
    const char *args[18] = {"run", "--carrier", r->carrier, "--db", r->db, "--out", r->road.run_dir, "--json"};
    size_t n = 8;
    struct buf out = buf_init(ROAD_DOCUMENT_MAX);
    int rc;

    if (r->steps_db != NULL) {
        args[n++] = "--steps-db";
        args[n++] = r->steps_db;
    }
    if (r->executor != NULL) {
        args[n++] = "--executor";
        args[n++] = r->executor;
    }
    if (r->redaction_key != NULL) {
        args[n++] = "--redaction-key";
        args[n++] = r->redaction_key;
    }
    (void)road_events(args, n);
    road_begin("collect");
    rc = road_must("dryproof-collect", args, &out, status, e);
    r->road.has_run = rc == 0;
    if (rc == 0)
        road_say(&r->road, "collect", r->road.run_dir);
    buf_release(&out);
    return rc;
}

static int print_result(const struct road *r, struct err *e)
{
    struct buf out = buf_init(ROAD_DOCUMENT_MAX);
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
    struct road *road = &r->road;
    struct err later;
    int rc = -1;

    *status = EXIT_HOLDS;
    if (prepare(r, out_dir, e) == 0 && road_probe(road, status, e) == 0 && start_sandbox(r, e) == 0)
        rc = collect(r, status, e);
    if (r->has_sandbox && sandbox_down(&r->sandbox, &later) != 0) {
        if (rc == 0)
            *e = later;
        rc = -1;
    }
    if (rc == 0 && road->repo != NULL &&
        (road_pack(road, status, e) != 0 || road_verify_stage(road, status, e) != 0 ||
         road_commit(road, status, e) != 0))
        rc = -1;
    if (rc == 0)
        rc = print_result(road, e);
    if (road_close(road, rc == 0, &later) != 0 && rc == 0) {
        *e = later;
        rc = -1;
    }
    return rc;
}

int verb_run(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--carrier", "DIR", false, "the carrier: plan.json and its files", NULL},
        {"--db", "CONNINFO", false, "the server to observe (default: a private sandbox)", NULL},
        {"--steps-db", "CONNINFO", false, "how the steps connect (default: --db as step_role)", NULL},
        {"--executor", "URL", false, "an executor that calls the endpoints, where the plan allows one", NULL},
        {"--repo", "REPO", false, "the evidence repository, made if absent", NULL},
        {"--key", "KEY", false, "the packager's key, with its .pub beside it", NULL},
        {"--log-key", "KEY", false, "the key of the repository's log, from its first package on", NULL},
        {"--oci", "HOST/REPOSITORY", false, "the package goes to this registry, git holds its digest", NULL},
        {"--tsa", "URL", false, "have this authority say when it was signed (RFC 3161)", NULL},
        {"--policy", "FILE", false, "verify by this trust policy (default: the key alone)", NULL},
        {"--out", "DIR", false, "keep the run directory here", NULL},
        {"--admissions", "FILE", false, "sandbox: admission rows (default: beside the carrier)", NULL},
        {"--redaction-key", "FILE", false, "key for redacted columns", NULL},
        {"--json", NULL, false, "one JSON object on standard output", NULL},
        {"--quiet", NULL, false, "only the verdict", NULL},
        EVENTS_OPTION,
        {"--help", NULL, false, "this help", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    const char *none[1];
    char **command;
    struct run r = {0};
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS;
    int rc;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help("dryproof", "run", "collect, pack, verify, commit", options, n,
                      "dryproof run --carrier carriers/c1 --repo evidence.git --key signer.key");
        (void)putchar('\n');
        (void)verb_bracket(0, argv, NULL);
        (void)putchar('\n');
        return verb_fleet(0, NULL);
    }
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strncmp(argv[i], "--target", strlen("--target")) == 0)
            return verb_fleet(argc, argv);
    if (cli_take_command(&argc, argv, &command, &e) != 0)
        return cli_fail("dryproof", &e);
    if (command != NULL)
        return verb_bracket(argc, argv, command);
    if (cli_parse(argc, argv, options, n, 0, none, &e) != 0)
        return cli_fail("dryproof", &e);
    r.carrier = cli_value(options, n, "--carrier");
    r.db = cli_value(options, n, "--db");
    r.steps_db = cli_value(options, n, "--steps-db");
    r.executor = cli_value(options, n, "--executor");
    r.road.repo = cli_value(options, n, "--repo");
    r.road.key = cli_value(options, n, "--key");
    r.road.log_key = cli_value(options, n, "--log-key");
    r.road.oci = cli_value(options, n, "--oci");
    r.road.tsa = cli_value(options, n, "--tsa");
    r.road.policy = cli_value(options, n, "--policy");
    r.redaction_key = cli_value(options, n, "--redaction-key");
    r.admissions = cli_value(options, n, "--admissions");
    r.road.is_json = cli_value(options, n, "--json") != NULL;
    r.road.is_quiet = cli_value(options, n, "--quiet") != NULL;
    if (events_open("dryproof", cli_value(options, n, "--events"), r.road.is_json, &e) != 0)
        return cli_fail("dryproof", &e);
    proc_catch_signals();
    rc = run_all(&r, cli_value(options, n, "--out"), &status, &e);
    plan_release(&r.plan);
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
