/*
 * verifier/plan.c - vfy_docs_plan: what the shape of a plan cannot say.  FORMAT.md section 2.
 */
#include "verifier/docs.h"

#include "verifier/claims.h"
#include "verifier/limits.h"

#include <string.h>

static int wrong(struct err *e, const char *what, const char *which)
{
    return vfy_err_set(e, E_JSON_SCHEMA, "carrier/plan.json", "%s: %.60s", what, which);
}

static bool names_step(const struct json *plan, const char *name)
{
    const struct json *steps = vfy_json_get(plan, "steps");

    for (size_t i = 0; i < vfy_json_count(steps); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(steps, i), "name"), name))
            return vfy_json_is(vfy_json_get(vfy_json_at(steps, i), "kind"), "dot");
    return false;
}

/* no two of the list have the same member (NULL: are the same value) */
static int unique(const struct json *list, const char *member, struct err *e)
{
    if (vfy_json_count(list) > VFY_MAX_JSON_MEMBERS)
        return vfy_err_set(e, E_LIMIT_COUNT, "carrier/plan.json", "a list longer than MAX_JSON_MEMBERS");
    for (size_t i = 0; i < vfy_json_count(list); i++)
        for (size_t k = 0; k < i; k++) {
            const struct json *a = vfy_json_at(list, i), *b = vfy_json_at(list, k);

            if (member == NULL ? vfy_json_same(a, b) : vfy_json_same(vfy_json_get(a, member), vfy_json_get(b, member)))
                return wrong(e, "it stands twice", member == NULL ? vfy_json_text(a) : vfy_json_str(a, member));
        }
    return 0;
}

static int check_unique(const struct json *plan, struct err *e)
{
    const struct json *codes = vfy_json_get(plan, "reject_codes");
    const struct json *cases = vfy_json_get(vfy_json_get(plan, "harness"), "cases");
    const struct json *excluded = vfy_json_get(vfy_json_get(plan, "scope"), "exclude");
    const struct json *captured = vfy_json_get(plan, "captured"), *primary = vfy_json_get(codes, "primary");

    if (unique(vfy_json_get(plan, "steps"), "name", e) != 0 ||
        unique(vfy_json_get(plan, "manifests"), "name", e) != 0 ||
        unique(vfy_json_get(plan, "readback"), "name", e) != 0 || unique(cases, "name", e) != 0 ||
        unique(captured, "relation", e) != 0 || unique(excluded, "relation", e) != 0 ||
        unique(vfy_json_get(primary, "declared"), NULL, e) != 0 ||
        unique(vfy_json_get(primary, "unreachable"), "code", e) != 0 ||
        unique(vfy_json_get(vfy_json_get(codes, "secondary"), "declared"), NULL, e) != 0)
        return -1;
    for (size_t i = 0; i < vfy_json_count(cases); i++)
        for (size_t k = 0; k < i; k++) {
            const struct json *a = vfy_json_at(cases, i), *b = vfy_json_at(cases, k);

            if (vfy_json_same(vfy_json_get(a, "endpoint"), vfy_json_get(b, "endpoint")) &&
                vfy_json_same(vfy_json_get(a, "args"), vfy_json_get(b, "args")))
                return wrong(e, "the same case as another", vfy_json_str(a, "name"));
        }
    for (size_t i = 0; i < vfy_json_count(excluded); i++)
        for (size_t k = 0; k < vfy_json_count(captured); k++)
            if (vfy_json_same(vfy_json_get(vfy_json_at(excluded, i), "relation"),
                              vfy_json_get(vfy_json_at(captured, k), "relation")))
                return wrong(e, "excluded and captured", vfy_json_str(vfy_json_at(captured, k), "relation"));
    return 0;
}

static int check_form(const struct json *check, struct err *e)
{
    static const char *const forms[] = {"exists", "rows", "manifest", "manifest_rows", "contracts", "case"};
    size_t found = 0;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        found += vfy_json_get(check, forms[i]) != NULL;
    return found != 1 || (vfy_json_get(check, "not_in") != NULL && vfy_json_get(check, "rows") == NULL) ||
                   (vfy_json_get(check, "count") != NULL) != (vfy_json_get(check, "manifest_rows") != NULL)
               ? wrong(e, "a CHECK has exactly one form", "") : 0;
}

static int check_checks(const struct json *plan, struct err *e)
{
    const struct json *lists[] = {vfy_json_get(vfy_json_get(plan, "preflight"), "checks"),
                                  vfy_json_get(plan, "readback")};

    for (int l = 0; l < 2; l++)
        for (size_t i = 0; i < vfy_json_count(lists[l]); i++)
            if (check_form(vfy_json_get(vfy_json_at(lists[l], i), "check"), e) != 0)
                return -1;
    lists[0] = vfy_json_get(plan, "manifests");
    for (size_t i = 0; i < vfy_json_count(lists[0]); i++)
        if (vfy_json_int(vfy_json_get(vfy_json_at(lists[0], i), "repetitions")) < 3)
            return wrong(e, "fewer than 3 repetitions", vfy_json_str(vfy_json_at(lists[0], i), "name"));
    return check_form(vfy_json_get(plan, "owner"), e);
}

/* schema.function(type,type): the statement is derived from it, so it can be nothing else */
static bool is_endpoint(const char *text)
{
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$\""
    size_t n = strspn(text, WORD "."), m = text[n] != '(' ? 0 : n + 1 + strspn(text + n + 1, WORD ".,[] ");
#undef WORD

    return n > 0 && m > 0 && memchr(text, '.', n) != NULL && strcmp(text + m, ")") == 0;
}

