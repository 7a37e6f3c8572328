/* collector/phases_late.c - see collector/phases.h: P3 to P5. */
#include <stdio.h>
#include <string.h>

#include "collector/ledger.h"

/* ---- P3 ---- */

static void judge_contract(struct col_ledger *l, const struct jv *c, const char *code)
{
    const char *relation = jv_get_text(c, "relation"), *column = jv_get_text(c, "code");
    const char *registry = jv_get_text(jv_get(c, "registry"), "relation"),
               *named = jv_get_text(jv_get(c, "registry"), "code");
    const struct jv *row = col_ledger_by(l, relation, column, code), *steps = jv_get(l->plan, "steps");

    col_ledger_check_one(l, col_ledger_by(l, registry, named, code) != NULL, "HOLD_CONTRACTS_NOT_REGISTERED", registry,
                         named, code, "it does not have one registry row");
    if (!col_ledger_check_one(l, row != NULL, "HOLD_CONTRACTS_NOT_REGISTERED", relation, column, code,
                              "it does not have one contract"))
        return;
    for (size_t i = 0; i < steps->count; i++) {
        const struct jv *endpoint = col_ledger_cell(l->f, relation, row, jv_get_text(c, "endpoint"));
        char detail[200];

        if (!jv_text_is(jv_get(steps->items[i], "dot_code"), code))
            continue;
        (void)snprintf(detail, sizeof detail, "its contract has another endpoint than step %.60s",
                       jv_get_text(steps->items[i], "name"));
        col_ledger_check_one(l, endpoint != NULL && jv_equal(endpoint, jv_get(steps->items[i], "endpoint")),
                             "HOLD_CONTRACTS_NOT_REGISTERED", relation, column, code, detail);
    }
}

static void judge_pairs(struct col_ledger *l, const struct jv *c)
{
    const struct jv *pairs = jv_get(c, "pairs");
    const char *relation = jv_get_text(c, "relation"), *column = jv_get_text(c, "code");

    for (size_t i = 0; i < 2 * pairs->count; i++) {
        const struct jv *two = pairs->items[i / 2];
        const struct jv *this = i % 2 < two->count ? two->items[i % 2] : NULL;
        const struct jv *other = 1 - i % 2 < two->count ? two->items[1 - i % 2] : NULL;
        const struct jv *row = this == NULL ? NULL : col_ledger_by(l, relation, column, jv_text(this));
        const struct jv *cell = col_ledger_cell(l->f, relation, row, jv_get_text(c, "pair"));
        char detail[200];

        (void)snprintf(detail, sizeof detail, "it is not paired with %.100s", other == NULL ? "one" : jv_text(other));
        col_ledger_check_one(l, cell != NULL && other != NULL && jv_equal(cell, other), "HOLD_CONTRACTS_NOT_REGISTERED",
                             relation, column, jv_text(this), detail);
    }
}

/* Nothing is called but what a required contract registers. */
static void judge_calls(struct col_ledger *l, const struct jv *c)
{
    const struct jv *codes = jv_get(c, "required"), *steps = jv_get(l->plan, "steps");
    const struct jv *cases = jv_get(jv_get(l->plan, "harness"), "cases");
    const char *relation = jv_get_text(c, "relation");

    for (size_t i = 0; i < steps->count; i++) {
        const char *code = jv_get_text(steps->items[i], "dot_code");

        if (code != NULL)
            col_ledger_check_one(l, jv_has_text(codes, code), "HOLD_CONTRACTS_NOT_REGISTERED", "plan.json", "dot_code",
                                 code, "a step runs it without a required contract");
    }
    for (size_t i = 0; i < cases->count; i++) {
        const struct jv *endpoint = jv_get(cases->items[i], "endpoint");
        bool is_known = false;

        for (size_t k = 0; k < codes->count && !is_known; k++) {
            const struct jv *row = col_ledger_by(l, relation, jv_get_text(c, "code"), jv_text(codes->items[k]));
            const struct jv *cell = col_ledger_cell(l->f, relation, row, jv_get_text(c, "endpoint"));

            is_known = cell != NULL && jv_equal(cell, endpoint);
        }
        col_ledger_check_one(l, is_known, "HOLD_CONTRACTS_NOT_REGISTERED", relation, jv_get_text(c, "endpoint"),
                             jv_text(endpoint), "a case calls it, and no required contract registers it");
    }
}

