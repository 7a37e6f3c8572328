/*
 * collector/wal_names.h - what the catalog of either edge calls a relation that WAL names by
 * numbers.  FORMAT.md section 3, wal/groups.ndjson.
 */
#ifndef COLLECTOR_WAL_NAMES_H
#define COLLECTOR_WAL_NAMES_H

#include "base/json.h"
#include "collector/wal_record.h"

struct wal_named;

struct wal_names {
    struct wal_named *items;
    size_t count;
};

/* col_wal_names_load(rows, out, e): from the rows of sql/wal_names.sql of each edge, which
 * must live as long.  Ownership: col_wal_names_release(). */
int col_wal_names_load(const struct jv *const rows[2], struct wal_names *out, struct err *e)
    BASE_MUST_USE;
void col_wal_names_release(struct wal_names *names);

/* col_wal_names_find(names, relation): by the first edge that knows it, or NULL. */
const char *col_wal_names_find(const struct wal_names *names, const struct wal_relation *relation);

#endif
