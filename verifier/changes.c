/*
 * verifier/changes.c - before against after, less the rows: catalog, cluster, functions,
 * sequences, physical state, each named.
 *
 * Claim no-state (physical state: no-write-witness).
 */
#include "verifier/attribute.h"
#include "verifier/catalog.h"
#include "verifier/lines.h"
#include "verifier/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT = 200, SHOWN = 10 };

/* lines that stand in one of two sorted files only */
struct only {
    const struct json *lines[KEPT];
    size_t count, named;
};

static void keep(struct evidence *v, struct only *o, const char *p, size_t n)
{
    static const struct json nothing = {JSON_ARRAY, 0, {0}};
    const struct json *line = &nothing;
    struct err none;

    /* docs.c has read it once */
    if (o->count < KEPT)
        o->lines[o->count] = vfy_json_parse(v->arena, p, n - 1, JSON_OURS, "", &line, &none) == 0 ? line : &nothing;
    o->count++;
}

static void compare(struct evidence *v, const struct member *m[2], struct only o[2])
{
    struct lines lines[2] = {vfy_lines_open(v->arena, m[0]), vfy_lines_open(v->arena, m[1])};
    const char *p[2];
    size_t n[2];
    bool has[2];

    for (int e = 0; e < 2; e++)
        has[e] = vfy_lines_next(&lines[e], &p[e], &n[e]);
    while (has[0] || has[1]) {
        int order = !has[0] ? 1 : !has[1] ? -1 : memcmp(p[0], p[1], n[0] < n[1] ? n[0] : n[1]);

        for (int e = 0; e < 2; e++) {
            if (e == 0 ? order > 0 : order < 0)
                continue;
            if (order != 0)
                keep(v, &o[e], p[e], n[e]);
            has[e] = vfy_lines_next(&lines[e], &p[e], &n[e]);
        }
    }
    for (int e = 0; e < 2; e++)
        vfy_lines_close(&lines[e]);
}

/* a line of the catalog or the cluster is [kind, identity, definition], one of the functions an object */
static const char *name_of(struct arena *a, const struct json *line)
{
    return line->type == JSON_OBJECT
               ? vfy_mem_print(a, "source of %.100s", vfy_json_str(line, "signature"))
               : vfy_mem_print(a, "%.30s %.100s", vfy_json_text(vfy_json_at(line, 0)), vfy_json_text(vfy_json_at(line, 1)));
}

static bool has_name(struct arena *a, const struct only *o, const char *name)
{
    for (size_t i = 0; i < o->count && i < KEPT; i++)
        if (strcmp(name_of(a, o->lines[i]), name) == 0)
            return true;
    return false;
}

static void put(struct buf *b, size_t *shown, const char *name, const char *how)
{
    if ((*shown)++ < SHOWN && b->len < 330)
        vfy_mem_put(b, "%s%s %s", b->len > 0 ? ", " : "", name, how);
}

static void judge_lines(struct evidence *v, const char *file, enum vfy_origin origin)
{
    const struct member *m[2] = {vfy_bag_peek(v->bag, "before/%s", file), vfy_bag_peek(v->bag, "after/%s", file)};
    bool same = strcmp(m[0]->sha256, m[1]->sha256) == 0;
    struct only *o = vfy_mem_alloc(v->arena, 2 * sizeof *o);
    struct buf b = {v->arena, NULL, 0, 0};
    size_t shown = 0;

    if (!same)
        compare(v, m, o);
    for (size_t i = 0; i < o[0].count && i < KEPT; i++) {
        const char *name = name_of(v->arena, o[0].lines[i]);

        put(&b, &shown, name, has_name(v->arena, &o[1], name) ? "altered" : "dropped");
    }
    for (size_t i = 0; i < o[1].count && i < KEPT; i++) {
        const char *name = name_of(v->arena, o[1].lines[i]);

        if (!has_name(v->arena, &o[0], name))
            put(&b, &shown, name, "added");
    }
    vfy_report_check(v->report, CL_NO_STATE, same, vfy_attribute_code(origin, E_EVIDENCE_CHANGED),
                     vfy_mem_print(v->arena, "after/%s", file), "%s%s", b.p != NULL ? b.p : "",
                     shown > SHOWN || o[0].count > KEPT || o[1].count > KEPT ? ", and more" : "");
}

