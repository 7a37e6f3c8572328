/* packager/table.c - see packager/table.h. */
#include "packager/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/row.h"
#include "packager/limits.h"

static const struct jv *find_entry(const struct jv *list, const char *relation)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_text_is(jv_get(list->items[i], "relation"), relation))
            return list->items[i];
    return NULL;
}

static int read_rows(const struct buf *text, size_t columns, const char *path, struct jv **out,
                     struct err *e)
{
    const char *end = text->data + text->len;
    struct jv *rows = jv_array();
    bool is_header = true;

    for (const char *p = text->data; p < end;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        struct jv *row = NULL;

        if (lf == NULL || jv_parse(p, (size_t)(lf - p), &row, e) != 0)
            goto bad;
        p = lf + 1;
        if (is_header) {
            is_header = false;
            jv_free(row);
        } else if (!jv_is(row, JV_ARRAY) || row->count != columns) {
            jv_free(row);
            goto bad;
        } else {
            jv_add(rows, row);
        }
    }
    if (rows == NULL || rows->is_broken) {
        jv_free(rows);
        return err_no_memory(e);
    }
    *out = rows;
    return 0;
bad:
    jv_free(rows);
    return err_set(e, ERR_INPUT, "%s: expected a header line, then one array of %zu values a line",
                   path, columns);
}

static bool is_captured(const struct jv *entry)
{
    return entry != NULL && jv_get(entry, "captured")->truth;
}

/* The file of a captured table; path is where in the run it is. */
static int read_file(const struct pkg_run *run, enum pkg_edge edge, const struct jv *entry, char path[FILE_PATH_MAX],
                     struct buf *text, struct err *e)
{
    if (jv_get_text(entry, "file") == NULL)
        return err_set(e, ERR_INPUT, "%s/tables.json: captured %s names no file", pkg_run_edge(edge), jv_get_text(entry, "relation"));
    (void)snprintf(path, FILE_PATH_MAX, "%s/%s", pkg_run_edge(edge), jv_get_text(entry, "file"));
    return pkg_run_bytes(run, path, text, e);
}

int pkg_table_read(const struct pkg_run *run, enum pkg_edge edge, const char *relation,
                   struct pkg_table *out, struct err *e)
{
    struct pkg_table t = {find_entry(run->tables[edge], relation), NULL};
    struct buf text = buf_init(0);
    char path[FILE_PATH_MAX];
    int rc;

    *out = t;
    if (!is_captured(t.entry))
        return 0;
    if (read_file(run, edge, t.entry, path, &text, e) != 0)
        return -1;
    rc = read_rows(&text, jv_get(t.entry, "columns")->count, path, &out->rows, e);
    buf_release(&text);
    return rc;
}

int pkg_table_is_same(const struct pkg_run *run, const char *relation, bool *out, struct err *e)
{
    const struct jv *before = find_entry(run->tables[PKG_BEFORE], relation);
    const struct jv *after = find_entry(run->tables[PKG_AFTER], relation);
    struct buf a = buf_init(0), b = buf_init(0);
    char path[FILE_PATH_MAX];
    int rc = -1;

    *out = false;
    if (!is_captured(before) || !is_captured(after) || !jv_equal(jv_get(before, "columns"), jv_get(after, "columns")))
        return 0;
    if (read_file(run, PKG_BEFORE, before, path, &a, e) == 0 && read_file(run, PKG_AFTER, after, path, &b, e) == 0) {
        *out = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
        rc = 0;
    }
    buf_release(&b);
    buf_release(&a);
    return rc;
}

void pkg_table_release(struct pkg_table *table)
{
    jv_free(table->rows);
    *table = (struct pkg_table){NULL, NULL};
}

static const char *column_name(const struct pkg_table *table, size_t i)
{
    const struct jv *pair = jv_get(table->entry, "columns")->items[i];

    return jv_is(pair, JV_ARRAY) && pair->count == 2 ? jv_text(pair->items[0]) : NULL;
}

int pkg_table_column(const struct pkg_table *table, const char *name)
{
    const struct jv *columns = jv_get(table->entry, "columns");

    for (size_t i = 0; columns != NULL && i < columns->count; i++)
        if (column_name(table, i) != NULL && strcmp(column_name(table, i), name) == 0)
            return (int)i;
    return -1;
}

bool pkg_table_matches(const struct pkg_table *table, const struct jv *row, const struct jv *where)
{
    for (size_t i = 0; where != NULL && i < where->count; i++) {
        int at = pkg_table_column(table, where->keys[i]);

        if (at < 0 || !jv_equal(row->items[at], where->items[i]))
            return false;
    }
    return true;
}

int64_t pkg_table_count(const struct pkg_table *table, const struct jv *where)
{
    int64_t n = 0;

    for (size_t i = 0; table->rows != NULL && i < table->rows->count; i++)
        n += pkg_table_matches(table, table->rows->items[i], where);
    return n;
}

static bool is_stable(const struct pkg_table *table, const struct jv *plan_entry, size_t column)
{
    const char *name = column_name(table, column);

    return name == NULL || (!jv_has_text(jv_get(plan_entry, "volatile"), name) &&
                            !jv_has_text(jv_get(plan_entry, "redacted"), name));
}

static int add_row(struct row_set *set, const struct jv *row, struct buf *line, struct err *e)
{
    buf_clear(line);
    return buf_add(line, "", 0, e) != 0 || row_line(row, line, e) != 0 ? -1 : row_set_add(set, line->data, line->len, e);
}

