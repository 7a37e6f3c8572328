/*
 * verifier/steps.c - what the steps and the readback queries did, against the plan.
 *
 * Claims executed, rollback-oracle, readback-clean, no-forbidden-dot, authority-firewall.
 */
#include "verifier/executor.h"
#include "verifier/record.h"

#include <stdio.h>
#include <string.h>

static struct json text(const char *s)
{
    return (struct json){JSON_STRING, (uint32_t)strlen(s), {.text = s}};
}

static void judge_dispatch(struct evidence *v, const struct step *s)
{
    const struct json *d = vfy_json_get(v->plan, "dispatch"), *name = vfy_json_get(s->plan, "name");
    const char *run = vfy_json_str(v->run, "run_id"), *mode = vfy_json_str(s->plan, "mode");
    const char *id = vfy_mem_print(v->arena, "%s/%s", run, vfy_json_text(name));
    struct json want[6] = {*vfy_json_get(s->plan, "dot_code"), text(id), *vfy_json_get(d, "actor"),
                           text(mode), text("false"), text(run)};
    struct json args = {JSON_ARRAY, 6, {.items = want}};
    const struct json *sent = vfy_json_get(s->dispatch.request, "args"), *value = s->dispatch.value;
    const struct member *sql = vfy_bag_peek(v->bag, "carrier/%s", vfy_json_str(d, "sql"));
    const char *path = s->dispatch.path;

    if (!vfy_report_check(v->report, CL_EXECUTED, sql != NULL, E_EVIDENCE_INCOMPLETE,
                          vfy_json_str(d, "sql"), "the plan names this file"))
        return;
    if (!vfy_report_check(v->report, CL_EXECUTED,
                          vfy_json_is(vfy_json_at(sent, 1), id) && vfy_json_is(vfy_json_at(sent, 5), run),
                          E_BIND_RUN, path, "its correlation id is not %.100s", id))
        return;
    vfy_record_judge(v, CL_EXECUTED, &s->dispatch, sql->sha256, &args,
                     vfy_json_str(v->plan, "step_role"), 0);
    value = vfy_json_get(value, "validated") != NULL ? value : NULL;
    vfy_report_check(v->report, CL_EXECUTED,
                     value != NULL && vfy_json_get(value, "validated")->type == JSON_TRUE &&
                         vfy_json_get(value, "endpoint_present") != NULL &&
                         vfy_json_get(value, "endpoint_present")->type == JSON_TRUE &&
                         (strcmp(mode, "DRY_RUN") != 0 ||
                          (vfy_json_get(value, "true_dry_run_possible") != NULL &&
                           vfy_json_get(value, "true_dry_run_possible")->type == JSON_TRUE)),
                     E_DISPATCH, path, "the dispatcher did not validate a %.20s with an endpoint", mode);
}

static void judge_fields(struct evidence *v, const struct record *r, const struct json *expect)
{
    const struct json *fields = vfy_json_get(expect, "fields");
    const struct json *digests = vfy_json_get(expect, "manifest_fields");

    for (size_t i = 0; i < vfy_json_count(fields); i++) {
        const char *name = fields->u.items[2 * i].u.text;

        vfy_report_check(v->report, CL_EXECUTED,
                         vfy_json_same(vfy_json_get(r->value, name), &fields->u.items[2 * i + 1]),
                         E_STEP_RESULT, r->path, "member %.60s is not what the plan expects", name);
    }
    for (size_t i = 0; i < vfy_json_count(digests); i++) {
        const char *name = digests->u.items[2 * i].u.text, *of = digests->u.items[2 * i + 1].u.text;
        bool same = false;

        for (size_t k = 0; k < v->manifest_count; k++)
            same = same || (vfy_json_is(vfy_json_get(v->manifests[k].plan, "name"), of) &&
                            vfy_json_is(vfy_json_get(r->value, name), v->manifests[k].sha256));
        vfy_report_check(v->report, CL_EXECUTED, same, E_STEP_RESULT, r->path,
                         "member %.60s is not the digest of manifest %.60s", name, of);
    }
}

