/*
 * verifier/outside.h - a package's archive: in git, or in a folder that somebody filled from a
 * registry.  FORMAT.md section 9, "Packages in a registry".  Nothing here opens a socket.
 */
#ifndef VFY_OUTSIDE_H
#define VFY_OUTSIDE_H

#include "verifier/repo.h"

#define VFY_OUTSIDE "package.oci.json" /* stands in the place of package.tar */

/*
 * vfy_outside_archive(repo, a, folder, id, s, e) - the bytes that git has, or the file
 * sha256/ID of the folder repo->packages, with the digest that it has.
 *
 * Returns 0, and the caller closes *s; or -1 with *e: E_PACKAGE_ABSENT, E_REPO_MISMATCH what git
 * has in its place is not this package's, E_JSON_*, E_IO no regular file, what reading git gives.
 */
int vfy_outside_archive(const struct repo *repo, struct arena *a, const char *folder, const char *id, struct source *s,
                        struct err *e) __attribute__((warn_unused_result));

#endif
