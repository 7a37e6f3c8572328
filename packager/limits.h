/* packager/limits.h - sizes that the packager accepts; the published ones are generated from
 * schemas/limits.tsv. */
#ifndef PACKAGER_LIMITS_H
#define PACKAGER_LIMITS_H

#include <stddef.h>

#include "base/json.h"

enum pkg_limit {
#define LIMIT(name, value) PKG_##name = value,
#include "gen/limits.inc"
#undef LIMIT
};

_Static_assert(JV_MEMBERS_MAX == PKG_MAX_JSON_MEMBERS && JV_DEPTH_MAX == PKG_MAX_JSON_DEPTH, "base/json.h says what limits.tsv publishes");

#define PKG_FILE_MAX ((size_t)1 << 30)      /* one file of a run, a package or a packet */
#define PKG_DOCUMENT_MAX ((size_t)64 << 20) /* one JSON document */
#define PKG_KEY_FILE_MAX ((size_t)64 << 10) /* a key file with its text lines */
#define PKG_FETCH_MAX ((size_t)1 << 36)     /* one file that git writes of what a remote sends */
#define PKG_TALK_MAX ((size_t)64 << 10)     /* what git says, and what it answers */
#define PKG_REMOTE_S 600                    /* seconds of one exchange with a remote */
#define PKG_NAME_MAX 100                    /* the USTAR name field */

#endif
