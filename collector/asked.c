/* collector/asked.c - see collector/asked.h. */
#include "collector/asked.h"

#include <stdio.h>
#include <string.h>

#include "base/row.h"
#include "collector/capability.h"
#include "collector/doctor.h"
#include "collector/form.h"
#include "collector/limits.h"
#include "collector/manifest.h"
#include "collector/observe.h"
#include "collector/pg_copy.h"
#include "collector/progress.h"
#include "collector/steps.h"
#include "collector/tables.h"
#include "gen/sql_functions.h"
#include "gen/sql_session.h"

#define ROWS_MAX ((size_t)256 << 20) /* of one captured table, as a run's */

/* ---- captured rows ---- */

struct reading {
    const struct col_table *table;
    const struct col_redact *redact;
    struct jv *rows;
    size_t bytes;
};

static int on_line(void *context, const char *line, size_t len, struct err *e)
{
    struct reading *r = context;
    const struct jv *redacted = jv_get(r->table->capture, "redacted");
    struct buf hidden = buf_init(ROWS_MAX);
    struct jv *values = NULL;
    int rc = -1;

    r->bytes += len + sizeof values;
    if (r->bytes > ROWS_MAX)
        return err_set(e, ERR_LIMIT, "table %s: more than %zu bytes of captured rows", r->table->relation, ROWS_MAX);
    if (redacted->count > 0) {
        if (buf_add(&hidden, "", 0, e) != 0 ||
            col_redact_line(r->redact, r->table->columns, redacted, line, len, &hidden, e) != 0)
            goto out;
        line = hidden.data;
        len = hidden.len;
    }
    if (r->table->columns->count == 0)
        values = jv_array(); /* an empty line has no empty field here */
    else if (row_parse(line, len, &values, e) != 0)
        goto out;
    if (values == NULL || values->count != r->table->columns->count) {
        err_set(e, ERR_SYSTEM, "table %s: a row is not as wide as its columns", r->table->relation);
        goto out;
    }
    jv_add(r->rows, values);
    values = NULL;
    rc = 0;
out:
    jv_free(values);
    buf_release(&hidden);
    return rc;
}

static int on_end(void *context, struct err *e)
{
    const struct reading *r = context;

    return r->rows == NULL || r->rows->is_broken ? err_no_memory(e) : 0;
}

static int read_table(struct col_pg *pg, const struct col_table *t, struct col_asked *a, struct err *e)
{
    struct reading r = {t, &a->redact, jv_array(), 0};
    const struct col_pg_sink sink = {on_line, on_end, &r};
    struct jv *columns = jv_array(), *table = jv_object();

    for (size_t i = 0; i < t->columns->count; i++)
        jv_add(columns, jv_copy(t->columns->items[i]->items[0]));
    if (col_pg_copy(pg, t->copy, 1, &sink, e) != 0) {
        jv_free(r.rows);
        jv_free(columns);
        jv_free(table);
        return err_context(e, "table %s", t->relation);
    }
    jv_set(a->facts.tables, t->relation, jv_set(jv_set(table, "columns", columns), "rows", r.rows));
    return 0;
}

/* Inside the caller's snapshot. */
static int read_tables(struct col_pg *pg, struct col_asked *a, struct err *e)
{
    struct col_tables tables = {NULL, 0, NULL};
    int rc = col_tables_look(pg, &a->plan, &tables, a->facts.lacks, e);

    for (size_t i = 0; rc == 0 && i < tables.count; i++) {
        jv_add(a->facts.names, jv_string(tables.items[i].relation));
        if (tables.items[i].capture != NULL)
            rc = read_table(pg, &tables.items[i], a, e);
    }
    col_tables_release(&tables);
    return rc;
}

/* ---- the observer's snapshot ---- */

static int read_cluster(struct col_pg *pg, struct col_asked *a, struct err *e)
{
    struct jv *rows = NULL;
    int rc = col_pg_rows(pg, "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'dryproof_sandbox')", NULL,
                         &rows, e);

    if (rc == 0)
        rc = col_form_check(rows, 1, 1, "b", "sandbox role", e);
    if (rc == 0)
        a->facts.is_sandbox_cluster = *col_pg_text(rows, 0, 0) == 't';
    jv_free(rows);
    return rc;
}

