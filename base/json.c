/* base/json.c - JSON values and canonical bytes; see base/json.h. */
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"

static struct jv *new_value(enum jv_type type)
{
    struct jv *v = calloc(1, sizeof *v);

    if (v != NULL)
        v->type = type;
    return v;
}

/* Recursion is bounded by JV_DEPTH_MAX when parsed, and by our own code when built. */
void jv_free(struct jv *v)
{
    if (v == NULL)
        return;
    for (size_t i = 0; i < v->count; i++) {
        jv_free(v->items[i]);
        if (v->keys != NULL)
            free(v->keys[i]);
    }
    free(v->items);
    free(v->keys);
    free(v->bytes);
    free(v);
}

struct jv *jv_null(void)
{
    return new_value(JV_NULL);
}

struct jv *jv_bool(bool truth)
{
    struct jv *v = new_value(JV_BOOL);

    if (v != NULL)
        v->truth = truth;
    return v;
}

struct jv *jv_int(int64_t number)
{
    struct jv *v = new_value(JV_INT);

    if (v != NULL)
        v->number = number;
    return v;
}

struct jv *jv_string_len(const char *text, size_t len)
{
    struct jv *v = new_value(JV_STRING);

    if (v == NULL)
        return NULL;
    v->bytes = malloc(len + 1);
    if (v->bytes == NULL) {
        free(v);
        return NULL;
    }
    if (len > 0)
        memcpy(v->bytes, text, len);
    v->bytes[len] = '\0';
    v->len = len;
    return v;
}

struct jv *jv_string(const char *text)
{
    return text == NULL ? jv_null() : jv_string_len(text, strlen(text));
}

struct jv *jv_array(void)
{
    return new_value(JV_ARRAY);
}

struct jv *jv_object(void)
{
    return new_value(JV_OBJECT);
}

struct jv *jv_value(const char *data, size_t len)
{
    struct buf b64 = buf_init((size_t)1 << 30);
    struct jv *v = NULL;
    struct err ignored;

    if (data == NULL)
        return jv_null();
    if (jv_is_utf8(data, len))
        return jv_string_len(data, len);
    if (base64_encode(data, len, &b64, &ignored) == 0)
        v = jv_set(jv_object(), "b64", jv_string_len(b64.data, b64.len));
    buf_release(&b64);
    return v;
}

struct jv *jv_copy(const struct jv *v)
{
    struct jv *c;

    if (v == NULL)
        return NULL;
    if (v->type == JV_STRING)
        return jv_string_len(v->bytes, v->len);
    c = new_value(v->type);
    if (c == NULL)
        return NULL;
    c->truth = v->truth;
    c->number = v->number;
    c->is_broken = v->is_broken;
    for (size_t i = 0; i < v->count; i++) {
        if (v->type == JV_OBJECT)
            jv_set(c, v->keys[i], jv_copy(v->items[i]));
        else
            jv_add(c, jv_copy(v->items[i]));
    }
    return c;
}

static bool grow(struct jv *v)
{
    size_t cap = v->cap == 0 ? 8 : v->cap * 2;
    struct jv **items;
    char **keys;

    if (v->count < v->cap)
        return true;
    items = realloc(v->items, cap * sizeof *items);
    if (items == NULL)
        return false;
    v->items = items;
    if (v->type == JV_OBJECT) {
        keys = realloc(v->keys, cap * sizeof *keys);
        if (keys == NULL)
            return false;
        v->keys = keys;
    }
    v->cap = cap;
    return true;
}

struct jv *jv_set(struct jv *object, const char *key, struct jv *child)
{
    char *name;

    if (object == NULL || child == NULL) {
        jv_free(child);
        if (object != NULL)
            object->is_broken = true;
        return object;
    }
    for (size_t i = 0; i < object->count; i++) {
        if (strcmp(object->keys[i], key) == 0) {
            jv_free(object->items[i]);
            object->items[i] = child;
            return object;
        }
    }
    name = strdup(key);
    if (name == NULL || !grow(object)) {
        free(name);
        jv_free(child);
        object->is_broken = true;
        return object;
    }
    object->keys[object->count] = name;
    object->items[object->count++] = child;
    return object;
}

struct jv *jv_add(struct jv *array, struct jv *child)
{
    if (array == NULL || child == NULL || !grow(array)) {
        jv_free(child);
        if (array != NULL)
            array->is_broken = true;
        return array;
    }
    array->items[array->count++] = child;
    return array;
}

