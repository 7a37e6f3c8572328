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

bool vfy_err_is_lack(const struct err *e, struct err *lack)
{
    if (e->code == E_REPO_PARTIAL && lack->code == VFY_NO_CODE)
        *lack = *e;
    return e->code == E_REPO_PARTIAL;
}
