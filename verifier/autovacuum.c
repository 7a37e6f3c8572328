/*
 * verifier/autovacuum.c - what autovacuum wrote in this database.  FORMAT.md section 10.
 *
 * It is believed where a table's autovacuum or autoanalyze counter rose while nobody vacuumed
 * or analyzed it by hand; and only for records that it writes: never a row of a user's table.
 */
#include "verifier/attribute.h"
#include "verifier/catalog.h"
#include "verifier/snapshot.h"
#include "verifier/wal.h"

#include <stdlib.h>
#include <string.h>

struct autovacuum {
    const struct json *tables[2];
    struct index {
        const char *name, *table;
    } *indexes; /* of both catalogs, sorted by name */
    size_t count;
    bool by_hand;   /* somebody vacuumed or analyzed something */
    bool some;      /* it worked on something here */
    bool elsewhere; /* it is on, and nobody came to another database to vacuum there */
};

static unsigned long long counter(const struct json *table, const char *key)
{
    return strtoull(vfy_json_str(table, key), NULL, 10);
}

static bool rose(const struct json *before, const struct json *after, const char *key)
{
    return counter(after, key) > counter(before, key);
}

static bool same(const struct json *before, const struct json *after, const char *key)
{
    return counter(after, key) == counter(before, key);
}

/* a counter that fell was reset: then nothing is known of it */
static bool is_worked_on(const struct autovacuum *a, const char *relation)
{
    const struct json *before = vfy_snapshot_find(a->tables[0], "relation", relation);
    const struct json *after = vfy_snapshot_find(a->tables[1], "relation", relation);

    return same(before, after, "vacuum") && same(before, after, "analyze") &&
           (rose(before, after, "autovacuum") || rose(before, after, "autoanalyze"));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct index *)a)->name, ((const struct index *)b)->name);
}

/* CREATE INDEX name ON [ONLY] schema.table USING ..: the table, or NULL */
static const char *table_of(struct arena *arena, const char *definition)
{
    const char *p = strstr(definition, " INDEX ");
    size_t n;

    if (p == NULL)
        return NULL;
    p += 7;
    p += vfy_snapshot_identifier(p);
    if (strncmp(p, " ON ", 4) != 0)
        return NULL;
    p += strncmp(p, " ON ONLY ", 9) == 0 ? 9 : 4;
    n = vfy_snapshot_identifier(p);
    n += p[n] == '.' ? 1 + vfy_snapshot_identifier(p + n + 1) : 0;
    return vfy_mem_copy(arena, p, n);
}

static void add_index(struct autovacuum *a, size_t *room, struct index one, struct arena *arena)
{
    if (a->count == *room) {
        struct index *more = vfy_mem_alloc(arena, (2 * *room + 16) * sizeof *more);

        if (a->count > 0)
            memcpy(more, a->indexes, a->count * sizeof *more);
        a->indexes = more;
        *room = 2 * *room + 16;
    }
    a->indexes[a->count++] = one;
}

static void list_indexes(struct autovacuum *a, const struct evidence *v)
{
    size_t room = 0;

    for (int e = 0; e < 2; e++) {
        struct catalog c = vfy_catalog_open(v, e, "catalog.ndjson");
        const struct json *line;

        while ((line = vfy_catalog_next(&c)) != NULL) {
            const char *table = NULL, *name = vfy_json_text(vfy_json_at(line, 1));

            if (vfy_json_is(vfy_json_at(line, 0), "index"))
                table = table_of(v->arena, vfy_json_str(vfy_catalog_definition(vfy_catalog_arena(&c), line), "definition"));
            if (table != NULL)
                add_index(a, &room, (struct index){vfy_mem_copy(v->arena, name, strlen(name)), table}, v->arena);
        }
        vfy_catalog_close(&c);
    }
    if (a->count > 0)
        qsort(a->indexes, a->count, sizeof *a->indexes, by_name);
}

static bool is_on(const struct edge *edge)
{
    return vfy_json_is(vfy_json_get(vfy_json_get(edge->activity, "settings"), "autovacuum"), "on");
}

struct autovacuum *vfy_autovacuum_open(const struct evidence *v, bool began_elsewhere)
{
    struct autovacuum *a = vfy_mem_alloc(v->arena, sizeof *a);
    const struct json *resets[2] = {NULL, NULL};

    for (int e = 0; e < 2; e++) {
        const struct json *list = vfy_json_get(v->edges[e].activity, "databases");

        for (size_t i = 0; i < vfy_json_count(list); i++)
            if (vfy_json_same(vfy_json_get(vfy_json_at(list, i), "oid"), vfy_json_get(v->edges[0].identity, "database_oid")))
                resets[e] = vfy_json_get(vfy_json_at(list, i), "stats_reset");
        a->tables[e] = vfy_json_get(v->edges[e].activity, "tables");
    }
    if (!vfy_json_same(resets[0], resets[1]))
        return NULL;
    for (size_t i = 0; i < vfy_json_count(a->tables[1]); i++) {
        const struct json *after = vfy_json_at(a->tables[1], i);
        const char *relation = vfy_json_str(after, "relation");
        const struct json *before = vfy_snapshot_find(a->tables[0], "relation", relation);

        a->some = a->some || is_worked_on(a, relation);
        a->by_hand = a->by_hand || !same(before, after, "vacuum") || !same(before, after, "analyze");
    }
    a->elsewhere = !began_elsewhere && is_on(&v->edges[0]) && is_on(&v->edges[1]);
    list_indexes(a, v);
    return a;
}

