/* packager/commit.h - a stage with its packet becomes one commit.  FORMAT.md section 9. */
#ifndef PACKAGER_COMMIT_H
#define PACKAGER_COMMIT_H

#include "packager/git.h"
#include "packager/stage.h"

struct pkg_commit_result {
    char commit[PKG_GIT_HEX]; /* ours, or the tip when the package stood there already */
    size_t sequence;          /* of the ledger entry */
    bool was_there;
};

#define PKG_COMMIT_WAIT_S 60

/* pkg_commit_stage(stage, key, log_key, repo, wait_s, out, e): commit the package with its ledger
 * entry and, with a log key, the log's new size (NULL: the repository has no log); compare what
 * the repository gives back with the stage.  A package that is there already must be the same
 * bytes.  Whenever this is killed, the package is there or not, and the next run needs no help
 * (publish.h).  ERR_SYSTEM with path and age when somebody else's lock stays wait_s seconds. */
int pkg_commit_stage(const struct pkg_stage *stage, const struct pkg_key *key,
                     const struct pkg_key *log_key, const char *repo, long wait_s,
                     struct pkg_commit_result *out, struct err *e) BASE_MUST_USE;

#endif
