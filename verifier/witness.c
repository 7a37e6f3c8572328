/*
 * verifier/witness.c - activity, physical state, positions and capability of each edge: that
 * they are sorted and agree with the rest of their snapshot.  FORMAT.md section 3.
 */
#include "verifier/limits.h"
#include "verifier/snapshot.h"

#include <stdlib.h>
#include <string.h>

static bool check(struct evidence *v, const struct edge *edge, bool ok, const char *file, const char *what,
                  const char *name)
{
    return vfy_report_check(v->report, LEVEL_1, ok, E_EVIDENCE_INCONSISTENT,
                            vfy_mem_print(v->arena, "%s/%s", edge->name, file), "%s: %.120s", what, name);
}

/* a is before b, by a member that is text, a number in text, or a number */
static bool is_before(const struct json *a, const struct json *b, const char *key, bool numeric)
{
    const struct json *x = vfy_json_get(a, key), *y = vfy_json_get(b, key);

    if (x->type == JSON_INT)
        return x->u.integer < y->u.integer;
    return numeric ? strtoull(vfy_json_text(x), NULL, 10) < strtoull(vfy_json_text(y), NULL, 10)
                   : strcmp(vfy_json_text(x), vfy_json_text(y)) < 0;
}

static void judge_sorted(struct evidence *v, const struct edge *edge, const struct json *doc, const char *file,
                         const char *name, const char *key, bool numeric)
{
    const struct json *list = vfy_json_get(doc, name);
    bool ok = true;

    for (size_t i = 1; i < vfy_json_count(list); i++)
        ok = ok && is_before(vfy_json_at(list, i - 1), vfy_json_at(list, i), key, numeric);
    check(v, edge, ok, file, "not sorted, each once", name);
}

static const struct json *with(const struct json *list, const char *key, const struct json *value)
{
    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_same(vfy_json_get(vfy_json_at(list, i), key), value))
            return vfy_json_at(list, i);
    return NULL;
}

/* the holders are exactly the open and the prepared transactions */
static void judge_holders(struct evidence *v, const struct edge *edge)
{
    const struct json *list = vfy_json_get(edge->activity, "holders"), *sessions = vfy_json_get(edge->activity, "sessions");
    const struct json *open = vfy_json_get(edge->transactions, "in_progress");
    const struct json *prepared = vfy_json_get(edge->transactions, "prepared");
    size_t shared = 0;
    bool ok = true;

    for (size_t i = 0; i < vfy_json_count(open); i++)
        shared += vfy_json_has(prepared, vfy_json_text(vfy_json_at(open, i))) > 0;
    ok = vfy_json_count(list) + shared == vfy_json_count(open) + vfy_json_count(prepared);
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *h = vfy_json_at(list, i), *pid = vfy_json_get(h, "pid");
        const struct json *session = pid->type == JSON_INT ? with(sessions, "pid", pid) : NULL;
        bool is_open = vfy_json_is(vfy_json_get(h, "kind"), "open");

        ok = ok && vfy_json_has(is_open ? open : prepared, vfy_json_str(h, "xid")) > 0 &&
             (is_open ? vfy_json_has(prepared, vfy_json_str(h, "xid")) == 0 : pid->type == JSON_NULL) &&
             (session == NULL || vfy_json_same(vfy_json_get(session, "database"), vfy_json_get(h, "database")));
    }
    check(v, edge, ok, "activity.json", "its holders are not the transactions of transactions.json", "holders");
}

/* tables are those with a counter above 0 */
static void judge_counters(struct evidence *v, const struct edge *edge)
{
    static const char *const keys[] = {"analyze", "autoanalyze", "autovacuum", "vacuum"};
    const struct json *list = vfy_json_get(edge->activity, "tables");

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *t = vfy_json_at(list, i);
        size_t above = 0;

        for (int k = 0; k < 4; k++)
            above += !vfy_json_is(vfy_json_get(t, keys[k]), "0");
        if (!check(v, edge, above > 0, "activity.json", "no counter of it is above 0", vfy_json_str(t, "relation")))
            return;
    }
}

static void judge_activity(struct evidence *v, const struct edge *edge)
{
    const char *file = "activity.json";
    const struct json *a = edge->activity, *sessions = vfy_json_get(a, "sessions");
    const struct json *id = vfy_json_get(edge->identity, "database_oid"), *here = with(vfy_json_get(a, "databases"), "oid", id);
    bool observed = false;

    for (size_t i = 0; i < vfy_json_count(sessions); i++)
        observed = observed || (vfy_json_get(vfy_json_at(sessions, i), "observer")->type == JSON_TRUE &&
                                vfy_json_same(vfy_json_get(vfy_json_at(sessions, i), "database"), id));
    check(v, edge, vfy_json_same(vfy_json_get(here, "name"), vfy_json_get(edge->identity, "database")) && observed, file,
          "it does not have the database of identity.json, or no observer in it", vfy_json_str(edge->identity, "database"));
    judge_holders(v, edge);
    judge_counters(v, edge);
}

