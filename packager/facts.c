/*
 * packager/facts.c - see packager/facts.h.  The verifier recomputes these bytes on its
 * own from the same files; where the two differ, FORMAT.md section 6 decides.
 */
#include "packager/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packager/coverage.h"
#include "packager/record.h"
#include "packager/table.h"

static int add_tables(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    struct jv *relations = pkg_table_relations(run->tables[PKG_BEFORE], run->tables[PKG_AFTER]);
    struct jv *list = jv_array();
    int rc = relations == NULL ? err_no_memory(e) : 0;

    for (size_t i = 0; rc == 0 && i < relations->count; i++) {
        const char *relation = relations->items[i]->bytes;
        struct jv *fact = jv_object();
        bool is_same = false;

        rc = pkg_table_is_same(run, relation, &is_same, e);
        for (int edge = PKG_BEFORE; rc == 0 && edge <= PKG_AFTER; edge++) {
            struct pkg_table t = {NULL, NULL};
            struct jv *side = NULL;

            if (edge == PKG_AFTER && is_same) {
                jv_set(fact, "after", jv_copy(jv_get(fact, "before")));
                break;
            }
            rc = pkg_table_read(run, (enum pkg_edge)edge, relation, &t, e);
            if (rc == 0)
                rc = pkg_table_fact(run, &t, &side, e);
            if (rc == 0)
                jv_set(fact, pkg_run_edge((enum pkg_edge)edge), side);
            pkg_table_release(&t);
        }
        jv_set(fact, "relation", jv_string(relation));
        jv_add(list, fact);
    }
    jv_set(facts, "tables", list);
    jv_free(relations);
    return rc;
}

static int add_catalog(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    struct jv *both = jv_object();
    int rc = 0;

    for (int edge = PKG_BEFORE; rc == 0 && edge <= PKG_AFTER; edge++) {
        struct buf text = buf_init(0);
        char path[32];
        char hex[DIGEST_HEX];
        const char *name = pkg_run_edge((enum pkg_edge)edge);

        (void)snprintf(path, sizeof path, "%s/catalog.ndjson", name);
        rc = pkg_run_bytes(run, path, &text, e);
        if (rc == 0)
            rc = digest_hex(text.data, text.len, hex, e);
        if (rc == 0)
            jv_set(both, name, jv_string(hex));
        buf_release(&text);
    }
    jv_set(facts, "catalog", both);
    return rc;
}

static struct jv *sequence_state(const struct jv *list, const char *relation)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct jv *s = list->items[i];

        if (jv_text_is(jv_get(s, "relation"), relation))
            return jv_add(jv_add(jv_array(), jv_copy(jv_get(s, "last_value"))),
                          jv_copy(jv_get(s, "is_called")));
    }
    return jv_null();
}

static int add_sequences(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    struct jv *relations = pkg_table_relations(run->sequences[PKG_BEFORE], run->sequences[PKG_AFTER]);
    struct jv *list = jv_array();

    if (relations == NULL) {
        jv_free(list);
        return err_no_memory(e);
    }
    for (size_t i = 0; i < relations->count; i++) {
        const char *relation = relations->items[i]->bytes;
        struct jv *s = jv_object();

        jv_set(s, "after", sequence_state(run->sequences[PKG_AFTER], relation));
        jv_set(s, "before", sequence_state(run->sequences[PKG_BEFORE], relation));
        jv_set(s, "relation", jv_string(relation));
        jv_add(list, s);
    }
    jv_free(relations);
    jv_set(facts, "sequences", list);
    return 0;
}

static int64_t lines_of(const struct buf *text)
{
    int64_t n = 0;

    for (size_t i = 0; i < text->len; i++)
        n += text->data[i] == '\n';
    return n;
}

static int add_manifests(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    const struct jv *plan = jv_get(run->plan.doc, "manifests");
    struct jv *list = jv_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < plan->count; i++) {
        const char *name = jv_get_text(plan->items[i], "name");
        struct buf bytes = buf_init(0), rows = buf_init(0);
        struct jv *m = jv_object();
        char path[FILE_PATH_MAX];
        char hex[DIGEST_HEX];

        (void)snprintf(path, sizeof path, "manifests/%s/rep-1.pg.bytes", name);
        rc = pkg_run_bytes(run, path, &bytes, e);
        (void)snprintf(path, sizeof path, "manifests/%s/rep-1.rows.ndjson", name);
        if (rc == 0)
            rc = pkg_run_bytes(run, path, &rows, e);
        if (rc == 0)
            rc = digest_hex(bytes.data, bytes.len, hex, e);
        if (rc == 0) {
            jv_set(m, "bytes", jv_int((int64_t)bytes.len));
            jv_set(m, "name", jv_string(name));
            jv_set(m, "rows", jv_int(lines_of(&rows) - 1));
            jv_set(m, "sha256", jv_string(hex));
        }
        jv_add(list, m);
        buf_release(&rows);
        buf_release(&bytes);
    }
    jv_set(facts, "manifests", list);
    return rc;
}

