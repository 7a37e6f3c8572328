/*
 * packager/diff_rows.c - one table on two sides, by row.  Where both have the rows, what
 * stands on one side only is paired by primary key: such a pair is a changed row, with
 * the columns that differ.  Where they have only row digests, the counts remain.
 */
#include "packager/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/row.h"

#define PAIRED_MAX 2000 /* rows of a side that are paired by key: pairing is quadratic */

struct rows {
    struct jv *list; /* arrays of values; NULL: not kept */
    struct buf *lines; /* their row lines */
    size_t count;
};

static void rows_release(struct rows *r)
{
    for (size_t i = 0; r->lines != NULL && i < r->count; i++)
        buf_release(&r->lines[i]);
    free(r->lines);
    jv_free(r->list);
    *r = (struct rows){NULL, NULL, 0};
}

/* The rows of relation in a file of one table after the other: header, rows, header, … */
static int take_section(const struct buf *text, const char *name, const char *relation,
                        struct jv **out, struct err *e)
{
    struct jv *rows = NULL;
    bool is_ours = false;

    for (const char *p = text->data; p < text->data + text->len;) {
        const char *lf = memchr(p, '\n', (size_t)(text->data + text->len - p));
        struct jv *line = NULL;

        if (lf == NULL || ((is_ours || *p == '{') && jv_parse(p, (size_t)(lf - p), &line, e) != 0)) {
            jv_free(rows);
            return err_set(e, ERR_INPUT, "%s: expected one JSON document a line", name);
        }
        p = lf + 1;
        if (jv_is(line, JV_OBJECT)) {
            is_ours = rows == NULL && jv_text_is(jv_get(line, "relation"), relation);
            rows = is_ours ? jv_array() : rows;
            jv_free(line);
        } else if (is_ours) {
            jv_add(rows, line);
        }
    }
    if (rows != NULL && rows->is_broken) {
        jv_free(rows);
        return err_no_memory(e);
    }
    *out = rows;
    return rows == NULL ? 0 : 1;
}

/* Captured rows, or those that the collector kept beside the run. */
static int read_rows(const struct pkg_diff_side *side, const struct jv *entry, struct rows *out,
                     struct err *e)
{
    const char *file = jv_get_text(entry, "file");
    char name[128];
    struct buf text;
    int got;

    if (jv_get(entry, "rows")->number == 0) {
        out->list = jv_array();
        return out->list == NULL ? err_no_memory(e) : 1;
    }
    if (file != NULL)
        (void)snprintf(name, sizeof name, "%s/%s", side->edge, file);
    else
        (void)snprintf(name, sizeof name, "private/%s/rows.ndjson", side->edge);
    got = pkg_source_bytes(side->source, name, &text, e);
    if (got == 1)
        got = take_section(&text, name, jv_get_text(entry, "relation"), &out->list, e);
    buf_release(&text);
    if (got != 1)
        return got;
    out->lines = calloc(out->list->count + 1, sizeof *out->lines);
    if (out->lines == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < out->list->count; i++) {
        out->lines[i] = buf_init((size_t)1 << 30);
        out->count = i + 1;
        if (!jv_is(out->list->items[i], JV_ARRAY) ||
            out->list->items[i]->count != jv_get(entry, "columns")->count)
            return err_set(e, ERR_INPUT, "%s: a row has not the table's columns", name);
        if (buf_add(&out->lines[i], "", 0, e) != 0 ||
            row_line(out->list->items[i], &out->lines[i], e) != 0)
            return -1;
    }
    return 1;
}

static int compare_lines(const struct buf *a, const struct buf *b)
{
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);

    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* The columns of the primary key, from the text that PostgreSQL prints of it. */
static int key_columns(const struct pkg_source *source, const char *edge, const char *relation,
                       struct jv **out, struct err *e)
{
    char name[32];
    struct jv *catalog = NULL;
    struct jv *key = jv_array();
    const size_t n = strlen(relation);

