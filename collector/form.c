/* collector/form.c - see collector/form.h. */
#include "collector/form.h"

#include <string.h>

#define DIGITS "0123456789"

static bool is_decimal(const char *text, const char *largest)
{
    size_t n = strlen(text);

    if (n == 0 || strspn(text, DIGITS) != n || (n > 1 && *text == '0'))
        return false;
    return n < strlen(largest) || (n == strlen(largest) && strcmp(text, largest) <= 0);
}

/* pattern: 0 stands for a digit, anything else for itself. */
static bool is_like(const char *text, const char *pattern)
{
    for (; *pattern != '\0'; pattern++, text++)
        if (*pattern == '0' ? *text == '\0' || strchr(DIGITS, *text) == NULL : *text != *pattern)
            return false;
    return *text == '\0';
}

static bool is_position(const char *text)
{
    size_t high = strspn(text, DIGITS "ABCDEF");
    size_t low = text[high] == '/' ? strspn(text + high + 1, DIGITS "ABCDEF") : 0;

    return high > 0 && high <= 8 && low > 0 && low <= 8 && text[high + 1 + low] == '\0';
}

bool col_form_is(char letter, const char *text)
{
    if (text == NULL)
        return letter == 'o';
    switch (letter) {
    case 'b':
        return strcmp(text, "t") == 0 || strcmp(text, "f") == 0 || strcmp(text, "true") == 0 ||
               strcmp(text, "false") == 0;
    case 'n':
        return is_decimal(text, "18446744073709551615");
    case 'd':
        return *text == '-' ? is_decimal(text + 1, "9223372036854775808") && text[1] != '0'
                            : is_decimal(text, "9223372036854775807");
    case 'i':
        return is_decimal(text, "999999999");
    case 'l':
        return is_position(text);
    case 't':
        return is_like(text, "0000-00-00T00:00:00.000000Z");
    case 'x':
        return *text != '\0' && text[strspn(text, DIGITS ":,")] == '\0';
    default:
        return true;
    }
}

bool col_form_is_report(const char *severity, const char *sqlstate, const char *message,
                        bool is_error)
{
    static const char *const severities[2][6] = {
        {"WARNING", "NOTICE", "INFO", "LOG", "DEBUG", NULL}, {"ERROR", "FATAL", "PANIC", NULL}};
    const char *const *word = severities[is_error ? 1 : 0];

    if (severity == NULL || sqlstate == NULL || message == NULL || strlen(sqlstate) != 5 ||
        strspn(sqlstate, DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
        return false;
    while (*word != NULL && strcmp(*word, severity) != 0)
        word++;
    return *word != NULL;
}

static int check_row(const struct jv *row, const char *columns, const char *what, struct err *e)
{
    if (row->count != strlen(columns))
        return err_set(e, ERR_SYSTEM, "%s: the server answered with %zu columns, expected %zu", what,
                       row->count, strlen(columns));
    for (size_t i = 0; i < row->count; i++) {
        bool is_opaque = jv_text(row->items[i]) == NULL && !jv_is(row->items[i], JV_NULL);

        if (columns[i] != 'v' && (is_opaque || !col_form_is(columns[i], jv_text(row->items[i]))))
            return err_set(e, ERR_SYSTEM, "%s: the server's answer has another form in column %zu", what,
                           i + 1);
    }
    return 0;
}

int col_form_check(const struct jv *rows, size_t least, size_t most, const char *columns,
                   const char *what, struct err *e)
{
    if (rows->count < least || rows->count > most)
        return err_set(e, ERR_SYSTEM, "%s: the server answered with %zu rows, expected %s %zu", what,
                       rows->count, rows->count < least ? "at least" : "at most",
                       rows->count < least ? least : most);
    for (size_t i = 0; i < rows->count; i++)
        if (check_row(rows->items[i], columns, what, e) != 0)
            return -1;
    return 0;
}
