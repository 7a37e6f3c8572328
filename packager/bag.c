/* packager/bag.c - see packager/bag.h. */
#include "packager/bag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/events.h"
#include "base/file.h"
#include "packager/limits.h"
#include "packager/tar.h"

static const char bagit_txt[] = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";

static int add(struct pkg_bag *bag, const char *path, const char *source, const void *data,
               size_t size, struct err *e)
{
    struct pkg_bag_file *f;

    if (!file_is_plain_name(path) || strlen(path) > PKG_NAME_MAX - strlen("bag/data/"))
        return err_set(e, ERR_INPUT,
                       "%s cannot be packed: a name has at most %zu bytes of [A-Za-z0-9._/-]", path,
                       PKG_NAME_MAX - strlen("bag/data/"));
    if (bag->count == bag->cap) {
        size_t cap = bag->cap == 0 ? 64 : bag->cap * 2;
        f = realloc(bag->files, cap * sizeof *f);
        if (f == NULL)
            return err_no_memory(e);
        bag->files = f;
        bag->cap = cap;
    }
    f = &bag->files[bag->count];
    f->path = strdup(path);
    f->source = source == NULL ? NULL : strdup(source);
    f->bytes = source == NULL ? malloc(size + 1) : NULL;
    f->size = size;
    bag->count++;
    if (f->path == NULL || (f->source == NULL && f->bytes == NULL))
        return err_no_memory(e);
    if (f->bytes != NULL && size > 0)
        memcpy(f->bytes, data, size);
    return 0;
}

int pkg_bag_add_file(struct pkg_bag *bag, const char *path, const char *source, struct err *e)
{
    struct stat st;

    if (lstat(source, &st) != 0)
        return err_errno(e, errno, "cannot look at %s", source);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT, "%s is not a regular file", source);
    if ((size_t)st.st_size > PKG_FILE_MAX)
        return err_set(e, ERR_LIMIT, "%s has more than %zu bytes", source, PKG_FILE_MAX);
    return add(bag, path, source, NULL, (size_t)st.st_size, e);
}

int pkg_bag_add_bytes(struct pkg_bag *bag, const char *path, const void *data, size_t len,
                      struct err *e)
{
    return add(bag, path, NULL, data, len, e);
}

void pkg_bag_release(struct pkg_bag *bag)
{
    for (size_t i = 0; i < bag->count; i++) {
        free(bag->files[i].path);
        free(bag->files[i].source);
        free(bag->files[i].bytes);
    }
    free(bag->files);
    *bag = (struct pkg_bag){NULL, 0, 0};
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct pkg_bag_file *)a)->path, ((const struct pkg_bag_file *)b)->path);
}

static int put_both(struct pkg_tar_writer *tar, struct digest *d, const void *data, size_t len,
                    struct err *e)
{
    return digest_add(d, data, len, e) != 0 ? -1 : pkg_tar_data(tar, data, len, e);
}

/* The digest is taken from the very bytes that go into the archive. */
static int put_source(struct pkg_tar_writer *tar, struct digest *d, const char *source, size_t size,
                      struct err *e)
{
    char chunk[65536];
    int rc = -1;
    int fd = open(source, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return err_errno(e, errno, "cannot open %s", source);
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            err_errno(e, errno, "cannot read %s", source);
            break;
        }
        if (n > 0 && put_both(tar, d, chunk, (size_t)n, e) != 0)
            break;
        size -= (size_t)n;
        if (n == 0 || (size == 0 && (size_t)n < sizeof chunk)) { /* the end, or all and nothing behind it */
            rc = 0;
            break;
        }
    }
    (void)close(fd);
    return rc;
}

static int put_payload(struct pkg_bag *bag, struct pkg_tar_writer *tar, struct digest *d,
                       struct buf *manifest, struct err *e)
{
    for (size_t i = 0; i < bag->count; i++) {
        struct pkg_bag_file *f = &bag->files[i];
        unsigned char raw[DIGEST_BYTES];
        char name[PKG_NAME_MAX + 1];

        (void)snprintf(name, sizeof name, "bag/data/%s", f->path);
        if (pkg_tar_begin(tar, name, f->size, e) != 0 || digest_begin(d, e) != 0)
            return -1;
        if ((f->source != NULL ? put_source(tar, d, f->source, f->size, e)
                               : put_both(tar, d, f->bytes, f->size, e)) != 0 ||
            digest_end(d, raw, e) != 0)
            return -1;
        digest_to_hex(raw, DIGEST_BYTES, f->sha256);
        if (buf_addf(manifest, e, "%s  data/%s\n", f->sha256, f->path) != 0)
            return -1;
    }
    return 0;
}

