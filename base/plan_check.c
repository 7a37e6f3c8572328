/*
 * base/plan_check.c - the closed shape of plan.json, as tables that read like
 * FORMAT.md section 2, then the references between its parts.
 */
#include "base/plan_check.h"

#include <stdio.h>
#include <string.h>

#include "base/claims.h"
#include "base/digest.h"

typedef int check_fn(const struct jv *v, const char *where, struct err *e);

struct member {
    const char *name;
    check_fn *check;
    bool is_optional;
};

static int wrong(struct err *e, const char *where, const char *expected)
{
    return err_set(e, ERR_INPUT, "plan.json: %s: expected %s", where, expected);
}

static int is_list(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_ARRAY) ? 0 : wrong(e, where, "a list");
}

static int is_text(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_STRING) && v->len > 0 ? 0 : wrong(e, where, "a non-empty string");
}

static int is_string(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_STRING) ? 0 : wrong(e, where, "a string");
}

static int is_name(const struct jv *v, const char *where, struct err *e)
{
    if (!jv_is(v, JV_STRING) || v->len == 0 || v->len > 48 ||
        strspn(v->bytes, "abcdefghijklmnopqrstuvwxyz0123456789_-") != v->len)
        return wrong(e, where, "a name of at most 48 of [a-z0-9_-]");
    return 0;
}

static int is_relation(const struct jv *v, const char *where, struct err *e)
{
    const char *text = jv_text(v);

    return text != NULL && strchr(text, '.') != NULL ? 0 : wrong(e, where, "schema.relation");
}

/* schema.function(type,type): the statement is derived from it, so it can be nothing else */
static int is_endpoint(const struct jv *v, const char *where, struct err *e)
{
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$\""
    const char *text = jv_text(v);
    size_t n = text == NULL ? 0 : strspn(text, WORD ".");
    size_t m = n == 0 || text[n] != '(' ? 0 : n + 1 + strspn(text + n + 1, WORD ".,[] ");
#undef WORD

    if (m == 0 || memchr(text, '.', n) == NULL || strcmp(text + m, ")") != 0)
        return wrong(e, where, "schema.function(type,type)");
    return 0;
}

static int is_count(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_INT) && v->number >= 0 ? 0 : wrong(e, where, "an integer from 0");
}

static int is_xids(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_INT) && (v->number == 0 || v->number == 1) ? 0 : wrong(e, where, "0 or 1");
}

static int is_bool(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_BOOL) ? 0 : wrong(e, where, "true or false");
}

static int is_digest(const struct jv *v, const char *where, struct err *e)
{
    const char *text = jv_text(v);

    return text != NULL && digest_is_hex(text) ? 0 : wrong(e, where, "64 lower-case hex digits");
}

static int is_digest_or_null(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_NULL) ? 0 : is_digest(v, where, e);
}

static int is_object(const struct jv *v, const char *where, struct err *e)
{
    return jv_is(v, JV_OBJECT) ? 0 : wrong(e, where, "an object");
}

static int is_texts(const struct jv *v, const char *where, struct err *e)
{
    if (!jv_is(v, JV_ARRAY))
        return wrong(e, where, "a list of strings");
    for (size_t i = 0; i < v->count; i++)
        if (!jv_is(v->items[i], JV_STRING) || v->items[i]->len == 0)
            return wrong(e, where, "a list of non-empty strings");
    return 0;
}

/* parameters: a string is sent as it is, an object or array as canonical JSON, null as NULL */
static int is_args(const struct jv *v, const char *where, struct err *e)
{
    if (!jv_is(v, JV_ARRAY))
        return wrong(e, where, "a list of parameters");
    for (size_t i = 0; i < v->count; i++)
        if (jv_is(v->items[i], JV_BOOL) || jv_is(v->items[i], JV_INT))
            return wrong(e, where, "parameters that are strings, objects, lists or null");
    return 0;
}

/* {column: value}, a value being text or null */
static int is_columns(const struct jv *v, const char *where, struct err *e)
{
    if (!jv_is(v, JV_OBJECT))
        return wrong(e, where, "an object of column values");
    for (size_t i = 0; i < v->count; i++)
        if (!jv_is(v->items[i], JV_STRING) && !jv_is(v->items[i], JV_NULL))
            return wrong(e, where, "column values that are strings or null");
    return 0;
}

