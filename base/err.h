/*
 * base/err.h - the one error idiom: a function returns 0, or -1 with *e set
 * once, where the fault was met.  Callers may add context in front.
 * Includes nothing of ours.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err_kind {
    ERR_NONE = 0,
    ERR_USAGE,     /* the command line is wrong: exit 2 */
    ERR_INPUT,     /* a file that the user wrote is wrong: exit 2 */
    ERR_HOLD,      /* what somebody else has to bring is not there: exit 3 */
    ERR_SYSTEM,    /* database, disk, lock, memory: exit 5 */
    ERR_REFUTED,   /* somebody's bytes are proven bad: exit 1 */
    ERR_LIMIT,     /* a published limit was exceeded: exit 6 */
    ERR_INTERNAL   /* a bug of ours: exit 70 */
};

#define ERR_TEXT_MAX 1024

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_MAX]; /* lower case, one line, no full stop, printable ASCII */
};

#define BASE_MUST_USE __attribute__((warn_unused_result))
#define BASE_PRINTF(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))

/* err_escape(out, size, in): in as printable ASCII, cut to size.  Messages may quote data; a
 * terminal or a log must never see raw control bytes. */
void err_escape(char *out, size_t size, const char *in);

/* err_set(e, kind, fmt, ...): fill *e, escaping what is not printable ASCII; returns -1. */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...) BASE_PRINTF(3, 4);

/* err_errno(e, number, fmt, ...): ERR_SYSTEM with ": strerror(number)" behind; returns -1. */
int err_errno(struct err *e, int number, const char *fmt, ...) BASE_PRINTF(3, 4);

/* err_context(e, fmt, ...): put "context: " in front of the text; returns -1. */
int err_context(struct err *e, const char *fmt, ...) BASE_PRINTF(2, 3);

/* err_no_memory(e): ERR_SYSTEM "out of memory"; returns -1. */
int err_no_memory(struct err *e);

/* err_exit_status(kind): the exit status published for a kind (1, 2, 3, 5, 6 or 70). */
int err_exit_status(enum err_kind kind);

#endif
