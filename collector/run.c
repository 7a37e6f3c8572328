/* collector/run.c - see collector/run.h. */
#include "collector/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "base/version.h"
#include "collector/begin.h"
#include "collector/crew.h"
#include "collector/executor.h"
#include "collector/limits.h"
#include "collector/manifest.h"
#include "collector/progress.h"
#include "collector/snapshot.h"
#include "collector/steps.h"
#include "collector/wal.h"

/* run.json: the last file; with it the run is finished. */
static int finish(struct col_context *c, const char *started_at, struct err *e)
{
    char finished_at[CLOCK_TEXT];
    struct jv *doc = jv_object();

    clock_now(finished_at);
    jv_set(doc, "carrier", jv_copy(jv_get(c->plan.doc, "carrier")));
    jv_set(doc, "cases", jv_int((int64_t)c->cases));
    jv_set(doc, "collector", jv_string(DRYPROOF_VERSION));
    jv_set(doc, "finished_at", jv_string(finished_at));
    jv_set(doc, "plan_ref", jv_copy(jv_get(c->plan.doc, "plan_ref")));
    jv_set(doc, "plan_sha256", jv_string(c->plan.sha256));
    jv_set(doc, "run_id", jv_string(c->run_id));
    jv_set(doc, "schema", jv_string("dryproof.run/1"));
    jv_set(doc, "started_at", jv_string(started_at));
    jv_set(doc, "steps", jv_int((int64_t)jv_get(c->plan.doc, "steps")->count));
    return col_rundir_json(&c->dir, "run.json", doc, e);
}

int col_run_bracketed(struct col_context *c, const char *out,
                      int (*middle)(struct col_context *c, struct err *e), struct err *e)
{
    char started_at[CLOCK_TEXT];

    clock_now(started_at);
    if (col_begin_write(out, started_at, c, e) != 0 ||
        col_snapshot_take(c, "before", e) != 0 || middle(c, e) != 0 ||
        col_snapshot_take(c, "after", e) != 0 || col_wal_write(c, e) != 0 ||
        col_rundir_json(&c->dir, "cost.json", col_cost_document(c->costs), e) != 0)
        return -1;
    return finish(c, started_at, e);
}

int col_run_carrier(struct col_context *c, struct err *e)
{
    return col_manifest_run(c, e) != 0 || col_steps_run(c, e) != 0 || col_steps_readback(c, e) != 0
               ? -1 : 0;
}

static int say(const struct col_context *c, bool is_json, struct err *e)
{
    struct buf text = buf_init(1 << 20);
    size_t steps = jv_get(c->plan.doc, "steps")->count;
    struct jv *doc = jv_object();
    int rc;

    jv_set(doc, "carrier", jv_copy(jv_get(c->plan.doc, "carrier")));
    jv_set(doc, "cases", jv_int((int64_t)c->cases));
    jv_set(doc, "plan_ref", jv_copy(jv_get(c->plan.doc, "plan_ref")));
    jv_set(doc, "run_dir", jv_string(c->dir.path));
    jv_set(doc, "run_id", jv_string(c->run_id));
    jv_set(doc, "status", jv_string("collected"));
    jv_set(doc, "steps", jv_int((int64_t)steps));
    rc = jv_document(doc, &text, e);
    if (rc == 0 && is_json)
        (void)fwrite(text.data, 1, text.len, stdout);
    else if (rc == 0)
        (void)printf("collected run %s: %zu steps, %zu cases, in %s\n", c->run_id, steps, c->cases,
                     c->dir.path);
    jv_free(doc);
    buf_release(&text);
    return rc;
}

int col_run_workers(const char *text, size_t *out, struct err *e)
{
    unsigned long n;

    if (text == NULL)
        return 0;
    n = strspn(text, "0123456789") == strlen(text) && strlen(text) <= 2 ? strtoul(text, NULL, 10) : 0;
    if (n < 1 || n > COL_WORKERS_MAX)
        return err_set(e, ERR_USAGE, "--workers %s: expected a number from 1 to %d", text,
                       COL_WORKERS_MAX);
    *out = n;
    return 0;
}

static bool wants_help(int argc, char **argv)
{
    return argc == 1 && strcmp(argv[0], "--help") == 0;
}

