/*
 * collector/rundir.h - writing a run directory: every file once, atomically, whole.
 * FORMAT.md section 3.
 */
#ifndef COLLECTOR_RUNDIR_H
#define COLLECTOR_RUNDIR_H

#include "base/file.h"
#include "base/json.h"

struct col_rundir {
    char path[FILE_PATH_MAX];
};

/* col_rundir_check(path, e): nothing stands at path.  ERR_INPUT tells what to do. */
int col_rundir_check(const char *path, struct err *e) BASE_MUST_USE;

/* col_rundir_create(path, out, e): make the folder; it must not exist. */
int col_rundir_create(const char *path, struct col_rundir *out, struct err *e) BASE_MUST_USE;

/* col_rundir_write(dir, name, data, len, e): publish a file, with the folders above it;
 * below private/ nobody but the owner may read. */
int col_rundir_write(const struct col_rundir *dir, const char *name, const void *data, size_t len,
                     struct err *e) BASE_MUST_USE;

/* col_rundir_json(dir, name, doc, e): publish a canonical document.
 * Ownership: doc is freed here, also on failure. */
int col_rundir_json(const struct col_rundir *dir, const char *name, struct jv *doc, struct err *e)
    BASE_MUST_USE;

/* col_rundir_lines(dir, name, header, values, e): publish canonical lines: header unless
 * NULL, then each element of the array.  Both stay the caller's. */
int col_rundir_lines(const struct col_rundir *dir, const char *name, const struct jv *header,
                     const struct jv *values, struct err *e) BASE_MUST_USE;

#endif
