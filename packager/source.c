/* packager/source.c - see packager/source.h. */
#include "packager/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packager/limits.h"
#include "packager/tar.h"

static const char payload[] = "bag/data/";

static int keep(struct pkg_source *s, const char *name, struct buf *data, struct err *e)
{
    struct pkg_source_file *grown = realloc(s->files, (s->count + 1) * sizeof *grown);

    if (grown == NULL)
        return err_no_memory(e);
    s->files = grown;
    s->files[s->count].name = strdup(name);
    if (s->files[s->count].name == NULL)
        return err_no_memory(e);
    s->files[s->count++].data = *data;
    *data = buf_init(PKG_FILE_MAX); /* moved */
    return 0;
}

static int read_archive(struct pkg_source *s, const char *path, struct err *e)
{
    struct pkg_tar_reader *r = NULL;
    struct buf data = buf_init(PKG_FILE_MAX);
    const size_t skip = strlen(payload);
    const char *name;
    int got = -1;
    int rc = -1;

    if (pkg_tar_open(path, &r, e) != 0)
        goto out;
    while ((got = pkg_tar_next(r, &name, &data, e)) == 1)
        if (strncmp(name, payload, skip) == 0 && keep(s, name + skip, &data, e) != 0)
            goto out;
    rc = got;
    if (rc == 0 && s->count == 0)
        rc = err_set(e, ERR_INPUT, "%s is no package of ours: nothing below %s", path, payload);
out:
    pkg_tar_reader_free(r);
    buf_release(&data);
    return rc;
}

int pkg_source_open(const char *path, struct pkg_source *out, struct err *e)
{
    struct pkg_source s = {.is_folder = false};
    char inner[FILE_PATH_MAX];
    int rc = -1;

    if (strlen(path) >= sizeof s.path)
        return err_set(e, ERR_INPUT, "a path of more than %d bytes", FILE_PATH_MAX);
    memcpy(s.path, path, strlen(path) + 1);
    if (file_join(inner, path, "started.json", e) != 0)
        return -1;
    if (!file_exists(path)) {
        err_set(e, ERR_INPUT, "%s does not exist; expected a run directory or a package", path);
    } else if (!file_is_folder(path)) {
        rc = read_archive(&s, path, e);
    } else if (file_exists(inner)) {
        s.is_folder = true;
        rc = 0;
    } else if (file_join(inner, path, "package.tar", e) == 0) {
        rc = file_exists(inner)
                 ? read_archive(&s, inner, e)
                 : err_set(e, ERR_INPUT, "%s is no run directory (no started.json) and holds no package.tar", path);
    }
    if (rc == 0)
        *out = s;
    else
        pkg_source_release(&s);
    return rc;
}

void pkg_source_release(struct pkg_source *source)
{
    for (size_t i = 0; i < source->count; i++) {
        free(source->files[i].name);
        buf_release(&source->files[i].data);
    }
    free(source->files);
    source->files = NULL;
    source->count = 0;
}

int pkg_source_bytes(const struct pkg_source *source, const char *name, struct buf *out,
                     struct err *e)
{
    char path[FILE_PATH_MAX];

    *out = buf_init(PKG_FILE_MAX);
    if (source->is_folder) {
        if (file_join(path, source->path, name, e) != 0)
            return -1;
        return !file_exists(path) ? 0 : file_read(path, PKG_FILE_MAX, out, e) == 0 ? 1 : -1;
    }
    for (size_t i = 0; i < source->count; i++)
        if (strcmp(source->files[i].name, name) == 0) {
            const struct buf *data = &source->files[i].data;

            return buf_add(out, data->len > 0 ? data->data : "", data->len, e) == 0 ? 1 : -1;
        }
    return 0;
}

int pkg_source_document(const struct pkg_source *source, const char *name, struct jv **out,
                        struct err *e)
{
    struct buf text;
    int got = pkg_source_bytes(source, name, &text, e);

    if (got == 1 && jv_parse(text.data, text.len, out, e) != 0) {
        err_context(e, "%s", name);
        got = -1;
    }
    buf_release(&text);
    return got;
}

int pkg_source_lines(const struct pkg_source *source, const char *name, struct jv **out,
                     struct err *e)
{
    struct jv *lines = jv_array();
    struct buf text;
    int got = pkg_source_bytes(source, name, &text, e);

    for (const char *p = text.data; got == 1 && p < text.data + text.len;) {
        const char *lf = memchr(p, '\n', (size_t)(text.data + text.len - p));
        struct jv *line = NULL;

        if (lf == NULL || jv_parse(p, (size_t)(lf - p), &line, e) != 0)
            got = err_set(e, ERR_INPUT, "%s: expected one JSON document a line", name);
        else
            p = lf + 1;
        jv_add(lines, line);
    }
    buf_release(&text);
    if (got == 1 && (lines == NULL || lines->is_broken))
        got = err_no_memory(e);
    if (got == 1) {
        *out = lines;
        return 1;
    }
    jv_free(lines);
    return got;
}
