/* driver/mcp_schema.c - see driver/mcp_schema.h. */
#include "driver/mcp_schema.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

static size_t length(const struct jv *v)
{
    size_t n = 0;

    for (size_t i = 0; i < v->len; i++)
        n += ((unsigned char)v->bytes[i] & 0xc0) != 0x80; /* characters, not bytes */
    return n;
}

static int check_type(const struct jv *type, const struct jv *v, const char *name, struct err *e)
{
    static const struct {
        const char *word;
        enum jv_type type;
    } types[] = {{"string", JV_STRING}, {"array", JV_ARRAY}, {"boolean", JV_BOOL}, {"integer", JV_INT}, {"object", JV_OBJECT}};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (jv_text_is(type, types[i].word))
            return jv_is(v, types[i].type) ? 0 : err_set(e, ERR_INPUT, "%s: expected %s %s", name,
                                                         strchr("aeiou", types[i].word[0]) != NULL ? "an" : "a", types[i].word);
    return err_set(e, ERR_INTERNAL, "%s: a type that is not known here", name);
}

static int check_pattern(const char *pattern, const struct jv *v, const char *name, struct err *e)
{
    regex_t re;
    int rc;

    if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return err_set(e, ERR_INTERNAL, "%s: a pattern that is none", name);
    rc = regexec(&re, v->bytes, 0, NULL, 0);
    regfree(&re);
    return rc == 0 ? 0 : err_set(e, ERR_INPUT, "%s: expected what fits %s", name, pattern);
}

static int check_enum(const struct jv *list, const struct jv *v, const char *name, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_equal(list->items[i], v))
            return 0;
    return err_set(e, ERR_INPUT, "%s: expected one of a list; see the tool's inputSchema", name);
}

static int check_members(const struct jv *properties, const struct jv *v, struct err *e)
{
    for (size_t i = 0; i < v->count; i++) {
        const struct jv *schema = jv_get(properties, v->keys[i]);

        if (schema == NULL)
            return err_set(e, ERR_INPUT, "%.100s: this tool has no such argument", v->keys[i]);
        if (mcp_schema_check(schema, v->items[i], v->keys[i], e) != 0)
            return -1;
    }
    return 0;
}

static int check_required(const struct jv *list, const struct jv *v, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_get(v, jv_text(list->items[i])) == NULL)
            return err_set(e, ERR_INPUT, "%s: this argument is required", jv_text(list->items[i]));
    return 0;
}

/* minLength and the like: KEY is a bound of the number that measures v */
static int check_bound(const char *key, int64_t bound, const struct jv *v, const char *name, struct err *e)
{
    int64_t n = jv_is(v, JV_STRING) ? (int64_t)length(v) : jv_is(v, JV_ARRAY) ? (int64_t)v->count : v->number;
    bool is_least = strncmp(key, "min", 3) == 0;

    if (is_least ? n >= bound : n <= bound)
        return 0;
    return err_set(e, ERR_INPUT, "%s: expected %s %lld", name, is_least ? "at least" : "at most", (long long)bound);
}

static int check_items(const struct jv *schema, const struct jv *v, const char *name, struct err *e)
{
    for (size_t i = 0; i < v->count; i++)
        if (mcp_schema_check(schema, v->items[i], name, e) != 0)
            return -1;
    return 0;
}

int mcp_schema_check(const struct jv *schema, const struct jv *v, const char *name, struct err *e)
{
    const struct jv *type = jv_get(schema, "type");
    int rc = type == NULL ? 0 : check_type(type, v, name, e);

    for (size_t i = 0; i < schema->count && rc == 0; i++) {
        const char *key = schema->keys[i];
        const struct jv *says = schema->items[i];

        if (strcmp(key, "enum") == 0)
            rc = check_enum(says, v, name, e);
        else if (strcmp(key, "pattern") == 0)
            rc = check_pattern(jv_text(says), v, name, e);
        else if (strcmp(key, "properties") == 0)
            rc = check_members(says, v, e);
        else if (strcmp(key, "required") == 0)
            rc = check_required(says, v, e);
        else if (strcmp(key, "items") == 0)
            rc = check_items(says, v, name, e);
        else if (strncmp(key, "max", 3) == 0 || strncmp(key, "min", 3) == 0)
            rc = check_bound(key, says->number, v, name, e);
        else if (strcmp(key, "type") != 0 && strcmp(key, "description") != 0 && strcmp(key, "additionalProperties") != 0)
            rc = err_set(e, ERR_INTERNAL, "%s: keyword %s is not known here", name, key);
    }
    return rc;
}
