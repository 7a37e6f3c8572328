/* collector/scan.c - see collector/scan.h. */
#include "collector/scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "collector/crew.h"
#include "collector/tables.h"

/* All tables in scope and what reading them gave.  Ownership: both the caller's. */
static int read_all(struct col_context *c, const char *edge, struct col_tables *tables,
                    struct col_result **results, struct err *e)
{
    if (col_tables_list(c->observer, &c->plan, tables, e) != 0)
        return -1;
    *results = calloc(tables->count + 1, sizeof **results);
    if (*results == NULL)
        return err_no_memory(e);
    return col_crew_read(c, tables, edge, *results, e);
}

static struct jv *entry(const struct col_table *t, const struct col_result *result,
                        size_t *captured)
{
    char file[32];
    struct jv *v = jv_object();

    jv_set(v, "captured", jv_bool(t->capture != NULL));
    jv_set(v, "columns", jv_copy(t->columns));
    jv_set(v, "digest", jv_string(result->digest));
    if (t->capture != NULL) {
        (void)snprintf(file, sizeof file, "tables/%06zu.ndjson", ++*captured);
        jv_set(v, "file", jv_string(file));
    }
    jv_set(v, "kind", jv_string(t->kind));
    jv_set(v, "relation", jv_string(t->relation));
    return jv_set(v, "rows", jv_int((int64_t)result->rows));
}

int col_scan_tables(struct col_context *c, const char *edge, struct err *e)
{
    char name[64];
    struct col_tables tables = {NULL, 0, NULL};
    struct col_result *results = NULL;
    struct jv *list = jv_array();
    struct jv *excluded = jv_copy(jv_get(jv_get(c->plan.doc, "scope"), "exclude"));
    struct jv *doc;
    size_t captured = 0;
    int rc = -1;

    if (read_all(c, edge, &tables, &results, e) != 0)
        goto out;
    for (size_t i = 0; i < tables.count; i++)
        jv_add(list, entry(&tables.items[i], &results[i], &captured));
    if (excluded != NULL && !excluded->is_broken)
        col_tables_sort(excluded);
    doc = jv_set(jv_object(), "excluded", excluded);
    excluded = NULL;
    jv_set(doc, "not_observed", jv_copy(tables.not_observed));
    jv_set(doc, "schema", jv_string("dryproof.tables/1"));
    jv_set(doc, "tables", list);
    list = NULL;
    (void)snprintf(name, sizeof name, "%s/tables.json", edge);
    rc = col_rundir_json(&c->dir, name, doc, e);
out:
    jv_free(list);
    jv_free(excluded);
    free(results);
    col_tables_release(&tables);
    return rc;
}

int col_scan_state(struct col_context *c, struct jv *list, struct err *e)
{
    struct col_tables tables = {NULL, 0, NULL};
    struct col_result *results = NULL;
    int rc = read_all(c, NULL, &tables, &results, e);

    for (size_t i = 0; rc == 0 && i < tables.count; i++)
        jv_add(list, jv_add(jv_add(jv_add(jv_array(), jv_string(tables.items[i].relation)),
                                   jv_int((int64_t)results[i].rows)),
                            jv_string(results[i].digest)));
    free(results);
    col_tables_release(&tables);
    return rc;
}
