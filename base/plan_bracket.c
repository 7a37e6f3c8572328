/*
 * base/plan_bracket.c - see base/plan_bracket.h.  FORMAT.md section 2, the plan of a bracket.
 */
#include "base/plan_bracket.h"

#include <string.h>

#define MEMBERS 10
#define TIMEOUT_MAX 604800 /* a week, in seconds */

static int wrong(struct err *e, const char *member, const char *expected)
{
    return err_set(e, ERR_INPUT, "plan of a bracket: %s: expected %s", member, expected);
}

bool plan_bracket_is_name(const char *text)
{
    size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    return n > 0 && n <= 64 && text[n] == '\0';
}

static bool is_number(const struct jv *v, int64_t max)
{
    return jv_is(v, JV_INT) && v->number >= 0 && v->number <= max;
}

static int check_lists(const struct jv *doc, struct err *e)
{
    const struct jv *basis = jv_get(doc, "accept_basis");
    const struct jv *command = jv_get(doc, "command");
    const struct jv *scope = jv_get(doc, "scope");
    const struct jv *exclude = jv_get(scope, "exclude");

    if (!jv_is(basis, JV_ARRAY) || basis->count > 1 ||
        (basis->count == 1 && !jv_text_is(basis->items[0], "ids")))
        return wrong(e, "accept_basis", "[] or [\"ids\"]");
    if (!jv_is(command, JV_ARRAY) || command->count == 0)
        return wrong(e, "command", "a list with the program's name and its arguments");
    for (size_t i = 0; i < command->count; i++)
        if (!jv_is(command->items[i], JV_STRING))
            return wrong(e, "command", "a list of strings");
    if (!jv_is(exclude, JV_ARRAY) || scope->count != 1)
        return wrong(e, "scope", "{\"exclude\":[..]}");
    for (size_t i = 0; i < exclude->count; i++) {
        const struct jv *x = exclude->items[i];
        const char *relation = jv_get_text(x, "relation");
        const char *reason = jv_get_text(x, "reason");

        if (relation == NULL || strchr(relation, '.') == NULL || reason == NULL || *reason == '\0' ||
            x->count != 2)
            return wrong(e, "scope.exclude", "schema.relation and a reason");
        for (size_t k = 0; k < i; k++)
            if (jv_text_is(jv_get(exclude->items[k], "relation"), relation))
                return err_set(e, ERR_INPUT, "%s is excluded twice", relation);
    }
    return 0;
}

int plan_bracket_check(const struct jv *doc, struct err *e)
{
    const struct jv *role = jv_get(doc, "readonly_role");
    const char *ref = jv_get_text(doc, "plan_ref");

    if (!jv_text_is(jv_get(doc, "schema"), PLAN_BRACKET_SCHEMA) || doc->count != MEMBERS)
        return wrong(e, "members", "exactly those of FORMAT.md section 2");
    if (!jv_text_is(jv_get(doc, "carrier"), "command"))
        return wrong(e, "carrier", "command");
    if (ref == NULL || !plan_bracket_is_name(ref))
        return wrong(e, "plan_ref", "a name of at most 64 of [A-Za-z0-9._-]");
    if (!is_number(jv_get(doc, "expect_exit"), 255))
        return wrong(e, "expect_exit", "an exit status from 0 to 255");
    if (!is_number(jv_get(doc, "timeout"), TIMEOUT_MAX))
        return wrong(e, "timeout", "seconds, at most a week; 0 is none");
    if (!jv_is(jv_get(doc, "strict_role"), JV_BOOL))
        return wrong(e, "strict_role", "true or false");
    if (!jv_is(role, JV_NULL) && (!jv_is(role, JV_STRING) || role->len == 0))
        return wrong(e, "readonly_role", "a role or null");
    return check_lists(doc, e);
}

static void set_lists(struct jv *object, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jv_set(object, names[i], jv_array());
}

static struct jv *one_list(const char *name)
{
    return jv_set(jv_object(), name, jv_array());
}

static struct jv *two_lists(const char *a, const char *b)
{
    return jv_set(one_list(a), b, jv_array());
}

static struct jv *claims_of(const struct jv *bracket)
{
    struct jv *claims = jv_array();

    jv_add(claims, jv_string("executed"));
    jv_add(claims, jv_string("identity"));
    jv_add(claims, jv_string("no-state"));
    jv_add(claims, jv_string("ids-accounted"));
    if (!jv_has_text(jv_get(bracket, "accept_basis"), "ids"))
        jv_add(claims, jv_string("no-write-witness"));
    return claims;
}

struct jv *plan_bracket_expand(struct jv *bracket)
{
    static const char *const lists[] = {"allowed_changes", "captured", "manifests", "readback"};
    struct jv *step = jv_object();
    struct jv *doc = jv_object();

    set_lists(doc, lists, sizeof lists / sizeof *lists);
    jv_set(doc, "carrier", jv_copy(jv_get(bracket, "carrier")));
    jv_set(doc, "contracts", two_lists("pairs", "required"));
    jv_set(doc, "forbidden", two_lists("named", "unnamed"));
    jv_set(doc, "harness", jv_set(one_list("cases"), "step", jv_string("")));
    jv_set(doc, "plan_ref", jv_copy(jv_get(bracket, "plan_ref")));
    jv_set(doc, "preflight", one_list("checks"));
    jv_set(doc, "reject_codes",
           jv_set(jv_set(jv_object(), "primary", two_lists("declared", "unreachable")), "secondary",
                  two_lists("declared", "unobserved")));
    jv_set(doc, "required_claims", claims_of(bracket));
    jv_set(doc, "reuse", one_list("dots"));
    jv_set(doc, "scope", jv_copy(jv_get(bracket, "scope")));
    jv_set(step, "kind", jv_string("command"));
    jv_set(step, "name", jv_string("command"));
    jv_set(step, "phase", jv_string("command"));
    jv_set(doc, "steps", jv_add(jv_array(), step));
    jv_set(doc, "title", jv_string("one command, bracketed"));
    return jv_set(doc, PLAN_BRACKET, bracket);
}

int plan_bracket_make(struct jv *bracket, struct plan *out, struct err *e)
{
    struct plan p = {"", NULL, {NULL, 0, 0}, ""};
    struct buf text = buf_init((size_t)16 << 20);
    struct buf line = buf_init(256);
    char hex[DIGEST_HEX];
    int rc = -1;

    if (jv_document(bracket, &text, e) != 0 || plan_bracket_check(bracket, e) != 0 ||
        digest_hex(text.data, text.len, hex, e) != 0 ||
        buf_addf(&line, e, "%s  plan.json\n", hex) != 0 ||
        digest_hex(line.data, line.len, p.sha256, e) != 0)
        goto out;
    p.doc = plan_bracket_expand(bracket);
    bracket = NULL;
    if (p.doc == NULL || p.doc->is_broken) {
        err_no_memory(e);
        goto out;
    }
    *out = p;
    p.doc = NULL;
    rc = 0;
out:
    jv_free(bracket);
    jv_free(p.doc);
    buf_release(&line);
    buf_release(&text);
    return rc;
}
