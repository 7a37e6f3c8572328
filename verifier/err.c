/* verifier/err.c - see err.h.  Includes libc only. */
#include "verifier/err.h"

#include <stdarg.h>
#include <stdio.h>

int vfy_err_set(struct err *e, enum vfy_code code, const char *path, const char *fmt, ...)
{
    va_list ap;

    e->code = code;
    snprintf(e->path, sizeof e->path, "%s", path);
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    return -1;
}
