/* collector/cser.c - see collector/cser.h. */
#include "collector/cser.h"

#include <stdlib.h>
#include <string.h>

#include "collector/nfc.h"

struct member {
    struct buf key; /* in NFC */
    const struct jv *value;
};

static int check_profile(const char *profile, const struct jv *v, struct err *e)
{
    const struct jv *version = jv_get(v, "protocol_version");

    if (!jv_is(v, JV_OBJECT))
        return err_set(e, ERR_INPUT, "cser-v1: expected an object at the top");
    if (strcmp(profile, "manifest") == 0) {
        if (!jv_is(version, JV_INT))
            return err_set(e, ERR_INPUT, "cser-v1 manifest: protocol_version must be an integer");
        if (!jv_text_is(jv_get(v, "serialization"), "cser-v1"))
            return err_set(e, ERR_INPUT, "cser-v1 manifest: serialization must be \"cser-v1\"");
        if (jv_get(v, "cser") != NULL)
            return err_set(e, ERR_INPUT, "cser-v1 manifest: a member cser is not allowed");
        return 0;
    }
    if (strcmp(profile, "record") == 0) {
        if (!jv_text_is(jv_get(v, "cser"), "v1"))
            return err_set(e, ERR_INPUT, "cser-v1 record: cser must be \"v1\"");
        if (version != NULL && !jv_is(version, JV_STRING))
            return err_set(e, ERR_INPUT, "cser-v1 record: protocol_version must be a string");
        return 0;
    }
    return err_set(e, ERR_INPUT, "cser-v1: unknown profile \"%s\"; expected manifest or record",
                   profile);
}

static int write_string(const char *text, size_t len, struct buf *out, struct err *e)
{
    struct buf composed = buf_init(out->limit);
    int rc = -1;

    if (col_nfc_add(text, len, &composed, e) == 0)
        rc = jv_write_string(composed.data, composed.len, out, e);
    buf_release(&composed);
    return rc;
}

static int compare_members(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;

    return strcmp(x->key.data, y->key.data); /* UTF-8 without NUL: byte order */
}

static int write_value(const struct jv *v, int depth, struct buf *out, struct err *e);

static int write_object(const struct jv *v, int depth, struct buf *out, struct err *e)
{
    struct member *members = calloc(v->count + 1, sizeof *members);
    int rc = -1;

    if (members == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < v->count; i++)
        members[i].key = buf_init(out->limit);
    for (size_t i = 0; i < v->count; i++) {
        members[i].value = v->items[i];
        if (col_nfc_add(v->keys[i], strlen(v->keys[i]), &members[i].key, e) != 0)
            goto out;
    }
    qsort(members, v->count, sizeof *members, compare_members);
    if (buf_adds(out, "{", e) != 0)
        goto out;
    for (size_t i = 0; i < v->count; i++) {
        if (i > 0 && compare_members(&members[i - 1], &members[i]) == 0) {
            err_set(e, ERR_INPUT, "cser-v1: two keys are one after NFC: %s", members[i].key.data);
            goto out;
        }
        if ((i > 0 && buf_adds(out, ",", e) != 0) ||
            jv_write_string(members[i].key.data, members[i].key.len, out, e) != 0 ||
            buf_adds(out, ":", e) != 0 || write_value(members[i].value, depth + 1, out, e) != 0)
            goto out;
    }
    rc = buf_adds(out, "}", e);
out:
    for (size_t i = 0; i < v->count; i++)
        buf_release(&members[i].key);
    free(members);
    return rc;
}

/* Recursion is bounded by JV_DEPTH_MAX. */
static int write_value(const struct jv *v, int depth, struct buf *out, struct err *e)
{
    if (v == NULL || v->is_broken)
        return err_no_memory(e);
    if (depth > JV_DEPTH_MAX)
        return err_set(e, ERR_LIMIT, "cser-v1: nested deeper than %d levels", JV_DEPTH_MAX);
    if (v->type == JV_STRING)
        return write_string(v->bytes, v->len, out, e);
    if (v->type == JV_OBJECT)
        return write_object(v, depth, out, e);
    if (v->type != JV_ARRAY)
        return jv_canonical(v, out, e);
    if (buf_adds(out, "[", e) != 0)
        return -1;
    for (size_t i = 0; i < v->count; i++)
        if ((i > 0 && buf_adds(out, ",", e) != 0) ||
            write_value(v->items[i], depth + 1, out, e) != 0)
            return -1;
    return buf_adds(out, "]", e);
}

int col_cser_write(const char *profile, const struct jv *v, struct buf *out, struct err *e)
{
    if (v == NULL || v->is_broken)
        return err_no_memory(e);
    if (check_profile(profile, v, e) != 0)
        return -1;
    return write_value(v, 1, out, e);
}
