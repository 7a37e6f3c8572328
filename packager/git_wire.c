/* packager/git_wire.c - see packager/git.h: objects on their way in or out.  The door's second leaf. */
#include "packager/git_wire.h"

#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packager/loose.h"

#define UNCOMPRESSED_FROM ((size_t)16 << 20) /* bytes of a blob */
#define CHUNK (1 << 16)                      /* bytes read at a time */

/* The folder is the one place that is written to; the repository's objects are read only. */
int pkg_git_set_aside(struct pkg_git *g, const char *folder, struct err *e)
{
    git_odb_backend *loose = NULL;
    git_odb *odb = NULL;
    int rc = -1;

    if (snprintf(g->aside, sizeof g->aside, "%s", folder) >= (int)sizeof g->aside ||
        file_join(g->objects, git_repository_path(g->repo), "objects", e) != 0)
        return err_set(e, ERR_INPUT, "path too long: %s", folder);
    if (git_odb_new(&odb) != 0 || git_odb_backend_loose(&loose, folder, -1, 1, 0, 0) != 0) {
        pkg_git_failed(e, ERR_SYSTEM, folder);
        goto out;
    }
    if (git_odb_add_backend(odb, loose, 1) != 0) {
        loose->free(loose);
        pkg_git_failed(e, ERR_SYSTEM, folder);
        goto out;
    }
    if (git_odb_add_disk_alternate(odb, g->objects) != 0 || git_repository_set_odb(g->repo, odb) != 0)
        pkg_git_failed(e, ERR_SYSTEM, g->objects);
    else
        rc = 0;
out:
    git_odb_free(odb);
    return rc;
}

int pkg_git_name(const void *data, size_t len, char id[PKG_GIT_HEX], struct err *e)
{
    git_oid oid;

    if (git_odb_hash(&oid, data, len, GIT_OBJECT_BLOB) != 0)
        return pkg_git_failed(e, ERR_SYSTEM, "cannot name a blob");
    (void)git_oid_tostr(id, PKG_GIT_HEX, &oid);
    return 0;
}

/* libgit2 compresses whatever it writes. */
int pkg_git_write_blob(struct pkg_git *g, const struct pkg_git_edit *edit, struct git_oid *out)
{
    struct err why;

    if (edit->len < UNCOMPRESSED_FROM || edit->id == NULL || g->aside[0] == '\0')
        return git_blob_create_from_buffer(out, g->repo, edit->data, edit->len);
    if (pkg_loose_write(g->aside, edit->id, edit->data, edit->len, &why) == 0)
        return git_oid_fromstr(out, edit->id);
    git_error_set_str(GIT_ERROR_OS, why.text);
    return -1;
}

/* 1 when all of the stream are these bytes, 0 when not, -1 when it cannot be read. */
static int compare(git_odb_stream *stream, const char *data, size_t len)
{
    char chunk[CHUNK];
    int n;

    while ((n = git_odb_stream_read(stream, chunk, sizeof chunk)) > 0) {
        if ((size_t)n > len || memcmp(chunk, data, (size_t)n) != 0)
            return 0;
        data += n;
        len -= (size_t)n;
    }
    return n < 0 ? -1 : len == 0;
}

int pkg_git_is_blob(struct pkg_git *g, const struct git_oid *id, const void *data, size_t len, bool *out, struct err *e)
{
    git_odb_stream *stream = NULL;
    git_odb_object *object = NULL;
    git_odb *odb = NULL;
    git_object_t type;
    size_t size;
    int is = -1;

    if (git_repository_odb(&odb, g->repo) != 0)
        return pkg_git_failed(e, ERR_SYSTEM, git_oid_tostr_s(id));
    if (git_odb_open_rstream(&stream, &size, &type, odb, id) == 0) {
        is = compare(stream, data, len);
    } else if (git_odb_read(&object, odb, id) == 0) { /* of a pack there are no streams */
        is = git_odb_object_size(object) == len && (len == 0 || memcmp(git_odb_object_data(object), data, len) == 0);
    }
    if (is < 0)
        pkg_git_failed(e, ERR_SYSTEM, git_oid_tostr_s(id));
    else
        *out = is == 1;
    git_odb_object_free(object);
    git_odb_stream_free(stream);
    git_odb_free(odb);
    return is < 0 ? -1 : 0;
}

int pkg_git_parent(struct pkg_git *g, const char *commit, char parent[PKG_GIT_HEX], struct err *e)
{
    git_commit *c = NULL;
    git_oid oid;

    if (git_oid_fromstr(&oid, commit) != 0 || git_commit_lookup(&c, g->repo, &oid) != 0)
        return pkg_git_failed(e, ERR_SYSTEM, commit);
    parent[0] = '\0';
    if (git_commit_parentcount(c) > 0)
        (void)git_oid_tostr(parent, PKG_GIT_HEX, git_commit_parent_id(c, 0));
    git_commit_free(c);
    return 0;
}

int pkg_git_also_read(struct pkg_git *g, const char *objects, struct err *e)
{
    git_odb *odb = NULL;
    int rc = git_repository_odb(&odb, g->repo) == 0 && git_odb_add_disk_alternate(odb, objects) == 0
                 ? 0 : pkg_git_failed(e, ERR_SYSTEM, objects);

    git_odb_free(odb);
    return rc;
}

