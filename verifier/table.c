/* verifier/table.c - see table.h. */
#include "verifier/table.h"

#include "verifier/text.h"

#include <stdlib.h>
#include <string.h>

const struct table *vfy_table_find(const struct edge *edge, const char *relation)
{
    size_t from = 0, to = edge->table_count;

    while (from < to) { /* they are sorted, or snapshot.c says that they are not */
        size_t middle = from + (to - from) / 2;
        int order = strcmp(edge->tables[middle].relation, relation);

        if (order == 0)
            return &edge->tables[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static size_t column_index(const struct table *t, const char *column)
{
    const struct json *columns = vfy_json_get(t->head, "columns");
    size_t i = 0;

    while (i < vfy_json_count(columns) && !vfy_json_is(vfy_json_at(columns, i), column))
        i++;
    return i;
}

const struct json *vfy_table_cell(const struct table *t, size_t row, const char *column)
{
    return t == NULL ? NULL : vfy_json_at(vfy_json_at(t->rows, row), column_index(t, column));
}

bool vfy_table_fits(const struct table *t, size_t row, const struct json *where)
{
    for (size_t i = 0; i < vfy_json_count(where); i++)
        if (!vfy_json_same(vfy_table_cell(t, row, where->u.items[2 * i].u.text),
                           &where->u.items[2 * i + 1]))
            return false;
    return true;
}

size_t vfy_table_match(const struct table *t, const struct json *where, size_t *found)
{
    size_t n = 0;

    for (size_t r = 0; t != NULL && r < vfy_json_count(t->rows); r++)
        if (vfy_table_fits(t, r, where)) {
            n++;
            if (found != NULL)
                *found = r;
        }
    return n;
}

size_t vfy_table_by(const struct table *t, const char *column, const char *text, size_t *found)
{
    size_t n = 0;

    for (size_t r = 0; t != NULL && r < vfy_json_count(t->rows); r++)
        if (vfy_json_is(vfy_table_cell(t, r, column), text)) {
            n++;
            if (found != NULL)
                *found = r;
        }
    return n;
}

static void add_field(struct buf *b, const struct json *v)
{
    static const char plain[] = "\\\b\f\n\r\t\v", letter[] = "\\bfnrtv";
    const char *p = vfy_json_text(v);
    size_t n = v->type == JSON_STRING ? v->count : 0;
    const struct json *b64 = vfy_json_get(v, "b64");
    char *raw;

    if (v->type == JSON_NULL) {
        vfy_mem_add(b, "\\N", 2);
        return;
    }
    if (b64 != NULL && vfy_text_base64(b->arena, b64->u.text, b64->count, &raw, &n) == 0)
        p = raw; /* malformed base64 stays empty and the digest will not agree */
    for (size_t i = 0, run; i < n; i += run + 1) {
        for (run = 0; i + run < n && p[i + run] != '\\' && (p[i + run] < '\b' || p[i + run] > '\r');)
            run++;
        vfy_mem_add(b, p + i, run);
        if (i + run < n) {
            vfy_mem_add(b, "\\", 1);
            vfy_mem_add(b, letter + (strchr(plain, p[i + run]) - plain), 1);
        }
    }
}

static bool left_out(const struct json *list, const struct json *also, const struct json *column)
{
    const char *name = vfy_json_text(column);

    return vfy_json_has(list, name) > 0 || vfy_json_has(also, name) > 0;
}

static void line(const struct table *t, size_t row, const struct json *without,
                 const struct json *also, struct buf *b)
{
    const struct json *columns = vfy_json_get(t->head, "columns"), *values = vfy_json_at(t->rows, row);
    bool first = true;

    b->len = 0;
    vfy_mem_add(b, "", 0);
    for (size_t i = 0; i < vfy_json_count(values); i++) {
        if (left_out(without, also, vfy_json_at(columns, i)))
            continue;
        if (!first)
            vfy_mem_add(b, "\t", 1);
        first = false;
        add_field(b, vfy_json_at(values, i));
    }
}

void vfy_table_line(const struct table *t, size_t row, const struct json *without, struct buf *b)
{
    line(t, row, without, NULL, b);
}

void vfy_table_row_digest(struct arena *a, const struct table *t, size_t row,
                          const struct json *without, char hex[VFY_HEX])
{
    struct buf b = {a, NULL, 0, 0};

    line(t, row, without, NULL, &b);
    vfy_crypto_sha256(b.p, b.len, hex);
}

static int by_hex(const void *a, const void *b)
{
    return memcmp(a, b, VFY_HEX);
}

void vfy_table_digest(struct arena *a, const struct table *t, const struct json *without,
                      const struct json *also, char hex[VFY_HEX])
{
    const struct json *columns = vfy_json_get(t->entry, "columns"), *name = vfy_json_get(t->entry, "relation");
    size_t rows = vfy_json_count(t->rows);
    char *digests = vfy_mem_alloc(a, rows * VFY_HEX + 1);
    struct buf text = {a, NULL, 0, 0}, b = {a, NULL, 0, 0};
    bool first = true;

    vfy_mem_put(&text, "{\"columns\":[");
    for (size_t i = 0; i < vfy_json_count(columns); i++) {
        if (left_out(without, also, vfy_json_at(vfy_json_at(columns, i), 0)))
            continue;
        vfy_mem_add(&text, ",", !first);
        first = false;
        vfy_json_write(&text, vfy_json_at(columns, i), false);
    }
    vfy_mem_put(&text, "],\"relation\":");
    vfy_json_write(&text, name, false);
    vfy_mem_put(&text, ",\"rows\":%zu}\n", rows);
    for (size_t r = 0; r < rows; r++) {
        line(t, r, without, also, &b);
        vfy_crypto_sha256(b.p, b.len, digests + r * VFY_HEX);
        digests[r * VFY_HEX + VFY_HEX - 1] = '\n';
    }
    qsort(digests, rows, VFY_HEX, by_hex);
    vfy_mem_add(&text, digests, rows * VFY_HEX);
    vfy_crypto_sha256(text.p, text.len, hex);
}
