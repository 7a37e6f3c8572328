/*
 * verifier/registry.c - what was registered, owned and admitted when the run happened.
 *
 * Claims preflight-ready, owner-present, contracts-registered, catalog-reconciled,
 * admitted, reuse-first.
 */
#include "verifier/table.h"

#include <string.h>

static const char *tables_path(const struct evidence *v, int e)
{
    return vfy_mem_print(v->arena, "%s/tables.json", v->edges[e].name);
}

static void judge_preflight(struct evidence *v)
{
    const struct json *p = vfy_json_get(v->plan, "preflight"), *checks = vfy_json_get(p, "checks");
    const struct step *s = vfy_evidence_step(v, vfy_json_str(p, "step"));
    const struct json *said = vfy_json_get(s->execution.value, "checks");

    for (size_t i = 0; i < vfy_json_count(checks); i++) {
        const struct json *check = vfy_json_at(checks, i), *row = vfy_json_at(said, i), *ok = vfy_json_get(row, "ok");
        const char *name = vfy_json_str(check, "name");

        vfy_report_check(v->report, CL_PREFLIGHT, vfy_evidence_check(v, vfy_json_get(check, "check"), 0),
                         HOLD_PREFLIGHT, "before/tables.json", "%.60s does not hold by the evidence", name);
        vfy_report_check(v->report, CL_PREFLIGHT,
                         vfy_json_is(vfy_json_get(row, "check"), name) && ok != NULL && ok->type == JSON_TRUE,
                         HOLD_PREFLIGHT, s->execution.path, "the step does not report %.60s as ok", name);
    }
    if (vfy_json_count(checks) == 0)
        vfy_report_absent(v->report, CL_PREFLIGHT);
    vfy_report_check(v->report, CL_PREFLIGHT, vfy_json_count(said) == vfy_json_count(checks), HOLD_PREFLIGHT,
                     s->execution.path, "it reports %zu checks, the plan has %zu", vfy_json_count(said),
                     vfy_json_count(checks));
    vfy_report_number(v->report, CL_PREFLIGHT, 0, vfy_json_count(checks));
}

static void judge_owner(struct evidence *v)
{
    const struct json *owner = vfy_json_get(v->plan, "owner"), *rows = vfy_json_get(owner, "rows");
    const struct table *t = vfy_table_find(&v->edges[0], vfy_json_str(rows, "relation"));

    vfy_report_check(v->report, CL_OWNER,
                     vfy_evidence_check(v, owner, 0) &&
                         (rows == NULL || vfy_json_int(vfy_json_get(rows, "count")) > 0), HOLD_NO_GRANT_OR_OWNERSHIP,
                     "before/tables.json", "no owner, or not the one the plan expects");
    vfy_report_number(v->report, CL_OWNER, 0, rows == NULL ? 0 : vfy_table_match(t, vfy_json_get(rows, "where"), NULL));
}

static void judge_contract(struct evidence *v, int e, const char *code)
{
    const struct json *c = vfy_json_get(v->plan, "contracts"), *registry = vfy_json_get(c, "registry");
    const struct table *t = vfy_table_find(&v->edges[e], vfy_json_str(c, "relation"));
    const struct table *tools = vfy_table_find(&v->edges[e], vfy_json_str(registry, "relation"));
    size_t row = 0;

    if (!vfy_report_check(v->report, CL_CONTRACTS,
                          vfy_table_by(t, vfy_json_str(c, "code"), code, &row) == 1 &&
                              vfy_table_by(tools, vfy_json_str(registry, "code"), code, NULL) == 1,
                          HOLD_CONTRACTS_NOT_REGISTERED, tables_path(v, e),
                          "%.80s does not have one contract and one registry row", code))
        return;
    for (size_t i = 0; i < v->step_count; i++) {
        const struct json *plan = v->steps[i].plan;

        if (vfy_json_is(vfy_json_get(plan, "dot_code"), code))
            vfy_report_check(v->report, CL_CONTRACTS,
                             vfy_json_same(vfy_table_cell(t, row, vfy_json_str(c, "endpoint")),
                                           vfy_json_get(plan, "endpoint")),
                             HOLD_CONTRACTS_NOT_REGISTERED, tables_path(v, e),
                             "the contract of %.80s has another endpoint than step %.60s", code,
                             vfy_json_str(plan, "name"));
    }
}

