/* verifier/text.c - see text.h.  Includes libc only. */
#include "verifier/text.h"

#include <string.h>

size_t vfy_text_rune(const char *p, size_t n)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t len;

    if (n == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0; /* overlong, surrogate, above U+10FFFF */
    return len;
}

bool vfy_text_utf8(const char *p, size_t n)
{
    while (n > 0) {
        size_t len = vfy_text_rune(p, n);

        if (len == 0)
            return false;
        p += len;
        n -= len;
    }
    return true;
}

bool vfy_text_ascii(const char *p, size_t n)
{
    while (n > 0 && (unsigned char)p[n - 1] <= 0x7f)
        n--;
    return n == 0;
}

void vfy_text_escape(struct buf *b, const char *p, size_t n, size_t most)
{
    size_t start = b->len;

    while (n > 0) {
        size_t len = vfy_text_rune(p, n);
        unsigned char c = (unsigned char)*p;

        if (b->len - start >= most) {
            vfy_mem_put(b, "... (%zu bytes more)", n);
            return;
        }
        if (len == 0) {
            vfy_mem_put(b, "\\x%02x", c);
            len = 1;
        } else if (c == '\\') {
            vfy_mem_put(b, "\\\\");
        } else if (c >= 0x20 && c < 0x7f) {
            vfy_mem_add(b, p, 1);
        } else {
            unsigned rune = len == 1 ? c : c & (0xffu >> (len + 1));

            for (size_t i = 1; i < len; i++)
                rune = rune << 6 | ((unsigned char)p[i] & 0x3f);
            vfy_mem_put(b, "\\u{%x}", rune);
        }
        p += len;
        n -= len;
    }
}

bool vfy_text_hex(const char *p, size_t digits)
{
    return strspn(p, "0123456789abcdef") == digits && p[digits] == '\0';
}

static int64_t number(const char *p, int digits)
{
    int64_t n = 0;

    for (int i = 0; i < digits; i++)
        n = n * 10 + (p[i] - '0');
    return n;
}

static int64_t days_of(int64_t year, int64_t month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

bool vfy_text_time(const char *p)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";

    if (strlen(p) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
            return false;
    return number(p + 5, 2) >= 1 && number(p + 5, 2) <= 12 && number(p + 8, 2) >= 1 &&
           number(p + 8, 2) <= days_of(number(p, 4), number(p + 5, 2)) && strncmp(p + 11, "23", 2) <= 0 && p[14] < '6' &&
           p[17] < '6';
}

/* Years begin in March here, so that a leap day is a year's last; months have 30.6 days. */
int64_t vfy_text_micros(const char *p)
{
    int64_t year = number(p, 4), month = number(p + 5, 2), days, seconds;

    year -= month < 3;
    month += month < 3 ? 9 : -3;
    days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + number(p + 8, 2) - 719469;
    seconds = ((days * 24 + number(p + 11, 2)) * 60 + number(p + 14, 2)) * 60 + number(p + 17, 2);
    return seconds * 1000000 + number(p + 20, 6);
}

int vfy_text_base64(struct arena *a, const char *p, size_t n, char **out, size_t *out_len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *to = vfy_mem_alloc(a, n / 4 * 3);
    size_t pad = 0, len = 0;

    if (n % 4 != 0)
        return -1;
    while (pad < 2 && pad < n && p[n - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; i < n; i += 4) {
        unsigned word = 0;
        size_t take = i + 4 == n ? 4 - pad : 4;

        for (size_t k = 0; k < 4; k++) {
            const char *at = k < take ? memchr(alphabet, p[i + k], 64) : alphabet;

            if (at == NULL)
                return -1;
            word = word << 6 | (unsigned)(at - alphabet);
        }
        if ((take == 2 && (word & 0xffff) != 0) || (take == 3 && (word & 0xff) != 0))
            return -1;
        for (size_t k = 0; k + 1 < take; k++)
            to[len++] = (char)(word >> (16 - 8 * k) & 0xff);
    }
    *out = to;
    *out_len = len;
    return 0;
}
