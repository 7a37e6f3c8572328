/*
 * collector/pins.h - the settings that every session of ours has.  FORMAT.md section 1.
 */
#ifndef COLLECTOR_PINS_H
#define COLLECTOR_PINS_H

#include "collector/pg.h"

/* col_pins_get(kind, is_ascii, i, value): the name of pinned setting i and its value, NULL
 * behind the last.  is_ascii: the database's encoding is SQL_ASCII. */
const char *col_pins_get(enum col_pg_kind kind, bool is_ascii, size_t i, const char **value);

/* col_pins_set(pg, kind, is_ascii, pinned, e): set them, read them back, and see that the
 * session has no temporary schema, whose names would come before those of pg_catalog.
 * ERR_SYSTEM.  Ownership: *pinned, name to value, jv_free(). */
int col_pins_set(struct col_pg *pg, enum col_pg_kind kind, bool is_ascii, struct jv **pinned,
                 struct err *e) BASE_MUST_USE;

#endif
