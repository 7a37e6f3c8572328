/*
 * collector/capability.h - what a role could do without leaving a trace in this cluster.
 * FORMAT.md section 3, capability.json.
 */
#ifndef COLLECTOR_CAPABILITY_H
#define COLLECTOR_CAPABILITY_H

#include "collector/pg.h"

/* col_capability_read(pg, role, doc, e): capability.json of the role of that name, inside the
 * caller's transaction.  ERR_SYSTEM when there is no such role.  Ownership: jv_free(). */
int col_capability_read(struct col_pg *pg, const char *role, struct jv **doc, struct err *e)
    BASE_MUST_USE;

#endif
