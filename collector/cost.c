/* collector/cost.c - see collector/cost.h. */
#include "collector/cost.h"

#include "base/clock.h"
#include "collector/pg.h"

void col_cost_start(struct col_cost *cost)
{
    cost->ms = clock_ms();
    cost->bytes = (int64_t)col_pg_received();
}

void col_cost_stop(struct col_cost *cost)
{
    cost->ms = clock_ms() - cost->ms;
    cost->bytes = (int64_t)col_pg_received() - cost->bytes;
}

static struct jv *part(const struct col_cost *cost)
{
    return jv_set(jv_set(jv_object(), "bytes", jv_int(cost->bytes)), "ms", jv_int(cost->ms));
}

struct jv *col_cost_document(const struct col_cost parts[COL_COST_PARTS])
{
    struct jv *v = jv_set(jv_object(), "after", part(&parts[COL_COST_AFTER]));

    jv_set(v, "before", part(&parts[COL_COST_BEFORE]));
    jv_set(v, "schema", jv_string("dryproof.cost/1"));
    return jv_set(v, "wal", part(&parts[COL_COST_WAL]));
}
