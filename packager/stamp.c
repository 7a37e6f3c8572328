/* packager/stamp.c - see packager/stamp.h. */
#include "packager/stamp.h"

#include <string.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "packager/dsse.h"
#include "packager/limits.h"

/* Calls each(arg, line, len, e) for every line of a file. */
static int each_line(const char *path, int (*each)(struct pkg_stamps *, const char *, size_t, struct err *),
                     struct pkg_stamps *arg, struct err *e)
{
    struct buf text = buf_init(0);
    int rc = file_read(path, PKG_DOCUMENT_MAX, &text, e);

    for (const char *p = text.data, *lf; rc == 0 && p != NULL && p < text.data + text.len; p = lf + 1) {
        lf = memchr(p, '\n', (size_t)(text.data + text.len - p));
        rc = lf == NULL ? err_set(e, ERR_INPUT, "the last line is cut off") : each(arg, p, (size_t)(lf - p), e);
        if (lf == NULL)
            break;
    }
    buf_release(&text);
    return rc == 0 ? 0 : err_context(e, "%s", path);
}

static int add_signature(struct pkg_stamps *s, const char *line, size_t len, struct err *e)
{
    if (s->count == PKG_STAMP_LINES)
        return err_set(e, ERR_INPUT, "more than %d attestations", PKG_STAMP_LINES);
    s->signature[s->count] = buf_init(PKG_KEY_FILE_MAX);
    s->response[s->count] = buf_init(PKG_STAMP_MAX);
    s->count++;
    return pkg_dsse_signature(line, len, &s->signature[s->count - 1], e);
}

/* PKG_STAMP_LINES when it is over none */
static int find(const struct pkg_stamps *s, const struct buf *response, size_t *at, struct err *e)
{
    bool is_over = false;

    for (*at = 0; *at < s->count; ++*at) {
        if (pkg_stamp_is_over(response, s->signature[*at].data, s->signature[*at].len, &is_over, e) != 0)
            return -1;
        if (is_over)
            return 0;
    }
    *at = PKG_STAMP_LINES;
    return 0;
}

static int decode(const char *line, size_t len, struct buf *out, struct err *e)
{
    struct jv *v = NULL;
    const struct jv *b64;
    int rc = jv_parse(line, len, &v, e);

    b64 = jv_get(v, "signedTimestamp");
    if (rc == 0)
        rc = jv_is(b64, JV_STRING) ? base64_decode(b64->bytes, b64->len, out, e)
                                   : err_set(e, ERR_INPUT, "a line without signedTimestamp");
    jv_free(v);
    return rc;
}

static int keep(struct pkg_stamps *s, const char *line, size_t len, bool is_strict, struct err *e)
{
    struct buf response = buf_init(PKG_STAMP_MAX);
    size_t at;
    int rc = decode(line, len, &response, e);

    if (rc == 0)
        rc = find(s, &response, &at, e);
    if (rc == 0 && at < s->count && s->response[at].len == 0)
        rc = buf_add(&s->response[at], response.data, response.len, e);
    else if (rc == 0 && is_strict)
        rc = err_set(e, ERR_INPUT, "a timestamp of no signature of these attestations, or a second one; run dryproof-pack timestamp");
    buf_release(&response);
    return rc;
}

/* one over a line that was signed again is of no use any more */
static int keep_if_useful(struct pkg_stamps *s, const char *line, size_t len, struct err *e)
{
    return keep(s, line, len, false, e);
}

static int keep_strictly(struct pkg_stamps *s, const char *line, size_t len, struct err *e)
{
    return keep(s, line, len, true, e);
}

int pkg_stamp_open(const char *attestations, const char *path, struct pkg_stamps *out, struct err *e)
{
    struct pkg_stamps s = {.count = 0};

    if (each_line(attestations, add_signature, &s, e) != 0 ||
        (path != NULL && file_exists(path) && each_line(path, keep_if_useful, &s, e) != 0)) {
        pkg_stamp_release(&s);
        return -1;
    }
    *out = s;
    return 0;
}

int pkg_stamp_check(const char *attestations, const char *path, struct err *e)
{
    struct pkg_stamps s = {.count = 0};
    int rc = -1;

    if (each_line(attestations, add_signature, &s, e) == 0)
        rc = each_line(path, keep_strictly, &s, e);
    pkg_stamp_release(&s);
    return rc;
}

void pkg_stamp_release(struct pkg_stamps *s)
{
    for (size_t i = 0; i < s->count; i++) {
        buf_release(&s->signature[i]);
        buf_release(&s->response[i]);
    }
    s->count = 0;
}

int pkg_stamp_add(struct pkg_stamps *s, const struct buf *response, struct err *e)
{
    size_t at;

    if (find(s, response, &at, e) != 0) {
        e->kind = e->kind == ERR_SYSTEM ? ERR_INPUT : e->kind;
        return -1;
    }
    if (at == PKG_STAMP_LINES)
        return err_set(e, ERR_INPUT, "it is a timestamp over something else than a signature of these attestations");
    if (s->response[at].len > 0)
        return err_set(e, ERR_INPUT, "the signature of line %zu has a timestamp already", at + 1);
    return buf_add(&s->response[at], response->data, response->len, e);
}

int pkg_stamp_write(const struct pkg_stamps *s, const char *path, struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    int rc = 0;

    for (size_t i = 0; i < s->count && rc == 0; i++) {
        if (s->response[i].len == 0)
            continue;
        rc = buf_adds(&text, "{\"signedTimestamp\":\"", e);
        if (rc == 0)
            rc = base64_encode(s->response[i].data, s->response[i].len, &text, e);
        if (rc == 0)
            rc = buf_adds(&text, "\"}\n", e);
    }
    if (rc == 0 && text.len > 0)
        rc = file_replace(path, text.data, text.len, 0644, e);
    buf_release(&text);
    return rc;
}
