/* packager/record.c - what a record says; see packager/record.h. */
#include "packager/record.h"

#include <string.h>

/* The longest prefix of the message made of [A-Z0-9_]. */
static struct jv *raised_code(const struct jv *error)
{
    const char *message = jv_get_text(error, "message");

    if (message == NULL)
        return jv_string("");
    return jv_string_len(message, strspn(message, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"));
}

/* The one JSON object of the one row of one column, or NULL: an answer of another shape is
 * evidence too, it just says nothing. */
static struct jv *one_object(const struct jv *result)
{
    const struct jv *rows = jv_get(result, "rows");
    const struct jv *row = jv_is(rows, JV_ARRAY) && rows->count == 1 ? rows->items[0] : NULL;
    const struct jv *cell = jv_is(row, JV_ARRAY) && row->count == 1 ? row->items[0] : NULL;
    struct jv *v = NULL;
    struct err ignored;

    if (!jv_is(cell, JV_STRING) || jv_parse_answer(cell->bytes, cell->len, &v, &ignored) != 0)
        return NULL;
    if (jv_is(v, JV_OBJECT))
        return v;
    jv_free(v);
    return NULL;
}

/* no document holds a U+0000 */
static struct jv *text_or_null(const struct jv *v)
{
    return jv_is(v, JV_STRING) && memchr(v->bytes, 0, v->len) == NULL ? jv_copy(v) : jv_null();
}

static void judge(struct pkg_record *r)
{
    const struct jv *error = jv_get(r->result, "error");
    const struct jv *seal;
    const struct jv *reject;

    r->is_raised = jv_is(error, JV_OBJECT);
    if (r->is_raised) {
        r->code = raised_code(error);
        r->outcome = jv_string("RAISED");
        return;
    }
    r->value = one_object(r->result);
    reject = jv_get(r->value, "reject_code");
    seal = jv_get(r->value, "seal");
    r->is_refused = jv_is(reject, JV_STRING);
    r->code = text_or_null(r->is_refused ? reject : jv_get(r->value, "outcome"));
    r->outcome = r->is_refused ? jv_string("REJECT") : text_or_null(jv_get(r->value, "outcome"));
    r->has_seal = seal != NULL && !jv_is(seal, JV_NULL) &&
                  (r->is_refused || !jv_text_is(seal, "WITHHELD_DRY_RUN"));
}

int pkg_record_read(const struct pkg_run *run, const char *folder, struct pkg_record *out,
                   struct err *e)
{
    struct pkg_record r = {.value = NULL};
    char path[FILE_PATH_MAX];

    if (file_join(path, folder, "result.json", e) != 0 ||
        pkg_run_document(run, path, &r.result, e) != 0)
        return -1;
    judge(&r);
    if (r.code == NULL || r.outcome == NULL) {
        pkg_record_release(&r);
        return err_no_memory(e);
    }
    *out = r;
    return 0;
}

int pkg_record_refused(const struct pkg_run *run, size_t step, struct err *e)
{
    static const char last[] = "execution";
    struct pkg_record dispatch = {.value = NULL};
    char folder[FILE_PATH_MAX];
    int refused;

    if (pkg_run_step(run, step, folder, e) != 0)
        return -1;
    if (pkg_run_has(run, folder))
        return 0;
    if (pkg_run_has(run, "executor.json"))
        return 1;
    memcpy(folder + strlen(folder) - strlen(last), "dispatch", sizeof "dispatch");
    if (!pkg_run_has(run, folder))
        return 0;
    if (pkg_record_read(run, folder, &dispatch, e) != 0)
        return -1;
    refused = dispatch.is_raised;
    pkg_record_release(&dispatch);
    return refused;
}

int pkg_record_untried(const struct pkg_run *run, struct err *e)
{
    const struct jv *steps = jv_get(run->plan.doc, "steps");
    const char *name = jv_get_text(jv_get(run->plan.doc, "harness"), "step");

    for (size_t i = 0; i < steps->count; i++)
        if (name != NULL && jv_text_is(jv_get(steps->items[i], "name"), name))
            return pkg_record_refused(run, i, e);
    return 0;
}

void pkg_record_release(struct pkg_record *record)
{
    jv_free(record->value);
    jv_free(record->code);
    jv_free(record->outcome);
    jv_free(record->result);
    *record = (struct pkg_record){.value = NULL};
}
