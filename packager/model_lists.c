/* packager/model_lists.c - see packager/model_lists.h. */
#include "packager/model_lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/plan_bracket.h"
#include "packager/limits.h"
#include "packager/run.h"
#include "packager/table.h"
#include "packager/text.h"

static struct jv *text_of(const struct jv *v)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    struct jv *out = NULL;
    struct err ignored;

    if (jv_is(v, JV_STRING) || jv_is(v, JV_NULL))
        return jv_copy(v);
    if (v != NULL && jv_canonical(v, &text, &ignored) == 0)
        out = jv_string_len(text.data, text.len);
    buf_release(&text);
    return out;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(jv_get_text(*(struct jv *const *)a, "name"),
                  jv_get_text(*(struct jv *const *)b, "name"));
}

struct jv *pkg_model_pairs(const struct jv *object)
{
    struct jv *list = jv_array();

    for (size_t i = 0; i < object->count; i++)
        jv_add(list, jv_set(jv_set(jv_object(), "name", jv_string(object->keys[i])), "value",
                            text_of(object->items[i])));
    if (list != NULL && !list->is_broken && list->count > 0)
        qsort(list->items, list->count, sizeof(struct jv *), by_name);
    return list;
}

const struct jv *pkg_model_asserted(const struct jv *assertions, const char *claim)
{
    const struct jv *list = jv_get(assertions, "assertions");

    for (size_t i = 0; jv_is(list, JV_ARRAY) && i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "claim"), claim))
            return jv_get(list->items[i], "values");
    return NULL;
}

/* The lists of plan and facts run in parallel; a shorter one gives NULL members. */
static const struct jv *at(const struct jv *list, size_t i)
{
    return jv_is(list, JV_ARRAY) && i < list->count ? list->items[i] : NULL;
}

static struct jv *or_null(const struct jv *v)
{
    return v == NULL ? jv_null() : text_of(v);
}

struct jv *pkg_model_steps(const struct jv *plan, const struct jv *facts)
{
    const struct jv *steps = jv_get(plan, "steps");
    struct jv *list = jv_array();

    for (size_t i = 0; steps != NULL && i < steps->count; i++) {
        const struct jv *p = steps->items[i];
        const struct jv *f = at(jv_get(facts, "steps"), i);
        const struct jv *expected = jv_get(jv_get(p, "expect"), "code");
        struct jv *s;

        if (jv_text_is(jv_get(p, "kind"), "command")) /* it stands in the model's "bracket" */
            continue;
        s = jv_object();
        jv_set(s, "number", jv_int((int64_t)i + 1));
        jv_set(s, "name", jv_copy(jv_get(p, "name")));
        jv_set(s, "phase", jv_copy(jv_get(p, "phase")));
        jv_set(s, "dot_code", or_null(jv_get(p, "dot_code")));
        jv_set(s, "mode", or_null(jv_get(p, "mode")));
        jv_set(s, "code", or_null(jv_get(f, "code")));
        jv_set(s, "expected", expected == NULL ? jv_string("OBSERVED") : jv_copy(expected));
        jv_add(list, jv_set(s, "is_expected", jv_bool(jv_equal(jv_get(s, "code"), jv_get(s, "expected")))));
    }
    return list;
}

struct jv *pkg_model_cases(const struct jv *plan, const struct jv *facts)
{
    const struct jv *cases = jv_get(jv_get(plan, "harness"), "cases");
    struct jv *list = jv_array();

    for (size_t i = 0; cases != NULL && i < cases->count; i++) {
        const struct jv *p = cases->items[i];
        const struct jv *f = at(jv_get(facts, "harness"), i);
        struct jv *c = jv_object();

        jv_set(c, "number", jv_int((int64_t)i + 1));
        jv_set(c, "name", jv_copy(jv_get(p, "name")));
        jv_set(c, "set", jv_copy(jv_get(p, "set")));
        jv_set(c, "expected", jv_copy(jv_get(jv_get(p, "expect"), "code")));
        jv_set(c, "code", or_null(jv_get(f, "code")));
        jv_set(c, "outcome", or_null(jv_get(f, "outcome")));
        jv_set(c, "is_expected", jv_bool(jv_equal(jv_get(c, "code"), jv_get(c, "expected"))));
        jv_add(list, jv_set(c, "fail_closed", jv_copy(jv_get(f, "fail_closed"))));
    }
    return list;
}

/* What a script needs to build the list of rows again, where these names may stand in one. */
static struct jv *names_for_shell(const struct jv *entry)
{
    static const char *const names[] = {"name", "rows_member", "order_by"};
    struct buf unused = buf_init(PKG_DOCUMENT_MAX);
    struct jv *v = jv_object();
    struct err ignored;
    bool is_safe = true;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct jv *name = jv_get(entry, names[i]);

        is_safe = is_safe && jv_is(name, JV_STRING) && pkg_text_shell(name->bytes, name->len, &unused, &ignored) == 0;
        jv_set(v, names[i], jv_copy(name));
    }
    buf_release(&unused);
    if (is_safe)
        return v;
    jv_free(v);
    return jv_null();
}

