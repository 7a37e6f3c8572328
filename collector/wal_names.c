/* collector/wal_names.c - see collector/wal_names.h. */
#include "collector/wal_names.h"

#include <stdlib.h>

struct wal_named {
    struct wal_relation relation;
    size_t edge;
    const char *name;
};

static int compare_named(const void *a, const void *b)
{
    const struct wal_named *x = a;
    const struct wal_named *y = b;
    int order = col_wal_relation_compare(&x->relation, &y->relation);

    return order != 0 ? order : (x->edge > y->edge) - (x->edge < y->edge);
}

static uint32_t oid(const struct jv *rows, size_t i, size_t k)
{
    const char *text = jv_is(rows->items[i], JV_ARRAY) && k < rows->items[i]->count
                           ? jv_text(rows->items[i]->items[k]) : NULL;

    return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 10);
}

int col_wal_names_load(const struct jv *const rows[2], struct wal_names *out, struct err *e)
{
    size_t n = 0;

    out->count = 0;
    out->items = calloc(rows[0]->count + rows[1]->count + 1, sizeof *out->items);
    if (out->items == NULL)
        return err_no_memory(e);
    for (size_t edge = 0; edge < 2; edge++)
        for (size_t i = 0; i < rows[edge]->count; i++) {
            const struct jv *row = rows[edge]->items[i];
            const char *name = jv_is(row, JV_ARRAY) && row->count == 4 ? jv_text(row->items[3]) : NULL;

            if (name != NULL) /* one that is not valid UTF-8 stays without a name */
                out->items[n++] = (struct wal_named){
                    {oid(rows[edge], i, 0), oid(rows[edge], i, 1), oid(rows[edge], i, 2)}, edge, name};
        }
    out->count = n;
    if (n > 0)
        qsort(out->items, n, sizeof *out->items, compare_named);
    return 0;
}

const char *col_wal_names_find(const struct wal_names *names, const struct wal_relation *relation)
{
    size_t low = 0;
    size_t high = names->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (col_wal_relation_compare(&names->items[mid].relation, relation) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < names->count && col_wal_relation_compare(&names->items[low].relation, relation) == 0
               ? names->items[low].name : NULL;
}

void col_wal_names_release(struct wal_names *names)
{
    free(names->items);
    *names = (struct wal_names){NULL, 0};
}