static bool has_end(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);

    return n > m && strcmp(name + n - m, end) == 0;
}

/* the relation is that table of pg_catalog, one of its indexes, or its toast table */
static bool is_of_catalog(const char *relation, const char *table, const char *toast)
{
    size_t n = strlen(table), m = strlen(toast);

    if (strncmp(relation, "pg_catalog.", 11) == 0 && strncmp(relation + 11, table, n) == 0)
        return relation[11 + n] == '\0' || (relation[11 + n] == '_' && has_end(relation, "_index"));
    return m > 0 && strncmp(relation, toast, m) == 0 && (relation[m] == '\0' || strcmp(relation + m, "_index") == 0);
}

/* a table that it worked on, an index of one */
static bool is_ours(const struct autovacuum *a, const char *relation)
{
    struct index key = {relation, NULL}, *index;
    size_t n = strlen(relation);

    if (is_worked_on(a, relation))
        return true;
    index = a->count > 0 ? bsearch(&key, a->indexes, a->count, sizeof key, by_name) : NULL;
    if (index != NULL)
        return is_worked_on(a, index->table);
    if (strncmp(relation, "pg_toast.", 9) == 0 && has_end(relation, "_index")) {
        char name[80];

        if (n - 6 >= sizeof name)
            return false;
        memcpy(name, relation, n - 6);
        name[n - 6] = '\0';
        return is_worked_on(a, name);
    }
    for (size_t i = 0; strncmp(relation, "pg_catalog.", 11) == 0 && i < vfy_json_count(a->tables[1]); i++) {
        const char *table = vfy_json_str(vfy_json_at(a->tables[1], i), "relation");

        if (strncmp(table, "pg_catalog.", 11) == 0 && is_of_catalog(relation, table + 11, "") && is_worked_on(a, table))
            return true;
    }
    return false;
}

static bool does_relation(const struct autovacuum *a, const struct json *r, const char *rmgr, const char *type,
                          const char *database)
{
    enum vfy_wal_class class = vfy_wal_class(rmgr, type);
    bool mild = class == WAL_VACUUM || class == WAL_READ;
    const char *name = vfy_json_str(r, "relation");

    if (!vfy_json_is(vfy_json_get(r, "database"), database))
        return false;
    if (a->some && !a->by_hand && (is_of_catalog(name, "pg_statistic", "pg_toast.pg_toast_2619") ||
                        is_of_catalog(name, "pg_statistic_ext_data", "pg_toast.pg_toast_3429")))
        return true;
    if (a->some && !a->by_hand && mild && is_of_catalog(name, "pg_class", ""))
        return true;
    return (mild || (strcmp(rmgr, "Storage") == 0 && strcmp(type, "TRUNCATE") == 0)) && is_ours(a, name);
}

/* a run, here or in another database, ends with that database's own horizon, which is shared */
static bool is_horizon(const struct autovacuum *a, const struct json *g, const char *rmgr, const char *type)
{
    const struct json *relations = vfy_json_get(g, "relations");

    return !a->by_hand && (a->some || a->elsewhere) && strcmp(rmgr, "Heap") == 0 && strcmp(type, "INPLACE") == 0 && vfy_json_count(relations) == 1 &&
           vfy_json_is(vfy_json_get(vfy_json_at(relations, 0), "relation"), "pg_catalog.pg_database");
}

bool vfy_autovacuum_does(const struct autovacuum *a, const struct json *g, const char *database)
{
    const struct json *relations = vfy_json_get(g, "relations"), *databases = vfy_json_get(g, "databases");
    const char *rmgr = vfy_json_str(g, "rmgr"), *type = vfy_json_str(g, "type");

    if (a == NULL)
        return false;
    if (is_horizon(a, g, rmgr, type))
        return true;
    for (size_t i = 0; i < vfy_json_count(databases); i++)
        if (!vfy_json_is(vfy_json_at(databases, i), database))
            return false;
    if (vfy_json_count(relations) == 0)
        return strcmp(rmgr, "Transaction") == 0 || (strcmp(rmgr, "Standby") == 0 && strcmp(type, "LOCK") == 0) ||
               (strcmp(rmgr, "Heap2") == 0 && strcmp(type, "NEW_CID") == 0);
    for (size_t i = 0; i < vfy_json_count(relations); i++)
        if (!does_relation(a, vfy_json_at(relations, i), rmgr, type, database))
            return false;
    return true;
}
