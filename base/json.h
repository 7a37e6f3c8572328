/*
 * base/json.h - JSON values, strict parsing (by jansson, the door is
 * base/json_parse.c) and canonical writing (FORMAT.md section 1).
 *
 * Building never fails in the middle: a failed allocation marks the value as
 * broken and jv_canonical() reports it.  So a document is built as one
 * expression and checked once.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JV_DEPTH_MAX 64             /* nesting of arrays and objects */
#define JV_MEMBERS_MAX 2000         /* of one object: MAX_JSON_MEMBERS */
#define JV_INT_MAX 9007199254740991 /* 2^53 - 1 */

enum jv_type { JV_NULL, JV_BOOL, JV_INT, JV_STRING, JV_ARRAY, JV_OBJECT };

struct jv {
    enum jv_type type;
    bool truth;      /* JV_BOOL */
    bool is_broken;  /* memory ran out while building */
    int64_t number;  /* JV_INT */
    char *bytes;     /* JV_STRING: UTF-8 with a NUL behind */
    size_t len;      /* JV_STRING */
    struct jv **items; /* JV_ARRAY, JV_OBJECT */
    char **keys;       /* JV_OBJECT, in the order added */
    size_t count;
    size_t cap;
};

/* jv_parse(data, len, out, e): one strict JSON value (RFC 8259); duplicate keys,
 * numbers that are not integers, and depth over JV_DEPTH_MAX are ERR_INPUT; more members of an object
 * than JV_MEMBERS_MAX are ERR_LIMIT.
 * Ownership: *out is the caller's, jv_free(). */
int jv_parse(const char *data, size_t len, struct jv **out, struct err *e) BASE_MUST_USE;

/* jv_parse_foreign(data, len, out, e): the same for messages of other programs, to which an
 * answer is due: 20.0 is 20, and another fraction is null. */
int jv_parse_foreign(const char *data, size_t len, struct jv **out, struct err *e) BASE_MUST_USE;

/* jv_parse_answer(data, len, out, e): the same of what a step answered: a string may have U+0000, and
 * an integer beyond 2^53 is ERR_INPUT. */
int jv_parse_answer(const char *data, size_t len, struct jv **out, struct err *e) BASE_MUST_USE;

/* jv_free(v): free v and all below; NULL is allowed. */
void jv_free(struct jv *v);

/* Constructors: NULL when out of memory, which jv_set and jv_add turn into "broken". */
struct jv *jv_null(void);
struct jv *jv_bool(bool truth);
struct jv *jv_int(int64_t number);
struct jv *jv_string(const char *text);
struct jv *jv_string_len(const char *text, size_t len);
struct jv *jv_array(void);
struct jv *jv_object(void);
/* jv_value(data, len): a database value (FORMAT.md section 1): null when data is
 * NULL, a string when it is valid UTF-8, else {"b64": ...}. */
struct jv *jv_value(const char *data, size_t len);
struct jv *jv_copy(const struct jv *v);

/* jv_set(object, key, child): replace or add; takes child over.  Returns object. */
struct jv *jv_set(struct jv *object, const char *key, struct jv *child);
/* jv_add(array, child): append; takes child over.  Returns array. */
struct jv *jv_add(struct jv *array, struct jv *child);

/* jv_get(object, key): the member, or NULL (also when object is NULL or no object). */
struct jv *jv_get(const struct jv *object, const char *key);
/* jv_text(v): the string's bytes, or NULL when v is NULL or no string. */
const char *jv_text(const struct jv *v);
/* jv_get_text(object, key): jv_text(jv_get(object, key)). */
const char *jv_get_text(const struct jv *object, const char *key);
bool jv_is(const struct jv *v, enum jv_type type);
bool jv_equal(const struct jv *a, const struct jv *b);
/* jv_text_is(v, text): v is exactly this string. */
bool jv_text_is(const struct jv *v, const char *text);
/* jv_has_text(array, text): one element of array is this string. */
bool jv_has_text(const struct jv *array, const char *text);

/* jv_value_bytes(v, out, e): the bytes of a database value: a string's, or the
 * decoded b64; ERR_INPUT for anything else (null included: test first). */
int jv_value_bytes(const struct jv *v, struct buf *out, struct err *e) BASE_MUST_USE;

/* jv_canonical(v, out, e): append the canonical bytes of v, no LF.
 * ERR_SYSTEM when v is broken or NULL. */
int jv_canonical(const struct jv *v, struct buf *out, struct err *e) BASE_MUST_USE;
/* jv_document(v, out, e): canonical bytes and one LF. */
int jv_document(const struct jv *v, struct buf *out, struct err *e) BASE_MUST_USE;

/* jv_write_string(data, len, out, e): a quoted, minimally escaped JSON string. */
int jv_write_string(const char *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* jv_is_utf8(data, len): valid UTF-8 (no surrogates, no overlong forms, no NUL). */
bool jv_is_utf8(const char *data, size_t len);

#endif
