/* collector/redact.c - see collector/redact.h. */
#include "collector/redact.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/row.h"

#define KEY_BYTES_MIN 32
#define KEY_BYTES_MAX 65536
#define KEY_ID_TEXT "dryproof redaction key"

int col_redact_load(const char *path, struct col_redact *out, struct err *e)
{
    struct col_redact r = {buf_init(KEY_BYTES_MAX), ""};
    struct stat st;

    if (path == NULL) {
        *out = r;
        return 0;
    }
    if (lstat(path, &st) != 0)
        return err_set(e, ERR_INPUT, "redaction key %s: no such file", path);
    if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0)
        return err_set(e, ERR_INPUT, "redaction key %s: expected a regular file; chmod 0600 it", path);
    if (file_read(path, KEY_BYTES_MAX, &r.key, e) != 0)
        return err_context(e, "redaction key");
    if (r.key.len < KEY_BYTES_MIN) {
        err_set(e, ERR_INPUT, "redaction key %s: %zu bytes; expected at least %d random ones", path,
                r.key.len, KEY_BYTES_MIN);
        col_redact_release(&r);
        return -1;
    }
    if (digest_hmac_hex(r.key.data, r.key.len, KEY_ID_TEXT, sizeof KEY_ID_TEXT - 1, r.id, e) != 0) {
        col_redact_release(&r);
        return -1;
    }
    *out = r;
    return 0;
}

void col_redact_release(struct col_redact *r)
{
    volatile char *p = r->key.data; /* volatile: the compiler may not drop the wiping */

    for (size_t i = 0; i < r->key.len; i++)
        p[i] = 0;
    buf_release(&r->key);
}

static struct jv *redact_value(const struct col_redact *r, const struct jv *value, struct err *e)
{
    struct buf bytes = buf_init((size_t)1 << 30);
    char text[12 + DIGEST_HEX] = "hmac-sha256:";
    struct jv *out = NULL;

    if (buf_add(&bytes, "", 0, e) == 0 && jv_value_bytes(value, &bytes, e) == 0 &&
        digest_hmac_hex(r->key.data, r->key.len, bytes.data, bytes.len, text + 12, e) == 0)
        out = jv_string(text);
    buf_release(&bytes);
    return out;
}

int col_redact_line(const struct col_redact *r, const struct jv *columns,
                    const struct jv *redacted, const char *line, size_t len, struct buf *out,
                    struct err *e)
{
    struct jv *values = NULL;
    int rc = -1;

    if (row_parse(line, len, &values, e) != 0)
        return -1;
    if (values->count != columns->count) {
        err_set(e, ERR_SYSTEM, "a row of %zu values, expected %zu", values->count, columns->count);
        goto out;
    }
    for (size_t i = 0; i < columns->count; i++) {
        struct jv *hidden;

        if (jv_is(values->items[i], JV_NULL) ||
            !jv_has_text(redacted, jv_text(columns->items[i]->items[0])))
            continue;
        hidden = redact_value(r, values->items[i], e);
        if (hidden == NULL)
            goto out;
        jv_free(values->items[i]);
        values->items[i] = hidden;
    }
    rc = row_line(values, out, e);
out:
    jv_free(values);
    return rc;
}
