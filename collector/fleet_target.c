/* collector/fleet_target.c - the process of one target: a bracket or a carrier's run as any, that waits at gates. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/events.h"
#include "collector/fleet.h"
#include "collector/progress.h"
#include "collector/run.h"

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT}; /* those of collector/command.c */

#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

/* A gate: say that we are there, with what the fleet asked for, and wait. */
static int pass(struct col_gate *g, struct jv *said, struct jv **heard, struct err *e)
{
    struct jv *ignored = NULL;

    if (col_gate_say(g, said, e) != 0 || col_gate_hear(g, heard == NULL ? &ignored : heard, e) != 0)
        return -1;
    jv_free(ignored);
    return 0;
}

static int take_output(const struct jv *told, const char *name, const struct jv *secrets, struct col_mask *out, struct err *e)
{
    const struct jv *kept = jv_get(told, name);

    *out = col_mask_init(secrets, COL_MAX_OUTPUT_BYTES);
    out->bytes = (size_t)jv_get(jv_get(jv_get(told, "told"), name), "bytes")->number;
    return base64_decode(kept->bytes, kept->len, &out->kept, e);
}

/* The other direction of say_result() in collector/fleet.c. */
static int take_result(struct col_bracket *b, const struct jv *heard, struct err *e)
{
    const struct jv *told = jv_get(heard, "told");
    struct col_command_result *r = &b->result;

    *r = (struct col_command_result){.exit = jv_is(jv_get(told, "exit"), JV_NULL) ? -1 : (int)jv_get(told, "exit")->number};
    b->has_result = true;
    r->signal = (int)jv_get(told, "signal")->number; /* of a null 0 */
    r->is_timed_out = jv_get(told, "timed_out")->truth;
    r->duration_ms = jv_get(told, "duration_ms")->number;
    (void)snprintf(r->started_at, sizeof r->started_at, "%s", jv_get_text(told, "started_at"));
    (void)snprintf(r->finished_at, sizeof r->finished_at, "%s", jv_get_text(told, "finished_at"));
    return take_output(heard, "stdout", b->secrets, &r->out[0], e) != 0 ||
                   take_output(heard, "stderr", b->secrets, &r->out[1], e) != 0
               ? -1 : 0;
}

/* While the command runs: what a terminal sends is for the command alone, as without a fleet. */
static int watch_elsewhere(struct col_bracket *b, struct col_watch *watch, struct err *e)
{
    struct col_fleet_target *t = b->context;
    struct jv *heard = NULL;
    void (*old[PASSED_ON])(int);
    int rc;

    for (size_t i = 0; i < PASSED_ON; i++)
        old[i] = signal(passed_on[i], SIG_IGN);
    (void)snprintf(watch->name, sizeof watch->name, "%s", jv_get_text(b->environment, "PGAPPNAME"));
    rc = col_gate_say(&t->gate, jv_object(), e);
    while (rc == 0 && heard == NULL) {
        rc = col_gate_wait(&t->gate, &heard, e);
        if (rc == 0 && heard == NULL)
            rc = col_watch_sample(watch, e);
    }
    for (size_t i = 0; i < PASSED_ON; i++)
        (void)signal(passed_on[i], old[i]);
    if (rc == 0)
        rc = take_result(b, heard, e);
    jv_free(heard);
    return rc;
}

static int wait_for_others(struct col_bracket *b, struct err *e)
{
    struct col_fleet_target *t = b->context;

    return pass(&t->gate, jv_object(), NULL, e);
}

/* What the fleet has to know of a target before anything is done. */
static int introduce(struct col_context *c, struct jv **said, struct err *e)
{
    struct jv *none = jv_array(), *identity = NULL;
    int rc = -1;

    if (col_observe_begin(c->observer, e) == 0 && col_observe_identity(c->observer, none, &identity, e) == 0)
        rc = col_observe_end(c->observer, e);
    if (rc == 0) {
        *said = jv_set(jv_object(), "database", jv_copy(jv_get(identity, "database")));
        jv_set(*said, "system_identifier", jv_copy(jv_get(identity, "system_identifier")));
    }
    jv_free(identity);
    jv_free(none);
    return rc;
}

