/* base/row.c - see base/row.h. */
#include "base/row.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MAX ((size_t)1 << 26) /* 2 GiB of digests */

static const char copy_escaped[] = "\\\b\f\n\r\t\v";
static const char copy_letters[] = "\\bfnrtv";

int row_add_field(struct buf *line, bool is_first, const char *data, size_t len, struct err *e)
{
    size_t start = 0;

    if (!is_first && buf_adds(line, "\t", e) != 0)
        return -1;
    if (data == NULL)
        return buf_adds(line, "\\N", e);
    for (size_t i = 0; i < len; i++) {
        const char *at;
        char pair[2];

        if ((data[i] > '\r' || data[i] < '\b') && data[i] != '\\') /* most, without a call */
            continue;
        at = strchr(copy_escaped, data[i]);
        if (at == NULL)
            continue;
        pair[0] = '\\';
        pair[1] = copy_letters[at - copy_escaped];
        if (buf_add(line, data + start, i - start, e) != 0 || buf_add(line, pair, 2, e) != 0)
            return -1;
        start = i + 1;
    }
    return buf_add(line, data + start, len - start, e);
}

int row_line(const struct jv *values, struct buf *line, struct err *e)
{
    struct buf field = buf_init(line->limit);
    int rc = -1;

    if (!jv_is(values, JV_ARRAY)) {
        err_set(e, ERR_INPUT, "a row must be an array of values");
        goto out;
    }
    for (size_t i = 0; i < values->count; i++) {
        const struct jv *v = values->items[i];

        buf_clear(&field);
        if (buf_add(&field, "", 0, e) != 0 ||
            (v->type != JV_NULL && jv_value_bytes(v, &field, e) != 0) ||
            row_add_field(line, i == 0, v->type == JV_NULL ? NULL : field.data, field.len, e) != 0)
            goto out;
    }
    rc = 0;
out:
    buf_release(&field);
    return rc;
}

static int parse_field(const char *text, size_t len, struct buf *field, struct err *e)
{
    for (size_t i = 0; i < len; i++) {
        const char *at;
        char c = text[i];

        if (c == '\\') {
            at = i + 1 < len && text[i + 1] != '\0' ? strchr(copy_letters, text[i + 1]) : NULL;
            if (at == NULL)
                return err_set(e, ERR_INPUT, "unknown escape in a COPY line");
            c = copy_escaped[at - copy_letters];
            i++;
        }
        if (buf_add(field, &c, 1, e) != 0)
            return -1;
    }
    return 0;
}

int row_parse(const char *line, size_t len, struct jv **values, struct err *e)
{
    struct jv *out = jv_array();
    struct buf field = buf_init(len + 1);
    const char *end = line + len;
    int rc = -1;

    for (const char *p = line;;) {
        const char *tab = memchr(p, '\t', (size_t)(end - p));
        size_t n = (size_t)((tab == NULL ? end : tab) - p);

        if (n == 2 && p[0] == '\\' && p[1] == 'N') {
            jv_add(out, jv_null());
        } else {
            buf_clear(&field);
            if (buf_add(&field, "", 0, e) != 0 || parse_field(p, n, &field, e) != 0)
                goto out;
            jv_add(out, jv_value(field.data, field.len));
        }
        if (tab == NULL)
            break;
        p = tab + 1;
    }
    if (out == NULL || out->is_broken) {
        err_no_memory(e);
        goto out;
    }
    *values = out;
    out = NULL;
    rc = 0;
out:
    jv_free(out);
    buf_release(&field);
    return rc;
}

int row_set_init(struct row_set *set, struct err *e)
{
    set->digests = NULL;
    set->count = 0;
    set->cap = 0;
    set->hash = NULL;
    return digest_new(&set->hash, e);
}

void row_set_release(struct row_set *set)
{
    free(set->digests);
    digest_free(set->hash);
    set->digests = NULL;
    set->hash = NULL;
    set->count = 0;
    set->cap = 0;
}

void row_set_clear(struct row_set *set)
{
    set->count = 0;
}

int row_set_add(struct row_set *set, const void *line, size_t len, struct err *e)
{
    if (set->count == set->cap) {
        size_t cap = set->cap == 0 ? 256 : set->cap * 2;
        void *grown;

        if (cap > ROWS_MAX)
            return err_set(e, ERR_LIMIT, "a table with more than %zu rows", ROWS_MAX);
        grown = realloc(set->digests, cap * sizeof *set->digests);
        if (grown == NULL)
            return err_no_memory(e);
        set->digests = grown;
        set->cap = cap;
    }
    if (digest_begin(set->hash, e) != 0 || digest_add(set->hash, line, len, e) != 0 ||
        digest_end(set->hash, set->digests[set->count], e) != 0)
        return -1;
    set->count++;
    return 0;
}

static int compare_digests(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

int row_digest_header(struct digest *hash, const char *relation, const struct jv *columns,
                      uint64_t rows, struct err *e)
{
    struct jv *header = jv_object();
    struct buf text = buf_init((size_t)1 << 24);
    int rc = -1;

    jv_set(header, "columns", jv_copy(columns));
    jv_set(header, "relation", jv_string(relation));
    jv_set(header, "rows", jv_int((int64_t)rows));
    if (jv_document(header, &text, e) == 0)
        rc = digest_add(hash, text.data, text.len, e);
    buf_release(&text);
    jv_free(header);
    return rc;
}

int row_set_digest(struct row_set *set, const char *relation, const struct jv *columns,
                   char out[DIGEST_HEX], struct err *e)
{
    unsigned char raw[DIGEST_BYTES];

    if (set->count > 0)
        qsort(set->digests, set->count, DIGEST_BYTES, compare_digests);
    if (digest_begin(set->hash, e) != 0 ||
        row_digest_header(set->hash, relation, columns, set->count, e) != 0)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        char line[DIGEST_HEX];

        digest_to_hex(set->digests[i], DIGEST_BYTES, line);
        line[64] = '\n';
        if (digest_add(set->hash, line, 65, e) != 0)
            return -1;
    }
    if (digest_end(set->hash, raw, e) != 0)
        return -1;
    digest_to_hex(raw, DIGEST_BYTES, out);
    return 0;
}
