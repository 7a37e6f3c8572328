/* collector/bracket.c - see collector/bracket.h. */
#include "collector/bracket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "base/plan_bracket.h"
#include "collector/begin.h"
#include "collector/command.h"
#include "collector/limits.h"
#include "collector/observe.h"
#include "collector/progress.h"
#include "collector/readonly.h"
#include "collector/run.h"
#include "collector/target.h"
#include "collector/watch.h"

#define TIMEOUT_MAX 604800 /* a week, in seconds */
#define FOLDER "steps/001-command/"

extern char **environ;

/* RELATION=REASON; a quoted name may hold an equals sign. */
static int add_exclude(struct jv *list, const char *text, struct err *e)
{
    bool is_quoted = false;
    const char *p = text;

    for (; *p != '\0' && (is_quoted || *p != '='); p++)
        is_quoted = is_quoted != (*p == '"');
    if (*p == '\0' || p[1] == '\0' || p == text)
        return err_set(e, ERR_USAGE, "--exclude %s: expected RELATION=REASON, why it is left out", text);
    jv_add(list, jv_set(jv_set(jv_object(), "reason", jv_string(p + 1)), "relation",
                        jv_string_len(text, (size_t)(p - text))));
    return 0;
}

/* The program's own name, as far as it may be a plan_ref. */
static struct jv *default_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char name[65];

    (void)snprintf(name, sizeof name, "%.64s", slash == NULL ? path : slash + 1);
    for (char *p = name; *p != '\0'; p++) {
        const char one[2] = {*p, '\0'};

        *p = plan_bracket_is_name(one) ? *p : '_';
    }
    return jv_string(name[0] == '\0' ? "command" : name);
}

static int make_plan(const struct col_bracket *b, struct plan *out, struct err *e)
{
    struct jv *exclude = jv_array();
    struct jv *basis = jv_array();
    struct jv *doc = jv_object();

    for (size_t i = 0; i < b->exclude_count; i++) {
        if (add_exclude(exclude, b->excludes[i], e) != 0) {
            jv_free(exclude);
            jv_free(basis);
            jv_free(doc);
            return -1;
        }
    }
    if (b->accept != NULL)
        jv_add(basis, jv_string(b->accept));
    jv_set(doc, "accept_basis", basis);
    jv_set(doc, "carrier", jv_string("command"));
    jv_set(doc, "command", jv_copy(b->masked));
    jv_set(doc, "expect_exit", jv_int(b->expect_exit));
    jv_set(doc, "plan_ref", b->name == NULL ? default_name(b->path) : jv_string(b->name));
    jv_set(doc, "readonly_role", jv_string(b->readonly_role));
    jv_set(doc, "schema", jv_string(PLAN_BRACKET_SCHEMA));
    jv_set(doc, "scope", jv_set(jv_object(), "exclude", exclude));
    jv_set(doc, "strict_role", jv_bool(b->is_strict));
    jv_set(doc, "timeout", jv_int(b->timeout_s));
    return plan_bracket_make(doc, out, e);
}

/* Everything that may be a password: it is masked, wherever it stands. */
static void find_secrets(struct col_bracket *b, const struct col_context *c)
{
    col_mask_secret(b->secrets, col_pg_secret(c->observer));
    col_mask_secret(b->secrets, b->password);
    col_mask_secret(b->secrets, getenv("PGPASSWORD"));
    for (char **p = environ; *p != NULL; p++)
        col_mask_find(b->secrets, *p + strcspn(*p, "="));
    for (char **p = b->argv; *p != NULL; p++)
        col_mask_find(b->secrets, *p);
}

int col_bracket_mask(struct col_bracket *b, struct err *e)
{
    for (char **p = b->argv; *p != NULL; p++) {
        if (!jv_is_utf8(*p, strlen(*p)))
            return err_set(e, ERR_USAGE, "an argument of the command is not UTF-8: %s", *p);
        jv_add(b->masked, col_mask_text(b->secrets, *p, e));
        if (b->masked == NULL || b->masked->is_broken)
            return e->kind == ERR_NONE ? err_no_memory(e) : -1;
    }
    return 0;
}

/* The command's role and environment, from a short session of its own: over before the
 * first fact is read. */
