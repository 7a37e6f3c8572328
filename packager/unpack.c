/* packager/unpack.c - see packager/unpack.h. */
#include "packager/unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/file.h"
#include "packager/limits.h"
#include "packager/tar.h"

static const char top[] = "bag/", payload[] = "data/";

/* FORMAT.md section 1: what some system takes for something else than a file of that name. */
static bool is_reserved(const char *part)
{
    static const char *const words[] = {".git", "con", "prn", "aux", "nul"};
    size_t n = 1 + strcspn(part + 1, "./"); /* up to a dot, which may be the first */

    if (part[strcspn(part, "/") - 1] == '.')
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (n == strlen(words[i]) && strncasecmp(part, words[i], n) == 0)
            return true;
    return n == 4 && (strncasecmp(part, "com", 3) == 0 || strncasecmp(part, "lpt", 3) == 0) && part[3] >= '1' && part[3] <= '9';
}

/* In the folder temp, whose every file came out of the archive. */
static int put(const char *temp, const char *name, const struct buf *data, struct pkg_bag *bag, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (strncmp(name, top, strlen(top)) != 0 || !file_is_plain_name(name))
        return err_set(e, ERR_INPUT, "its member %s is none of a bag", name);
    name += strlen(top);
    for (const char *p = name; p != NULL; p = strchr(p, '/') == NULL ? NULL : strchr(p, '/') + 1)
        if (is_reserved(p))
            return err_set(e, ERR_INPUT, "its member %s has a name that is not safe everywhere", name);
    if (file_join(path, temp, name, e) != 0)
        return -1;
    for (char *p = path + strlen(temp) + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = '\0';
        if (file_exists(path) && !file_is_folder(path))
            return err_set(e, ERR_INPUT, "its member %s is below another one", name);
    }
    if (file_exists(path))
        return err_set(e, ERR_INPUT, "its member %s is there twice", name);
    if (file_make_parent(path, e) != 0 ||
        file_write(path, data->len == 0 ? "" : data->data, data->len, 0644, e) != 0)
        return -1;
    return strncmp(name, payload, strlen(payload)) != 0 ? 0 : pkg_bag_add_file(bag, name + strlen(payload), path, e);
}

static int extract(const char *archive, size_t size, const char *temp, struct pkg_bag *bag, struct err *e)
{
    struct pkg_tar_reader *r = NULL;
    struct buf data = buf_init(size); /* a sparse file has more than stands there */
    size_t members = 0, bytes = 0;
    const char *name;
    int got = -1;
    int rc = -1;

    if (pkg_tar_open(archive, &r, e) != 0) {
        e->kind = ERR_INPUT; /* it can be read, so it is none */
        goto out;
    }
    while ((got = pkg_tar_next(r, &name, &data, e)) == 1) {
        bytes += data.len;
        if (bytes > size || ++members > PKG_MAX_MEMBERS) {
            err_set(e, ERR_INPUT, "it holds more than a plain archive of its size could");
            goto out;
        }
        if (put(temp, name, &data, bag, e) != 0)
            goto out;
    }
    rc = got;
out:
    pkg_tar_reader_free(r);
    buf_release(&data);
    return rc;
}

static int by_any_case(const void *a, const void *b)
{
    return strcasecmp(((const struct pkg_bag_file *)a)->path, ((const struct pkg_bag_file *)b)->path);
}

/* Is the archive of these bytes what the files in temp make, and would they be apart on any disk? */
static int make_again(struct pkg_bag *bag, const char *temp, const char *sha256, struct pkg_bag_result *result,
                      struct err *e)
{
    char again[FILE_PATH_MAX];
    int rc = -1;

    if (snprintf(again, sizeof again, "%s.tar", temp) >= (int)sizeof again)
        return err_set(e, ERR_SYSTEM, "path too long: %s.tar", temp);
    if (pkg_bag_write(bag, again, result, e) == 0)
        rc = strcmp(result->sha256, sha256) == 0
                 ? 0 : err_set(e, ERR_INPUT, "its files make another archive than it is");
    (void)unlink(again);
    if (rc == 0)
        qsort(bag->files, bag->count, sizeof *bag->files, by_any_case);
    for (size_t i = 1; rc == 0 && i < bag->count; i++)
        if (by_any_case(&bag->files[i - 1], &bag->files[i]) == 0)
            rc = err_set(e, ERR_INPUT, "its members %s and %s are one by case", bag->files[i - 1].path, bag->files[i].path);
    return rc;
}

int pkg_unpack(const char *archive, const char *folder, struct pkg_bag_result *result, struct err *e)
{
    struct pkg_bag bag = {NULL, 0, 0};
    struct buf bytes;
    struct err later;
    char sha256[DIGEST_HEX], temp[FILE_PATH_MAX];
    size_t size;
    int rc;

    if (strlen(folder) + 2 * PKG_NAME_MAX > FILE_PATH_MAX) /* or a member would seem to be at fault */
        return err_set(e, ERR_INPUT, "path too long: %s", folder);
    if (!file_exists(archive))
        return err_set(e, ERR_INPUT, "there is no %s", archive);
    if (file_read(archive, PKG_MAX_PACKAGE_BYTES, &bytes, e) != 0)
        return -1;
    size = bytes.len;
    rc = digest_hex(size == 0 ? "" : bytes.data, size, sha256, e);
    buf_release(&bytes);
    if (rc != 0 || file_begin_folder(folder, temp, e) != 0)
        return -1;
    rc = extract(archive, size, temp, &bag, e) != 0 ? -1 : make_again(&bag, temp, sha256, result, e);
    if (rc != 0 && (e->kind == ERR_INPUT || e->kind == ERR_LIMIT)) {
        e->kind = ERR_REFUTED;
        err_context(e, "%s is no package, nothing of it is kept", archive);
    }
    if (rc == 0)
        rc = file_end_folder(temp, folder, e);
    if (rc != 0 && file_remove_tree(temp, &later) != 0)
        err_context(e, "%s; then", later.text);
    pkg_bag_release(&bag);
    return rc;
}
