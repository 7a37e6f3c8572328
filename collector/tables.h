/*
 * collector/tables.h - the tables in scope, and the statements that read them.  FORMAT.md
 * sections 3 and 4.  The reading is in collector/scan.h.
 */
#ifndef COLLECTOR_TABLES_H
#define COLLECTOR_TABLES_H

#include "base/plan.h"
#include "collector/pg.h"

struct col_table {
    char *relation;
    char kind[2];           /* "r" or "m" */
    struct jv *columns;     /* [[name, type]..] */
    char *copy;             /* the COPY statement */
    char *part;             /* the SELECT of a part, up to its first block; NULL: no parts */
    uint64_t bytes;         /* about; its pages on disk */
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

/* col_tables_look(pg, plan, out, lacks, e): the same, but a table that may not be read, and a
 * relation of the plan that is not there, is added to lacks: {reason, relation, statement}, the
 * last the GRANT, or null for what is not there. */
int col_tables_look(struct col_pg *pg, const struct plan *plan, struct col_tables *out,
                    struct jv *lacks, struct err *e) BASE_MUST_USE;
void col_tables_release(struct col_tables *tables);

/* col_tables_sort(list): sort an array of objects by the bytes of their "relation". */
void col_tables_sort(struct jv *list);

#endif
