/* collector/plain.c - see collector/plain.h. */
#include "collector/plain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 80 };

static size_t print(const char *text, size_t n)
{
    size_t columns = 0;

    for (size_t i = 0; i < n; i++)
        if (text[i] >= ' ' && text[i] <= '~')
            columns += (size_t)printf("%c", text[i]);
        else
            columns += (size_t)printf("\\x%02x", (unsigned int)(unsigned char)text[i]);
    return columns;
}

void col_plain_print(const char *text)
{
    if (text != NULL)
        (void)print(text, strlen(text));
}

void col_plain_break(const char *text, size_t at, size_t indent)
{
    for (bool is_first = true; text != NULL && *text != '\0'; is_first = false) {
        bool is_quoted = false;
        size_t n = 0;

        for (; text[n] != '\0' && (text[n] != ' ' || is_quoted); n++)
            is_quoted ^= text[n] == '"';
        if (!is_first && at + 1 + n >= COLUMNS) { /* a semicolon may follow */
            (void)printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!is_first) {
            (void)putchar(' ');
            at++;
        }
        at += print(text, n);
        text += n;
        text += *text == ' ';
    }
}
