/*
 * collector/tables.h - the tables in scope and one exact pass over each: count, row
 * digests, table digest, and the rows themselves where the plan captures them.
 * FORMAT.md sections 3 and 4.
 */
#ifndef COLLECTOR_TABLES_H
#define COLLECTOR_TABLES_H

#include "base/plan.h"
#include "collector/pg.h"
#include "collector/redact.h"

struct col_table {
    char *relation;
    char kind[2];           /* "r" or "m" */
    struct jv *columns;     /* [[name, type]..] */
    char *copy;             /* the COPY statement */
    const struct jv *capture; /* the plan's element, or NULL */
};

struct col_tables {
    struct col_table *items; /* sorted by the bytes of relation */
    size_t count;
    struct jv *not_observed; /* [{reason, relation}..], sorted */
};

/*
 * col_tables_list(pg, plan, out, e): the tables of the current transaction's snapshot less
 * the plan's exclusions.
 * ERR_SYSTEM names a table that the observer may not read, and the GRANT; ERR_INPUT names a
 * relation or column of the plan that is not there.  Ownership: col_tables_release().
 */
int col_tables_list(struct col_pg *pg, const struct plan *plan, struct col_tables *out,
                    struct err *e) BASE_MUST_USE;
void col_tables_release(struct col_tables *tables);

/* col_tables_sort(list): sort an array of objects by the bytes of their "relation". */
void col_tables_sort(struct jv *list);

/* What one pass over a table gave. */
struct col_content {
    size_t rows;
    char digest[DIGEST_HEX];
    struct buf row_digests; /* sorted, hex, one a line; empty unless kept */
    struct buf ndjson;      /* the rows as FORMAT.md's tables/NNNNNN.ndjson; only captured and kept */
};

/* col_tables_read(pg, table, redact, is_kept, out, e): one pass, inside the caller's
 * transaction.  ERR_LIMIT.  Ownership: col_tables_content_release(). */
int col_tables_read(struct col_pg *pg, const struct col_table *table,
                    const struct col_redact *redact, bool is_kept, struct col_content *out,
                    struct err *e) BASE_MUST_USE;
void col_tables_content_release(struct col_content *content);

#endif
