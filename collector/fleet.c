/* collector/fleet.c - see collector/fleet.h. */
#include "collector/fleet.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/events.h"
#include "base/exit.h"
#include "collector/progress.h"
#include "collector/run.h"

static void lose(const struct col_fleet *f, struct col_fleet_target *t, const struct err *why)
{
    t->state = COL_FLEET_LOST;
    t->why = *why;
    jv_free(t->answer);
    t->answer = NULL;
    if (!f->has_begun)
        return; /* the run is refused, and says so */
    col_progress_clear();
    (void)fprintf(stderr, COL_PROGRAM ": note: target %s is lost: %s\n", t->name, t->why.text);
    events_say(&(struct event){"note", t->name, t->why.text, -1, -1, -1});
}

/* One that has failed meanwhile does not hear it; why, is its answer. */
static void start(struct col_fleet_target *t, const struct jv *message)
{
    struct err ignored;

    t->state = COL_FLEET_WORKS;
    if (col_gate_say(&t->gate, jv_copy(message), &ignored) != 0)
        return;
}

static void take_answer(const struct col_fleet *f, struct col_fleet_target *t)
{
    struct err e = {ERR_NONE, ""};
    struct jv *answer = NULL;

    if (col_gate_hear(&t->gate, &answer, &e) != 0) {
        t->has_ended = true;
        lose(f, t, &e);
        return;
    }
    if (jv_get(answer, "failed") != NULL) {
        err_set(&e, (enum err_kind)jv_get(answer, "failed")->number, "%s", jv_get_text(answer, "text"));
        lose(f, t, &e);
        jv_free(answer);
        return;
    }
    t->state = COL_FLEET_WAITS;
    jv_free(t->answer);
    t->answer = answer;
}

/* All targets that are left, from one gate to the next, so many at a time. */
static int pass_gate(struct col_fleet *f, const char *what, const struct jv *message, size_t most, struct err *e)
{
    struct pollfd set[COL_MAX_TARGETS];
    size_t next = 0, left = f->count;

    events_say(&EVENT("stage", what));
    for (;;) {
        size_t busy = 0;

        for (size_t i = 0; i < f->count; i++)
            busy += f->targets[i].state == COL_FLEET_WORKS;
        for (; next < f->count && busy < most; next++) {
            if (f->targets[next].state != COL_FLEET_WAITS)
                continue;
            col_progress_piece("target", f->targets[next].name, next, f->count);
            start(&f->targets[next], message);
            busy += f->targets[next].state == COL_FLEET_WORKS;
        }
        if (busy == 0)
            break;
        for (size_t i = 0; i < f->count; i++)
            set[i] = (struct pollfd){f->targets[i].state == COL_FLEET_WORKS ? f->targets[i].gate.in : -1, POLLIN, 0};
        if (poll(set, f->count, -1) < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot wait for the targets");
        for (size_t i = 0; i < f->count; i++)
            if (set[i].fd >= 0 && set[i].revents != 0)
                take_answer(f, &f->targets[i]);
    }
    for (size_t i = 0; i < f->count; i++)
        left -= f->targets[i].state == COL_FLEET_LOST;
    return left > 0 ? 0 : err_set(e, ERR_SYSTEM, "no target is left");
}

/* What one more process of a fleet must not hold open: or nobody would see that another ended. */
static void close_others(struct col_fleet *f, const struct col_fleet_target *own)
{
    for (size_t i = 0; i < f->count; i++)
        if (&f->targets[i] != own)
            col_gate_close(&f->targets[i].gate);
}

static int start_all(struct col_fleet *f, struct err *e)
{
    f->pid = (long)getpid();
    for (size_t i = 0; i < f->count; i++) {
        struct col_fleet_target *t = &f->targets[i];
        struct col_gate far;

        if (col_gate_open(&t->gate, &far, e) != 0)
            return -1;
        (void)fflush(NULL);
        t->pid = fork();
        if (t->pid < 0) {
            err_errno(e, errno, "cannot start a process");
            col_gate_close(&far);
            return -1;
        }
        if (t->pid == 0) {
            close_others(f, NULL);
            t->gate = far;
            col_fleet_work(f, t);
        }
        col_gate_close(&far);
    }
    return 0;
}

/* What is wrong with a target before the first fact is wrong with the command line. */
static int tell_lost(const struct col_fleet *f, struct err *e)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->targets[i].state == COL_FLEET_LOST) {
            *e = f->targets[i].why;
            return err_context(e, "target %s", f->targets[i].name);
        }
    }
    return e->kind == ERR_NONE ? 0 : -1;
}

