/* packager/git_wire.h - what the two leaves of the door to libgit2 share. */
#ifndef PACKAGER_GIT_WIRE_H
#define PACKAGER_GIT_WIRE_H

#include "packager/git.h"

struct git_repository;
struct git_oid;

struct pkg_git {
    struct git_repository *repo;
    char objects[FILE_PATH_MAX];
    char aside[FILE_PATH_MAX]; /* of pkg_git_set_aside(), or "" */
};

/* pkg_git_failed(e, kind, what): libgit2's last error; returns -1. */
int pkg_git_failed(struct err *e, enum err_kind kind, const char *what);

/* pkg_git_write_blob(g, edit, out): its data, set aside.  Returns libgit2's status. */
int pkg_git_write_blob(struct pkg_git *g, const struct pkg_git_edit *edit, struct git_oid *out) BASE_MUST_USE;

/* pkg_git_is_blob(g, id, data, len, out, e): whether what is read of a blob are these bytes; their name
 * is not looked at. */
int pkg_git_is_blob(struct pkg_git *g, const struct git_oid *id, const void *data, size_t len, bool *out, struct err *e)
    BASE_MUST_USE;

/* pkg_git_is_whole(g, id): 0 when the object was set aside, or else the repository's, which git takes
 * for the one to be written, can be read and has that name.  Returns libgit2's status. */
int pkg_git_is_whole(struct pkg_git *g, const struct git_oid *id) BASE_MUST_USE;

/* pkg_git_write_to(g, folder, e): objects are read from g->objects and from that folder, and written
 * there.  Once before anything is read.  Alternates are not followed: an evidence repository has none. */
int pkg_git_write_to(struct pkg_git *g, const char *folder, struct err *e) BASE_MUST_USE;

/* pkg_git_read_blob(g, id, path, out, e): append it; ERR_LIMIT when out has no room, read or not. */
int pkg_git_read_blob(struct pkg_git *g, const struct git_oid *id, const char *path, struct buf *out, struct err *e)
    BASE_MUST_USE;

#endif
