/*
 * collector/sessions.h - which server processes serve sessions of ours: a snapshot tells its own
 * observers from everybody else.
 */
#ifndef COLLECTOR_SESSIONS_H
#define COLLECTOR_SESSIONS_H

#include "base/err.h"

/* Whose session is it, by the process id of its server process? */
enum col_sessions_owner {
    COL_SESSIONS_NOT_OURS,
    COL_SESSIONS_OPEN,  /* a session of this process */
    COL_SESSIONS_CLOSED /* one that was; its server process may need a moment to end */
};
enum col_sessions_owner col_sessions_owner_of(int pid);

/* col_sessions_remember(pid, e): a session was opened; ERR_LIMIT for too many at once.
 * col_sessions_forget(pid): it was closed. */
int col_sessions_remember(int pid, struct err *e) BASE_MUST_USE;
void col_sessions_forget(int pid);

#endif
