/*
 * verifier/grant.c - one scoped, single-use authority: valid before, spent exactly once.
 *
 * Claims grant-scoped, grant-single-use.
 */
#include "verifier/executor.h"
#include "verifier/order.h"
#include "verifier/table.h"
#include "verifier/text.h"

#include <string.h>

/* the member of every row of a manifest, as a set, against a list without duplicates */
static bool same_set(const struct json *list, const struct manifest *m, const char *member)
{
    if (m == NULL || list == NULL || list->type != JSON_ARRAY || list->count != m->row_count)
        return false;
    for (size_t i = 0; i < m->row_count; i++) {
        const char *text = vfy_json_str(vfy_json_at(m->rows, i), member);

        if (vfy_json_has(list, text) != 1)
            return false;
    }
    return true;
}

static const struct manifest *manifest_named(const struct evidence *v, const char *name)
{
    for (size_t i = 0; i < v->manifest_count; i++)
        if (vfy_json_is(vfy_json_get(v->manifests[i].plan, "name"), name))
            return &v->manifests[i];
    return NULL;
}

static bool scope_is_exact(const struct evidence *v, const struct json *grant, const struct json *cell)
{
    const struct json *equals = vfy_json_get(grant, "equals"), *scope;
    const struct json *digests = vfy_json_get(grant, "manifest_equals"), *sets = vfy_json_get(grant, "set_equals");
    struct err ignored;
    bool ok;

    if (cell == NULL || cell->type != JSON_STRING ||
        vfy_json_parse(v->arena, cell->u.text, cell->count, JSON_FOREIGN, "scope", &scope, &ignored) != 0 ||
        scope->type != JSON_OBJECT)
        return false;
    ok = scope->count == equals->count + digests->count + sets->count;
    for (size_t i = 0; i < equals->count; i++)
        ok = ok && vfy_json_same(vfy_json_get(scope, equals->u.items[2 * i].u.text), &equals->u.items[2 * i + 1]);
    for (size_t i = 0; i < digests->count; i++) {
        const struct manifest *m = manifest_named(v, digests->u.items[2 * i + 1].u.text);

        ok = ok && m != NULL && vfy_json_is(vfy_json_get(scope, digests->u.items[2 * i].u.text), m->sha256);
    }
    for (size_t i = 0; i < sets->count; i++) {
        const struct json *how = &sets->u.items[2 * i + 1];

        ok = ok && same_set(vfy_json_get(scope, sets->u.items[2 * i].u.text),
                            manifest_named(v, vfy_json_str(how, "manifest")), vfy_json_str(how, "member"));
    }
    return ok;
}

/* timestamptz as PostgreSQL prints it in UTC, as a time of ours; "" when it is none */
static const char *time_of(struct arena *a, const char *p)
{
    size_t n = strlen(p);
    char *out;

    if (n < 22 || n > 29 || n == 23 || strcmp(p + n - 3, "+00") != 0 || (n > 22 && p[19] != '.') || p[10] != ' ')
        return "";
    out = vfy_mem_print(a, "%.10sT%.8s.%.*s%.*sZ", p, p + 11, n > 22 ? (int)(n - 23) : 0, n > 22 ? p + 20 : "",
                        n > 22 ? (int)(29 - n) : 6, "000000");
    return vfy_text_time(out) ? out : "";
}

static bool is_later(struct arena *a, const char *expires, const char *now)
{
    return strcmp(expires, "infinity") == 0 || strcmp(time_of(a, expires), now) > 0;
}

/* on the server's clock: while the verify step ran, which had ended when the next record began;
 * what is no time is before every time */
static bool is_consumed_by(const struct evidence *v, const struct step *verify, const struct json *cell)
{
    const char *at = time_of(v->arena, vfy_json_text(cell));
    const struct record *next = vfy_order_after(v, &verify->execution);

    return strcmp(vfy_json_str(verify->execution.session, "transaction_time"), at) <= 0 &&
           (next == NULL || strcmp(at, vfy_json_str(next->session, "transaction_time")) <= 0);
}

static bool is_null(const struct table *t, size_t row, const char *column)
{
    const struct json *cell = vfy_table_cell(t, row, column);

    return cell != NULL && cell->type == JSON_NULL;
}

