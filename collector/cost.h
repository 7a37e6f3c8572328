/*
 * collector/cost.h - what the parts of the bracket cost: milliseconds, and bytes received
 * from the server.  FORMAT.md section 3, cost.json.
 */
#ifndef COLLECTOR_COST_H
#define COLLECTOR_COST_H

#include "base/json.h"

enum col_cost_part { COL_COST_BEFORE, COL_COST_AFTER, COL_COST_WAL, COL_COST_PARTS };

struct col_cost {
    int64_t ms;
    int64_t bytes;
};

/* col_cost_start(cost) / col_cost_stop(cost): around a part. */
void col_cost_start(struct col_cost *cost);
void col_cost_stop(struct col_cost *cost);

/* col_cost_document(parts): cost.json.  Ownership: jv_free(). */
struct jv *col_cost_document(const struct col_cost parts[COL_COST_PARTS]);

#endif
