/* collector/content.c - see collector/content.h. */
#include "collector/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/row.h"
#include "collector/limits.h"

#define KEPT_BYTES_MAX ((size_t)256 << 20) /* rows of one captured table */
#define LINE_MAX_BYTES ((size_t)1 << 30)   /* libpq's own limit for a row */

int col_content_init(struct col_content *c, const struct col_redact *redact,
                     struct col_hand *hand, struct err *e)
{
    memset(c, 0, sizeof *c);
    c->redact = redact;
    c->hand = hand;
    c->hidden = buf_init(LINE_MAX_BYTES);
    return digest_new(&c->hash, e);
}

static void drop_lines(struct col_content *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->lines[i].data);
    free(c->lines);
    c->lines = NULL;
    c->count = 0;
    c->cap = 0;
    c->kept_bytes = 0;
}

void col_content_release(struct col_content *c)
{
    drop_lines(c);
    digest_free(c->hash);
    buf_release(&c->hidden);
}

void col_content_begin(struct col_content *c, const struct col_table *table,
                       struct col_digests *digests, enum col_keep keep)
{
    drop_lines(c);
    c->table = table;
    c->digests = digests;
    c->is_redacted = table->capture != NULL && jv_get(table->capture, "redacted")->count > 0;
    c->is_optional = keep == COL_KEEP_SMALL && table->capture == NULL;
    c->is_kept = c->is_optional || (keep != COL_KEEP_NONE && table->capture != NULL);
    c->bytes = 0;
}

static int keep(struct col_content *c, const char *line, size_t len, struct err *e)
{
    if (c->is_optional && (c->kept_bytes > COL_MAX_KEPT_TABLE_BYTES ||
                           len > COL_MAX_KEPT_TABLE_BYTES - c->kept_bytes)) {
        drop_lines(c);
        c->is_kept = false;
        return 0;
    }
    if (c->count == c->cap) {
        size_t cap = c->cap == 0 ? 256 : c->cap * 2;
        struct col_line *grown = realloc(c->lines, cap * sizeof *grown);

        if (grown == NULL)
            return err_no_memory(e);
        c->lines = grown;
        c->cap = cap;
    }
    if (c->kept_bytes > KEPT_BYTES_MAX || len > KEPT_BYTES_MAX - c->kept_bytes)
        return err_set(e, ERR_LIMIT, "more than %zu bytes of captured rows", KEPT_BYTES_MAX);
    c->lines[c->count].data = malloc(len + 1);
    if (c->lines[c->count].data == NULL)
        return err_no_memory(e);
    memcpy(c->lines[c->count].data, line, len);
    c->lines[c->count].len = len;
    c->count++;
    c->kept_bytes += len + sizeof *c->lines; /* rows without a byte are not free */
    return 0;
}

int col_content_line(struct col_content *c, const char *line, size_t len, struct err *e)
{
    unsigned char digest[DIGEST_BYTES];

    c->bytes += len + 1;
    if (c->is_redacted) {
        buf_clear(&c->hidden);
        if (buf_add(&c->hidden, "", 0, e) != 0 ||
            col_redact_line(c->redact, c->table->columns, jv_get(c->table->capture, "redacted"),
                            line, len, &c->hidden, e) != 0)
            return -1;
        line = c->hidden.data;
        len = c->hidden.len;
    }
    if (digest_begin(c->hash, e) != 0 || digest_add(c->hash, line, len, e) != 0 ||
        digest_end(c->hash, digest, e) != 0 ||
        col_digests_add(c->digests, c->hand, digest, e) != 0)
        return -1;
    return c->is_kept ? keep(c, line, len, e) : 0;
}

static int compare_lines(const void *a, const void *b)
{
    const struct col_line *x = a;
    const struct col_line *y = b;
    int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static struct jv *member_of(const struct jv *capture, const char *name)
{
    return capture == NULL ? jv_array() : jv_copy(jv_get(capture, name));
}

static struct jv *header_of(const struct col_table *table)
{
    struct jv *names = jv_array();
    struct jv *v = jv_object();

    for (size_t i = 0; i < table->columns->count; i++)
        jv_add(names, jv_copy(table->columns->items[i]->items[0]));
    jv_set(v, "columns", names);
    jv_set(v, "redacted", member_of(table->capture, "redacted"));
    jv_set(v, "relation", jv_string(table->relation));
    return jv_set(v, "volatile", member_of(table->capture, "volatile"));
}

int col_content_rows(struct col_content *c, struct buf *out, struct err *e)
{
    struct jv *header = header_of(c->table);
    struct jv *values = NULL;
    int rc = -1;

    if (c->count > 0)
        qsort(c->lines, c->count, sizeof *c->lines, compare_lines);
    if (jv_document(header, out, e) != 0)
        goto out;
    for (size_t i = 0; i < c->count; i++) {
        jv_free(values);
        values = NULL;
        if (c->table->columns->count == 0)
            values = jv_array(); /* an empty line has no empty field here */
        else if (row_parse(c->lines[i].data, c->lines[i].len, &values, e) != 0)
            goto out;
        if (values->count != c->table->columns->count) {
            err_set(e, ERR_SYSTEM, "a row of %zu values, expected %zu", values->count,
                    c->table->columns->count);
            goto out;
        }
        if (jv_document(values, out, e) != 0)
            goto out;
    }
    rc = 0;
out:
    jv_free(header);
    jv_free(values);
    return rc;
}
