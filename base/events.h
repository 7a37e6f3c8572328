/*
 * base/events.h - what happens, as it happens: one JSON object a line (dryproof.event/1,
 * schemas/event.schema.json), for whoever watches a long command.  A process has one stream at most.
 *
 * Nobody's answer depends on it: once it is open, a reader that went away, one that takes nothing for
 * EVENTS_PATIENCE_MS and a disk that is full end the stream, and never the command.
 */
#ifndef BASE_EVENTS_H
#define BASE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define EVENTS_PATIENCE_MS 5000
#define EVENTS_LINE_MAX 4096 /* PIPE_BUF: a pipe takes a line whole */

#define EVENTS_OPTION                                                                             \
    {"--events", "FILE|-", false, "what happens, as it happens: one JSON object a line; - is standard output", NULL}

/* events_open(program, to, is_json, e): with to NULL there is none.  "-" is standard output, and what
 * else would be there goes to standard error, so that it excludes is_json (ERR_USAGE); /dev/fd/N is
 * that descriptor; a file must be new or empty (ERR_INPUT).  The first line is written here. */
int events_open(const char *program, const char *to, bool is_json, struct err *e) BASE_MUST_USE;
bool events_are_on(void);

/* What is not known is NULL or negative. */
struct event {
    const char *name;  /* "step" */
    const char *what;  /* which: text of anybody's, which is escaped and cut as errors are */
    const char *text;  /* and what of it, the same */
    int64_t done, total, seconds_left;
};

#define EVENT(name, what) ((struct event){name, what, NULL, -1, -1, -1})

/* events_say(event): from any thread. */
void events_say(const struct event *event);

/* events_relay(in): take the whole lines of another program's stream from in, and say them as
 * they are, in our order; its first and its last are not. */
void events_relay(struct buf *in);

/* events_leave(): of a process that was forked: the stream is its parent's alone. */
void events_leave(void);

/* events_end(exit_status): the last line.  cli_main() says it. */
void events_end(int exit_status);

#endif
