/*
 * base/row.h - row lines and table digests (FORMAT.md section 4).
 */
#ifndef BASE_ROW_H
#define BASE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/json.h"

#define ROW_LISTED_BYTES 16 /* of each row digest in a run's private lists: only to count what differs */

/* row_add_field(line, is_first, data, len, e): append one field of a row line, with
 * the TAB before it unless it is the first; data NULL writes \N. */
int row_add_field(struct buf *line, bool is_first, const char *data, size_t len, struct err *e)
    BASE_MUST_USE;

/* row_line(values, line, e): the row line of an array of database values. */
int row_line(const struct jv *values, struct buf *line, struct err *e) BASE_MUST_USE;

/* row_parse(line, len, values, e): the array of database values of a row line.
 * ERR_INPUT for an escape that COPY does not write.  Ownership: *values is the caller's. */
int row_parse(const char *line, size_t len, struct jv **values, struct err *e) BASE_MUST_USE;

/* row_digest_header(hash, relation, columns, rows, e): add the first line of the text that a
 * table digest is of. */
int row_digest_header(struct digest *hash, const char *relation, const struct jv *columns,
                      uint64_t rows, struct err *e) BASE_MUST_USE;

/* A set of row digests with multiplicities, in memory: for captured rows, which are few. */
struct row_set {
    unsigned char (*digests)[DIGEST_BYTES];
    size_t count;
    size_t cap;
    struct digest *hash;
};

int row_set_init(struct row_set *set, struct err *e) BASE_MUST_USE;
void row_set_release(struct row_set *set);
void row_set_clear(struct row_set *set);

/* row_set_add(set, line, len, e): add the digest of one row line. */
int row_set_add(struct row_set *set, const void *line, size_t len, struct err *e) BASE_MUST_USE;

/* row_set_digest(set, relation, columns, out, e): the table digest.  columns is an array of
 * [name, type].  Sorts the set. */
int row_set_digest(struct row_set *set, const char *relation, const struct jv *columns,
                   char out[DIGEST_HEX], struct err *e) BASE_MUST_USE;

#endif
