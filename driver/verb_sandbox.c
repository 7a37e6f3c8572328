/* driver/verb_sandbox.c - dryproof sandbox up|down|status|psql. */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/admissions.h"
#include "driver/sandbox.h"
#include "driver/verbs.h"

static int up(const struct sandbox *s, const char *carrier, const char *admissions, struct err *e)
{
    char found[FILE_PATH_MAX];
    char conninfo[256];
    struct plan plan = {"", NULL, {NULL, 0, 0}, ""};
    const struct plan *with = NULL;
    int rc = -1;

    if (carrier != NULL) {
        if (plan_load(carrier, &plan, e) != 0)
            goto out;
        with = &plan;
        if (admissions == NULL && admissions_of(carrier, found, e) == 1)
            admissions = found;
    }
    if (sandbox_up(s, with, admissions, e) != 0)
        goto out;
    sandbox_conninfo(s, sandbox_database(with), SANDBOX_OBSERVER, conninfo, sizeof conninfo);
    (void)printf("sandbox up: %s\nobserver:   %s\n", s->dir, conninfo);
    rc = 0;
out:
    plan_release(&plan);
    return rc;
}

static int psql(const struct sandbox *s, const char *database, struct err *e)
{
    char path[300], conninfo[256];
    const char *argv[] = {path, "-X", "-d", conninfo, NULL};

    if (!sandbox_is_running(s))
        return err_set(e, ERR_INPUT, "no sandbox is up; start one: dryproof sandbox up");
    (void)snprintf(path, sizeof path, "%s/psql", s->bin);
    sandbox_conninfo(s, database, SANDBOX_SUPERUSER, conninfo, sizeof conninfo);
    return proc_exec(path, argv, e);
}

int verb_sandbox(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--name", "NAME", false, "which sandbox (default: default)", NULL},
        {"--carrier", "DIR", false, "up: load this carrier's surface", NULL},
        {"--admissions", "FILE", false, "up: admission rows (default: beside the carrier)", NULL},
        {"--database", "NAME", false, "psql: the database (default: postgres)", NULL},
        {"--template", NULL, false, "down: remove what the next up starts from, too", NULL},
        {"--help", NULL, false, "this help", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    const char *words[2] = {NULL, NULL};
    struct sandbox s;
    struct err e = {ERR_NONE, ""};
    const char *name;
    int rc = -1;

    if (cli_parse(argc, argv, options, n, 1, words, &e) != 0)
        return cli_fail("dryproof", &e);
    if (cli_value(options, n, "--help") != NULL) {
        cli_verb_help("dryproof", "sandbox up|down|status|psql", "a private throw-away PostgreSQL",
                      options, n, "dryproof sandbox status");
        return EXIT_HOLDS;
    }
    name = cli_value(options, n, "--name");
    if (sandbox_locate(name == NULL ? "default" : name, &s, &e) != 0)
        return cli_fail("dryproof", &e);
    proc_catch_signals();
    if (words[0] == NULL) {
        err_set(&e, ERR_USAGE, "sandbox needs one of up, down, status, psql");
    } else if (strcmp(words[0], "up") == 0) {
        rc = up(&s, cli_value(options, n, "--carrier"), cli_value(options, n, "--admissions"), &e);
    } else if (strcmp(words[0], "down") == 0) {
        rc = sandbox_down(&s, &e);
        if (rc == 0 && cli_value(options, n, "--template") != NULL)
            rc = sandbox_forget_template(&s, &e);
        if (rc == 0)
            (void)printf("sandbox down: nothing of it is left\n");
    } else if (strcmp(words[0], "status") == 0) {
        (void)printf("sandbox %s: %s\n", sandbox_is_running(&s) ? "running"
                     : sandbox_exists(&s) ? "stopped, take it down" : "absent", s.dir);
        return sandbox_is_running(&s) ? EXIT_HOLDS : EXIT_HOLD;
    } else if (strcmp(words[0], "psql") == 0) {
        const char *database = cli_value(options, n, "--database");
        rc = psql(&s, database == NULL ? "postgres" : database, &e);
    } else {
        err_set(&e, ERR_USAGE, "unknown verb sandbox %s; expected up, down, status or psql", words[0]);
    }
    return rc == 0 ? EXIT_HOLDS : cli_fail("dryproof", &e);
}
