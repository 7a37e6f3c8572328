/*
 * collector/edge.c - see collector/edge.h.
 * Order matters.  First edge: activity, then the position: who was idle in the first and
 * writes after the second has changed its state.  Last edge: the position, then activity.
 */
#include "collector/edge.h"

#include <stdio.h>

#include "collector/activity.h"

static const char *edge_name(bool is_first)
{
    return is_first ? "before" : "after";
}

static int read_position(struct col_context *c, bool is_first, struct err *e)
{
    struct col_observe_edge *position = &c->edges[is_first ? 0 : 1].position;

    col_observe_edge_release(position);
    return col_observe_edge(c->observer, is_first, position, e);
}

static int write_position(struct col_context *c, bool is_first, struct err *e)
{
    struct col_edge *edge = &c->edges[is_first ? 0 : 1];
    struct jv *transactions;
    char name[64];

    transactions = jv_copy(edge->position.transactions);
    (void)snprintf(name, sizeof name, "%s/transactions.json", edge_name(is_first));
    if (col_rundir_json(&c->dir, name, transactions, e) != 0)
        return -1;
    (void)snprintf(name, sizeof name, "%s/wal.json", edge_name(is_first));
    return col_rundir_json(&c->dir, name, jv_copy(edge->position.positions), e);
}

static int write_activity(struct col_context *c, bool is_first, struct err *e)
{
    struct col_edge *edge = &c->edges[is_first ? 0 : 1];
    struct jv *doc = edge->activity;
    char name[64];

    edge->activity = NULL;
    jv_set(doc, "holders", jv_copy(edge->position.holders));
    (void)snprintf(name, sizeof name, "%s/activity.json", edge_name(is_first));
    return col_rundir_json(&c->dir, name, doc, e);
}

int col_edge_open(struct col_context *c, bool is_first, struct err *e)
{
    if (!is_first)
        return 0;
    if (col_activity_await_leaving(c->observer, e) != 0 ||
        col_activity_read(c->observer, &c->edges[0].activity, e) != 0)
        return -1;
    return read_position(c, true, e) != 0 ? -1 : write_position(c, true, e);
}

static bool holds_nobody(const struct jv *transactions)
{
    const char *next = jv_get_text(transactions, "next_xid");
    char snapshot[2 * COL_XID_TEXT + 2];

    (void)snprintf(snapshot, sizeof snapshot, "%s:%s:", next, next);
    return jv_text_is(jv_get(transactions, "snapshot"), snapshot) &&
           jv_get(transactions, "in_progress")->count == 0 && jv_get(transactions, "prepared")->count == 0;
}

int col_edge_is_still(struct col_context *c, bool *is_still, struct err *e)
{
    static const char *const members[] = {"lsn", "next_multixact", "next_xid"};
    const struct col_observe_edge *first = &c->edges[0].position, *last = &c->edges[1].position;

    if (read_position(c, false, e) != 0)
        return -1;
    *is_still = !first->is_in_recovery && !last->is_in_recovery && holds_nobody(first->transactions) &&
                holds_nobody(last->transactions);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        *is_still = *is_still && jv_equal(jv_get(first->transactions, members[i]), jv_get(last->transactions, members[i]));
    return 0;
}

int col_edge_close(struct col_context *c, bool is_first, struct err *e)
{
    if (is_first) { /* a session that came while we read is none of the run's */
        if (col_activity_join(c->observer, c->edges[0].activity, e) != 0)
            return -1;
    } else if ((c->edges[1].position.transactions == NULL && read_position(c, false, e) != 0) ||
               write_position(c, false, e) != 0 ||
               col_activity_read(c->observer, &c->edges[1].activity, e) != 0) {
        return -1;
    }
    return write_activity(c, is_first, e);
}

void col_edge_release(struct col_edge *edge)
{
    col_observe_edge_release(&edge->position);
    jv_free(edge->activity);
    jv_free(edge->names);
}
