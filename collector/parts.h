/*
 * collector/parts.h - the queries that a catalog is made of, in few round trips.
 *
 * All that everybody may run and all that this server and this role allow is joined into
 * one statement a file.  What the role may not see becomes a line of kind channel: absence
 * of evidence is evidence too.  FORMAT.md section 3, catalog.ndjson and cluster.ndjson.
 */
#ifndef COLLECTOR_PARTS_H
#define COLLECTOR_PARTS_H

#include "collector/pg.h"

/* col_parts_read(pg, catalog, cluster, e): the lines [kind, identity, definition] of both
 * files, unsorted, inside the caller's transaction, where JIT is off from then on.
 * catalog may be NULL: the cluster's alone.  Ownership: both jv_free(); untouched on failure. */
int col_parts_read(struct col_pg *pg, struct jv **catalog, struct jv **cluster, struct err *e)
    BASE_MUST_USE;

/* col_parts_lacks(pg, lines, e): only what the role may not see, as those lines. */
int col_parts_lacks(struct col_pg *pg, struct jv **lines, struct err *e) BASE_MUST_USE;

#endif
