/* verifier/git.c - see git.h and git_trees.h.  Only this file and git_wire.c include git2.h. */
#include "verifier/git_trees.h"

#include "verifier/gitdir.h"
#include "verifier/limits.h"
#include "verifier/loose.h"
#include "verifier/text.h"

#include <errno.h>
#include <git2.h>
#include <git2/odb_backend.h>
#include <git2/sys/odb_backend.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct loose_backend {
    git_odb_backend git; /* first: libgit2 hands it back */
    const char *folder;
    size_t most;         /* who asks for a header wants no more bytes than that, and gets them next */
    struct arena arena;
    git_oid id; /* of object, when it has data */
    struct loose object;
};

/* second looks by a database of their own, at what is not found */
enum { LOOKS = 20 };

struct git {
    git_repository *repo; /* in memory: its objects, and nothing else of the folder */
    git_odb *odb;
    struct loose_backend *loose;
    struct folders folders;
    const char *objects;
    bool is_partial; /* what is not there may be elsewhere */
    size_t looks;    /* second ones so far */
};

/* "no such object" may have been "no memory to look": then nothing is concluded.  A stream that
 * cannot begin has met no byte yet. */
static int fail(struct err *e, enum vfy_code code, const char *path)
{
    const git_error *why = git_error_last();

    vfy_mem_doubt(why != NULL && (why->klass == GIT_ERROR_NOMEMORY || strstr(why->message, strerror(ENOMEM)) != NULL ||
                                  strstr(why->message, "failed to init ") != NULL));
    if (why != NULL && why->klass == GIT_ERROR_OS) /* a file that cannot be read proves nothing */
        code = E_IO;
    return vfy_err_set(e, code, path, "git: %.200s", why != NULL ? why->message : "unknown error");
}

/* 1 when something is there, whole or not, *type says what it would be; 0 when not; -1 when the
 * system does not tell */
static int look(struct git *g, const git_oid *id, git_object_t *type)
{
    size_t size;
    int rc;

    *type = GIT_OBJECT_INVALID;
    g->loose->most = 0;
    rc = git_odb_read_header(&size, type, g->odb, id);
    if (rc == GIT_ENOTFOUND)
        return 0;
    return rc != 0 && git_error_last() != NULL && git_error_last()->klass == GIT_ERROR_OS ? -1 : 1;
}

/* What libgit2 cannot look at, a folder of packs or one of them, is to it as if it were not there:
 * 1 when it is there after all, 0 when not, -1 with *e when that cannot be told. */
static int look_again(struct git *g, const git_oid *id, struct err *e)
{
    git_odb_backend *packed = NULL;
    git_odb *odb = NULL;
    int is = 0;

    if (vfy_gitdir_packs(g->objects, e) != 0)
        return -1;
    if (g->looks++ >= LOOKS)
        return 0; /* the first one was asked twice */
    is = git_odb_new(&odb) == 0 && git_odb_backend_pack(&packed, g->objects) == 0 && git_odb_add_backend(odb, packed, 1) == 0 &&
         git_odb_exists(odb, id) == 1;
    git_odb_free(odb);
    return is;
}

/* Of an object of that type, or of any, that was looked for.  Where git left some out, its absence
 * proves nothing; one of another type is "not found" as well. */
static int fail_find(struct git *g, const git_oid *id, git_object_t wanted, int rc, struct err *e, const char *path)
{
    git_object_t type;

    fail(e, E_REPO_UNSAFE, path);
    if (rc != GIT_ENOTFOUND || e->code != E_REPO_UNSAFE)
        return -1;
    rc = look(g, id, &type);
    if (rc < 0)
        return fail(e, E_IO, path);
    if (rc == 1 && type != GIT_OBJECT_INVALID && wanted != GIT_OBJECT_ANY && type != wanted)
        return vfy_err_set(e, E_REPO_UNSAFE, path, "git: a %s stands where a %s was looked for", git_object_type2string(type),
                           git_object_type2string(wanted));
    if (rc == 0 && (rc = look_again(g, id, e)) < 0)
        return -1;
    if (rc == 1)
        return vfy_err_set(e, E_IO, path, "git: it was not found, and then it was");
    return g->is_partial ? vfy_err_set(e, E_REPO_PARTIAL, path, "not in this clone, which is partial or shallow") : -1;
}

/* of an object that could not be read: whether there is none, else what libgit2 says of it */
static int fail_loose(const char *path, const struct err *e)
{
    struct stat st;

    if (lstat(path, &st) == 0) {
        git_error_set_str(e->code == E_IO ? GIT_ERROR_OS : GIT_ERROR_ODB, e->text);
        return -1;
    }
    if (errno == ENOENT || errno == ENOTDIR)
        return GIT_ENOTFOUND;
    git_error_set_str(GIT_ERROR_OS, strerror(errno));
    return -1;
}

