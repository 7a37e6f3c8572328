/*
 * packager/tar.c - see packager/tar.h.  The door to libarchive.
 * Names are plain ASCII (checked here): libarchive's character set conversion, which
 * depends on the locale, is never entered.
 */
#include "packager/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "packager/limits.h"
#include "packager/trail.h"

#define BLOCK (1 << 16) /* bytes handed over at a time */

struct pkg_tar_writer {
    struct archive *archive;
    struct pkg_trail *digest;
    int fd;
    size_t written;
    size_t left; /* bytes the current member still lacks */
    char last[PKG_NAME_MAX + 1];
    struct err fault; /* what the write callback met */
};

struct pkg_tar_reader {
    struct archive *archive;
};

static la_ssize_t write_callback(struct archive *a, void *arg, const void *data, size_t len)
{
    struct pkg_tar_writer *w = arg;

    if (file_put(w->fd, data, len) != 0) {
        err_errno(&w->fault, errno, "cannot write the archive");
        archive_set_error(a, EIO, "write failed");
        return -1;
    }
    if (pkg_trail_add(w->digest, data, len, &w->fault) != 0)
        return -1;
    w->written += len;
    return (la_ssize_t)len;
}

static int failed(struct pkg_tar_writer *w, const char *what, struct err *e)
{
    const char *why = archive_error_string(w->archive);

    if (w->fault.kind != ERR_NONE) {
        *e = w->fault;
        return -1;
    }
    return err_set(e, ERR_SYSTEM, "%s: %s", what, why == NULL ? "libarchive gave no reason" : why);
}

int pkg_tar_create(const char *path, struct pkg_tar_writer **out, struct err *e)
{
    struct pkg_tar_writer *w = calloc(1, sizeof *w);
    int rc = -1;

    if (w == NULL)
        return err_no_memory(e);
    w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        err_errno(e, errno, "cannot create %s", path);
        goto out;
    }
    if (fchmod(w->fd, 0644) != 0) {
        err_errno(e, errno, "cannot set the mode of %s", path);
        goto out;
    }
    if (pkg_trail_begin(&w->digest, e) != 0)
        goto out;
    w->archive = archive_write_new();
    if (w->archive == NULL) {
        err_no_memory(e);
        goto out;
    }
    /* The last record is not filled up: the archive ends with exactly two zero blocks. */
    if (archive_write_set_format_ustar(w->archive) != ARCHIVE_OK ||
        archive_write_add_filter_none(w->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(w->archive, BLOCK) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(w->archive, 1) != ARCHIVE_OK ||
        archive_write_open(w->archive, w, NULL, write_callback, NULL) != ARCHIVE_OK) {
        failed(w, "cannot start the archive", e);
        goto out;
    }
    *out = w;
    w = NULL;
    rc = 0;
out:
    pkg_tar_writer_free(w);
    return rc;
}

int pkg_tar_begin(struct pkg_tar_writer *w, const char *name, size_t size, struct err *e)
{
    struct archive_entry *entry;
    int status;

    if (!file_is_plain_name(name) || strlen(name) > PKG_NAME_MAX)
        return err_set(e, ERR_INPUT, "%s: a member's name has at most %d bytes of [A-Za-z0-9._/-]",
                       name, PKG_NAME_MAX);
    if (w->left != 0 || strcmp(name, w->last) <= 0)
        return err_set(e, ERR_INTERNAL, "archive member %s out of order or after a short one", name);
    entry = archive_entry_new();
    if (entry == NULL)
        return err_no_memory(e);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_uid(entry, 0);
    archive_entry_set_gid(entry, 0);
    status = archive_write_header(w->archive, entry);
    archive_entry_free(entry);
    if (status != ARCHIVE_OK)
        return failed(w, name, e);
    (void)snprintf(w->last, sizeof w->last, "%s", name);
    w->left = size;
    return 0;
}

int pkg_tar_data(struct pkg_tar_writer *w, const void *data, size_t len, struct err *e)
{
    if (len > w->left)
        return err_set(e, ERR_INPUT, "%s grew while it was packed; nothing may write to a run", w->last);
    if (len > 0 && archive_write_data(w->archive, data, len) != (la_ssize_t)len)
        return failed(w, w->last, e);
    w->left -= len;
    return 0;
}

int pkg_tar_close(struct pkg_tar_writer *w, char sha256[DIGEST_HEX], size_t *size, struct err *e)
{
    if (w->left != 0)
        return err_set(e, ERR_INPUT, "%s shrank while it was packed; nothing may write to a run", w->last);
    if (archive_write_close(w->archive) != ARCHIVE_OK)
        return failed(w, "cannot end the archive", e);
    if (fsync(w->fd) != 0)
        return err_errno(e, errno, "cannot sync the archive");
    if (pkg_trail_end(w->digest, sha256, e) != 0)
        return -1;
    *size = w->written;
    return 0;
}

