/*
 * verifier/table.h - captured tables: rows, row lines, digests.  FORMAT.md section 4.
 */
#ifndef VFY_TABLE_H
#define VFY_TABLE_H

#include "verifier/evidence.h"

/* vfy_table_find(edge, relation) - the table in that snapshot, or NULL. */
const struct table *vfy_table_find(const struct edge *edge, const char *relation);

/* vfy_table_cell(t, row, column) - a value; NULL when there is no such column or row. */
const struct json *vfy_table_cell(const struct table *t, size_t row, const char *column);

/* vfy_table_fits(t, row, where) - whether the row equals all of `where`. */
bool vfy_table_fits(const struct table *t, size_t row, const struct json *where);

/*
 * vfy_table_match(t, where, found) - how many captured rows equal all of `where`.
 *
 * found (may be NULL) receives the index of the last.  A column that does not exist
 * matches no row; a NULL or uncaptured table has none.
 */
size_t vfy_table_match(const struct table *t, const struct json *where, size_t *found);

/* vfy_table_by(t, column, text, found) - the same for one column and one string. */
size_t vfy_table_by(const struct table *t, const char *column, const char *text, size_t *found);

/* vfy_table_line(t, row, without, b) - replace b by the row line, leaving those columns out. */
void vfy_table_line(const struct table *t, size_t row, const struct json *without, struct buf *b);

/* vfy_table_row_digest(t, row, without, hex) - SHA-256 of that line. */
void vfy_table_row_digest(struct arena *a, const struct table *t, size_t row,
                          const struct json *without, char hex[VFY_HEX]);

/* vfy_table_digest(a, t, without, also, hex) - the table digest over the other columns. */
void vfy_table_digest(struct arena *a, const struct table *t, const struct json *without,
                      const struct json *also, char hex[VFY_HEX]);

#endif
