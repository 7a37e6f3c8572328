/* packager/model_coverage.c - the reject codes of packager/model_lists.h: which case or step met
 * which code, as lists and as a matrix. */
#include "packager/model_lists.h"

#include <string.h>

#define MATRIX_CASES 40 /* a wider matrix is not read */

static const struct jv *reason_of(const struct jv *reasons, const char *code)
{
    for (size_t i = 0; jv_is(reasons, JV_ARRAY) && i < reasons->count; i++)
        if (jv_text_is(jv_get(reasons->items[i], "code"), code))
            return jv_get(reasons->items[i], "reason");
    return NULL;
}

/* What answered with this code. */
static void add_sources(struct jv *to, const char *kind, const struct jv *list, const char *code)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "code"), code))
            jv_add(to, jv_set(jv_set(jv_object(), "kind", jv_string(kind)), "name",
                              jv_copy(jv_get(list->items[i], "name"))));
}

/* One cell for each case: x, the code that was wanted came; !, it came where another was
 * wanted; -, it was wanted and did not come. */
static struct jv *cells(const struct jv *cases, const char *code)
{
    struct jv *row = jv_array();

    for (size_t i = 0; i < cases->count; i++) {
        bool came = jv_text_is(jv_get(cases->items[i], "code"), code);
        bool wanted = jv_text_is(jv_get(cases->items[i], "expected"), code);

        jv_add(row, jv_string(came && wanted ? "x" : came ? "!" : wanted ? "-" : ""));
    }
    return row;
}

static struct jv *code_row(const struct jv *code, const char *state, const struct jv *reason,
                           const struct jv *cases, const struct jv *steps, bool is_matrix)
{
    const char *text = jv_text(code);
    struct jv *one = jv_object();
    struct jv *by = jv_array();

    if (text != NULL) {
        add_sources(by, "case", cases, text);
        add_sources(by, "step", steps, text);
        jv_set(one, "cells", is_matrix ? cells(cases, text) : jv_array());
    }
    jv_set(one, "by", by);
    jv_set(one, "code", text == NULL ? NULL : jv_copy(code));
    jv_set(one, "reason", reason == NULL ? jv_null() : jv_copy(reason));
    return jv_set(one, "state", jv_string(state));
}

struct jv *pkg_model_coverage(const struct jv *coverage, const struct jv *reasons,
                              const char *unreachable, const struct jv *cases, const struct jv *steps)
{
    static const char *const members[] = {"exercised", "unreachable", "not_exercised"};
    const char *const words[] = {"exercised", unreachable, "not exercised"};
    static const char *const counts[] = {"exercised_count", "unreachable_count",
                                         "not_exercised_count"};
    const struct jv *declared = jv_get(coverage, "declared");
    struct jv *codes = jv_array();
    struct jv *c = jv_object();
    bool is_matrix = cases->count > 0 && cases->count <= MATRIX_CASES;
    struct jv *columns = jv_array();

    jv_set(c, "declared_count", declared == NULL ? NULL : jv_int((int64_t)declared->count));
    for (size_t s = 0; s < sizeof members / sizeof *members; s++) {
        const struct jv *list = jv_get(coverage, members[s]);

        jv_set(c, counts[s], jv_is(list, JV_ARRAY) ? jv_int((int64_t)list->count) : NULL);
        for (size_t i = 0; jv_is(list, JV_ARRAY) && i < list->count; i++) {
            const char *code = jv_text(list->items[i]);

            jv_add(codes, code_row(list->items[i], words[s],
                                   s == 0 || code == NULL ? NULL : reason_of(reasons, code), cases, steps, is_matrix));
        }
    }
    for (size_t i = 0; is_matrix && i < cases->count; i++)
        jv_add(columns, jv_int((int64_t)i + 1));
    jv_set(c, "cases", columns);
    jv_set(c, "has_matrix", jv_bool(is_matrix && codes != NULL && codes->count > 0));
    return jv_set(c, "codes", codes);
}
