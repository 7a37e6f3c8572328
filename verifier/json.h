/*
 * verifier/json.h - strict JSON (RFC 8259), canonical JSON and cser-v1.
 *
 * FORMAT.md sections 1 and 5.  Values live in the arena they were parsed into;
 * strings are NUL-terminated copies.  Accessors accept NULL and other types and
 * then give NULL, "", 0: shape is checked once, in docs.c, not at every use.
 */
#ifndef VFY_JSON_H
#define VFY_JSON_H

#include "verifier/err.h"
#include "verifier/mem.h"

#include <stdint.h>

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INT,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT /* items: key, value, key, value */
};

struct json {
    enum json_type type;
    uint32_t count; /* bytes of text, elements, or members */
    union {
        int64_t integer;
        const char *text;
        const struct json *items;
    } u;
};

/* JSON_OURS: ASCII keys only, no U+0000.  JSON_FOREIGN: as a database returns it.  In
 * both, a number is an integer of section 1 and a key stands once. */
enum json_mode { JSON_OURS, JSON_FOREIGN };

/*
 * vfy_json_parse(a, p, n, mode, path, out, e) - one JSON text, nothing after it.
 *
 * Returns 0; or -1 with *e at path: E_JSON_SYNTAX, E_JSON_UTF8, E_JSON_DUPKEY,
 * E_JSON_NUMBER, E_JSON_SCHEMA (a key is not ASCII), E_LIMIT_DEPTH, E_LIMIT_COUNT.
 */
int vfy_json_parse(struct arena *a, const char *p, size_t n, enum json_mode mode,
                   const char *path, const struct json **out, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_json_write(b, v, nfc) - canonical bytes: sorted keys, minimal escapes, no LF.
 *
 * With nfc every string, keys too, is NFC-normalised first (cser-v1).
 */
void vfy_json_write(struct buf *b, const struct json *v, bool nfc);

/* vfy_json_quote(b, p, n) - one string, quoted and minimally escaped. */
void vfy_json_quote(struct buf *b, const char *p, size_t n);

/*
 * vfy_json_document(a, p, n, path, out, e) - parse one of our documents without its LF
 * and require that writing it again gives the same bytes (E_JSON_NONCANONICAL).
 */
int vfy_json_document(struct arena *a, const char *p, size_t n, const char *path,
                      const struct json **out, struct err *e) __attribute__((warn_unused_result));

/* vfy_json_forget() - what this thread keeps from document to document; for the end of a thread. */
void vfy_json_forget(void);

const struct json *vfy_json_get(const struct json *object, const char *key);
const struct json *vfy_json_at(const struct json *array, size_t i);
size_t vfy_json_count(const struct json *v);            /* elements or members, else 0 */
const char *vfy_json_text(const struct json *v);        /* a string's bytes, else "" */
const char *vfy_json_str(const struct json *object, const char *key);
int64_t vfy_json_int(const struct json *v);
bool vfy_json_is(const struct json *v, const char *text); /* is that string, whole */
bool vfy_json_same(const struct json *a, const struct json *b); /* equal JSON values */

bool vfy_json_ascends(const struct json *array); /* strings, each once, by their bytes */

/* vfy_json_has(array, text) - how many elements are that string. */
size_t vfy_json_has(const struct json *array, const char *text);

#endif
