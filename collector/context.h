/*
 * collector/context.h - what the parts of one run share.  Owned by collector/run.c.
 */
#ifndef COLLECTOR_CONTEXT_H
#define COLLECTOR_CONTEXT_H

#include "base/plan.h"
#include "collector/cost.h"
#include "collector/observe.h"
#include "collector/pg.h"
#include "collector/redact.h"
#include "collector/rundir.h"

#define COL_RUN_ID 33 /* 32 hex digits and a NUL */

struct col_bracket;
struct col_executor;

/* What is kept of a snapshot until the WAL between the two is read. */
struct col_edge {
    struct col_observe_edge position;
    struct jv *activity; /* until it is written */
    struct jv *names;    /* rows of wal_names.sql */
    bool has_channels;   /* of capability.json */
};

struct col_context {
    struct plan plan;
    struct col_redact redact;
    struct col_rundir dir;
    char run_id[COL_RUN_ID];
    struct jv *observer_params; /* connection parameters */
    struct jv *step_params;
    struct col_pg *observer;    /* open during the whole run, never inside a transaction
                                 * while a step runs */
    struct jv *observer_role;   /* ROLE of environment.json */
    struct jv *step_role;
    struct jv *labels;
    struct jv *identity;        /* identity.json of the first edge, once it was taken */
    size_t cases;               /* harness cases that were run */
    struct col_bracket *bracket; /* of collector/bracket.c, or NULL: a carrier is run */
    struct col_executor *executor; /* of collector/executor.c, or NULL: endpoints are called by
                                    * connections of our own */
    size_t workers;             /* sessions that read tables; 0 is 1 */
    bool trusts_positions;      /* where ids and WAL positions stand still, after is answered from before */
    struct col_edge edges[2];   /* before, after */
    struct col_cost costs[COL_COST_PARTS];
};

#endif
