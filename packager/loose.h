/* packager/loose.h - a large blob as git keeps one loose; loose.c is the door to zlib.  FORMAT.md section 9. */
#ifndef PACKAGER_LOOSE_H
#define PACKAGER_LOOSE_H

#include <stddef.h>

#include "base/err.h"

/* pkg_loose_write(folder, id, data, len, e): the blob of these bytes, whose name is id (40 hex digits),
 * into a folder of loose objects, durably and not compressed: zlib would take longer than all the rest
 * of a commit, and git compresses it when it packs or sends.  One that is there stays.  ERR_SYSTEM;
 * half an object may then be there, so the folder has to be one that nobody reads yet. */
int pkg_loose_write(const char *folder, const char *id, const void *data, size_t len, struct err *e) BASE_MUST_USE;

#endif
