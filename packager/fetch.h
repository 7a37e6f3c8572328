/*
 * packager/fetch.h - packages that a repository keeps in a registry, into a folder where
 * dryproof-verify finds them by their digests.  Nothing is trusted: no signature is looked at,
 * and nothing but the bytes of a digest gets its name.
 *
 *   DIR/sha256/HEX    a package
 *   DIR/sha256/part   one that is coming; of whoever holds flock(2) on DIR/sha256
 */
#ifndef PACKAGER_FETCH_H
#define PACKAGER_FETCH_H

#include "packager/git.h"
#include "packager/oci.h"

#define PKG_FETCH_FOLDER "sha256"

struct pkg_fetch_result {
    size_t fetched, there, in_git; /* packages: new, had already, none to fetch */
    size_t failed;
};

/*
 * pkg_fetch(repo, dir, packages, n, from, out, e): of these packages, or with n 0 of all in the
 * ledger, those that are in a registry; from (or NULL) is a reference to ask instead of the one
 * that the repository names.  One that cannot be had is told on standard error and counted, and
 * the next is tried; -1 where none is.
 */
int pkg_fetch(const char *repo, const char *dir, const char *const *packages, size_t n, const char *from,
              struct pkg_fetch_result *out, struct err *e) BASE_MUST_USE;

/* pkg_fetch_document(g, tip, package, out, found, e): what the repository holds in its place;
 * *found is false for a package that is in git.  ERR_INPUT when it has neither. */
int pkg_fetch_document(struct pkg_git *g, const char *tip, const char *package, struct pkg_oci_place *out, bool *found,
                       struct err *e) BASE_MUST_USE;

#endif
