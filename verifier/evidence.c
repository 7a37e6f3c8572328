/* verifier/evidence.c - see evidence.h. */
#include "verifier/evidence.h"

#include "verifier/attribute.h"
#include "verifier/executor.h"
#include "verifier/junit.h"
#include "verifier/order.h"
#include "verifier/record.h"
#include "verifier/snapshot.h"
#include "verifier/table.h"

#include <stdlib.h>
#include <string.h>

const struct json *vfy_evidence_doc(struct evidence *v, enum vfy_subject subject, const char *path)
{
    const struct member *m = vfy_bag_find(v->bag, path);

    if (vfy_report_check(v->report, subject, m != NULL && m->doc != NULL, E_EVIDENCE_INCOMPLETE,
                         path, "the plan requires it"))
        return m->doc;
    v->is_incomplete = true;
    return NULL;
}

/* a document without which nothing else can be judged */
static const struct json *core(struct evidence *v, const char *path)
{
    const struct json *doc = vfy_evidence_doc(v, LEVEL_3, path);

    v->is_broken = v->is_broken || doc == NULL;
    return doc;
}

static const struct json *edge_doc(struct evidence *v, const struct edge *edge, const char *name)
{
    return core(v, vfy_mem_print(v->arena, "%s/%s", edge->name, name));
}

/* the rows of a captured table: its lines without the first */
static void load_rows(struct evidence *v, const struct edge *edge, struct table *t)
{
    const char *path = vfy_mem_print(v->arena, "%s/%s", edge->name, vfy_json_str(t->entry, "file"));
    const struct json *doc = core(v, path);
    struct json *rows;

    if (doc == NULL)
        return;
    if (vfy_json_count(doc) == 0) { /* as if it was not there */
        vfy_report_check(v->report, LEVEL_3, false, E_EVIDENCE_INCOMPLETE, path, "it is empty, and a table begins with a header");
        v->is_incomplete = v->is_broken = true;
        return;
    }
    rows = vfy_mem_alloc(v->arena, sizeof *rows);
    *rows = (struct json){JSON_ARRAY, doc->count - 1, {.items = doc->u.items + 1}};
    t->head = doc->u.items;
    t->rows = rows;
    t->row_count = rows->count;
}

static void load_edge(struct evidence *v, struct edge *edge)
{
    const struct json *list;
    size_t captured = 0;

    edge->identity = edge_doc(v, edge, "identity.json");
    edge->list = edge_doc(v, edge, "tables.json");
    edge->sequences = edge_doc(v, edge, "sequences.json");
    edge->transactions = edge_doc(v, edge, "transactions.json");
    edge_doc(v, edge, "catalog.ndjson"); /* must be there; its lines are read when they are needed */
    edge->functions = edge_doc(v, edge, "functions.ndjson");
    edge->cluster = edge_doc(v, edge, "cluster.ndjson");
    edge->activity = edge_doc(v, edge, "activity.json");
    edge->physical = edge_doc(v, edge, "physical.json");
    edge->position = edge_doc(v, edge, "wal.json");
    edge->capability = edge_doc(v, edge, "capability.json");
    list = vfy_json_get(edge->list, "tables");
    edge->table_count = vfy_json_count(list);
    edge->tables = vfy_mem_alloc(v->arena, edge->table_count * sizeof *edge->tables);
    for (size_t i = 0; i < edge->table_count; i++) {
        struct table *t = &edge->tables[i];
        const struct json *file;

        t->entry = vfy_json_at(list, i);
        t->relation = vfy_json_str(t->entry, "relation");
        t->row_count = (size_t)vfy_json_int(vfy_json_get(t->entry, "rows"));
        file = vfy_json_get(t->entry, "file");
        if (vfy_json_get(t->entry, "captured")->type != JSON_TRUE)
            vfy_report_check(v->report, LEVEL_1, file == NULL, E_EVIDENCE_INCONSISTENT,
                             vfy_mem_print(v->arena, "%s/tables.json", edge->name),
                             "%.80s has a file and is not captured", t->relation);
        else if (vfy_report_check(v->report, LEVEL_1,
                                  vfy_json_is(file, vfy_mem_print(v->arena, "tables/%06zu.ndjson", ++captured)),
                                  E_EVIDENCE_INCONSISTENT, vfy_mem_print(v->arena, "%s/tables.json", edge->name),
                                  "%.80s does not have the file in its place", t->relation))
            load_rows(v, edge, t);
    }
}

/* FORMAT.md section 2: a dispatch that raised an error is not executed; whatever claims to be of that
 * execution, nothing calls for.  Where it was executed, that is no check: verdicts of before count alike */