static int is_text_map(const struct jv *v, const char *where, struct err *e)
{
    if (!jv_is(v, JV_OBJECT))
        return wrong(e, where, "an object of strings");
    for (size_t i = 0; i < v->count; i++)
        if (!jv_is(v->items[i], JV_STRING))
            return wrong(e, where, "an object of strings");
    return 0;
}

static int closed(const struct jv *v, const char *where, const struct member *members, size_t n,
                  struct err *e)
{
    char at[256];

    if (!jv_is(v, JV_OBJECT))
        return wrong(e, where, "an object");
    for (size_t i = 0; i < v->count; i++) {
        size_t k = 0;
        while (k < n && strcmp(members[k].name, v->keys[i]) != 0)
            k++;
        if (k == n)
            return err_set(e, ERR_INPUT, "plan.json: %s: unknown member \"%s\"", where, v->keys[i]);
    }
    for (size_t k = 0; k < n; k++) {
        const struct jv *child = jv_get(v, members[k].name);

        if (child == NULL && members[k].is_optional)
            continue;
        (void)snprintf(at, sizeof at, "%s.%s", where, members[k].name);
        if (child == NULL)
            return err_set(e, ERR_INPUT, "plan.json: %s is missing", at);
        if (members[k].check(child, at, e) != 0)
            return -1;
    }
    return 0;
}

static int each(const struct jv *v, const char *where, check_fn *check, struct err *e)
{
    char at[256];

    if (!jv_is(v, JV_ARRAY))
        return wrong(e, where, "a list");
    for (size_t i = 0; i < v->count; i++) {
        (void)snprintf(at, sizeof at, "%s[%zu]", where, i);
        if (check(v->items[i], at, e) != 0)
            return -1;
    }
    return 0;
}

/* SHAPE(name, members...) defines a closed object check, LIST(name, of) a list of them. */
#define SHAPE(name, ...)                                                       \
    static int name(const struct jv *v, const char *where, struct err *e)      \
    {                                                                          \
        static const struct member members[] = {__VA_ARGS__};                  \
        return closed(v, where, members, sizeof members / sizeof *members, e); \
    }
#define LIST(name, of)                                                    \
    static int name(const struct jv *v, const char *where, struct err *e) \
    {                                                                     \
        return each(v, where, of, e);                                     \
    }

SHAPE(is_verdicts, {"sandbox", is_text, 0}, {"governed", is_text, 0})
SHAPE(is_sandbox, {"database", is_text, 0}, {"surface", is_text, 0}, {"labels", is_texts, 0})
SHAPE(is_exclusion, {"relation", is_relation, 0}, {"reason", is_text, 0})
LIST(is_exclusions, is_exclusion)
SHAPE(is_scope, {"exclude", is_exclusions, 0})
SHAPE(is_captured, {"relation", is_relation, 0}, {"redacted", is_texts, 0},
      {"volatile", is_texts, 0})
LIST(is_captured_list, is_captured)
SHAPE(is_change, {"relation", is_relation, 0}, {"step", is_name, 0}, {"key", is_columns, 0},
      {"before", is_columns, 0}, {"after", is_columns, 0}, {"columns", is_texts, 0})
LIST(is_changes, is_change)
SHAPE(is_gates, {"relation", is_relation, 0}, {"key", is_text, 0}, {"value", is_text, 0},
      {"expect", is_text_map, 0})
SHAPE(is_dispatch, {"sql", is_text, 0}, {"actor", is_text, 0})
SHAPE(is_source_member, {"column", is_text, 0}, {"prefix", is_string, 0})
static int is_source_members(const struct jv *v, const char *where, struct err *e)
{
    if (is_object(v, where, e) != 0)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        if (is_source_member(v->items[i], where, e) != 0)
            return -1;
    return 0;
}
SHAPE(is_source, {"relation", is_relation, 0}, {"where", is_columns, 0},
      {"members", is_source_members, 0})
SHAPE(is_manifest, {"name", is_name, 0}, {"profile", is_text, 0}, {"rows_sql", is_text, 0},
      {"bytes_sql", is_text, 0}, {"hash_sql", is_text, 0}, {"repetitions", is_count, 0},
      {"expect_sha256", is_digest, 0}, {"object", is_object, 0}, {"rows_member", is_text, 0},
      {"order_by", is_text, 0}, {"source", is_source, 0})
LIST(is_manifests, is_manifest)
SHAPE(is_expect, {"code", is_text, 0}, {"raised", is_bool, 0}, {"fields", is_object, 0},
      {"manifest_fields", is_text_map, 0})