static int read_snapshot(struct col_pg *pg, struct col_asked *a, struct err *e)
{
    struct jv *labels = NULL;
    int rc = -1;

    if (col_observe_begin_snapshot(pg, e) != 0 || col_observe_labels(pg, &labels, e) != 0 ||
        col_observe_identity(pg, labels, &a->facts.identity, e) != 0 ||
        col_observe_role(pg, NULL, &a->facts.observer, e) != 0 || read_cluster(pg, a, e) != 0 ||
        col_pg_rows(pg, sql_functions, NULL, &a->facts.functions, e) != 0 ||
        col_form_check(a->facts.functions, 0, SIZE_MAX, "bvv", "functions", e) != 0 || read_tables(pg, a, e) != 0)
        goto out;
    if (a->facts.step == NULL ||
        col_capability_read(pg, jv_get_text(a->facts.step, "name"), &a->facts.capability, e) == 0)
        rc = col_observe_end(pg, e);
out:
    jv_free(labels);
    return rc;
}

/* By the server's clock; what is no time is not later. */
static void read_expiry(struct col_pg *pg, struct col_asked *a)
{
    const struct jv *g = jv_get(a->plan.doc, "grant");
    const char *relation = jv_get_text(g, "relation");
    const struct jv *row = col_ledger_row(&a->facts, relation, jv_get(g, "key"));
    const struct jv *cell = col_ledger_cell(&a->facts, relation, row, jv_get_text(g, "expires_at"));
    struct jv *args = jv_array(), *rows = NULL;
    struct err ignored;

    if (jv_is(cell, JV_STRING)) {
        jv_add(args, jv_copy(cell));
        a->facts.is_unexpired =
            col_observe_rows(pg, "SELECT $1::pg_catalog.timestamptz > pg_catalog.now()", args, &rows, &ignored) == 0 &&
            col_form_check(rows, 1, 1, "b", "expiry", &ignored) == 0 && *col_pg_text(rows, 0, 0) == 't';
    }
    jv_free(args);
    jv_free(rows);
}

/* ---- the steps' role ---- */

static int add_refusal(struct col_asked *a, const char *endpoint, const struct err *why)
{
    struct jv *v = jv_set(jv_object(), "endpoint", jv_string(endpoint));

    jv_add(a->facts.refused, jv_set(v, "message", jv_string(why->text)));
    return 0;
}

/* Whether this session may execute a statement, without executing it: a generic plan folds no
 * parameter, and EXPLAIN looks at the right to each function. */
static int may_execute(struct col_pg *pg, const char *sql, size_t parameters, size_t number, struct err *why)
{
    struct buf text = buf_init((size_t)32 << 20);
    struct err later;
    int rc = -1;

    if (col_observe_begin(pg, why) == 0 &&
        col_pg_rows(pg, "SET LOCAL plan_cache_mode = force_generic_plan", NULL, NULL, why) == 0 &&
        buf_addf(&text, why, "PREPARE dryproof_%zu AS %s", number, sql) == 0 &&
        col_pg_rows(pg, text.data, NULL, NULL, why) == 0) {
        buf_clear(&text);
        rc = buf_addf(&text, why, "EXPLAIN EXECUTE dryproof_%zu", number);
        for (size_t i = 0; rc == 0 && i < parameters; i++)
            rc = buf_adds(&text, i == 0 ? "(NULL" : ", NULL", why);
        if (rc == 0 && (parameters == 0 || (rc = buf_adds(&text, ")", why)) == 0))
            rc = col_pg_rows(pg, text.data, NULL, NULL, why);
    }
    if (col_pg_rows(pg, "ROLLBACK", NULL, NULL, &later) != 0 && rc == 0) {
        *why = later;
        rc = -1;
    }
    buf_release(&text);
    return rc;
}

static size_t count_parameters(const char *endpoint)
{
    size_t n = strstr(endpoint, "()") == NULL;

    for (const char *p = strchr(endpoint, '('); p != NULL && *p != '\0'; p++)
        n += *p == ',';
    return n;
}