void pkg_tar_writer_free(struct pkg_tar_writer *w)
{
    if (w == NULL)
        return;
    if (w->archive != NULL)
        (void)archive_write_free(w->archive);
    if (w->fd >= 0)
        (void)close(w->fd);
    pkg_trail_free(w->digest);
    free(w);
}

int pkg_tar_open(const char *path, struct pkg_tar_reader **out, struct err *e)
{
    struct pkg_tar_reader *r = calloc(1, sizeof *r);

    if (r == NULL)
        return err_no_memory(e);
    r->archive = archive_read_new();
    if (r->archive == NULL || archive_read_support_format_tar(r->archive) != ARCHIVE_OK ||
        archive_read_open_filename(r->archive, path, 65536) != ARCHIVE_OK) {
        const char *why = r->archive == NULL ? NULL : archive_error_string(r->archive);
        err_set(e, ERR_SYSTEM, "cannot open %s: %s", path, why == NULL ? "no reason given" : why);
        pkg_tar_reader_free(r);
        return -1;
    }
    *out = r;
    return 0;
}

int pkg_tar_next(struct pkg_tar_reader *r, const char **name, struct buf *data, struct err *e)
{
    struct archive_entry *entry;
    char chunk[65536];
    int status = archive_read_next_header(r->archive, &entry);

    if (status == ARCHIVE_EOF)
        return 0;
    if (status != ARCHIVE_OK)
        return err_set(e, ERR_INPUT, "the archive cannot be read: %s",
                       archive_error_string(r->archive));
    *name = archive_entry_pathname(entry);
    if (*name == NULL || archive_entry_filetype(entry) != AE_IFREG)
        return err_set(e, ERR_INPUT, "the archive holds something other than regular files");
    buf_clear(data);
    for (;;) {
        la_ssize_t n = archive_read_data(r->archive, chunk, sizeof chunk);
        if (n < 0)
            return err_set(e, ERR_INPUT, "%s: %s", *name, archive_error_string(r->archive));
        if (buf_add(data, chunk, (size_t)n, e) != 0)
            return -1;
        if (n == 0)
            return 1;
    }
}

void pkg_tar_reader_free(struct pkg_tar_reader *r)
{
    if (r == NULL)
        return;
    if (r->archive != NULL)
        (void)archive_read_free(r->archive);
    free(r);
}

struct told {
    int fd;
    struct pkg_trail *digest;
    struct err fault;
    char chunk[BLOCK];
};

static la_ssize_t tell_callback(struct archive *a, void *arg, const void **data)
{
    struct told *t = arg;
    ssize_t n;

    do
        n = read(t->fd, t->chunk, sizeof t->chunk);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        err_errno(&t->fault, errno, "cannot read the archive");
    if (n < 0 || pkg_trail_add(t->digest, t->chunk, (size_t)n, &t->fault) != 0) {
        archive_set_error(a, EIO, "read failed");
        return -1;
    }
    *data = t->chunk;
    return n;
}

static int tell(struct archive *a, struct told *t, size_t *members, struct err *e)
{
    struct archive_entry *entry;
    const void *rest;
    la_ssize_t n = 0;
    int status = ARCHIVE_FATAL;

    if (archive_read_support_format_tar(a) == ARCHIVE_OK && archive_read_open(a, t, NULL, tell_callback, NULL) == ARCHIVE_OK)
        for (*members = 0; (status = archive_read_next_header(a, &entry)) == ARCHIVE_OK;)
            ++*members;
    if (status == ARCHIVE_EOF)
        while ((n = tell_callback(a, t, &rest)) > 0) /* libarchive stops at the end blocks */
            ;
    if (t->fault.kind != ERR_NONE) {
        *e = t->fault;
        return -1;
    }
    return status == ARCHIVE_EOF && n == 0 ? 0 : err_set(e, ERR_SYSTEM, "the archive cannot be read: %s", archive_error_string(a));
}

int pkg_tar_tell(const char *path, char sha256[DIGEST_HEX], size_t *members, struct err *e)
{
    struct told *t = calloc(1, sizeof *t);
    struct archive *a = archive_read_new();
    int rc = -1;

    if (t == NULL || a == NULL) {
        err_no_memory(e);
        goto out;
    }
    t->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (t->fd < 0) {
        err_errno(e, errno, "cannot open %s", path);
        goto out;
    }
    if (pkg_trail_begin(&t->digest, e) == 0 && tell(a, t, members, e) == 0)
        rc = pkg_trail_end(t->digest, sha256, e);
    (void)close(t->fd);
out:
    if (a != NULL)
        (void)archive_read_free(a);
    if (t != NULL)
        pkg_trail_free(t->digest);
    free(t);
    return rc;
}
