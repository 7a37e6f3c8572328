/*
 * verifier/ids.c - transaction ids, gates: parts of vfy_state_judge.
 *
 * Claims ids-accounted, gates-dry-run-only.
 */
#include "verifier/ids.h"

#include "verifier/attribute.h"
#include "verifier/table.h"

#include <stdlib.h>
#include <string.h>

static unsigned long long next_id(const struct json *doc, const char *key)
{
    return strtoull(vfy_json_str(doc, key), NULL, 10);
}

/* two checks: nothing of the run's, nothing of unknown origin */
static void judge_origins(struct evidence *v, const struct ids *n, const char *path, const char *what, const char *names)
{
    vfy_report_check(v->report, CL_IDS, n->run == 0, E_XID_UNACCOUNTED, path, "%llu transaction %s %s%s%.200s", n->run,
                     n->run == 1 ? "id" : "ids", what, names[0] != '\0' ? ": " : "", names);
    vfy_report_check(v->report, CL_IDS, n->unknown == 0, E_EVIDENCE_UNATTRIBUTED, path, "%llu transaction %s %s%s%.200s; %s",
                     n->unknown, n->unknown == 1 ? "id" : "ids", what, names[0] != '\0' ? ": " : "", names,
                     vfy_attribute_others(v));
}

/* the counter never runs backwards over the records, in the order in which they ran */
static void judge_order(struct evidence *v, unsigned long long from, unsigned long long to)
{
    unsigned long long at = from;
    bool ok = true;

    for (size_t i = 0; i < v->ran_count; i++) {
        const struct record *r = v->ran[i];
        unsigned long long start = next_id(r->bracket, "next_xid_before"), end = next_id(r->bracket, "next_xid_after");
        unsigned long long first = next_id(r->session, "next_xid_before"), last = next_id(r->session, "next_xid_after");

        ok = ok && start >= at && first >= start && last >= first && end >= last;
        at = end;
    }
    vfy_report_check(v->report, CL_IDS, ok && at <= to, E_EVIDENCE_ORDER, "after/transactions.json",
                     "transaction ids run backwards over the records");
}

/* a decimal number as this format writes it; NULL when there is none */
static const char *number(const char *p, unsigned long long *n)
{
    size_t digits = strspn(p, "0123456789");

    *n = strtoull(p, NULL, 10);
    return digits == 0 || digits > 19 || (*p == '0' && digits > 1) ? NULL : p + digits;
}

/* MIN:MAX:OPEN,..: open ones ascend below MAX from MIN, which is MAX where there is none; a
 * server in recovery does not list them.  Returns where they start, or NULL. */
static const char *snapshot_list(const char *text, bool in_recovery, unsigned long long *most)
{
    unsigned long long least, id, last = 0;
    const char *p = number(text, &least), *list;
    size_t n = 0;

    p = p != NULL && *p == ':' ? number(p + 1, most) : NULL;
    if (p == NULL || *p != ':' || least > *most || *most - least >= 1u << 31)
        return NULL;
    list = p + 1;
    if (*list == '\0')
        return least == *most || in_recovery ? list : NULL;
    do {
        p = number(p + 1, &id);
        if (p == NULL || id >= *most || (n++ == 0 ? id != least : id <= last))
            return NULL;
        last = id;
    } while (*p == ',');
    return *p == '\0' ? list : NULL;
}

/* every id that a snapshot shows as running, and every id between it and the live counter, which
 * is read at another moment */
static void judge_snapshot(struct evidence *v, int edge, unsigned long long next)
{
    const char *text = vfy_json_str(v->edges[edge].transactions, "snapshot");
    const char *path = edge == 0 ? "before/transactions.json" : "after/transactions.json";
    struct buf names = {v->arena, NULL, 0, 0};
    struct ids n = {0, 0, 0, 0};
    unsigned long long most = 0, id;
    const char *p = snapshot_list(text, vfy_json_get(v->edges[edge].identity, "in_recovery")->type == JSON_TRUE, &most);

    if (!vfy_report_check(v->report, LEVEL_1, p != NULL, E_EVIDENCE_INCONSISTENT, path, "%.60s is no snapshot", text))
        return;
    vfy_mem_add(&names, "", 0);
    while (*p != '\0') {
        p = number(p, &id);
        vfy_attribute_ids(v, id, id + 1, &n, &names);
        p += *p == ',';
    }
    vfy_attribute_ids(v, most < next ? most : next, most < next ? next : most, &n, &names);
    judge_origins(v, &n, path, vfy_mem_print(v->arena, "running by the snapshot %.60s", text), names.p);
}

