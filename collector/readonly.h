/* collector/readonly.h - is a role what --readonly-role promises?  DESIGN: SET ROLE is undone
 * by RESET ROLE, so the login role itself must be unable to become a writer. */
#ifndef COLLECTOR_READONLY_H
#define COLLECTOR_READONLY_H

#include "collector/pg.h"

/* col_readonly_check(pg, role, e): by the catalog of the observer's database.  ERR_INPUT names
 * what makes role a writer and how many more reasons there are. */
int col_readonly_check(struct col_pg *pg, const char *role, struct err *e) BASE_MUST_USE;

#endif
