/*
 * verifier/ids.c - transaction ids, gates, WAL: the rest of vfy_state_judge.
 *
 * Claims ids-accounted, gates-dry-run-only, no-write-witness.
 */
#include "verifier/ids.h"

#include "verifier/record.h"
#include "verifier/table.h"

#include <stdlib.h>
#include <string.h>

static unsigned long long next_id(const struct json *doc, const char *key)
{
    return strtoull(vfy_json_str(doc, key), NULL, 10);
}

struct count {
    unsigned long long at, explained; /* the counter after the last record; ids of records */
    bool in_order;
};

static void follow(struct count *c, const struct record *r)
{
    unsigned long long from = next_id(r->bracket, "next_xid_before"), to = next_id(r->bracket, "next_xid_after");
    unsigned long long first = next_id(r->session, "next_xid_before"), last = next_id(r->session, "next_xid_after");

    c->in_order = c->in_order && from >= c->at && first >= from && last >= first && to >= last;
    c->explained += to - from;
    c->at = to;
}

/* records are followed in the order in which they ran; what moves the counter between
 * two of them is nobody's */
void vfy_ids_judge(struct evidence *v)
{
    const struct json *before = v->edges[0].transactions, *after = v->edges[1].transactions;
    unsigned long long from = next_id(before, "next_xid"), to = next_id(after, "next_xid");
    struct count c = {from, 0, true};

    for (size_t i = 0; i < v->ran_count; i++)
        follow(&c, v->ran[i]);
    vfy_report_check(v->report, CL_IDS, c.in_order && c.at <= to, E_EVIDENCE_ORDER, "after/transactions.json",
                     "transaction ids run backwards over the records");
    vfy_report_check(v->report, CL_IDS, to >= from && to - from == c.explained, E_XID_UNACCOUNTED,
                     "after/transactions.json", "%llu ids were consumed between the edges, %llu by known records",
                     to - from, c.explained);
    vfy_report_check(v->report, CL_IDS,
                     vfy_json_same(vfy_json_get(before, "next_multixact"), vfy_json_get(after, "next_multixact")),
                     E_XID_UNACCOUNTED, "after/transactions.json", "rows were locked by several transactions at once");
    for (int e = 0; e < 2; e++) {
        const struct json *doc = v->edges[e].transactions;
        const char *path = e == 0 ? "before/transactions.json" : "after/transactions.json";

        vfy_report_check(v->report, CL_IDS,
                         vfy_json_count(vfy_json_get(doc, "in_progress")) == 0 &&
                             vfy_json_count(vfy_json_get(doc, "prepared")) == 0,
                         E_XID_UNACCOUNTED, path, "a transaction of somebody else was open");
        vfy_report_check(v->report, CL_IDS,
                         vfy_json_get(doc, "observer_xid")->type == JSON_NULL, E_XID_UNACCOUNTED,
                         path, "the observer itself had a transaction id");
        vfy_report_check(v->report, CL_IDS,
                         vfy_json_is(vfy_json_get(doc, "snapshot"),
                                     vfy_mem_print(v->arena, "%llu:%llu:", e == 0 ? from : to, e == 0 ? from : to)),
                         E_XID_UNACCOUNTED, path, "the snapshot %.60s shows transactions of somebody else",
                         vfy_json_str(doc, "snapshot"));
    }
    vfy_report_number(v->report, CL_IDS, 0, (size_t)(to - from));
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

void vfy_ids_wal(struct evidence *v)
{
    const struct json *wal = v->wal;

    vfy_report_check(v->report, CL_NO_WRITE, false, HOLD_NO_WRITE_WITNESS, "wal.json",
                     "WAL records between the edges were not collected");
    vfy_report_check(v->report, LEVEL_3,
                     vfy_json_same(vfy_json_get(wal, "before_lsn"), vfy_json_get(v->edges[0].transactions, "lsn")) &&
                         vfy_json_same(vfy_json_get(wal, "after_lsn"), vfy_json_get(v->edges[1].transactions, "lsn")),
                     E_BIND_RUN, "wal.json", "its positions are not those of the two edges");
}
