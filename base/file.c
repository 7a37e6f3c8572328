/* base/file.c - see base/file.h. */
#define _XOPEN_SOURCE 700 /* nftw, mkdtemp */
#define _DEFAULT_SOURCE    /* d_type */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 100000
#define LEVELS_MAX 32

int file_read(const char *path, size_t limit, struct buf *out, struct err *e)
{
    char chunk[65536];
    struct stat st;
    struct buf b = buf_init(limit);
    int rc = -1;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_errno(e, errno, "cannot open %s", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        err_set(e, ERR_INPUT, "%s is not a regular file", path);
        goto out;
    }
    if (buf_reserve(&b, (size_t)st.st_size, e) != 0) {
        err_context(e, "%s", path);
        goto out;
    }
    for (;;) {
        size_t left = b.len < (size_t)st.st_size ? (size_t)st.st_size - b.len : 0; /* 0: has it grown? */
        ssize_t n = read(fd, left > 0 ? b.data + b.len : chunk, left > 0 ? left : sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(e, errno, "cannot read %s", path);
            goto out;
        }
        if (n == 0)
            break;
        if (left > 0) {
            b.len += (size_t)n;
        } else if (buf_add(&b, chunk, (size_t)n, e) != 0) {
            err_context(e, "%s", path);
            goto out;
        }
    }
    if (buf_add(&b, "", 0, e) != 0)
        goto out;
    *out = b;
    b = buf_init(0);
    rc = 0;
out:
    buf_release(&b);
    (void)close(fd);
    return rc;
}

int file_put(int fd, const void *data, size_t len)
{
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int file_sync_folder(const char *folder, struct err *e)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int bad;

    if (fd < 0)
        return err_errno(e, errno, "cannot open folder %s", folder);
    bad = fsync(fd) != 0 ? errno : 0;
    (void)close(fd);
    return bad != 0 ? err_errno(e, bad, "cannot sync folder %s", folder) : 0;
}

static int sync_folder_of(const char *path, struct err *e)
{
    char folder[FILE_PATH_MAX];
    char *slash;

    (void)snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        (void)snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder ? 1 : 0] = '\0';
    return file_sync_folder(folder, e);
}

static int publish(const char *path, const void *data, size_t len, unsigned int mode,
                   bool may_replace, struct err *e)
{
    char temp[FILE_PATH_MAX];
    int fd;
    int rc = -1;

    if (!may_replace && file_exists(path))
        return err_set(e, ERR_INPUT, "%s exists already; it is written once and never replaced", path);
    if (snprintf(temp, sizeof temp, "%s.tmp.%ld", path, (long)getpid()) >= (int)sizeof temp)
        return err_set(e, ERR_INPUT, "path too long: %s", path);
    fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return err_errno(e, errno, "cannot create %s", temp);
    /* A failed fsync is final: the kernel may have dropped the pages (never retry). */
    if (fchmod(fd, (mode_t)mode) != 0 || file_put(fd, data, len) != 0 || fsync(fd) != 0) {
        err_errno(e, errno, "cannot write %s", temp);
        (void)close(fd);
        goto out;
    }
    if (close(fd) != 0) {
        err_errno(e, errno, "cannot close %s", temp);
        goto out;
    }
    /* link() fails on an existing name, rename() would replace it. */
    if (may_replace ? rename(temp, path) != 0 : link(temp, path) != 0) {
        err_errno(e, errno, "cannot publish %s", path);
        goto out;
    }
    rc = sync_folder_of(path, e);
out:
    (void)unlink(temp);
    return rc;
}

int file_write(const char *path, const void *data, size_t len, unsigned int mode, struct err *e)
{
    return publish(path, data, len, mode, false, e);
}

int file_replace(const char *path, const void *data, size_t len, unsigned int mode, struct err *e)
{
    return publish(path, data, len, mode, true, e);
}

int file_join(char out[FILE_PATH_MAX], const char *a, const char *b, struct err *e)
{
    if (snprintf(out, FILE_PATH_MAX, "%s/%s", a, b) >= FILE_PATH_MAX)
        return err_set(e, ERR_INPUT, "path too long: %s/%s", a, b);
    return 0;
}

int file_make_folders(const char *path, struct err *e)
{
    char part[FILE_PATH_MAX];

    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return err_set(e, ERR_INPUT, "path too long: %s", path);
    for (char *p = part + 1;; p++) {
        char keep = *p;
        if (keep != '/' && keep != '\0')
            continue;
        *p = '\0';
        if (mkdir(part, 0777) != 0 && !(errno == EEXIST && file_is_folder(part)))
            return err_errno(e, errno, "cannot create folder %s", part);
        *p = keep;
        if (keep == '\0')
            return 0;
    }
}

