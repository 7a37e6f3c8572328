/* collector/progress.c - see collector/progress.h. */
#include "collector/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/events.h"

#define SHOW_EVERY_MS 200

static bool is_on; /* there is one terminal */

void col_progress_start(bool is_quiet)
{
    const char *term = getenv("TERM"); /* a line is written over, which a dumb one cannot do */

    is_on = !is_quiet && term != NULL && strcmp(term, "dumb") != 0 && isatty(STDERR_FILENO) == 1;
}

static void show(const char *fmt, ...) BASE_PRINTF(1, 2);
static void show(const char *fmt, ...)
{
    char text[200];
    va_list ap;

    if (!is_on)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)fprintf(stderr, "\r\033[K%.78s", text);
}

void col_progress_phase(const char *event, const char *what, const char *line)
{
    events_say(&EVENT(event, what));
    if (line != NULL)
        show("%s", line);
}

void col_progress_piece(const char *event, const char *name, size_t done, size_t total)
{
    events_say(&(struct event){event, name, NULL, (int64_t)done, (int64_t)total, -1});
    show("%s %zu/%zu %s", event, done + 1, total, name);
}

void col_progress_wal(uint64_t done, uint64_t total)
{
    events_say(&(struct event){"wal", NULL, NULL, (int64_t)done, (int64_t)total, -1});
    show("WAL: %ju of %ju MB", (uintmax_t)(done >> 20), (uintmax_t)(total >> 20));
}

void col_progress_begin(struct col_progress_share *s, const char *what, uint64_t total)
{
    s->what = what;
    s->total = total;
    (void)clock_gettime(CLOCK_MONOTONIC, &s->started);
    s->shown = s->started;
    (void)pthread_mutex_init(&s->lock, NULL);
}

void col_progress_end(struct col_progress_share *s)
{
    (void)pthread_mutex_destroy(&s->lock);
}

static int64_t milliseconds(const struct timespec *from, const struct timespec *to)
{
    return (int64_t)(to->tv_sec - from->tv_sec) * 1000 + (to->tv_nsec - from->tv_nsec) / 1000000;
}

void col_progress_bytes(struct col_progress_share *s, uint64_t done)
{
    struct timespec now;
    int64_t passed;

    if ((!is_on && !events_are_on()) || pthread_mutex_trylock(&s->lock) != 0)
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    passed = milliseconds(&s->started, &now);
    if (milliseconds(&s->shown, &now) >= SHOW_EVERY_MS && s->total > 0) {
        uint64_t part = done >= s->total ? 1000 : done / (s->total / 1000 + 1);

        int64_t left = part == 0 ? -1 : passed * (int64_t)(1000 - part) / (int64_t)part / 1000;

        s->shown = now;
        events_say(&(struct event){"snapshot", s->what, NULL, (int64_t)(done < s->total ? done : s->total), (int64_t)s->total, left});
        if (left < 0)
            show("%s snapshot: 0 %% of %ju MB", s->what, (uintmax_t)(s->total >> 20));
        else
            show("%s snapshot: %ju %% of %ju MB, %jd s left", s->what, (uintmax_t)part / 10,
                 (uintmax_t)(s->total >> 20), (intmax_t)left);
    }
    (void)pthread_mutex_unlock(&s->lock);
}

void col_progress_clear(void)
{
    if (is_on)
        (void)fputs("\r\033[K", stderr);
}