/* a case may call nothing but what a required contract registers */
static void judge_case_endpoints(struct evidence *v)
{
    const struct json *c = vfy_json_get(v->plan, "contracts"), *codes = vfy_json_get(c, "required");
    const struct table *t = vfy_table_find(&v->edges[0], vfy_json_str(c, "relation"));

    for (size_t i = 0; i < v->trial_count; i++) {
        const struct json *endpoint = vfy_json_get(v->trials[i].plan, "endpoint");
        bool known = false;
        size_t row;

        for (size_t k = 0; k < vfy_json_count(codes) && !known; k++)
            known = vfy_table_by(t, vfy_json_str(c, "code"), vfy_json_text(vfy_json_at(codes, k)), &row) == 1 &&
                    vfy_json_same(vfy_table_cell(t, row, vfy_json_str(c, "endpoint")), endpoint);
        vfy_report_check(v->report, CL_CONTRACTS, known, HOLD_CONTRACTS_NOT_REGISTERED, tables_path(v, 0),
                         "case %.60s calls %.120s, which no required contract registers",
                         vfy_json_str(v->trials[i].plan, "name"), vfy_json_text(endpoint));
    }
}

static void judge_contracts(struct evidence *v)
{
    const struct json *c = vfy_json_get(v->plan, "contracts"), *codes = vfy_json_get(c, "required");
    const struct json *pairs = vfy_json_get(c, "pairs");
    const char *column = vfy_json_str(c, "code"), *pair = vfy_json_str(c, "pair");
    size_t there = 0;

    for (int e = 0; e < 2; e++) {
        const struct table *t = vfy_table_find(&v->edges[e], vfy_json_str(c, "relation"));

        for (size_t i = 0; i < vfy_json_count(codes); i++) {
            const char *code = vfy_json_text(vfy_json_at(codes, i));

            judge_contract(v, e, code);
            there += e == 0 && vfy_table_by(t, column, code, NULL) > 0;
        }
        for (size_t i = 0; i < 2 * vfy_json_count(pairs); i++) {
            const struct json *two = vfy_json_at(pairs, i / 2);
            const struct json *one = vfy_json_at(two, i % 2), *other = vfy_json_at(two, 1 - i % 2);
            size_t row = 0;

            vfy_report_check(v->report, CL_CONTRACTS,
                             vfy_table_by(t, column, vfy_json_text(one), &row) == 1 &&
                                 vfy_json_same(vfy_table_cell(t, row, pair), other),
                             HOLD_CONTRACTS_NOT_REGISTERED, tables_path(v, e), "%.80s is not paired with %.80s",
                             vfy_json_text(one), vfy_json_text(other));
        }
    }
    for (size_t i = 0; i < v->step_count; i++)
        if (vfy_json_is(vfy_json_get(v->steps[i].plan, "kind"), "dot"))
            vfy_report_check(v->report, CL_CONTRACTS,
                             vfy_json_has(codes, vfy_json_str(v->steps[i].plan, "dot_code")) == 1,
                             HOLD_CONTRACTS_NOT_REGISTERED, "carrier/plan.json",
                             "step %.60s runs a DOT without a required contract",
                             vfy_json_str(v->steps[i].plan, "name"));
    judge_case_endpoints(v);
    if (vfy_json_count(codes) == 0)
        vfy_report_absent(v->report, CL_CONTRACTS);
    vfy_report_number(v->report, CL_CONTRACTS, 0, there);
}

