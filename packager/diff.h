/*
 * packager/diff.h - what differs between two snapshots: tables by row, sequences, catalog
 * objects, ids, WAL.  It tells, it does not judge: the verifier judges.
 */
#ifndef PACKAGER_DIFF_H
#define PACKAGER_DIFF_H

#include "packager/source.h"

struct pkg_diff_side {
    const struct pkg_source *source;
    const char *edge; /* "before" or "after" */
};

/*
 * pkg_diff_make(from, to, limit, out, e): the document dryproof.diff/1: members "from",
 * "to" ({"path","edge","run_id","database"}), "same", "tables", "sequences", "catalog",
 * "cluster", "ids", "wal" (null unless both are of one run), "others".  limit is the
 * most rows shown of a table; counts are always whole.  Values stand where the rows were
 * kept: in a package for captured tables, in a run directory also for small ones.
 * Ownership: jv_free(*out).
 */
int pkg_diff_make(const struct pkg_diff_side *from, const struct pkg_diff_side *to, size_t limit,
                  struct jv **out, struct err *e) BASE_MUST_USE;

/* pkg_diff_table(from, to, entries, numbers, limit, out, e): one element of "tables"; entries
 * are the relation's of both tables.json, NULL where it is not there, numbers their places in
 * them from 1.  (diff_rows.c) */
int pkg_diff_table(const struct pkg_diff_side *from, const struct pkg_diff_side *to,
                   const struct jv *const entries[2], const size_t numbers[2], size_t limit,
                   struct jv **out, struct err *e) BASE_MUST_USE;

/* pkg_diff_text(diff, out, e): for people, escaped.  (diff_text.c) */
int pkg_diff_text(const struct jv *diff, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
