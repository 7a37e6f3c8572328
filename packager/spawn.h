/* packager/spawn.h - run a program of somebody else: no shell, no terminal, a limit of time. */
#ifndef PACKAGER_SPAWN_H
#define PACKAGER_SPAWN_H

#include "base/buf.h"

struct pkg_spawn {
    const char *const *argv; /* argv[0] is looked for in PATH; NULL-terminated */
    const char *const *env;  /* all of its environment; NULL-terminated */
    long timeout_s;
    struct buf *out;   /* its standard output; past the limit it is ended */
    struct buf *talk;  /* its standard error, as far as the limit goes */
};

/* pkg_spawn_run(s, status, e): run and wait; *status is the exit status, 128 + n after signal n.
 * It has a session of its own, thus no terminal to ask at, an empty standard input, and dies with
 * us.  ERR_SYSTEM when it cannot be started, or is ended after timeout_s seconds with all that it
 * started in its session; ERR_LIMIT when it says too much. */
int pkg_spawn_run(const struct pkg_spawn *s, int *status, struct err *e) BASE_MUST_USE;

#endif
