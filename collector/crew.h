/*
 * collector/crew.h - all tables read once, by one or several workers on one snapshot.
 *
 * Worker 0 is the observer's own session, inside its transaction; the others are observers
 * on sessions of their own that import its snapshot, and prove at their end that they were
 * given no transaction id.  A savepoint around each batch gives its locks back.
 */
#ifndef COLLECTOR_CREW_H
#define COLLECTOR_CREW_H

#include "collector/context.h"
#include "collector/tables.h"

#define COL_WORKERS_MAX 16

struct col_result {
    uint64_t rows;
    char digest[DIGEST_HEX];
};

/*
 * col_crew_read(c, tables, edge, results, e): results[i] is that of tables->items[i]; inside
 * the observer's transaction.  edge: where captured rows (EDGE/tables/) and lists of row
 * digests (private/EDGE/) go, NULL: nowhere.  c->workers of them.
 */
int col_crew_read(struct col_context *c, const struct col_tables *tables, const char *edge,
                  struct col_result *results, struct err *e) BASE_MUST_USE;

#endif
