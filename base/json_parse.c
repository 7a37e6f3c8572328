/* base/json_parse.c - the door to jansson: text to struct jv; see base/json.h. */
#include <jansson.h>
#include <string.h>

/* jansson's enumerators (JSON_NULL ...) differ from ours (JV_NULL ...) on purpose. */
#include "base/json.h"

/* what somebody else's program writes 20.0 is 20; any other fraction is nothing */
static struct jv *from_real(double x)
{
    return x >= -(double)JV_INT_MAX && x <= (double)JV_INT_MAX && x == (double)(int64_t)x ? jv_int((int64_t)x) : jv_null();
}

struct taking {
    bool fractions; /* as from_real does */
    bool answer;    /* U+0000 is text; what no document can hold is refused here, and not when it is written */
    enum err_kind kind; /* of what was refused */
    const char *refused;
};

static struct jv *refuse(struct taking *t, enum err_kind kind, const char *what)
{
    t->kind = kind;
    t->refused = what;
    return jv_null();
}

static struct jv *from_jansson(json_t *in, struct taking *t)
{
    struct jv *out;
    const char *key;
    size_t i;
    json_t *child;

    switch (json_typeof(in)) {
    case JSON_NULL:
        return jv_null();
    case JSON_TRUE:
    case JSON_FALSE:
        return jv_bool(json_is_true(in));
    case JSON_INTEGER:
        if (t->answer && (json_integer_value(in) > JV_INT_MAX || json_integer_value(in) < -JV_INT_MAX))
            return refuse(t, ERR_INPUT, "an integer beyond 2^53");
        return jv_int(json_integer_value(in));
    case JSON_REAL:
        return t->fractions ? from_real(json_real_value(in))
                            : refuse(t, ERR_INPUT, "a number that is not an integer; expected integers only");
    case JSON_STRING:
        return jv_string_len(json_string_value(in), json_string_length(in));
    case JSON_ARRAY:
        out = jv_array();
        json_array_foreach(in, i, child)
            jv_add(out, from_jansson(child, t));
        return out;
    case JSON_OBJECT:
        break;
    }
    if (json_object_size(in) > JV_MEMBERS_MAX) /* jv_set() looks at each */
        return refuse(t, ERR_LIMIT, "an object of more members than MAX_JSON_MEMBERS");
    out = jv_object();
    json_object_foreach(in, key, child)
        jv_set(out, key, from_jansson(child, t));
    return out;
}

/* jansson allows 2048 levels; ours is the smaller published limit. */
static bool is_too_deep(const char *data, size_t len)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        if (in_string) {
            if (data[i] == '\\')
                i++;
            else if (data[i] == '"')
                in_string = false;
        } else if (data[i] == '"') {
            in_string = true;
        } else if (data[i] == '[' || data[i] == '{') {
            if (++depth > JV_DEPTH_MAX)
                return true;
        } else if (data[i] == ']' || data[i] == '}') {
            depth -= depth > 0;
        }
    }
    return false;
}

static int parse(const char *data, size_t len, struct taking t, struct jv **out, struct err *e)
{
    json_error_t at;
    json_t *parsed;
    struct jv *v;

    if (len > 0 && memchr(data, '\0', len) != NULL) /* jansson takes one behind a number as the end */
        return err_set(e, ERR_INPUT, "a NUL byte, which JSON does not have");
    if (is_too_deep(data, len))
        return err_set(e, ERR_INPUT, "JSON nested deeper than %d levels", JV_DEPTH_MAX);
    parsed = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | (t.answer ? JSON_ALLOW_NUL : 0), &at);
    if (parsed == NULL)
        return err_set(e, ERR_INPUT, "line %d, column %d: %s", at.line, at.column, at.text);
    v = from_jansson(parsed, &t);
    json_decref(parsed);
    if (v == NULL)
        return err_no_memory(e);
    if (t.refused != NULL) {
        jv_free(v);
        return err_set(e, t.kind, "%s", t.refused);
    }
    *out = v;
    return 0;
}

int jv_parse(const char *data, size_t len, struct jv **out, struct err *e)
{
    return parse(data, len, (struct taking){.refused = NULL}, out, e);
}

int jv_parse_foreign(const char *data, size_t len, struct jv **out, struct err *e)
{
    return parse(data, len, (struct taking){.fractions = true}, out, e);
}

int jv_parse_answer(const char *data, size_t len, struct jv **out, struct err *e)
{
    return parse(data, len, (struct taking){.answer = true}, out, e);
}
