/* collector/manifest.c - see collector/manifest.h. */
#include "collector/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/cser.h"
#include "collector/observe.h"
#include "collector/progress.h"
#include "collector/steps.h"

#define MANIFEST_MAX ((size_t)256 << 20)
#define REPETITIONS_MAX 100

struct keyed {
    const char *key;
    size_t place; /* keeps equal keys in the order returned */
};

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* The places of the rows in the order of the manifest.  Ownership: *out, free(). */
static int sort_rows(const struct jv *rows, size_t column, const char *name, struct keyed **out,
                     struct err *e)
{
    struct keyed *order = calloc(rows->count + 1, sizeof *order);

    if (order == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < rows->count; i++) {
        order[i].key = col_pg_text(rows, i, column);
        order[i].place = i;
        if (order[i].key == NULL) {
            free(order);
            return err_set(e, ERR_INPUT, "row %zu: order_by column %s is null or not UTF-8", i + 1,
                           name);
        }
    }
    qsort(order, rows->count, sizeof *order, compare_keyed);
    *out = order;
    return 0;
}

static struct jv *row_object(const struct jv *columns, const struct jv *row)
{
    struct jv *v = jv_object();

    for (size_t i = 0; i < columns->count; i++)
        jv_set(v, jv_text(columns->items[i]), jv_copy(row->items[i]));
    return v;
}

static int check_values(const struct jv *columns, const struct jv *rows, struct err *e)
{
    for (size_t i = 0; i < columns->count; i++)
        for (size_t k = 0; k <= i; k++)
            if (jv_text(columns->items[i]) == NULL ||
                (k < i && jv_equal(columns->items[i], columns->items[k])))
                return err_set(e, ERR_INPUT, "column %zu: its name is no UTF-8 or given twice", i + 1);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < rows->items[i]->count; k++)
            if (jv_is(rows->items[i]->items[k], JV_OBJECT))
                return err_set(e, ERR_INPUT, "row %zu, column %zu: the value is not UTF-8", i + 1, k + 1);
    return 0;
}

int col_manifest_bytes(const struct jv *entry, const struct jv *columns, const struct jv *rows,
                       struct buf *out, struct err *e)
{
    const char *order_by = jv_get_text(entry, "order_by");
    struct jv *object = jv_copy(jv_get(entry, "object"));
    struct jv *list = jv_array();
    struct keyed *order = NULL;
    size_t column = 0;
    int rc = -1;

    while (column < columns->count && !jv_text_is(columns->items[column], order_by))
        column++;
    if (column == columns->count) {
        err_set(e, ERR_INPUT, "rows_sql returns no column %s (order_by)", order_by);
        goto out;
    }
    if (check_values(columns, rows, e) != 0 || sort_rows(rows, column, order_by, &order, e) != 0)
        goto out;
    for (size_t i = 0; i < rows->count; i++)
        jv_add(list, row_object(columns, rows->items[order[i].place]));
    jv_set(object, jv_get_text(entry, "rows_member"), list);
    list = NULL;
    rc = col_cser_write(jv_get_text(entry, "profile"), object, out, e);
out:
    free(order);
    jv_free(list);
    jv_free(object);
    return rc;
}

/* Run one of the manifest's files; a refusal is an error: nothing can be measured. */
static int run_query(const struct plan *plan, struct col_pg *pg, const char *file,
                     struct col_pg_result *out, struct err *e)
{
    struct buf sql = buf_init(0);
    int rc = -1;

    if (col_steps_sql(plan, file, &sql, e) != 0)
        return -1;
    if (col_pg_query(pg, sql.data, NULL, out, e) == 0) {
        rc = 0;
        if (out->error != NULL) {
            rc = col_pg_refusal(pg, out, e);
            err_context(e, "%s", file);
            col_pg_result_release(out);
        }
    }
    buf_release(&sql);
    return rc;
}

/* The one value of a query, as bytes. */
static int run_value(const struct plan *plan, struct col_pg *pg, const char *file, struct buf *out,
                     struct err *e)
{
    struct col_pg_result r;
    int rc;

    if (run_query(plan, pg, file, &r, e) != 0)
        return -1;
    if (r.rows->count != 1 || r.rows->items[0]->count != 1 ||
        jv_is(r.rows->items[0]->items[0], JV_NULL))
        rc = err_set(e, ERR_INPUT, "%s: expected one row with one value", file);
    else
        rc = buf_add(out, "", 0, e) == 0 ? jv_value_bytes(r.rows->items[0]->items[0], out, e) : -1;
    col_pg_result_release(&r);
    return rc;
}

static int publish(struct col_context *c, const char *manifest, size_t number, const char *what,
                   const struct buf *bytes, struct err *e)
{
    char name[FILE_PATH_MAX];

    (void)snprintf(name, sizeof name, "manifests/%s/rep-%zu.%s.bytes", manifest, number, what);
    return col_rundir_write(&c->dir, name, bytes->data, bytes->len, e);
}