static bool is_kind(const struct edge *edge, const char *relation, const char *kind)
{
    const struct json *p = vfy_snapshot_find(vfy_json_get(edge->physical, "relations"), "relation", relation);

    return p != NULL && vfy_json_is(vfy_json_get(p, "kind"), kind);
}

static void judge_physical(struct evidence *v, const struct edge *edge)
{
    const char *file = "physical.json";
    const struct json *list = vfy_json_get(edge->physical, "relations");
    const struct json *sequences = vfy_json_get(edge->sequences, "sequences");

    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *p = vfy_json_at(list, i);
        const char *name = vfy_json_str(p, "relation"), *kind = vfy_json_str(p, "kind");
        bool small = strtoull(vfy_json_str(p, "size"), NULL, 10) <= VFY_MAX_PHYSICAL_BYTES;
        bool rows = strcmp(kind, "r") == 0 || strcmp(kind, "m") == 0;

        if (vfy_json_get(p, "digest")->type == JSON_NULL || (rows && small))
            continue;
        check(v, edge, false, file, "a digest of row versions of what is no small table", name);
        return;
    }
    for (size_t i = 0; i < edge->table_count; i++)
        if (!is_kind(edge, edge->tables[i].relation, vfy_json_str(edge->tables[i].entry, "kind")))
            check(v, edge, false, file, "it does not have the table", edge->tables[i].relation);
    for (size_t i = 0; i < vfy_json_count(sequences); i++)
        if (!is_kind(edge, vfy_json_str(vfy_json_at(sequences, i), "relation"), "S"))
            check(v, edge, false, file, "it does not have the sequence", vfy_json_str(vfy_json_at(sequences, i), "relation"));
    check(v, edge, vfy_json_same(vfy_json_get(edge->position, "insert_lsn"), vfy_json_get(edge->transactions, "lsn")),
          "wal.json", "its position is not that of transactions.json", vfy_json_str(edge->position, "insert_lsn"));
}

static void judge_capability(struct evidence *v, const struct edge *edge)
{
    const struct json *list = vfy_json_get(edge->capability, "channels"), *role = vfy_json_get(edge->capability, "role");
    const char *path = vfy_mem_print(v->arena, "%s/capability.json", edge->name);
    struct buf names = {v->arena, NULL, 0, 0};
    bool strict = !v->is_bracket || vfy_json_get(v->plan, "strict_role")->type == JSON_TRUE, ok = true;

    vfy_mem_add(&names, "", 0);
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *c = vfy_json_at(list, i);

        ok = ok && (i == 0 || is_before(vfy_json_at(list, i - 1), c, "capability", false));
        if (names.len < 250)
            vfy_mem_put(&names, "%s%.80s (%.60s)", i > 0 ? ", " : "", vfy_json_str(c, "capability"), vfy_json_str(c, "via"));
    }
    check(v, edge, ok && vfy_json_same(role, vfy_json_get(vfy_json_get(v->environment, "step"), "name")), "capability.json",
          "not sorted, each once, or of another role than the judged one", vfy_json_text(role));
    /* where the claim is not required, the plan still may want a strict role */
    if (strict)
        vfy_report_check(v->report, v->report->subjects[CL_NO_WRITE].is_required ? CL_NO_WRITE : LEVEL_3,
                         vfy_json_count(list) == 0, HOLD_CAPABILITY, path, "%.60s could have acted without a trace: %s",
                         vfy_json_text(role), names.p);
}

void vfy_witness_sorted(struct evidence *v)
{
    for (int e = 0; e < 2; e++) {
        const struct edge *edge = &v->edges[e];
        const struct json *a = edge->activity;

        judge_sorted(v, edge, a, "activity.json", "databases", "oid", true);
        judge_sorted(v, edge, a, "activity.json", "holders", "xid", false);
        judge_sorted(v, edge, a, "activity.json", "sessions", "pid", true);
        judge_sorted(v, edge, a, "activity.json", "tables", "relation", false);
        judge_sorted(v, edge, edge->physical, "physical.json", "relations", "relation", false);
    }
}

void vfy_witness_judge(struct evidence *v)
{
    for (int e = 0; e < 2; e++) {
        judge_activity(v, &v->edges[e]);
        judge_physical(v, &v->edges[e]);
        judge_capability(v, &v->edges[e]);
    }
}
