/* packager/text.c - see packager/text.h. */
#include "packager/text.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"

/* The code point at data; *used gets its bytes, 0 when they are no UTF-8. */
static unsigned long code_point(const char *data, size_t len, size_t *used)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    unsigned long c = n == 1 ? p[0] : p[0] & (0xffUL >> (n + 1));

    *used = 0;
    if (p[0] == 0) {
        *used = 1;
        return 0;
    }
    if (n > len || !jv_is_utf8(data, n))
        return p[0];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3f);
    *used = n;
    return c;
}

/* Every code point outside printable ASCII, and those in "also", written \u{...}. */
static int escape(const char *data, size_t len, const char *also, struct buf *out, struct err *e)
{
    size_t end = len > PKG_TEXT_MAX ? PKG_TEXT_MAX : len;
    size_t i = 0;

    while (i < end) {
        size_t used;
        unsigned long c = code_point(data + i, len - i, &used);
        int bad;

        if (used == 0)
            bad = buf_addf(out, e, "\\x{%lx}", c);
        else if (c == '\\')
            bad = buf_adds(out, "\\\\", e);
        else if (c < 0x20 || c > 0x7e || strchr(also, (int)c) != NULL)
            bad = buf_addf(out, e, "\\u{%lx}", c);
        else
            bad = buf_add(out, data + i, 1, e);
        if (bad != 0)
            return -1;
        i += used == 0 ? 1 : used;
    }
    return i < len ? buf_addf(out, e, "\\+{%zu}", len - i) : 0;
}

int pkg_text_plain(const char *data, size_t len, struct buf *out, struct err *e)
{
    return escape(data, len, "", out, e);
}

int pkg_text_markdown(const char *data, size_t len, struct buf *out, struct err *e)
{
    size_t head = len > 0 && data[0] == ' ';
    size_t tail = len > 1 && data[len - 1] == ' ' && len <= PKG_TEXT_MAX;

    if (len == 0)
        return buf_adds(out, "`\\u{}`", e); /* an empty code span is none */
    if (buf_adds(out, head ? "`\\u{20}" : "`", e) != 0 ||
        escape(data + head, len - head - tail, "`|", out, e) != 0)
        return -1;
    return buf_adds(out, tail ? "\\u{20}`" : "`", e);
}

int pkg_text_html(const char *data, size_t len, struct buf *out, struct err *e)
{
    struct buf plain = buf_init(16 * PKG_TEXT_MAX);
    int rc = -1;

    if (buf_add(&plain, "", 0, e) != 0 || escape(data, len, "", &plain, e) != 0)
        goto out;
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.data[i];

        if ((strchr("&<>\"'`=", c) != NULL ? buf_addf(out, e, "&#%d;", c)
                                           : buf_add(out, &c, 1, e)) != 0)
            goto out;
    }
    rc = 0;
out:
    buf_release(&plain);
    return rc;
}

int pkg_text_shell(const char *data, size_t len, struct buf *out, struct err *e)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";

    if (len == 0 || data[0] == '-' || strlen(data) != len || strspn(data, allowed) != len)
        return err_set(e, ERR_INPUT, "\"%s\" may not stand in a script", data);
    return buf_add(out, data, len, e);
}
