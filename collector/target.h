/*
 * collector/target.h - how a command is told which database is meant: PG* variables for
 * libpq programs, DATABASE_URL for the others.
 */
#ifndef COLLECTOR_TARGET_H
#define COLLECTOR_TARGET_H

#include "collector/pg.h"

/* col_target_url(environment, password, name, out, e): append a postgres:// URI of what PGHOST,
 * PGPORT, PGUSER, PGDATABASE and PGSSLMODE say; password may be NULL; name is the
 * application_name.  A folder of sockets is ?host=. */
int col_target_url(const struct jv *environment, const char *password, const char *name,
                   struct buf *out, struct err *e) BASE_MUST_USE;

/*
 * col_target_add(environment, params, password, name, e): complete what col_pg_environment
 * gave: PGAPPNAME, DATABASE_URL, and PGSERVICE, which would win over the others: it stays
 * only when params, the connection's own parameters, name no host, port, user or database
 * beside it.  A null means that the variable is unset.
 */
int col_target_add(struct jv *environment, const struct jv *params, const char *password,
                   const char *name, struct err *e) BASE_MUST_USE;

#endif