static int add_readback(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    const struct jv *plan = jv_get(run->plan.doc, "readback");
    struct jv *list = jv_array();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < plan->count; i++) {
        const char *name = jv_get_text(plan->items[i], "name");
        struct pkg_record record = {.value = NULL};
        char folder[FILE_PATH_MAX];
        const struct jv *rows, *row;

        (void)snprintf(folder, sizeof folder, "readback/%s", name);
        rc = pkg_record_read(run, folder, &record, e);
        rows = jv_get(record.result, "rows");
        row = jv_is(rows, JV_ARRAY) && rows->count == 1 ? rows->items[0] : NULL;
        jv_add(list, jv_set(jv_set(jv_object(), "name", jv_string(name)), "value",
                            jv_is(row, JV_ARRAY) && row->count == 1 ? jv_copy(row->items[0])
                                                                    : jv_null()));
        pkg_record_release(&record);
    }
    jv_set(facts, "readback", list);
    return rc;
}

static bool is_ascii(const char *p)
{
    while ((unsigned char)*p - 1u < 0x7f)
        p++;
    return *p == '\0';
}

/* Can it stand in a document of ours? */
static bool is_ours(const struct jv *v)
{
    bool ours = !jv_is(v, JV_STRING) || memchr(v->bytes, 0, v->len) == NULL;

    if (!jv_is(v, JV_ARRAY) && !jv_is(v, JV_OBJECT))
        return ours;
    for (size_t i = 0; ours && i < v->count; i++)
        ours = (jv_is(v, JV_ARRAY) || is_ascii(v->keys[i])) && is_ours(v->items[i]);
    return ours;
}

/* The members of the result that the plan expects something of. */
static struct jv *asserted_fields(const struct jv *step, const struct jv *value)
{
    static const char *const kinds[] = {"fields", "manifest_fields"};
    struct jv *fields = jv_object();

    for (size_t k = 0; k < 2; k++) {
        const struct jv *named = jv_get(jv_get(step, "expect"), kinds[k]);

        for (size_t i = 0; named != NULL && i < named->count; i++)
            if (jv_get(value, named->keys[i]) != NULL && is_ours(jv_get(value, named->keys[i])))
                jv_set(fields, named->keys[i], jv_copy(jv_get(value, named->keys[i])));
    }
    return fields;
}

/* A bracket's one step: how its command ended. */
static int add_command(const struct pkg_run *run, struct jv *facts, struct err *e)
{
    struct jv *command = NULL;
    struct jv *code = NULL;
    struct jv *s;

    if (pkg_run_document(run, PKG_RUN_COMMAND, &command, e) != 0)
        return -1;
    code = pkg_run_command_code(command);
    jv_free(command);
    if (code == NULL)
        return err_set(e, ERR_INPUT, "%s tells neither an exit status nor a signal", PKG_RUN_COMMAND);
    s = jv_set(jv_set(jv_object(), "code", code), "fields", jv_object());
    jv_set(facts, "steps", jv_add(jv_array(), jv_set(s, "name", jv_string("command"))));
    return 0;
}

static int add_steps(const struct pkg_run *run, struct jv *facts, struct jv *seen, struct err *e)
{
    const struct jv *plan = jv_get(run->plan.doc, "steps");
    struct jv *list;
    int rc = 0;

    if (pkg_run_is_bracket(run))
        return add_command(run, facts, e);
    list = jv_array();
    for (size_t i = 0; rc == 0 && i < plan->count; i++) {
        const struct jv *step = plan->items[i];
        bool is_dot = jv_text_is(jv_get(step, "kind"), "dot");
        struct pkg_record record = {.value = NULL};
        char folder[FILE_PATH_MAX];
        struct jv *s = jv_object();
        int refused = is_dot ? pkg_record_refused(run, i, e) : 0;

        rc = refused < 0 ? -1 : pkg_run_step(run, i, folder, e);
        if (rc == 0 && refused)
            record.code = jv_null();
        else if (rc == 0)
            rc = pkg_record_read(run, folder, &record, e);
        if (rc == 0) {
            jv_set(s, "code", is_dot ? jv_copy(record.code) : jv_string("OBSERVED"));
            jv_set(s, "fields", is_dot ? asserted_fields(step, record.value) : jv_object());
            jv_set(s, "name", jv_copy(jv_get(step, "name")));
            if (is_dot)
                jv_add(seen, jv_copy(record.code));
        }
        jv_add(list, s);
        pkg_record_release(&record);
    }
    jv_set(facts, "steps", list);
    return rc;
}