static void judge_execution(struct evidence *v, const struct step *s)
{
    const struct record *r = &s->execution;
    const struct json *expect = vfy_json_get(s->plan, "expect"), *code = vfy_json_get(expect, "code");
    const char *token;
    const struct json *secondary = vfy_json_get(vfy_json_get(v->plan, "reject_codes"), "secondary");
    bool oracle = vfy_json_has(vfy_json_get(secondary, "declared"), vfy_json_text(code)) > 0;
    bool raised = vfy_json_get(expect, "raised")->type == JSON_TRUE, ok;
    char sql_sha256[VFY_HEX];

    vfy_record_statement(v->arena, vfy_json_str(s->plan, "endpoint"), sql_sha256);
    vfy_record_judge(v, CL_EXECUTED, r, sql_sha256, vfy_json_get(s->plan, "args"), vfy_json_str(v->plan, "step_role"),
                     vfy_json_int(vfy_json_get(s->plan, "xids")));
    ok = vfy_json_same(r->code, code) && r->raised == raised;
    if (oracle)
        vfy_report_check(v->report, CL_ROLLBACK, ok, E_ROLLBACK_CODE, r->path,
                         "expected the code %.80s", vfy_json_text(code));
    else
        vfy_report_check(v->report, CL_EXECUTED, ok, E_STEP_RESULT, r->path, "expected %s %.80s, got %.80s",
                         raised ? "the error" : "the code", vfy_json_text(code), vfy_json_text(r->code));
    judge_fields(v, r, expect);
    if (!r->refused && !r->raised)
        return;
    token = vfy_record_token(v->arena, r);
    vfy_report_check(v->report, CL_EXECUTED, token == NULL, E_REJECT_TOKEN, r->path,
                     "a refused step says %s", token != NULL ? token : "");
    vfy_report_check(v->report, CL_EXECUTED, !r->sealed, E_REJECT_SEAL, r->path,
                     "a refused step holds a seal");
}

static void judge_observe(struct evidence *v, const struct step *s)
{
    static const struct json none = {JSON_ARRAY, 0, {0}};
    const char *file = vfy_json_str(s->plan, "sql");
    const struct member *sql = vfy_bag_peek(v->bag, "carrier/%s", file);

    if (!vfy_report_check(v->report, CL_EXECUTED, sql != NULL, E_EVIDENCE_INCOMPLETE, file,
                          "the plan names this file"))
        return;
    vfy_record_judge(v, CL_EXECUTED, &s->execution, sql->sha256, &none,
                     vfy_json_str(v->plan, "step_role"), 0);
    vfy_report_check(v->report, CL_EXECUTED,
                     !s->execution.raised && vfy_json_same(vfy_json_get(s->execution.result, "rows"),
                                   vfy_json_get(vfy_json_get(s->plan, "expect"), "rows")),
                     E_STEP_RESULT, s->execution.path, "other rows than the plan expects");
}

static void judge_firewall(struct evidence *v, const struct record *r)
{
    const char *what = r->is_there ? vfy_record_claims(r->value) : NULL;

    if (r->is_there)
        vfy_report_check(v->report, CL_FIREWALL, what == NULL, E_AUTHORITY_CLAIMED, r->path,
                         "a dry run came back with %s", what != NULL ? what : "");
}

static void judge_forbidden(struct evidence *v)
{
    const struct json *list = vfy_json_get(v->plan, "forbidden"), *named = vfy_json_get(list, "named");

    vfy_report_check(v->report, CL_FORBIDDEN, vfy_json_count(named) > 0, HOLD_FORBIDDEN_LIST_EMPTY,
                     "carrier/plan.json", "no forbidden DOT is named");
    for (size_t i = 0; i < v->step_count; i++) {
        const char *code = vfy_json_str(v->steps[i].plan, "dot_code");

        vfy_report_check(v->report, CL_FORBIDDEN, vfy_json_has(named, code) == 0, E_FORBIDDEN_DOT,
                         v->steps[i].execution.path, "%.80s is forbidden", code);
    }
    list = vfy_json_get(list, "unnamed");
    for (size_t i = 0; i < vfy_json_count(list); i++)
        vfy_report_unseen(v->report, "forbidden, but without a code to look for: %.200s",
                          vfy_json_text(vfy_json_at(list, i)));
    vfy_report_number(v->report, CL_FORBIDDEN, 0, vfy_json_count(named));
}

