/* packager/git_wire.h - what the two leaves of the door to libgit2 share. */
#ifndef PACKAGER_GIT_WIRE_H
#define PACKAGER_GIT_WIRE_H

#include "packager/git.h"

struct git_repository;
struct git_oid;

struct pkg_git {
    struct git_repository *repo;
    char objects[FILE_PATH_MAX], aside[FILE_PATH_MAX]; /* of pkg_git_set_aside() */
};

/* pkg_git_failed(e, kind, what): libgit2's last error; returns -1. */
int pkg_git_failed(struct err *e, enum err_kind kind, const char *what);

/* pkg_git_read_blob(g, id, path, out, e): append it; ERR_LIMIT when out has no room, read or not. */
int pkg_git_read_blob(struct pkg_git *g, const struct git_oid *id, const char *path, struct buf *out, struct err *e)
    BASE_MUST_USE;

#endif
