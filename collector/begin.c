/* collector/begin.c - see collector/begin.h. */
#include "collector/begin.h"

#include <string.h>

#include "base/plan_bracket.h"
#include "base/version.h"
#include "collector/edge.h"
#include "collector/observe.h"
#include "collector/progress.h"
#include "collector/snapshot.h"

static bool needs_key(const struct plan *plan)
{
    const struct jv *captured = jv_get(plan->doc, "captured");

    for (size_t i = 0; i < captured->count; i++)
        if (jv_get(captured->items[i], "redacted")->count > 0)
            return true;
    return false;
}

/* The steps' role as the server sees it, from a session of the steps' own. */
static int read_step_role(struct col_context *c, struct err *e)
{
    struct col_pg *step = NULL;
    int rc = -1;

    if (col_pg_open(c->step_params, COL_PG_STEP, &step, e) == 0)
        rc = col_observe_role(step, NULL, &c->step_role, e);
    if (rc != 0)
        err_context(e, "steps' connection, role %s",
                    jv_get_text(c->step_params, "user") == NULL
                        ? "by default" : jv_get_text(c->step_params, "user"));
    col_pg_free(step);
    return rc;
}

static int make_run_id(struct col_context *c, struct err *e)
{
    unsigned char raw[(COL_RUN_ID - 1) / 2];

    if (digest_random(raw, sizeof raw, e) != 0)
        return -1;
    digest_to_hex(raw, sizeof raw, c->run_id);
    return 0;
}

int col_begin_connect(const char *db, struct col_context *c, struct err *e)
{
    if (col_pg_params(db, NULL, &c->observer_params, e) != 0)
        return err_context(e, "--db");
    if (make_run_id(c, e) != 0)
        return -1;
    col_progress_phase("connect", NULL, "connecting");
    if (col_pg_open(c->observer_params, COL_PG_OBSERVER, &c->observer, e) != 0)
        return err_context(e, "--db");
    return 0;
}

int col_begin_probe(struct col_context *c, struct err *e)
{
    if (col_snapshot_probe(c, e) != 0 || col_observe_begin_snapshot(c->observer, e) != 0 ||
        col_observe_role(c->observer, NULL, &c->observer_role, e) != 0 ||
        col_observe_labels(c->observer, &c->labels, e) != 0)
        return -1;
    return col_observe_end(c->observer, e);
}

int col_begin_open(const struct col_begin_options *options, struct col_context *c, struct err *e)
{
    const char *steps_db = options->steps_db == NULL ? options->db : options->steps_db;
    const char *user;

    if (col_rundir_check(options->out, e) != 0 || plan_load(options->carrier, &c->plan, e) != 0)
        return -1;
    if (needs_key(&c->plan) && options->redaction_key == NULL)
        return err_set(e, ERR_USAGE, "the plan redacts columns; option --redaction-key FILE is missing");
    if (col_redact_load(needs_key(&c->plan) ? options->redaction_key : NULL, &c->redact, e) != 0)
        return -1;
    user = options->steps_db == NULL ? jv_get_text(c->plan.doc, "step_role") : NULL;
    if (col_pg_params(steps_db, user, &c->step_params, e) != 0)
        return err_context(e, "--steps-db");
    if (col_begin_connect(options->db, c, e) != 0 || col_begin_probe(c, e) != 0)
        return -1;
    return read_step_role(c, e);
}

static int copy_carrier(struct col_context *c, struct err *e)
{
    const struct jv *bracket = jv_get(c->plan.doc, PLAN_BRACKET);
    char name[FILE_PATH_MAX];
    struct buf bytes = buf_init(0);
    int rc = 0;

    if (bracket != NULL) /* it stands in no folder */
        return col_rundir_json(&c->dir, "carrier/plan.json", jv_copy(bracket), e);

    for (size_t i = 0; rc == 0 && i < c->plan.files.count; i++) {
        rc = -1;
        if (plan_read(&c->plan, c->plan.files.paths[i], &bytes, e) == 0 &&
            file_join(name, "carrier", c->plan.files.paths[i], e) == 0)
            rc = col_rundir_write(&c->dir, name, bytes.data, bytes.len, e);
        buf_release(&bytes);
    }
    return rc;
}

int col_begin_write(const char *out, const char started_at[CLOCK_TEXT], struct col_context *c,
                    struct err *e)
{
    struct jv *doc;

    if (col_rundir_create(out, &c->dir, e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "carrier", jv_copy(jv_get(c->plan.doc, "carrier")));
    jv_set(doc, "plan_ref", jv_copy(jv_get(c->plan.doc, "plan_ref")));
    jv_set(doc, "plan_sha256", jv_string(c->plan.sha256));
    jv_set(doc, "run_id", jv_string(c->run_id));
    jv_set(doc, "schema", jv_string("dryproof.started/1"));
    jv_set(doc, "started_at", jv_string(started_at));
    if (col_rundir_json(&c->dir, "started.json", doc, e) != 0 || copy_carrier(c, e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "collector", jv_string(DRYPROOF_VERSION));
    jv_set(doc, "labels", jv_copy(c->labels));
    jv_set(doc, "observer", jv_copy(c->observer_role));
    jv_set(doc, "pinned", jv_copy(col_pg_pinned(c->observer)));
    jv_set(doc, "redaction_key_id", jv_string(*c->redact.id == '\0' ? NULL : c->redact.id));
    jv_set(doc, "schema", jv_string("dryproof.environment/1"));
    jv_set(doc, "step", jv_copy(c->step_role));
    return col_rundir_json(&c->dir, "environment.json", doc, e);
}

void col_begin_release(struct col_context *c)
{
    col_pg_free(c->observer);
    jv_free(c->observer_params);
    jv_free(c->step_params);
    jv_free(c->observer_role);
    jv_free(c->step_role);
    jv_free(c->labels);
    jv_free(c->identity);
    col_edge_release(&c->edges[0]);
    col_edge_release(&c->edges[1]);
    col_redact_release(&c->redact);
    plan_release(&c->plan);
}
