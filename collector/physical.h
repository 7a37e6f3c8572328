/*
 * collector/physical.h - the physical state: where relations lie, how large they are, and
 * for small tables which row versions they hold.  A write that leaves the content as it was
 * shows here.  FORMAT.md section 3, physical.json.
 */
#ifndef COLLECTOR_PHYSICAL_H
#define COLLECTOR_PHYSICAL_H

#include "collector/pg.h"


/* col_physical_read(pg, doc, e): physical.json, inside the caller's transaction; it changes
 * planner settings until that ends, so it comes last in it.  Ownership: jv_free(). */
int col_physical_read(struct col_pg *pg, struct jv **doc, struct err *e) BASE_MUST_USE;

#endif