static void judge_readback(struct evidence *v)
{
    static const struct json none = {JSON_ARRAY, 0, {0}};
    const struct json *list = vfy_json_get(v->plan, "readback");
    const struct step *said = vfy_evidence_step(v, vfy_json_str(v->plan, "readback_step"));

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *q = vfy_json_at(list, i), *rows, *expect = vfy_json_get(q, "expect"), *field;
        const struct member *sql = vfy_bag_peek(v->bag, "carrier/%s", vfy_json_str(q, "sql"));
        const struct record *r = &v->readbacks[i];
        char number[24] = "";

        if (!vfy_report_check(v->report, CL_READBACK, sql != NULL, E_EVIDENCE_INCOMPLETE, vfy_json_str(q, "sql"),
                              "the plan names this file") || !r->is_there)
            continue;
        vfy_record_judge(v, CL_READBACK, r, sql->sha256, &none,
                         vfy_json_str(vfy_json_get(v->environment, "observer"), "name"), 0);
        rows = vfy_json_get(r->result, "rows");
        vfy_report_check(v->report, CL_READBACK,
                         !r->raised && vfy_json_count(rows) == 1 && vfy_json_count(vfy_json_at(rows, 0)) == 1 &&
                             vfy_json_same(vfy_json_at(vfy_json_at(rows, 0), 0), expect),
                         vfy_executor_code(v, NULL, E_READBACK), r->path, "the query did not return %.60s", vfy_json_text(expect));
        field = vfy_json_get(said->execution.value, vfy_json_str(q, "field"));
        if (field != NULL && field->type == JSON_INT)
            snprintf(number, sizeof number, "%lld", (long long)field->u.integer);
        vfy_report_check(v->report, CL_READBACK,
                         vfy_json_is(expect, number) || vfy_json_same(field, expect), vfy_executor_code(v, said, E_READBACK),
                         said->execution.path, "member %.60s does not say %.60s",
                         vfy_json_str(q, "field"), vfy_json_text(expect));
        vfy_report_check(v->report, CL_READBACK, vfy_evidence_check(v, vfy_json_get(q, "check"), 1),
                         vfy_executor_code(v, NULL, E_READBACK), "after/tables.json", "the captured rows contradict %.60s",
                         vfy_json_str(q, "name"));
    }
    if (vfy_json_count(list) == 0)
        vfy_report_absent(v->report, CL_READBACK);
    vfy_report_number(v->report, CL_READBACK, 0, vfy_json_count(list));
}

void vfy_steps_judge(struct evidence *v)
{
    const struct json *codes;

    for (size_t i = 0; i < v->step_count; i++) {
        const struct step *s = &v->steps[i];
        bool dot = vfy_json_is(vfy_json_get(s->plan, "kind"), "dot");

        if (dot && s->dispatch.is_there)
            judge_dispatch(v, s);
        if (s->execution.is_there)
            dot ? judge_execution(v, s) : judge_observe(v, s);
        judge_firewall(v, &s->dispatch);
        judge_firewall(v, &s->execution);
    }
    for (size_t i = 0; i < v->trial_count; i++)
        judge_firewall(v, &v->trials[i].record);
    judge_forbidden(v);
    judge_readback(v);
    if (vfy_facts_coverage(v, "secondary", 1, NULL) == 0)
        vfy_report_absent(v->report, CL_ROLLBACK);
    vfy_report_number(v->report, CL_ROLLBACK, 0, vfy_facts_coverage(v, "secondary", 1, NULL));
    codes = vfy_json_get(vfy_json_get(vfy_json_get(v->plan, "reject_codes"), "secondary"), "unobserved");
    for (size_t i = 0; i < vfy_json_count(codes); i++)
        vfy_report_unseen(v->report, "code %.80s: %.200s", vfy_json_str(vfy_json_at(codes, i), "code"),
                          vfy_json_str(vfy_json_at(codes, i), "reason"));
    vfy_report_number(v->report, CL_EXECUTED, 0, v->step_count);
    vfy_report_number(v->report, CL_FIREWALL, 0, v->trial_count);
    vfy_report_number(v->report, CL_FIREWALL, 1, v->step_count);
}