/* Each row's values in the columns of that many places. */
static int add_rows(struct row_set *set, const struct jv *rows, const size_t *places, size_t n, struct err *e)
{
    struct buf line = buf_init(PKG_FILE_MAX);
    struct jv part = {.type = JV_ARRAY, .count = n, .items = calloc(n + 1, sizeof *part.items)}; /* its items stay the row's */
    int rc = part.items == NULL ? err_no_memory(e) : 0;

    for (size_t i = 0; rc == 0 && i < rows->count; i++) {
        for (size_t k = 0; k < n; k++)
            part.items[k] = rows->items[i]->items[places[k]];
        rc = add_row(set, &part, &line, e);
    }
    free(part.items);
    buf_release(&line);
    return rc;
}

static int digest_rows(const struct pkg_run *run, const struct pkg_table *table,
                       char hex[DIGEST_HEX], struct err *e)
{
    const char *relation = jv_get_text(table->entry, "relation");
    const struct jv *plan_entry = plan_captured(&run->plan, relation);
    const struct jv *all = jv_get(table->entry, "columns");
    size_t *places = calloc(all->count + 1, sizeof *places), n = 0;
    struct jv *columns = jv_array();
    struct row_set set;
    int rc = -1;

    if (row_set_init(&set, e) != 0)
        goto out;
    if (places == NULL) {
        err_no_memory(e);
        goto out;
    }
    for (size_t i = 0; i < all->count; i++)
        if (is_stable(table, plan_entry, i)) {
            jv_add(columns, jv_copy(all->items[i]));
            places[n++] = i;
        }
    if (add_rows(&set, table->rows, places, n, e) == 0)
        rc = row_set_digest(&set, relation, columns, hex, e);
out:
    row_set_release(&set);
    jv_free(columns);
    free(places);
    return rc;
}

int pkg_table_fact(const struct pkg_run *run, const struct pkg_table *table, struct jv **out,
                   struct err *e)
{
    char hex[DIGEST_HEX];
    int64_t rows;
    struct jv *fact;

    if (table->entry == NULL) {
        *out = jv_null();
        return *out == NULL ? err_no_memory(e) : 0;
    }
    if (table->rows == NULL) {
        (void)snprintf(hex, sizeof hex, "%s", jv_get_text(table->entry, "digest"));
        rows = jv_get(table->entry, "rows")->number;
    } else if (digest_rows(run, table, hex, e) != 0) {
        return -1;
    } else {
        rows = (int64_t)table->rows->count;
    }
    fact = jv_object();
    jv_set(fact, "digest", jv_string(hex));
    jv_set(fact, "rows", jv_int(rows));
    *out = fact;
    return 0;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

static int sorted_digests(const struct jv *rows, struct row_set *set, struct err *e)
{
    struct buf line = buf_init(PKG_FILE_MAX);
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < rows->count; i++)
        rc = add_row(set, rows->items[i], &line, e);
    if (set->count > 0)
        qsort(set->digests, set->count, sizeof *set->digests, compare_digests);
    buf_release(&line);
    return rc;
}

/* The larger of the numbers of row lines only in a and only in b, as multisets. */
static int64_t difference(const struct row_set *a, const struct row_set *b)
{
    size_t i = 0, k = 0, common = 0;

    while (i < a->count && k < b->count) {
        int order = memcmp(a->digests[i], b->digests[k], DIGEST_BYTES);

        common += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    return (int64_t)((a->count > b->count ? a->count : b->count) - common);
}

int pkg_table_changed(const struct pkg_table *before, const struct pkg_table *after, int64_t *out,
                      struct err *e)
{
    struct row_set a, b;
    int64_t rows_before, rows_after;
    int rc = -1;

    if (before->rows == NULL || after->rows == NULL) {
        rows_before = before->entry == NULL ? 0 : jv_get(before->entry, "rows")->number;
        rows_after = after->entry == NULL ? 0 : jv_get(after->entry, "rows")->number;
        *out = rows_before > rows_after ? rows_before - rows_after : rows_after - rows_before;
        if (*out == 0 && before->entry != NULL && after->entry != NULL &&
            !jv_equal(jv_get(before->entry, "digest"), jv_get(after->entry, "digest")))
            *out = 1;
        return 0;
    }
    if (row_set_init(&a, e) != 0)
        return -1;
    if (row_set_init(&b, e) == 0 && sorted_digests(before->rows, &a, e) == 0 &&
        sorted_digests(after->rows, &b, e) == 0) {
        *out = difference(&a, &b);
        rc = 0;
    }
    row_set_release(&b);
    row_set_release(&a);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp((*(struct jv *const *)a)->bytes, (*(struct jv *const *)b)->bytes);
}

struct jv *pkg_table_relations(const struct jv *before, const struct jv *after)
{
    struct jv *all = jv_array();

    for (size_t i = 0; i < before->count; i++)
        jv_add(all, jv_copy(jv_get(before->items[i], "relation")));
    for (size_t i = 0; i < after->count; i++)
        if (find_entry(before, jv_get_text(after->items[i], "relation")) == NULL)
            jv_add(all, jv_copy(jv_get(after->items[i], "relation")));
    if (all == NULL || all->is_broken) {
        jv_free(all);
        return NULL;
    }
    if (all->count > 0)
        qsort(all->items, all->count, sizeof(struct jv *), by_text);
    return all;
}
