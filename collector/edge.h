/*
 * collector/edge.h - the outermost layer of a snapshot: the first thing that is read at the
 * first edge and the last at the last.  What happens between the two is the run's or
 * somebody's; what happens outside is nobody's concern.  FORMAT.md section 3.
 */
#ifndef COLLECTOR_EDGE_H
#define COLLECTOR_EDGE_H

#include "collector/context.h"

/* col_edge_open(c, is_first, e) / col_edge_close(c, is_first, e): before the first and after
 * the last query of a snapshot's transaction.  Together they write transactions.json,
 * wal.json and activity.json, and fill c->edges. */
int col_edge_open(struct col_context *c, bool is_first, struct err *e) BASE_MUST_USE;
int col_edge_close(struct col_context *c, bool is_first, struct err *e) BASE_MUST_USE;

/* col_edge_is_still(c, is_still, e): read where the server stands now, as the last edge's position.
 * Still: nobody holds a transaction id, no id was given and no WAL was written since the first
 * edge's, and the server is not in recovery: then every row and definition is as it was there. */
int col_edge_is_still(struct col_context *c, bool *is_still, struct err *e) BASE_MUST_USE;

/* col_edge_release(edge): free what it holds. */
void col_edge_release(struct col_edge *edge);

#endif
