/* collector/rundir.c - see collector/rundir.h. */
#include "collector/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DOCUMENT_MAX ((size_t)1 << 30)

int col_rundir_check(const char *path, struct err *e)
{
    char run_json[FILE_PATH_MAX];

    if (!file_exists(path))
        return 0;
    if (file_join(run_json, path, "run.json", e) != 0)
        return -1;
    if (file_exists(run_json))
        return err_set(e, ERR_INPUT, "finished run directory %s is never changed; choose another",
                       path);
    return err_set(e, ERR_INPUT,
                   "%s exists and holds no finished run; choose another directory or remove it", path);
}

int col_rundir_create(const char *path, struct col_rundir *out, struct err *e)
{
    int n = snprintf(out->path, sizeof out->path, "%s", path);

    if (n >= (int)sizeof out->path)
        return err_set(e, ERR_INPUT, "path too long: %s", path);
    while (n > 1 && out->path[n - 1] == '/') /* or its parent would be itself */
        out->path[--n] = '\0';
    if (file_make_parent(out->path, e) != 0)
        return -1;
    if (mkdir(out->path, 0777) == 0)
        return 0;
    if (errno == EEXIST && col_rundir_check(path, e) != 0)
        return -1;
    return err_errno(e, errno, "cannot create %s", path);
}

int col_rundir_write(const struct col_rundir *dir, const char *name, const void *data, size_t len,
                     struct err *e)
{
    char path[FILE_PATH_MAX];
    bool is_private = strncmp(name, "private/", 8) == 0;

    if (file_join(path, dir->path, name, e) != 0 || file_make_parent(path, e) != 0)
        return -1;
    return file_write(path, data, len, is_private ? 0600 : 0644, e);
}

int col_rundir_json(const struct col_rundir *dir, const char *name, struct jv *doc, struct err *e)
{
    struct buf text = buf_init(DOCUMENT_MAX);
    int rc = -1;

    if (jv_document(doc, &text, e) == 0)
        rc = col_rundir_write(dir, name, text.data, text.len, e);
    else
        err_context(e, "%s", name);
    buf_release(&text);
    jv_free(doc);
    return rc;
}

int col_rundir_lines(const struct col_rundir *dir, const char *name, const struct jv *header,
                     const struct jv *values, struct err *e)
{
    struct buf text = buf_init(DOCUMENT_MAX);
    int rc = -1;

    if (values == NULL || values->is_broken) {
        err_no_memory(e);
        goto out;
    }
    if (buf_add(&text, "", 0, e) != 0 || (header != NULL && jv_document(header, &text, e) != 0))
        goto out;
    for (size_t i = 0; i < values->count; i++)
        if (jv_document(values->items[i], &text, e) != 0) {
            err_context(e, "%s", name);
            goto out;
        }
    rc = col_rundir_write(dir, name, text.data, text.len, e);
out:
    buf_release(&text);
    return rc;
}
