/* collector/steps.c - see collector/steps.h. */
#include "collector/steps.h"

#include <stdio.h>
#include <string.h>

#include "collector/executor.h"
#include "collector/progress.h"
#include "collector/record.h"
#include "collector/snapshot.h"

#define STATEMENT_MAX 65536 /* a derived statement */
#define ARG_MAX_BYTES ((size_t)16 << 20)
#define FOLDER_MAX 96
#define CORRELATION_MAX (COL_RUN_ID + 2 * FOLDER_MAX)

int col_steps_args(const struct jv *args, struct jv **out, struct err *e)
{
    struct buf text = buf_init(ARG_MAX_BYTES);
    struct jv *list = jv_array();
    bool is_null;
    int rc = -1;

    if (!jv_is(args, JV_ARRAY)) {
        err_set(e, ERR_INPUT, "plan: args must be a list");
        goto out;
    }
    for (size_t i = 0; i < args->count; i++) {
        buf_clear(&text);
        if (buf_add(&text, "", 0, e) != 0 || plan_arg(args->items[i], &text, &is_null, e) != 0)
            goto out;
        jv_add(list, is_null ? jv_null() : jv_string_len(text.data, text.len));
    }
    if (list == NULL || list->is_broken) {
        err_no_memory(e);
        goto out;
    }
    *out = list;
    list = NULL;
    rc = 0;
out:
    jv_free(list);
    buf_release(&text);
    return rc;
}

int col_steps_sql(const struct plan *plan, const char *file, struct buf *out, struct err *e)
{
    if (plan_read(plan, file, out, e) != 0)
        return -1;
    if (memchr(out->data, '\0', out->len) == NULL)
        return 0;
    buf_release(out);
    return err_set(e, ERR_INPUT, "%s holds a NUL byte", file);
}

/* Call an endpoint of the plan: the statement is derived from it and nothing else.  folder: of the
 * record; above: where the exchange with an executor stands; step: whose DOT it is.  *is_executed:
 * there is a record. */
static int run_endpoint(struct col_context *c, const char *folder, const char *above, const struct jv *owner,
                        const struct jv *step, const char *correlation, bool *is_executed,
                        struct col_record_result *result, struct err *e)
{
    char exchange[FOLDER_MAX + 8];
    struct col_executor_call call = {exchange, NULL, step, jv_get_text(owner, "endpoint"), correlation};
    struct col_record record = {COL_PG_STEP, folder, NULL, NULL};
    struct buf sql = buf_init(STATEMENT_MAX);
    struct jv *args = NULL;
    int rc = -1;

    if (plan_statement(jv_get_text(owner, "endpoint"), &sql, e) == 0 &&
        col_steps_args(jv_get(owner, "args"), &args, e) == 0) {
        record.sql = sql.data;
        record.args = args;
        call.record = &record;
        *is_executed = true;
        (void)snprintf(exchange, sizeof exchange, "%s/http", above);
        rc = c->executor == NULL ? col_record_run(c, &record, result, e)
                                 : col_executor_run(c, &call, is_executed, result, e);
    }
    buf_release(&sql);
    jv_free(args);
    return rc;
}

/* Whose DOT and mode a case is called with: the first step's that has its endpoint. */
static const struct jv *step_of(const struct col_context *c, const struct jv *endpoint)
{
    const struct jv *steps = jv_get(c->plan.doc, "steps");

    for (size_t i = 0; i < steps->count; i++)
        if (jv_get(steps->items[i], "endpoint") != NULL && jv_equal(jv_get(steps->items[i], "endpoint"), endpoint))
            return steps->items[i];
    return NULL;
}

static int run_file(struct col_context *c, const char *folder, enum col_pg_kind kind,
                    const char *file, const struct jv *args, struct col_record_result *result,
                    struct err *e)
{
    struct col_record record = {kind, folder, NULL, args};
    struct buf sql = buf_init(0);
    int rc = -1;

    if (col_steps_sql(&c->plan, file, &sql, e) == 0) {
        record.sql = sql.data;
        rc = col_record_run(c, &record, result, e);
    }
    buf_release(&sql);
    return rc;
}

static int run_dispatch(struct col_context *c, const char *folder, const struct jv *step,
                        struct col_record_result *result, struct err *e)
{
    const struct jv *dispatch = jv_get(c->plan.doc, "dispatch");
    char correlation[COL_RUN_ID + FOLDER_MAX];
    struct jv *args = jv_array();
    int rc;

    (void)snprintf(correlation, sizeof correlation, "%s/%s", c->run_id, jv_get_text(step, "name"));
    jv_add(args, jv_copy(jv_get(step, "dot_code")));
    jv_add(args, jv_string(correlation));
    jv_add(args, jv_copy(jv_get(dispatch, "actor")));
    jv_add(args, jv_copy(jv_get(step, "mode")));
    jv_add(args, jv_string("false"));
    jv_add(args, jv_string(c->run_id));
    rc = run_file(c, folder, COL_PG_STEP, jv_get_text(dispatch, "sql"), args, result, e);
    jv_free(args);
    return rc;
}

