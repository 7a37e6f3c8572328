/* collector/catalog.c - see collector/catalog.h. */
#include "collector/catalog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/row.h"
#include "collector/form.h"
#include "collector/observe.h"
#include "collector/parts.h"
#include "collector/pg_copy.h"
#include "collector/tables.h"
#include "gen/sql_functions.h"
#include "gen/sql_sequences.h"

#define LINES_MAX ((size_t)1 << 30)

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Publish the canonical lines of an array, sorted by their bytes. */
static int write_sorted(const struct col_rundir *dir, const char *edge, const char *file,
                        const struct jv *values, struct err *e)
{
    char name[64];
    struct buf line = buf_init(LINES_MAX);
    struct buf text = buf_init(LINES_MAX);
    char **lines = calloc(values->count + 1, sizeof *lines);
    int rc = -1;

    if (lines == NULL || values->is_broken) {
        err_no_memory(e);
        goto out;
    }
    for (size_t i = 0; i < values->count; i++) {
        buf_clear(&line);
        if (jv_document(values->items[i], &line, e) != 0)
            goto out;
        lines[i] = strdup(line.data); /* JSON text holds no NUL */
        if (lines[i] == NULL) {
            err_no_memory(e);
            goto out;
        }
    }
    qsort(lines, values->count, sizeof *lines, compare_texts);
    if (buf_add(&text, "", 0, e) != 0)
        goto out;
    for (size_t i = 0; i < values->count; i++)
        if (buf_adds(&text, lines[i], e) != 0)
            goto out;
    (void)snprintf(name, sizeof name, "%s/%s", edge, file);
    rc = col_rundir_write(dir, name, text.data, text.len, e);
out:
    for (size_t i = 0; lines != NULL && i < values->count; i++)
        free(lines[i]);
    free(lines);
    buf_release(&line);
    buf_release(&text);
    return rc;
}

int col_catalog_cluster(const struct col_rundir *dir, const char *edge, const struct jv *cluster,
                        struct err *e)
{
    return write_sorted(dir, edge, "cluster.ndjson", cluster, e);
}

static int write_lines(struct col_pg *pg, const struct col_rundir *dir, const char *edge,
                       struct err *e)
{
    struct jv *catalog = NULL;
    struct jv *cluster = NULL;
    int rc = -1;

    if (col_parts_read(pg, &catalog, &cluster, e) == 0 &&
        write_sorted(dir, edge, "catalog.ndjson", catalog, e) == 0)
        rc = col_catalog_cluster(dir, edge, cluster, e);
    jv_free(catalog);
    jv_free(cluster);
    return rc;
}

static int compare_signatures(const void *a, const void *b)
{
    const struct jv *const *x = a;
    const struct jv *const *y = b;

    return strcmp(jv_get_text(*x, "signature"), jv_get_text(*y, "signature"));
}

static int write_functions(struct col_pg *pg, const struct col_rundir *dir, const char *edge,
                           struct err *e)
{
    char name[64];
    struct jv *rows = NULL;
    struct jv *lines = jv_array();
    int rc = -1;

    if (col_pg_rows(pg, sql_functions, NULL, &rows, e) != 0 ||
        col_form_check(rows, 0, SIZE_MAX, "bvv", "functions", e) != 0)
        goto out;
    for (size_t i = 0; i < rows->count; i++) {
        if (col_pg_text(rows, i, 2) == NULL) {
            err_set(e, ERR_SYSTEM, "a function's signature is not valid UTF-8");
            goto out;
        }
        jv_add(lines, jv_set(jv_set(jv_set(jv_object(), "prosecdef",
                                           jv_copy(rows->items[i]->items[0])),
                                    "prosrc", jv_copy(rows->items[i]->items[1])),
                             "signature", jv_copy(rows->items[i]->items[2])));
    }
    if (lines == NULL || lines->is_broken) {
        err_no_memory(e);
        goto out;
    }
    if (lines->count > 0)
        qsort(lines->items, lines->count, sizeof *lines->items, compare_signatures);
    (void)snprintf(name, sizeof name, "%s/functions.ndjson", edge);
    rc = col_rundir_lines(dir, name, NULL, lines, e);
out:
    jv_free(rows);
    jv_free(lines);
    return rc;
}

int col_catalog_write(struct col_pg *pg, const struct col_rundir *dir, const char *edge,
                      struct err *e)
{
    return write_lines(pg, dir, edge, e) != 0 || write_functions(pg, dir, edge, e) != 0 ? -1 : 0;
}

