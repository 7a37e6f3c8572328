/*
 * packager/publish.h - one packager at a time in a repository, and a commit that is there or not,
 * whenever a run is killed.  FORMAT.md section 9.
 *
 *   dryproof.lock   flock(2): whoever holds it publishes; made once, never removed
 *   dryproof.new/   objects of a commit that is not published yet
 *   dryproof.ref    that commit's id: from the moment that it stands there it will be published
 *   dryproof.tmp    a file that is being written
 *
 * Before dryproof.ref is there, a dead run is undone: nothing that it signed has left dryproof.new.
 * From then on the next run finishes it, so that a log key never signs two trees of one size.
 * refs/heads/main.lock, git's own lock, is made as a second name of dryproof.ref: that tells one
 * that a dead run of ours left from anybody else's, which is never removed.
 */
#ifndef PACKAGER_PUBLISH_H
#define PACKAGER_PUBLISH_H

#include "packager/git.h"

struct pkg_publish;

/* pkg_publish_begin(repo, wait_s, out, e): lock a repository, make it when it is absent, finish or
 * undo what a dead run left.  A lock of somebody else is waited for wait_s seconds (git's no
 * longer than 10), then ERR_SYSTEM names it and its age.  Ownership: pkg_publish_end(). */
int pkg_publish_begin(const char *repo, long wait_s, struct pkg_publish **out, struct err *e) BASE_MUST_USE;
void pkg_publish_end(struct pkg_publish *p);

/* pkg_publish_git(p): the open repository; it stays p's. */
struct pkg_git *pkg_publish_git(const struct pkg_publish *p);

/* pkg_publish_commit(p, tip, change, key, commit, is_moved, e): commit on tip and move PKG_GIT_REF
 * there.  *is_moved: somebody else than a packager moved it meanwhile; nothing was published. */
int pkg_publish_commit(struct pkg_publish *p, const char *tip, const struct pkg_git_change *change,
                       const struct pkg_key *key, char commit[PKG_GIT_HEX], bool *is_moved, struct err *e)
    BASE_MUST_USE;

#endif