static int write_residue(struct col_context *c, const char *folder, const char *state_before,
                         const char *state_after, const struct col_record_result *result,
                         struct err *e)
{
    char name[FILE_PATH_MAX];
    struct jv *doc;

    if (file_join(name, folder, "residue.json", e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "next_xid_after", jv_string(result->next_xid_after));
    jv_set(doc, "next_xid_before", jv_string(result->next_xid_before));
    jv_set(doc, "schema", jv_string("dryproof.residue/1"));
    jv_set(doc, "state_after", jv_string(state_after));
    jv_set(doc, "state_before", jv_string(state_before));
    return col_rundir_json(&c->dir, name, doc, e);
}

/* The state after a case is the state before the next: nothing of ours runs in between. */
static int run_harness(struct col_context *c, struct err *e)
{
    const struct jv *cases = jv_get(jv_get(c->plan.doc, "harness"), "cases");
    char states[2][DIGEST_HEX];

    if (col_snapshot_state(c, states[0], e) != 0)
        return -1;
    for (size_t i = 0; i < cases->count; i++) {
        const char *name = jv_get_text(cases->items[i], "name");
        const char *before = states[i % 2];
        char *after = states[(i + 1) % 2];
        char folder[FOLDER_MAX], correlation[CORRELATION_MAX];
        struct col_record_result result;
        bool is_executed;

        col_progress_piece("case", name, i, cases->count);
        (void)snprintf(folder, sizeof folder, "harness/%02zu-%s", i + 1, name);
        (void)snprintf(correlation, sizeof correlation, "%s/%s/%s", c->run_id,
                       jv_get_text(jv_get(c->plan.doc, "harness"), "step"), name);
        if (run_endpoint(c, folder, folder, cases->items[i], step_of(c, jv_get(cases->items[i], "endpoint")), correlation,
                         &is_executed, &result, e) != 0)
            return -1;
        if (!is_executed) /* nor is any case behind it */
            return 0;
        if (col_snapshot_state(c, after, e) != 0 ||
            write_residue(c, folder, before, after, &result, e) != 0)
            return -1;
        c->cases++;
    }
    return 0;
}

/* *is_executed: a dot step's dispatch did not raise an error, and an executor did not refuse. */
static int run_step(struct col_context *c, const struct jv *step, size_t number, bool *is_executed,
                    struct err *e)
{
    const char *name = jv_get_text(step, "name");
    struct col_record_result result;
    char folder[FOLDER_MAX], above[FOLDER_MAX], correlation[CORRELATION_MAX];

    *is_executed = true;
    if (jv_text_is(jv_get(step, "kind"), "observe")) {
        (void)snprintf(folder, sizeof folder, "steps/%03zu-%s/execution", number, name);
        return run_file(c, folder, COL_PG_STEP, jv_get_text(step, "sql"), NULL, &result, e);
    }
    (void)snprintf(folder, sizeof folder, "steps/%03zu-%s/dispatch", number, name);
    if (run_dispatch(c, folder, step, &result, e) != 0)
        return -1;
    *is_executed = !result.is_refused;
    if (result.is_refused)
        return 0;
    (void)snprintf(folder, sizeof folder, "steps/%03zu-%s/execution", number, name);
    (void)snprintf(above, sizeof above, "steps/%03zu-%s", number, name);
    (void)snprintf(correlation, sizeof correlation, "%s/%s", c->run_id, name);
    return run_endpoint(c, folder, above, step, step, correlation, is_executed, &result, e);
}

int col_steps_run(struct col_context *c, struct err *e)
{
    const struct jv *steps = jv_get(c->plan.doc, "steps");
    const char *harness_step = jv_get_text(jv_get(c->plan.doc, "harness"), "step");

    if (c->executor != NULL && col_executor_ask(c, e) != 0)
        return -1;
    for (size_t i = 0; i < steps->count; i++) {
        const char *name = jv_get_text(steps->items[i], "name");
        bool is_executed;

        col_progress_piece("step", name, i, steps->count);
        if (run_step(c, steps->items[i], i + 1, &is_executed, e) != 0)
            return -1;
        if (is_executed && strcmp(name, harness_step) == 0 && run_harness(c, e) != 0)
            return -1;
    }
    return 0;
}

int col_steps_readback(struct col_context *c, struct err *e)
{
    const struct jv *queries = jv_get(c->plan.doc, "readback");

    for (size_t i = 0; i < queries->count; i++) {
        const char *name = jv_get_text(queries->items[i], "name");
        struct col_record_result result;
        char folder[FOLDER_MAX];

        col_progress_piece("readback", name, i, queries->count);
        (void)snprintf(folder, sizeof folder, "readback/%s", name);
        if (run_file(c, folder, COL_PG_OBSERVER, jv_get_text(queries->items[i], "sql"), NULL,
                     &result, e) != 0)
            return -1;
    }
    return 0;
}
