/*
 * collector/command.h - run somebody's program: in a process group of its own, its output
 * passed on and kept without secrets, signals handed to it, a time limit.
 */
#ifndef COLLECTOR_COMMAND_H
#define COLLECTOR_COMMAND_H

#include "base/clock.h"
#include "base/file.h"
#include "collector/mask.h"

struct col_command {
    const char *path;             /* from col_command_find() */
    char *const *argv;            /* NULL-terminated */
    const struct jv *environment; /* variable to text, or to null: unset */
    const struct jv *secrets;     /* array of strings */
    long timeout_s;               /* 0: none */
    bool is_quiet;                /* its standard output goes to our standard error */
    int (*on_tick)(void *context, struct err *e); /* called some twenty times a second */
    void *context;
};

struct col_command_result {
    int exit;   /* or -1 */
    int signal; /* or 0 */
    bool is_timed_out;
    bool has_left; /* processes of its group were still there at the end */
    int64_t duration_ms;
    char started_at[CLOCK_TEXT];
    char finished_at[CLOCK_TEXT];
    struct col_mask out[2]; /* standard output and standard error */
};

/* col_command_find(name, out, e): the program that the shell would run: name itself when it
 * has a slash, else the first of that name in PATH.  ERR_INPUT. */
int col_command_find(const char *name, char out[FILE_PATH_MAX], struct err *e) BASE_MUST_USE;

/*
 * col_command_run(command, kept_max, out, e): run it to its end.  SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT that reach us meanwhile are passed on to its group.  At the time limit the group
 * gets SIGTERM, and SIGKILL five seconds later.  A tick that fails ends the ticks, not the
 * command.
 * ERR_INPUT: the program cannot be started; ERR_SYSTEM: no pipe, no process, or a tick's.
 * Ownership: col_command_release(out), also after a failure.
 */
int col_command_run(const struct col_command *command, size_t kept_max,
                    struct col_command_result *out, struct err *e) BASE_MUST_USE;
void col_command_release(struct col_command_result *r);

#endif
