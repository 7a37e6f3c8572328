/*
 * collector/bracket.h - bracket any command: the plan made of its options, the command run
 * between the two edges, and what was seen meanwhile.  FORMAT.md sections 2 and 3.
 */
#ifndef COLLECTOR_BRACKET_H
#define COLLECTOR_BRACKET_H

#include "base/cli.h"
#include "collector/command.h"
#include "collector/watch.h"

#define COL_BRACKET_EXCLUDES 1000

/* What a command's plan is made of. */
#define COL_BRACKET_OPTIONS                                                                       \
    {"--readonly-role", "ROLE", false, "the command logs in as ROLE, refused if it can write", NULL}, \
    {"--timeout", "S", false, "end the command after S seconds", NULL},                           \
    {"--expect-exit", "N", false, "the exit status that the command should have (default: 0)", NULL}, \
    {"--strict-role", NULL, false, "hold when the role could act without a trace", NULL},         \
    {"--accept-basis", "ids", false, "do without the WAL where it cannot be read", NULL},         \
    {"--trust-positions", NULL, false, "read tables once when no id and no WAL position moved", NULL}, \
    {"--name", "NAME", false, "plan reference (default: the program's name)", NULL},              \
    {"--exclude", "RELATION=REASON", false, "leave a table out; may be given often", NULL}

struct col_bracket {
    const char *db, *command_db, *out, *readonly_role, *name, *accept;
    const char *excludes[COL_BRACKET_EXCLUDES];
    size_t exclude_count;
    long timeout_s;
    long expect_exit;
    bool is_strict;
    bool trusts_positions;
    bool is_quiet; /* the command's standard output goes to standard error */
    char **argv;
    char path[FILE_PATH_MAX];
    struct jv *secrets;
    struct jv *masked;      /* argv less secrets */
    struct jv *environment; /* of the command */
    char *password;         /* of the command's role, or NULL */
    struct err why_guessed; /* no session as the command's role */
    struct col_command_result result;
    bool has_result;
    /* Of a target of a fleet, else NULL: another process runs the command, from which the result
     * comes (elsewhere), and which says when the edge after may be taken (settled). */
    int (*elsewhere)(struct col_bracket *b, struct col_watch *watch, struct err *e);
    int (*settled)(struct col_bracket *b, struct err *e);
    void *context; /* theirs */
};

/* col_bracket_main(argc, argv): the verb bracket; arguments behind the verb. */
int col_bracket_main(int argc, char **argv);

/* col_bracket_read(argc, argv, options, n, b, e): the command line into a zeroed *b.  ERR_USAGE. */
int col_bracket_read(int argc, char **argv, struct cli_option *options, size_t n,
                     struct col_bracket *b, struct err *e) BASE_MUST_USE;

/* Before the first fact, in this order; b->secrets and b->masked are arrays.
 * col_bracket_reach(b, c, e): both connections, the command's role and environment, all secrets.
 * col_bracket_address(b, c, name, e): complete b->environment; name is the application_name.
 * col_bracket_mask(b, e): b->masked.
 * col_bracket_prepare(b, c, e): that, the plan, and what a snapshot will need. */
int col_bracket_reach(struct col_bracket *b, struct col_context *c, struct err *e) BASE_MUST_USE;
int col_bracket_address(struct col_bracket *b, const struct col_context *c, const char *name, struct err *e)
    BASE_MUST_USE;
int col_bracket_mask(struct col_bracket *b, struct err *e) BASE_MUST_USE;
int col_bracket_prepare(struct col_bracket *b, struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_bracket_between(c, e): the middle of col_run_bracketed().
 * col_bracket_command(b, tick, context, e): the command itself, into b->result. */
int col_bracket_between(struct col_context *c, struct err *e) BASE_MUST_USE;
int col_bracket_command(struct col_bracket *b, int (*tick)(void *context, struct err *e), void *context,
                        struct err *e) BASE_MUST_USE;

/* col_bracket_told(b): command.json without role and schema. */
struct jv *col_bracket_told(const struct col_bracket *b);

/* col_bracket_release(b): what it owns; b itself is the caller's. */
void col_bracket_release(struct col_bracket *b);

#endif
