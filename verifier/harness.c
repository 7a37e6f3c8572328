/*
 * verifier/harness.c - every bad input was refused, with its own code, leaving nothing.
 *
 * Claims fail-closed, real-run-blocked, reject-coverage.  What the surface's own harness
 * reported is compared with what was observed, never used instead.
 */
#include "verifier/attribute.h"
#include "verifier/catalog.h"
#include "verifier/record.h"

#include <stdlib.h>
#include <string.h>

static void judge_residue(struct evidence *v, struct trial *t, const char *state)
{
    const struct json *before = vfy_json_get(t->residue, "state_before");
    const struct json *after = vfy_json_get(t->residue, "state_after");
    unsigned long long from = strtoull(vfy_json_str(t->residue, "next_xid_before"), NULL, 10);
    unsigned long long to = strtoull(vfy_json_str(t->residue, "next_xid_after"), NULL, 10);
    bool is_own = vfy_json_get(t->record.session, "xid")->type != JSON_NULL;
    enum vfy_code residue = vfy_attribute_code(vfy_attribute_here(v), E_REJECT_RESIDUE);
    struct ids n = {0, 0, 0, 0};

    vfy_attribute_ids(v, from, to, &n, NULL);
    vfy_report_check(v->report, CL_FAIL_CLOSED, vfy_json_same(before, after), residue,
                     t->record.path, "tables or sequences in scope are not as before the case");
    vfy_report_check(v->report, CL_FAIL_CLOSED,
                     vfy_json_is(after, state), residue, t->record.path,
                     "the state is not that of the snapshot that the allowed changes give");
    vfy_report_check(v->report, CL_FAIL_CLOSED, to - from - n.foreign <= (t->record.raised ? 1u : 0u),
                     is_own ? E_REJECT_RESIDUE : n.unknown > 0 ? E_EVIDENCE_UNATTRIBUTED : E_XID_UNACCOUNTED,
                     t->record.path, "%llu transaction ids were consumed around the case%s", to - from - n.foreign,
                     is_own ? ", one its own" : "");
    if (t->record.raised && to - from - n.foreign == 1)
        vfy_report_unseen(v->report, "%s: a transaction id was consumed and aborted by the error", t->record.path);
}

static void judge_trial(struct evidence *v, struct trial *t, const char *state)
{
    const struct json *expect = vfy_json_get(t->plan, "expect");
    bool raised = vfy_json_get(expect, "raised")->type == JSON_TRUE;
    const char *token = vfy_record_token(v->arena, &t->record);
    const struct record *r = &t->record;
    char sql_sha256[VFY_HEX];

    vfy_record_statement(v->arena, vfy_json_str(t->plan, "endpoint"), sql_sha256);
    vfy_record_judge(v, CL_FAIL_CLOSED, r, sql_sha256, vfy_json_get(t->plan, "args"), vfy_json_str(v->plan, "step_role"), 0);
    t->as_expected = vfy_json_same(r->code, vfy_json_get(expect, "code")) && r->raised == raised &&
                     (r->raised || r->refused);
    t->fail_closed = (r->raised || r->refused) && !r->sealed &&
                     vfy_json_same(vfy_json_get(t->residue, "state_before"),
                                   vfy_json_get(t->residue, "state_after"));
    vfy_report_check(v->report, CL_FAIL_CLOSED, t->as_expected, E_REJECT_CODE, r->path,
                     "expected %s %.80s, got %.80s", raised ? "the error" : "a refusal with",
                     vfy_json_str(expect, "code"), r->code != NULL ? vfy_json_text(r->code) : "no code");
    vfy_report_check(v->report, CL_FAIL_CLOSED, !r->sealed, E_REJECT_SEAL, r->path,
                     "a refused case holds a seal");
    vfy_report_check(v->report, CL_FAIL_CLOSED, token == NULL, E_REJECT_TOKEN, r->path,
                     "a failing path says %s", token != NULL ? token : "");
    judge_residue(v, t, state);
    if (raised)
        vfy_report_check(v->report, CL_REAL_RUN, r->raised && t->as_expected, E_REAL_RUN_NOT_BLOCKED,
                         r->path, "the server did not raise %.80s", vfy_json_str(expect, "code"));
}

/* the surface's report: the primary cases, in order, each as observed */
static void judge_report(struct evidence *v)
{
    const struct step *s = vfy_evidence_step(v, vfy_json_str(vfy_json_get(v->plan, "harness"), "step"));
    const struct json *cases = vfy_json_get(s->execution.value, "cases");
    size_t n = 0;

    if (!s->execution.is_there)
        return;
    for (size_t i = 0; i < v->trial_count; i++) {
        const struct trial *t = &v->trials[i];
        const struct record *r = &t->record;
        const struct json *row = vfy_json_at(cases, n), *has, *closed;

        if (!vfy_json_is(vfy_json_get(t->plan, "set"), "primary"))
            continue;
        n++;
        has = vfy_json_get(row, "has_seal");
        closed = vfy_json_get(row, "fail_closed");
        if (r->is_there)
            vfy_report_check(v->report, CL_FAIL_CLOSED,
                             vfy_json_same(vfy_json_get(row, "case"), vfy_json_get(t->plan, "name")) &&
                                 vfy_json_is(vfy_json_get(row, "outcome"), r->raised ? "RAISED" : "REJECT") &&
                                 vfy_json_same(vfy_json_get(row, "reject_code"), r->code) && has != NULL &&
                                 has->type == (r->sealed ? JSON_TRUE : JSON_FALSE) && closed != NULL &&
                                 closed->type == JSON_TRUE && t->fail_closed,
                             E_HARNESS_DISAGREES, s->execution.path,
                             "what it reports for case %.60s is not what was observed",
                             vfy_json_str(t->plan, "name"));
    }
    vfy_report_check(v->report, CL_FAIL_CLOSED, cases != NULL && vfy_json_count(cases) == n,
                     E_HARNESS_DISAGREES, s->execution.path, "it reports %zu cases, the plan has %zu",
                     vfy_json_count(cases), n);
    vfy_report_number(v->report, CL_FAIL_CLOSED, 1, n);
}

