/* packager/stage.c - see packager/stage.h. */
#include "packager/stage.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "packager/dsse.h"
#include "packager/limits.h"
#include "packager/stamp.h"
#include "packager/statement.h"

static const char *const types[PKG_STAGE_LINES] = {PKG_STATEMENT_EVIDENCE, PKG_STATEMENT_TESTS,
                                                   PKG_STATEMENT_PACKET};

int pkg_stage_read(const struct pkg_stage *stage, const char *name, struct buf *out, struct err *e)
{
    char path[FILE_PATH_MAX];

    return file_join(path, stage->dir, name, e) != 0 ? -1 : file_read(path, PKG_FILE_MAX, out, e);
}

static int parse_line(struct pkg_stage *s, const char *line, size_t len, const struct pkg_key *key,
                      struct err *e)
{
    struct buf payload = buf_init(PKG_DOCUMENT_MAX);
    char keyid[DIGEST_HEX];
    size_t n = s->line_count;
    int rc = -1;

    if (n == PKG_STAGE_LINES)
        return err_set(e, ERR_INPUT, "more than %d attestations", PKG_STAGE_LINES);
    s->lines[n] = buf_init(2 * PKG_DOCUMENT_MAX);
    if (buf_add(&s->lines[n], line, len, e) != 0 ||
        pkg_dsse_open(line, len, PKG_DSSE_STATEMENT, key, &payload, keyid, e) != 0 ||
        jv_parse(payload.data, payload.len, &s->statement[n], e) != 0)
        goto out;
    if (!jv_text_is(jv_get(s->statement[n], "predicateType"), types[n])) {
        err_set(e, ERR_INPUT, "expected a statement of type %s", types[n]);
        goto out;
    }
    s->line_count++;
    rc = 0;
out:
    if (rc != 0) {
        err_context(e, "%s/" PKG_STAGE_ATTESTATIONS " line %zu", s->dir, n + 1);
        buf_release(&s->lines[n]);
        jv_free(s->statement[n]);
        s->statement[n] = NULL;
    }
    buf_release(&payload);
    return rc;
}

static int parse_lines(struct pkg_stage *s, const struct buf *text, const struct pkg_key *key,
                       struct err *e)
{
    const char *end = text->data + text->len;

    for (const char *p = text->data; p < end;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));

        if (lf == NULL)
            return err_set(e, ERR_INPUT, "%s: the last attestation is cut off", s->dir);
        if (parse_line(s, p, (size_t)(lf + 1 - p), key, e) != 0)
            return -1;
        p = lf + 1;
    }
    return s->line_count >= 2
               ? 0 : err_set(e, ERR_INPUT, "%s: expected two or three attestations", s->dir);
}

static const char *subject_sha256(const struct jv *subject)
{
    const char *hex = jv_get_text(jv_get(subject, "digest"), "sha256");

    return hex == NULL ? "" : hex;
}

static int check_package(struct pkg_stage *s, bool is_named, struct err *e)
{
    const struct jv *subjects = jv_get(s->statement[0], "subject");

    if (pkg_stage_read(s, PKG_STAGE_PACKAGE, &s->archive, e) != 0 ||
        (is_named && pkg_naming_begin(s->archive.data, s->archive.len, &s->name, e) != 0) ||
        digest_hex(s->archive.data, s->archive.len, s->package, e) != 0)
        return -1;
    return jv_is(subjects, JV_ARRAY) && subjects->count == 1 && strcmp(subject_sha256(subjects->items[0]), s->package) == 0
               ? 0 : err_set(e, ERR_INPUT, "%s/" PKG_STAGE_PACKAGE " has SHA-256 %s, which is not what line 1 signs",
                             s->dir, s->package);
}

static int open_stage(const char *dir, const struct pkg_key *key, bool is_named, struct pkg_stage *out, struct err *e)
{
    struct pkg_stage s = {.dir = ""};
    struct buf text = buf_init(0);
    char path[FILE_PATH_MAX];
    int rc = -1;

    if (file_join(path, dir, PKG_STAGE_ATTESTATIONS, e) != 0)
        return -1;
    if (!file_exists(path))
        return err_set(e, ERR_INPUT, "%s: expected a stage that dryproof-pack pack made", dir);
    if (snprintf(s.dir, sizeof s.dir, "%s", dir) >= (int)sizeof s.dir)
        return err_set(e, ERR_INPUT, "path too long: %s", dir);
    if (pkg_stage_read(&s, PKG_STAGE_ATTESTATIONS, &text, e) != 0 ||
        parse_lines(&s, &text, key, e) != 0 || check_package(&s, is_named, e) != 0)
        goto out;
    *out = s;
    s = (struct pkg_stage){.dir = ""};
    rc = 0;
out:
    buf_release(&text);
    pkg_stage_release(&s);
    return rc;
}

