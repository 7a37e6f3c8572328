/*
 * verifier/snapshot.c - see snapshot.h.
 *
 * The catalog is walked once; each line must have its counterpart, and the counterparts
 * are counted: what is left over on the other side was invented.
 */
#include "verifier/snapshot.h"

#include "verifier/catalog.h"
#include "verifier/table.h"
#include "verifier/text.h"

#include <string.h>

static bool check(struct evidence *v, const struct edge *edge, bool ok, const char *file, const char *what,
                  const char *name)
{
    return vfy_report_check(v->report, LEVEL_1, ok, E_EVIDENCE_INCONSISTENT,
                            ok ? file : vfy_mem_print(v->arena, "%s/%s", edge->name, file), "%s: %.120s", what, name);
}

const struct json *vfy_snapshot_find(const struct json *list, const char *member, const char *name)
{
    size_t from = 0, to = vfy_json_count(list);

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = strcmp(vfy_json_str(vfy_json_at(list, middle), member), name);

        if (order == 0)
            return vfy_json_at(list, middle);
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static void judge_sorted(struct evidence *v, const struct edge *edge, const struct json *list, const char *member,
                         const char *file)
{
    for (size_t i = 1; i < vfy_json_count(list); i++) {
        const char *name = vfy_json_str(vfy_json_at(list, i), member);

        if (!check(v, edge, strcmp(vfy_json_str(vfy_json_at(list, i - 1), member), name) < 0, file,
                   "not sorted, each once", name))
            return;
    }
}

/* by the bytes of the lines; of each kind an identity stands once (comments have several) */
static void judge_lines(struct evidence *v, int e, const char *file)
{
    struct catalog c = vfy_catalog_open(v, e, file);
    struct buf last = {v->arena, NULL, 0, 0};
    const struct json *line, *before = NULL;
    bool ok = true;

    while (ok && (line = vfy_catalog_next(&c)) != NULL) {
        ok = vfy_lines_rises(&last, c.p, c.n);
        if (!vfy_json_is(vfy_json_at(line, 0), "comment"))
            ok = ok && !(vfy_json_same(vfy_json_at(line, 0), vfy_json_at(before, 0)) &&
                         vfy_json_same(vfy_json_at(line, 1), vfy_json_at(before, 1)));
        check(v, &v->edges[e], ok, file, "not sorted, each once", vfy_json_text(vfy_json_at(line, 1)));
        before = line;
    }
    vfy_catalog_close(&c);
}

static bool is_true(const struct json *object, const char *key)
{
    const struct json *v = vfy_json_get(object, key);

    return v != NULL && v->type == JSON_TRUE;
}

size_t vfy_snapshot_identifier(const char *p)
{
    size_t n = 1;

    if (*p != '"')
        return strcspn(p, ". ");
    while (p[n] != '\0' && (p[n] != '"' || p[n + 1] == '"'))
        n += p[n] == '"' ? 2 : 1;
    return n + (p[n] == '"');
}

static bool is_identifier(const char *p, size_t n, const char *name)
{
    if (*p != '"')
        return strlen(name) == n && memcmp(p, name, n) == 0;
    for (size_t i = 1; i + 1 < n; i++) {
        if (*name++ != p[i])
            return false;
        i += p[i] == '"';
    }
    return *name == '\0';
}

struct walk {
    struct evidence *v;
    const struct edge *edge;
    struct catalog *catalog;
    size_t *columns; /* for each table, lines of its columns */
    size_t tables, unseen, sequences, functions;
};

static void judge_relation(struct walk *w, const char *name, const struct json *d)
{
    const struct json *list = w->edge->list, *kind = vfy_json_get(d, "kind");
    const struct table *t = vfy_table_find(w->edge, name);
    bool unseen = vfy_snapshot_find(vfy_json_get(list, "not_observed"), "relation", name) != NULL;
    bool excluded = vfy_snapshot_find(vfy_json_get(list, "excluded"), "relation", name) != NULL;
    bool rows = vfy_json_is(kind, "r") || (vfy_json_is(kind, "m") && is_true(d, "populated"));

    if (!rows && !vfy_json_is(kind, "f") && !vfy_json_is(kind, "m")) {
        check(w->v, w->edge, t == NULL && !unseen, "catalog.ndjson", "tables.json has it, and it is no table", name);
        return;
    }
    w->tables += t != NULL;
    w->unseen += unseen;
    check(w->v, w->edge,
          excluded ? t == NULL && !unseen
                   : rows ? t != NULL && !unseen && vfy_json_same(vfy_json_get(t->entry, "kind"), kind)
                          : t == NULL && unseen,
          "catalog.ndjson", "tables.json does not list it exactly once, as what it is", name);
}

static void judge_column(struct walk *w, const char *name, const struct json *d)
{
    size_t n = vfy_snapshot_identifier(name), at;
    const struct json *columns;
    const struct table *t;

    n += name[n] == '.';
    n += vfy_snapshot_identifier(name + n);
    t = name[n] == '.' ? vfy_table_find(w->edge, vfy_mem_copy(vfy_catalog_arena(w->catalog), name, n)) : NULL;
    if (t == NULL)
        return;
    w->columns[t - w->edge->tables]++;
    columns = vfy_json_get(t->entry, "columns");
    at = (size_t)vfy_json_int(vfy_json_get(d, "position")) - 1;
    check(w->v, w->edge,
          is_identifier(name + n + 1, strlen(name + n + 1), vfy_json_text(vfy_json_at(vfy_json_at(columns, at), 0))) &&
              vfy_json_same(vfy_json_get(d, "type"), vfy_json_at(vfy_json_at(columns, at), 1)),
          "catalog.ndjson", "tables.json does not have this column in its place", name);
}

/* an aggregate has no definition of its own; a body in SQL has no source text */
static void judge_function(struct walk *w, const char *name, const struct json *d)
{
    const struct json *f = vfy_snapshot_find(w->edge->functions, "signature", name);
    bool aggregate = vfy_json_count(vfy_json_get(d, "aggregate")) > 0;
    const char *body = vfy_json_str(d, "definition"), *source = vfy_json_str(f, "prosrc");

    w->functions += f != NULL;
    check(w->v, w->edge,
          f != NULL && (aggregate || (body[0] != '\0' && strstr(body, source) != NULL &&
                                      (strcmp(vfy_json_str(f, "prosecdef"), "f") == 0 ||
                                       strstr(body, "SECURITY DEFINER") != NULL))),
          "catalog.ndjson", "functions.ndjson does not have it, or another body", name);
}

static void judge_catalog(struct evidence *v, int e)
{
    const struct edge *edge = &v->edges[e];
    const struct json *sequences = vfy_json_get(edge->sequences, "sequences");
    const struct json *unseen = vfy_json_get(edge->list, "not_observed");
    size_t *columns = vfy_mem_alloc(v->arena, edge->table_count * sizeof *columns), temporary = 0;
    struct catalog c = vfy_catalog_open(v, e, "catalog.ndjson");
    struct walk w = {v, edge, &c, columns, 0, 0, 0, 0};
    const struct json *line;

    while ((line = vfy_catalog_next(&c)) != NULL) {
        const char *kind = vfy_json_text(vfy_json_at(line, 0)), *name = vfy_json_text(vfy_json_at(line, 1));

        if (strcmp(kind, "relation") == 0)
            judge_relation(&w, name, vfy_catalog_definition(vfy_catalog_arena(&c), line));
        else if (strcmp(kind, "column") == 0)
            judge_column(&w, name, vfy_catalog_definition(vfy_catalog_arena(&c), line));
        else if (strcmp(kind, "function") == 0)
            judge_function(&w, name, vfy_catalog_definition(vfy_catalog_arena(&c), line));
        else if (strcmp(kind, "sequence") == 0)
            w.sequences += check(v, edge, vfy_snapshot_find(sequences, "relation", name) != NULL, "catalog.ndjson",
                                 "sequences.json does not have it", name);
    }
    vfy_catalog_close(&c);
    for (size_t i = 0; i < vfy_json_count(unseen); i++)
        temporary += strncmp(vfy_json_str(vfy_json_at(unseen, i), "relation"), "pg_temp_", 8) == 0;
    check(v, edge, w.tables == edge->table_count && w.unseen + temporary == vfy_json_count(unseen), "tables.json",
          "it lists a table that is not there", "by the catalog");
    check(v, edge, w.sequences == vfy_json_count(sequences), "sequences.json", "it lists a sequence that is not there",
          "by the catalog");
    check(v, edge, w.functions == vfy_json_count(edge->functions), "functions.ndjson",
          "it lists a function that is not there", "by the catalog");
    for (size_t i = 0; i < edge->table_count; i++)
        check(v, edge, columns[i] == vfy_json_count(vfy_json_get(edge->tables[i].entry, "columns")), "tables.json",
              "its columns are not those of the catalog", edge->tables[i].relation);
}

static const struct json *cluster_line(const struct edge *edge, const char *kind, const char *name)
{
    for (size_t i = 0; i < vfy_json_count(edge->cluster); i++) {
        const struct json *line = vfy_json_at(edge->cluster, i);

        if (vfy_json_is(vfy_json_at(line, 0), kind) && vfy_json_is(vfy_json_at(line, 1), name))
            return line;
    }
    return NULL;
}

/* direct memberships: `member in role by grantor`, each role among the role's member_of */
static bool memberships_fit(const struct edge *edge, const struct json *role)
{
    const struct json *above = vfy_json_get(role, "member_of");
    size_t direct = 0;

    for (size_t i = 0; i < vfy_json_count(edge->cluster); i++) {
        const struct json *line = vfy_json_at(edge->cluster, i);
        const char *name = vfy_json_text(vfy_json_at(line, 1));
        size_t n = vfy_snapshot_identifier(name);
        bool known = false;

        if (!vfy_json_is(vfy_json_at(line, 0), "membership") || !is_identifier(name, n, vfy_json_str(role, "name")))
            continue;
        direct++;
        name += n;
        for (size_t k = 0; strncmp(name, " in ", 4) == 0 && k < vfy_json_count(above); k++)
            known = known || is_identifier(name + 4, vfy_snapshot_identifier(name + 4), vfy_json_text(vfy_json_at(above, k)));
        if (!known)
            return false;
    }
    return (direct > 0) == (vfy_json_count(above) > 0);
}

static void judge_cluster(struct evidence *v, const struct edge *edge)
{
    static const char *const names[] = {"observer", "step"};
    static const char *const same[] = {"superuser", "createrole", "createdb", "replication", "bypassrls"};
    const char *database = vfy_json_str(edge->identity, "database");

    check(v, edge, cluster_line(edge, "database", database) != NULL, "cluster.ndjson",
          "it does not have the database of identity.json", database);
    for (int r = 0; r < 2; r++) {
        const struct json *role = vfy_json_get(v->environment, names[r]);
        const struct json *line = cluster_line(edge, "role", vfy_json_str(role, "name"));
        const struct json *d = line != NULL ? vfy_catalog_definition(v->arena, line) : NULL;
        bool ok = is_true(d, "login") && memberships_fit(edge, role);

        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
            ok = ok && vfy_json_same(vfy_json_get(d, same[i]), vfy_json_get(role, same[i]));
        check(v, edge, ok, "cluster.ndjson", "it does not have the role as environment.json says",
              vfy_json_str(role, "name"));
    }
}

bool vfy_snapshot_sandbox(const struct evidence *v)
{
    return cluster_line(&v->edges[0], "role", "dryproof_sandbox") != NULL ||
           cluster_line(&v->edges[1], "role", "dryproof_sandbox") != NULL;
}

bool vfy_snapshot_is_ascii(const struct evidence *v)
{
    const struct json *line = cluster_line(&v->edges[0], "database", vfy_json_str(v->edges[0].identity, "database"));

    return line != NULL && vfy_json_is(vfy_json_get(vfy_catalog_definition(v->arena, line), "encoding"), "SQL_ASCII");
}

static bool is_redacted(const struct json *cell)
{
    return cell->type == JSON_NULL || (cell->type == JSON_STRING && cell->count == 76 &&
                                       strncmp(cell->u.text, "hmac-sha256:", 12) == 0 &&
                                       vfy_text_hex(cell->u.text + 12, 64));
}

static size_t judge_redacted(struct evidence *v, const struct edge *edge)
{
    static const char *const lists[] = {"redacted", "volatile"};
    size_t redacted = 0;

    for (size_t i = 0; i < edge->table_count; i++) {
        const struct table *t = &edge->tables[i];
        bool ok = true;

        for (size_t k = 0; k < 2; k++) {
            const struct json *names = vfy_json_get(t->head, lists[k]);

            for (size_t c = 0; c < vfy_json_count(names); c++) {
                const char *name = vfy_json_text(vfy_json_at(names, c));

                ok = ok && vfy_json_has(vfy_json_get(t->head, "columns"), name) == 1;
                for (size_t r = 0; k == 0 && ok && r < t->row_count; r++)
                    ok = vfy_table_cell(t, r, name) != NULL && is_redacted(vfy_table_cell(t, r, name));
                redacted += k == 0;
            }
        }
        check(v, edge, ok, "tables.json", "a redacted or volatile column is not one, or shows a value", t->relation);
    }
    return redacted;
}

void vfy_snapshot_sorted(struct evidence *v)
{
    for (int e = 0; e < 2; e++) {
        const struct edge *edge = &v->edges[e];

        judge_sorted(v, edge, vfy_json_get(edge->list, "tables"), "relation", "tables.json");
        judge_sorted(v, edge, vfy_json_get(edge->list, "excluded"), "relation", "tables.json");
        judge_sorted(v, edge, vfy_json_get(edge->list, "not_observed"), "relation", "tables.json");
        judge_sorted(v, edge, vfy_json_get(edge->sequences, "sequences"), "relation", "sequences.json");
        judge_sorted(v, edge, edge->functions, "signature", "functions.ndjson");
        judge_lines(v, e, "catalog.ndjson");
        judge_lines(v, e, "cluster.ndjson");
    }
}

void vfy_snapshot_judge(struct evidence *v)
{
    size_t redacted = 0;

    for (int e = 0; e < 2; e++) {
        const struct edge *edge = &v->edges[e];

        judge_catalog(v, e);
        judge_cluster(v, edge);
        redacted += judge_redacted(v, edge);
    }
    vfy_report_check(v->report, LEVEL_1,
                     (vfy_json_get(v->environment, "redaction_key_id")->type != JSON_NULL) == (redacted > 0),
                     E_EVIDENCE_INCONSISTENT, "environment.json",
                     "a redaction key exactly when a column is redacted");
}