SHAPE(is_dot_step, {"name", is_name, 0}, {"kind", is_text, 0}, {"phase", is_text, 0},
      {"dot_code", is_text, 0}, {"mode", is_text, 0}, {"endpoint", is_endpoint, 0}, {"args", is_args, 0},
      {"xids", is_xids, 0}, {"expect", is_expect, 0})
SHAPE(is_rows_expect, {"rows", is_list, 0})
SHAPE(is_observe_step, {"name", is_name, 0}, {"kind", is_text, 0}, {"phase", is_text, 0},
      {"sql", is_text, 0}, {"expect", is_rows_expect, 0})
static int is_step(const struct jv *v, const char *where, struct err *e)
{
    if (jv_text_is(jv_get(v, "kind"), "dot"))
        return is_dot_step(v, where, e);
    if (jv_text_is(jv_get(v, "kind"), "observe"))
        return is_observe_step(v, where, e);
    return wrong(e, where, "kind \"dot\" or \"observe\"");
}
LIST(is_steps, is_step)
static int is_case_set(const struct jv *v, const char *where, struct err *e)
{
    return jv_text_is(v, "primary") || jv_text_is(v, "extra")
               ? 0 : wrong(e, where, "\"primary\" or \"extra\"");
}
SHAPE(is_case_expect, {"code", is_text, 0}, {"raised", is_bool, 0})
SHAPE(is_case, {"name", is_name, 0}, {"set", is_case_set, 0}, {"endpoint", is_endpoint, 0},
      {"args", is_args, 0}, {"expect", is_case_expect, 0})
LIST(is_cases, is_case)
SHAPE(is_harness, {"step", is_name, 0}, {"cases", is_cases, 0})
SHAPE(is_unique, {"relation", is_relation, 0}, {"column", is_text, 0})
SHAPE(is_unreachable, {"code", is_text, 0}, {"reason", is_text, 0}, {"unique", is_unique, 0})
LIST(is_unreachables, is_unreachable)
SHAPE(is_primary, {"declared", is_texts, 0}, {"unreachable", is_unreachables, 0})
SHAPE(is_unobserved, {"code", is_text, 0}, {"reason", is_text, 0})
LIST(is_unobserveds, is_unobserved)
SHAPE(is_secondary, {"declared", is_texts, 0}, {"unobserved", is_unobserveds, 0})
SHAPE(is_reject_codes, {"primary", is_primary, 0}, {"secondary", is_secondary, 0})
SHAPE(is_rows_check, {"relation", is_relation, 0}, {"where", is_columns, 0}, {"count", is_count, 0})
SHAPE(is_not_in, {"column", is_text, 0}, {"relation", is_relation, 0}, {"of", is_text, 0})
SHAPE(is_check_members, {"exists", is_relation, 1}, {"rows", is_rows_check, 1},
      {"not_in", is_not_in, 1}, {"manifest", is_name, 1}, {"manifest_rows", is_name, 1},
      {"count", is_count, 1}, {"contracts", is_count, 1}, {"case", is_name, 1})