static void judge_sequence(struct evidence *v, const char *name, const struct json *a, const struct json *b)
{
    enum vfy_code code = vfy_attribute_code(vfy_attribute_here(v), E_EVIDENCE_CHANGED);
    const char *was = vfy_json_str(a, "last_value"), *is = vfy_json_str(b, "last_value");

    if (a == NULL || b == NULL)
        vfy_report_check(v->report, CL_NO_STATE, false, code, "after/sequences.json", "sequence %.100s %s", name,
                         a == NULL ? "was not there before" : "is not there after");
    else
        vfy_report_check(v->report, CL_NO_STATE, vfy_json_same(a, b), code, "after/sequences.json",
                         "sequence %.100s: %.24s%s -> %.24s%s (log_cnt %.24s -> %.24s)", name, was,
                         vfy_json_get(a, "is_called")->type == JSON_TRUE ? "" : " (not called)", is,
                         vfy_json_get(b, "is_called")->type == JSON_TRUE ? "" : " (not called)",
                         vfy_json_str(a, "log_cnt"), vfy_json_str(b, "log_cnt"));
}

static void judge_sequences(struct evidence *v)
{
    const struct json *list[2];

    for (int e = 0; e < 2; e++)
        list[e] = vfy_json_get(v->edges[e].sequences, "sequences");
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < vfy_json_count(list[e]); i++) {
            const struct json *s = vfy_json_at(list[e], i);
            const char *name = vfy_json_str(s, "relation");
            const struct json *other = vfy_snapshot_find(list[1 - e], "relation", name);

            if (e == 0 || other == NULL)
                judge_sequence(v, name, e == 0 ? s : NULL, e == 0 ? other : s);
        }
}

/* relations with an explained record; strong: under an id, or a row version at least */
struct touched {
    const char *name;
    bool strong;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct touched *)a)->name, ((const struct touched *)b)->name);
}

static struct touched *list_touched(struct evidence *v, size_t *n)
{
    const struct json *here = vfy_json_get(v->edges[0].identity, "database_oid");
    size_t room = 1, kept = 0;
    struct touched *list;

    for (size_t i = 0; i < vfy_json_count(v->groups); i++)
        room += vfy_json_count(vfy_json_get(vfy_json_at(v->groups, i), "relations"));
    list = vfy_mem_alloc(v->arena, room * sizeof *list);
    *n = 0;
    for (size_t i = 0; i < vfy_json_count(v->groups); i++) {
        const struct json *g = vfy_json_at(v->groups, i), *relations = vfy_json_get(g, "relations");
        const char *basis;

        if (vfy_attribute_group(v, g, &basis) != ORIGIN_EXPLAINED)
            continue;
        for (size_t k = 0; k < vfy_json_count(relations); k++)
            if (vfy_json_same(vfy_json_get(vfy_json_at(relations, k), "database"), here))
                list[(*n)++] = (struct touched){vfy_json_str(vfy_json_at(relations, k), "relation"),
                                                vfy_json_get(g, "xid")->type == JSON_STRING};
    }
    qsort(list, *n, sizeof *list, by_name);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && strcmp(list[kept - 1].name, list[i].name) == 0)
            list[kept - 1].strong = list[kept - 1].strong || list[i].strong;
        else
            list[kept++] = list[i];
    }
    *n = kept;
    return list;
}

static bool is_allowed(const struct evidence *v, const char *relation)
{
    const struct json *list = vfy_json_get(v->plan, "allowed_changes");

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "relation"), relation))
            return true;
    return false;
}

/* what differs, or NULL when a record or the plan explains it */
static const char *physical(struct evidence *v, const struct json *a, const struct json *b, const struct touched *list,
                            size_t n)
{
    static const char *const keys[] = {"filenode", "digest", "kind", "size"};
    static const char *const says[] = {"another file", "other row versions", "another kind", "another size"};
    struct touched key = {vfy_json_str(a != NULL ? a : b, "relation"), false}, *hit;

    hit = n > 0 ? bsearch(&key, list, n, sizeof key, by_name) : NULL;
    if ((hit != NULL && hit->strong) || is_allowed(v, key.name))
        return NULL;
    if (a == NULL || b == NULL)
        return a == NULL ? "not there before" : "not there after";
    for (size_t i = 0; i < 4; i++)
        if (!vfy_json_same(vfy_json_get(a, keys[i]), vfy_json_get(b, keys[i])) && (i < 3 || hit == NULL))
            return says[i];
    return NULL;
}

