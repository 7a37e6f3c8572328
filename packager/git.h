/*
 * packager/git.h - the evidence repository; git.c is the door to libgit2.  FORMAT.md
 * section 9.  Configuration outside the repository is never read.
 */
#ifndef PACKAGER_GIT_H
#define PACKAGER_GIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/file.h"
#include "packager/key.h"

#define PKG_GIT_REF "refs/heads/main"
#define PKG_GIT_HEX 41 /* a commit id as text, with a NUL */

struct pkg_git;

/* A file that a commit writes; or takes away, with data NULL. */
struct pkg_git_edit {
    const char *path;
    const void *data;
    size_t len;
};

struct pkg_git_change {
    struct pkg_git_edit *edits; /* of each path one; they are sorted */
    size_t count;
    const char *message;
    const char *email; /* of author and committer */
};

enum pkg_git_outcome { PKG_GIT_DONE, PKG_GIT_MOVED, PKG_GIT_LOCKED };

/* pkg_git_open(path, may_create, out, e): a bare repository; one that is absent is created
 * with HEAD at PKG_GIT_REF, or without may_create *out is NULL.  A folder that is something
 * else is ERR_INPUT.  Ownership: pkg_git_free(). */
int pkg_git_open(const char *path, bool may_create, struct pkg_git **out, struct err *e)
    BASE_MUST_USE;
void pkg_git_free(struct pkg_git *g);

/* pkg_git_tip(g, commit, e): the commit that PKG_GIT_REF names, "" when there is none. */
int pkg_git_tip(struct pkg_git *g, char commit[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_git_has(g, commit, path, out, e): whether the commit ("" has nothing) holds path. */
int pkg_git_has(struct pkg_git *g, const char *commit, const char *path, bool *out, struct err *e)
    BASE_MUST_USE;

/* pkg_git_read(g, commit, path, out, e): append the bytes of a blob. */
int pkg_git_read(struct pkg_git *g, const char *commit, const char *path, struct buf *out,
                 struct err *e) BASE_MUST_USE;

/* pkg_git_list(g, commit, folder, out, e): names in a folder, in git's order; none when it
 * is not there.  Ownership: file_list_release(). */
int pkg_git_list(struct pkg_git *g, const char *commit, const char *folder, struct file_list *out,
                 struct err *e) BASE_MUST_USE;

/* pkg_git_commit(g, parent, change, key, commit, outcome, e): write blobs, trees and an
 * SSH-signed commit on parent ("" for the first), then move PKG_GIT_REF from parent to it.
 * *outcome: done; the ref had moved; or its lock is held, then *e names the lock, which is
 * never removed.  Nothing refers to the new objects unless it is done. */
int pkg_git_commit(struct pkg_git *g, const char *parent, const struct pkg_git_change *change,
                   const struct pkg_key *key, char commit[PKG_GIT_HEX],
                   enum pkg_git_outcome *outcome, struct err *e) BASE_MUST_USE;

#endif
