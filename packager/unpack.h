/* packager/unpack.h - the files of a package's bag, as folders and files. */
#ifndef PACKAGER_UNPACK_H
#define PACKAGER_UNPACK_H

#include "packager/bag.h"

/*
 * pkg_unpack(archive, folder, result, e) - the bag of that archive becomes the new folder.
 *
 * The archive may be anybody's: the bag is made again from what came out of it, and unless that is
 * the very archive (FORMAT.md section 7 leaves no byte free) nothing is kept.
 *
 * Returns 0 and tells the archive's digest and what is in data/; or -1 with nothing written:
 *   ERR_REFUTED   it is no package
 *   ERR_INPUT     there is none, or something is in the folder's place
 *   ERR_LIMIT     larger than MAX_PACKAGE_BYTES
 *   ERR_SYSTEM    it cannot be read, or the files not be written
 */
int pkg_unpack(const char *archive, const char *folder, struct pkg_bag_result *result, struct err *e) BASE_MUST_USE;

#endif
