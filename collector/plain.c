/* collector/plain.c - see collector/plain.h. */
#include "collector/plain.h"

#include <stdio.h>

void col_plain_print(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (*text >= ' ' && *text <= '~')
            (void)putchar(*text);
        else
            (void)printf("\\x%02x", (unsigned int)(unsigned char)*text);
    }
}
