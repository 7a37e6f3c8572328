/*
 * verifier/shape.c - see shape.h.  Recursion follows the shape, not the data.
 *
 * Every function that reads a shape returns the place after it, matched or not.
 */
#include "verifier/shape.h"

#include "verifier/text.h"

#include <stdio.h>
#include <string.h>

struct check {
    bool ok;
    char *where;
    size_t room;
};

static const struct {
    char name;
    const char *shape;
} named[] = {
    {'C', "{case~:m,contracts~:n,count~:n,exists~:S,manifest~:m,manifest_rows~:m,"
          "not_in~:{column:S,of:S,relation:S},rows~:{count:n,relation:S,where:%?s}}"},
    {'E', "{code:w,fields:%*,manifest_fields:%m,raised:b}"},
    {'F', "{after:?(s,b),before:?(s,b),relation:S}"},
    {'O', "{declared:[S],exercised:[S],not_exercised:[S],unreachable:[S]}"},
    {'R', "{bypassrls:b,createdb:b,createrole:b,member_of:[S],name:S,replication:b,superuser:b}"},
    {'T', "?{digest:h,rows:n}"},
    {'X', "{detail:?s,hint:?s,message:?s,severity:?s,sqlstate:?s}"},
};

static const char *skip(const char *s);
static const char *match(struct check *c, const struct json *v, const char *s);

/* past the list of shapes up to and with the closing character */
static const char *skip_to(const char *s, char close)
{
    while (*s != close)
        s = *s == ',' || *s == '|' ? s + 1 : skip(s);
    return s + 1;
}

static const char *skip_object(const char *s)
{
    while (*s != '}') {
        s += strcspn(s, ":") + 1;
        s = skip(s);
        s += *s == ',';
    }
    return s + 1;
}

static const char *skip(const char *s)
{
    switch (*s) {
    case '?':
    case '%':
        return skip(s + 1);
    case '@':
        return s + 2;
    case '\'':
        return s + 2 + strcspn(s + 1, "'");
    case '[':
        return skip_to(s + 1, ']');
    case '(':
        return skip_to(s + 1, ')');
    case '<':
        return skip_to(s + 1, '>');
    case '{':
        return skip_object(s + 1);
    default:
        return s + 1;
    }
}

static bool only(const struct json *v, const char *set)
{
    return v->type == JSON_STRING && v->count > 0 && strspn(v->u.text, set) == v->count;
}

/* bytes that are valid UTF-8 have one spelling: a string */
static bool is_value(const struct json *v)
{
    const struct json *b64 = v->count == 1 ? vfy_json_get(v, "b64") : NULL;
    struct arena a = {NULL, 0};
    char *raw;
    size_t n;
    bool ok;

    if (v->type == JSON_NULL || v->type == JSON_STRING)
        return true;
    ok = b64 != NULL && b64->type == JSON_STRING &&
         vfy_text_base64(&a, b64->u.text, b64->count, &raw, &n) == 0 && !vfy_text_utf8(raw, n);
    vfy_mem_release(&a);
    return ok;
}

/* one to eight digits, without leading zeros: each number has one spelling */
static bool is_hex(const char *p, size_t n)
{
    return n >= 1 && n <= 8 && (*p != '0' || n == 1);
}

static bool is_lsn(const struct json *v)
{
    const char *slash = only(v, "0123456789ABCDEF/") ? strchr(v->u.text, '/') : NULL;

    return slash != NULL && strchr(slash + 1, '/') == NULL && is_hex(v->u.text, (size_t)(slash - v->u.text)) &&
           is_hex(slash + 1, strlen(slash + 1));
}

/* below 2^64, without leading zeros */
static bool is_decimal(const struct json *v)
{
    return only(v, "0123456789") && (v->u.text[0] != '0' || v->count == 1) &&
           (v->count < 20 || (v->count == 20 && strcmp(v->u.text, "18446744073709551615") <= 0));
}

