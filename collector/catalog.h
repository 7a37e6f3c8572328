/*
 * collector/catalog.h - definitions instead of rows: the catalog, functions, the cluster,
 * and the state of sequences.  FORMAT.md section 3.  All inside the caller's transaction.
 */
#ifndef COLLECTOR_CATALOG_H
#define COLLECTOR_CATALOG_H

#include "collector/pg.h"
#include "collector/rundir.h"

/* col_catalog_write(pg, dir, edge, e): EDGE/catalog.ndjson, functions.ndjson and
 * cluster.ndjson. */
int col_catalog_write(struct col_pg *pg, const struct col_rundir *dir, const char *edge,
                      struct err *e) BASE_MUST_USE;

/* col_catalog_cluster(dir, edge, cluster, e): EDGE/cluster.ndjson, of lines that
 * col_parts_read() gave. */
int col_catalog_cluster(const struct col_rundir *dir, const char *edge, const struct jv *cluster,
                        struct err *e) BASE_MUST_USE;

/* col_catalog_sequences(pg, out, e): an array of {"is_called","last_value","log_cnt",
 * "relation"} sorted by relation.  ERR_SYSTEM names a sequence that the observer may not
 * read, and the GRANT.  Ownership: jv_free(). */
int col_catalog_sequences(struct col_pg *pg, struct jv **out, struct err *e) BASE_MUST_USE;

/* col_catalog_write_sequences(dir, edge, sequences, e): EDGE/sequences.json.
 * Ownership: sequences is freed here, also on failure. */
int col_catalog_write_sequences(const struct col_rundir *dir, const char *edge, struct jv *sequences,
                                struct err *e) BASE_MUST_USE;

#endif
