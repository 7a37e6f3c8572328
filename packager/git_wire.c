/* packager/git_wire.c - see packager/git.h: objects on their way in or out.  The door's second leaf. */
#include "packager/git_wire.h"

#include <errno.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packager/limits.h"
#include "packager/loose.h"

#define CHUNK (1 << 16) /* bytes read at a time */

/* The order in which an object is looked for: git takes the packed one, too.  libgit2's own reader of
 * loose objects comes last, when ours has found none; it is there to write. */
enum { WRITTEN = 1, LOOSE, PACKED };

/* Loose objects of a folder, read by us instead of by libgit2: see packager/loose.h. */
struct loose_folder {
    git_odb_backend parent;
    char path[FILE_PATH_MAX];
};

static int open_loose(git_odb_backend *b, const git_oid *id, struct pkg_loose_head *head, struct pkg_loose **out)
{
    struct err why;

    if (pkg_loose_open(((struct loose_folder *)b)->path, git_oid_tostr_s(id), head, out, &why) == 0)
        return *out == NULL ? GIT_ENOTFOUND : 0;
    git_error_set_str(GIT_ERROR_ODB, why.text);
    return -1;
}

static int type_of(const struct pkg_loose_head *head, git_object_t *out)
{
    *out = git_object_string2type(head->type);
    if (git_object_typeisloose(*out))
        return 0;
    git_error_set_str(GIT_ERROR_ODB, "an object of no type of git's");
    return -1;
}

static int read_loose_head(size_t *size, git_object_t *type, git_odb_backend *b, const git_oid *id)
{
    struct pkg_loose *object;
    struct pkg_loose_head head;
    int rc = open_loose(b, id, &head, &object);

    pkg_loose_close(object);
    if (rc != 0)
        return rc;
    *size = head.size;
    return type_of(&head, type);
}

static int read_loose(void **data, size_t *size, git_object_t *type, git_odb_backend *b, const git_oid *id)
{
    struct pkg_loose *object;
    struct pkg_loose_head head;
    struct err why;
    int rc = open_loose(b, id, &head, &object);

    if (rc != 0 || (rc = type_of(&head, type)) != 0)
        goto out;
    if (head.size > PKG_MAX_PACKAGE_BYTES) {
        git_error_set_str(GIT_ERROR_ODB, "it says that it has more than MAX_PACKAGE_BYTES");
        rc = -1;
        goto out;
    }
    *size = head.size;
    *data = git_odb_backend_data_alloc(b, head.size + 1); /* libgit2's own end with a NUL */
    if (*data == NULL) {
        rc = -1;
        goto out;
    }
    ((char *)*data)[head.size] = '\0';
    rc = pkg_loose_get(object, *data, head.size, &why) == 0 ? pkg_loose_end(object, &why) : -1;
    if (rc != 0) {
        git_error_set_str(GIT_ERROR_ODB, why.text);
        git_odb_backend_data_free(b, *data);
    }
out:
    pkg_loose_close(object);
    return rc;
}

static int has_loose(git_odb_backend *b, const git_oid *id)
{
    return pkg_loose_has(((struct loose_folder *)b)->path, git_oid_tostr_s(id));
}

static void free_loose(git_odb_backend *b)
{
    free(b);
}

static int add_loose(git_odb *odb, const char *path)
{
    struct loose_folder *f = calloc(1, sizeof *f);
    int rc;

    if (f == NULL || git_odb_init_backend(&f->parent, GIT_ODB_BACKEND_VERSION) != 0 ||
        snprintf(f->path, sizeof f->path, "%s", path) >= (int)sizeof f->path) {
        free(f);
        git_error_set_str(GIT_ERROR_NOMEMORY, "no memory, or a path too long");
        return -1;
    }
    f->parent.read = read_loose;
    f->parent.read_header = read_loose_head;
    f->parent.exists = has_loose;
    f->parent.free = free_loose;
    rc = git_odb_add_backend(odb, &f->parent, LOOSE);
    if (rc != 0)
        free(f);
    return rc;
}

static int add_folder(git_odb *odb, const char *path)
{
    git_odb_backend *packed = NULL;

    if (git_odb_backend_pack(&packed, path) != 0)
        return -1;
    if (git_odb_add_backend(odb, packed, PACKED) != 0) {
        packed->free(packed);
        return -1;
    }
    return add_loose(odb, path);
}

static int add_written(git_odb *odb, const char *path)
{
    git_odb_backend *loose = NULL;

    if (git_odb_backend_loose(&loose, path, -1, 1, 0, 0) != 0)
        return -1;
    if (git_odb_add_backend(odb, loose, WRITTEN) != 0) {
        loose->free(loose);
        return -1;
    }
    return 0;
}

int pkg_git_write_to(struct pkg_git *g, const char *folder, struct err *e)
{
    git_odb *odb = NULL;
    int rc = git_odb_new(&odb);

    if (rc == 0)
        rc = add_folder(odb, g->objects);
    if (rc == 0 && strcmp(folder, g->objects) != 0)
        rc = add_loose(odb, folder);
    if (rc == 0)
        rc = add_written(odb, folder);
    if (rc == 0)
        rc = git_repository_set_odb(g->repo, odb);
    git_odb_free(odb);
    return rc == 0 ? 0 : pkg_git_failed(e, ERR_SYSTEM, folder);
}