static bool is_atom(const struct json *v, char kind)
{
    switch (kind) {
    case 's':
        return v->type == JSON_STRING;
    case 'S':
        return v->type == JSON_STRING && v->count > 0;
    case 'm':
        return only(v, "abcdefghijklmnopqrstuvwxyz0123456789_-") && v->count <= 64;
    case 'w':
        return only(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") && v->count <= 120;
    case 'h':
        return v->type == JSON_STRING && v->count == 64 && vfy_text_hex(v->u.text, 64);
    case 'k':
        return v->type == JSON_STRING && v->count == 32 && vfy_text_hex(v->u.text, 32);
    case 't':
        return v->type == JSON_STRING && vfy_text_time(v->u.text);
    case 'd':
        return is_decimal(v);
    case 'l':
        return is_lsn(v);
    case 'n':
        return v->type == JSON_INT && v->u.integer >= 0;
    case 'b':
        return v->type == JSON_TRUE || v->type == JSON_FALSE;
    case 'v':
        return is_value(v);
    default:
        return kind == '*';
    }
}

static void note(struct check *c, const char *key, size_t n)
{
    if (c->ok)
        snprintf(c->where, c->room, "%.*s", (int)n, key);
    c->ok = false;
}

static const char *match_object(struct check *c, const struct json *v, const char *s)
{
    size_t known = 0;
    char key[64];

    if (v->type != JSON_OBJECT) {
        c->ok = false;
        return skip_object(s);
    }
    while (*s != '}') {
        size_t n = strcspn(s, ":~");
        bool optional = s[n] == '~';
        const struct json *child;

        snprintf(key, sizeof key, "%.*s", (int)n, s);
        s += n + 1 + optional;
        child = vfy_json_get(v, key);
        known += child != NULL;
        if (child != NULL) {
            bool before = c->ok;

            s = match(c, child, s);
            if (before && !c->ok && c->where[0] == '\0')
                snprintf(c->where, c->room, "%s", key);
        } else {
            if (!optional)
                note(c, key, strlen(key));
            s = skip(s);
        }
        s += *s == ',';
    }
    if (known != v->count)
        note(c, "an unknown member", 17);
    return s + 1;
}

static const char *match_list(struct check *c, const struct json *v, const char *s)
{
    bool tuple = *s == '(';
    const char *of = s + 1;
    size_t i = 0;

    if (v->type != JSON_ARRAY) {
        c->ok = false;
        return skip(s);
    }
    for (; tuple && *of != ')'; i++, of += *of == ',') {
        if (i >= v->count) {
            c->ok = false;
            return skip(s);
        }
        of = match(c, &v->u.items[i], of);
    }
    if (tuple && i != v->count)
        c->ok = false;
    for (; !tuple && i < v->count && c->ok; i++)
        match(c, &v->u.items[i], of);
    return skip(s);
}

static const char *match_either(struct check *c, const struct json *v, const char *s)
{
    for (const char *of = s + 1; *of != '>'; of += *of == '|') {
        struct check one = {true, c->where, c->room};

        c->where[0] = '\0';
        of = match(&one, v, of);
        if (one.ok)
            return skip(s);
    }
    c->ok = false;
    return skip(s);
}

static const char *match(struct check *c, const struct json *v, const char *s)
{
    size_t n;

    switch (*s) {
    case '?':
        return v->type == JSON_NULL ? skip(s) : match(c, v, s + 1);
    case '%':
        if (v->type != JSON_OBJECT)
            c->ok = false;
        for (size_t i = 0; v->type == JSON_OBJECT && i < v->count && c->ok; i++)
            match(c, &v->u.items[2 * i + 1], s + 1);
        return skip(s);
    case '@':
        for (size_t i = 0; i < sizeof named / sizeof *named; i++)
            if (named[i].name == s[1])
                match(c, v, named[i].shape);
        return s + 2;
    case '\'':
        n = strcspn(s + 1, "'");
        if (v->type != JSON_STRING || v->count != n || memcmp(v->u.text, s + 1, n) != 0)
            c->ok = false;
        return s + n + 2;
    case '{':
        return match_object(c, v, s + 1);
    case '<':
        return match_either(c, v, s);
    case '[':
    case '(':
        return match_list(c, v, s);
    default:
        if (!is_atom(v, *s))
            c->ok = false;
        return s + 1;
    }
}

bool vfy_shape_check(const struct json *v, const char *shape, char *where, size_t room)
{
    struct check c = {true, where, room};

    where[0] = '\0';
    match(&c, v, shape);
    return c.ok;
}
