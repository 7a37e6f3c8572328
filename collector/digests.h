/*
 * collector/digests.h - the row digests of one table as a sorted multiset, in memory that
 * does not grow with the table: what does not fit is spilled by its first eight bits to a
 * file without a name, and sorted part by part.
 *
 * A table's digests may be added by several workers, each with a hand of its own.
 */
#ifndef COLLECTOR_DIGESTS_H
#define COLLECTOR_DIGESTS_H

#include <stdbool.h>

#include "collector/runs.h"

#define COL_DIGESTS_PARTS 256

struct col_hand;    /* one worker's memory, used for one table after the other */
struct col_digests; /* one table */

/* col_hand_new(memory, folder, out, e): a hand of that many bytes, at least 256 KiB, with its
 * temporary files in folder (which it makes, and must outlive the hand).
 * Ownership: col_hand_free(). */
int col_hand_new(size_t memory, const char *folder, struct col_hand **out, struct err *e)
    BASE_MUST_USE;
void col_hand_free(struct col_hand *hand);

/* col_digests_new(folder, out, e).  All hands must have one size.
 * Ownership: col_digests_free(). */
int col_digests_new(const char *folder, struct col_digests **out, struct err *e) BASE_MUST_USE;
void col_digests_free(struct col_digests *d);

/* col_digests_add(d, hand, digest, e): one row more.  ERR_SYSTEM when the disk is full. */
int col_digests_add(struct col_digests *d, struct col_hand *hand,
                    const unsigned char digest[DIGEST_BYTES], struct err *e) BASE_MUST_USE;

/* col_digests_end(d, hand, is_alone, e): the hand adds no more; is_alone: no other hand ever
 * added to this table, so what fits in memory stays there. */
int col_digests_end(struct col_digests *d, struct col_hand *hand, bool is_alone, struct err *e)
    BASE_MUST_USE;

/* Once all hands have ended.  The parts in their order are the whole, sorted; a hand loads
 * one and visits it, several hands may be at different parts. */
uint64_t col_digests_count(const struct col_digests *d);
size_t col_digests_parts(const struct col_digests *d);
uint64_t col_digests_before(const struct col_digests *d, size_t part); /* in earlier parts */
int col_digests_load(struct col_digests *d, struct col_hand *hand, size_t part, struct err *e)
    BASE_MUST_USE;
/* col_digests_take(hand, each, n, work): the n digests of the part that was loaded, sorted,
 * with memory of the hand's own for each bytes a digest, until the next load; NULL when the
 * part and that are too much for it: then it can only be visited. */
const unsigned char (*col_digests_take(struct col_hand *hand, size_t each, size_t *n,
                                       char **work))[DIGEST_BYTES];
int col_digests_visit(struct col_hand *hand, col_visit *visit, void *context, struct err *e)
    BASE_MUST_USE;

#endif