/* The dispatch, and each endpoint that a step or case calls, once. */
static int try_statements(struct col_pg *pg, struct col_asked *a, struct err *e)
{
    const struct jv *lists[] = {jv_get(a->plan.doc, "steps"), jv_get(jv_get(a->plan.doc, "harness"), "cases")};
    const char *dispatch = jv_get_text(jv_get(a->plan.doc, "dispatch"), "sql");
    struct buf sql = buf_init(0);
    struct jv *seen = jv_array();
    struct err why;
    int rc = col_steps_sql(&a->plan, dispatch, &sql, e);

    if (rc == 0 && may_execute(pg, sql.data, 6, 0, &why) != 0)
        rc = add_refusal(a, dispatch, &why);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; rc == 0 && i < lists[k]->count; i++) {
            const char *endpoint = jv_get_text(lists[k]->items[i], "endpoint");

            if (endpoint == NULL || jv_has_text(seen, endpoint))
                continue;
            jv_add(seen, jv_string(endpoint));
            buf_release(&sql);
            sql = buf_init((size_t)1 << 20);
            rc = plan_statement(endpoint, &sql, e);
            if (rc == 0 && may_execute(pg, sql.data, count_parameters(endpoint), seen->count, &why) != 0)
                rc = add_refusal(a, endpoint, &why);
        }
    jv_free(seen);
    buf_release(&sql);
    return rc;
}

/* A role that cannot connect is a hold, not an error. */
static int read_step(struct col_pg *observer, const struct jv *params, struct col_asked *a, struct err *e)
{
    struct col_pg *step = NULL;
    struct jv *who = NULL;
    struct err why;
    int rc = -1;

    if (col_pg_open(params, COL_PG_STEP, &step, &why) != 0 || col_observe_role(step, NULL, &a->facts.step, &why) != 0) {
        (void)snprintf(a->facts.no_step, sizeof a->facts.no_step, "%s", why.text);
        rc = 0;
    } else if (col_pg_rows(step, sql_session, NULL, &who, e) == 0 &&
               col_form_check(who, 1, 1, "nsst", "session", e) == 0) {
        a->facts.is_elsewhere = col_observe_same_server(observer, col_pg_text(who, 0, 0), &why) != 0;
        rc = try_statements(step, a, e);
    }
    jv_free(who);
    col_pg_free(step);
    return rc;
}

/* ---- manifests ---- */

static struct jv *objects(const struct col_pg_result *r)
{
    struct jv *list = jv_array();

    for (size_t i = 0; i < r->rows->count; i++) {
        struct jv *v = jv_object();

        for (size_t k = 0; k < r->columns->count; k++)
            jv_set(v, jv_text(r->columns->items[k]), jv_copy(r->rows->items[i]->items[k]));
        jv_add(list, v);
    }
    return list;
}

/* Once, where a run does it several times. */
static void read_manifest(const struct jv *params, const struct jv *entry, struct col_asked *a)
{
    const char *expected = jv_get_text(entry, "expect_sha256"), *reason = NULL;
    struct jv *v = jv_set(jv_object(), "name", jv_copy(jv_get(entry, "name")));
    struct col_manifest m;
    struct err why;

    if (col_manifest_measure(params, &a->plan, entry, &m, &why) != 0) {
        jv_set(v, "reason", jv_string(why.text));
    } else {
        if (strcmp(m.own_sha256, m.pg_sha256) != 0 || m.hash.len != DIGEST_HEX - 1 ||
            memcmp(m.hash.data, m.pg_sha256, m.hash.len) != 0)
            reason = "the database's bytes, its hash of them and ours are not one value";
        else if (strcmp(m.own_sha256, expected) != 0)
            reason = "its digest is not the plan's";
        jv_set(v, "reason", jv_string(reason));
        jv_set(v, "rows", objects(&m.rows));
        jv_set(v, "sha256", jv_string(reason == NULL ? m.own_sha256 : NULL));
        col_manifest_release(&m);
    }
    jv_add(a->facts.manifests, v);
}

/* ---- all of it ---- */

