/* verifier/value.c - the accessors of json.h. */
#include "verifier/json.h"

#include <string.h>

const struct json *vfy_json_get(const struct json *object, const char *key_text)
{
    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    for (size_t i = 0; i < object->count; i++)
        if (vfy_json_is(&object->u.items[2 * i], key_text))
            return &object->u.items[2 * i + 1];
    return NULL;
}

const struct json *vfy_json_at(const struct json *array, size_t i)
{
    return array != NULL && array->type == JSON_ARRAY && i < array->count ? &array->u.items[i]
                                                                         : NULL;
}

size_t vfy_json_count(const struct json *v)
{
    return v != NULL && v->type >= JSON_ARRAY ? v->count : 0;
}

const char *vfy_json_text(const struct json *v)
{
    return v != NULL && v->type == JSON_STRING ? v->u.text : "";
}

const char *vfy_json_str(const struct json *object, const char *key_text)
{
    return vfy_json_text(vfy_json_get(object, key_text));
}

int64_t vfy_json_int(const struct json *v)
{
    return v != NULL && v->type == JSON_INT ? v->u.integer : 0;
}

bool vfy_json_is(const struct json *v, const char *text)
{
    size_t n = strlen(text);

    return v != NULL && v->type == JSON_STRING && v->count == n && memcmp(v->u.text, text, n) == 0;
}

bool vfy_json_same(const struct json *a, const struct json *b)
{
    if (a == NULL || b == NULL || a->type != b->type || a->count != b->count)
        return false;
    if (a->type == JSON_INT)
        return a->u.integer == b->u.integer;
    if (a->type == JSON_STRING)
        return memcmp(a->u.text, b->u.text, a->count) == 0;
    for (size_t i = 0; a->type == JSON_ARRAY && i < a->count; i++)
        if (!vfy_json_same(&a->u.items[i], &b->u.items[i]))
            return false;
    for (size_t i = 0; a->type == JSON_OBJECT && i < a->count; i++) {
        size_t k = 0;

        while (k < b->count && !vfy_json_same(&a->u.items[2 * i], &b->u.items[2 * k]))
            k++;
        if (k == b->count || !vfy_json_same(&a->u.items[2 * i + 1], &b->u.items[2 * k + 1]))
            return false;
    }
    return true;
}

bool vfy_json_ascends(const struct json *array)
{
    for (size_t i = 1; i < vfy_json_count(array); i++)
        if (strcmp(vfy_json_text(vfy_json_at(array, i - 1)), vfy_json_text(vfy_json_at(array, i))) >= 0)
            return false;
    return true;
}

size_t vfy_json_has(const struct json *array, const char *text)
{
    size_t n = 0;

    for (size_t i = 0; i < vfy_json_count(array); i++)
        n += vfy_json_is(vfy_json_at(array, i), text);
    return n;
}
