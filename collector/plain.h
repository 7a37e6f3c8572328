/* collector/plain.h - names and messages of a server, for people. */
#ifndef COLLECTOR_PLAIN_H
#define COLLECTOR_PLAIN_H

/* col_plain_print(text): on standard output, where nothing of it acts on a terminal; NULL is
 * nothing. */
void col_plain_print(const char *text);

#endif
