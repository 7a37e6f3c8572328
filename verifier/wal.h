/*
 * verifier/wal.h - what the types of WAL records mean, generated from schemas/wal.tsv, and
 * the WAL between the edges.
 */
#ifndef VFY_WAL_H
#define VFY_WAL_H

#include "verifier/evidence.h"

enum vfy_wal_class { WAL_WRITE, WAL_HOUSEKEEPING, WAL_READ, WAL_VACUUM };

/* vfy_wal_class(rmgr, type) - what a record of that type without an id is; WAL_WRITE when
 * the list does not have it. */
enum vfy_wal_class vfy_wal_class(const char *rmgr, const char *type);

/* vfy_wal_lsn(text) - a position as a number. */
unsigned long long vfy_wal_lsn(const char *text);

/* vfy_wal_holds(v) - why WAL between the edges proves nothing, or NULL. */
const char *vfy_wal_holds(const struct evidence *v);

#endif
