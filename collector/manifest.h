/*
 * collector/manifest.h - the plan's canonical manifests, each measured several times:
 * the rows, PostgreSQL's own bytes and hash, and ours.  FORMAT.md section 5.
 */
#ifndef COLLECTOR_MANIFEST_H
#define COLLECTOR_MANIFEST_H

#include "collector/context.h"

/* col_manifest_bytes(entry, columns, rows, out, e): append the cser-v1 bytes of a plan's
 * manifest made from rows.  ERR_INPUT: order_by is no column, or null somewhere; a value
 * is not UTF-8; the profile's fields are missing. */
int col_manifest_bytes(const struct jv *entry, const struct jv *columns, const struct jv *rows,
                       struct buf *out, struct err *e) BASE_MUST_USE;

/* One repetition. */
struct col_manifest {
    struct col_pg_result rows;
    struct buf own, pg, hash; /* our bytes, PostgreSQL's, and what hash_sql returned */
    char own_sha256[DIGEST_HEX], pg_sha256[DIGEST_HEX];
};

/* col_manifest_measure(params, plan, entry, out, e): a read-only transaction of its own, in a
 * session of its own: what these queries call may change a setting, and every later answer with
 * it.  Ownership: col_manifest_release(). */
int col_manifest_measure(const struct jv *params, const struct plan *plan, const struct jv *entry,
                         struct col_manifest *out, struct err *e) BASE_MUST_USE;
void col_manifest_release(struct col_manifest *m);

/* col_manifest_run(c, e): every repetition of every manifest, published. */
int col_manifest_run(struct col_context *c, struct err *e) BASE_MUST_USE;

#endif
