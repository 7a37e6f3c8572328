/*
 * packager/tar.h - the plain USTAR archive; tar.c is the door to libarchive.
 * FORMAT.md section 7.
 */
#ifndef PACKAGER_TAR_H
#define PACKAGER_TAR_H

#include <stddef.h>

#include "base/buf.h"
#include "base/digest.h"

struct pkg_tar_writer;
struct pkg_tar_reader;

/* pkg_tar_create(path, out, e): a new archive; an existing file is ERR_SYSTEM.
 * Ownership: pkg_tar_writer_free(). */
int pkg_tar_create(const char *path, struct pkg_tar_writer **out, struct err *e) BASE_MUST_USE;

/* pkg_tar_begin(w, name, size, e): the header of the next member.  Members come sorted by
 * the bytes of their names; a name that is not plain, longer than PKG_NAME_MAX bytes or out
 * of order is ERR_INPUT. */
int pkg_tar_begin(struct pkg_tar_writer *w, const char *name, size_t size, struct err *e)
    BASE_MUST_USE;
/* pkg_tar_data(w, data, len, e): bytes of the member; ERR_INPUT for more than its size. */
int pkg_tar_data(struct pkg_tar_writer *w, const void *data, size_t len, struct err *e)
    BASE_MUST_USE;
/* pkg_tar_close(w, sha256, size, e): end the archive, sync it, tell digest and size. */
int pkg_tar_close(struct pkg_tar_writer *w, char sha256[DIGEST_HEX], size_t *size, struct err *e)
    BASE_MUST_USE;
void pkg_tar_writer_free(struct pkg_tar_writer *w);

/* pkg_tar_open(path, out, e): read an archive of ours.  Ownership: pkg_tar_reader_free(). */
int pkg_tar_open(const char *path, struct pkg_tar_reader **out, struct err *e) BASE_MUST_USE;
/* pkg_tar_next(r, name, data, e): 1 with the next member (name lives until the next call;
 * *data is cleared and filled), 0 at the end, -1 on an error. */
int pkg_tar_next(struct pkg_tar_reader *r, const char **name, struct buf *data, struct err *e)
    BASE_MUST_USE;
void pkg_tar_reader_free(struct pkg_tar_reader *r);

/* pkg_tar_tell(path, sha256, members, e): read an archive once, whatever its size, and tell the
 * digest of its bytes and how many members it lists. */
int pkg_tar_tell(const char *path, char sha256[DIGEST_HEX], size_t *members, struct err *e) BASE_MUST_USE;

#endif
