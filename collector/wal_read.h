/*
 * collector/wal_read.h - the two ways to read the records of a range of WAL: by the server
 * (pg_walinspect), or from its files (pg_waldump), where they are on this machine and ours
 * to read.  FORMAT.md section 3, wal.json.
 */
#ifndef COLLECTOR_WAL_READ_H
#define COLLECTOR_WAL_READ_H

#include "base/file.h"
#include "collector/pg.h"
#include "collector/wal_group.h"

struct wal_range {
    uint64_t start; /* of the first record */
    uint64_t end;   /* where the record behind the last one would start */
    uint32_t timeline;
    struct wal_layout layout;
};

/* col_wal_inspect(pg, range, source, groups, e): source is the row of sql/wal_source.sql.
 * ERR_SYSTEM tells what to do where it cannot be read this way; the session is then outside a
 * transaction, or lost.  Ownership: col_wal_groups_free(). */
int col_wal_inspect(struct col_pg *pg, const struct wal_range *range, const struct jv *source,
                    struct wal_groups **groups, struct err *e) BASE_MUST_USE;

/* col_wal_dump_find(source, program, e): may col_wal_dump do it here?  The program it would
 * run.  ERR_SYSTEM tells why not. */
int col_wal_dump_find(const struct jv *source, char program[FILE_PATH_MAX], struct err *e)
    BASE_MUST_USE;

/* col_wal_dump(range, source, groups, e): the same, by a program of the server's version. */
int col_wal_dump(const struct wal_range *range, const struct jv *source,
                 struct wal_groups **groups, struct err *e) BASE_MUST_USE;

#endif