/* The folder is the one place that is written to; the repository's objects are read only. */
int pkg_git_set_aside(struct pkg_git *g, const char *folder, struct err *e)
{
    return snprintf(g->aside, sizeof g->aside, "%s", folder) >= (int)sizeof g->aside
               ? err_set(e, ERR_INPUT, "path too long: %s", folder) : pkg_git_write_to(g, folder, e);
}

int pkg_git_name(const void *data, size_t len, char id[PKG_GIT_HEX], struct err *e)
{
    git_oid oid;

    if (git_odb_hash(&oid, data, len, GIT_OBJECT_BLOB) != 0)
        return pkg_git_failed(e, ERR_SYSTEM, "cannot name a blob");
    (void)git_oid_tostr(id, PKG_GIT_HEX, &oid);
    return 0;
}

/* What is there already is what git would read: it has to be the same. */
static int check_present(struct pkg_git *g, const git_oid *id, const struct pkg_git_edit *edit, struct err *e)
{
    git_odb *odb = NULL;
    bool is = true;
    int rc = git_repository_odb(&odb, g->repo) != 0 ? pkg_git_failed(e, ERR_SYSTEM, edit->path) : 0;

    if (rc == 0 && git_odb_exists(odb, id) == 1)
        rc = pkg_git_is_blob(g, id, edit->data, edit->len, &is, e);
    git_odb_free(odb);
    return rc != 0 || is ? rc : err_set(e, ERR_SYSTEM, "the repository has other bytes under the name of %s", edit->path);
}

/* libgit2 compresses whatever it writes. */
int pkg_git_write_blob(struct pkg_git *g, const struct pkg_git_edit *edit, struct git_oid *out)
{
    struct err why;
    const char *id;

    if (edit->len < PKG_GIT_LARGE || edit->name == NULL || g->aside[0] == '\0')
        return git_blob_create_from_buffer(out, g->repo, edit->data, edit->len);
    if (pkg_loose_write(g->aside, edit->data, edit->len, &why) == 0 && pkg_naming_end(edit->name, &id, &why) == 0 &&
        git_oid_fromstr(out, id) == 0 && check_present(g, out, edit, &why) == 0 && pkg_loose_place(g->aside, id, &why) == 0)
        return 0;
    git_error_set_str(GIT_ERROR_OS, why.text);
    return -1;
}

/* Whether a loose object is a blob of these bytes; 0 with *is_there false when no such object is loose. */
static int compare_loose(const char *folder, const char *id, const char *data, size_t len, bool *is_there, bool *is, struct err *e)
{
    struct pkg_loose *object;
    struct pkg_loose_head head;
    char chunk[CHUNK];
    int rc = pkg_loose_open(folder, id, &head, &object, e);

    *is_there = object != NULL;
    if (object == NULL)
        return rc;
    *is = strcmp(head.type, "blob") == 0 && head.size == len;
    for (size_t part; rc == 0 && *is && len > 0; data += part, len -= part) {
        part = len < sizeof chunk ? len : sizeof chunk;
        rc = pkg_loose_get(object, chunk, part, e);
        *is = rc == 0 && memcmp(chunk, data, part) == 0;
    }
    if (rc == 0 && *is)
        rc = pkg_loose_end(object, e);
    pkg_loose_close(object);
    return rc;
}

int pkg_git_is_blob(struct pkg_git *g, const struct git_oid *id, const void *data, size_t len, bool *out, struct err *e)
{
    git_odb_object *object = NULL;
    git_odb *odb = NULL;
    bool is_there;

    if (compare_loose(g->objects, git_oid_tostr_s(id), data, len, &is_there, out, e) != 0)
        return -1;
    if (is_there)
        return 0;
    if (git_repository_odb(&odb, g->repo) != 0 || git_odb_read(&object, odb, id) != 0)
        pkg_git_failed(e, ERR_SYSTEM, git_oid_tostr_s(id));
    else
        *out = git_odb_object_size(object) == len && (len == 0 || memcmp(git_odb_object_data(object), data, len) == 0);
    git_odb_free(odb);
    if (object == NULL)
        return -1;
    git_odb_object_free(object);
    return 0;
}

int pkg_git_is_whole(struct pkg_git *g, const struct git_oid *id)
{
    git_odb_object *object = NULL;
    git_odb *odb = NULL;
    int rc;

    if (g->aside[0] == '\0' || pkg_loose_has(g->aside, git_oid_tostr_s(id)))
        return 0;
    rc = git_repository_odb(&odb, g->repo);
    if (rc == 0)
        rc = git_odb_read(&object, odb, id); /* and its name is compared */
    git_odb_object_free(object);
    git_odb_free(odb);
    return rc;
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
    int rc = git_repository_odb(&odb, g->repo) == 0 && add_folder(odb, objects) == 0
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
