/*
 * driver/cluster.h - the data folder of a private PostgreSQL cluster, and its server.  initdb makes the first
 * one; what it made is kept beside the sandboxes as a template, one archive for each user and
 * installation, and those that follow are unpacked from it, each with a system identifier of its
 * own.  A template is never needed: without one, or with one that cannot be trusted, unpacked or
 * kept, initdb runs; of one whose cluster does not start the error says how to be rid of it.
 */
#ifndef DRIVER_CLUSTER_H
#define DRIVER_CLUSTER_H

#include "driver/proc.h"

#define CLUSTER_SUPERUSER "dryproof_sandbox"

/* Where a cluster is made, with what and as whom.  The strings are the caller's. */
struct cluster {
    const char *dir; /* closed to others, the user's own; the cluster becomes DIR/data */
    const char *bin; /* folder of initdb, pg_ctl, postgres and pg_resetwal */
    struct proc_user user;
};

/* cluster_make(c, e): make DIR/data, with no server started.  ERR_SYSTEM; what is there of
 * DIR/data then is the caller's to remove. */
int cluster_make(const struct cluster *c, struct err *e) BASE_MUST_USE;

/* cluster_start(c, e): start the server of DIR/data with the log DIR/log, and wait, at most a minute,
 * until it takes connections.  ERR_SYSTEM, with the end of the log; a server that was started may run then. */
int cluster_start(const struct cluster *c, struct err *e) BASE_MUST_USE;

/* cluster_stop(c, e): end that server at once, and wait, at most a minute, until it has; absent is fine.
 * ERR_SYSTEM. */
int cluster_stop(const struct cluster *c, struct err *e) BASE_MUST_USE;

/* cluster_forget(c, e): remove what cluster_make() would unpack; absent is fine, and what is not
 * ours stays.  DIR need not be there.  ERR_SYSTEM. */
int cluster_forget(const struct cluster *c, struct err *e) BASE_MUST_USE;

/* cluster_run(argv, user, what, e): run a program as user (NULL: ourselves).  ERR_SYSTEM when its
 * status is not 0: what failed, and the end of its output. */
int cluster_run(const char *const *argv, const struct proc_user *user, const char *what, struct err *e)
    BASE_MUST_USE;

#endif
