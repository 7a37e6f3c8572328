/*
 * base/file.h - files: bounded reads, atomic writes, sorted listings.
 * A file is published by temporary name, fsync, rename, fsync of the folder.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define FILE_PATH_MAX 4096

/* A sorted list of relative paths; release with file_list_release(). */
struct file_list {
    char **paths;
    size_t count;
    size_t cap;
};

/* file_read(path, limit, out, e): the whole regular file; symbolic links are
 * refused.  *out is initialised here.  ERR_SYSTEM, ERR_LIMIT, ERR_INPUT (no regular file). */
int file_read(const char *path, size_t limit, struct buf *out, struct err *e) BASE_MUST_USE;

/* file_put(fd, data, len): all of it; -1 with errno set. */
int file_put(int fd, const void *data, size_t len) BASE_MUST_USE;

/* file_write(path, data, len, mode, e): publish atomically.  An existing file is
 * ERR_INPUT and stays as it was (evidence is written once). */
int file_write(const char *path, const void *data, size_t len, unsigned int mode, struct err *e)
    BASE_MUST_USE;

/* file_replace: like file_write, but an existing file is replaced atomically. */
int file_replace(const char *path, const void *data, size_t len, unsigned int mode, struct err *e)
    BASE_MUST_USE;

/* file_join(out, e, a, b): "a/b" into out (FILE_PATH_MAX bytes). */
int file_join(char out[FILE_PATH_MAX], const char *a, const char *b, struct err *e) BASE_MUST_USE;

/* file_make_folders(path, e): mkdir -p, mode 0777 less umask. */
int file_make_folders(const char *path, struct err *e) BASE_MUST_USE;
/* file_make_parent(path, e): the folders above path. */
int file_make_parent(const char *path, struct err *e) BASE_MUST_USE;

/* file_begin_folder(path, temp, e): make the folder temp beside path, to be filled.
 * file_end_folder(temp, path, e): give it its name; a path that is there and no empty folder is
 * ERR_INPUT.  Where it fails, temp is the caller's to remove. */
int file_begin_folder(const char *path, char temp[FILE_PATH_MAX], struct err *e) BASE_MUST_USE;
int file_end_folder(const char *temp, const char *path, struct err *e) BASE_MUST_USE;

/* file_sync_folder(folder, e): its names are on the disk. */
int file_sync_folder(const char *folder, struct err *e) BASE_MUST_USE;

/* file_exists(path): something has that name, a link to nowhere too.  Where the system cannot tell (EIO,
 * EACCES, ESTALE), true: who then uses it meets the error, and nobody takes it for absent. */
bool file_exists(const char *path);
bool file_is_folder(const char *path);

/* file_list_tree(root, out, e): relative paths of all regular files below root,
 * sorted by bytes.  A symbolic link or special file is ERR_INPUT; more than 100,000
 * files or 32 levels is ERR_LIMIT. */
int file_list_tree(const char *root, struct file_list *out, struct err *e) BASE_MUST_USE;
void file_list_release(struct file_list *list);

/* file_remove_tree(path, e): remove a folder and all below; absent is fine. */
int file_remove_tree(const char *path, struct err *e) BASE_MUST_USE;

/* file_is_plain_name(path): relative, parts of [A-Za-z0-9._-], none "." or "..". */
bool file_is_plain_name(const char *path);

#endif