static void judge_catalogue(struct col_ledger *l)
{
    const struct jv *c = jv_get(l->plan, "catalog"), *row, *rows = col_ledger_rows(l->f, jv_get_text(c, "registry")),
                    *cell;
    char count[24];

    row = col_ledger_row(l->f, jv_get_text(c, "relation"), jv_get(c, "where"));
    cell = col_ledger_cell(l->f, jv_get_text(c, "relation"), row, jv_get_text(c, "count"));
    (void)snprintf(count, sizeof count, "%zu", col_ledger_count(rows));
    col_ledger_check(l, rows != NULL && jv_text_is(cell, count), "HOLD_CATALOG_NOT_RECONCILED",
                     jv_get_text(c, "relation"), jv_get(c, "where"), NULL, "it records %.40s, and %.200s has %s rows",
                     jv_text(cell) == NULL ? "nothing" : jv_text(cell), jv_get_text(c, "registry"), count);
}

static bool is_pinned(struct col_ledger *l, const struct jv *where, const char *code, const struct jv *digest)
{
    const char *relation = jv_get_text(where, "relation");
    struct jv *key = col_ledger_key(jv_get_text(where, "code"), code);
    const struct jv *row = NULL;
    size_t n = col_ledger_match(l->f, relation, key, &row);
    char hex[DIGEST_HEX];

    jv_free(key);
    if (jv_is(digest, JV_NULL))
        return col_ledger_rows(l->f, relation) != NULL && n == 0;
    if (n != 1)
        return false;
    col_ledger_row_digest(l, relation, row, jv_get(where, "ignore"), hex);
    return jv_text_is(digest, hex);
}

void col_phases_contracts(struct col_ledger *l)
{
    const struct jv *c = jv_get(l->plan, "contracts"), *codes = jv_get(c, "required");
    const struct jv *reuse = jv_get(l->plan, "reuse"), *dots = jv_get(reuse, "dots");
    static const char *const kinds[][2] = {{"tool", "tool_sha256"}, {"contract", "contract_sha256"}};

    for (size_t i = 0; i < codes->count; i++)
        judge_contract(l, c, jv_text(codes->items[i]));
    judge_pairs(l, c);
    judge_calls(l, c);
    judge_catalogue(l);
    for (size_t i = 0; i < 2 * dots->count; i++) {
        const struct jv *dot = dots->items[i / 2], *where = jv_get(reuse, kinds[i % 2][0]);
        const char *code = jv_get_text(dot, "code");

        col_ledger_check_one(l, is_pinned(l, where, code, jv_get(dot, kinds[i % 2][1])), "E_REUSED_CHANGED",
                             jv_get_text(where, "relation"), jv_get_text(where, "code"), code,
                             "its row is not the one that the plan pins");
    }
}

/* ---- P4 ---- */

static bool is_same_set(const struct jv *list, const struct jv *rows, const char *member)
{
    if (!jv_is(list, JV_ARRAY) || rows == NULL || list->count != rows->count)
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        const char *text = jv_get_text(rows->items[i], member);
        size_t n = 0;

        for (size_t k = 0; text != NULL && k < list->count; k++)
            n += jv_text_is(list->items[k], text);
        if (n != 1)
            return false;
    }
    return true;
}