#define SEQUENCES_AT_ONCE 250

static int check_sequence(const struct jv *listing, size_t i, struct err *e)
{
    const char *relation = col_pg_text(listing, i, 0);
    const char *denied = col_pg_text(listing, i, 1);

    if (relation == NULL || col_pg_text(listing, i, 2) == NULL)
        return err_set(e, ERR_SYSTEM, "a sequence's name is not valid UTF-8");
    if (denied != NULL)
        return err_set(e, ERR_SYSTEM, "cannot read sequence %s: %s", relation, denied);
    return 0;
}

/* The states of some sequences, each the one row of a COPY. */
struct states {
    const struct jv *listing;
    size_t next;    /* the sequence whose row comes */
    bool has_row;
    struct jv *all;
};

static int take_state(void *context, const char *line, size_t len, struct err *e)
{
    struct states *s = context;
    struct jv *rows = jv_array();
    struct jv *row = NULL;
    struct jv *v;
    int rc = s->has_row ? err_set(e, ERR_SYSTEM, "expected one row, and more came")
                        : row_parse(line, len, &row, e);

    if (rc == 0)
        rc = col_form_check(jv_add(rows, row), 1, 1, "dbn", "its state", e);
    if (rc != 0) {
        jv_free(rows);
        return -1;
    }
    v = jv_object();
    jv_set(v, "is_called", jv_bool(*jv_text(row->items[1]) == 't'));
    jv_set(v, "last_value", jv_string(jv_text(row->items[0])));
    jv_set(v, "log_cnt", jv_string(jv_text(row->items[2])));
    jv_set(v, "relation", jv_string(col_pg_text(s->listing, s->next, 0)));
    jv_add(s->all, v);
    jv_free(rows);
    s->has_row = true;
    return 0;
}

static int end_state(void *context, struct err *e)
{
    struct states *s = context;

    if (!s->has_row)
        return err_set(e, ERR_SYSTEM, "expected one row, and none came");
    s->has_row = false;
    s->next++;
    return 0;
}

/* Many in a message, and their locks given back before the next. */
static int read_sequences(struct col_pg *pg, const struct jv *listing, size_t first, struct jv *all,
                          struct err *e)
{
    struct states states = {listing, first, false, all};
    const struct col_pg_sink sink = {take_state, end_state, &states};
    struct buf sql = buf_init((size_t)1 << 20);
    size_t n = 0;
    int rc = 0;

    for (; rc == 0 && n < SEQUENCES_AT_ONCE && first + n < listing->count; n++) {
        rc = check_sequence(listing, first + n, e);
        if (rc == 0)
            rc = buf_addf(&sql, e, "%s;", col_pg_text(listing, first + n, 2));
    }
    if (rc == 0)
        rc = col_observe_mark(pg, e);
    if (rc == 0 && col_pg_copy(pg, sql.data, n, &sink, e) != 0)
        rc = err_context(e, "sequence %s", col_pg_text(listing, states.next, 0));
    if (rc == 0)
        rc = col_observe_unlock(pg, e);
    if (rc == 0)
        rc = col_observe_unmark(pg, e);
    buf_release(&sql);
    return rc;
}

int col_catalog_sequences(struct col_pg *pg, struct jv **out, struct err *e)
{
    struct jv *listing = NULL;
    struct jv *all = jv_array();
    int rc = -1;

    if (col_pg_rows(pg, sql_sequences, NULL, &listing, e) != 0)
        goto out;
    for (size_t i = 0; i < listing->count; i += SEQUENCES_AT_ONCE)
        if (read_sequences(pg, listing, i, all, e) != 0)
            goto out;
    if (all == NULL || all->is_broken) {
        err_no_memory(e);
        goto out;
    }
    col_tables_sort(all);
    *out = all;
    all = NULL;
    rc = 0;
out:
    jv_free(listing);
    jv_free(all);
    return rc;
}

int col_catalog_write_sequences(const struct col_rundir *dir, const char *edge, struct jv *sequences,
                                struct err *e)
{
    char name[64];
    struct jv *doc = jv_set(jv_object(), "schema", jv_string("dryproof.sequences/1"));

    (void)snprintf(name, sizeof name, "%s/sequences.json", edge);
    return col_rundir_json(dir, name, jv_set(doc, "sequences", sequences), e);
}
