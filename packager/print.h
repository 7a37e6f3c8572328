/* packager/print.h - what all verbs print alike. */
#ifndef PACKAGER_PRINT_H
#define PACKAGER_PRINT_H

#include "base/cli.h"
#include "base/json.h"

/* pkg_print_json(doc, e): one canonical object on standard output; frees doc. */
int pkg_print_json(struct jv *doc, struct err *e) BASE_MUST_USE;

/* pkg_print_help(argc, argv, verb, what, options, n, example): print the help of a verb
 * and return true when --help is among the arguments. */
bool pkg_print_help(int argc, char **argv, const char *verb, const char *what,
                    const struct cli_option *options, size_t n, const char *example);

#endif
