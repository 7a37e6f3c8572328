/*
 * verifier/manifest.c - manifest-deterministic: the manifest built twice with our own
 * canonicaliser, against every digest in the package.  FORMAT.md section 5.
 */
#include "verifier/table.h"

#include <stdlib.h>
#include <string.h>

static struct json string(const char *text, size_t n)
{
    return (struct json){JSON_STRING, (uint32_t)n, {.text = text}};
}

struct keyed {
    const char *key;
    struct json row;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct keyed *)a)->key, ((const struct keyed *)b)->key);
}

/* object plus rows, in the order of the bytes of order_by */
static void digest(struct evidence *v, const struct json *plan, struct json *rows, size_t count,
                   struct buf *text)
{
    const struct json *object = vfy_json_get(plan, "object");
    struct keyed *sorted = vfy_mem_alloc(v->arena, count * sizeof *sorted);
    struct json *top = vfy_mem_alloc(v->arena, (2 * (size_t)object->count + 2) * sizeof *top);
    struct json whole = {JSON_OBJECT, object->count + 1, {.items = top}};

    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct keyed){vfy_json_str(&rows[i], vfy_json_str(plan, "order_by")), rows[i]};
    qsort(sorted, count, sizeof *sorted, by_key);
    for (size_t i = 0; i < count; i++)
        rows[i] = sorted[i].row;
    if (object->count > 0)
        memcpy(top, object->u.items, 2 * (size_t)object->count * sizeof *top);
    top[2 * object->count] = *vfy_json_get(plan, "rows_member");
    top[2 * object->count + 1] = (struct json){JSON_ARRAY, (uint32_t)count, {.items = rows}};
    text->len = 0;
    vfy_json_write(text, &whole, true);
}

/* each returned column is a member */
static size_t from_result(struct evidence *v, const struct json *doc, struct json **rows, bool *whole)
{
    const struct json *columns = vfy_json_get(vfy_json_at(doc, 0), "columns");
    size_t n = vfy_json_count(doc) == 0 ? 0 : vfy_json_count(doc) - 1, width = vfy_json_count(columns);

    *rows = vfy_mem_alloc(v->arena, n * sizeof **rows);
    for (size_t r = 0; r < n; r++) {
        struct json *items = vfy_mem_alloc(v->arena, 2 * width * sizeof *items);
        const struct json *values = vfy_json_at(doc, r + 1);

        *whole = *whole && vfy_json_count(values) == width;
        for (size_t c = 0; c < width; c++) {
            const struct json *value = vfy_json_at(values, c);

            items[2 * c] = columns->u.items[c];
            items[2 * c + 1] = value != NULL ? *value : (struct json){JSON_NULL, 0, {0}};
        }
        (*rows)[r] = (struct json){JSON_OBJECT, (uint32_t)width, {.items = items}};
    }
    return n;
}

/* the same members from the captured authority table, without asking the database */
static size_t from_table(struct evidence *v, const struct json *source, const struct table *t,
                         struct json **rows)
{
    const struct json *members = vfy_json_get(source, "members"), *where = vfy_json_get(source, "where");
    size_t n = 0, width = vfy_json_count(members), total = t == NULL ? 0 : vfy_json_count(t->rows);

    *rows = vfy_mem_alloc(v->arena, total * sizeof **rows);
    for (size_t r = 0; r < total; r++) {
        struct json *items;

        if (!vfy_table_fits(t, r, where))
            continue;
        items = vfy_mem_alloc(v->arena, 2 * width * sizeof *items);
        for (size_t c = 0; c < width; c++) {
            const struct json *how = &members->u.items[2 * c + 1];
            const struct json *cell = vfy_table_cell(t, r, vfy_json_str(how, "column"));
            const char *text = vfy_json_text(cell);

            items[2 * c] = members->u.items[2 * c];
            items[2 * c + 1] = (struct json){JSON_NULL, 0, {0}};
            if (cell != NULL && cell->type == JSON_STRING) {
                text = vfy_mem_print(v->arena, "%s%s", vfy_json_str(how, "prefix"), text);
                items[2 * c + 1] = string(text, strlen(text));
            }
        }
        (*rows)[n++] = (struct json){JSON_OBJECT, (uint32_t)width, {.items = items}};
    }
    return n;
}

