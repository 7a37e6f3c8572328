/* verifier/canon.c - the canonical writer of json.h (FORMAT.md sections 1 and 5). */
#include "verifier/json.h"
#include "verifier/nfc.h"

#include <string.h>

struct entry {
    const char *key;
    size_t len;
    const struct json *value;
};

void vfy_json_quote(struct buf *b, const char *p, size_t n)
{
    static const char plain[] = "\b\f\n\r\t", letter[] = "bfnrt";

    vfy_mem_add(b, "\"", 1);
    for (size_t i = 0, run; i < n; i += run) {
        for (run = 0; i + run < n; run++)
            if ((unsigned char)p[i + run] < 0x20 || p[i + run] == '"' || p[i + run] == '\\')
                break;
        if (run > 0) {
            vfy_mem_add(b, p + i, run);
            continue;
        }
        run = 1;
        const char *at = p[i] != '\0' ? strchr(plain, p[i]) : NULL;

        vfy_mem_add(b, "\\", 1); /* not vfy_mem_put, which formats twice: evidence is full of quotes */
        if (p[i] == '"' || p[i] == '\\')
            vfy_mem_add(b, p + i, 1);
        else if (at != NULL)
            vfy_mem_add(b, letter + (at - plain), 1);
        else
            vfy_mem_put(b, "u%04x", (unsigned)p[i]);
    }
    vfy_mem_add(b, "\"", 1);
}

/* the parser let only valid UTF-8 through, which libutf8proc never refuses */
static void normal(struct buf *b, const struct json *s, bool nfc, const char **p, size_t *n)
{
    *p = s->u.text;
    *n = s->count;
    if (nfc)
        (void)vfy_nfc_map(b->arena, s->u.text, s->count, p, n);
}

static bool precedes(const struct entry *a, const struct entry *b)
{
    int c = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

    return c < 0 || (c == 0 && a->len < b->len);
}

static void write_object(struct buf *b, const struct json *v, bool nfc)
{
    struct entry *sorted = vfy_mem_room(b->arena, v->count * sizeof *sorted);

    for (size_t i = 0, k; i < v->count; i++) {
        struct entry one = {NULL, 0, &v->u.items[2 * i + 1]};

        normal(b, &v->u.items[2 * i], nfc, &one.key, &one.len);
        for (k = i; k > 0 && precedes(&one, &sorted[k - 1]); k--)
            sorted[k] = sorted[k - 1];
        sorted[k] = one;
    }
    for (size_t i = 0; i < v->count; i++) {
        vfy_mem_add(b, i == 0 ? "{" : ",", 1);
        vfy_json_quote(b, sorted[i].key, sorted[i].len);
        vfy_mem_add(b, ":", 1);
        vfy_json_write(b, sorted[i].value, nfc);
    }
    vfy_mem_add(b, v->count == 0 ? "{}" : "}", v->count == 0 ? 2 : 1);
}

void vfy_json_write(struct buf *b, const struct json *v, bool nfc)
{
    static const char *const words[] = {"null", "false", "true"};
    const char *p;
    size_t n;

    switch (v->type) {
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE:
        vfy_mem_add(b, words[v->type], strlen(words[v->type]));
        break;
    case JSON_INT:
        vfy_mem_put(b, "%lld", (long long)v->u.integer);
        break;
    case JSON_STRING:
        normal(b, v, nfc, &p, &n);
        vfy_json_quote(b, p, n);
        break;
    case JSON_ARRAY:
        vfy_mem_add(b, "[", 1);
        for (size_t i = 0; i < v->count; i++) {
            vfy_mem_add(b, ",", i > 0);
            vfy_json_write(b, &v->u.items[i], nfc);
        }
        vfy_mem_add(b, "]", 1);
        break;
    case JSON_OBJECT:
        write_object(b, v, nfc);
        break;
    }
}

/* kept from document to document: there may be millions */
static _Thread_local struct arena scratch;

void vfy_json_forget(void)
{
    vfy_mem_release(&scratch);
}

int vfy_json_document(struct arena *a, const char *p, size_t n, const char *path,
                      const struct json **out, struct err *e)
{
    struct buf b = {&scratch, NULL, 0, 0};
    int rc = 0;

    if (vfy_json_parse(a, p, n, JSON_OURS, path, out, e) != 0)
        return -1;
    vfy_json_write(&b, *out, false);
    if (b.len != n || memcmp(b.p, p, n) != 0)
        rc = vfy_err_set(e, E_JSON_NONCANONICAL, path,
                         "its bytes are not the canonical form of what they say");
    vfy_mem_reset(&scratch);
    return rc;
}