static int bracket(struct col_fleet *f, struct col_fleet_target *t, const char *out, struct col_context *c,
                   struct err *e)
{
    struct col_bracket *b = &f->bracket;
    char name[COL_WATCH_NAME];
    struct jv *said = NULL;
    struct jv *heard = NULL;

    (void)snprintf(name, sizeof name, "dryproof-%s", f->id);
    b->db = t->db;
    b->out = out;
    b->elsewhere = watch_elsewhere;
    b->settled = wait_for_others;
    b->context = t;
    c->bracket = b;
    if (col_bracket_reach(b, c, e) != 0 || col_bracket_address(b, c, name, e) != 0 || introduce(c, &said, e) != 0)
        return -1;
    jv_set(said, "environment", jv_copy(b->environment));
    jv_set(said, "secrets", jv_copy(b->secrets));
    if (pass(&t->gate, said, &heard, e) != 0)
        return -1;
    jv_free(b->secrets); /* those of all targets, so that every plan is the same */
    b->secrets = jv_copy(jv_get(heard, "secrets"));
    jv_free(heard);
    return col_bracket_prepare(b, c, e);
}

static int carrier(struct col_fleet *f, struct col_fleet_target *t, const char *out, struct col_context *c,
                   struct err *e)
{
    struct jv *said = NULL;

    f->carrier.db = t->db;
    f->carrier.out = out;
    c->workers = f->workers;
    col_pg_timeout(COL_MAX_STATEMENT_SECONDS);
    return col_begin_open(&f->carrier, c, e) != 0 || introduce(c, &said, e) != 0 ? -1 : pass(&t->gate, said, NULL, e);
}

/* FORMAT.md section 12: of one fleet, under one name. */
static int make_run_id(const struct col_fleet *f, const struct col_fleet_target *t, struct col_context *c, struct err *e)
{
    char text[COL_RUN_ID + COL_FLEET_NAME], hex[DIGEST_HEX];
    int n = snprintf(text, sizeof text, "%s/%s", f->id, t->name);

    if (digest_hex(text, (size_t)n, hex, e) != 0)
        return -1;
    (void)snprintf(c->run_id, sizeof c->run_id, "%.32s", hex);
    return 0;
}

static int work(struct col_fleet *f, struct col_fleet_target *t, struct err *e)
{
    bool is_bracket = f->bracket.argv != NULL;
    char out[FILE_PATH_MAX];
    struct col_context c;
    struct jv *go = NULL;
    int rc = -1;

    memset(&c, 0, sizeof c);
    if (col_gate_hear(&t->gate, &go, e) != 0)
        return -1;
    jv_free(go);
    if (snprintf(out, sizeof out, "%s/targets/%s", f->out, t->name) >= (int)sizeof out)
        return err_set(e, ERR_INPUT, "path too long: %s", f->out);
    if ((is_bracket ? bracket(f, t, out, &c, e) : carrier(f, t, out, &c, e)) == 0 && make_run_id(f, t, &c, e) == 0 &&
        col_run_bracketed(&c, out, is_bracket ? col_bracket_between : col_run_carrier, e) == 0)
        rc = col_gate_say(&t->gate, jv_object(), e);
    col_begin_release(&c);
    return rc;
}

void col_fleet_work(struct col_fleet *f, struct col_fleet_target *t)
{
    struct err e = {ERR_NONE, ""}, later;
    struct jv *doc;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || (long)getppid() != f->pid)
        _exit(1);
    events_leave();
    col_progress_start(true);
    if (work(f, t, &e) != 0) {
        doc = jv_set(jv_object(), "failed", jv_int((int64_t)e.kind));
        if (col_gate_say(&t->gate, jv_set(doc, "text", jv_string(e.text)), &later) != 0)
            _exit(1); /* nobody is there to hear it */
    }
    _exit(0);
}
