/*
 * packager/stamp.h - timestamps (RFC 3161) over the signatures of a file of attestations, and the
 * file that keeps them.  Who vouches for them is for dryproof-verify to say.  FORMAT.md section 8.
 */
#ifndef PACKAGER_STAMP_H
#define PACKAGER_STAMP_H

#include <stdbool.h>

#include "base/buf.h"

#define PKG_STAMP_FILE "timestamps.jsonl"
#define PKG_STAMP_MAX ((size_t)64 << 10) /* bytes of one response: MAX_TIMESTAMP_BYTES */
#define PKG_STAMP_LINES 3
#define PKG_STAMP_QUERY "application/timestamp-query"
#define PKG_STAMP_REPLY "application/timestamp-reply"

struct pkg_stamps {
    size_t count;                         /* signatures */
    struct buf signature[PKG_STAMP_LINES];
    struct buf response[PKG_STAMP_LINES]; /* of each; empty: none yet */
};

/* pkg_stamp_open(attestations, path, out, e): the signatures of a file of attestations, and what
 * path, if it is there, has for them; what it has for others is left out.  path NULL: none.
 * Ownership: pkg_stamp_release(). */
int pkg_stamp_open(const char *attestations, const char *path, struct pkg_stamps *out, struct err *e) BASE_MUST_USE;
void pkg_stamp_release(struct pkg_stamps *s);

/* pkg_stamp_add(s, response, e): keep a response.  ERR_INPUT when it is of the wrong form, of no
 * signature here, or of one that has another already. */
int pkg_stamp_add(struct pkg_stamps *s, const struct buf *response, struct err *e) BASE_MUST_USE;

/* pkg_stamp_write(s, path, e): the file, atomically; nothing when there is nothing to keep. */
int pkg_stamp_write(const struct pkg_stamps *s, const char *path, struct err *e) BASE_MUST_USE;

/* pkg_stamp_check(attestations, path, e): path has timestamps of these signatures and no others. */
int pkg_stamp_check(const char *attestations, const char *path, struct err *e) BASE_MUST_USE;

/* pkg_stamp_query(sig, n, out, e): append the TimeStampReq over SHA-256 of a signature, which asks
 * for the authority's certificates. */
int pkg_stamp_query(const void *sig, size_t n, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_stamp_is_over(response, sig, n, is_over, e): whether it is over that signature.  ERR_SYSTEM
 * when it is refused, or not of the form that a verifier accepts. */
int pkg_stamp_is_over(const struct buf *response, const void *sig, size_t n, bool *is_over, struct err *e) BASE_MUST_USE;

#endif