/* into b->object, its data unless there are more than most bytes */
static int open_loose(struct loose_backend *b, const git_oid *id, size_t most)
{
    char hex[VFY_OID];
    const char *path;
    struct err e;

    vfy_mem_reset(&b->arena);
    git_oid_tostr(hex, sizeof hex, id);
    path = vfy_mem_print(&b->arena, "%s/%.2s/%s", b->folder, hex, hex + 2);
    git_oid_cpy(&b->id, id);
    if (vfy_loose_read(&b->arena, path, most, &b->object, &e) == 0)
        return 0;
    b->object.data = NULL;
    return fail_loose(path, &e);
}

static int loose_header(size_t *size, git_object_t *type, git_odb_backend *backend, const git_oid *id)
{
    struct loose_backend *b = (struct loose_backend *)backend;
    int rc = open_loose(b, id, b->most);

    if (rc == 0) {
        *size = b->object.size;
        *type = git_object_string2type(b->object.type);
    }
    return rc;
}

static int loose(void **data, size_t *size, git_object_t *type, git_odb_backend *backend, const git_oid *id)
{
    struct loose_backend *b = (struct loose_backend *)backend;
    int rc = b->object.data != NULL && git_oid_equal(&b->id, id) ? 0 : open_loose(b, id, VFY_MAX_PACKAGE_BYTES);

    if (rc != 0)
        return rc;
    if (b->object.data == NULL) {
        git_error_set_str(GIT_ERROR_ODB, vfy_mem_print(&b->arena, "it says that it has %zu bytes", b->object.size));
        return -1;
    }
    *size = b->object.size;
    *type = git_object_string2type(b->object.type);
    *data = git_odb_backend_data_alloc(backend, *size + 1); /* see vfy_git_memory */
    memcpy(*data, b->object.data, *size);
    ((char *)*data)[*size] = '\0';
    b->object.data = NULL; /* handed over once, and not held twice */
    vfy_mem_reset(&b->arena);
    return 0;
}

static void loose_free(git_odb_backend *b)
{
    vfy_mem_release(&((struct loose_backend *)b)->arena); /* itself it is in the caller's */
}

/* The backends are added by hand: git_odb_open() would follow alternates, and
 * git_repository_open() read the configuration and what it includes.  The folder has just been
 * looked at, and nothing in it is read yet: what fails here is the system. */
static int open_objects(struct arena *a, struct git *g)
{
    git_odb_backend *packed = NULL;
    struct loose_backend *own = vfy_mem_alloc(a, sizeof *own);

    own->git.version = GIT_ODB_BACKEND_VERSION;
    own->git.read = loose;
    own->git.read_header = loose_header;
    own->git.free = loose_free;
    own->folder = g->objects;
    g->loose = own;
    return git_odb_new(&g->odb) == 0 && git_odb_add_backend(g->odb, &own->git, 1) == 0 &&
                   git_odb_backend_pack(&packed, g->objects) == 0 && git_odb_add_backend(g->odb, packed, 2) == 0 &&
                   git_repository_wrap_odb(&g->repo, g->odb) == 0
               ? 0 : -1;
}

int vfy_git_open(struct arena *a, const char *path, struct git **g, char tip[VFY_OID], struct err *e)
{
    const char *objects;
    bool partial, is_begun;

    if (vfy_gitdir_check(a, path, &objects, tip, &partial, e) != 0)
        return -1;
    *g = vfy_mem_alloc(a, sizeof **g);
    (*g)->is_partial = partial;
    (*g)->objects = objects;
    vfy_git_memory();
    is_begun = git_libgit2_init() >= 0;
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)0); /* see git_changes.c */
    return is_begun && open_objects(a, *g) == 0 ? 0 : fail(e, is_begun ? E_IO : E_INTERNAL, objects);
}

struct git *vfy_git_again(struct arena *a, const struct git *g, struct err *e)
{
    struct git *mine = vfy_mem_alloc(a, sizeof *mine);

    mine->is_partial = g->is_partial;
    mine->objects = g->objects;
    git_libgit2_init(); /* counted: it has begun */
    if (open_objects(a, mine) == 0)
        return mine;
    fail(e, E_IO, g->objects);
    vfy_git_free(mine);
    return NULL;
}

void vfy_git_free(struct git *g)
{
    if (g == NULL)
        return;
    git_repository_free(g->repo);
    git_odb_free(g->odb);
    git_libgit2_shutdown();
    vfy_mem_release(&g->folders.arena[0]);
    vfy_mem_release(&g->folders.arena[1]);
}

struct folders *vfy_git_folders(struct git *g)
{
    return &g->folders;
}

int vfy_git_root(struct git *g, const char *commit, uint8_t tree[VFY_RAW_OID], struct err *e)
{
    git_commit *c = NULL;
    git_oid id;
    int rc = git_oid_fromstr(&id, commit);

    if (rc == 0)
        rc = git_commit_lookup(&c, g->repo, &id);
    if (rc == 0)
        memcpy(tree, git_commit_tree_id(c)->id, VFY_RAW_OID);
    else
        fail_find(g, &id, GIT_OBJECT_COMMIT, rc, e, commit);
    git_commit_free(c);
    return rc == 0 ? 0 : -1;
}

