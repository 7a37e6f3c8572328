/* collector/content.c - one pass over a table; see collector/tables.h. */
#include <stdlib.h>
#include <string.h>

#include "base/row.h"
#include "collector/tables.h"

#define KEPT_BYTES_MAX ((size_t)256 << 20) /* rows of one captured table */
#define LINE_MAX_BYTES ((size_t)1 << 30)   /* libpq's own limit for a row */
#define DIGESTS_MAX ((size_t)1 << 33)      /* hex list of a table's row digests */

struct line {
    char *data;
    size_t len;
};

struct pass {
    const struct col_table *table;
    const struct col_redact *redact;
    bool is_redacted;
    bool is_kept;
    struct row_set set;
    struct buf hidden; /* the current line, redacted */
    struct line *lines;
    size_t count;
    size_t cap;
    size_t bytes;
};

static int keep(struct pass *p, const char *line, size_t len, struct err *e)
{
    if (p->count == p->cap) {
        size_t cap = p->cap == 0 ? 256 : p->cap * 2;
        struct line *grown = realloc(p->lines, cap * sizeof *grown);

        if (grown == NULL)
            return err_no_memory(e);
        p->lines = grown;
        p->cap = cap;
    }
    if (len > KEPT_BYTES_MAX - p->bytes)
        return err_set(e, ERR_LIMIT, "more than %zu bytes of captured rows", KEPT_BYTES_MAX);
    p->lines[p->count].data = malloc(len + 1);
    if (p->lines[p->count].data == NULL)
        return err_no_memory(e);
    memcpy(p->lines[p->count].data, line, len);
    p->lines[p->count].len = len;
    p->count++;
    p->bytes += len;
    return 0;
}

static int on_line(void *context, const char *line, size_t len, struct err *e)
{
    struct pass *p = context;

    if (p->is_redacted) {
        buf_clear(&p->hidden);
        if (buf_add(&p->hidden, "", 0, e) != 0 ||
            col_redact_line(p->redact, p->table->columns, jv_get(p->table->capture, "redacted"),
                            line, len, &p->hidden, e) != 0)
            return -1;
        line = p->hidden.data;
        len = p->hidden.len;
    }
    if (row_set_add(&p->set, line, len, e) != 0)
        return -1;
    return p->is_kept ? keep(p, line, len, e) : 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a;
    const struct line *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static struct jv *header_of(const struct col_table *table)
{
    struct jv *names = jv_array();
    struct jv *v = jv_object();

    for (size_t i = 0; i < table->columns->count; i++)
        jv_add(names, jv_copy(table->columns->items[i]->items[0]));
    jv_set(v, "columns", names);
    jv_set(v, "redacted", jv_copy(jv_get(table->capture, "redacted")));
    jv_set(v, "relation", jv_string(table->relation));
    return jv_set(v, "volatile", jv_copy(jv_get(table->capture, "volatile")));
}

static int write_rows(struct pass *p, struct buf *out, struct err *e)
{
    struct jv *header = header_of(p->table);
    struct jv *values = NULL;
    int rc = -1;

    if (p->count > 0)
        qsort(p->lines, p->count, sizeof *p->lines, compare_lines);
    if (jv_document(header, out, e) != 0)
        goto out;
    for (size_t i = 0; i < p->count; i++) {
        jv_free(values);
        values = NULL;
        if (p->table->columns->count == 0)
            values = jv_array(); /* an empty line has no empty field here */
        else if (row_parse(p->lines[i].data, p->lines[i].len, &values, e) != 0)
            goto out;
        if (values->count != p->table->columns->count) {
            err_set(e, ERR_SYSTEM, "a row of %zu values, expected %zu", values->count,
                    p->table->columns->count);
            goto out;
        }
        if (jv_document(values, out, e) != 0)
            goto out;
    }
    rc = 0;
out:
    jv_free(header);
    jv_free(values);
    return rc;
}

int col_tables_read(struct col_pg *pg, const struct col_table *table,
                    const struct col_redact *redact, bool is_kept, struct col_content *out,
                    struct err *e)
{
    struct col_content c = {0, "", buf_init(DIGESTS_MAX), buf_init(4 * KEPT_BYTES_MAX)};
    struct pass p = {.table = table, .redact = redact, .hidden = buf_init(LINE_MAX_BYTES)};
    int rc = -1;

    p.is_redacted = table->capture != NULL && jv_get(table->capture, "redacted")->count > 0;
    p.is_kept = is_kept && table->capture != NULL;
    if (row_set_init(&p.set, e) != 0)
        goto out;
    if (col_pg_copy(pg, table->copy, on_line, &p, e) != 0 ||
        row_set_digest(&p.set, table->relation, table->columns, c.digest,
                       is_kept ? &c.row_digests : NULL, e) != 0 ||
        (p.is_kept && write_rows(&p, &c.ndjson, e) != 0))
        goto out;
    c.rows = p.set.count;
    *out = c;
    c = (struct col_content){0, "", buf_init(0), buf_init(0)};
    rc = 0;
out:
    if (rc != 0)
        err_context(e, "table %s", table->relation);
    for (size_t i = 0; i < p.count; i++)
        free(p.lines[i].data);
    free(p.lines);
    buf_release(&p.hidden);
    row_set_release(&p.set);
    col_tables_content_release(&c);
    return rc;
}

void col_tables_content_release(struct col_content *content)
{
    buf_release(&content->row_digests);
    buf_release(&content->ndjson);
}