static void judge_catalog(struct evidence *v)
{
    const struct json *c = vfy_json_get(v->plan, "catalog");

    for (int e = 1; e >= 0; e--) {
        const struct table *t = vfy_table_find(&v->edges[e], vfy_json_str(c, "relation"));
        const struct table *registry = vfy_table_find(&v->edges[e], vfy_json_str(c, "registry"));
        size_t row = 0, rows = registry == NULL ? 0 : registry->row_count;
        const char *count = vfy_mem_print(v->arena, "%zu", rows);

        vfy_report_check(v->report, CL_CATALOG,
                         registry != NULL && registry->rows != NULL &&
                             vfy_table_match(t, vfy_json_get(c, "where"), &row) == 1 &&
                             vfy_json_is(vfy_table_cell(t, row, vfy_json_str(c, "count")), count),
                         HOLD_CATALOG_NOT_RECONCILED, tables_path(v, e),
                         "the catalogue does not record the %zu rows that %.80s has", rows,
                         vfy_json_str(c, "registry"));
        vfy_report_number(v->report, CL_CATALOG, 0, rows);
    }
}

/* SHA-256 of signature LF prosecdef LF prosrc */
static void definition_digest(struct evidence *v, int e, const char *signature, char hex[VFY_HEX])
{
    const struct json *list = v->edges[e].functions;

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *f = vfy_json_at(list, i);
        struct buf text = {v->arena, NULL, 0, 0};

        if (!vfy_json_is(vfy_json_get(f, "signature"), signature))
            continue;
        vfy_mem_put(&text, "%s\n%s\n%s", signature, vfy_json_str(f, "prosecdef"), vfy_json_str(f, "prosrc"));
        vfy_crypto_sha256(text.p, text.len, hex);
        return;
    }
}

static void judge_record(struct evidence *v, const struct table *t, const char *code)
{
    const struct json *a = vfy_json_get(v->plan, "admissions"), *c = vfy_json_get(v->plan, "contracts");
    const struct json *filled = vfy_json_get(a, "filled"), *label;
    const char *path = "before/tables.json";
    size_t row = 0, at = 0;
    bool whole = true;

    if (!vfy_report_check(v->report, CL_ADMITTED, vfy_table_by(t, vfy_json_str(a, "code"), code, &row) == 1,
                          HOLD_ADMISSION_MISSING_OR_INVALID, path, "%.80s does not have exactly one record", code))
        return;
    label = vfy_table_cell(t, row, vfy_json_str(a, "label"));
    for (size_t i = 0; i < vfy_json_count(filled); i++)
        whole = whole && vfy_json_text(vfy_table_cell(t, row, vfy_json_text(vfy_json_at(filled, i))))[0] != '\0';
    vfy_report_check(v->report, CL_ADMITTED,
                     whole && (vfy_json_is(label, "rehearsal") || vfy_json_is(label, "operator")),
                     HOLD_ADMISSION_MISSING_OR_INVALID, path, "the record of %.80s has an empty field or no label", code);
    vfy_report_check(v->report, CL_ADMITTED, !v->is_governed || !vfy_json_is(label, "rehearsal"),
                     E_ADMISSION_REHEARSAL, path, "the record of %.80s is a rehearsal's", code);
    for (int e = 0; e < 2; e++) {
        const struct table *contracts = vfy_table_find(&v->edges[e], vfy_json_str(c, "relation"));
        char hex[2][VFY_HEX] = {"", ""};

        if (vfy_table_by(contracts, vfy_json_str(c, "code"), code, &at) != 1)
            continue; /* contracts-registered says so */
        definition_digest(v, e, vfy_json_text(vfy_table_cell(contracts, at, vfy_json_str(c, "endpoint"))), hex[0]);
        vfy_table_row_digest(v->arena, contracts, at, NULL, hex[1]);
        vfy_report_check(v->report, CL_ADMITTED,
                         hex[0][0] != '\0' &&
                             vfy_json_is(vfy_table_cell(t, row, vfy_json_str(a, "definition_digest")), hex[0]),
                         E_ADMISSION_DEFINITION, vfy_mem_print(v->arena, "%s/functions.ndjson", v->edges[e].name),
                         "the function of %.80s is not the one admitted", code);
        vfy_report_check(v->report, CL_ADMITTED,
                         vfy_json_is(vfy_table_cell(t, row, vfy_json_str(a, "contract_digest")), hex[1]),
                         E_ADMISSION_DEFINITION, tables_path(v, e), "the contract row of %.80s is not the one admitted",
                         code);
    }
}

