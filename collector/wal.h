/*
 * collector/wal.h - the WAL between the edges: which way it was read, and what it says.
 * FORMAT.md section 3, wal.json and wal/groups.ndjson.
 */
#ifndef COLLECTOR_WAL_H
#define COLLECTOR_WAL_H

#include "collector/context.h"

/* col_wal_write(c, e): after both snapshots.  WAL that cannot be read is no error: wal.json
 * says why. */
int col_wal_write(struct col_context *c, struct err *e) BASE_MUST_USE;

#endif
