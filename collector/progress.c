/* collector/progress.c - see collector/progress.h. */
#include "collector/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool is_on; /* there is one terminal */

void col_progress_start(bool is_quiet)
{
    is_on = !is_quiet && isatty(STDERR_FILENO) == 1;
}

void col_progress_show(const char *fmt, ...)
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

void col_progress_clear(void)
{
    if (is_on)
        (void)fputs("\r\033[K", stderr);
}