static bool is_one_database(const struct jv *a, const struct jv *b)
{
    return jv_equal(jv_get(a, "database"), jv_get(b, "database")) &&
           jv_equal(jv_get(a, "system_identifier"), jv_get(b, "system_identifier"));
}

static int check_apart(const struct col_fleet *f, struct err *e)
{
    for (size_t i = 0; i < f->count; i++)
        for (size_t k = 0; k < i; k++)
            if (is_one_database(f->targets[i].answer, f->targets[k].answer))
                return err_set(e, ERR_USAGE, "targets %s and %s are one database", f->targets[k].name, f->targets[i].name);
    return 0;
}

static int open_all(struct col_fleet *f, struct err *e)
{
    struct jv *go = jv_object();
    int rc = start_all(f, e);

    if (rc == 0)
        rc = pass_gate(f, "open", go, f->count, e);
    if (tell_lost(f, e) != 0 || (rc == 0 && check_apart(f, e) != 0))
        rc = -1;
    jv_free(go);
    return rc;
}

/* PG* and DATABASE_URL of the first target, DATABASE_URL_NAME of each; all their secrets. */
static int gather(struct col_fleet *f, struct err *e)
{
    struct col_bracket *b = &f->bracket;

    b->environment = jv_copy(jv_get(f->targets[0].answer, "environment"));
    for (size_t i = 0; i < f->count; i++) {
        const struct jv *answer = f->targets[i].answer;
        const struct jv *secrets = jv_get(answer, "secrets");
        char name[sizeof "DATABASE_URL_" + COL_FLEET_NAME];
        int n = snprintf(name, sizeof name, "DATABASE_URL_%s", f->targets[i].name);

        for (int k = 0; k < n; k++)
            name[k] = (char)toupper((unsigned char)name[k]);
        jv_set(b->environment, name, jv_copy(jv_get(jv_get(answer, "environment"), "DATABASE_URL")));
        for (size_t k = 0; k < secrets->count; k++)
            col_mask_secret(b->secrets, jv_text(secrets->items[k]));
    }
    if (b->environment == NULL || b->environment->is_broken || b->secrets == NULL || b->secrets->is_broken)
        return err_no_memory(e);
    return col_bracket_mask(b, e);
}

static int tick(void *context, struct err *e)
{
    struct col_fleet *f = context;

    (void)e;
    for (size_t i = 0; i < f->count; i++)
        if (f->targets[i].state == COL_FLEET_WAITS)
            col_gate_tick(&f->targets[i].gate);
    return 0;
}

static int add_output(struct jv *doc, const char *name, const struct col_mask *out, struct err *e)
{
    struct buf text = buf_init(2 * (size_t)COL_MAX_OUTPUT_BYTES);
    int rc = base64_encode(out->kept.data, out->kept.len, &text, e);

    if (rc == 0)
        jv_set(doc, name, jv_string_len(text.len == 0 ? "" : text.data, text.len));
    buf_release(&text);
    return rc;
}

/* Every target's command.json and its output are these. */
static int say_result(struct col_fleet *f, struct err *e)
{
    struct col_bracket *b = &f->bracket;
    struct jv *doc = jv_set(jv_object(), "told", col_bracket_told(b));
    int rc = -1;

    if (add_output(doc, "stdout", &b->result.out[0], e) == 0 && add_output(doc, "stderr", &b->result.out[1], e) == 0)
        rc = pass_gate(f, "settle", doc, f->count, e); /* at once: their sessions end now */
    jv_free(doc);
    return rc;
}

/* Without the first edge of one the fleet can only be held: then nothing is run for it. */
static int all_there(const struct col_fleet *f, struct err *e)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->targets[i].state == COL_FLEET_LOST) {
            *e = f->targets[i].why;
            return err_context(e, "target %s (the command was not run)", f->targets[i].name);
        }
    return 0;
}

