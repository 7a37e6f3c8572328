/*
 * base/cli.h - verbs and options.  Long options only; an option given twice, an
 * unknown one and a missing value are usage errors; help is made from the tables.
 */
#ifndef BASE_CLI_H
#define BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct cli_option {
    const char *name;     /* "--repo" */
    const char *metavar;  /* "DIR", or NULL for a flag */
    bool is_required;
    const char *help;     /* one line */
    const char *value;    /* set by cli_parse: the value, or the name for a flag, else NULL */
};

struct cli_verb {
    const char *name; /* "run"; two words ("key new") are matched as two arguments */
    int (*run)(int argc, char **argv); /* arguments behind the verb; returns an exit status */
    const char *help;  /* one line */
    const char *usage; /* "--carrier DIR ..." */
};

struct cli_program {
    const char *name;
    const char *purpose; /* one line */
    const struct cli_verb *verbs;
    size_t verb_count;
    const char *example; /* a command that runs as printed */
};

/* cli_parse(argc, argv, options, n, operands_max, operands, e): fill the options'
 * values; operands (non-options) go to operands, NULL-terminated (operands_max + 1
 * slots).  "--" ends options.  ERR_USAGE.  Nothing is copied. */
int cli_parse(int argc, char **argv, struct cli_option *options, size_t n, size_t operands_max,
              const char **operands, struct err *e) BASE_MUST_USE;

/* cli_take_repeated(argc, argv, name, values, max, n, e): take every "name VALUE" and
 * "name=VALUE" before a "--" out of argv, the values into values.  ERR_USAGE. */
int cli_take_repeated(int *argc, char **argv, const char *name, const char **values, size_t max,
                      size_t *n, struct err *e) BASE_MUST_USE;

/* cli_take_command(argc, argv, command, e): cut argv at its first "--"; command is what
 * follows, NULL-terminated as argv is.  Without a "--" command is NULL; with nothing behind
 * it ERR_USAGE. */
int cli_take_command(int *argc, char **argv, char ***command, struct err *e) BASE_MUST_USE;

/* cli_number(text, max, name, out, e): a number from 0 to max, digits only.  ERR_USAGE. */
int cli_number(const char *text, long max, const char *name, long *out, struct err *e)
    BASE_MUST_USE;

/* cli_value(options, n, name): what cli_parse found, or NULL. */
const char *cli_value(const struct cli_option *options, size_t n, const char *name);

/* cli_main(program, argc, argv): --help, --version, or the verb; returns the exit
 * status.  A mistyped verb is answered with the nearest one. */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* cli_nearer(word, candidate, best): of two, of which best may be NULL, the one that is nearer to
 * the mistyped word, where that is near at all. */
const char *cli_nearer(const char *word, const char *candidate, const char *best);

/* cli_fail(program, e): print "program: error: text" on stderr; returns the exit status of e. */
int cli_fail(const char *program, const struct err *e);

/* cli_finish_stdout(program, status): flush stdout; a failed write turns any status
 * into EXIT_ENVIRONMENT, so a verdict on a full disk never looks like success. */
int cli_finish_stdout(const char *program, int status);

/* cli_verb_help(program, verb, options, n): the help of one verb on stdout. */
void cli_verb_help(const char *program, const char *verb, const char *what,
                   const struct cli_option *options, size_t n, const char *example);

#endif
