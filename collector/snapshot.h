/*
 * collector/snapshot.h - the state at one edge of the run, and the short form of it that
 * harness cases are measured by.  FORMAT.md sections 3 and 4.
 */
#ifndef COLLECTOR_SNAPSHOT_H
#define COLLECTOR_SNAPSHOT_H

#include "collector/context.h"

/* col_snapshot_probe(c, e): list tables and read sequences once, write nothing: what would
 * make a snapshot fail is known before the run directory exists. */
int col_snapshot_probe(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_snapshot_take(c, edge, e): everything below EDGE/ ("before" or "after") and
 * private/EDGE/; positions and transactions are read first before, last after. */
int col_snapshot_take(struct col_context *c, const char *edge, struct err *e) BASE_MUST_USE;

/* col_snapshot_state(c, out, e): the state digest, in a transaction of its own. */
int col_snapshot_state(struct col_context *c, char out[DIGEST_HEX], struct err *e) BASE_MUST_USE;

#endif