int file_make_parent(const char *path, struct err *e)
{
    char parent[FILE_PATH_MAX];
    char *slash;

    if (snprintf(parent, sizeof parent, "%s", path) >= (int)sizeof parent)
        return err_set(e, ERR_INPUT, "path too long: %s", path);
    slash = strrchr(parent, '/');
    if (slash == NULL || slash == parent)
        return 0;
    *slash = '\0';
    return file_make_folders(parent, e);
}

int file_begin_folder(const char *path, char temp[FILE_PATH_MAX], struct err *e)
{
    size_t len = strlen(path);

    while (len > 1 && path[len - 1] == '/')
        len--;
    if (snprintf(temp, FILE_PATH_MAX, "%.*s.tmp.%ld", (int)len, path, (long)getpid()) >= FILE_PATH_MAX)
        return err_set(e, ERR_INPUT, "path too long: %s", path);
    return mkdir(temp, 0777) != 0 ? err_errno(e, errno, "cannot create %s", temp) : 0;
}

int file_end_folder(const char *temp, const char *path, struct err *e)
{
    /* over an empty folder rename() puts it, over nothing else */
    if (rename(temp, path) != 0)
        return errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR || errno == EBUSY
                   ? err_set(e, ERR_INPUT, "%s is there and not an empty folder; name a new one", path)
                   : err_errno(e, errno, "cannot name %s %s", temp, path);
    return sync_folder_of(temp, e);
}

bool file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG);
}

bool file_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int list_add(struct file_list *list, const char *path, struct err *e)
{
    char *copy;

    if (list->count >= FILES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d files", FILES_MAX);
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        char **grown = realloc(list->paths, cap * sizeof *grown);
        if (grown == NULL)
            return err_no_memory(e);
        list->paths = grown;
        list->cap = cap;
    }
    copy = strdup(path);
    if (copy == NULL)
        return err_no_memory(e);
    list->paths[list->count++] = copy;
    return 0;
}

static int list_folder(const char *root, const char *below, int level, struct file_list *list,
                       struct err *e)
{
    char folder[FILE_PATH_MAX];
    DIR *d;
    int rc = -1;

    if (level > LEVELS_MAX)
        return err_set(e, ERR_LIMIT, "%s/%s: folders nested deeper than %d", root, below, LEVELS_MAX);
    if (file_join(folder, root, below, e) != 0)
        return -1;
    d = opendir(folder);
    if (d == NULL)
        return err_errno(e, errno, "cannot open folder %s", folder);
    for (;;) {
        char path[FILE_PATH_MAX];
        char full[FILE_PATH_MAX];
        struct dirent *entry;
        struct stat st;
        mode_t type;

        errno = 0;
        entry = readdir(d);
        if (entry == NULL) {
            rc = errno == 0 ? 0 : err_errno(e, errno, "cannot read folder %s", folder);
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(path, sizeof path, "%s%s%s", below, *below == '\0' ? "" : "/",
                     entry->d_name) >= (int)sizeof path) {
            err_set(e, ERR_INPUT, "path too long below %s", root);
            break;
        }
        if (file_join(full, root, path, e) != 0)
            break;
        type = (mode_t)DTTOIF(entry->d_type);
        if (entry->d_type == DT_UNKNOWN && lstat(full, &st) == 0)
            type = st.st_mode;
        if (type == 0) {
            err_errno(e, errno, "cannot look at %s", full);
            break;
        }
        if (S_ISDIR(type)) {
            if (list_folder(root, path, level + 1, list, e) != 0)
                break;
        } else if (!S_ISREG(type)) {
            err_set(e, ERR_INPUT, "%s is neither a regular file nor a folder", full);
            break;
        } else if (list_add(list, path, e) != 0) {
            break;
        }
    }
    (void)closedir(d);
    return rc;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_list_tree(const char *root, struct file_list *out, struct err *e)
{
    struct file_list list = {NULL, 0, 0};

    if (list_folder(root, "", 0, &list, e) != 0) {
        file_list_release(&list);
        return -1;
    }
    if (list.count > 0)
        qsort(list.paths, list.count, sizeof *list.paths, compare_paths);
    *out = list;
    return 0;
}

void file_list_release(struct file_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    list->paths = NULL;
    list->count = 0;
    list->cap = 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st;
    (void)flag;
    (void)where;
    return remove(path);
}

int file_remove_tree(const char *path, struct err *e)
{
    if (!file_exists(path))
        return 0;
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        return err_errno(e, errno, "cannot remove %s", path);
    return 0;
}

bool file_is_plain_name(const char *path)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    for (const char *p = path;;) {
        size_t n = strspn(p, allowed);

        if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        if (p[n] == '\0')
            return true;
        if (p[n] != '/')
            return false;
        p += n + 1;
    }
}