static void judge_before(struct evidence *v, const struct json *g, const struct table *t)
{
    const struct step *verify = vfy_evidence_step(v, vfy_json_str(g, "verify_step"));
    const char *now = vfy_json_str(verify->execution.session, "transaction_time");
    const char *path = "before/tables.json";
    size_t row = 0, n = vfy_table_match(t, vfy_json_get(g, "key"), &row);

    vfy_report_number(v->report, CL_GRANT, 0, n);
    if (!vfy_report_check(v->report, CL_GRANT, n == 1, HOLD_NO_GRANT_OR_OWNERSHIP, path,
                          "%zu grants of that key, expected one", n))
        return;
    vfy_report_check(v->report, CL_GRANT,
                     vfy_json_same(vfy_table_cell(t, row, vfy_json_str(g, "status")), vfy_json_get(g, "active")) &&
                         is_null(t, row, vfy_json_str(g, "consumed_at")) &&
                         is_null(t, row, vfy_json_str(g, "consumed_by")) &&
                         is_null(t, row, vfy_json_str(g, "revoked_at")),
                     HOLD_NO_GRANT_OR_OWNERSHIP, path, "the grant is not active, or already consumed or revoked");
    vfy_report_check(v->report, CL_GRANT,
                     is_later(v->arena, vfy_json_text(vfy_table_cell(t, row, vfy_json_str(g, "expires_at"))), now),
                     HOLD_NO_GRANT_OR_OWNERSHIP, path, "the grant had expired when the verify step ran");
    vfy_report_check(v->report, CL_GRANT,
                     scope_is_exact(v, g, vfy_table_cell(t, row, vfy_json_str(g, "scope"))), E_GRANT_SCOPE, path,
                     "the grant's scope is not exactly this carrier, plan, manifest and action set");
}

static size_t consumed(const struct json *g, const struct table *t)
{
    size_t n = 0;

    for (size_t r = 0; t != NULL && r < vfy_json_count(t->rows); r++)
        n += vfy_table_fits(t, r, vfy_json_get(g, "key")) &&
             vfy_json_same(vfy_table_cell(t, r, vfy_json_str(g, "status")), vfy_json_get(g, "consumed"));
    return n;
}

static void judge_after(struct evidence *v, const struct json *g, const struct table *before,
                        const struct table *t)
{
    const struct step *build = vfy_evidence_step(v, vfy_json_str(g, "build_step"));
    const struct step *verify = vfy_evidence_step(v, vfy_json_str(g, "verify_step"));
    const struct step *reuse = vfy_evidence_step(v, vfy_json_str(g, "reuse_step"));
    const struct json *by, *from;
    const char *path = "after/tables.json";
    size_t row = 0, n[2] = {consumed(g, before), consumed(g, t)};

    vfy_report_number(v->report, CL_SINGLE_USE, 0, n[1] > n[0] ? n[1] - n[0] : 0);
    if (!vfy_report_check(v->report, CL_SINGLE_USE,
                          vfy_table_match(t, vfy_json_get(g, "key"), &row) == 1 && n[0] == 0 && n[1] == 1 &&
                              !is_null(t, row, vfy_json_str(g, "consumed_at")),
                          vfy_executor_code(v, verify, E_GRANT_NOT_CONSUMED), path, "the grant was not consumed in this run"))
        return;
    if (verify->execution.is_there)
        vfy_report_check(v->report, CL_SINGLE_USE,
                         is_consumed_by(v, verify, vfy_table_cell(t, row, vfy_json_str(g, "consumed_at"))),
                         E_GRANT_NOT_CONSUMED, path, "consumed_at is not a time of the verify step");
    by = vfy_table_cell(t, row, vfy_json_str(g, "consumed_by"));
    from = vfy_table_cell(t, row, vfy_json_str(g, "granted_by"));
    vfy_report_check(v->report, CL_SINGLE_USE,
                     by != NULL && from != NULL && by->type == JSON_STRING && !vfy_json_same(by, from),
                     E_GRANT_NOT_CONSUMED, path, "consumed by nobody, or by the granter himself");
    vfy_report_check(v->report, CL_SINGLE_USE,
                     build < verify && verify < reuse && vfy_json_int(vfy_json_get(build->plan, "xids")) == 0 &&
                         vfy_json_int(vfy_json_get(reuse->plan, "xids")) == 0,
                     E_GRANT_NOT_CONSUMED, "carrier/plan.json",
                     "only the verify step, after build and before reuse, may consume an id");
    for (const struct step *s = v->steps; s < v->steps + v->step_count; s++)
        if (s->execution.is_there)
            vfy_report_check(v->report, CL_SINGLE_USE,
                             (vfy_json_get(s->execution.session, "xid")->type != JSON_NULL) == (s == verify),
                             E_GRANT_NOT_CONSUMED, s->execution.path, "%s",
                             s == verify ? "the verify step wrote nothing" : "another step than verify wrote");
    if (reuse->execution.is_there)
        vfy_report_check(v->report, CL_SINGLE_USE,
                         vfy_json_is(reuse->execution.code, vfy_json_str(g, "reuse_code")), E_GRANT_REUSED,
                         reuse->execution.path, "using the grant again gave %.60s, expected %.60s",
                         vfy_json_text(reuse->execution.code), vfy_json_str(g, "reuse_code"));
}

void vfy_grant_judge(struct evidence *v)
{
    const struct json *g = vfy_json_get(v->plan, "grant");
    const char *relation = vfy_json_str(g, "relation");
    const struct table *t[2] = {vfy_table_find(&v->edges[0], relation), vfy_table_find(&v->edges[1], relation)};

    judge_before(v, g, t[0]);
    judge_after(v, g, t[0], t[1]);
}
