/* collector/tables.c - see collector/tables.h. */
#include "collector/tables.h"

#include <stdlib.h>
#include <string.h>

#include "collector/form.h"
#include "gen/sql_tables.h"

enum { RELATION, KIND, REASON, DENIED, COLUMNS, COPY, PART, BYTES };

static bool is_excluded(const struct plan *plan, const char *relation)
{
    const struct jv *exclude = jv_get(jv_get(plan->doc, "scope"), "exclude");

    for (size_t i = 0; i < exclude->count; i++)
        if (jv_text_is(jv_get(exclude->items[i], "relation"), relation))
            return true;
    return false;
}

static int need_columns(const struct col_table *t, const char *member, struct err *e)
{
    const struct jv *names = jv_get(t->capture, member);

    for (size_t i = 0; i < names->count; i++) {
        size_t k = 0;

        while (k < t->columns->count && !jv_equal(t->columns->items[k]->items[0], names->items[i]))
            k++;
        if (k == t->columns->count)
            return err_set(e, ERR_INPUT, "plan: captured table %s has no column %s (member %s)",
                           t->relation, jv_text(names->items[i]), member);
    }
    return 0;
}

static bool are_columns(const struct jv *columns)
{
    for (size_t i = 0; jv_is(columns, JV_ARRAY) && i < columns->count; i++) {
        const struct jv *pair = columns->items[i];

        if (!jv_is(pair, JV_ARRAY) || pair->count != 2 || !jv_is(pair->items[0], JV_STRING) ||
            !jv_is(pair->items[1], JV_STRING))
            return false;
    }
    return jv_is(columns, JV_ARRAY);
}

static int fill(struct col_table *t, const struct jv *rows, size_t i, const struct plan *plan,
                struct err *e)
{
    const char *columns = col_pg_text(rows, i, COLUMNS);
    const char *copy = col_pg_text(rows, i, COPY);
    const char *part = col_pg_text(rows, i, PART);
    const char *bytes = col_pg_text(rows, i, BYTES);
    const char *relation = col_pg_text(rows, i, RELATION);

    if (columns == NULL || copy == NULL)
        return err_set(e, ERR_SYSTEM, "table %s: its column names are not valid UTF-8", relation);
    t->relation = strdup(relation);
    t->copy = strdup(copy);
    t->part = part == NULL ? NULL : strdup(part);
    if (t->relation == NULL || t->copy == NULL || (part != NULL && t->part == NULL))
        return err_no_memory(e);
    t->bytes = bytes == NULL ? 0 : strtoull(bytes, NULL, 10);
    t->kind[0] = *col_pg_text(rows, i, KIND);
    t->kind[1] = '\0';
    t->capture = plan_captured(plan, relation);
    if (jv_parse(columns, strlen(columns), &t->columns, e) != 0)
        return err_context(e, "table %s: its columns", relation);
    if (!are_columns(t->columns))
        return err_set(e, ERR_SYSTEM, "table %s: the server's list of its columns has another form", relation);
    if (t->capture == NULL)
        return 0;
    return need_columns(t, "redacted", e) != 0 || need_columns(t, "volatile", e) != 0 ? -1 : 0;
}

static int compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct col_table *)a)->relation, ((const struct col_table *)b)->relation);
}

static int compare_relations(const void *a, const void *b)
{
    return strcmp(jv_get_text(*(struct jv *const *)a, "relation"),
                  jv_get_text(*(struct jv *const *)b, "relation"));
}

void col_tables_sort(struct jv *list)
{
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, compare_relations);
}

/* e->text goes to lacks, where there is one, and is no error then. */
static int lack(struct jv *lacks, const char *relation, const struct jv *grant, struct err *e)
{
    struct jv *v;

    if (lacks == NULL)
        return -1;
    v = jv_set(jv_object(), "reason", jv_string(e->text));
    jv_set(v, "relation", jv_string(relation));
    jv_add(lacks, jv_set(v, "statement", grant == NULL ? jv_null() : jv_copy(grant)));
    e->kind = ERR_NONE;
    return 0;
}

/* One row of the listing: a table, something that is not observed, or neither. */
static int take_row(struct col_tables *t, const struct jv *rows, size_t i, const struct plan *plan,
                    struct jv *lacks, struct err *e)
{
    const char *relation = col_pg_text(rows, i, RELATION);
    const char *kind = col_pg_text(rows, i, KIND);
    const char *reason = col_pg_text(rows, i, REASON);
    const char *denied = col_pg_text(rows, i, DENIED);

