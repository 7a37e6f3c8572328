/*
 * driver/proc.h - run other programs: no shell, a clean environment, signals passed on.
 */
#ifndef DRIVER_PROC_H
#define DRIVER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

struct proc_user {
    bool is_other; /* false: run as ourselves */
    uid_t uid;
    gid_t gid;
};

/* What else is looked at while a program runs: stop(w) is called when fd can be read, and true
 * ends the program.  It sets fd to -1 when there is nothing more to look at. */
struct proc_watch {
    int fd;
    bool (*stop)(struct proc_watch *w);
};

struct proc {
    const char *const *argv;      /* argv[0] is the program's path; NULL-terminated */
    const struct proc_user *user; /* NULL: ourselves */
    struct buf *out;              /* standard output is collected here; NULL: inherited */
    struct buf *all;              /* output and errors together; wins over out */
    bool keeps_pg;                /* leave the PG* variables in the environment */
    bool keeps_stdin;             /* standard input is ours; else it is empty */
    struct buf *errors;           /* with out: standard error is collected here; NULL: inherited */
    size_t most;                  /* bytes of each of them, more is ERR_LIMIT; 0: 64 MiB */
    int seconds;                  /* with out: what takes longer is killed with all it started, and
                                   * so it is when we end; 0: no limit */
    struct proc_watch *watch;     /* with seconds, or NULL */
};

/* proc_events: as an argument it becomes /dev/fd/N of a pipe to us, whose lines are relayed as events
 * (base/events.h). */
extern const char proc_events[];

/* proc_run(p, status, e): run and wait; *status is the exit status, 128 + n after
 * signal n.  SIGINT and SIGTERM that reach us meanwhile are passed on, and stay noted
 * in proc_interrupted().  ERR_SYSTEM when the program cannot be started, or took too long;
 * ERR_HOLD when the watch stopped it. */
int proc_run(const struct proc *p, int *status, struct err *e) BASE_MUST_USE;

/* proc_interrupted(): the first SIGINT or SIGTERM received since proc_catch_signals(), or 0. */
int proc_interrupted(void);
void proc_catch_signals(void);

/* proc_beside(out, name, e): the path of a program in the folder of this one. */
int proc_beside(char *out, size_t size, const char *name, struct err *e) BASE_MUST_USE;

/* proc_exec(path, argv, e): replace this process; returns only on failure. */
int proc_exec(const char *path, const char *const *argv, struct err *e) BASE_MUST_USE;

#endif