static int one_case(const struct pkg_run *run, size_t index, struct jv *out, struct err *e)
{
    const struct jv *cases = jv_get(jv_get(run->plan.doc, "harness"), "cases");
    struct pkg_record r = {.value = NULL};
    struct jv *residue = NULL;
    char folder[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];
    bool is_clean;
    int rc = -1;

    if (pkg_run_case(run, index, folder, e) != 0 ||
        file_join(path, folder, "residue.json", e) != 0 || pkg_record_read(run, folder, &r, e) != 0 ||
        pkg_run_document(run, path, &residue, e) != 0)
        goto out;
    is_clean = jv_get_text(residue, "state_before") != NULL &&
               jv_equal(jv_get(residue, "state_before"), jv_get(residue, "state_after"));
    jv_set(out, "case", jv_copy(jv_get(cases->items[index], "name")));
    jv_set(out, "code", jv_copy(r.code));
    jv_set(out, "fail_closed",
           jv_bool((r.is_refused || r.is_raised) && !r.has_seal && is_clean));
    jv_set(out, "has_seal", jv_bool(r.has_seal));
    jv_set(out, "outcome", jv_copy(r.outcome));
    rc = 0;
out:
    jv_free(residue);
    pkg_record_release(&r);
    return rc;
}

/* A case that was not driven has no code and is not fail-closed. */
static int no_case(const struct jv *plan, struct jv *out)
{
    jv_set(out, "case", jv_copy(jv_get(plan, "name")));
    jv_set(out, "code", jv_null());
    jv_set(out, "fail_closed", jv_bool(false));
    jv_set(out, "has_seal", jv_bool(false));
    jv_set(out, "outcome", jv_null());
    return 0;
}

/* Behind what an executor did not execute no case is driven. */
static bool is_unanswered(const struct pkg_run *run, size_t index)
{
    char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct err ignored;

    return pkg_run_has(run, "executor.json") && pkg_run_case(run, index, folder, &ignored) == 0 &&
           file_join(path, folder, "result.json", &ignored) == 0 && !pkg_run_has(run, path);
}

static int add_harness(const struct pkg_run *run, struct jv *facts, struct jv *seen, struct err *e)
{
    const struct jv *cases = jv_get(jv_get(run->plan.doc, "harness"), "cases");
    struct jv *list = jv_array();
    int untried = pkg_record_untried(run, e);
    int rc = untried < 0 ? -1 : 0;

    for (size_t i = 0; rc == 0 && i < cases->count; i++) {
        struct jv *row = jv_object();

        rc = untried || is_unanswered(run, i) ? no_case(cases->items[i], row) : one_case(run, i, row, e);
        if (rc == 0)
            jv_add(seen, jv_copy(jv_get(row, "code")));
        jv_add(list, row);
    }
    jv_set(facts, "harness", list);
    return rc;
}

int pkg_facts_build(const struct pkg_run *run, struct jv **out, struct err *e)
{
    const struct jv *plan = run->plan.doc;
    struct jv *facts = jv_object();
    struct jv *seen = jv_array();
    int rc = -1;

    if (add_tables(run, facts, e) != 0 || add_catalog(run, facts, e) != 0 ||
        add_sequences(run, facts, e) != 0 || add_manifests(run, facts, e) != 0 ||
        add_readback(run, facts, e) != 0 || add_steps(run, facts, seen, e) != 0 ||
        add_harness(run, facts, seen, e) != 0)
        goto out;
    jv_set(facts, "carrier", jv_copy(jv_get(plan, "carrier")));
    jv_set(facts, "coverage", pkg_coverage_build(jv_get(plan, "reject_codes"), seen));
    jv_set(facts, "plan_ref", jv_copy(jv_get(plan, "plan_ref")));
    jv_set(facts, "plan_sha256", jv_string(run->plan.sha256));
    jv_set(facts, "schema", jv_string("dryproof.facts/1"));
    if (facts == NULL || facts->is_broken) {
        err_no_memory(e);
        goto out;
    }
    *out = facts;
    facts = NULL;
    rc = 0;
out:
    jv_free(seen);
    jv_free(facts);
    return rc;
}
