/*
 * verifier/json.c - the parser of json.h.
 *
 * Recursion is bounded by MAX_JSON_DEPTH.  Elements wait on one shared stack until
 * their container closes and then move to the arena as one block.
 */
#include "verifier/json.h"

#include "verifier/limits.h"
#include "verifier/text.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct arena *arena;
    const char *start, *p, *end, *path;
    enum json_mode mode;
    struct json *stack;
    size_t used, room, values;
    struct err *e;
};

static int value(struct parser *s, struct json *out, int depth);

static int bad(struct parser *s, enum vfy_code code, const char *what)
{
    return vfy_err_set(s->e, code, s->path, "%s, at byte %zu", what, (size_t)(s->p - s->start));
}

static void space(struct parser *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static int hex4(struct parser *s, unsigned *out)
{
    unsigned n = 0;

    if (s->end - s->p < 4)
        return bad(s, E_JSON_SYNTAX, "a \\u escape is cut short");
    for (int i = 0; i < 4; i++) {
        char c = s->p[i];
        int d = c >= '0' && c <= '9' ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

        if (d < 0)
            return bad(s, E_JSON_SYNTAX, "a \\u escape is not four hex digits");
        n = n << 4 | (unsigned)d;
    }
    s->p += 4;
    *out = n;
    return 0;
}

static size_t encode(unsigned r, char *to)
{
    if (r < 0x80) {
        to[0] = (char)r;
        return 1;
    }
    if (r < 0x800) {
        to[0] = (char)(0xc0 | r >> 6);
        to[1] = (char)(0x80 | (r & 0x3f));
        return 2;
    }
    if (r < 0x10000) {
        to[0] = (char)(0xe0 | r >> 12);
        to[1] = (char)(0x80 | (r >> 6 & 0x3f));
        to[2] = (char)(0x80 | (r & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | r >> 18);
    to[1] = (char)(0x80 | (r >> 12 & 0x3f));
    to[2] = (char)(0x80 | (r >> 6 & 0x3f));
    to[3] = (char)(0x80 | (r & 0x3f));
    return 4;
}

/* the character after a backslash, which is never a text's last; writes at most 4 bytes to `to` */
static int escape(struct parser *s, char *to, size_t *len)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    unsigned r, low;
    const char *at;

    at = memchr(from, *s->p, 8);
    if (at != NULL) {
        s->p++;
        to[0] = into[at - from];
        *len = 1;
        return 0;
    }
    if (*s->p++ != 'u')
        return bad(s, E_JSON_SYNTAX, "unknown escape");
    if (hex4(s, &r) != 0)
        return -1;
    if (r >= 0xd800 && r < 0xdc00) {
        if (s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u')
            return bad(s, E_JSON_UTF8, "a surrogate stands alone");
        s->p += 2;
        if (hex4(s, &low) != 0)
            return -1;
        if (low < 0xdc00 || low > 0xdfff)
            return bad(s, E_JSON_UTF8, "a surrogate stands alone");
        r = 0x10000 + ((r - 0xd800) << 10) + (low - 0xdc00);
    } else if (r >= 0xdc00 && r < 0xe000) {
        return bad(s, E_JSON_UTF8, "a surrogate stands alone");
    }
    if (r == 0 && s->mode == JSON_OURS)
        return bad(s, E_JSON_UTF8, "U+0000 is not text");
    *len = encode(r, to);
    return 0;
}

/* how many bytes are ASCII that stands for itself: of most strings all, and a quote ends them */
static size_t plain(const char *p, const char *end)
{
    const char *from = p;

    while (p < end && *p >= 0x20 && *p < 0x7f && *p != '\\' && *p != '"')
        p++;
    return (size_t)(p - from);
}

static int string(struct parser *s, struct json *out)
{
    size_t n = plain(++s->p, s->end), len = 0;
    const char *close = s->p + n;
    char *to;

    while (close < s->end && *close != '"')
        close += *close == '\\' && close + 1 < s->end ? 2 : 1;
    if (close - s->p > VFY_MAX_JSON_STRING_BYTES)
        return bad(s, E_LIMIT_SIZE, "a string is longer than MAX_JSON_STRING_BYTES");
    to = vfy_mem_room(s->arena, (size_t)(close - s->p) + 5);
    memcpy(to, s->p, n);
    s->p += n;
    while (s->p < close) {
        unsigned char c = (unsigned char)*s->p;

        len = plain(s->p, close);
        if (len > 0) {
            memcpy(to + n, s->p, len);
            s->p += len;
        } else if (c < 0x20) {
            return bad(s, E_JSON_SYNTAX, "a control byte in a string");
        } else if (c == '\\') {
            s->p++;
            if (escape(s, to + n, &len) != 0)
                return -1;
        } else {
            len = vfy_text_rune(s->p, (size_t)(close - s->p));
            if (len == 0)
                return bad(s, E_JSON_UTF8, "not UTF-8");
            memcpy(to + n, s->p, len);
            s->p += len;
        }
        n += len;
    }
    if (close == s->end) /* after what is wrong before its end */
        return bad(s, E_JSON_SYNTAX, "a string is not closed");
    s->p++;
    to[n] = '\0';
    *out = (struct json){JSON_STRING, (uint32_t)n, {.text = to}};
    return 0;
}

static size_t digits(struct parser *s)
{
    const char *from = s->p;

    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return (size_t)(s->p - from);
}

static int number(struct parser *s, struct json *out)
{
    const char *from = s->p;
    bool minus = *s->p == '-', whole;
    int64_t i = 0;
    size_t n;

    s->p += minus;
    n = digits(s);
    if (n == 0 || (n > 1 && from[minus] == '0'))
        return bad(s, E_JSON_SYNTAX, "not a number");
    whole = n <= 16 && !(minus && from[1] == '0');
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        whole = false;
        if (digits(s) == 0)
            return bad(s, E_JSON_SYNTAX, "not a number");
    }
    if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
        s->p++;
        whole = false;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        if (digits(s) == 0)
            return bad(s, E_JSON_SYNTAX, "not a number");
    }
    for (const char *d = from + minus; whole && d < s->p; d++)
        i = i * 10 + (*d - '0');
    if (!whole || i >= INT64_C(1) << 53)
        return bad(s, E_JSON_NUMBER, "only integers between -2^53 and 2^53");
    *out = (struct json){JSON_INT, 0, {.integer = minus ? -i : i}};
    return 0;
}

static int push(struct parser *s, const struct json *v)
{
    struct json *more;

    if (++s->values > VFY_MAX_JSON_VALUES)
        return bad(s, E_LIMIT_COUNT, "more values than MAX_JSON_VALUES");
    if (s->used == s->room) {
        more = vfy_mem_room(s->arena, s->room * 4 * sizeof *more);
        memcpy(more, s->stack, s->used * sizeof *more);
        s->stack = more;
        s->room *= 4;
    }
    s->stack[s->used++] = *v;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const struct json *x = *(const struct json *const *)a, *y = *(const struct json *const *)b;
    int c = memcmp(x->u.text, y->u.text, x->count < y->count ? x->count : y->count);

    return c != 0 ? c : (x->count > y->count) - (x->count < y->count);
}

/* keys usually come sorted, and then one look each is enough */
static int duplicates(struct parser *s, const struct json *items, size_t members)
{
    const struct json **keys;
    size_t i = 1;

    while (i < members && strcmp(items[2 * i - 2].u.text, items[2 * i].u.text) < 0)
        i++;
    if (i >= members)
        return 0;
    keys = vfy_mem_alloc(s->arena, members * sizeof *keys);
    for (i = 0; i < members; i++)
        keys[i] = &items[2 * i];
    qsort(keys, members, sizeof *keys, by_key);
    for (i = 1; i < members; i++)
        if (by_key(&keys[i - 1], &keys[i]) == 0)
            return bad(s, E_JSON_DUPKEY, "a key stands twice in one object");
    return 0;
}

static int key(struct parser *s)
{
    struct json k;

    if (s->p == s->end || *s->p != '"')
        return bad(s, E_JSON_SYNTAX, "a key was expected");
    if (string(s, &k) != 0 || push(s, &k) != 0)
        return -1;
    if (s->mode == JSON_OURS && !vfy_text_ascii(k.u.text, k.count))
        return bad(s, E_JSON_SCHEMA, "a key is not ASCII");
    space(s);
    if (s->p == s->end || *s->p++ != ':')
        return bad(s, E_JSON_SYNTAX, "a colon was expected");
    return 0;
}

static int container(struct parser *s, struct json *out, int depth)
{
    bool object = *s->p++ == '{';
    char close = object ? '}' : ']';
    size_t base = s->used, n;
    struct json *items, v;

    if (depth >= VFY_MAX_JSON_DEPTH)
        return bad(s, E_LIMIT_DEPTH, "nested deeper than MAX_JSON_DEPTH");
    space(s);
    if (s->p < s->end && *s->p == close)
        s->p++;
    else
        for (;;) {
            space(s);
            if (object && key(s) != 0)
                return -1;
            if (value(s, &v, depth + 1) != 0 || push(s, &v) != 0)
                return -1;
            space(s);
            if (s->p == s->end || (*s->p != ',' && *s->p != close))
                return bad(s, E_JSON_SYNTAX, "a comma or a closing bracket was expected");
            if (*s->p++ == close)
                break;
        }
    n = s->used - base;
    if (object && n / 2 > VFY_MAX_JSON_MEMBERS)
        return bad(s, E_LIMIT_COUNT, "more members than MAX_JSON_MEMBERS");
    items = vfy_mem_room(s->arena, n * sizeof *items);
    memcpy(items, s->stack + base, n * sizeof *items);
    s->used = base;
    *out = (struct json){object ? JSON_OBJECT : JSON_ARRAY, (uint32_t)(object ? n / 2 : n),
                         {.items = items}};
    return object ? duplicates(s, items, n / 2) : 0;
}

static int value(struct parser *s, struct json *out, int depth)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"null", JSON_NULL}, {"true", JSON_TRUE}, {"false", JSON_FALSE}};

    space(s);
    if (s->p == s->end)
        return bad(s, E_JSON_SYNTAX, "a value was expected");
    if (*s->p == '{' || *s->p == '[')
        return container(s, out, depth);
    if (*s->p == '"')
        return string(s, out);
    if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
        return number(s, out);
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(words[i].word);

        if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i].word, n) == 0) {
            s->p += n;
            *out = (struct json){words[i].type, 0, {0}};
            return 0;
        }
    }
    return bad(s, E_JSON_SYNTAX, "a value was expected");
}

int vfy_json_parse(struct arena *a, const char *p, size_t n, enum json_mode mode,
                   const char *path, const struct json **out, struct err *e)
{
    struct json first[128]; /* enough for most documents */
    struct parser s = {a, p, p, p + n, path, mode, first, 0, sizeof first / sizeof *first, 0, e};
    struct json *v = vfy_mem_alloc(a, sizeof *v);

    if (value(&s, v, 0) != 0)
        return -1;
    space(&s);
    if (s.p != s.end)
        return bad(&s, E_JSON_SYNTAX, "something stands after the value");
    *out = v;
    return 0;
}
