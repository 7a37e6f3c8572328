/* packager/coverage.c - see packager/coverage.h. */
#include "packager/coverage.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp((*(struct jv *const *)a)->bytes, (*(struct jv *const *)b)->bytes);
}

static struct jv *sorted(struct jv *list)
{
    if (list != NULL && list->count > 0)
        qsort(list->items, list->count, sizeof(struct jv *), by_text);
    return list;
}

static struct jv *one_set(const struct jv *plan, const char *reasons_member, const struct jv *seen)
{
    const struct jv *declared = jv_get(plan, "declared");
    const struct jv *reasons = jv_get(plan, reasons_member);
    struct jv *reasoned = jv_array();
    struct jv *exercised = jv_array();
    struct jv *unreachable = jv_array();
    struct jv *rest = jv_array();
    struct jv *c = jv_object();

    for (size_t i = 0; i < reasons->count; i++)
        jv_add(reasoned, jv_copy(jv_get(reasons->items[i], "code")));
    for (size_t i = 0; i < declared->count; i++) {
        const char *code = declared->items[i]->bytes;

        jv_add(jv_has_text(seen, code)       ? exercised
               : jv_has_text(reasoned, code) ? unreachable
                                             : rest,
               jv_string(code));
    }
    jv_free(reasoned);
    jv_set(c, "declared", sorted(jv_copy(declared)));
    jv_set(c, "exercised", sorted(exercised));
    jv_set(c, "not_exercised", sorted(rest));
    return jv_set(c, "unreachable", sorted(unreachable));
}

struct jv *pkg_coverage_build(const struct jv *reject_codes, const struct jv *seen)
{
    struct jv *both = jv_object();

    jv_set(both, "primary", one_set(jv_get(reject_codes, "primary"), "unreachable", seen));
    return jv_set(both, "secondary",
                  one_set(jv_get(reject_codes, "secondary"), "unobserved", seen));
}
