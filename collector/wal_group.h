/*
 * collector/wal_group.h - WAL records counted by what they did: one group for each distinct
 * databases, relations, rmgr, type and xid.  FORMAT.md section 3, wal/groups.ndjson.
 */
#ifndef COLLECTOR_WAL_GROUP_H
#define COLLECTOR_WAL_GROUP_H

#include "base/json.h"
#include "collector/wal_record.h"

struct wal_groups;

/* col_wal_groups_new(start, layout, out, e): no records yet; the first must start at start.
 * Ownership: col_wal_groups_free(). */
int col_wal_groups_new(uint64_t start, const struct wal_layout *layout, struct wal_groups **out,
                       struct err *e) BASE_MUST_USE;
void col_wal_groups_free(struct wal_groups *g);

/* col_wal_groups_add(g, r, e): count a record.  ERR_INPUT when it does not start where the one
 * before ends, or names another one before it; ERR_LIMIT. */
int col_wal_groups_add(struct wal_groups *g, const struct wal_record *r, struct err *e)
    BASE_MUST_USE;

/* col_wal_groups_end(g, end, e): was the last record the last one before end?  ERR_INPUT. */
int col_wal_groups_end(const struct wal_groups *g, uint64_t end, struct err *e) BASE_MUST_USE;

/* col_wal_groups_next(g): where the next record starts. */
uint64_t col_wal_groups_next(const struct wal_groups *g);
size_t col_wal_groups_records(const struct wal_groups *g);
uint64_t col_wal_groups_bytes(const struct wal_groups *g);

/* col_wal_groups_write(g, names, next_xid, out, e): append the lines of wal/groups.ndjson.
 * names: rows of sql/wal_names.sql of each edge; the first that knows a relation names it.
 * next_xid completes the 32 bits of a transaction id with its epoch. */
int col_wal_groups_write(const struct wal_groups *g, const struct jv *const names[2],
                         uint64_t next_xid, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