static void judge_open(struct evidence *v, int edge)
{
    static const char *const lists[] = {"in_progress", "prepared"};
    const struct json *doc = v->edges[edge].transactions;
    const char *path = edge == 0 ? "before/transactions.json" : "after/transactions.json";

    for (int l = 0; l < 2; l++) {
        const struct json *list = vfy_json_get(doc, lists[l]);
        struct buf names = {v->arena, NULL, 0, 0};
        struct ids n = {0, 0, 0, 0};

        vfy_mem_add(&names, "", 0);
        for (size_t i = 0; i < vfy_json_count(list); i++) {
            unsigned long long id = strtoull(vfy_json_text(vfy_json_at(list, i)), NULL, 10);

            vfy_attribute_ids(v, id, id + 1, &n, names.len < 150 ? &names : NULL);
        }
        judge_origins(v, &n, path, l == 0 ? "in progress" : "prepared", names.p);
    }
    vfy_report_check(v->report, CL_IDS, vfy_json_get(doc, "observer_xid")->type == JSON_NULL, E_XID_UNACCOUNTED, path,
                     "the observer itself had a transaction id");
}

void vfy_ids_judge(struct evidence *v)
{
    const struct json *docs[2] = {v->edges[0].transactions, v->edges[1].transactions};
    unsigned long long next[2] = {next_id(docs[0], "next_xid"), next_id(docs[1], "next_xid")};
    struct buf names = {v->arena, NULL, 0, 0};
    struct ids n = {0, 0, 0, 0};

    vfy_mem_add(&names, "", 0);
    judge_order(v, next[0], next[1]);
    if (vfy_report_check(v->report, CL_IDS, next[1] >= next[0], E_EVIDENCE_ORDER, "after/transactions.json",
                         "the next transaction id is before that of before"))
        vfy_attribute_ids(v, next[0], next[1], &n, &names);
    judge_origins(v, &n, "after/transactions.json", v->is_bracket ? "consumed" : "consumed by no step", names.p);
    vfy_report_check(v->report, CL_IDS, vfy_json_same(vfy_json_get(docs[0], "next_multixact"), vfy_json_get(docs[1], "next_multixact")),
                     vfy_attribute_code(vfy_attribute_anywhere(v), E_XID_UNACCOUNTED), "after/transactions.json",
                     "rows were locked by several transactions at once");
    for (int e = 0; e < 2; e++) {
        judge_open(v, e);
        judge_snapshot(v, e, next[e]);
    }
    vfy_report_number(v->report, CL_IDS, 0, (size_t)(next[1] - next[0]));
    vfy_report_says(v->report, CL_IDS, "ids=%llu: %llu of steps, %llu of other databases or autovacuum", next[1] - next[0], n.own,
                    n.foreign);
}

void vfy_ids_gates(struct evidence *v)
{
    const struct json *gates = vfy_json_get(v->plan, "gates"), *expect = vfy_json_get(gates, "expect");
    const char *relation = vfy_json_str(gates, "relation"), *key = vfy_json_str(gates, "key");

    for (size_t i = 0; i < 2 * vfy_json_count(expect); i++) {
        const struct edge *edge = &v->edges[i % 2];
        const struct table *t = vfy_table_find(edge, relation);
        const struct json *gate = &expect->u.items[i / 2 * 2];
        size_t row = 0, n = vfy_table_by(t, key, gate->u.text, &row);

        vfy_report_check(v->report, CL_GATES,
                         n == 1 && vfy_json_same(vfy_table_cell(t, row, vfy_json_str(gates, "value")), gate + 1),
                         E_GATE_OPEN, vfy_mem_print(v->arena, "%s/tables.json", edge->name),
                         "gate %.60s of %.80s is not %.40s", gate->u.text, relation, vfy_json_text(gate + 1));
    }
    if (vfy_json_count(expect) == 0)
        vfy_report_absent(v->report, CL_GATES);
    vfy_report_number(v->report, CL_GATES, 0, vfy_json_count(expect));
}