static int is_check(const struct jv *v, const char *where, struct err *e)
{
    static const char *const forms[] = {"exists", "rows", "manifest", "manifest_rows",
                                        "contracts", "case"};
    size_t found = 0;

    if (is_check_members(v, where, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        found += jv_get(v, forms[i]) != NULL;
    if (found != 1)
        return wrong(e, where, "exactly one of exists, rows, manifest, manifest_rows, contracts, case");
    if ((jv_get(v, "not_in") != NULL && jv_get(v, "rows") == NULL) ||
        ((jv_get(v, "count") != NULL) != (jv_get(v, "manifest_rows") != NULL)))
        return wrong(e, where, "not_in only beside rows, count exactly beside manifest_rows");
    return 0;
}
SHAPE(is_readback, {"name", is_name, 0}, {"sql", is_text, 0}, {"expect", is_text, 0},
      {"field", is_text, 0}, {"check", is_check, 0})
LIST(is_readbacks, is_readback)
SHAPE(is_named_check, {"name", is_name, 0}, {"check", is_check, 0})
LIST(is_named_checks, is_named_check)
SHAPE(is_preflight, {"step", is_name, 0}, {"checks", is_named_checks, 0})
SHAPE(is_set_source, {"manifest", is_name, 0}, {"member", is_text, 0})
static int is_set_equals(const struct jv *v, const char *where, struct err *e)
{
    if (is_object(v, where, e) != 0)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        if (is_set_source(v->items[i], where, e) != 0)
            return -1;
    return 0;
}
SHAPE(is_grant, {"relation", is_relation, 0}, {"key", is_columns, 0}, {"build_step", is_name, 0},
      {"verify_step", is_name, 0}, {"reuse_step", is_name, 0}, {"reuse_code", is_text, 0},
      {"status", is_text, 0}, {"active", is_text, 0}, {"consumed", is_text, 0},
      {"consumed_at", is_text, 0}, {"consumed_by", is_text, 0}, {"granted_by", is_text, 0},
      {"expires_at", is_text, 0}, {"revoked_at", is_text, 0}, {"scope", is_text, 0},
      {"equals", is_text_map, 0}, {"manifest_equals", is_text_map, 0},
      {"set_equals", is_set_equals, 0})
SHAPE(is_registry, {"relation", is_relation, 0}, {"code", is_text, 0})
LIST(is_pairs, is_texts)
SHAPE(is_contracts, {"relation", is_relation, 0}, {"code", is_text, 0}, {"endpoint", is_text, 0},
      {"registry", is_registry, 0}, {"required", is_texts, 0}, {"pair", is_text, 0},
      {"pairs", is_pairs, 0})
SHAPE(is_catalog, {"relation", is_relation, 0}, {"where", is_columns, 0}, {"count", is_text, 0},
      {"registry", is_relation, 0})
SHAPE(is_admissions, {"relation", is_relation, 0}, {"code", is_text, 0},
      {"definition_digest", is_text, 0}, {"contract_digest", is_text, 0}, {"label", is_text, 0},
      {"filled", is_texts, 0})
SHAPE(is_reused_tool, {"relation", is_relation, 0}, {"code", is_text, 0}, {"ignore", is_texts, 0})
SHAPE(is_reused_dot, {"code", is_text, 0}, {"tool_sha256", is_digest, 0},
      {"contract_sha256", is_digest_or_null, 0})
LIST(is_reused_dots, is_reused_dot)
SHAPE(is_reuse, {"tool", is_reused_tool, 0}, {"contract", is_registry, 0},
      {"dots", is_reused_dots, 0})
SHAPE(is_forbidden, {"source", is_text, 0}, {"named", is_texts, 0}, {"unnamed", is_texts, 0})
static int is_claims(const struct jv *v, const char *where, struct err *e)
{
    static const char *const known[] = {CLAIM_IDS};

    if (is_texts(v, where, e) != 0)
        return -1;
    for (size_t i = 0; i < v->count; i++) {
        size_t k = 0;
        while (k < CLAIM_COUNT && strcmp(known[k], v->items[i]->bytes) != 0)
            k++;
        if (k == CLAIM_COUNT)
            return err_set(e, ERR_INPUT, "plan.json: %s: unknown claim \"%s\"", where,
                           v->items[i]->bytes);
    }
    return v->count > 0 ? 0 : wrong(e, where, "at least one claim");
}
static int is_executor(const struct jv *v, const char *where, struct err *e)
{
    return jv_text_is(v, "allowed") || jv_text_is(v, "required") ? 0 : wrong(e, where, "\"allowed\" or \"required\"");
}
SHAPE(is_plan, {"schema", is_text, 0}, {"carrier", is_text, 0}, {"plan_ref", is_text, 0},
      {"title", is_text, 0}, {"verdicts", is_verdicts, 0}, {"sandbox", is_sandbox, 0},
      {"step_role", is_text, 0}, {"scope", is_scope, 0}, {"captured", is_captured_list, 0},
      {"allowed_changes", is_changes, 0}, {"gates", is_gates, 0}, {"dispatch", is_dispatch, 0},
      {"manifests", is_manifests, 0}, {"steps", is_steps, 0}, {"harness", is_harness, 0},
      {"reject_codes", is_reject_codes, 0}, {"readback", is_readbacks, 0},
      {"readback_step", is_name, 0}, {"preflight", is_preflight, 0}, {"owner", is_check, 0},
      {"grant", is_grant, 0}, {"contracts", is_contracts, 0}, {"catalog", is_catalog, 0},
      {"admissions", is_admissions, 0}, {"reuse", is_reuse, 0}, {"forbidden", is_forbidden, 0},
      {"required_claims", is_claims, 0}, {"executor", is_executor, true})

static bool has_file(const struct file_list *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->paths[i], name) == 0)
            return true;
    return false;
}

static int need_file(const struct jv *owner, const char *member, const struct file_list *files,
                     struct err *e)
{
    const char *name = jv_get_text(owner, member);

