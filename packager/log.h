/*
 * packager/log.h - the transparency log of a repository: C2SP tlog-tiles, signed note and
 * tlog-proof.  FORMAT.md section 9.
 *
 * A log is read at its right edge only: one unfinished tile a level.
 */
#ifndef PACKAGER_LOG_H
#define PACKAGER_LOG_H

#include "packager/git.h"

#define PKG_LOG_CHECKPOINT "log/checkpoint"
#define PKG_LOG_PROOF "package.tlog-proof"
#define PKG_LOG_EDITS 16 /* files that one entry more may change */

#define PKG_LOG_WIDTH 256                    /* hashes of a tile, entries of a bundle */
#define PKG_LOG_NUMBERED (2 + DIGEST_BYTES) /* bytes of an entry in its bundle */
#define PKG_LOG_PATH 64

/* pkg_log_hash(digest, a, b, out, e): of an inner node, or with b NULL of a leaf (RFC 6962 2.1);
 * a, b and out are DIGEST_BYTES long, and out may be one of them. */
int pkg_log_hash(struct digest *digest, const void *a, const void *b, unsigned char *out, struct err *e) BASE_MUST_USE;

/* pkg_log_tile_path(level, n, out): where the tile with the last of the level's first n hashes
 * lies; level is "entries" or a digit. */
void pkg_log_tile_path(const char *level, size_t n, char out[PKG_LOG_PATH]);

struct pkg_log; /* the edge of one commit's log */

/*
 * pkg_log_open(g, commit, count, key, before, out, e): the log of a commit with `count` ledger
 * entries.  before, or NULL, is the key that signed its checkpoint until key came in its place.
 *
 * *out is NULL when there is neither a log nor a key.  ERR_INPUT when there is a log and no key,
 * a key and entries without a log, another size than count, or a checkpoint that is not what
 * one of the two signs over these tiles: then nothing is signed.
 * Ownership: pkg_log_free(); key stays the caller's and must live as long.
 */
int pkg_log_open(struct pkg_git *g, const char *commit, size_t count, const struct pkg_key *key,
                 const struct pkg_key *before, struct pkg_log **out, struct err *e) BASE_MUST_USE;
void pkg_log_free(struct pkg_log *log);

/*
 * pkg_log_append(log, ledger, e): one entry, the SHA-256 (hex) of a ledger file; makes edits and
 * proof.  Once.
 */
int pkg_log_append(struct pkg_log *log, const char *ledger, struct err *e) BASE_MUST_USE;

/* pkg_log_edits(log, count): what changes below log/; they stay the log's. */
const struct pkg_git_edit *pkg_log_edits(const struct pkg_log *log, size_t *count);

/* pkg_log_proof(log): the bytes of the new entry's tlog-proof. */
const struct buf *pkg_log_proof(const struct pkg_log *log);

#endif