struct jv *pkg_model_manifests(const struct jv *plan, const struct jv *facts)
{
    const struct jv *manifests = jv_get(plan, "manifests");
    struct jv *list = jv_array();

    for (size_t i = 0; manifests != NULL && i < manifests->count; i++) {
        const struct jv *p = manifests->items[i];
        const struct jv *f = at(jv_get(facts, "manifests"), i);
        struct jv *m = jv_object();

        jv_set(m, "name", jv_copy(jv_get(p, "name")));
        jv_set(m, "shell", names_for_shell(p));
        jv_set(m, "expected", jv_copy(jv_get(p, "expect_sha256")));
        jv_set(m, "repetitions", jv_copy(jv_get(p, "repetitions")));
        jv_set(m, "sha256", jv_copy(jv_get(f, "sha256")));
        jv_set(m, "bytes", jv_copy(jv_get(f, "bytes")));
        jv_add(list, jv_set(m, "rows", jv_copy(jv_get(f, "rows"))));
    }
    return list;
}

struct jv *pkg_model_readback(const struct jv *plan, const struct jv *facts)
{
    const struct jv *queries = jv_get(plan, "readback");
    struct jv *list = jv_array();

    for (size_t i = 0; queries != NULL && i < queries->count; i++) {
        const struct jv *p = queries->items[i];
        struct jv *q = jv_object();

        jv_set(q, "name", jv_copy(jv_get(p, "name")));
        jv_set(q, "expected", jv_copy(jv_get(p, "expect")));
        jv_add(list, jv_set(q, "value", or_null(jv_get(at(jv_get(facts, "readback"), i), "value"))));
    }
    return list;
}

struct jv *pkg_model_allowed(const struct jv *plan)
{
    const struct jv *changes = jv_get(plan, "allowed_changes");
    const struct jv *steps = jv_get(plan, "steps");
    struct jv *list = jv_array();

    for (size_t i = 0; changes != NULL && i < changes->count; i++) {
        const struct jv *p = changes->items[i];
        const struct jv *dot = NULL;
        struct jv *c = jv_object();

        for (size_t k = 0; steps != NULL && k < steps->count; k++)
            if (jv_equal(jv_get(steps->items[k], "name"), jv_get(p, "step")))
                dot = jv_get(steps->items[k], "dot_code");
        jv_set(c, "relation", jv_copy(jv_get(p, "relation")));
        jv_set(c, "step", jv_copy(jv_get(p, "step")));
        jv_set(c, "key", text_of(jv_get(p, "key")));
        jv_set(c, "columns", text_of(jv_get(p, "columns")));
        jv_add(list, jv_set(c, "dot_code", or_null(dot)));
    }
    return list;
}

struct jv *pkg_model_bracket(const struct jv *plan, const struct jv *command)
{
    static const char *const of_command[] = {"duration_ms", "exit", "finished_at", "role",
                                             "signal", "started_at", "timed_out"};
    static const char *const of_plan[] = {"expect_exit", "readonly_role", "strict_role", "timeout"};
    const struct jv *bracket = jv_get(plan, PLAN_BRACKET);
    struct jv *b;

    if (bracket == NULL)
        return jv_null();
    b = jv_set(jv_object(), "argv", jv_copy(jv_get(bracket, "command")));
    for (size_t i = 0; i < sizeof of_command / sizeof *of_command; i++)
        jv_set(b, of_command[i], jv_copy(jv_get(command, of_command[i])));
    for (size_t i = 0; i < sizeof of_plan / sizeof *of_plan; i++)
        jv_set(b, of_plan[i], jv_copy(jv_get(bracket, of_plan[i])));
    jv_set(b, "accepts_ids", jv_bool(jv_has_text(jv_get(bracket, "accept_basis"), "ids")));
    jv_set(b, "code", pkg_run_command_code(command));
    jv_set(b, "stdout_bytes", jv_copy(jv_get(jv_get(command, "stdout"), "bytes")));
    return jv_set(b, "stderr_bytes", jv_copy(jv_get(jv_get(command, "stderr"), "bytes")));
}

struct jv *pkg_model_sources(const struct pkg_contents *contents, const char *verdict_sha256, bool is_bracket)
{
    static const struct {
        const char *anchor, *number, *how, *path; /* path NULL: verdict.json, beside the package */
        bool of_carrier;
    } rows[] = {
        {"claims", "required claims, and those that hold", "claims: those with required true, and how many of them hold", NULL, false},
        {"rows", "rows that differ", "row counts and digests of both snapshots; row by row where captured", "before/tables.json", false},
        {"rows-after", "rows that differ", "the other snapshot", "after/tables.json", false},
        {"allowed", "rows that the plan allows to differ", "allowed_changes, one row each", "carrier/plan.json", false},
        {"cases", "bad inputs, and those refused", "harness: fail_closed", "facts.json", true},
        {"cases-raw", "bad inputs, and those refused", "what the server answered, and the state behind each", "harness/", true},
        {"codes", "reject codes", "reject_codes, against the codes of harness and steps", "carrier/plan.json", true},
        {"ids", "transaction ids that were used up", "next_xid of the second snapshot less that of the first", "before/transactions.json", false},
        {"ids-after", "transaction ids that were used up", "the second snapshot", "after/transactions.json", false},
        {"wal", "WAL records", "records", "wal.json", false},
        {"checks", "checks", "checks", NULL, false},
        {"time", "times", "started_at and finished_at of the run, by the collector's clock", "run.json", false},
        {"steps", "times of steps", "started_at and finished_at of each session.json or command.json", "steps/", false},
        {"cost", "cost of the bracket", "milliseconds, and bytes that the server sent", "cost.json", false},
    };
    struct jv *list = jv_array();

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct jv *row, *digest;

