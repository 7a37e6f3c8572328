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

/* pkg_commit_stage(stage, key, log_key, repo, out, e): commit the package with its ledger entry
 * and, with a log key, the log's new size (NULL: the repository has no log); compare what the repository gives back with the stage.  A lost race is repeated on the
 * new tip; a package that is there already must be the same bytes.  ERR_SYSTEM with the
 * lock's path when somebody else's lock does not go away. */
int pkg_commit_stage(const struct pkg_stage *stage, const struct pkg_key *key,
                     const struct pkg_key *log_key, const char *repo, struct pkg_commit_result *out,
                     struct err *e) BASE_MUST_USE;

#endif
