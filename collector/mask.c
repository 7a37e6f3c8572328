/* collector/mask.c - see collector/mask.h. */
#include "collector/mask.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define PENDING_MAX ((size_t)1 << 20)
#define ENCODED_MIN 4 /* shorter hex or base64 would hide half of any text */

enum found { NO, YES, MAYBE }; /* MAYBE: the data ends before it is decided */

struct view {
    const char *data;
    size_t len;
};

static int nibble(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static enum found match_literal(struct view secret, struct view in, size_t *used)
{
    size_t n = in.len < secret.len ? in.len : secret.len;

    *used = n;
    return memcmp(secret.data, in.data, n) != 0 ? NO : n < secret.len ? MAYBE : YES;
}

/* Any byte may be percent-encoded, and % itself always is. */
static enum found match_url(struct view secret, struct view in, size_t *used)
{
    size_t at = 0;

    for (size_t i = 0; i < secret.len; i++) {
        unsigned char want = (unsigned char)secret.data[i];

        if (at == in.len)
            return MAYBE;
        if (in.data[at] != '%') {
            if (in.data[at] != secret.data[i] && (want != ' ' || in.data[at] != '+'))
                return NO;
            at++;
            continue;
        }
        if (at + 1 < in.len && nibble(in.data[at + 1]) != want >> 4)
            return NO;
        if (at + 2 >= in.len)
            return MAYBE;
        if (nibble(in.data[at + 2]) != (want & 15))
            return NO;
        at += 3;
    }
    *used = at;
    return YES;
}

static enum found match_hex(struct view secret, struct view in, size_t *used)
{
    if (2 * secret.len < ENCODED_MIN)
        return NO;
    for (size_t i = 0; i < 2 * secret.len; i++) {
        unsigned char byte = (unsigned char)secret.data[i / 2];

        if (i == in.len)
            return MAYBE;
        if (nibble(in.data[i]) != (i % 2 == 0 ? byte >> 4 : byte & 15))
            return NO;
    }
    *used = 2 * secret.len;
    return YES;
}

static int sextet(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

/* The characters that the secret alone decides when shift bytes stand before it. */
static enum found match_base64(struct view secret, size_t shift, struct view in, size_t *used)
{
    size_t first = (shift * 8 + 5) / 6;
    size_t end = (shift + secret.len) * 8 / 6;

    if (end < first + ENCODED_MIN)
        return NO;
    for (size_t i = first; i < end; i++) {
        size_t bit = i * 6 - shift * 8;
        unsigned int low = bit / 8 + 1 < secret.len ? (unsigned char)secret.data[bit / 8 + 1] : 0;
        unsigned int two = (unsigned int)(unsigned char)secret.data[bit / 8] << 8 | low;

        if (i - first == in.len)
            return MAYBE;
        if (sextet(in.data[i - first]) != (int)(two >> (10 - bit % 8) & 63))
            return NO;
    }
    *used = end - first;
    return YES;
}

/* Does a secret begin at the first byte?  The longest match wins; is_over: what could go on
 * does not. */
static enum found match_any(const struct jv *secrets, struct view in, bool is_over, size_t *used)
{
    enum found best = NO;

    *used = 0;
    for (size_t i = 0; i < secrets->count; i++) {
        const struct view secret = {secrets->items[i]->bytes, secrets->items[i]->len};

        for (int form = 0; form < 6; form++) {
            size_t n = 0;
            enum found f = form == 0   ? match_literal(secret, in, &n)
                           : form == 1 ? match_url(secret, in, &n)
                           : form == 2 ? match_hex(secret, in, &n)
                                       : match_base64(secret, (size_t)form - 3, in, &n);

            if (f == MAYBE && !is_over)
                return MAYBE;
            if (f == YES && n > *used)
                *used = n;
            best = f == YES ? YES : best;
        }
    }
    return best;
}

struct col_mask col_mask_init(const struct jv *secrets, size_t limit)
{
    return (struct col_mask){secrets, buf_init(PENDING_MAX), buf_init(limit), 0};
}

void col_mask_release(struct col_mask *m)
{
    buf_release(&m->pending);
    buf_release(&m->kept);
}

static int keep(struct col_mask *m, const char *data, size_t len, struct err *e)
{
    size_t room = m->kept.limit - m->kept.len;

    return buf_add(&m->kept, data, len < room ? len : room, e);
}

/* Work off what is pending; all of it when is_over, else up to what may begin a secret. */
static int flush(struct col_mask *m, bool is_over, struct err *e)
{
    size_t at = 0;
    size_t plain = 0; /* first byte that was looked at and not kept yet */

    while (at < m->pending.len && m->kept.len < m->kept.limit) {
        size_t used;
        const struct view in = {m->pending.data + at, m->pending.len - at};
        enum found f = match_any(m->secrets, in, is_over, &used);

        if (f == MAYBE)
            break;
        if (f != YES) {
            at++;
            continue;
        }
        if (keep(m, m->pending.data + plain, at - plain, e) != 0 ||
            keep(m, COL_MASK_TEXT, strlen(COL_MASK_TEXT), e) != 0)
            return -1;
        at += used;
        plain = at;
    }
    if (keep(m, m->pending.data + plain, at - plain, e) != 0)
        return -1;
    memmove(m->pending.data, m->pending.data + at, m->pending.len - at);
    m->pending.len -= at;
    return 0;
}

int col_mask_add(struct col_mask *m, const char *data, size_t len, struct err *e)
{
    m->bytes += len;
    while (len > 0 && m->kept.len < m->kept.limit) {
        size_t n = len < 65536 ? len : 65536;

        if (buf_add(&m->pending, data, n, e) != 0 || flush(m, false, e) != 0)
            return -1;
        data += n;
        len -= n;
    }
    return 0;
}

int col_mask_end(struct col_mask *m, struct err *e)
{
    return m->pending.len == 0 || m->kept.len >= m->kept.limit ? 0 : flush(m, true, e);
}

struct jv *col_mask_text(const struct jv *secrets, const char *text, struct err *e)
{
    struct col_mask m = col_mask_init(secrets, PENDING_MAX);
    struct jv *v = NULL;

    if (strlen(text) >= PENDING_MAX / 2)
        err_set(e, ERR_LIMIT, "an argument of the command is longer than %zu bytes", PENDING_MAX / 2);
    else if (col_mask_add(&m, text, strlen(text), e) == 0 && col_mask_end(&m, e) == 0) {
        v = jv_string_len(m.kept.len == 0 ? "" : m.kept.data, m.kept.len);
        if (v == NULL)
            err_no_memory(e);
    }
    col_mask_release(&m);
    return v;
}

void col_mask_secret(struct jv *secrets, const char *text)
{
    if (text != NULL && *text != '\0' && !jv_has_text(secrets, text))
        jv_add(secrets, jv_string(text));
}

/* One password as written and with its %XX decoded. */
static void add_both(struct jv *secrets, const char *text, size_t len)
{
    struct jv *raw = jv_string_len(text, len);
    struct jv *decoded = jv_string_len(text, len);
    size_t n = 0;

    if (raw != NULL && decoded != NULL && len > 0) {
        for (size_t i = 0; i < len; i++) {
            int high = i + 2 < len && text[i] == '%' ? nibble(text[i + 1]) : -1;
            int low = high < 0 ? -1 : nibble(text[i + 2]);

            decoded->bytes[n++] = (char)(low < 0 ? text[i] : high << 4 | low);
            i += low < 0 ? 0 : 2;
        }
        decoded->bytes[n] = '\0';
        col_mask_secret(secrets, raw->bytes);
        col_mask_secret(secrets, decoded->bytes);
    }
    jv_free(raw);
    jv_free(decoded);
}

/* scheme://user:password@: the password runs to the last @ before the path. */
static void find_in_uri(struct jv *secrets, const char *authority)
{
    size_t end = strcspn(authority, "/?# \t\r\n\"'<>");
    size_t colon = strcspn(authority, ":");
    size_t at = end;

    while (at > 0 && authority[at - 1] != '@')
        at--;
    if (at > colon + 1)
        add_both(secrets, authority + colon + 1, at - 1 - (colon + 1));
}

/* password=VALUE: quoted as in a conninfo, or up to what ends a word, a query or a setting. */
static void find_after_equals(struct jv *secrets, const char *value)
{
    struct buf text = buf_init(PENDING_MAX);
    struct err ignored;
    size_t n = strcspn(value, " \t\r\n&;\"'");

    if (*value == '\'') {
        value++;
        for (n = 0; value[n] != '\0' && value[n] != '\''; n++) {
            if (value[n] == '\\' && value[n + 1] != '\0')
                n++;
            if (buf_add(&text, value + n, 1, &ignored) != 0)
                break;
        }
        col_mask_secret(secrets, text.data);
    }
    add_both(secrets, value, n);
    buf_release(&text);
}

void col_mask_find(struct jv *secrets, const char *text)
{
    static const char word[] = "password=";

    for (const char *p = strstr(text, "://"); p != NULL; p = strstr(p + 3, "://"))
        find_in_uri(secrets, p + 3);
    for (const char *p = text; *p != '\0'; p++)
        if (strncasecmp(p, word, sizeof word - 1) == 0)
            find_after_equals(secrets, p + sizeof word - 1);
}