static void judge_physical(struct evidence *v)
{
    const struct json *list[2];
    struct buf b = {v->arena, NULL, 0, 0};
    size_t n, shown = 0;
    const struct touched *touched = list_touched(v, &n);
    enum vfy_origin origin = vfy_attribute_here(v);

    for (int e = 0; e < 2; e++)
        list[e] = vfy_json_get(v->edges[e].physical, "relations");
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < vfy_json_count(list[e]); i++) {
            const struct json *r = vfy_json_at(list[e], i);
            const struct json *other = vfy_snapshot_find(list[1 - e], "relation", vfy_json_str(r, "relation"));
            const char *how = NULL;

            if (e == 0 || other == NULL)
                how = physical(v, e == 0 ? r : NULL, e == 0 ? other : r, touched, n);
            if (how != NULL)
                put(&b, &shown, vfy_mem_print(v->arena, "%.100s:", vfy_json_str(r, "relation")), how);
        }
    vfy_report_check(v->report, CL_NO_STATE, shown == 0, vfy_attribute_code(origin, E_EVIDENCE_CHANGED),
                     "after/physical.json", "%s%s", b.p != NULL ? b.p : "", shown > SHOWN ? ", and more" : "");
}

static bool holds_nobody(struct arena *a, const struct json *transactions)
{
    const char *next = vfy_json_str(transactions, "next_xid");

    return vfy_json_is(vfy_json_get(transactions, "snapshot"), vfy_mem_print(a, "%s:%s:", next, next)) &&
           vfy_json_count(vfy_json_get(transactions, "in_progress")) == 0 &&
           vfy_json_count(vfy_json_get(transactions, "prepared")) == 0;
}

static bool has_unlogged(struct evidence *v)
{
    struct catalog c = vfy_catalog_open(v, 0, "catalog.ndjson");
    const struct json *line;
    bool found = false;

    while (!found && (line = vfy_catalog_next(&c)) != NULL)
        found = vfy_json_is(vfy_json_at(line, 0), "relation") &&
                vfy_json_is(vfy_json_get(vfy_catalog_definition(vfy_catalog_arena(&c), line), "persistence"), "u");
    vfy_catalog_close(&c);
    return found;
}

/* what was not read a second time is as it was, and nothing could have changed it: FORMAT.md section 3 */
static void judge_answered(struct evidence *v)
{
    static const char *const copies[] = {"capability.json", "catalog.ndjson", "functions.ndjson", "physical.json",
                                         "tables.json"};
    static const char *const members[] = {"lsn", "next_multixact", "next_xid"};
    const struct json *t[2] = {v->edges[0].transactions, v->edges[1].transactions};
    bool is_still = holds_nobody(v->arena, t[0]) && holds_nobody(v->arena, t[1]) && vfy_json_is(vfy_json_get(v->wal, "basis"), "equal");

    for (int e = 0; e < 2; e++)
        is_still = is_still && vfy_json_get(v->edges[e].identity, "in_recovery")->type == JSON_FALSE;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        is_still = is_still && vfy_json_same(vfy_json_get(t[0], members[i]), vfy_json_get(t[1], members[i]));
    vfy_report_check(v->report, CL_NO_STATE, is_still, E_EVIDENCE_INCONSISTENT, "after/answered.json",
                     "an id or a WAL position moved between the edges: the second cannot be answered from the first");
    vfy_report_check(v->report, CL_NO_STATE,
                     !has_unlogged(v) && vfy_json_count(vfy_json_get(v->edges[0].capability, "channels")) == 0,
                     E_EVIDENCE_INCONSISTENT, "after/answered.json",
                     "a relation is unlogged, or the role could have acted unseen: positions prove nothing of it");
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        vfy_report_check(v->report, CL_NO_STATE,
                         strcmp(vfy_bag_peek(v->bag, "before/%s", copies[i])->sha256,
                                vfy_bag_peek(v->bag, "after/%s", copies[i])->sha256) == 0,
                         E_EVIDENCE_INCONSISTENT, vfy_mem_print(v->arena, "after/%s", copies[i]),
                         "answered from the first edge, and not what stands there");
    vfy_report_unseen(v->report, "tables, catalog and physical state were read once, before: no id and no WAL position moved since "
                                 "(who changes files of the server leaves neither)");
}

void vfy_changes_judge(struct evidence *v)
{
    if (v->is_answered)
        judge_answered(v);
    judge_lines(v, "catalog.ndjson", vfy_attribute_here(v));
    judge_lines(v, "functions.ndjson", vfy_attribute_here(v));
    judge_lines(v, "cluster.ndjson", vfy_attribute_anywhere(v));
    judge_sequences(v);
    judge_physical(v);
    vfy_report_check(v->report, CL_NO_STATE,
                     vfy_json_same(vfy_json_get(v->edges[0].list, "not_observed"),
                                   vfy_json_get(v->edges[1].list, "not_observed")),
                     vfy_attribute_code(vfy_attribute_here(v), E_EVIDENCE_CHANGED), "after/tables.json",
                     "the list of unobserved tables changed");
}