static int set_timeout(const char *text, long *out, struct err *e)
{
    char *end = NULL;
    long seconds = text == NULL ? COL_MAX_STATEMENT_SECONDS : strtol(text, &end, 10);

    if (text != NULL && (end == text || *end != '\0' || seconds < 1 || seconds > COL_MAX_STATEMENT_SECONDS))
        return err_set(e, ERR_USAGE, "--timeout %s: expected 1 to %d seconds", text,
                       COL_MAX_STATEMENT_SECONDS);
    col_pg_timeout((int)seconds);
    *out = seconds;
    return 0;
}

int col_run_main(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--carrier", "DIR", true, "the carrier: plan.json and its files", NULL},
        {"--db", "CONNINFO", true, "the observer's connection, read only", NULL},
        {"--out", "RUNDIR", true, "the run directory to write; must not exist", NULL},
        {"--steps-db", "CONNINFO", false, "the steps' connection (default: --db as the step_role)", NULL},
        {"--executor", "URL", false, "an executor that calls the endpoints, where the plan allows one", NULL},
        {"--workers", "N", false,
         "sessions that read tables (default 1; more read through, and evict, the server's cache)", NULL},
        {"--redaction-key", "FILE", false, "key of redacted columns, mode 0600", NULL},
        {"--timeout", "SECONDS", false, "longest statement (default and most: 3600)", NULL},
        {"--json", NULL, false, "one JSON object on standard output", NULL},
        {"--quiet", NULL, false, "no progress", NULL},
        EVENTS_OPTION,
    };
    const size_t n = sizeof options / sizeof options[0];
    const char *operands[1];
    struct err e = {ERR_NONE, ""};
    struct col_context c;
    struct col_begin_options where;
    struct col_executor executor = {"", NULL, 0, false};
    long seconds = 0;
    int status = EXIT_HOLDS;

    if (wants_help(argc, argv)) {
        cli_verb_help(COL_PROGRAM, "run", "bracket a carrier's dry run", options, n,
                      COL_PROGRAM " run --carrier carriers/c1 --db service=c1 --out run-1");
        return EXIT_HOLDS;
    }
    memset(&c, 0, sizeof c);
    if (cli_parse(argc, argv, options, n, 0, operands, &e) != 0 ||
        set_timeout(cli_value(options, n, "--timeout"), &seconds, &e) != 0 ||
        col_run_workers(cli_value(options, n, "--workers"), &c.workers, &e) != 0 ||
        events_open(COL_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    where.carrier = cli_value(options, n, "--carrier");
    where.db = cli_value(options, n, "--db");
    where.steps_db = cli_value(options, n, "--steps-db");
    where.out = cli_value(options, n, "--out");
    where.redaction_key = cli_value(options, n, "--redaction-key");
    col_progress_start(cli_value(options, n, "--quiet") != NULL);
    c.executor = cli_value(options, n, "--executor") == NULL ? NULL : &executor;
    if (col_begin_open(&where, &c, &e) != 0 ||
        col_executor_open(cli_value(options, n, "--executor"), &c.plan, seconds, &executor, &e) != 0 ||
        col_run_bracketed(&c, where.out, col_run_carrier, &e) != 0 ||
        say(&c, cli_value(options, n, "--json") != NULL, &e) != 0) {
        col_progress_clear();
        status = cli_fail(COL_PROGRAM, &e);
    }
    col_progress_clear();
    col_executor_release(&executor);
    col_begin_release(&c);
    return status;
}

int col_run_check(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--carrier", "DIR", true, "the carrier: plan.json and its files", NULL},
    };
    const char *operands[1];
    struct err e = {ERR_NONE, ""};
    struct plan plan;

    if (wants_help(argc, argv)) {
        cli_verb_help(COL_PROGRAM, "check", "read a carrier's plan", options, 1,
                      COL_PROGRAM " check --carrier carriers/c1");
        return EXIT_HOLDS;
    }
    if (cli_parse(argc, argv, options, 1, 0, operands, &e) != 0 ||
        plan_load(cli_value(options, 1, "--carrier"), &plan, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    (void)printf("plan is well-formed: %s\n", plan.sha256);
    plan_release(&plan);
    return EXIT_HOLDS;
}
