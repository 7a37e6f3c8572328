/*
 * driver/sandbox.h - a private, throw-away PostgreSQL cluster: Unix socket only, an
 * unprivileged user even when started by root, outside the checkout, in memory where
 * possible, marked as a sandbox, gone without a trace after sandbox_down(); what stays is the
 * template of the next one (driver/cluster.h), which has nothing of any sandbox.
 */
#ifndef DRIVER_SANDBOX_H
#define DRIVER_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/plan.h"
#include "driver/cluster.h"
#include "driver/proc.h"

#define SANDBOX_PATH 80 /* the socket's path must stay below 108 bytes */
#define SANDBOX_SUPERUSER CLUSTER_SUPERUSER
#define SANDBOX_OBSERVER "dryproof_observer"

struct sandbox {
    char dir[SANDBOX_PATH];
    char bin[256]; /* folder of initdb, pg_ctl and postgres */
    struct proc_user user;
};

/* sandbox_locate(name, out, e): where the sandbox of that name is or would be, and as
 * whom it runs.  name matches [a-z0-9-]{1,24}.  ERR_INPUT, ERR_SYSTEM (no PostgreSQL). */
int sandbox_locate(const char *name, struct sandbox *out, struct err *e) BASE_MUST_USE;

/* sandbox_up(s, plan, admissions, e): make and start the cluster; with plan not NULL
 * load its surface, with admissions not NULL that file with label=rehearsal.  A sandbox
 * that is up already is ERR_INPUT.  On failure nothing is left behind. */
int sandbox_up(const struct sandbox *s, const struct plan *plan, const char *admissions,
               struct err *e) BASE_MUST_USE;

/* sandbox_down(s, e): stop and remove; absent is fine. */
int sandbox_down(const struct sandbox *s, struct err *e) BASE_MUST_USE;

/* sandbox_forget_template(s, e): remove what the next sandbox_up() would start from; absent is fine. */
int sandbox_forget_template(const struct sandbox *s, struct err *e) BASE_MUST_USE;

/* sandbox_database(plan): the database a sandbox of this plan has; plan may be NULL. */
const char *sandbox_database(const struct plan *plan);

bool sandbox_exists(const struct sandbox *s);
bool sandbox_is_running(const struct sandbox *s);

/* sandbox_conninfo(s, database, role, out, size): a libpq conninfo. */
void sandbox_conninfo(const struct sandbox *s, const char *database, const char *role, char *out,
                      size_t size);

#endif
