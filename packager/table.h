/* packager/table.h - one table at one edge of a run: its rows when captured. */
#ifndef PACKAGER_TABLE_H
#define PACKAGER_TABLE_H

#include "packager/run.h"

struct pkg_table {
    const struct jv *entry; /* of tables.json; NULL when the relation is not there */
    struct jv *rows;        /* array of arrays of values; NULL when not captured */
};

/* pkg_table_read(run, edge, relation, out, e): look a relation up and read its captured
 * rows.  A relation that is not there gives an empty table.  Ownership: pkg_table_release(). */
int pkg_table_read(const struct pkg_run *run, enum pkg_edge edge, const char *relation,
                   struct pkg_table *out, struct err *e) BASE_MUST_USE;
void pkg_table_release(struct pkg_table *table);

/* pkg_table_is_same(run, relation, out, e): whether a relation is captured at both edges, with the same
 * columns and in files that are equal byte by byte: then its rows are, and what is made of them. */
int pkg_table_is_same(const struct pkg_run *run, const char *relation, bool *out, struct err *e) BASE_MUST_USE;

/* pkg_table_column(table, name): the index of a column, or -1. */
int pkg_table_column(const struct pkg_table *table, const char *name);

/* pkg_table_matches(table, row, where): the row's values equal all of where. */
bool pkg_table_matches(const struct pkg_table *table, const struct jv *row, const struct jv *where);

/* pkg_table_count(table, where): how many captured rows match; where NULL: all. */
int64_t pkg_table_count(const struct pkg_table *table, const struct jv *where);

/* pkg_table_fact(run, table, out, e): {"digest","rows"} as facts.json has it, or null when
 * the relation is not there. */
int pkg_table_fact(const struct pkg_run *run, const struct pkg_table *table, struct jv **out,
                   struct err *e) BASE_MUST_USE;

/* pkg_table_changed(before, after, out, e): how many rows differ (FORMAT.md section 10, note). */
int pkg_table_changed(const struct pkg_table *before, const struct pkg_table *after, int64_t *out,
                      struct err *e) BASE_MUST_USE;

/* pkg_table_relations(before, after): every relation of two lists once, sorted by bytes; an array
 * of strings, NULL when out of memory. */
struct jv *pkg_table_relations(const struct jv *before, const struct jv *after);

#endif