    if (name != NULL && !has_file(files, name))
        return err_set(e, ERR_INPUT, "plan.json names the file %s, which the carrier does not have",
                       name);
    return 0;
}

static int unique_names(const struct jv *list, const char *what, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < i; k++)
            if (jv_equal(jv_get(list->items[i], "name"), jv_get(list->items[k], "name")))
                return err_set(e, ERR_INPUT, "plan.json: two %s are named %s", what,
                               jv_get_text(list->items[i], "name"));
    return 0;
}

static int need_step(const struct jv *doc, const struct jv *name, const char *where, struct err *e)
{
    const struct jv *steps = jv_get(doc, "steps");

    for (size_t i = 0; i < steps->count; i++)
        if (jv_equal(jv_get(steps->items[i], "name"), name))
            return 0;
    return err_set(e, ERR_INPUT, "plan.json: %s refers to a step %s that is not defined", where,
                   jv_text(name));
}

static int check_files(const struct jv *doc, const struct file_list *files, struct err *e)
{
    const struct jv *manifests = jv_get(doc, "manifests");
    const struct jv *steps = jv_get(doc, "steps");
    const struct jv *readback = jv_get(doc, "readback");

    if (need_file(jv_get(doc, "dispatch"), "sql", files, e) != 0)
        return -1;
    for (size_t i = 0; i < manifests->count; i++)
        if (need_file(manifests->items[i], "rows_sql", files, e) != 0 ||
            need_file(manifests->items[i], "bytes_sql", files, e) != 0 ||
            need_file(manifests->items[i], "hash_sql", files, e) != 0)
            return -1;
    for (size_t i = 0; i < steps->count; i++)
        if (need_file(steps->items[i], "sql", files, e) != 0)
            return -1;
    for (size_t i = 0; i < readback->count; i++)
        if (need_file(readback->items[i], "sql", files, e) != 0)
            return -1;
    return 0;
}

static int check_references(const struct jv *doc, struct err *e)
{
    static const char *const grant_steps[] = {"build_step", "verify_step", "reuse_step"};
    const struct jv *changes = jv_get(doc, "allowed_changes");
    const struct jv *manifests = jv_get(doc, "manifests");

    for (size_t i = 0; i < changes->count; i++)
        if (need_step(doc, jv_get(changes->items[i], "step"), "allowed_changes", e) != 0)
            return -1;
    for (size_t i = 0; i < sizeof grant_steps / sizeof *grant_steps; i++)
        if (need_step(doc, jv_get(jv_get(doc, "grant"), grant_steps[i]), "grant", e) != 0)
            return -1;
    for (size_t i = 0; i < manifests->count; i++)
        if (jv_get(manifests->items[i], "repetitions")->number < 3)
            return wrong(e, "manifests.repetitions", "at least 3");
    if (need_step(doc, jv_get(doc, "readback_step"), "readback_step", e) != 0 ||
        need_step(doc, jv_get(jv_get(doc, "harness"), "step"), "harness", e) != 0 ||
        need_step(doc, jv_get(jv_get(doc, "preflight"), "step"), "preflight", e) != 0)
        return -1;
    return 0;
}

int plan_check(const struct jv *doc, const struct file_list *files, struct err *e)
{
    if (is_plan(doc, "plan", e) != 0)
        return -1;
    if (!jv_text_is(jv_get(doc, "schema"), "dryproof.plan/1"))
        return err_set(e, ERR_LIMIT, "plan.json: schema \"%s\"; this version reads dryproof.plan/1",
                       jv_get_text(doc, "schema"));
    if (jv_get(doc, "steps")->count == 0)
        return wrong(e, "plan.steps", "at least one step");
    if (jv_get(doc, "steps")->count > 999 || jv_get(jv_get(doc, "harness"), "cases")->count > 99)
        return err_set(e, ERR_LIMIT, "plan.json: more than 999 steps or 99 cases");
    if (unique_names(jv_get(doc, "steps"), "steps", e) != 0 ||
        unique_names(jv_get(jv_get(doc, "harness"), "cases"), "cases", e) != 0 ||
        unique_names(jv_get(doc, "manifests"), "manifests", e) != 0 ||
        unique_names(jv_get(doc, "readback"), "readback queries", e) != 0)
        return -1;
    if (check_files(doc, files, e) != 0)
        return -1;
    return check_references(doc, e) != 0 ? -1 : plan_rules(doc, e);
}
