/*
 * base/plan_rules.c - what the parts of a plan may not be to one another; the shape is
 * plan_check.c's.  A verifier refuses the same plans: better to learn it before collecting.
 */
#include "base/plan_check.h"

#include <string.h>

/* No two of the list have the same member (NULL: are the same value). */
static int unique(const struct jv *list, const char *member, const char *what, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct jv *a = list->items[i], *b = list->items[k];
            const char *name = member == NULL ? jv_text(a) : jv_get_text(a, member);

            if (member == NULL ? jv_equal(a, b) : jv_equal(jv_get(a, member), jv_get(b, member)))
                return err_set(e, ERR_INPUT, "plan.json: two %s: %s", what, name);
        }
    return 0;
}

static int check_scope(const struct jv *doc, struct err *e)
{
    const struct jv *excluded = jv_get(jv_get(doc, "scope"), "exclude");
    const struct jv *captured = jv_get(doc, "captured");

    if (unique(excluded, "relation", "scope.exclude of one relation", e) != 0 ||
        unique(captured, "relation", "captured of one relation", e) != 0)
        return -1;
    for (size_t i = 0; i < excluded->count; i++)
        for (size_t k = 0; k < captured->count; k++)
            if (jv_equal(jv_get(excluded->items[i], "relation"),
                         jv_get(captured->items[k], "relation")))
                return err_set(e, ERR_INPUT, "plan.json: %s is both excluded and captured",
                               jv_get_text(captured->items[k], "relation"));
    return 0;
}

static int check_cases(const struct jv *cases, struct err *e)
{
    for (size_t i = 0; i < cases->count; i++)
        for (size_t k = 0; k < i; k++)
            if (jv_equal(jv_get(cases->items[i], "endpoint"), jv_get(cases->items[k], "endpoint")) &&
                jv_equal(jv_get(cases->items[i], "args"), jv_get(cases->items[k], "args")))
                return err_set(e, ERR_INPUT, "plan.json: cases %s and %s are the same call",
                               jv_get_text(cases->items[k], "name"),
                               jv_get_text(cases->items[i], "name"));
    return 0;
}

/* A code that a step or case expects is not out of reach. */
static int check_excuses(const struct jv *calls, const struct jv *excuses, struct err *e)
{
    for (size_t i = 0; i < calls->count; i++)
        for (size_t k = 0; k < excuses->count; k++)
            if (jv_equal(jv_get(jv_get(calls->items[i], "expect"), "code"),
                         jv_get(excuses->items[k], "code")))
                return err_set(e, ERR_INPUT, "plan.json: %s expects a code that is declared out of reach",
                               jv_get_text(calls->items[i], "name"));
    return 0;
}

/* An executor is asked by DOT and mode: a case has those of a step. */
static int check_executor(const struct jv *doc, struct err *e)
{
    const struct jv *steps = jv_get(doc, "steps"), *cases = jv_get(jv_get(doc, "harness"), "cases");

    for (size_t i = 0; jv_get(doc, "executor") != NULL && i < cases->count; i++) {
        size_t k = 0;

        while (k < steps->count && (jv_get(steps->items[k], "endpoint") == NULL ||
                                    !jv_equal(jv_get(steps->items[k], "endpoint"), jv_get(cases->items[i], "endpoint"))))
            k++;
        if (k == steps->count)
            return err_set(e, ERR_INPUT, "plan.json: case %s has an endpoint of no step; an executor would not know "
                                         "its DOT and mode", jv_get_text(cases->items[i], "name"));
    }
    return 0;
}

static int check_codes(const struct jv *doc, struct err *e)
{
    const struct jv *primary = jv_get(jv_get(doc, "reject_codes"), "primary");
    const struct jv *secondary = jv_get(jv_get(doc, "reject_codes"), "secondary");
    const struct jv *calls[] = {jv_get(doc, "steps"), jv_get(jv_get(doc, "harness"), "cases")};

    if (unique(jv_get(primary, "declared"), NULL, "declarations of one code", e) != 0 ||
        unique(jv_get(secondary, "declared"), NULL, "declarations of one code", e) != 0 ||
        unique(jv_get(primary, "unreachable"), "code", "excuses of one code", e) != 0)
        return -1;
    for (size_t i = 0; i < 2; i++)
        if (check_excuses(calls[i], jv_get(primary, "unreachable"), e) != 0 ||
            check_excuses(calls[i], jv_get(secondary, "unobserved"), e) != 0)
            return -1;
    return check_cases(calls[1], e) != 0 ? -1 : check_executor(doc, e);
}

int plan_rules(const struct jv *doc, struct err *e)
{
    const struct jv *verdicts = jv_get(doc, "verdicts");

    if (strstr(jv_get_text(verdicts, "sandbox"), "SANDBOX") == NULL ||
        strstr(jv_get_text(verdicts, "governed"), "SANDBOX") != NULL)
        return err_set(e, ERR_INPUT, "plan.json: SANDBOX must stand in verdicts.sandbox and not in "
                                     "verdicts.governed");
    return check_scope(doc, e) != 0 ? -1 : check_codes(doc, e);
}