/* what nothing orders has no one order */
static bool has_order(const struct json *plan, const struct json *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct json *key = vfy_json_get(&rows[i], vfy_json_str(plan, "order_by"));

        if (key == NULL || key->type != JSON_STRING)
            return false;
    }
    return true;
}

static bool fits_profile(const struct json *plan)
{
    const struct json *o = vfy_json_get(plan, "object"), *version = vfy_json_get(o, "protocol_version");

    if (vfy_json_get(o, vfy_json_str(plan, "rows_member")) != NULL)
        return false;
    if (vfy_json_is(vfy_json_get(plan, "profile"), "manifest"))
        return version != NULL && version->type == JSON_INT && vfy_json_get(o, "cser") == NULL &&
               vfy_json_is(vfy_json_get(o, "serialization"), "cser-v1");
    return vfy_json_is(vfy_json_get(o, "cser"), "v1") &&
           (version == NULL || version->type == JSON_STRING);
}

static bool equal(const struct member *a, const struct member *b)
{
    return strcmp(a->sha256, b->sha256) == 0;
}

static bool judge_repetitions(struct evidence *v, struct manifest *m, const char *dir)
{
    static const char *const files[] = {"rows.ndjson", "pg.bytes", "own.bytes"};
    const struct json *doc = vfy_evidence_doc(v, CL_MANIFEST,
                                              vfy_mem_print(v->arena, "%s/manifest.json", dir));
    const struct json *list = vfy_json_get(doc, "repetitions"), *want = vfy_json_get(m->plan, "expect_sha256");
    int64_t repetitions = vfy_json_int(vfy_json_get(m->plan, "repetitions"));
    const struct member *first[3] = {NULL}, *now[3] = {NULL};
    bool ok = vfy_report_check(v->report, CL_MANIFEST,
                               vfy_json_count(list) == (size_t)repetitions &&
                                   vfy_json_same(vfy_json_get(doc, "name"), vfy_json_get(m->plan, "name")) &&
                                   vfy_json_same(vfy_json_get(doc, "profile"),
                                                 vfy_json_get(m->plan, "profile")),
                               E_EVIDENCE_INCOMPLETE, dir, "not the %lld repetitions of the plan",
                               (long long)repetitions);

    for (size_t r = 0; r < vfy_json_count(list); r++) {
        const struct json *rep = vfy_json_at(list, r);

        for (int f = 0; f < 3; f++) {
            const char *path = vfy_mem_print(v->arena, "%s/rep-%zu.%s", dir, r + 1, files[f]);

            now[f] = vfy_bag_find(v->bag, path);
            first[f] = first[f] == NULL ? now[f] : first[f];
            ok = vfy_report_check(v->report, CL_MANIFEST, now[f] != NULL, E_EVIDENCE_INCOMPLETE, path,
                                  "the plan requires it") && ok;
            if (now[f] == NULL)
                v->is_incomplete = true;
            else
                ok = vfy_report_check(v->report, CL_MANIFEST, equal(first[f], now[f]),
                                      E_CANON_UNSTABLE, path, "another than in the first repetition") && ok;
        }
        m->pg = r == 0 ? now[1] : m->pg;
        if (now[1] == NULL || now[2] == NULL)
            continue;
        ok = vfy_report_check(v->report, CL_MANIFEST,
                              vfy_json_is(vfy_json_get(rep, "pg_sha256"), now[1]->sha256) &&
                                  vfy_json_is(vfy_json_get(rep, "own_sha256"), now[2]->sha256) &&
                                  vfy_json_int(vfy_json_get(rep, "pg_bytes")) == (int64_t)now[1]->size &&
                                  vfy_json_int(vfy_json_get(rep, "own_bytes")) == (int64_t)now[2]->size &&
                                  equal(now[1], now[2]) &&
                                  vfy_json_same(vfy_json_get(rep, "pg_hash"), want) &&
                                  vfy_json_same(vfy_json_get(rep, "pg_sha256"), want),
                              E_CANON_MISMATCH, dir,
                              "repetition %zu: PostgreSQL's bytes and hash, the collector's bytes and "
                              "the expected digest are not one value", r + 1) && ok;
    }
    return ok;
}