static bool is_called(const struct json *steps, const struct json *endpoint)
{
    for (size_t i = 0; i < vfy_json_count(steps); i++)
        if (vfy_json_same(vfy_json_get(vfy_json_at(steps, i), "endpoint"), endpoint))
            return true;
    return false;
}

/* steps and cases: what they call, how much they may write, and that no code that is
 * declared out of reach is expected of them */
static int check_calls(const struct json *plan, struct err *e)
{
    const struct json *lists[] = {vfy_json_get(plan, "steps"), vfy_json_get(vfy_json_get(plan, "harness"), "cases")};
    const struct json *codes = vfy_json_get(plan, "reject_codes");
    const struct json *excused[] = {vfy_json_get(vfy_json_get(codes, "primary"), "unreachable"),
                                    vfy_json_get(vfy_json_get(codes, "secondary"), "unobserved")};

    for (size_t i = 0; i < vfy_json_count(lists[0]) + vfy_json_count(lists[1]); i++) {
        size_t first = vfy_json_count(lists[0]);
        const struct json *call = i < first ? vfy_json_at(lists[0], i) : vfy_json_at(lists[1], i - first);
        const struct json *code = vfy_json_get(vfy_json_get(call, "expect"), "code");
        const char *name = vfy_json_str(call, "name");

        if (vfy_json_get(call, "endpoint") != NULL && !is_endpoint(vfy_json_str(call, "endpoint")))
            return wrong(e, "its endpoint is not schema.function(types)", name);
        if (vfy_json_int(vfy_json_get(call, "xids")) > 1)
            return wrong(e, "more than one transaction id", name);
        if (i >= first && vfy_json_get(plan, "executor") != NULL && !is_called(lists[0], vfy_json_get(call, "endpoint")))
            return wrong(e, "an executor would not know its DOT", name);
        for (int s = 0; s < 2; s++)
            for (size_t k = 0; k < vfy_json_count(excused[s]); k++)
                if (vfy_json_same(vfy_json_get(vfy_json_at(excused[s], k), "code"), code))
                    return wrong(e, "the code is expected and declared out of reach", vfy_json_text(code));
    }
    return 0;
}

static int check_words(const struct json *plan, struct err *e)
{
    const struct json *verdicts = vfy_json_get(plan, "verdicts");
    const char *sandbox = vfy_json_str(verdicts, "sandbox"), *governed = vfy_json_str(verdicts, "governed");

    if (strstr(sandbox, "SANDBOX") == NULL || strstr(governed, "SANDBOX") != NULL)
        return wrong(e, "the sandbox's verdict says SANDBOX, the governed one does not", sandbox);
    for (size_t i = 0; i < 2; i++) {
        const char *word = i == 0 ? sandbox : governed;

        if (strncmp(word, "HOLD_", 5) == 0 || strncmp(word, "REJECT_", 7) == 0)
            return wrong(e, "a verdict that passes may not look like one that does not", word);
    }
    return 0;
}

int vfy_docs_plan(const struct json *plan, struct err *e)
{
    const struct json *grant = vfy_json_get(plan, "grant"), *list;
    const char *const refs[] = {
        vfy_json_str(vfy_json_get(plan, "harness"), "step"), vfy_json_str(plan, "readback_step"),
        vfy_json_str(vfy_json_get(plan, "preflight"), "step"), vfy_json_str(grant, "build_step"),
        vfy_json_str(grant, "verify_step"), vfy_json_str(grant, "reuse_step")};

    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        if (!names_step(plan, refs[i]))
            return wrong(e, "no dot step of that name", refs[i]);
    list = vfy_json_get(plan, "allowed_changes");
    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (!names_step(plan, vfy_json_str(vfy_json_at(list, i), "step")))
            return wrong(e, "no dot step of that name", vfy_json_str(vfy_json_at(list, i), "step"));
    list = vfy_json_get(plan, "required_claims");
    if (vfy_json_count(list) == 0)
        return wrong(e, "no claim is required", "required_claims");
    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_claims_named(vfy_json_text(vfy_json_at(list, i))) == VFY_CLAIMS)
            return wrong(e, "no claim of that name", vfy_json_text(vfy_json_at(list, i)));
    return check_unique(plan, e) != 0 || check_checks(plan, e) != 0 || check_calls(plan, e) != 0 ||
                   check_words(plan, e) != 0
               ? -1 : 0;
}

int vfy_docs_bracket(const struct json *plan, struct err *e)
{
    const struct json *basis = vfy_json_get(plan, "accept_basis"), *ref = vfy_json_get(plan, "plan_ref");
    const struct json *excluded = vfy_json_get(vfy_json_get(plan, "scope"), "exclude");

    if (vfy_json_count(basis) > 1 || vfy_json_has(basis, "ids") != vfy_json_count(basis))
        return wrong(e, "no basis of that name", vfy_json_text(vfy_json_at(basis, 0)));
    if (ref->count > 64 || strspn(ref->u.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != ref->count)
        return wrong(e, "not a plan_ref", ref->u.text);
    if (vfy_json_count(vfy_json_get(plan, "command")) == 0)
        return wrong(e, "no command", "command");
    return unique(excluded, "relation", e);
}