static int read_target(struct col_bracket *b, struct col_context *c, struct err *e)
{
    struct col_pg *pg = NULL;
    struct jv *pid = NULL;
    int rc = -1;

    if (col_pg_open(c->step_params, COL_PG_STEP, &pg, e) != 0)
        return 1;
    if (col_observe_role(pg, NULL, &c->step_role, e) != 0 ||
        col_pg_environment(pg, &b->environment, e) != 0 ||
        col_pg_rows(pg, "SELECT pg_catalog.pg_backend_pid()::pg_catalog.text", NULL, &pid, e) != 0)
        goto out;
    if (col_pg_secret(pg) != NULL && (b->password = strdup(col_pg_secret(pg))) == NULL) {
        err_no_memory(e);
        goto out;
    }
    col_pg_free(pg);
    pg = NULL;
    rc = col_observe_gone(c->observer, col_pg_text(pid, 0, 0), e);
out:
    col_pg_free(pg);
    jv_free(pid);
    return rc;
}

/* Where only the observer can connect, the command may know its password all the same. */
static int guess_target(struct col_bracket *b, struct col_context *c, struct err *e)
{
    const char *user = jv_get_text(c->step_params, "user");

    if (b->command_db != NULL || user == NULL)
        return -1; /* there is nothing to go by */
    b->why_guessed = *e;
    if (col_observe_begin(c->observer, e) != 0 ||
        col_observe_role(c->observer, user, &c->step_role, e) != 0 ||
        col_observe_end(c->observer, e) != 0 ||
        col_pg_environment(c->observer, &b->environment, e) != 0)
        return -1;
    jv_set(b->environment, "PGUSER", jv_string(user));
    return 0;
}

static int open_target(struct col_bracket *b, struct col_context *c, struct err *e)
{
    const char *db = b->command_db == NULL ? b->db : b->command_db;
    int rc;

    if (col_pg_params(db, b->readonly_role, &c->step_params, e) != 0)
        return err_context(e, "--command-db");
    rc = read_target(b, c, e);
    if (rc > 0 && guess_target(b, c, e) != 0)
        return err_context(e, "the command's connection");
    if (rc < 0)
        return -1;
    if (b->readonly_role == NULL)
        return 0;
    if (!jv_text_is(jv_get(c->step_role, "name"), b->readonly_role))
        return err_set(e, ERR_INPUT, "--readonly-role %s: a session of it runs as another role, %s",
                       b->readonly_role, jv_get_text(c->step_role, "name"));
    return col_readonly_check(c->observer, b->readonly_role, e);
}

int col_bracket_reach(struct col_bracket *b, struct col_context *c, struct err *e)
{
    c->trusts_positions = b->trusts_positions;
    if (col_rundir_check(b->out, e) != 0 || col_begin_connect(b->db, c, e) != 0 || open_target(b, c, e) != 0)
        return -1;
    find_secrets(b, c);
    return 0;
}

int col_bracket_prepare(struct col_bracket *b, struct col_context *c, struct err *e)
{
    return col_bracket_mask(b, e) != 0 || make_plan(b, &c->plan, e) != 0 ? -1 : col_begin_probe(c, e);
}

static struct jv *stream(const struct col_mask *m)
{
    return jv_set(jv_set(jv_object(), "bytes", jv_int((int64_t)m->bytes)), "kept",
                  jv_int((int64_t)m->kept.len));
}

struct jv *col_bracket_told(const struct col_bracket *b)
{
    const struct col_command_result *r = &b->result;
    struct jv *doc = jv_object();

    jv_set(doc, "argv", jv_copy(b->masked));
    jv_set(doc, "duration_ms", jv_int(r->duration_ms));
    jv_set(doc, "exit", r->exit < 0 ? jv_null() : jv_int(r->exit));
    jv_set(doc, "finished_at", jv_string(r->finished_at));
    jv_set(doc, "signal", r->signal == 0 ? jv_null() : jv_int(r->signal));
    jv_set(doc, "started_at", jv_string(r->started_at));
    jv_set(doc, "stderr", stream(&r->out[1]));
    jv_set(doc, "stdout", stream(&r->out[0]));
    return jv_set(doc, "timed_out", jv_bool(r->is_timed_out));
}

