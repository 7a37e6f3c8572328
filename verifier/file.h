/*
 * verifier/file.h - reading a file, once, whole, never through a symbolic link.
 */
#ifndef VFY_FILE_H
#define VFY_FILE_H

#include "verifier/err.h"
#include "verifier/mem.h"

/*
 * vfy_file_read(a, path, limit, data, size, e) - the file's bytes and a NUL.
 *
 * Returns 0; or -1 with *e: E_IO not a readable regular file or it changed while
 * being read, E_LIMIT_SIZE longer than limit (seen before anything is read).
 */
int vfy_file_read(struct arena *a, const char *path, size_t limit, char **data, size_t *size,
                  struct err *e) __attribute__((warn_unused_result));

/* vfy_file_open(path, limit, fd, size, e) - the same before anything is read; the caller
 * closes *fd. */
int vfy_file_open(const char *path, size_t limit, int *fd, size_t *size, struct err *e)
    __attribute__((warn_unused_result));

#endif
