/* driver/admissions.c - see driver/admissions.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "driver/admissions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int admissions_of(const char *carrier, char out[FILE_PATH_MAX], struct err *e)
{
    char *real = realpath(carrier, NULL);
    char *slash;
    int n;

    if (real == NULL)
        return err_errno(e, errno, "cannot find the carrier %s", carrier);
    slash = strrchr(real, '/');
    n = snprintf(out, FILE_PATH_MAX, "%.*s/admissions/%s.sql", (int)(slash - real), real, slash + 1);
    free(real);
    if (n >= FILE_PATH_MAX)
        return err_set(e, ERR_INPUT, "path too long: %s", carrier);
    return file_exists(out) ? 1 : 0;
}