        if (rows[i].of_carrier && is_bracket)
            continue;
        digest = rows[i].path == NULL ? jv_string(verdict_sha256) : pkg_contents_digest(contents, rows[i].path);
        row = jv_set(jv_set(jv_object(), "anchor", jv_string(rows[i].anchor)), "how", jv_string(rows[i].how));
        jv_set(row, "number", jv_string(rows[i].number));
        jv_set(row, "path", jv_string(rows[i].path == NULL ? "verdict.json" : rows[i].path));
        jv_add(list, jv_set(row, "sha256", digest));
    }
    return list;
}

/* Takes both values over. */
static void add_edge(struct jv *list, const char *what, struct jv *before, struct jv *after)
{
    struct jv *row = jv_set(jv_object(), "what", jv_string(what));

    jv_set(row, "is_changed", jv_bool(!jv_equal(before, after)));
    jv_add(list, jv_set(jv_set(row, "before", before), "after", after));
}

/* facts.json has [last_value, is_called] of a sequence. */
static struct jv *sequence_text(const struct jv *value)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    struct jv *out = NULL;
    struct err ignored;

    if (!jv_is(value, JV_ARRAY) || value->count != 2 || !jv_is(value->items[0], JV_STRING) || !jv_is(value->items[1], JV_BOOL))
        return or_null(value);
    if (buf_addf(&text, &ignored, "%s%s", value->items[0]->bytes, value->items[1]->truth ? "" : " (not called)") == 0)
        out = jv_string_len(text.data, text.len);
    buf_release(&text);
    return out;
}

struct jv *pkg_model_edges(const struct pkg_contents *c)
{
    const struct jv *facts = c->doc[PKG_DOC_FACTS], *wal = c->doc[PKG_DOC_WAL];
    const struct jv *catalog = jv_get(facts, "catalog"), *sequences = jv_get(facts, "sequences");
    struct jv *list = jv_array();

    add_edge(list, "catalog", or_null(jv_get(catalog, "before")), or_null(jv_get(catalog, "after")));
    for (size_t i = 0; jv_is(sequences, JV_ARRAY) && i < sequences->count; i++) {
        const char *relation = jv_get_text(sequences->items[i], "relation");

        add_edge(list, relation == NULL ? "" : relation, sequence_text(jv_get(sequences->items[i], "before")),
                 sequence_text(jv_get(sequences->items[i], "after")));
    }
    add_edge(list, "next transaction id", or_null(jv_get(c->doc[PKG_DOC_IDS_BEFORE], "next_xid")),
             or_null(jv_get(c->doc[PKG_DOC_IDS_AFTER], "next_xid")));
    add_edge(list, "end of the WAL", or_null(jv_get(wal, "before_lsn")), or_null(jv_get(wal, "after_lsn")));
    return list;
}

static const struct jv *find(const struct jv *list, const char *relation)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "relation"), relation))
            return list->items[i];
    return NULL;
}

void pkg_model_tables(struct jv *m, const struct jv *before, const struct jv *after)
{
    const struct jv *a = jv_get(before, "tables");
    const struct jv *b = jv_get(after, "tables");
    struct jv *relations = jv_is(a, JV_ARRAY) && jv_is(b, JV_ARRAY) ? pkg_table_relations(a, b) : NULL;
    struct jv *changed = relations == NULL ? NULL : jv_array();
    struct jv *unchanged = relations == NULL ? NULL : jv_array();

    for (size_t i = 0; relations != NULL && i < relations->count; i++) {
        const struct jv *x = find(a, relations->items[i]->bytes);
        const struct jv *y = find(b, relations->items[i]->bytes);
        struct jv *t = jv_object();

        jv_set(t, "relation", jv_copy(relations->items[i]));
        jv_set(t, "rows_before", x == NULL ? jv_null() : jv_copy(jv_get(x, "rows")));
        jv_set(t, "rows_after", y == NULL ? jv_null() : jv_copy(jv_get(y, "rows")));
        jv_set(t, "digest_before", x == NULL ? jv_null() : jv_copy(jv_get(x, "digest")));
        jv_set(t, "digest_after", y == NULL ? jv_null() : jv_copy(jv_get(y, "digest")));
        jv_add(jv_equal(jv_get(x, "digest"), jv_get(y, "digest")) ? unchanged : changed, t);
    }
    jv_free(relations);
    jv_set(m, "changed", changed);
    jv_set(m, "unchanged", unchanged);
}
