/* collector/wait.c - see collector/wait.h. */
#include "collector/wait.h"

#include <limits.h>
#include <poll.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail for this clock */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t col_wait_deadline(int seconds)
{
    return now_ms() + (int64_t)seconds * 1000;
}

bool col_wait_ready(int fd, bool wants_write, int tick_ms, int64_t deadline)
{
    struct pollfd p = {fd, (short)(wants_write ? POLLIN | POLLOUT : POLLIN), 0};
    int64_t left = deadline - now_ms();

    if (left <= 0)
        return false;
    if (tick_ms >= 0 && left > tick_ms)
        left = tick_ms;
    /* An error or a signal shows in what the caller does next, or at the deadline. */
    (void)poll(&p, 1, left > INT_MAX ? INT_MAX : (int)left);
    return true;
}