static bool has_files(struct evidence *v, const struct json *plan)
{
    static const char *const files[] = {"rows_sql", "bytes_sql", "hash_sql"};
    bool ok = true;

    for (int i = 0; i < 3; i++) {
        const char *name = vfy_json_str(plan, files[i]);

        ok = vfy_report_check(v->report, CL_MANIFEST, vfy_bag_peek(v->bag, "carrier/%s", name) != NULL,
                              E_EVIDENCE_INCOMPLETE, name, "the plan names this file") && ok;
    }
    return ok;
}

static void judge(struct evidence *v, struct manifest *m)
{
    const char *dir = vfy_mem_print(v->arena, "manifests/%s", vfy_json_str(m->plan, "name"));
    const struct json *source = vfy_json_get(m->plan, "source");
    bool whole = true, ok = has_files(v, m->plan);
    const struct member *first = vfy_bag_peek(v->bag, "%s/rep-1.rows.ndjson", dir);
    struct buf text = {v->arena, NULL, 0, 0};
    char again[VFY_HEX];
    struct json *rows, *list = vfy_mem_alloc(v->arena, sizeof *list);

    ok = judge_repetitions(v, m, dir) && ok;
    if (first == NULL)
        return;
    ok = vfy_report_check(v->report, CL_MANIFEST, fits_profile(m->plan), E_CANON_MISMATCH, dir,
                          "its fixed members do not fit the profile") && ok;
    m->row_count = from_result(v, first->doc, &rows, &whole);
    ok = vfy_report_check(v->report, CL_MANIFEST, whole && has_order(m->plan, rows, m->row_count), E_CANON_MISMATCH, dir,
                          "a row has another number of columns, or nothing to be ordered by") && ok;
    digest(v, m->plan, rows, m->row_count, &text);
    *list = (struct json){JSON_ARRAY, (uint32_t)m->row_count, {.items = rows}};
    m->rows = list;
    vfy_crypto_sha256(text.p, text.len, m->sha256);
    ok = vfy_report_check(v->report, CL_MANIFEST,
                          vfy_json_is(vfy_json_get(m->plan, "expect_sha256"), m->sha256),
                          E_CANON_MISMATCH, dir, "recomputed from the rows: %s", m->sha256) && ok;
    for (int i = 0; i < 2; i++) {
        const struct table *t = vfy_table_find(&v->edges[i], vfy_json_str(source, "relation"));
        size_t n = from_table(v, source, t, &rows);

        digest(v, m->plan, rows, n, &text);
        vfy_crypto_sha256(text.p, text.len, again);
        ok = vfy_report_check(v->report, CL_MANIFEST, strcmp(again, m->sha256) == 0,
                              E_CANON_MISMATCH, dir, "recomputed from the table %.60s (%s): %s",
                              vfy_json_str(source, "relation"), v->edges[i].name, again) && ok;
    }
    m->holds = ok;
}

void vfy_manifest_judge(struct evidence *v)
{
    const struct json *list = vfy_json_get(v->plan, "manifests");
    struct json first = {JSON_NULL, 0, {0}};

    v->manifest_count = vfy_json_count(list);
    v->manifests = vfy_mem_alloc(v->arena, v->manifest_count * sizeof *v->manifests);
    for (size_t i = 0; i < v->manifest_count; i++) {
        v->manifests[i].plan = vfy_json_at(list, i);
        judge(v, &v->manifests[i]);
    }
    if (v->manifest_count == 0)
        vfy_report_absent(v->report, CL_MANIFEST);
    else if (v->manifests[0].pg != NULL)
        first = string(v->manifests[0].pg->sha256, VFY_HEX - 1);
    vfy_report_number(v->report, CL_MANIFEST, 0, v->manifest_count);
    vfy_report_value(v->report, CL_MANIFEST, 1, &first);
}