static bool was_dispatched(struct evidence *v, const struct step *s)
{
    const struct json *error = vfy_json_get(s->dispatch.result, "error");
    bool raised = error != NULL && error->type == JSON_OBJECT;

    v->is_incomplete = v->is_incomplete || raised;
    return !raised || vfy_report_check(v->report, CL_EXECUTED, false, E_EVIDENCE_INCOMPLETE, s->execution.path,
                                       "its dispatch raised an error");
}

static void load_steps(struct evidence *v)
{
    const struct json *steps = vfy_json_get(v->plan, "steps");

    v->step_count = vfy_json_count(steps);
    v->steps = vfy_mem_alloc(v->arena, v->step_count * sizeof *v->steps);
    for (size_t i = 0; i < v->step_count; i++) {
        struct step *s = &v->steps[i];
        const char *name;

        s->plan = vfy_json_at(steps, i);
        name = vfy_json_str(s->plan, "name");
        if (vfy_json_is(vfy_json_get(s->plan, "kind"), "dot")) {
            s->dispatch.path = vfy_mem_print(v->arena, "steps/%03zu-%s/dispatch", i + 1, name);
            vfy_record_load(v, CL_EXECUTED, &s->dispatch);
        }
        s->execution.path = vfy_mem_print(v->arena, "steps/%03zu-%s/execution", i + 1, name);
        s->is_executed =
            was_dispatched(v, s) &&
            (s->dispatch.path == NULL ||
             vfy_executor_record(v, CL_EXECUTED, &s->execution, vfy_mem_print(v->arena, "steps/%03zu-%s/http", i + 1, name),
                                 vfy_json_get(s->plan, "endpoint"), s->plan, name));
        if (s->is_executed)
            vfy_record_load(v, CL_EXECUTED, &s->execution);
    }
}

/* whose DOT and mode a case is called with, where an executor calls it: the first with its endpoint */
static const struct json *step_of(const struct evidence *v, const struct json *endpoint)
{
    for (size_t i = 0; i < v->step_count; i++)
        if (vfy_json_same(vfy_json_get(v->steps[i].plan, "endpoint"), endpoint))
            return v->steps[i].plan;
    return NULL;
}

static void load_trials(struct evidence *v)
{
    const struct json *harness = vfy_json_get(v->plan, "harness"), *cases = vfy_json_get(harness, "cases");
    const struct step *by = vfy_evidence_step(v, vfy_json_str(harness, "step"));

    v->trial_count = vfy_json_count(cases);
    v->trials = vfy_mem_alloc(v->arena, v->trial_count * sizeof *v->trials);
    for (size_t i = 0; i < v->trial_count; i++) {
        struct trial *t = &v->trials[i];

        t->plan = vfy_json_at(cases, i);
        t->record.path = vfy_mem_print(v->arena, "harness/%02zu-%s", i + 1, vfy_json_str(t->plan, "name"));
        if (!by->is_executed)
            vfy_report_check(v->report, CL_FAIL_CLOSED, false, E_EVIDENCE_INCOMPLETE, t->record.path,
                             "the harness's step was not executed");
        if (!by->is_executed ||
            !vfy_executor_record(v, CL_FAIL_CLOSED, &t->record, vfy_mem_print(v->arena, "%s/http", t->record.path),
                                 vfy_json_get(t->plan, "endpoint"), step_of(v, vfy_json_get(t->plan, "endpoint")),
                                 vfy_mem_print(v->arena, "%s/%s", vfy_json_str(harness, "step"), vfy_json_str(t->plan, "name"))))
            continue;
        vfy_record_load(v, CL_FAIL_CLOSED, &t->record);
        v->driven_count += vfy_bag_peek(v->bag, "%s/request.sql", t->record.path) != NULL;
        t->residue = vfy_evidence_doc(v, CL_FAIL_CLOSED,
                                      vfy_mem_print(v->arena, "%s/residue.json", t->record.path));
        t->record.bracket = t->residue;
        t->record.is_there = t->record.is_there && t->residue != NULL;
    }
}

static void load_readbacks(struct evidence *v)
{
    const struct json *list = vfy_json_get(v->plan, "readback");

    v->readback_count = vfy_json_count(list);
    v->readbacks = vfy_mem_alloc(v->arena, v->readback_count * sizeof *v->readbacks);
    for (size_t i = 0; i < v->readback_count; i++) {
        v->readbacks[i].path = vfy_mem_print(v->arena, "readback/%s", vfy_json_str(vfy_json_at(list, i), "name"));
        vfy_record_load(v, CL_READBACK, &v->readbacks[i]);
    }
}

