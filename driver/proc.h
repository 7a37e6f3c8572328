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

struct proc {
    const char *const *argv;      /* argv[0] is the program's path; NULL-terminated */
    const struct proc_user *user; /* NULL: ourselves */
    struct buf *out;              /* standard output is collected here; NULL: inherited */
    struct buf *all;              /* output and errors together; wins over out */
    bool keeps_pg;                /* leave the PG* variables in the environment */
    bool keeps_stdin;             /* standard input is ours; else it is empty */
};

/* proc_run(p, status, e): run and wait; *status is the exit status, 128 + n after
 * signal n.  SIGINT and SIGTERM that reach us meanwhile are passed on, and stay noted
 * in proc_interrupted().  ERR_SYSTEM when the program cannot be started. */
int proc_run(const struct proc *p, int *status, struct err *e) BASE_MUST_USE;

/* proc_interrupted(): the first SIGINT or SIGTERM received since proc_catch_signals(), or 0. */
int proc_interrupted(void);
void proc_catch_signals(void);

/* proc_beside(out, name, e): the path of a program in the folder of this one. */
int proc_beside(char *out, size_t size, const char *name, struct err *e) BASE_MUST_USE;

/* proc_exec(path, argv, e): replace this process; returns only on failure. */
int proc_exec(const char *path, const char *const *argv, struct err *e) BASE_MUST_USE;

#endif