int pkg_stage_open(const char *dir, const struct pkg_key *key, struct pkg_stage *out, struct err *e)
{
    return open_stage(dir, key, false, out, e);
}

int pkg_stage_open_named(const char *dir, const struct pkg_key *key, struct pkg_stage *out, struct err *e)
{
    return open_stage(dir, key, true, out, e);
}

void pkg_stage_release(struct pkg_stage *stage)
{
    pkg_naming_free(stage->name);
    buf_release(&stage->archive);
    for (size_t i = 0; i < PKG_STAGE_LINES; i++) {
        buf_release(&stage->lines[i]);
        jv_free(stage->statement[i]);
        stage->statement[i] = NULL;
    }
}

const struct jv *pkg_stage_predicate(const struct pkg_stage *stage)
{
    return jv_get(stage->statement[0], "predicate");
}

int pkg_stage_sign(const struct pkg_key *key, struct jv *statement, struct buf *out, struct err *e)
{
    struct buf body = buf_init(PKG_DOCUMENT_MAX);
    int rc = -1;

    if (jv_canonical(statement, &body, e) == 0)
        rc = pkg_dsse_sign(key, PKG_DSSE_STATEMENT, body.data, body.len, out, e);
    buf_release(&body);
    jv_free(statement);
    return rc;
}

int pkg_stage_sign_both(const struct pkg_key *key, struct jv *a, struct jv *b, struct buf *out, struct err *e)
{
    struct err later;
    int rc = pkg_stage_sign(key, a, out, e);

    if (rc == 0 || e->kind == ERR_HOLD)
        return pkg_stage_sign(key, b, out, rc == 0 ? e : &later) != 0 ? -1 : rc;
    jv_free(b);
    return -1;
}

static int check_subject(const struct pkg_stage *stage, const char *name, const struct jv *subject,
                         struct err *e)
{
    struct buf bytes = buf_init(0);
    char hex[DIGEST_HEX];
    int rc = -1;

    if (!jv_text_is(jv_get(subject, "name"), name))
        return err_set(e, ERR_INPUT, "%s/%s is not covered by line 3; run dryproof-pack review again",
                       stage->dir, name);
    if (pkg_stage_read(stage, name, &bytes, e) == 0 &&
        digest_hex(bytes.data, bytes.len, hex, e) == 0)
        rc = strcmp(hex, subject_sha256(subject)) == 0
                 ? 0 : err_set(e, ERR_INPUT, "%s/%s is not what line 3 signs", stage->dir, name);
    buf_release(&bytes);
    return rc;
}

int pkg_stage_check_packet(const struct pkg_stage *stage, struct err *e)
{
    const struct jv *subjects = jv_get(stage->statement[2], "subject");
    struct file_list files = {NULL, 0, 0};
    size_t n = 0;
    int rc = -1;

    if (stage->line_count != PKG_STAGE_LINES || !jv_is(subjects, JV_ARRAY))
        return err_set(e, ERR_INPUT, "%s has no packet; run dryproof-pack review first", stage->dir);
    if (file_list_tree(stage->dir, &files, e) != 0)
        return -1;
    for (size_t i = 0; i < files.count; i++) {
        if (strcmp(files.paths[i], PKG_STAGE_PACKAGE) == 0 ||
            strcmp(files.paths[i], PKG_STAGE_ATTESTATIONS) == 0 || strcmp(files.paths[i], PKG_STAMP_FILE) == 0)
            continue;
        if (check_subject(stage, files.paths[i], n < subjects->count ? subjects->items[n] : NULL,
                          e) != 0)
            goto out;
        n++;
    }
    if (n != subjects->count)
        err_set(e, ERR_INPUT, "%s lacks a file that line 3 signs", stage->dir);
    else
        rc = 0;
out:
    file_list_release(&files);
    return rc;
}
