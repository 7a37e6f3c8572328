/*
 * collector/form.h - the form of what a server answers to our own queries.  Nothing of an
 * answer is used before it was checked here: a server may be broken, or lie.
 */
#ifndef COLLECTOR_FORM_H
#define COLLECTOR_FORM_H

#include "base/json.h"

/*
 * col_form_check(rows, least, most, columns, what, e): rows is least to most rows, each with
 * exactly the columns that the letters of columns name:
 *   b boolean: t, f, true or false     n decimal below 2^64, no leading zero
 *   d decimal of 64 bits with a sign   i decimal of at most nine digits
 *   l log position: HEX/HEX            t time: 2026-06-22T10:11:12.123456Z
 *   x snapshot: digits, colons, commas s text in UTF-8
 *   o text in UTF-8 or null            v any value
 * what names the answer.  ERR_SYSTEM names the column, not its value.
 */
int col_form_check(const struct jv *rows, size_t least, size_t most, const char *columns,
                   const char *what, struct err *e) BASE_MUST_USE;

/* col_form_is(letter, text): text has the form; NULL has that of o alone. */
bool col_form_is(char letter, const char *text);

/* col_form_is_report(severity, sqlstate, message, is_error): the fields of an error, or of a
 * notice, are there and of their form; what libpq itself complains about has none. */
bool col_form_is_report(const char *severity, const char *sqlstate, const char *message,
                        bool is_error);

#endif