static int publish_rows(struct col_context *c, const char *manifest, size_t number,
                        const struct col_pg_result *r, struct err *e)
{
    char name[FILE_PATH_MAX];
    struct jv *header = jv_set(jv_object(), "columns", jv_copy(r->columns));
    int rc;

    (void)snprintf(name, sizeof name, "manifests/%s/rep-%zu.rows.ndjson", manifest, number);
    rc = col_rundir_lines(&c->dir, name, header, r->rows, e);
    jv_free(header);
    return rc;
}

int col_manifest_measure(const struct jv *params, const struct plan *plan, const struct jv *entry,
                         struct col_manifest *out, struct err *e)
{
    struct col_manifest m = {.own = buf_init(MANIFEST_MAX), .pg = buf_init(MANIFEST_MAX), .hash = buf_init(MANIFEST_MAX)};
    struct col_pg *pg = NULL;
    int rc = -1;

    if (col_pg_open(params, COL_PG_OBSERVER, &pg, e) == 0 && col_observe_begin(pg, e) == 0 &&
        run_query(plan, pg, jv_get_text(entry, "rows_sql"), &m.rows, e) == 0 &&
        run_value(plan, pg, jv_get_text(entry, "bytes_sql"), &m.pg, e) == 0 &&
        run_value(plan, pg, jv_get_text(entry, "hash_sql"), &m.hash, e) == 0 &&
        col_observe_end(pg, e) == 0 &&
        col_manifest_bytes(entry, m.rows.columns, m.rows.rows, &m.own, e) == 0 &&
        digest_hex(m.pg.data, m.pg.len, m.pg_sha256, e) == 0 &&
        digest_hex(m.own.data, m.own.len, m.own_sha256, e) == 0) {
        *out = m;
        rc = 0;
    } else {
        col_manifest_release(&m);
    }
    col_pg_free(pg);
    return rc;
}

void col_manifest_release(struct col_manifest *m)
{
    col_pg_result_release(&m->rows);
    buf_release(&m->own);
    buf_release(&m->pg);
    buf_release(&m->hash);
}

static int repeat(struct col_context *c, const struct jv *entry, size_t number, struct jv *list,
                  struct err *e)
{
    const char *manifest = jv_get_text(entry, "name");
    struct col_manifest m;
    struct jv *v;
    int rc = -1;

    if (col_manifest_measure(c->observer_params, &c->plan, entry, &m, e) != 0)
        return -1;
    if (publish_rows(c, manifest, number, &m.rows, e) == 0 && publish(c, manifest, number, "pg", &m.pg, e) == 0 &&
        publish(c, manifest, number, "own", &m.own, e) == 0) {
        v = jv_object();
        jv_set(v, "own_bytes", jv_int((int64_t)m.own.len));
        jv_set(v, "own_sha256", jv_string(m.own_sha256));
        jv_set(v, "pg_bytes", jv_int((int64_t)m.pg.len));
        jv_set(v, "pg_hash", jv_value(m.hash.data, m.hash.len));
        jv_set(v, "pg_sha256", jv_string(m.pg_sha256));
        jv_add(list, v);
        rc = 0;
    }
    col_manifest_release(&m);
    return rc;
}

static int run_one(struct col_context *c, const struct jv *entry, struct err *e)
{
    const char *manifest = jv_get_text(entry, "name");
    int64_t repetitions = jv_get(entry, "repetitions")->number;
    char name[FILE_PATH_MAX];
    struct jv *list = jv_array();
    struct jv *doc;

    if (repetitions > REPETITIONS_MAX) {
        jv_free(list);
        return err_set(e, ERR_LIMIT, "manifest %s: more than %d repetitions", manifest, REPETITIONS_MAX);
    }
    for (int64_t i = 1; i <= repetitions; i++) {
        col_progress_piece("manifest", manifest, (size_t)i - 1, (size_t)repetitions);
        if (repeat(c, entry, (size_t)i, list, e) != 0) {
            jv_free(list);
            return err_context(e, "manifest %s", manifest);
        }
    }
    doc = jv_object();
    jv_set(doc, "name", jv_string(manifest));
    jv_set(doc, "profile", jv_copy(jv_get(entry, "profile")));
    jv_set(doc, "repetitions", list);
    jv_set(doc, "schema", jv_string("dryproof.manifest/1"));
    (void)snprintf(name, sizeof name, "manifests/%s/manifest.json", manifest);
    return col_rundir_json(&c->dir, name, doc, e);
}

int col_manifest_run(struct col_context *c, struct err *e)
{
    const struct jv *manifests = jv_get(c->plan.doc, "manifests");

    for (size_t i = 0; i < manifests->count; i++)
        if (run_one(c, manifests->items[i], e) != 0)
            return -1;
    return 0;
}
