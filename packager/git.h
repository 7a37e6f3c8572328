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
#include "packager/naming.h"

#define PKG_GIT_REF "refs/heads/main"
#define PKG_GIT_REVIEWS "refs/heads/reviews"
#define PKG_GIT_LOCK "dryproof.lock" /* in a repository where a packager was */
#define PKG_GIT_HEX 41 /* a commit id as text, with a NUL */
#define PKG_GIT_LARGE ((size_t)16 << 20) /* bytes of a blob that is not compressed */

struct pkg_git;

/* A file that a commit writes; or takes away, with data NULL. */
struct pkg_git_edit {
    const char *path;
    const void *data;
    size_t len;
    struct pkg_naming *name; /* of the data; NULL: git gives it */
};

struct pkg_git_change {
    struct pkg_git_edit *edits; /* of each path one; they are sorted */
    size_t count;
    const char *message;
    const char *email; /* of author and committer */
};

/* pkg_git_open(path, out, e): a bare repository; *out is NULL when there is none yet.  A folder
 * that is something else is ERR_INPUT.  Ownership: pkg_git_free(). */
int pkg_git_open(const char *path, struct pkg_git **out, struct err *e) BASE_MUST_USE;
void pkg_git_free(struct pkg_git *g);

/* pkg_git_tip(g, commit, e): the commit that PKG_GIT_REF names, "" when there is none. */
int pkg_git_tip(struct pkg_git *g, char commit[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_git_tip_of(g, ref, commit, e): the same of PKG_GIT_REVIEWS. */
int pkg_git_tip_of(struct pkg_git *g, const char *ref, char commit[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_git_has(g, commit, path, out, e): whether the commit ("" has nothing) holds path. */
int pkg_git_has(struct pkg_git *g, const char *commit, const char *path, bool *out, struct err *e)
    BASE_MUST_USE;

/* pkg_git_read(g, commit, path, out, e): append the bytes of a blob. */
int pkg_git_read(struct pkg_git *g, const char *commit, const char *path, struct buf *out,
                 struct err *e) BASE_MUST_USE;

/* pkg_git_name(data, len, id, e): the name of the blob of these bytes. */
int pkg_git_name(const void *data, size_t len, char id[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_git_holds(g, commit, edit, out, e): whether the file at the edit's path has the name of its data,
 * and what is read of it are these bytes.  ERR_INPUT when no file is there. */
int pkg_git_holds(struct pkg_git *g, const char *commit, const struct pkg_git_edit *edit, bool *out, struct err *e)
    BASE_MUST_USE;

/* pkg_git_list(g, commit, folder, out, e): names in a folder, in git's order; none when it
 * is not there.  Ownership: file_list_release(). */
int pkg_git_list(struct pkg_git *g, const char *commit, const char *folder, struct file_list *out,
                 struct err *e) BASE_MUST_USE;

/* pkg_git_set_aside(g, folder, e): from now on objects are written to this folder, durably, and
 * read from there as well. */
int pkg_git_set_aside(struct pkg_git *g, const char *folder, struct err *e) BASE_MUST_USE;

/* pkg_git_write(g, parent, change, key, commit, e): blobs, trees and an SSH-signed commit on
 * parent ("" for the first), set aside. */
int pkg_git_write(struct pkg_git *g, const char *parent, const struct pkg_git_change *change,
                  const struct pkg_key *key, char commit[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_git_parent(g, commit, parent, e): "" when it has none. */
int pkg_git_parent(struct pkg_git *g, const char *commit, char parent[PKG_GIT_HEX], struct err *e)
    BASE_MUST_USE;

/* pkg_git_adopt(g, commit, is_first, e): what was set aside of this commit becomes the repository's,
 * each object after those that it names; the copies aside stay.  Again, without is_first, it
 * brings back what somebody's prune took in between. */
int pkg_git_adopt(struct pkg_git *g, const char *commit, bool is_first, struct err *e) BASE_MUST_USE;

/* pkg_git_also_read(g, objects, e): objects are also looked for in that folder. */
int pkg_git_also_read(struct pkg_git *g, const char *objects, struct err *e) BASE_MUST_USE;

/* pkg_git_descends(g, commit, from, out, e): whether from ("": always) is commit, or is behind it
 * in a line without merges.  ERR_SYSTEM when an object is missing on the way. */
int pkg_git_descends(struct pkg_git *g, const char *commit, const char *from, bool *out, struct err *e) BASE_MUST_USE;

/* pkg_git_remote_url(g, out, e): append what the repository's own configuration says of
 * remote.origin.url; nothing when it says nothing. */
int pkg_git_remote_url(struct pkg_git *g, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_git_put_blob(g, text, id, e), pkg_git_get_blob(g, id, out, e): a blob that no tree names. */
int pkg_git_put_blob(struct pkg_git *g, const struct buf *text, char id[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;
int pkg_git_get_blob(struct pkg_git *g, const char *id, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