static bool is_exact_scope(const struct col_ledger *l, const struct jv *g, const struct jv *cell)
{
    const struct jv *equals = jv_get(g, "equals"), *digests = jv_get(g, "manifest_equals"),
                    *sets = jv_get(g, "set_equals");
    struct jv *scope = NULL;
    struct err ignored;
    bool ok;

    if (!jv_is(cell, JV_STRING) || jv_parse(cell->bytes, cell->len, &scope, &ignored) != 0)
        return false;
    ok = jv_is(scope, JV_OBJECT) && scope->count == equals->count + digests->count + sets->count;
    for (size_t i = 0; ok && i < equals->count; i++)
        ok = jv_text_is(jv_get(scope, equals->keys[i]), jv_text(equals->items[i]));
    for (size_t i = 0; ok && i < digests->count; i++) {
        const char *sha256 = jv_get_text(col_ledger_manifest(l, jv_text(digests->items[i])), "sha256");

        ok = sha256 != NULL && jv_text_is(jv_get(scope, digests->keys[i]), sha256);
    }
    for (size_t i = 0; ok && i < sets->count; i++)
        ok = is_same_set(jv_get(scope, sets->keys[i]),
                         jv_get(col_ledger_manifest(l, jv_get_text(sets->items[i], "manifest")), "rows"),
                         jv_get_text(sets->items[i], "member"));
    jv_free(scope);
    return ok;
}

static bool is_null(const struct col_ledger *l, const char *relation, const struct jv *row, const char *column)
{
    return jv_is(col_ledger_cell(l->f, relation, row, column), JV_NULL);
}

static void judge_grant(struct col_ledger *l)
{
    const struct jv *g = jv_get(l->plan, "grant"), *key = jv_get(g, "key"), *row = NULL, *status;
    const char *relation = jv_get_text(g, "relation");
    size_t n = col_ledger_match(l->f, relation, key, &row);

    if (!col_ledger_check(l, n == 1, "HOLD_NO_GRANT_OR_OWNERSHIP", relation, key, NULL,
                          "%zu grants of that key, expected one", n))
        return;
    status = col_ledger_cell(l->f, relation, row, jv_get_text(g, "status"));
    col_ledger_check(l,
                     status != NULL && jv_equal(status, jv_get(g, "active")) &&
                         is_null(l, relation, row, jv_get_text(g, "consumed_at")) &&
                         is_null(l, relation, row, jv_get_text(g, "consumed_by")) &&
                         is_null(l, relation, row, jv_get_text(g, "revoked_at")),
                     "HOLD_NO_GRANT_OR_OWNERSHIP", relation, key, NULL,
                     "the grant is not active, or already consumed or revoked");
    col_ledger_check(l, l->f->is_unexpired, "HOLD_NO_GRANT_OR_OWNERSHIP", relation, key, NULL, "the grant has expired");
    col_ledger_check(l, is_exact_scope(l, g, col_ledger_cell(l->f, relation, row, jv_get_text(g, "scope"))),
                     "E_GRANT_SCOPE", relation, key, NULL,
                     "its scope is not exactly this carrier, plan, manifest and action set");
}

/* Rows that equal all of where, less those whose column is among the values of another. */
static size_t count_check(const struct col_ledger *l, const struct jv *check_of)
{
    const struct jv *rows = jv_get(check_of, "rows"), *not_in = jv_get(check_of, "not_in");
    const char *relation = jv_get_text(rows, "relation");
    const struct jv *list = col_ledger_rows(l->f, relation),
                    *others = col_ledger_rows(l->f, jv_get_text(not_in, "relation"));
    size_t n = 0;

    for (size_t i = 0; i < col_ledger_count(list); i++) {
        const struct jv *cell =
            not_in == NULL ? NULL : col_ledger_cell(l->f, relation, list->items[i], jv_get_text(not_in, "column"));
        bool is_other = false;

        for (size_t k = 0; cell != NULL && k < col_ledger_count(others); k++) {
            const struct jv *other =
                col_ledger_cell(l->f, jv_get_text(not_in, "relation"), others->items[k], jv_get_text(not_in, "of"));

            is_other = is_other || (other != NULL && jv_equal(cell, other));
        }
        n += !is_other && col_ledger_fits(l->f, relation, list->items[i], jv_get(rows, "where"));
    }
    return n;
}