int pkg_git_descends(struct pkg_git *g, const char *commit, const char *from, bool *out, struct err *e)
{
    git_oid oid, wanted;

    *out = from[0] == '\0' || strcmp(commit, from) == 0;
    if (*out || commit[0] == '\0')
        return 0;
    if (git_oid_fromstr(&oid, commit) != 0 || git_oid_fromstr(&wanted, from) != 0)
        return pkg_git_failed(e, ERR_INTERNAL, commit);
    while (!*out) {
        git_commit *c = NULL;
        bool is_first;

        if (git_commit_lookup(&c, g->repo, &oid) != 0)
            return pkg_git_failed(e, ERR_SYSTEM, git_oid_tostr_s(&oid));
        is_first = git_commit_parentcount(c) != 1; /* or a merge, which no packager makes */
        if (!is_first)
            git_oid_cpy(&oid, git_commit_parent_id(c, 0));
        git_commit_free(c);
        if (is_first)
            return 0;
        *out = git_oid_equal(&oid, &wanted);
    }
    return 0;
}

int pkg_git_remote_url(struct pkg_git *g, struct buf *out, struct err *e)
{
    git_config *config = NULL;
    const char *url = NULL;
    int rc = git_repository_config_snapshot(&config, g->repo);

    if (rc == 0)
        rc = git_config_get_string(&url, config, "remote.origin.url");
    rc = rc == GIT_ENOTFOUND ? 0 : rc != 0 ? pkg_git_failed(e, ERR_SYSTEM, "remote.origin.url") : buf_adds(out, url, e);
    git_config_free(config);
    return rc;
}

int pkg_git_put_blob(struct pkg_git *g, const struct buf *text, char id[PKG_GIT_HEX], struct err *e)
{
    git_oid oid;

    if (git_blob_create_from_buffer(&oid, g->repo, text->data, text->len) != 0)
        return pkg_git_failed(e, ERR_SYSTEM, "cannot write a blob");
    (void)git_oid_tostr(id, PKG_GIT_HEX, &oid);
    return 0;
}

int pkg_git_get_blob(struct pkg_git *g, const char *id, struct buf *out, struct err *e)
{
    git_oid oid;

    if (git_oid_fromstr(&oid, id) != 0)
        return pkg_git_failed(e, ERR_INTERNAL, id);
    return pkg_git_read_blob(g, &oid, id, out, e);
}

/* A remote's object may say any size: asked before it is read. */
int pkg_git_read_blob(struct pkg_git *g, const struct git_oid *id, const char *path, struct buf *out, struct err *e)
{
    git_blob *blob = NULL;
    git_odb *odb = NULL;
    git_object_t type;
    size_t size;
    int rc = -1;

    if (git_repository_odb(&odb, g->repo) != 0 || git_odb_read_header(&size, &type, odb, id) != 0)
        pkg_git_failed(e, ERR_SYSTEM, path);
    else if (out->limit > 0 && size > out->limit)
        err_set(e, ERR_LIMIT, "%s has %zu bytes, more than %zu", path, size, out->limit);
    else if (git_blob_lookup(&blob, g->repo, id) != 0)
        pkg_git_failed(e, ERR_SYSTEM, path);
    else
        rc = buf_add(out, git_blob_rawcontent(blob), (size_t)git_blob_rawsize(blob), e);
    git_blob_free(blob);
    git_odb_free(odb);
    return rc;
}

/* Gives an object that was set aside its place; durably when it had none yet, or is_first. */
static int adopt_object(struct pkg_git *g, const char *from, const git_oid *oid, bool is_first, struct err *e)
{
    char folder[FILE_PATH_MAX + 4], to[FILE_PATH_MAX + 64], hex[PKG_GIT_HEX];

    (void)git_oid_tostr(hex, sizeof hex, oid);
    (void)snprintf(folder, sizeof folder, "%s/%.2s", g->objects, hex);
    (void)snprintf(to, sizeof to, "%s/%s", folder, hex + 2);
    if (mkdir(folder, 0777) == 0) {
        if (file_sync_folder(g->objects, e) != 0)
            return -1;
    } else if (errno != EEXIST) {
        return err_errno(e, errno, "cannot create folder %s", folder);
    }
    if (link(from, to) != 0) {
        if (errno != EEXIST)
            return err_errno(e, errno, "cannot create %s", to);
        if (!is_first)
            return 0;
    }
    return file_sync_folder(folder, e);
}

/* Children first, so that no object ever stands there without what it names. */
static int adopt(struct pkg_git *g, const git_oid *oid, git_object_t type, bool is_first, struct err *e)
{
    char from[FILE_PATH_MAX + 64], hex[PKG_GIT_HEX];
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    int rc = -1;

    (void)git_oid_tostr(hex, sizeof hex, oid);
    (void)snprintf(from, sizeof from, "%s/%.2s/%s", g->aside, hex, hex + 2);
    if (!file_exists(from)) /* the repository had it, and so what is below */
        return 0;
    if (type == GIT_OBJECT_COMMIT && git_commit_lookup(&commit, g->repo, oid) == 0)
        rc = adopt(g, git_commit_tree_id(commit), GIT_OBJECT_TREE, is_first, e);
    else if (type == GIT_OBJECT_TREE && git_tree_lookup(&tree, g->repo, oid) == 0)
        rc = 0;
    else if (type == GIT_OBJECT_BLOB)
        rc = 0;
    else
        pkg_git_failed(e, ERR_SYSTEM, from);
    for (size_t i = 0; rc == 0 && tree != NULL && i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);

        rc = adopt(g, git_tree_entry_id(entry), git_tree_entry_type(entry), is_first, e);
    }
    if (rc == 0)
        rc = adopt_object(g, from, oid, is_first, e);
    git_tree_free(tree);
    git_commit_free(commit);
    return rc;
}

int pkg_git_adopt(struct pkg_git *g, const char *commit, bool is_first, struct err *e)
{
    git_oid oid;

    if (git_oid_fromstr(&oid, commit) != 0)
        return pkg_git_failed(e, ERR_INTERNAL, commit);
    return adopt(g, &oid, GIT_OBJECT_COMMIT, is_first, e);
}