struct jv *jv_get(const struct jv *object, const char *key)
{
    if (object == NULL || object->type != JV_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (strcmp(object->keys[i], key) == 0)
            return object->items[i];
    return NULL;
}

const char *jv_text(const struct jv *v)
{
    return v != NULL && v->type == JV_STRING ? v->bytes : NULL;
}

const char *jv_get_text(const struct jv *object, const char *key)
{
    return jv_text(jv_get(object, key));
}

bool jv_is(const struct jv *v, enum jv_type type)
{
    return v != NULL && v->type == type;
}

bool jv_text_is(const struct jv *v, const char *text)
{
    return jv_is(v, JV_STRING) && v->len == strlen(text) && memcmp(v->bytes, text, v->len) == 0;
}

bool jv_has_text(const struct jv *array, const char *text)
{
    if (array == NULL || array->type != JV_ARRAY)
        return false;
    for (size_t i = 0; i < array->count; i++)
        if (jv_text_is(array->items[i], text))
            return true;
    return false;
}

bool jv_equal(const struct jv *a, const struct jv *b)
{
    if (a == NULL || b == NULL || a->type != b->type)
        return false;
    switch (a->type) {
    case JV_NULL:
        return true;
    case JV_BOOL:
        return a->truth == b->truth;
    case JV_INT:
        return a->number == b->number;
    case JV_STRING:
        return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
    case JV_ARRAY:
        if (a->count != b->count)
            return false;
        for (size_t i = 0; i < a->count; i++)
            if (!jv_equal(a->items[i], b->items[i]))
                return false;
        return true;
    case JV_OBJECT:
        if (a->count != b->count)
            return false;
        for (size_t i = 0; i < a->count; i++)
            if (!jv_equal(a->items[i], jv_get(b, a->keys[i])))
                return false;
        return true;
    }
    return false;
}

int jv_value_bytes(const struct jv *v, struct buf *out, struct err *e)
{
    const struct jv *b64 = jv_get(v, "b64");

    if (jv_is(v, JV_STRING))
        return buf_add(out, v->bytes, v->len, e);
    if (jv_is(b64, JV_STRING) && v->count == 1)
        return base64_decode(b64->bytes, b64->len, out, e);
    return err_set(e, ERR_INPUT, "expected a database value: a string or {\"b64\":...}");
}

bool jv_is_utf8(const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data;

    for (size_t i = 0; i < len;) {
        size_t more = 0;
        unsigned char lo = 0x80, hi = 0xbf;

        if (p[i] >= 0x01 && p[i] <= 0x7f) {
            i++;
            continue;
        }
        if (p[i] >= 0xc2 && p[i] <= 0xdf)
            more = 1;
        else if (p[i] >= 0xe0 && p[i] <= 0xef)
            more = 2;
        else if (p[i] >= 0xf0 && p[i] <= 0xf4)
            more = 3;
        else
            return false;
        if (len - i <= more)
            return false;
        if (p[i] == 0xe0)
            lo = 0xa0;
        else if (p[i] == 0xed)
            hi = 0x9f;
        else if (p[i] == 0xf0)
            lo = 0x90;
        else if (p[i] == 0xf4)
            hi = 0x8f;
        if (p[i + 1] < lo || p[i + 1] > hi)
            return false;
        for (size_t k = 2; k <= more; k++)
            if (p[i + k] < 0x80 || p[i + k] > 0xbf)
                return false;
        i += more + 1;
    }
    return true;
}

int jv_write_string(const char *data, size_t len, struct buf *out, struct err *e)
{
    size_t start = 0;

    if (buf_adds(out, "\"", e) != 0)
        return -1;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        const char *at = memchr("\"\\\b\f\n\r\t", c, 7);
        char esc[8];

        if (c >= 0x20 && at == NULL)
            continue;
        if (at != NULL)
            (void)snprintf(esc, sizeof esc, "\\%c", "\"\\bfnrt"[at - "\"\\\b\f\n\r\t"]);
        else
            (void)snprintf(esc, sizeof esc, "\\u%04x", c);
        if (buf_add(out, data + start, i - start, e) != 0 || buf_adds(out, esc, e) != 0)
            return -1;
        start = i + 1;
    }
    if (buf_add(out, data + start, len - start, e) != 0)
        return -1;
    return buf_adds(out, "\"", e);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int write_object(const struct jv *v, struct buf *out, struct err *e)
{
    char **sorted = calloc(v->count + 1, sizeof *sorted);
    int rc = -1;

    if (sorted == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < v->count; i++)
        sorted[i] = v->keys[i];
    qsort(sorted, v->count, sizeof *sorted, compare_keys);
    if (buf_adds(out, "{", e) != 0)
        goto out;
    for (size_t i = 0; i < v->count; i++) {
        if ((i > 0 && buf_adds(out, ",", e) != 0) ||
            jv_write_string(sorted[i], strlen(sorted[i]), out, e) != 0 ||
            buf_adds(out, ":", e) != 0 || jv_canonical(jv_get(v, sorted[i]), out, e) != 0)
            goto out;
    }
    rc = buf_adds(out, "}", e);
out:
    free(sorted);
    return rc;
}

int jv_canonical(const struct jv *v, struct buf *out, struct err *e)
{
    if (v == NULL || v->is_broken)
        return err_no_memory(e);
    switch (v->type) {
    case JV_NULL:
        return buf_adds(out, "null", e);
    case JV_BOOL:
        return buf_adds(out, v->truth ? "true" : "false", e);
    case JV_INT:
        if (v->number > JV_INT_MAX || v->number < -JV_INT_MAX)
            return err_set(e, ERR_INPUT, "integer beyond 2^53: %lld", (long long)v->number);
        return buf_addf(out, e, "%lld", (long long)v->number);
    case JV_STRING:
        return jv_write_string(v->bytes, v->len, out, e);
    case JV_OBJECT:
        return write_object(v, out, e);
    case JV_ARRAY:
        break;
    }
    if (buf_adds(out, "[", e) != 0)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        if ((i > 0 && buf_adds(out, ",", e) != 0) || jv_canonical(v->items[i], out, e) != 0)
            return -1;
    return buf_adds(out, "]", e);
}

int jv_document(const struct jv *v, struct buf *out, struct err *e)
{
    return jv_canonical(v, out, e) != 0 ? -1 : buf_adds(out, "\n", e);
}
