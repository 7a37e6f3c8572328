/*
 * collector/scan.h - all tables in scope, read once.  FORMAT.md sections 3 and 4.
 */
#ifndef COLLECTOR_SCAN_H
#define COLLECTOR_SCAN_H

#include "collector/context.h"

/* col_scan_tables(c, edge, e): EDGE/tables.json, EDGE/tables/ and private/EDGE/, inside the
 * observer's transaction. */
int col_scan_tables(struct col_context *c, const char *edge, struct err *e) BASE_MUST_USE;

/* col_scan_state(c, list, e): append [relation, rows, digest] of every table to list, inside
 * the observer's transaction; nothing is written. */
int col_scan_state(struct col_context *c, struct jv *list, struct err *e) BASE_MUST_USE;

#endif
