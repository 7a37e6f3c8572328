/* collector/plain.h - names and messages of a server, for people. */
#ifndef COLLECTOR_PLAIN_H
#define COLLECTOR_PLAIN_H

#include <stddef.h>

/* col_plain_print(text): on standard output, where nothing of it acts on a terminal; NULL is
 * nothing. */
void col_plain_print(const char *text);

/* col_plain_break(text, at, indent): the same from column at on (from 0), a line no wider than 80
 * columns where its words allow; further lines stand behind indent blanks.  A name in double
 * quotes is one word, so that SQL stays what it is. */
void col_plain_break(const char *text, size_t at, size_t indent);

#endif
