/* packager/bag.h - a BagIt bag inside one archive.  FORMAT.md section 7. */
#ifndef PACKAGER_BAG_H
#define PACKAGER_BAG_H

#include <stddef.h>

#include "base/buf.h"
#include "base/digest.h"

struct pkg_bag_file {
    char *path;   /* below data/ */
    char *source; /* the file to take the bytes from, or NULL: */
    char *bytes;  /* they stand here */
    size_t size;
    char sha256[DIGEST_HEX]; /* of what was packed, by pkg_bag_write() */
};

struct pkg_bag {
    struct pkg_bag_file *files;
    size_t count;
    size_t cap;
};

struct pkg_bag_result {
    char sha256[DIGEST_HEX];   /* of the archive: the package id */
    char tree_pin[DIGEST_HEX]; /* of tagmanifest-sha256.txt */
    size_t size;               /* of the archive */
    size_t payload_bytes;
    size_t payload_files;
};

/* pkg_bag_add_file(bag, path, source, e): take the regular file source as data/path.
 * pkg_bag_add_bytes(bag, path, data, len, e): the same for bytes, which are copied.
 * ERR_INPUT for a name that is not plain or too long. */
int pkg_bag_add_file(struct pkg_bag *bag, const char *path, const char *source, struct err *e)
    BASE_MUST_USE;
int pkg_bag_add_bytes(struct pkg_bag *bag, const char *path, const void *data, size_t len,
                      struct err *e) BASE_MUST_USE;

/* pkg_bag_write(bag, archive, out, e): write the archive; the order of adding does not
 * matter.  A name added twice, and a source that changes its size meanwhile, are ERR_INPUT. */
int pkg_bag_write(struct pkg_bag *bag, const char *archive, struct pkg_bag_result *out,
                  struct err *e) BASE_MUST_USE;

/* pkg_bag_read_back(archive, bag, sha256, e): the file is read again, hashed and its members
 * counted: what is signed is what stands on the disk.  ERR_SYSTEM. */
int pkg_bag_read_back(const char *archive, const struct pkg_bag *bag, const char *sha256, struct err *e)
    BASE_MUST_USE;

void pkg_bag_release(struct pkg_bag *bag);

#endif