static void add_ran(struct evidence *v, const struct record *r)
{
    if (r->is_there)
        v->ran[v->ran_count++] = r;
}

/* the cases are driven right after the harness's step, the readback queries last */
static void list_ran(struct evidence *v)
{
    const struct json *harness = vfy_json_get(vfy_json_get(v->plan, "harness"), "step");

    v->ran = vfy_mem_alloc(v->arena, (2 * v->step_count + v->trial_count + v->readback_count) * sizeof *v->ran);
    for (size_t i = 0; i < v->step_count; i++) {
        add_ran(v, &v->steps[i].dispatch);
        add_ran(v, &v->steps[i].execution);
        if (vfy_json_same(vfy_json_get(v->steps[i].plan, "name"), harness))
            for (size_t k = 0; k < v->trial_count; k++)
                add_ran(v, &v->trials[k].record);
    }
    for (size_t i = 0; i < v->readback_count; i++)
        add_ran(v, &v->readbacks[i]);
}

void vfy_evidence_load(struct evidence *v)
{
    v->edges[0].name = "before";
    v->edges[1].name = "after";
    v->started = core(v, "started.json");
    v->run = core(v, "run.json");
    v->environment = core(v, "environment.json");
    v->wal = core(v, "wal.json");
    v->groups = core(v, "wal/groups.ndjson");
    core(v, "cost.json");
    if (v->is_bracket) {
        v->command = core(v, "steps/001-command/command.json");
        v->seen = core(v, "steps/001-command/sessions.ndjson");
        v->is_answered = vfy_bag_find(v->bag, "after/answered.json") != NULL;
    }
    core(v, "facts.json");
    core(v, "assertions.json");
    load_edge(v, &v->edges[0]);
    load_edge(v, &v->edges[1]);
    vfy_executor_load(v);
    load_steps(v);
    load_trials(v);
    load_readbacks(v);
    list_ran(v);
}

struct step *vfy_evidence_step(const struct evidence *v, const char *name)
{
    struct step *found = NULL; /* the only one: the plan was checked for names */

    for (size_t i = 0; i < v->step_count; i++)
        if (vfy_json_is(vfy_json_get(v->steps[i].plan, "name"), name))
            found = &v->steps[i];
    return found;
}

static int by_value(const void *a, const void *b)
{
    const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;

    if (x->type != y->type)
        return x->type < y->type ? -1 : 1;
    if (x->type == JSON_OBJECT)
        return strcmp(vfy_json_str(x, "b64"), vfy_json_str(y, "b64"));
    return strcmp(vfy_json_text(x), vfy_json_text(y));
}

/* the values of a column, sorted */
static const struct json **values_of(const struct evidence *v, const struct table *t, const char *column, size_t *n)
{
    size_t total = t == NULL ? 0 : vfy_json_count(t->rows);
    const struct json **list = vfy_mem_alloc(v->arena, total * sizeof *list);

    *n = 0;
    for (size_t r = 0; r < total; r++)
        if (vfy_table_cell(t, r, column) != NULL)
            list[(*n)++] = vfy_table_cell(t, r, column);
    qsort(list, *n, sizeof *list, by_value);
    return list;
}

static size_t count_rows(const struct evidence *v, const struct json *check, int edge)
{
    const struct json *rows = vfy_json_get(check, "rows"), *not_in = vfy_json_get(check, "not_in");
    const struct table *t = vfy_table_find(&v->edges[edge], vfy_json_str(rows, "relation"));
    const struct table *other = vfy_table_find(&v->edges[edge], vfy_json_str(not_in, "relation"));
    const struct json *where = vfy_json_get(rows, "where"), **others;
    size_t n = vfy_table_match(t, where, NULL), among;

    if (not_in == NULL || n == 0)
        return n;
    others = values_of(v, other, vfy_json_str(not_in, "of"), &among);
    n = 0;
    for (size_t r = 0; r < t->row_count; r++) {
        const struct json *cell = vfy_table_cell(t, r, vfy_json_str(not_in, "column"));

        if (vfy_table_fits(t, r, where))
            n += cell == NULL || bsearch(&cell, others, among, sizeof cell, by_value) == NULL;
    }
    return n;
}

