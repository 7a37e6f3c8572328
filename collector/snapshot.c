/* collector/snapshot.c - see collector/snapshot.h. */
#include "collector/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "collector/answer.h"
#include "collector/capability.h"
#include "collector/catalog.h"
#include "collector/edge.h"
#include "collector/form.h"
#include "collector/observe.h"
#include "collector/physical.h"
#include "collector/progress.h"
#include "collector/scan.h"
#include "collector/tables.h"
#include "gen/sql_wal_names.h"

int col_snapshot_probe(struct col_context *c, struct err *e)
{
    struct col_tables tables = {NULL, 0, NULL};
    struct jv *sequences = NULL;
    int rc = -1;

    if (col_observe_begin_snapshot(c->observer, e) == 0 &&
        col_tables_list(c->observer, &c->plan, &tables, e) == 0 &&
        col_catalog_sequences(c->observer, &sequences, e) == 0)
        rc = col_observe_end(c->observer, e);
    col_tables_release(&tables);
    jv_free(sequences);
    return rc;
}

static int take_rest(struct col_context *c, const char *edge, struct err *e)
{
    char name[64];
    struct jv *identity = NULL;
    struct jv *sequences = NULL;
    struct jv *labels = NULL;
    int rc;

    if (col_observe_labels(c->observer, &labels, e) != 0)
        return -1;
    rc = col_observe_identity(c->observer, labels, &identity, e);
    jv_free(labels);
    if (rc != 0)
        return -1;
    (void)snprintf(name, sizeof name, "%s/identity.json", edge);
    if (c->identity == NULL && (c->identity = jv_copy(identity)) == NULL) {
        jv_free(identity);
        return err_no_memory(e);
    }
    if (col_rundir_json(&c->dir, name, identity, e) != 0 ||
        col_catalog_write(c->observer, &c->dir, edge, e) != 0 ||
        col_catalog_sequences(c->observer, &sequences, e) != 0)
        return -1;
    return col_catalog_write_sequences(&c->dir, edge, sequences, e);
}

/* What is neither content nor definition: it tells who could write, and that somebody did. */
static int take_witnesses(struct col_context *c, const char *edge, bool is_before, struct err *e)
{
    struct col_edge *at = &c->edges[is_before ? 0 : 1];
    char name[64];
    struct jv *doc = NULL;

    if (col_pg_rows(c->observer, sql_wal_names, NULL, &at->names, e) != 0 ||
        col_form_check(at->names, 0, SIZE_MAX, "nnnv", "filenodes", e) != 0 ||
        col_capability_read(c->observer, jv_get_text(c->step_role, "name"), &doc, e) != 0)
        return -1;
    at->has_channels = jv_get(doc, "channels")->count > 0;
    (void)snprintf(name, sizeof name, "%s/capability.json", edge);
    if (col_rundir_json(&c->dir, name, doc, e) != 0 || col_physical_read(c->observer, &doc, e) != 0)
        return -1;
    (void)snprintf(name, sizeof name, "%s/physical.json", edge);
    return col_rundir_json(&c->dir, name, doc, e);
}

int col_snapshot_take(struct col_context *c, const char *edge, struct err *e)
{
    bool is_before = strcmp(edge, "before") == 0;
    struct col_cost *cost = &c->costs[is_before ? COL_COST_BEFORE : COL_COST_AFTER];
    bool is_answered = false;

    col_progress_phase("snapshot", edge, is_before ? "before snapshot" : "after snapshot");
    col_cost_start(cost);
    if (!is_before && c->trusts_positions && col_answer_after(c, &is_answered, e) != 0)
        return err_context(e, "%s snapshot", edge);
    if (is_answered) {
        col_cost_stop(cost);
        return 0;
    }
    if (col_edge_open(c, is_before, e) != 0 || col_observe_begin_snapshot(c->observer, e) != 0 ||
        col_scan_tables(c, edge, e) != 0 || take_rest(c, edge, e) != 0 ||
        take_witnesses(c, edge, is_before, e) != 0 || col_observe_end(c->observer, e) != 0 ||
        col_edge_close(c, is_before, e) != 0)
        return err_context(e, "%s snapshot", edge);
    col_cost_stop(cost);
    return 0;
}

int col_snapshot_state(struct col_context *c, char out[DIGEST_HEX], struct err *e)
{
    struct jv *tables = jv_array();
    struct jv *sequences = NULL;
    struct jv *short_list = jv_array();
    struct jv *doc = NULL;
    struct buf text = buf_init((size_t)1 << 28);
    int rc = -1;

    if (col_observe_begin_snapshot(c->observer, e) != 0 || col_scan_state(c, tables, e) != 0 ||
        col_catalog_sequences(c->observer, &sequences, e) != 0 ||
        col_observe_end(c->observer, e) != 0)
        goto out;
    for (size_t i = 0; i < sequences->count; i++) {
        const struct jv *s = sequences->items[i];

        jv_add(short_list, jv_add(jv_add(jv_add(jv_array(), jv_copy(jv_get(s, "relation"))),
                                         jv_copy(jv_get(s, "last_value"))),
                                  jv_copy(jv_get(s, "is_called"))));
    }
    doc = jv_set(jv_set(jv_object(), "sequences", short_list), "tables", tables);
    short_list = NULL;
    tables = NULL;
    if (jv_document(doc, &text, e) == 0)
        rc = digest_hex(text.data, text.len, out, e);
out:
    jv_free(tables);
    jv_free(sequences);
    jv_free(short_list);
    jv_free(doc);
    buf_release(&text);
    return rc;
}