int vfy_git_broken(struct git *g, const uint8_t raw[VFY_RAW_OID], const char *where, struct err *e)
{
    git_tree *tree = NULL;
    git_oid id;
    int rc = git_oid_fromraw(&id, raw);

    if (rc == 0)
        rc = git_tree_lookup(&tree, g->repo, &id);
    git_tree_free(tree);
    return rc != 0 ? fail_find(g, &id, GIT_OBJECT_TREE, rc, e, where)
                   : vfy_err_set(e, E_REPO_UNSAFE, where, "a tree: it is not written as git writes it");
}

int vfy_git_tree(struct arena *a, struct git *g, const uint8_t raw[VFY_RAW_OID], const char **p, size_t *n, const char *where,
                 struct err *e)
{
    git_odb_object *object = NULL;
    git_oid id;
    int rc = git_oid_fromraw(&id, raw);

    if (rc == 0)
        rc = git_odb_read(&object, g->odb, &id);
    if (rc != 0)
        return fail_find(g, &id, GIT_OBJECT_ANY, rc, e, where);
    if (git_odb_object_type(object) != GIT_OBJECT_TREE) {
        rc = vfy_git_broken(g, raw, where, e);
    } else {
        *n = git_odb_object_size(object);
        *p = vfy_mem_copy(a, git_odb_object_data(object), *n);
    }
    git_odb_object_free(object);
    return rc;
}

int vfy_git_read(struct arena *a, struct git *g, const char *oid, size_t limit, char **data, size_t *size,
                 struct err *e)
{
    git_blob *blob = NULL;
    git_object_t type;
    git_oid id;
    size_t len = 0;
    int rc = -1, found = -1;

    g->loose->most = limit;
    if (git_oid_fromstr(&id, oid) != 0 || (found = git_odb_read_header(&len, &type, g->odb, &id)) != 0) {
        fail_find(g, &id, GIT_OBJECT_ANY, found, e, oid);
        goto out;
    }
    if (len > limit) {
        vfy_err_set(e, E_LIMIT_SIZE, oid, "%zu bytes, the limit is %zu", len, limit);
        goto out;
    }
    if (git_blob_lookup(&blob, g->repo, &id) != 0) {
        fail(e, E_REPO_UNSAFE, oid);
        goto out;
    }
    *size = (size_t)git_blob_rawsize(blob);
    *data = vfy_mem_copy(a, git_blob_rawcontent(blob), *size);
    rc = 0;
out:
    git_blob_free(blob);
    return rc;
}

int vfy_git_commit(struct arena *a, struct git *g, const char *oid, struct git_commit_info *c, struct err *e)
{
    git_commit *commit = NULL;
    git_buf signature = GIT_BUF_INIT_CONST(NULL, 0), bytes = GIT_BUF_INIT_CONST(NULL, 0);
    git_oid id;
    int rc = -1, found = -1;

    memset(c, 0, sizeof *c);
    if (git_oid_fromstr(&id, oid) != 0 || (found = git_commit_lookup(&commit, g->repo, &id)) != 0) {
        fail_find(g, &id, GIT_OBJECT_COMMIT, found, e, oid);
        goto out;
    }
    c->parents = git_commit_parentcount(commit);
    if (c->parents > 0)
        git_oid_tostr(c->parent, VFY_OID, git_commit_parent_id(commit, 0));
    c->message = vfy_mem_print(a, "%s", git_commit_message_raw(commit));
    c->signature = "";
    /* libgit2 finds one in the message as well, where git knows none */
    found = strstr(git_commit_raw_header(commit), "\ngpgsig ") == NULL
                ? GIT_ENOTFOUND : git_commit_extract_signature(&signature, &bytes, g->repo, &id, "gpgsig");
    if (found != 0 && found != GIT_ENOTFOUND) {
        fail(e, E_REPO_UNSAFE, oid);
        goto out;
    }
    if (found == 0) {
        c->signature = vfy_mem_copy(a, signature.ptr, signature.size);
        c->signature_len = signature.size;
        c->signed_bytes = vfy_mem_copy(a, bytes.ptr, bytes.size);
        c->signed_len = bytes.size;
    }
    rc = 0;
out:
    git_buf_dispose(&signature);
    git_buf_dispose(&bytes);
    git_commit_free(commit);
    return rc;
}

bool vfy_git_is_partial(const struct git *g)
{
    return g->is_partial;
}

int vfy_git_has(struct git *g, const char *oid, struct err *e)
{
    git_object_t type;
    git_oid id;
    int is = git_oid_fromstr(&id, oid) == 0 ? look(g, &id, &type) : 0;

    return is < 0 ? fail(e, E_IO, oid) : is;
}