static int put_tag(struct pkg_tar_writer *tar, const char *name, const void *data, size_t len,
                   struct err *e)
{
    char member[PKG_NAME_MAX + 1];

    (void)snprintf(member, sizeof member, "bag/%s", name);
    return pkg_tar_begin(tar, member, len, e) != 0 ? -1 : pkg_tar_data(tar, data, len, e);
}

static int list_tag(struct buf *tags, const char *name, const void *data, size_t len, struct err *e)
{
    char hex[DIGEST_HEX];

    return digest_hex(data, len, hex, e) != 0 ? -1 : buf_addf(tags, e, "%s  %s\n", hex, name);
}

static int put_all(struct pkg_bag *bag, struct pkg_tar_writer *tar, struct digest *d,
                   struct pkg_bag_result *out, struct err *e)
{
    struct buf info = buf_init(256);
    struct buf manifest = buf_init(PKG_DOCUMENT_MAX);
    struct buf tags = buf_init(4096);
    size_t bagit_len = sizeof bagit_txt - 1;
    int rc = -1;

    if (buf_addf(&info, e, "Payload-Oxum: %zu.%zu\n", out->payload_bytes, out->payload_files) != 0 ||
        put_tag(tar, "bag-info.txt", info.data, info.len, e) != 0 ||
        put_tag(tar, "bagit.txt", bagit_txt, bagit_len, e) != 0 ||
        put_payload(bag, tar, d, &manifest, e) != 0 ||
        put_tag(tar, "manifest-sha256.txt", manifest.data, manifest.len, e) != 0 ||
        list_tag(&tags, "bag-info.txt", info.data, info.len, e) != 0 ||
        list_tag(&tags, "bagit.txt", bagit_txt, bagit_len, e) != 0 ||
        list_tag(&tags, "manifest-sha256.txt", manifest.data, manifest.len, e) != 0 ||
        put_tag(tar, "tagmanifest-sha256.txt", tags.data, tags.len, e) != 0 ||
        digest_hex(tags.data, tags.len, out->tree_pin, e) != 0)
        goto out;
    rc = pkg_tar_close(tar, out->sha256, &out->size, e);
out:
    buf_release(&tags);
    buf_release(&manifest);
    buf_release(&info);
    return rc;
}

int pkg_bag_write(struct pkg_bag *bag, const char *archive, struct pkg_bag_result *out,
                  struct err *e)
{
    struct pkg_bag_result result = {"", "", 0, 0, bag->count};
    struct pkg_tar_writer *tar = NULL;
    struct digest *d = NULL;
    int rc = -1;

    if (bag->count == 0)
        return err_set(e, ERR_INPUT, "a bag without files");
    qsort(bag->files, bag->count, sizeof *bag->files, by_path);
    for (size_t i = 0; i < bag->count; i++) {
        result.payload_bytes += bag->files[i].size;
        if (i > 0 && strcmp(bag->files[i - 1].path, bag->files[i].path) == 0)
            return err_set(e, ERR_INPUT, "%s would be packed twice; the packager writes it itself",
                           bag->files[i].path);
    }
    if (digest_new(&d, e) != 0 || pkg_tar_create(archive, &tar, e) != 0 ||
        put_all(bag, tar, d, &result, e) != 0)
        goto out;
    *out = result;
    rc = 0;
out:
    pkg_tar_writer_free(tar);
    digest_free(d);
    return rc;
}

/* What is signed is what stands on the disk: the file is read again, hashed and listed. */
int pkg_bag_read_back(const char *archive, const struct pkg_bag *bag, const char *sha256, struct err *e)
{
    char hex[DIGEST_HEX];
    size_t members = 0;

    events_say(&EVENT("stage", "read-back"));
    if (pkg_tar_tell(archive, hex, &members, e) != 0)
        return err_context(e, "%s", archive);
    if (strcmp(hex, sha256) != 0)
        return err_set(e, ERR_SYSTEM, "%s reads back as %s, %s was written", archive, hex, sha256);
    return members == bag->count + 4
               ? 0 : err_set(e, ERR_SYSTEM, "%s reads back with %zu members, %zu were written",
                             archive, members, bag->count + 4);
}