/* A trust policy as far as it is about environments and plans; the verifier reads the rest. */
static int read_policy(const char *path, struct jv **out, struct err *e)
{
    struct buf text = buf_init(0);
    int rc = -1;

    if (path == NULL)
        return 0;
    if (file_read(path, COL_MAX_POLICY_BYTES, &text, e) == 0 && jv_parse(text.data, text.len, out, e) == 0)
        rc = jv_text_is(jv_get(*out, "schema"), "dryproof.policy/1") && jv_is(jv_get(*out, "governed"), JV_ARRAY) &&
                     jv_is(jv_get(*out, "plans"), JV_ARRAY)
                 ? 0
                 : err_set(e, ERR_INPUT, "not a trust policy (dryproof.policy/1)");
    buf_release(&text);
    return rc == 0 ? 0 : err_context(e, "--policy %s", path);
}

static bool is_redacted(const struct plan *plan)
{
    const struct jv *captured = jv_get(plan->doc, "captured");

    for (size_t i = 0; i < captured->count; i++)
        if (jv_get(captured->items[i], "redacted")->count > 0)
            return true;
    return false;
}

static int ask(const struct col_asked_options *o, struct col_asked *a, struct err *e)
{
    const char *role = o->steps_db == NULL ? jv_get_text(a->plan.doc, "step_role") : NULL;
    const struct jv *manifests = jv_get(a->plan.doc, "manifests");
    struct jv *params = NULL, *steps = NULL;
    struct col_pg *observer = NULL;
    int rc = -1;

    if (col_pg_params(o->db, NULL, &params, e) != 0 || col_pg_open(params, COL_PG_OBSERVER, &observer, e) != 0) {
        err_context(e, "--db");
    } else if (col_pg_params(o->steps_db == NULL ? o->db : o->steps_db, role, &steps, e) != 0) {
        err_context(e, "--steps-db");
    } else if (read_step(observer, steps, a, e) == 0 && read_snapshot(observer, a, e) == 0 &&
               col_doctor_examine(o->db, &a->facts.witnesses, e) == 0) {
        for (size_t i = 0; i < manifests->count; i++)
            read_manifest(params, manifests->items[i], a);
        read_expiry(observer, a);
        rc = 0;
    }
    col_pg_free(observer);
    jv_free(params);
    jv_free(steps);
    return rc;
}

int col_asked_read(const struct col_asked_options *o, struct col_asked *a, struct err *e)
{
    if (plan_load(o->carrier, &a->plan, e) != 0 || read_policy(o->policy, &a->policy, e) != 0)
        return -1;
    if (is_redacted(&a->plan) && o->redaction_key == NULL)
        return err_set(e, ERR_USAGE, "the plan redacts columns; option --redaction-key FILE is missing");
    if (col_redact_load(is_redacted(&a->plan) ? o->redaction_key : NULL, &a->redact, e) != 0)
        return -1;
    a->facts.plan = &a->plan;
    a->facts.policy = a->policy;
    a->facts.refused = jv_array();
    a->facts.lacks = jv_array();
    a->facts.tables = jv_object();
    a->facts.names = jv_array();
    a->facts.manifests = jv_array();
    if (a->facts.refused == NULL || a->facts.lacks == NULL || a->facts.tables == NULL || a->facts.names == NULL ||
        a->facts.manifests == NULL)
        return err_no_memory(e);
    if (ask(o, a, e) != 0)
        return -1;
    return a->facts.refused->is_broken || a->facts.lacks->is_broken || a->facts.tables->is_broken ||
                   a->facts.names->is_broken || a->facts.manifests->is_broken
               ? err_no_memory(e)
               : 0;
}

void col_asked_release(struct col_asked *a)
{
    struct jv *all[] = {a->facts.identity,   a->facts.observer,  a->facts.step,      a->facts.refused,
                        a->facts.capability, a->facts.witnesses, a->facts.lacks,     a->facts.tables,
                        a->facts.names,      a->facts.functions, a->facts.manifests, a->policy};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        jv_free(all[i]);
    col_redact_release(&a->redact);
    plan_release(&a->plan);
}
