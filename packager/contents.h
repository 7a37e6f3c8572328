/* packager/contents.h - what a package says about itself, read for the packet. */
#ifndef PACKAGER_CONTENTS_H
#define PACKAGER_CONTENTS_H

#include "base/digest.h"
#include "base/json.h"

enum pkg_contents_doc {
    PKG_DOC_PLAN,
    PKG_DOC_FACTS,
    PKG_DOC_ASSERTIONS,
    PKG_DOC_RUN,
    PKG_DOC_ENVIRONMENT,
    PKG_DOC_IDENTITY,
    PKG_DOC_TABLES_BEFORE,
    PKG_DOC_TABLES_AFTER,
    PKG_DOC_NEEDED,
    PKG_DOC_COMMAND = PKG_DOC_NEEDED, /* NULL but in a bracket */
    PKG_DOC_COST,                     /* NULL when it was not measured; so are the rest */
    PKG_DOC_WAL,
    PKG_DOC_IDS_BEFORE,
    PKG_DOC_IDS_AFTER,
    PKG_DOC_COUNT
};

struct pkg_contents {
    struct jv *doc[PKG_DOC_COUNT];
    char facts_sha256[DIGEST_HEX];
    char manifest_sha256[DIGEST_HEX]; /* of manifest-sha256.txt */
    char tree_pin[DIGEST_HEX];        /* of tagmanifest-sha256.txt */
    int64_t payload_bytes;
    int64_t payload_files;
    struct buf manifest;  /* manifest-sha256.txt */
    struct jv *sessions;  /* [{"path","session"}] of every record that says when it was made, sorted by path */
};

/* pkg_contents_read(archive, out, e): one pass over package.tar; the plan of a bracket is
 * expanded as by plan_bracket_expand.  ERR_INPUT when one of the
 * documents is missing or unreadable.  Ownership: pkg_contents_release(). */
int pkg_contents_read(const char *archive, struct pkg_contents *out, struct err *e) BASE_MUST_USE;
void pkg_contents_release(struct pkg_contents *contents);

/* pkg_contents_digest(c, path, out): the SHA-256 of a payload file as a string, or, of a folder,
 * that of its lines in the manifest (FORMAT.md section 7); null when there is neither. */
struct jv *pkg_contents_digest(const struct pkg_contents *contents, const char *path);

#endif