static int run_command(struct col_fleet *f, struct err *e)
{
    struct col_bracket *b = &f->bracket;
    struct jv *go = NULL;
    int rc = -1;

    if (gather(f, e) == 0) {
        go = jv_set(jv_object(), "secrets", jv_copy(b->secrets));
        if (pass_gate(f, "before", go, COL_MAX_TARGETS_AT_ONCE, e) == 0 && all_there(f, e) == 0 &&
            col_bracket_command(b, tick, f, e) == 0 && say_result(f, e) == 0)
            rc = pass_gate(f, "after", go, COL_MAX_TARGETS_AT_ONCE, e);
    }
    jv_free(go);
    return rc;
}

static int run_carrier(struct col_fleet *f, struct err *e)
{
    struct jv *go = jv_object();
    int rc = pass_gate(f, "carrier", go, COL_MAX_TARGETS_AT_ONCE, e);

    jv_free(go);
    return rc;
}

static int collect(struct col_fleet *f, struct err *e)
{
    char started_at[CLOCK_TEXT], targets[FILE_PATH_MAX];

    if (col_fleet_number(f, e) != 0 || col_rundir_check(f->out, e) != 0 ||
        file_join(targets, f->out, "targets", e) != 0)
        return -1;
    clock_now(started_at);
    if (open_all(f, e) != 0 || file_make_folders(targets, e) != 0)
        return -1;
    f->has_begun = true;
    if ((f->bracket.argv != NULL ? run_command(f, e) : run_carrier(f, e)) != 0)
        return -1;
    return col_fleet_write(f, started_at, e);
}