bool vfy_evidence_check(const struct evidence *v, const struct json *check, int edge)
{
    const struct json *rows = vfy_json_get(check, "rows"), *a = vfy_json_get(check, "exists");
    const char *manifest = vfy_json_str(check, "manifest"), *named = vfy_json_str(check, "manifest_rows");
    const struct table *t;

    if (a != NULL)
        return vfy_table_find(&v->edges[edge], vfy_json_text(a)) != NULL;
    if (rows != NULL) {
        t = vfy_table_find(&v->edges[edge], vfy_json_str(rows, "relation"));
        return t != NULL && t->rows != NULL &&
               count_rows(v, check, edge) == (size_t)vfy_json_int(vfy_json_get(rows, "count"));
    }
    for (size_t i = 0; i < v->manifest_count; i++) {
        const char *name = vfy_json_str(v->manifests[i].plan, "name");

        if (strcmp(name, manifest) == 0)
            return v->manifests[i].holds;
        if (strcmp(name, named) == 0)
            return v->manifests[i].row_count == (size_t)vfy_json_int(vfy_json_get(check, "count"));
    }
    a = vfy_json_get(check, "contracts");
    if (a != NULL) {
        const struct json *c = vfy_json_get(v->plan, "contracts"), *codes = vfy_json_get(c, "required");
        int64_t n = 0;

        t = vfy_table_find(&v->edges[edge], vfy_json_str(c, "relation"));
        for (size_t i = 0; i < vfy_json_count(codes); i++)
            n += vfy_table_by(t, vfy_json_str(c, "code"), vfy_json_text(vfy_json_at(codes, i)), NULL) == 1;
        return n == vfy_json_int(a);
    }
    for (size_t i = 0; i < v->trial_count; i++)
        if (vfy_json_is(vfy_json_get(v->trials[i].plan, "name"), vfy_json_str(check, "case")))
            return v->trials[i].as_expected && v->trials[i].fail_closed;
    return false;
}

static bool is_report(const char *path) /* cannot be written again without all cases */
{
    return strcmp(path, "harness/ctrf.json") == 0 || strcmp(path, "harness/junit.xml") == 0;
}

/* everything in the package has been asked for, and every required claim was measured */
static void close_claims(struct evidence *v)
{
    struct report *r = v->report;

    for (size_t i = 0; i < v->bag->count; i++) {
        const char *path = vfy_bag_payload(&v->bag->members[i]);

        if (path != NULL && strncmp(path, "carrier/", 8) != 0 && (!v->is_incomplete || !is_report(path)))
            vfy_report_check(r, LEVEL_0, v->bag->members[i].ticked, E_MANIFEST_EXTRA, path,
                             "neither the plan nor the format calls for this file");
    }
    for (int i = 0; i < VFY_CLAIMS; i++) {
        enum vfy_subject claim = (enum vfy_subject)i;
        enum vfy_status status = vfy_report_claim(r, claim);

        if (r->subjects[i].is_required && r->subjects[i].worst == 0 && status != VFY_PASS)
            vfy_report_check(r, claim, false, E_EVIDENCE_INCOMPLETE, "carrier/plan.json",
                             "%s is required, and the plan gives it nothing to check",
                             vfy_claims_info(claim)->id);
        if (!r->subjects[i].is_required && status == VFY_HOLD)
            vfy_report_unseen(r, "claim %s: %s", vfy_claims_info(claim)->id,
                              r->subjects[i].detail != NULL ? r->subjects[i].detail : "not checked");
    }
}

/* of what a plan can ask for, a bracket has only these */
static void judge_bracket(struct evidence *v)
{
    static const enum vfy_subject has[] = {CL_EXECUTED, CL_IDENTITY, CL_NO_STATE, CL_IDS, CL_NO_WRITE};

    for (int i = 0; i < VFY_CLAIMS; i++)
        vfy_report_absent(v->report, (enum vfy_subject)i);
    for (size_t i = 0; i < sizeof has / sizeof *has; i++)
        v->report->subjects[has[i]].is_absent = false;
    vfy_command_judge(v);
    vfy_state_judge(v);
}

/* what is looked up by order would not be found in a list that has none */
static bool is_sorted(struct evidence *v)
{
    size_t failed = v->report->failed;

    vfy_snapshot_sorted(v);
    vfy_witness_sorted(v);
    vfy_state_sorted(v);
    return v->report->failed == failed;
}

void vfy_evidence_judge(struct evidence *v)
{
    if (!is_sorted(v)) {
        v->is_broken = true;
        return;
    }
    vfy_bind_judge(v);
    vfy_snapshot_judge(v);
    vfy_order_judge(v);
    vfy_witness_judge(v);
    vfy_attribute_open(v);
    if (v->is_bracket) {
        judge_bracket(v);
    } else {
        vfy_manifest_judge(v);
        vfy_executor_judge(v);
        vfy_steps_judge(v);
        vfy_harness_judge(v);
        vfy_state_judge(v);
        vfy_grant_judge(v);
        vfy_registry_judge(v);
    }
    vfy_facts_judge(v);
    vfy_junit_judge(v);
    close_claims(v);
}