static int write_command(const struct col_bracket *b, struct col_context *c, struct err *e)
{
    static const char *const names[] = {FOLDER "stdout", FOLDER "stderr"};
    struct jv *doc;

    for (int i = 0; i < 2; i++) {
        const struct buf *kept = &b->result.out[i].kept;

        if (col_rundir_write(&c->dir, names[i], kept->len == 0 ? "" : kept->data, kept->len, e) != 0)
            return -1;
    }
    doc = jv_set(col_bracket_told(b), "role", jv_copy(jv_get(c->step_role, "name")));
    return col_rundir_json(&c->dir, FOLDER "command.json", jv_set(doc, "schema", jv_string("dryproof.command/1")), e);
}

static int on_tick(void *context, struct err *e)
{
    return col_watch_sample(context, e);
}

int col_bracket_address(struct col_bracket *b, const struct col_context *c, const char *name, struct err *e)
{
    return col_target_add(b->environment, c->step_params, b->password, name, e);
}

static void tell_guess(const struct col_bracket *b, const struct col_context *c)
{
    col_progress_clear();
    if (b->why_guessed.kind != ERR_NONE)
        (void)fprintf(stderr, COL_PROGRAM ": note: no session of ours as role %s: %s\n",
                      jv_get_text(c->step_role, "name"), b->why_guessed.text);
}

int col_bracket_command(struct col_bracket *b, int (*tick)(void *context, struct err *e), void *context, struct err *e)
{
    const struct col_command command = {.path = b->path, .argv = b->argv, .environment = b->environment,
                                        .secrets = b->secrets, .timeout_s = b->timeout_s,
                                        .is_quiet = b->is_quiet, .on_tick = tick, .context = context};

    b->has_result = true;
    col_progress_phase("command", b->path, NULL);
    if (col_command_run(&command, COL_MAX_OUTPUT_BYTES, &b->result, e) != 0)
        return -1;
    if (b->result.has_left)
        (void)fprintf(stderr, COL_PROGRAM ": note: the command left processes behind; what they do "
                              "after the second snapshot is not observed\n");
    return 0;
}

/* Between the edges: nothing of ours is open but the observer's session, idle. */
int col_bracket_between(struct col_context *c, struct err *e)
{
    struct col_bracket *b = c->bracket;
    struct col_watch watch = {NULL, "", NULL, 0, 0};
    int rc = -1;

    if (col_watch_start(c->observer, &watch, e) != 0)
        goto out;
    tell_guess(b, c);
    if (b->elsewhere != NULL) {
        if (b->elsewhere(b, &watch, e) != 0)
            goto out;
    } else if (col_bracket_address(b, c, watch.name, e) != 0 || col_bracket_command(b, on_tick, &watch, e) != 0) {
        goto out;
    }
    col_progress_phase("settle", NULL, "waiting for the command's sessions to end");
    if (col_watch_settle(&watch, e) == 0 &&
        col_watch_write(&watch, &c->dir, FOLDER "sessions.ndjson", e) == 0 && write_command(b, c, e) == 0)
        rc = b->settled == NULL ? 0 : b->settled(b, e);
out:
    col_watch_release(&watch);
    return rc;
}

static int say(const struct col_context *c, struct err *e)
{
    const struct col_command_result *r = &c->bracket->result;
    struct buf text = buf_init(1 << 20);
    struct jv *doc = jv_object();
    int rc;

    jv_set(doc, "carrier", jv_string("command"));
    jv_set(doc, "exit", r->exit < 0 ? jv_null() : jv_int(r->exit));
    jv_set(doc, "plan_ref", jv_copy(jv_get(c->plan.doc, "plan_ref")));
    jv_set(doc, "run_dir", jv_string(c->dir.path));
    jv_set(doc, "run_id", jv_string(c->run_id));
    jv_set(doc, "signal", r->signal == 0 ? jv_null() : jv_int(r->signal));
    jv_set(doc, "status", jv_string("collected"));
    jv_set(doc, "timed_out", jv_bool(r->is_timed_out));
    rc = jv_document(doc, &text, e);
    if (rc == 0)
        (void)fwrite(text.data, 1, text.len, stdout);
    jv_free(doc);
    buf_release(&text);
    return rc;
}