    if (relation == NULL || kind == NULL)
        return err_set(e, ERR_SYSTEM, "a table's name is not valid UTF-8; rename it");
    if (strlen(kind) > 1 || (reason == NULL && strspn(kind, "rmp") != 1))
        return err_set(e, ERR_SYSTEM, "table %s: the server gave a kind of another form", relation);
    if (is_excluded(plan, relation) || *kind == 'p')
        return 0;
    if (reason != NULL) {
        jv_add(t->not_observed, jv_set(jv_set(jv_object(), "reason", jv_string(reason)),
                                       "relation", jv_string(relation)));
        return 0;
    }
    if (denied != NULL) {
        err_set(e, ERR_SYSTEM, "cannot read all of table %s: %s", relation, denied);
        return lack(lacks, relation, col_pg_cell(rows, i, DENIED), e);
    }
    return fill(&t->items[t->count++], rows, i, plan, e);
}

static int need_relation(const struct col_tables *t, const struct jv *relation, const char *member,
                         struct jv *lacks, struct err *e)
{
    for (size_t i = 0; i < t->count; i++)
        if (jv_text_is(relation, t->items[i].relation))
            return 0;
    for (size_t i = 0; lacks != NULL && i < lacks->count; i++)
        if (jv_equal(relation, jv_get(lacks->items[i], "relation")))
            return 0; /* told */
    err_set(e, ERR_INPUT,
            "plan: %s names %s, and no table or materialised view of that name is in scope "
            "(a partitioned table is named by its leaves)",
            member, jv_text(relation));
    return lack(lacks, jv_text(relation), NULL, e);
}

/* Every relation that a verifier will look for in the captured rows. */
static int check_plan(const struct col_tables *t, const struct plan *plan, struct jv *lacks, struct err *e)
{
    static const char *const single[] = {"gates", "grant", "contracts", "catalog", "admissions"};
    static const char *const lists[] = {"captured", "allowed_changes"};

    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        const struct jv *list = jv_get(plan->doc, lists[k]);

        for (size_t i = 0; i < list->count; i++)
            if (need_relation(t, jv_get(list->items[i], "relation"), lists[k], lacks, e) != 0)
                return -1;
    }
    for (size_t k = 0; k < sizeof single / sizeof *single; k++) {
        const struct jv *relation = jv_get(jv_get(plan->doc, single[k]), "relation");

        if (relation != NULL && need_relation(t, relation, single[k], lacks, e) != 0) /* a bracket has none */
            return -1;
    }
    return 0;
}

int col_tables_list(struct col_pg *pg, const struct plan *plan, struct col_tables *out,
                    struct err *e)
{
    return col_tables_look(pg, plan, out, NULL, e);
}

int col_tables_look(struct col_pg *pg, const struct plan *plan, struct col_tables *out,
                    struct jv *lacks, struct err *e)
{
    struct col_tables t = {NULL, 0, jv_array()};
    struct jv *rows = NULL;
    int rc = -1;

    if (col_pg_rows(pg, sql_tables, NULL, &rows, e) != 0 ||
        col_form_check(rows, 0, SIZE_MAX, "vvvvvvvn", "tables", e) != 0)
        goto out;
    t.items = calloc(rows->count + 1, sizeof *t.items);
    if (t.items == NULL || t.not_observed == NULL) {
        err_no_memory(e);
        goto out;
    }
    for (size_t i = 0; i < rows->count; i++)
        if (take_row(&t, rows, i, plan, lacks, e) != 0)
            goto out;
    if (t.not_observed->is_broken) {
        err_no_memory(e);
        goto out;
    }
    if (t.count > 0)
        qsort(t.items, t.count, sizeof *t.items, compare_tables);
    col_tables_sort(t.not_observed);
    if (check_plan(&t, plan, lacks, e) != 0)
        goto out;
    *out = t;
    t = (struct col_tables){NULL, 0, NULL};
    rc = 0;
out:
    jv_free(rows);
    col_tables_release(&t);
    return rc;
}

void col_tables_release(struct col_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        free(tables->items[i].relation);
        free(tables->items[i].copy);
        free(tables->items[i].part);
        jv_free(tables->items[i].columns);
    }
    free(tables->items);
    jv_free(tables->not_observed);
    *tables = (struct col_tables){NULL, 0, NULL};
}
