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

static int write_position(struct col_context *c, bool is_first, struct err *e)
{
    struct col_edge *edge = &c->edges[is_first ? 0 : 1];
    struct jv *transactions;
    char name[64];

    if (col_observe_edge(c->observer, is_first, &edge->position, e) != 0)
        return -1;
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
    return write_position(c, true, e);
}

int col_edge_close(struct col_context *c, bool is_first, struct err *e)
{
    if (is_first) { /* a session that came while we read is none of the run's */
        if (col_activity_join(c->observer, c->edges[0].activity, e) != 0)
            return -1;
    } else if (write_position(c, false, e) != 0 ||
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