    (void)snprintf(name, sizeof name, "%s/catalog.ndjson", edge);
    if (pkg_source_lines(source, name, &catalog, e) < 0) {
        jv_free(key);
        return -1;
    }
    for (size_t i = 0; catalog != NULL && i < catalog->count; i++) {
        const struct jv *line = catalog->items[i];
        const char *identity = line->count == 3 ? jv_text(line->items[1]) : NULL;
        const char *p = line->count == 3 ? jv_text(line->items[2]) : NULL;

        if (identity == NULL || p == NULL || !jv_text_is(line->items[0], "constraint") ||
            strncmp(identity, relation, n) != 0 || identity[n] != '.' ||
            strncmp(p, "PRIMARY KEY (", 13) != 0)
            continue;
        for (p += 13; *p != '\0' && *p != ')';) {
            char column[256];
            size_t len = 0;
            bool is_quoted = *p == '"';

            for (p += is_quoted; *p != '\0'; p++) {
                if (is_quoted ? *p == '"' && *++p != '"' : *p == ',' || *p == ')')
                    break;
                if (len + 1 < sizeof column)
                    column[len++] = *p;
            }
            jv_add(key, jv_string_len(column, len));
            p += strspn(p, ", ");
        }
    }
    jv_free(catalog);
    *out = key;
    return key == NULL ? err_no_memory(e) : 0;
}

static struct jv *by_column(const struct jv *entry, const struct jv *row, const struct jv *only)
{
    const struct jv *columns = jv_get(entry, "columns");
    struct jv *v = jv_object();

    for (size_t i = 0; i < columns->count; i++) {
        const char *name = jv_text(columns->items[i]->items[0]);

        if (name != NULL && (only == NULL || jv_has_text(only, name)))
            jv_set(v, name, jv_copy(row->items[i]));
    }
    return v;
}

