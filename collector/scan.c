/* collector/scan.c - see collector/scan.h. */
#include "collector/scan.h"

#include <stdio.h>
#include <string.h>

#include "collector/progress.h"
#include "collector/tables.h"

/* Read one table and publish what is kept of it; *list receives its element. */
static int take_table(struct col_context *c, const char *edge, const struct col_table *t,
                      size_t number, size_t *captured, struct jv *list, struct err *e)
{
    char name[64];
    struct col_content content;
    struct jv *v;
    int rc = -1;

    if (col_tables_read(c->observer, t, &c->redact, true, &content, e) != 0)
        return -1;
    (void)snprintf(name, sizeof name, "private/%s/%06zu.rows", edge, number);
    if (col_rundir_write(&c->dir, name, content.row_digests.data, content.row_digests.len, e) != 0)
        goto out;
    v = jv_object();
    jv_set(v, "captured", jv_bool(t->capture != NULL));
    jv_set(v, "columns", jv_copy(t->columns));
    jv_set(v, "digest", jv_string(content.digest));
    jv_set(v, "kind", jv_string(t->kind));
    jv_set(v, "relation", jv_string(t->relation));
    jv_set(v, "rows", jv_int((int64_t)content.rows));
    if (t->capture != NULL) {
        (void)snprintf(name, sizeof name, "%s/tables/%06zu.ndjson", edge, ++*captured);
        jv_set(v, "file", jv_string(name + strlen(edge) + 1));
    }
    jv_add(list, v);
    rc = t->capture == NULL
             ? 0 : col_rundir_write(&c->dir, name, content.ndjson.data, content.ndjson.len, e);
out:
    col_tables_content_release(&content);
    return rc;
}

int col_scan_tables(struct col_context *c, const char *edge, struct err *e)
{
    char name[64];
    struct col_tables tables = {NULL, 0, NULL};
    struct jv *list = jv_array();
    struct jv *excluded = jv_copy(jv_get(jv_get(c->plan.doc, "scope"), "exclude"));
    struct jv *doc;
    size_t captured = 0;
    int rc = -1;

    if (col_tables_list(c->observer, &c->plan, &tables, e) != 0)
        goto out;
    for (size_t i = 0; i < tables.count; i++) {
        col_progress_show("%s snapshot: table %zu/%zu", edge, i + 1, tables.count);
        if (take_table(c, edge, &tables.items[i], i + 1, &captured, list, e) != 0)
            goto out;
    }
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
    col_tables_release(&tables);
    return rc;
}

int col_scan_state(struct col_context *c, struct jv *list, struct err *e)
{
    struct col_tables tables = {NULL, 0, NULL};
    struct col_content content;
    int rc = col_tables_list(c->observer, &c->plan, &tables, e);

    for (size_t i = 0; rc == 0 && i < tables.count; i++) {
        rc = col_tables_read(c->observer, &tables.items[i], &c->redact, false, &content, e);
        if (rc != 0)
            break;
        jv_add(list, jv_add(jv_add(jv_add(jv_array(), jv_string(tables.items[i].relation)),
                                   jv_int((int64_t)content.rows)),
                            jv_string(content.digest)));
        col_tables_content_release(&content);
    }
    col_tables_release(&tables);
    return rc;
}
