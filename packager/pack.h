/* packager/pack.h - a run directory becomes a staged, signed package. */
#ifndef PACKAGER_PACK_H
#define PACKAGER_PACK_H

#include "packager/bag.h"
#include "packager/key.h"

struct pkg_pack_result {
    struct pkg_bag_result bag;
    char facts_sha256[DIGEST_HEX];
};

/* pkg_pack_run(run_dir, key, supersedes, stage_dir, out, e): write package.tar and lines 1
 * and 2 into a temporary folder beside stage_dir, read the archive back, and publish the
 * folder by rename.  supersedes is a package id or NULL.  ERR_INPUT when stage_dir exists
 * or the run cannot be packed; the run directory is only read. */
int pkg_pack_run(const char *run_dir, const struct pkg_key *key, const char *supersedes,
                 const char *stage_dir, struct pkg_pack_result *out, struct err *e) BASE_MUST_USE;

#endif
