/*
 * packager/publish.h - one packager at a time in a repository, and a commit that is there or not,
 * whenever a run is killed.  FORMAT.md section 9.
 *
 *   dryproof.lock   flock(2): whoever holds it publishes; made once, never removed
 *   dryproof.new/   objects of a commit that is not published yet
 *   dryproof.ref    that commit's id: from the moment that it stands there it will be published
 *   dryproof.tmp    a file that is being written
 *   dryproof.push, .seen, .fetched, .git    of a remote: exchange.h, remote.h
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

/* pkg_publish_write(p, tip, change, key, commit, e): a commit on tip, into dryproof.new. */
int pkg_publish_write(struct pkg_publish *p, const char *tip, const struct pkg_git_change *change,
                      const struct pkg_key *key, char commit[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_publish_accept(p, commit, is_moved, e): move PKG_GIT_REF to what was written, or to what is
 * there already.  *is_moved: somebody else than a packager moved it meanwhile; nothing was
 * published.  With a note of a push a failure leaves all to the next run, and success forgets it. */
int pkg_publish_accept(struct pkg_publish *p, const char *commit, bool *is_moved, struct err *e) BASE_MUST_USE;

/* pkg_publish_forward(p, ref, from, to, is_moved, e): move PKG_GIT_REF or PKG_GIT_REVIEWS from one
 * commit to a later one whose objects are there.  *is_moved as above. */
int pkg_publish_forward(struct pkg_publish *p, const char *ref, const char *from, const char *to, bool *is_moved, struct err *e)
    BASE_MUST_USE;

/* pkg_publish_review(p, tip, change, key, commit, is_moved, e): a commit on tip, which PKG_GIT_REVIEWS
 * then names; *is_moved: somebody else moved that meanwhile, and nothing was published.  No remote
 * is asked (packager/carry.h). */
int pkg_publish_review(struct pkg_publish *p, const char *tip, const struct pkg_git_change *change, const struct pkg_key *key,
                       char commit[PKG_GIT_HEX], bool *is_moved, struct err *e) BASE_MUST_USE;

/* pkg_publish_resume(p, e): what a dead run wrote for a push is read as well. */
int pkg_publish_resume(struct pkg_publish *p, struct err *e) BASE_MUST_USE;

/* pkg_publish_undo(p, e): nothing of a commit that was written is left; pkg_publish_drop(p, e): nor
 * of a push. */
int pkg_publish_undo(struct pkg_publish *p, struct err *e) BASE_MUST_USE;
int pkg_publish_drop(struct pkg_publish *p, struct err *e) BASE_MUST_USE;

/* What the exchange with a remote (packager/exchange.h) must not forget: dryproof.push, while there is
 * a claim or a commit on its way, and dryproof.seen, what the remote had. */
enum pkg_note { PKG_NOTE_PUSH, PKG_NOTE_SEEN };

/* pkg_publish_note(p, which, text, e): durably, instead of what it was.  pkg_publish_noted(p, which,
 * out, e): "" when there is none. */
int pkg_publish_note(struct pkg_publish *p, enum pkg_note which, const char *text, struct err *e) BASE_MUST_USE;
int pkg_publish_noted(const struct pkg_publish *p, enum pkg_note which, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_publish_folder(p): the repository's path. */
const char *pkg_publish_folder(const struct pkg_publish *p);

#endif