/* Whoever still works is at a gate, and ends there. */
static void release(struct col_fleet *f)
{
    for (size_t i = 0; i < f->count; i++) {
        struct col_fleet_target *t = &f->targets[i];

        col_gate_close(&t->gate);
        if (t->state == COL_FLEET_WORKS)
            (void)kill((pid_t)t->pid, SIGKILL);
        while (t->pid > 0 && waitpid((pid_t)t->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        jv_free(t->answer);
        free(t->db);
    }
    col_bracket_release(&f->bracket);
}

static int say(const struct col_fleet *f, bool is_json, struct err *e)
{
    struct buf text = buf_init(1 << 20);
    struct jv *doc = jv_object(), *collected = jv_array(), *lost = jv_array();
    int rc = 0;

    for (size_t i = 0; i < f->count; i++)
        jv_add(f->targets[i].state == COL_FLEET_LOST ? lost : collected, jv_string(f->targets[i].name));
    jv_set(doc, "collected", collected);
    jv_set(doc, "command", f->bracket.argv == NULL ? jv_null() : col_bracket_told(&f->bracket));
    jv_set(doc, "fleet_dir", jv_string(f->out));
    jv_set(doc, "fleet_id", jv_string(f->id));
    jv_set(doc, "lost", lost);
    jv_set(doc, "status", jv_string("collected"));
    if (is_json && (rc = jv_document(doc, &text, e)) == 0)
        (void)fwrite(text.data, 1, text.len, stdout);
    else if (rc == 0 && f->bracket.argv == NULL)
        (void)printf("collected fleet %s: %zu targets, %zu lost, in %s\n", f->id, f->count, lost->count, f->out);
    jv_free(doc);
    buf_release(&text);
    return rc;
}

static int read_targets(int *argc, char **argv, struct col_fleet *f, struct err *e)
{
    const char *targets[COL_MAX_TARGETS], *files[COL_MAX_TARGETS];
    size_t n = 0, m = 0;

    if (cli_take_repeated(argc, argv, "--target", targets, COL_MAX_TARGETS, &n, e) != 0 ||
        cli_take_repeated(argc, argv, "--targets", files, COL_MAX_TARGETS, &m, e) != 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (col_fleet_add(f, targets[i], e) != 0)
            return -1;
    for (size_t i = 0; i < m; i++)
        if (col_fleet_read(f, files[i], e) != 0)
            return -1;
    return 0;
}

/* An option that has nothing to say is a mistake. */
static int check_kind(const struct cli_option *options, size_t n, bool is_command, struct err *e)
{
    static const char *const of_carrier[] = {"--workers", "--redaction-key", "--carrier", NULL};
    static const char *const of_command[] = {"--timeout", "--readonly-role", "--expect-exit", "--strict-role",
                                             "--accept-basis", "--trust-positions", "--name", "--exclude", NULL};

    for (const char *const *o = is_command ? of_carrier : of_command; *o != NULL; o++)
        if (cli_value(options, n, *o) != NULL)
            return err_set(e, ERR_USAGE, "%s is for %s", *o, is_command ? "a carrier; give it, or -- COMMAND ARGS..." : "a command");
    return is_command || cli_value(options, n, "--carrier") != NULL
               ? 0 : err_set(e, ERR_USAGE, "give one: --carrier DIR, or -- COMMAND ARGS...");
}

static int read_options(int argc, char **argv, struct cli_option *options, size_t n, struct col_fleet *f, struct err *e)
{
    bool is_command = false;
    const char *none[1];

    for (int i = 0; i < argc; i++)
        is_command = is_command || strcmp(argv[i], "--") == 0;
    if (read_targets(&argc, argv, f, e) != 0 ||
        (is_command ? col_bracket_read(argc, argv, options, n, &f->bracket, e)
                    : cli_parse(argc, argv, options, n, 0, none, e)) != 0)
        return -1;
    f->out = cli_value(options, n, "--out");
    f->carrier.carrier = cli_value(options, n, "--carrier");
    f->carrier.redaction_key = cli_value(options, n, "--redaction-key");
    if (f->count == 0)
        return err_set(e, ERR_USAGE, "no target given: --target NAME=CONNINFO, or --targets FILE");
    if (check_kind(options, n, is_command, e) != 0)
        return -1;
    if (is_command)
        return col_command_find(f->bracket.argv[0], f->bracket.path, e);
    return col_run_workers(cli_value(options, n, "--workers"), &f->workers, e);
}

int col_fleet_main(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--out", "DIR", true, "the fleet's folder to write; must not exist", NULL},
        {"--target", "NAME=CONNINFO", false, "a target and its observer's connection; may be given often", NULL},
        {"--targets", "FILE", false, "more of them: NAME, a tab and CONNINFO, a line each", NULL},
        {"--carrier", "DIR", false, "run this carrier on every target", NULL},
        {"--workers", "N", false, "of a carrier: sessions that read tables, on each (default 1)", NULL},
        {"--redaction-key", "FILE", false, "key of redacted columns, mode 0600", NULL},
        COL_BRACKET_OPTIONS,
        {"--json", NULL, false, "one JSON object on standard output; the command's goes to stderr", NULL},
        {"--quiet", NULL, false, "nothing on standard output; the command's goes to stderr", NULL},
        EVENTS_OPTION,
    };
    const size_t n = sizeof options / sizeof *options;
    static struct col_fleet f; /* too large for a stack */
    struct err e = {ERR_NONE, ""};
    bool is_json;
    int status = EXIT_HOLDS;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help(COL_PROGRAM, "fleet", "one command, or a carrier, over several databases", options, n,
                      COL_PROGRAM " fleet --targets shards --out fleet-1 -- psql -c 'SELECT 1'");
        return EXIT_HOLDS;
    }
    if (read_options(argc, argv, options, n, &f, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    is_json = cli_value(options, n, "--json") != NULL;
    if (events_open(COL_PROGRAM, cli_value(options, n, "--events"), is_json, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    f.bracket.is_quiet = is_json || cli_value(options, n, "--quiet") != NULL;
    f.bracket.secrets = jv_array();
    f.bracket.masked = jv_array();
    col_mask_secret(f.bracket.secrets, getenv("PGPASSWORD")); /* of a carrier no other is known here */
    col_progress_start(f.bracket.is_quiet);
    if (collect(&f, &e) != 0 || (f.bracket.is_quiet && !is_json ? 0 : say(&f, is_json, &e)) != 0) {
        col_progress_clear();
        status = cli_fail(COL_PROGRAM, &e);
    }
    col_progress_clear();
    release(&f);
    return status;
}