int col_bracket_read(int argc, char **argv, struct cli_option *options, size_t n,
                     struct col_bracket *b, struct err *e)
{
    const char *none[1];
    const char *timeout, *status;

    if (cli_take_command(&argc, argv, &b->argv, e) != 0 ||
        cli_take_repeated(&argc, argv, "--exclude", b->excludes, COL_BRACKET_EXCLUDES, &b->exclude_count, e) != 0 ||
        cli_parse(argc, argv, options, n, 0, none, e) != 0)
        return -1;
    if (b->argv == NULL)
        return err_set(e, ERR_USAGE, "no command given; it stands behind --: -- COMMAND ARGS...");
    b->db = cli_value(options, n, "--db");
    b->command_db = cli_value(options, n, "--command-db");
    b->out = cli_value(options, n, "--out");
    b->readonly_role = cli_value(options, n, "--readonly-role");
    b->name = cli_value(options, n, "--name");
    b->accept = cli_value(options, n, "--accept-basis");
    b->is_strict = cli_value(options, n, "--strict-role") != NULL;
    b->trusts_positions = cli_value(options, n, "--trust-positions") != NULL;
    b->is_quiet = cli_value(options, n, "--quiet") != NULL || cli_value(options, n, "--json") != NULL;
    timeout = cli_value(options, n, "--timeout");
    status = cli_value(options, n, "--expect-exit");
    if (timeout != NULL && cli_number(timeout, TIMEOUT_MAX, "--timeout", &b->timeout_s, e) != 0)
        return -1;
    if (status != NULL && cli_number(status, 255, "--expect-exit", &b->expect_exit, e) != 0)
        return -1;
    if (b->accept != NULL && strcmp(b->accept, "ids") != 0)
        return err_set(e, ERR_USAGE, "--accept-basis %s: expected ids", b->accept);
    if (b->name != NULL && !plan_bracket_is_name(b->name))
        return err_set(e, ERR_USAGE, "--name %s: expected at most 64 of [A-Za-z0-9._-]", b->name);
    return 0;
}

void col_bracket_release(struct col_bracket *b)
{
    jv_free(b->secrets);
    jv_free(b->masked);
    jv_free(b->environment);
    free(b->password);
    if (b->has_result)
        col_command_release(&b->result);
}

int col_bracket_main(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--db", "CONNINFO", true, "the observer's connection, read only", NULL},
        {"--out", "RUNDIR", true, "the run directory to write; must not exist", NULL},
        {"--command-db", "CONNINFO", false, "the command's connection (default: --db)", NULL},
        COL_BRACKET_OPTIONS,
        {"--json", NULL, false, "one JSON object on standard output; the command's goes to stderr", NULL},
        {"--quiet", NULL, false, "nothing on standard output; the command's goes to stderr", NULL},
        EVENTS_OPTION,
    };
    const size_t n = sizeof options / sizeof *options;
    struct col_bracket b = {.db = NULL};
    struct col_context c;
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help(COL_PROGRAM, "bracket", "bracket any command", options, n,
                      COL_PROGRAM " bracket --db service=app --out run-1 -- psql -c 'SELECT 1'");
        return EXIT_HOLDS;
    }
    if (col_bracket_read(argc, argv, options, n, &b, &e) != 0 ||
        events_open(COL_PROGRAM, cli_value(options, n, "--events"), cli_value(options, n, "--json") != NULL, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    memset(&c, 0, sizeof c);
    c.bracket = &b;
    b.secrets = jv_array();
    b.masked = jv_array();
    col_progress_start(b.is_quiet);
    if (col_command_find(b.argv[0], b.path, &e) != 0 || col_bracket_reach(&b, &c, &e) != 0 ||
        col_bracket_prepare(&b, &c, &e) != 0 || col_run_bracketed(&c, b.out, col_bracket_between, &e) != 0 ||
        (cli_value(options, n, "--json") != NULL && say(&c, &e) != 0)) {
        col_progress_clear();
        status = cli_fail(COL_PROGRAM, &e);
    }
    col_progress_clear();
    col_begin_release(&c);
    col_bracket_release(&b);
    return status;
}
