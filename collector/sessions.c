/* collector/sessions.c - see collector/sessions.h.  Workers open and close sessions at once. */
#include "collector/sessions.h"

#include <stdatomic.h>
#include <stddef.h>

#define SESSIONS_MAX 256

/* Process ids of our sessions: above 0 open, below closed, 0 a free place. */
static _Atomic int sessions[SESSIONS_MAX];

int col_sessions_remember(int pid, struct err *e)
{
    for (int pass = 0; pass < 2; pass++) /* first the free places, then the closed ones' */
        for (size_t i = 0; i < SESSIONS_MAX; i++) {
            int was = atomic_load(&sessions[i]);

            if ((pass == 0 ? was == 0 : was < 0) &&
                atomic_compare_exchange_strong(&sessions[i], &was, pid))
                return 0;
        }
    return err_set(e, ERR_LIMIT, "more than %d sessions at once", SESSIONS_MAX);
}

void col_sessions_forget(int pid)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        int was = pid;

        if (atomic_compare_exchange_strong(&sessions[i], &was, -pid))
            return;
    }
}

enum col_sessions_owner col_sessions_owner_of(int pid)
{
    enum col_sessions_owner owner = COL_SESSIONS_NOT_OURS;

    for (size_t i = 0; pid > 0 && i < SESSIONS_MAX && owner != COL_SESSIONS_OPEN; i++) {
        int known = atomic_load(&sessions[i]);

        if (known == pid || known == -pid)
            owner = known == pid ? COL_SESSIONS_OPEN : COL_SESSIONS_CLOSED;
    }
    return owner;
}
