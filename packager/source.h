/*
 * packager/source.h - evidence to read from: a run directory or a package.  Nothing is
 * judged and nothing is written.  FORMAT.md sections 3 and 7.
 */
#ifndef PACKAGER_SOURCE_H
#define PACKAGER_SOURCE_H

#include "base/file.h"
#include "base/json.h"

struct pkg_source_file {
    char *name; /* as in a run directory */
    struct buf data;
};

struct pkg_source {
    char path[FILE_PATH_MAX];
    bool is_folder;
    struct pkg_source_file *files; /* of a package: what stands in bag/data/ */
    size_t count;
};

/* pkg_source_open(path, out, e): a run directory, a stage or folder that holds package.tar,
 * or a package.  ERR_INPUT when it is none of them.  Ownership: pkg_source_release(). */
int pkg_source_open(const char *path, struct pkg_source *out, struct err *e) BASE_MUST_USE;
void pkg_source_release(struct pkg_source *source);

/* pkg_source_bytes(source, name, out, e): 1 with the file's bytes (*out is initialised
 * here), 0 when there is none, -1 on an error. */
int pkg_source_bytes(const struct pkg_source *source, const char *name, struct buf *out,
                     struct err *e) BASE_MUST_USE;

/* pkg_source_document(source, name, out, e): 1 with a JSON document, 0, -1.
 * pkg_source_lines(…): 1 with the array of the documents of an .ndjson file, 0, -1.
 * Ownership: jv_free(*out). */
int pkg_source_document(const struct pkg_source *source, const char *name, struct jv **out,
                        struct err *e) BASE_MUST_USE;
int pkg_source_lines(const struct pkg_source *source, const char *name, struct jv **out,
                     struct err *e) BASE_MUST_USE;

#endif
