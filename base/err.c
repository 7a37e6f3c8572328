/* base/err.c - see base/err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"

void err_escape(char *out, size_t size, const char *in)
{
    size_t n = 0;

    for (; *in != '\0' && n + 5 < size; in++) {
        unsigned char c = (unsigned char)*in;
        if (c >= 0x20 && c < 0x7f)
            out[n++] = (char)c;
        else if (c == '\n' || c == '\t')
            out[n++] = ' ';
        else
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", c);
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

static void set_text(struct err *e, enum err_kind kind, const char *fmt, va_list ap)
{
    char raw[ERR_TEXT_MAX];

    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    e->kind = kind;
    err_escape(e->text, sizeof e->text, raw);
}

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set_text(e, kind, fmt, ap);
    va_end(ap);
    return -1;
}

int err_errno(struct err *e, int number, const char *fmt, ...)
{
    va_list ap;
    size_t used;

    va_start(ap, fmt);
    set_text(e, ERR_SYSTEM, fmt, ap);
    va_end(ap);
    used = strlen(e->text);
    (void)snprintf(e->text + used, sizeof e->text - used, ": %s", strerror(number));
    return -1;
}

int err_context(struct err *e, const char *fmt, ...)
{
    char raw[ERR_TEXT_MAX];
    char joined[2 * ERR_TEXT_MAX + 4];
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(raw, sizeof raw, fmt, ap) < 0)
        raw[0] = '\0';
    va_end(ap);
    (void)snprintf(joined, sizeof joined, "%s: %s", raw, e->text);
    err_escape(e->text, sizeof e->text, joined);
    return -1;
}

int err_no_memory(struct err *e)
{
    return err_set(e, ERR_SYSTEM, "out of memory");
}

int err_exit_status(enum err_kind kind)
{
    switch (kind) {
    case ERR_USAGE:
    case ERR_INPUT:
        return EXIT_WRONG_INPUT;
    case ERR_HOLD:
        return EXIT_HOLD;
    case ERR_SYSTEM:
        return EXIT_ENVIRONMENT;
    case ERR_REFUTED:
        return EXIT_PROVEN_BAD;
    case ERR_LIMIT:
        return EXIT_TOO_NEW_OR_LARGE;
    case ERR_NONE:
    case ERR_INTERNAL:
        break;
    }
    return EXIT_BUG;
}
