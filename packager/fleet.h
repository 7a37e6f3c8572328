/* packager/fleet.h - a fleet's folder becomes one staged, signed archive of packages.  FORMAT.md section 12. */
#ifndef PACKAGER_FLEET_H
#define PACKAGER_FLEET_H

#include <stdbool.h>

#include "packager/pack.h"

#define PKG_FLEET_DOCUMENT "fleet.json"
#define PKG_FLEET_PACKAGE "fleet.tar"

/* pkg_fleet_is(dir): a finished fleet's folder. */
bool pkg_fleet_is(const char *dir);

/* pkg_fleet_pack(dir, key, stage_dir, out, e): pack each collected target as pkg_pack_run() does,
 * then all of them into stage_dir/fleet.tar with its one attestation beside it.  ERR_INPUT when
 * stage_dir exists or a target cannot be packed; ERR_HOLD when signatures are missing, of which
 * as many as possible were asked for; dir is only read. */
int pkg_fleet_pack(const char *dir, const struct pkg_key *key, const char *stage_dir,
                   struct pkg_bag_result *out, struct err *e) BASE_MUST_USE;

#endif
