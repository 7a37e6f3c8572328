/*
 * collector/wait.h - waiting for a socket, never for ever.  Includes nothing of ours.
 */
#ifndef COLLECTOR_WAIT_H
#define COLLECTOR_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* col_wait_deadline(seconds): the moment, in ms of the monotonic clock, that lies so far
 * from now. */
int64_t col_wait_deadline(int seconds);

/* col_wait_ready(fd, wants_write, tick_ms, deadline): wait until fd can be read (or
 * written), at most tick_ms unless that is negative.  false: the deadline has passed, even
 * when there is something to read: a flood is no answer. */
bool col_wait_ready(int fd, bool wants_write, int tick_ms, int64_t deadline);

#endif
