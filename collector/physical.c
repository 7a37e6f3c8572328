/* collector/physical.c - see collector/physical.h.  Many tables are read by one query: a
 * thousand small tables must not be a thousand round trips. */
#include "collector/physical.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "collector/form.h"
#include "collector/limits.h"
#include "collector/observe.h"
#include "collector/pg_copy.h"
#include "collector/tables.h"
#include "gen/sql_physical.h"

enum { FILENODE, KIND, RELATION, SIZE, READABLE };

#define TABLES_PER_QUERY 100
#define QUERY_MAX ((size_t)1 << 20)

/* A sequential scan in the order of the pages, whatever a role's settings say. */
static const char *const plain_scan[] = {
    "SET LOCAL synchronize_seqscans = off",
    "SET LOCAL max_parallel_workers_per_gather = 0",
    "SET LOCAL enable_seqscan = on",
};

struct scan {
    struct jv **relations; /* elements of the list, of one query */
    size_t count;
    size_t current;        /* whose lines are coming */
    uint64_t last;         /* ctid of the line before, as one number, plus 1 */
    struct digest *hash;
};

static int end_current(struct scan *s, struct err *e)
{
    unsigned char raw[DIGEST_BYTES];
    char hex[DIGEST_HEX];

    if (digest_end(s->hash, raw, e) != 0)
        return -1;
    digest_to_hex(raw, sizeof raw, hex);
    jv_set(s->relations[s->current++], "digest", jv_string(hex));
    s->last = 0;
    return s->current < s->count ? digest_begin(s->hash, e) : 0;
}

/* number TAB ctid TAB xmin TAB xmax */
static int on_line(void *context, const char *line, size_t len, struct err *e)
{
    struct scan *s = context;
    unsigned long long number, block, place;
    int skip = 0;
    int end = 0;

    if (sscanf(line, "%llu\t%n(%llu,%llu)\t%*u\t%*u%n", &number, &skip, &block, &place, &end) != 3 ||
        end < 0 || (size_t)end != len || number >= s->count || number < s->current ||
        block > UINT32_MAX || place > UINT16_MAX)
        return err_set(e, ERR_SYSTEM, "the server sent row versions that were not asked for");
    while (s->current < number)
        if (end_current(s, e) != 0)
            return -1;
    if ((block << 16 | place) < s->last)
        return err_set(e, ERR_SYSTEM, "the server sent row versions out of order");
    s->last = (block << 16 | place) + 1;
    return digest_add(s->hash, line + skip, len + 1 - (size_t)skip, e); /* with its LF */
}

static int on_end(void *context, struct err *e)
{
    struct scan *s = context;

    while (s->current < s->count)
        if (end_current(s, e) != 0)
            return -1;
    return 0;
}

static int read_versions(struct col_pg *pg, struct scan *s, struct err *e)
{
    const struct col_pg_sink sink = {on_line, on_end, s};
    struct buf sql = buf_init(QUERY_MAX);
    int rc = -1;

    if (buf_adds(&sql, "COPY (", e) != 0)
        goto out;
    for (size_t i = 0; i < s->count; i++)
        if (buf_addf(&sql, e, "%sSELECT %zu, ctid::text, xmin::text, xmax::text FROM ONLY ",
                     i == 0 ? "" : " UNION ALL ", i) != 0 ||
            buf_adds(&sql, jv_get_text(s->relations[i], "relation"), e) != 0)
            goto out;
    if (buf_adds(&sql, ") TO STDOUT", e) != 0 || digest_begin(s->hash, e) != 0 ||
        col_pg_copy(pg, sql.data, 1, &sink, e) != 0)
        goto out;
    rc = 0;
out:
    buf_release(&sql);
    return rc;
}

static int read_digests(struct col_pg *pg, struct jv **readable, size_t count, struct err *e)
{
    struct scan s = {NULL, 0, 0, 0, NULL};
    int rc = digest_new(&s.hash, e);

    for (size_t i = 0; rc == 0 && i < sizeof plain_scan / sizeof *plain_scan; i++)
        rc = col_pg_rows(pg, plain_scan[i], NULL, NULL, e);
    if (rc == 0)
        rc = col_observe_mark(pg, e);
    for (size_t i = 0; rc == 0 && i < count; i += s.count) {
        s.relations = readable + i;
        s.count = count - i < TABLES_PER_QUERY ? count - i : TABLES_PER_QUERY;
        s.current = 0;
        s.last = 0;
        rc = read_versions(pg, &s, e);
        if (rc == 0)
            rc = col_observe_unlock(pg, e);
    }
    if (rc == 0)
        rc = col_observe_unmark(pg, e);
    digest_free(s.hash);
    return rc;
}

static int list_relations(const struct jv *rows, struct jv *list, struct jv **readable,
                          size_t *count, struct err *e)
{
    for (size_t i = 0; i < rows->count; i++) {
        const char *relation = col_pg_text(rows, i, RELATION);
        const char *size = col_pg_text(rows, i, SIZE);
        const char *is_readable = col_pg_text(rows, i, READABLE);
        struct jv *v;

        if (relation == NULL || size == NULL || is_readable == NULL)
            return err_set(e, ERR_SYSTEM, "a relation's name is not valid UTF-8; rename it");
        v = jv_set(jv_set(jv_object(), "digest", jv_null()), "relation", jv_string(relation));
        jv_set(v, "filenode", jv_copy(col_pg_cell(rows, i, FILENODE)));
        jv_set(v, "kind", jv_copy(col_pg_cell(rows, i, KIND)));
        jv_set(v, "size", jv_string(size));
        jv_add(list, v);
        if (v == NULL || v->is_broken || list == NULL || list->is_broken)
            return err_no_memory(e);
        if (*is_readable == 't' && strtoull(size, NULL, 10) <= COL_MAX_PHYSICAL_BYTES)
            readable[(*count)++] = v;
    }
    return 0;
}

int col_physical_read(struct col_pg *pg, struct jv **doc, struct err *e)
{
    struct jv *rows = NULL;
    struct jv *list = jv_array();
    struct jv **readable = NULL;
    size_t count = 0;
    int rc = -1;

    if (col_pg_rows(pg, sql_physical, NULL, &rows, e) != 0 ||
        col_form_check(rows, 0, SIZE_MAX, "nsvnb", "relations", e) != 0)
        goto out;
    readable = calloc(rows->count + 1, sizeof *readable);
    if (readable == NULL) {
        err_no_memory(e);
        goto out;
    }
    if (list_relations(rows, list, readable, &count, e) != 0 ||
        (count > 0 && read_digests(pg, readable, count, e) != 0))
        goto out;
    col_tables_sort(list);
    *doc = jv_set(jv_set(jv_object(), "relations", list), "schema",
                  jv_string("dryproof.physical/1"));
    list = NULL;
    rc = 0;
out:
    if (rc != 0)
        err_context(e, "physical state");
    free(readable);
    jv_free(list);
    jv_free(rows);
    return rc;
}
