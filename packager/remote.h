/*
 * packager/remote.h - another repository, by the git program: path, file, ssh, http.
 *
 * git runs in a folder of its own, dryproof.git in the repository, with a configuration that is
 * written here: neither the repository's nor the user's is read, and no hook of ours runs.  What
 * comes stays there until pkg_remote_adopt().  There is no shell and nobody to ask; what the remote
 * says is escaped.  Who holds the repository's lock has the folder.
 */
#ifndef PACKAGER_REMOTE_H
#define PACKAGER_REMOTE_H

#include "packager/git.h"

#define PKG_REMOTE_CLAIM "refs/dryproof/claim"
#define PKG_REMOTE_FOLDER "dryproof.git"

struct pkg_remote;

/* What the remote has: "" for nothing. */
struct pkg_remote_refs {
    char main[PKG_GIT_HEX], claim[PKG_GIT_HEX], reviews[PKG_GIT_HEX];
};

/* A reference that is at `from` becomes `to`; "": is not there. */
struct pkg_remote_update {
    const char *ref, *from, *to;
};

/* pkg_remote_check_url(url, e): an absolute path, file://, ssh://, http://, https://, or
 * [USER@]HOST:PATH, without a password.  ERR_INPUT. */
int pkg_remote_check_url(const char *url, struct err *e) BASE_MUST_USE;

/* pkg_remote_open(repo, url, timeout_s, out, e): nothing is asked yet.  Ownership:
 * pkg_remote_close(), which removes the folder. */
int pkg_remote_open(const char *repo, const char *url, long timeout_s, struct pkg_remote **out, struct err *e)
    BASE_MUST_USE;
void pkg_remote_close(struct pkg_remote *r);

/* pkg_remote_look(r, out, e): where its references are.  ERR_SYSTEM from all of these when it
 * cannot be reached, refuses, or takes longer than timeout_s. */
int pkg_remote_look(struct pkg_remote *r, struct pkg_remote_refs *out, struct err *e) BASE_MUST_USE;

/* pkg_remote_fetch(r, have, ref, id, e): ref with all that it names, but for what have (a commit of
 * the repository, or "") names. */
int pkg_remote_fetch(struct pkg_remote *r, const char *have, const char *ref, char id[PKG_GIT_HEX], struct err *e)
    BASE_MUST_USE;

/* pkg_remote_push(r, updates, n, e): all of them or none, and none when one is not at its `from`. */
int pkg_remote_push(struct pkg_remote *r, const struct pkg_remote_update *updates, size_t n, struct err *e)
    BASE_MUST_USE;

/* pkg_remote_note(r, text, id, e): a blob that can be pushed. */
int pkg_remote_note(struct pkg_remote *r, const struct buf *text, char id[PKG_GIT_HEX], struct err *e) BASE_MUST_USE;

/* pkg_remote_objects(r): the folder with what came; it stays r's. */
const char *pkg_remote_objects(const struct pkg_remote *r);

/* pkg_remote_adopt(r, e): what came becomes the repository's; again, what somebody's prune took. */
int pkg_remote_adopt(struct pkg_remote *r, struct err *e) BASE_MUST_USE;

#endif