static size_t count_contracts(const struct col_ledger *l)
{
    const struct jv *c = jv_get(l->plan, "contracts"), *codes = jv_get(c, "required");
    size_t n = 0;

    for (size_t i = 0; i < codes->count; i++)
        n += col_ledger_by(l, jv_get_text(c, "relation"), jv_get_text(c, "code"), jv_text(codes->items[i])) != NULL;
    return n;
}

/* A CHECK of the plan, with what it is about; a case is for the run to tell. */
static void judge_check(struct col_ledger *l, const struct jv *of, const char *name, const char *code)
{
    const struct jv *rows = jv_get(of, "rows"), *contracts = jv_get(of, "contracts");
    const char *relation = jv_get_text(rows, "relation"), *exists = jv_get_text(of, "exists");
    const char *whole = jv_get_text(of, "manifest"), *counted = jv_get_text(of, "manifest_rows");
    const struct jv *list = jv_get(col_ledger_manifest(l, counted == NULL ? "" : counted), "rows");

    if (jv_get(of, "case") != NULL)
        col_ledger_unseen(l, "%.60s: case %.60s is driven by the run", name, jv_get_text(of, "case"));
    else if (exists != NULL)
        col_ledger_check(l, jv_has_text(l->f->names, exists), code, exists, NULL, NULL, "%.60s: it is not there", name);
    else if (rows != NULL)
        col_ledger_check(l,
                         col_ledger_rows(l->f, relation) != NULL &&
                             count_check(l, of) == (size_t)jv_get(rows, "count")->number &&
                             (strcmp(name, "owner") != 0 || jv_get(rows, "count")->number > 0),
                         code, relation, jv_get(rows, "where"), NULL, "%.60s: %zu rows, expected %lld", name,
                         count_check(l, of), (long long)jv_get(rows, "count")->number);
    else if (contracts != NULL)
        col_ledger_check(l, (int64_t)count_contracts(l) == contracts->number, code,
                         jv_get_text(jv_get(l->plan, "contracts"), "relation"), NULL, NULL,
                         "%.60s: %zu required contracts are registered, expected %lld", name, count_contracts(l),
                         (long long)contracts->number);
    else if (whole != NULL)
        col_ledger_check(l, col_ledger_holds(l, whole), code, NULL, NULL, NULL, "%.60s: manifest %.60s does not hold",
                         name, whole);
    else
        col_ledger_check(l, list != NULL && (int64_t)list->count == jv_get(of, "count")->number, code, NULL, NULL, NULL,
                         "%.60s: manifest %.60s has %zu rows, expected %lld", name, counted, col_ledger_count(list),
                         (long long)jv_get(of, "count")->number);
}

void col_phases_grant(struct col_ledger *l)
{
    judge_grant(l);
    judge_check(l, jv_get(l->plan, "owner"), "owner", "HOLD_NO_GRANT_OR_OWNERSHIP");
}

/* ---- P5 ---- */

void col_phases_preflight(struct col_ledger *l)
{
    const struct jv *p = jv_get(l->plan, "preflight"), *checks = jv_get(p, "checks"),
                    *manifests = jv_get(l->plan, "manifests");

    for (size_t i = 0; i < checks->count; i++)
        judge_check(l, jv_get(checks->items[i], "check"), jv_get_text(checks->items[i], "name"), "HOLD_PREFLIGHT");
    for (size_t i = 0; i < manifests->count; i++) {
        const char *name = jv_get_text(manifests->items[i], "name"),
                   *reason = jv_get_text(col_ledger_manifest(l, name), "reason");

        col_ledger_check_one(l, col_ledger_holds(l, name), "E_CANON_MISMATCH", NULL, "manifest", name,
                             reason == NULL ? "" : reason);
    }
    if (l->checks == 0)
        col_ledger_check(l, false, "E_EVIDENCE_INCOMPLETE", "plan.json", NULL, NULL,
                         "the plan gives preflight nothing to check");
    col_ledger_unseen(l, "what step %.60s, the surface's own preflight, reports: it is a DOT, and preflight runs none",
                      jv_get_text(p, "step"));
}