/* one code, that of two grants under one key, is unreachable while this column of the grant's
 * key is unique, by the catalog of both edges */
static void judge_unreachable(struct evidence *v, const struct json *entry)
{
    const struct json *unique = vfy_json_get(entry, "unique");
    const char *relation = vfy_json_str(unique, "relation"), *column = vfy_json_str(unique, "column");
    const char *primary = vfy_mem_print(v->arena, "PRIMARY KEY (%s)", column);
    const char *key = vfy_mem_print(v->arena, "UNIQUE (%s)", column);
    const char *prefix = vfy_mem_print(v->arena, "%s.", relation);
    const struct json *grant = vfy_json_get(v->plan, "grant");
    const struct json *others = vfy_json_get(vfy_json_get(vfy_json_get(v->plan, "reject_codes"), "primary"), "unreachable");
    bool proven = vfy_json_is(vfy_json_get(grant, "relation"), relation) &&
                  vfy_json_get(vfy_json_get(grant, "key"), column) != NULL;

    for (size_t i = 0; i < vfy_json_count(others); i++)
        proven = proven && (vfy_json_at(others, i) == entry ||
                            !vfy_json_same(vfy_json_get(vfy_json_at(others, i), "unique"), unique));
    for (int e = 0; e < 2; e++) {
        struct catalog catalog = vfy_catalog_open(v, e, "catalog.ndjson");
        const struct json *line;
        bool found = false;

        while ((line = vfy_catalog_next(&catalog)) != NULL) {
            const struct json *what = vfy_json_at(line, 2);
            const char *name = vfy_json_text(vfy_json_at(line, 1));

            found = found || (vfy_json_is(vfy_json_at(line, 0), "constraint") &&
                              strncmp(name, prefix, strlen(prefix)) == 0 &&
                              strchr(name + strlen(prefix), '.') == NULL &&
                              (vfy_json_is(what, primary) || vfy_json_is(what, key)));
        }
        vfy_catalog_close(&catalog);
        proven = proven && found;
    }
    vfy_report_check(v->report, CL_COVERAGE, proven, E_UNREACHABLE_UNPROVEN, "before/catalog.ndjson",
                     "%.80s can only be unreachable while %.80s.%.60s is the grant's key and unique",
                     vfy_json_str(entry, "code"), relation, column);
}

static void judge_coverage(struct evidence *v)
{
    static const char *const sets[] = {"primary", "secondary"};
    const struct json *missing, *codes = vfy_json_get(v->plan, "reject_codes");
    const struct json *claimed = vfy_json_get(vfy_json_get(codes, "primary"), "unreachable");

    for (int s = 0; s < 2; s++) {
        enum vfy_subject claim = s == 0 ? CL_COVERAGE : CL_ROLLBACK;
        size_t n = vfy_facts_coverage(v, sets[s], 2, &missing);

        if (vfy_facts_coverage(v, sets[s], 0, NULL) > 0)
            vfy_report_check(v->report, claim, n == 0, E_COVERAGE, "carrier/plan.json",
                             "%zu declared codes were not exercised, the first is %.80s", n,
                             vfy_json_text(vfy_json_at(missing, 0)));
    }
    for (size_t i = 0; i < vfy_json_count(claimed); i++)
        judge_unreachable(v, vfy_json_at(claimed, i));
    vfy_report_number(v->report, CL_COVERAGE, 0, vfy_facts_coverage(v, "primary", 0, NULL));
    vfy_report_number(v->report, CL_COVERAGE, 1, vfy_facts_coverage(v, "primary", 1, NULL));
    vfy_report_number(v->report, CL_COVERAGE, 2, vfy_facts_coverage(v, "primary", 3, NULL));
}

/* the edge whose state the cases must find: after, when a change was to come before them */
static int edge_of_cases(const struct evidence *v)
{
    const struct step *harness = vfy_evidence_step(v, vfy_json_str(vfy_json_get(v->plan, "harness"), "step"));
    const struct json *list = vfy_json_get(v->plan, "allowed_changes");

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_evidence_step(v, vfy_json_str(vfy_json_at(list, i), "step")) <= harness)
            return 1;
    return 0;
}

void vfy_harness_judge(struct evidence *v)
{
    char state[VFY_HEX];
    size_t raised = 0, expected = 0;

    vfy_facts_state(v, edge_of_cases(v), state);
    for (size_t i = 0; i < v->trial_count; i++) {
        if (v->trials[i].record.is_there)
            judge_trial(v, &v->trials[i], state);
        raised += v->trials[i].record.raised;
        expected += vfy_json_get(vfy_json_get(v->trials[i].plan, "expect"), "raised")->type == JSON_TRUE;
    }
    if (expected == 0)
        vfy_report_absent(v->report, CL_REAL_RUN);
    if (v->trial_count == 0)
        vfy_report_absent(v->report, CL_FAIL_CLOSED);
    if (vfy_facts_coverage(v, "primary", 1, NULL) == 0)
        vfy_report_absent(v->report, CL_COVERAGE);
    judge_report(v);
    judge_coverage(v);
    vfy_report_number(v->report, CL_FAIL_CLOSED, 0, v->trial_count);
    vfy_report_number(v->report, CL_REAL_RUN, 0, raised);
}