static bool same_key(const struct jv *entry, const struct jv *key, const struct jv *a,
                     const struct jv *b)
{
    const struct jv *columns = jv_get(entry, "columns");

    for (size_t i = 0; i < columns->count; i++)
        if (jv_has_text(key, jv_text(columns->items[i]->items[0])) &&
            !jv_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

static struct jv *changed_row(const struct jv *entry, const struct jv *key, const struct jv *a,
                              const struct jv *b)
{
    const struct jv *columns = jv_get(entry, "columns");
    struct jv *differ = jv_object();

    for (size_t i = 0; i < columns->count; i++)
        if (!jv_equal(a->items[i], b->items[i]))
            jv_set(differ, jv_text(columns->items[i]->items[0]),
                   jv_add(jv_add(jv_array(), jv_copy(a->items[i])), jv_copy(b->items[i])));
    return jv_set(jv_set(jv_object(), "columns", differ), "key", by_column(entry, a, key));
}

/* What stands on one side only, in *only[2], as indices; both lists are sorted by line. */
static void split(const struct rows r[2], size_t *only[2], size_t count[2])
{
    size_t i = 0, k = 0;

    count[0] = count[1] = 0;
    while (i < r[0].count || k < r[1].count) {
        int order = i == r[0].count   ? 1
                    : k == r[1].count ? -1
                                      : compare_lines(&r[0].lines[i], &r[1].lines[k]);

        if (order < 0)
            only[0][count[0]++] = i;
        if (order > 0)
            only[1][count[1]++] = k;
        i += order <= 0;
        k += order >= 0;
    }
}

/* Rows into "added", "removed", "changed" of v, at most limit of each; the counts whole. */
static void show(struct jv *v, const struct rows r[2], const struct jv *const entries[2],
                 const struct jv *key, size_t *only[2], const size_t count[2], size_t limit)
{
    struct jv *lists[3] = {jv_array(), jv_array(), jv_array()}; /* removed, added, changed */
    bool may_pair = key->count > 0 && count[0] <= PAIRED_MAX && count[1] <= PAIRED_MAX &&
                    jv_equal(jv_get(entries[0], "columns"), jv_get(entries[1], "columns"));
    size_t changed = 0, left = count[1];

    for (size_t i = 0; i < count[0]; i++) {
        const struct jv *a = r[0].list->items[only[0][i]];
        size_t k = 0;

        while (may_pair && k < count[1] &&
               (only[1][k] == SIZE_MAX || !same_key(entries[0], key, a, r[1].list->items[only[1][k]])))
            k++;
        if (may_pair && k < count[1]) {
            if (lists[2]->count < limit)
                jv_add(lists[2], changed_row(entries[0], key, a, r[1].list->items[only[1][k]]));
            only[1][k] = SIZE_MAX;
            changed++;
            left--;
        } else if (lists[0]->count < limit) {
            jv_add(lists[0], by_column(entries[0], a, NULL));
        }
    }
    for (size_t k = 0; k < count[1] && lists[1]->count < limit; k++)
        if (only[1][k] != SIZE_MAX)
            jv_add(lists[1], by_column(entries[1], r[1].list->items[only[1][k]], NULL));
    jv_set(v, "removed", jv_int((int64_t)(count[0] - changed)));
    jv_set(v, "removed_rows", lists[0]);
    jv_set(v, "added", jv_int((int64_t)left));
    jv_set(v, "added_rows", lists[1]);
    jv_set(v, "changed", jv_int((int64_t)changed));
    jv_set(v, "changed_rows", lists[2]);
}

static int diff_values(struct jv *v, const struct rows r[2], const struct pkg_diff_side *to,
                       const struct jv *const entries[2], size_t limit, struct err *e)
{
    size_t *only[2] = {calloc(r[0].count + 1, sizeof *only[0]), calloc(r[1].count + 1, sizeof *only[1])};
    size_t count[2];
    struct jv *key = NULL;
    int rc = -1;

    if (only[0] == NULL || only[1] == NULL)
        err_no_memory(e);
    else if (key_columns(to->source, to->edge, jv_get_text(entries[1], "relation"), &key, e) == 0) {
        split(r, only, count);
        show(v, r, entries, key, only, count, limit);
        rc = 0;
    }
    free(only[0]);
    free(only[1]);
    jv_free(key);
    return rc;
}

/* Rows that stand on one side only, by their sorted digests: counts, no values. */
static int diff_digests(struct jv *v, const struct pkg_diff_side *const sides[2],
                        const struct jv *const entries[2], const size_t numbers[2], struct err *e)
{
    struct buf list[2] = {buf_init(0), buf_init(0)};
    size_t i = 0, k = 0, only[2] = {0, 0};
    int got = 1;

    for (int s = 0; s < 2 && got == 1; s++) {
        char name[64];

        if (jv_get(entries[s], "rows")->number == 0)
            continue;
        (void)snprintf(name, sizeof name, "private/%s/%06zu.rows", sides[s]->edge, numbers[s]);
        got = pkg_source_bytes(sides[s]->source, name, &list[s], e);
        if (got == 1 && (int64_t)list[s].len != jv_get(entries[s], "rows")->number * ROW_LISTED_BYTES)
            got = err_set(e, ERR_INPUT, "%s: %zu bytes; expected %d for each of the table's rows", name,
                          list[s].len, ROW_LISTED_BYTES);
    }
    while (got == 1 && (i < list[0].len || k < list[1].len)) {
        int order = i >= list[0].len   ? 1
                    : k >= list[1].len ? -1
                                       : memcmp(list[0].data + i, list[1].data + k, ROW_LISTED_BYTES);

        only[0] += order < 0;
        only[1] += order > 0;
        i += order <= 0 ? ROW_LISTED_BYTES : 0;
        k += order >= 0 ? ROW_LISTED_BYTES : 0;
    }
    if (got == 1) {
        jv_set(v, "removed", jv_int((int64_t)only[0]));
        jv_set(v, "added", jv_int((int64_t)only[1]));
    }
    jv_set(v, "note", jv_string(got == 1 ? "values not kept: only row digests are"
                                         : "neither rows nor row digests are in this evidence"));
    buf_release(&list[0]);
    buf_release(&list[1]);
    return got < 0 ? -1 : 0;
}

static struct jv *count_of(const struct jv *entry)
{
    return entry == NULL ? jv_null() : jv_copy(jv_get(entry, "rows"));
}

int pkg_diff_table(const struct pkg_diff_side *from, const struct pkg_diff_side *to,
                   const struct jv *const entries[2], const size_t numbers[2], size_t limit,
                   struct jv **out, struct err *e)
{
    const struct pkg_diff_side *const sides[2] = {from, to};
    struct rows r[2] = {{NULL, NULL, 0}, {NULL, NULL, 0}};
    struct jv *v = jv_object();
    int got = 1;
    int rc = -1;

    jv_set(v, "relation", jv_copy(jv_get(entries[entries[0] == NULL], "relation")));
    jv_set(v, "rows", jv_add(jv_add(jv_array(), count_of(entries[0])), count_of(entries[1])));
    if (entries[0] == NULL || entries[1] == NULL) {
        jv_set(v, "note", jv_string(entries[0] == NULL ? "a new table" : "no longer there"));
        rc = 0;
        goto out;
    }
    if (!jv_equal(jv_get(entries[0], "columns"), jv_get(entries[1], "columns"))) {
        jv_set(v, "note", jv_string("its columns changed; see the catalog"));
        rc = 0;
        goto out;
    }
    for (int s = 0; s < 2 && got == 1; s++)
        got = read_rows(sides[s], entries[s], &r[s], e);
    if (got == 1)
        rc = diff_values(v, r, to, entries, limit, e);
    else if (got == 0)
        rc = diff_digests(v, sides, entries, numbers, e);
out:
    rows_release(&r[0]);
    rows_release(&r[1]);
    if (rc == 0)
        *out = v;
    else
        jv_free(v);
    return rc;
}
