/* packager/commit.h - a stage with its packet becomes one commit.  FORMAT.md section 9. */
#ifndef PACKAGER_COMMIT_H
#define PACKAGER_COMMIT_H

#include "packager/git.h"
#include "packager/oci.h"
#include "packager/stage.h"

struct pkg_commit_result {
    char commit[PKG_GIT_HEX]; /* ours, or the tip when the package stood there already */
    size_t sequence;          /* of the ledger entry */
    bool was_there;
};

#define PKG_COMMIT_WAIT_S 60

struct pkg_commit_order {
    const char *repo;
    const struct pkg_key *key, *log_key; /* log_key NULL: the repository has no log */
    const struct pkg_key *log_before;    /* that signed the log before log_key was made; NULL: log_key did */
    long wait_s;    /* for somebody else's lock, and for somebody else's claim */
    long timeout_s; /* of one exchange with the remote */
    bool wants_remote; /* without one: ERR_INPUT */
    struct pkg_registry *registry; /* where the archive is kept; NULL: in the repository */
    const char *signatures;        /* of keys that sign elsewhere; NULL: they are here */
};

/* pkg_commit_stage(stage, order, out, e): commit the package with its ledger entry and the log's new
 * size; compare what the repository gives back with the stage.  A package that is there already
 * must be the same bytes.  Where the repository has a remote, it is there first (exchange.h).  With
 * a registry the archive goes there before that and is read back, and the commit holds
 * PKG_OCI_DOCUMENT in its place.  Whenever this is killed, the package is there or not, and the
 * next run needs no help (publish.h).
 * ERR_SYSTEM with path and age when somebody else's lock stays wait_s seconds. */
int pkg_commit_stage(const struct pkg_stage *stage, const struct pkg_commit_order *order,
                     struct pkg_commit_result *out, struct err *e) BASE_MUST_USE;

#endif
