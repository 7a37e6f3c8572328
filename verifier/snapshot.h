/*
 * verifier/snapshot.h - the files of one snapshot against each other.  FORMAT.md section 3.
 */
#ifndef VFY_SNAPSHOT_H
#define VFY_SNAPSHOT_H

#include "verifier/evidence.h"

/*
 * vfy_snapshot_sorted(v) - lists and lines are sorted, each name once.
 *
 * vfy_snapshot_judge(v) - what the catalog and the cluster
 * list is what the other files of the snapshot and the environment say (E_EVIDENCE_INCONSISTENT).
 */
void vfy_snapshot_sorted(struct evidence *v);
void vfy_snapshot_judge(struct evidence *v);

/* vfy_snapshot_find(list, member, name) - the object of a list sorted by that member, or NULL. */
const struct json *vfy_snapshot_find(const struct json *list, const char *member, const char *name);

/* vfy_snapshot_sandbox(v) - whether the cluster has the role that only our sandboxes have. */
bool vfy_snapshot_sandbox(const struct evidence *v);

/* vfy_snapshot_is_ascii(v) - whether the database is SQL_ASCII, which converts nothing. */
bool vfy_snapshot_is_ascii(const struct evidence *v);

/* vfy_snapshot_identifier(p) - the length of the identifier at p, as quote_ident writes it. */
size_t vfy_snapshot_identifier(const char *p);

#endif
