/* collector/answer.c - see collector/answer.h. */
#include "collector/answer.h"

#include <stdio.h>

#include "collector/catalog.h"
#include "collector/edge.h"
#include "collector/parts.h"

#define COPY_MAX ((size_t)1 << 30)
#define UNLOGGED "SELECT 1 FROM pg_catalog.pg_class WHERE relpersistence = 'u' LIMIT 1"

struct rest {
    struct jv *identity, *cluster, *sequences;
};

/* An unlogged relation's pages, an index's above all, change without an id. */
static int has_unlogged(struct col_context *c, bool *has, struct err *e)
{
    struct jv *unlogged = NULL;
    int rc = col_observe_rows(c->observer, UNLOGGED, NULL, &unlogged, e);

    *has = rc == 0 && unlogged->count > 0;
    jv_free(unlogged);
    return rc;
}

static int read_rest(struct col_context *c, struct rest *rest, struct err *e)
{
    if (col_observe_begin_snapshot(c->observer, e) != 0 ||
        col_observe_identity(c->observer, jv_get(c->identity, "labels"), &rest->identity, e) != 0 ||
        col_parts_read(c->observer, NULL, &rest->cluster, e) != 0 ||
        col_catalog_sequences(c->observer, &rest->sequences, e) != 0)
        return -1;
    return col_observe_end(c->observer, e);
}

static int copy(const struct col_rundir *dir, const char *file, struct err *e)
{
    char from[FILE_PATH_MAX], to[64];
    struct buf bytes;
    int rc = -1;

    (void)snprintf(to, sizeof to, "before/%s", file);
    if (file_join(from, dir->path, to, e) != 0 || file_read(from, COPY_MAX, &bytes, e) != 0)
        return -1;
    (void)snprintf(to, sizeof to, "after/%s", file);
    rc = col_rundir_write(dir, to, bytes.len == 0 ? "" : bytes.data, bytes.len, e);
    buf_release(&bytes);
    return rc;
}

static int write_all(struct col_context *c, struct rest *rest, struct err *e)
{
    static const char *const same[] = {"capability.json", "catalog.ndjson", "functions.ndjson", "physical.json",
                                       "tables.json"};
    struct jv *identity = rest->identity, *sequences = rest->sequences;
    struct jv *doc;

    rest->identity = NULL;
    if (col_rundir_json(&c->dir, "after/identity.json", identity, e) != 0)
        return -1;
    rest->sequences = NULL;
    if (col_catalog_write_sequences(&c->dir, "after", sequences, e) != 0 ||
        col_catalog_cluster(&c->dir, "after", rest->cluster, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (copy(&c->dir, same[i], e) != 0)
            return -1;
    if ((c->edges[1].names = jv_copy(c->edges[0].names)) == NULL)
        return err_no_memory(e);
    doc = jv_set(jv_object(), "from", jv_string("before"));
    return col_rundir_json(&c->dir, "after/answered.json", jv_set(doc, "schema", jv_string("dryproof.answered/1")), e);
}

int col_answer_after(struct col_context *c, bool *is_answered, struct err *e)
{
    struct rest rest = {NULL, NULL, NULL};
    bool is_still = false, is_unlogged = true;
    int rc = 0;

    if (!c->edges[0].has_channels) /* who may act beside the server's own ways changes what he likes */
        rc = col_edge_is_still(c, &is_still, e);
    if (rc == 0 && is_still)
        rc = has_unlogged(c, &is_unlogged, e);
    is_still = is_still && !is_unlogged;
    if (rc == 0 && is_still) {
        rc = read_rest(c, &rest, e);
        if (rc == 0)
            rc = col_edge_is_still(c, &is_still, e);
    }
    if (rc == 0 && is_still && (rc = write_all(c, &rest, e)) == 0)
        rc = col_edge_close(c, false, e);
    else if (rc == 0)
        col_observe_edge_release(&c->edges[1].position); /* it is read again, after the snapshot */
    *is_answered = rc == 0 && is_still;
    jv_free(rest.identity);
    jv_free(rest.cluster);
    jv_free(rest.sequences);
    return rc;
}