/* new DOTs are the required ones that are not reused; each has exactly one record */
static void judge_admissions(struct evidence *v)
{
    const struct json *a = vfy_json_get(v->plan, "admissions");
    const struct json *codes = vfy_json_get(vfy_json_get(v->plan, "contracts"), "required");
    const struct json *reused = vfy_json_get(vfy_json_get(v->plan, "reuse"), "dots");
    const struct table *t = vfy_table_find(&v->edges[0], vfy_json_str(a, "relation"));
    size_t new = 0;

    for (size_t i = 0; i < vfy_json_count(codes); i++) {
        bool is_new = true;

        for (size_t k = 0; k < vfy_json_count(reused); k++)
            is_new = is_new && !vfy_json_same(vfy_json_get(vfy_json_at(reused, k), "code"), vfy_json_at(codes, i));
        if (is_new)
            judge_record(v, t, vfy_json_text(vfy_json_at(codes, i)));
        new += is_new;
    }
    if (new == 0)
        vfy_report_absent(v->report, CL_ADMITTED);
    vfy_report_number(v->report, CL_ADMITTED, 0, t == NULL ? 0 : t->row_count);
}

static bool is_unchanged(struct evidence *v, int e, const struct json *where, const char *code,
                         const struct json *digest)
{
    const struct table *t = vfy_table_find(&v->edges[e], vfy_json_str(where, "relation"));
    char hex[VFY_HEX];
    size_t row = 0, n = vfy_table_by(t, vfy_json_str(where, "code"), code, &row);

    if (digest->type == JSON_NULL)
        return t != NULL && t->rows != NULL && n == 0;
    if (n != 1)
        return false;
    vfy_table_row_digest(v->arena, t, row, vfy_json_get(where, "ignore"), hex);
    return vfy_json_is(digest, hex);
}

static void judge_reuse(struct evidence *v)
{
    const struct json *reuse = vfy_json_get(v->plan, "reuse"), *dots = vfy_json_get(reuse, "dots");

    for (size_t i = 0; i < 2 * vfy_json_count(dots); i++) {
        const struct json *dot = vfy_json_at(dots, i / 2);
        const char *code = vfy_json_str(dot, "code");
        int e = (int)(i % 2);

        vfy_report_check(v->report, CL_REUSE,
                         is_unchanged(v, e, vfy_json_get(reuse, "tool"), code, vfy_json_get(dot, "tool_sha256")),
                         E_REUSED_CHANGED, tables_path(v, e), "the registry row of %.80s is not the plan's", code);
        vfy_report_check(v->report, CL_REUSE,
                         is_unchanged(v, e, vfy_json_get(reuse, "contract"), code, vfy_json_get(dot, "contract_sha256")),
                         E_REUSED_CHANGED, tables_path(v, e), "the contract row of %.80s is not the plan's", code);
    }
    if (vfy_json_count(dots) == 0)
        vfy_report_absent(v->report, CL_REUSE);
    vfy_report_number(v->report, CL_REUSE, 0, vfy_json_count(dots));
}

void vfy_registry_judge(struct evidence *v)
{
    judge_preflight(v);
    judge_owner(v);
    judge_contracts(v);
    judge_catalog(v);
    judge_admissions(v);
    judge_reuse(v);
}
