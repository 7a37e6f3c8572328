/* verifier/git.c - see git.h.  Only this file and git_wire.c include git2.h. */
#include "verifier/git.h"

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

struct git {
    git_repository *repo; /* in memory: its objects, and nothing else of the folder */
    bool is_partial;      /* what is not there may be elsewhere */
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

static bool has(struct git *g, const git_oid *id)
{
    git_odb *odb = NULL;
    git_object_t type;
    size_t size;
    bool found = git_repository_odb(&odb, g->repo) == 0 && git_odb_read_header(&size, &type, odb, id) != GIT_ENOTFOUND;

    git_odb_free(odb);
    return found;
}

/* of an object that was looked for: where git left some out, its absence proves nothing, but an
 * object of another type is "not found" as well */
static int fail_find(struct git *g, const git_oid *id, int rc, struct err *e, const char *path)
{
    fail(e, E_REPO_UNSAFE, path);
    if (rc == GIT_ENOTFOUND && g->is_partial && e->code == E_REPO_UNSAFE && !has(g, id))
        vfy_err_set(e, E_REPO_PARTIAL, path, "not in this clone, which is partial or shallow");
    return -1;
}

struct loose_backend {
    git_odb_backend git; /* first: libgit2 hands it back */
    const char *folder;
};

static int loose_path(struct arena *a, git_odb_backend *b, const git_oid *id, const char **path)
{
    char hex[VFY_OID];
    struct stat st;

    git_oid_tostr(hex, sizeof hex, id);
    *path = vfy_mem_print(a, "%s/%.2s/%s", ((struct loose_backend *)b)->folder, hex, hex + 2);
    if (lstat(*path, &st) == 0)
        return 0;
    if (errno == ENOENT || errno == ENOTDIR)
        return GIT_ENOTFOUND;
    git_error_set_str(GIT_ERROR_OS, strerror(errno));
    return -1;
}

static int loose(void **data, size_t *size, git_object_t *type, git_odb_backend *b, const git_oid *id)
{
    struct arena a = {NULL, 0};
    struct loose object;
    struct err e;
    const char *path;
    int rc = loose_path(&a, b, id, &path);

    if (rc == 0 && vfy_loose_read(&a, path, data != NULL, &object, &e) != 0) {
        git_error_set_str(e.code == E_IO ? GIT_ERROR_OS : GIT_ERROR_ODB, e.text);
        rc = -1;
    } else if (rc == 0) {
        *size = object.size;
        *type = git_object_string2type(object.type);
        if (data != NULL) {
            *data = git_odb_backend_data_alloc(b, object.size + 1); /* see vfy_git_memory */
            memcpy(*data, object.data, object.size);
            ((char *)*data)[object.size] = '\0';
        }
    }
    vfy_mem_release(&a);
    return rc;
}

static int loose_header(size_t *size, git_object_t *type, git_odb_backend *b, const git_oid *id)
{
    return loose(NULL, size, type, b, id);
}

static void loose_free(git_odb_backend *b)
{
    (void)b; /* in the caller's arena */
}

/* The backends are added by hand: git_odb_open() would follow alternates, and
 * git_repository_open() read the configuration and what it includes. */
static int open_objects(struct arena *a, const char *folder, git_repository **repo)
{
    git_odb *odb = NULL;
    git_odb_backend *packed = NULL;
    struct loose_backend *own = vfy_mem_alloc(a, sizeof *own);
    int rc;

    own->git.version = GIT_ODB_BACKEND_VERSION;
    own->git.read = loose;
    own->git.read_header = loose_header;
    own->git.free = loose_free;
    own->folder = folder;
    rc = git_odb_new(&odb) == 0 && git_odb_add_backend(odb, &own->git, 1) == 0 &&
                 git_odb_backend_pack(&packed, folder) == 0 && git_odb_add_backend(odb, packed, 2) == 0 &&
                 git_repository_wrap_odb(repo, odb) == 0
             ? 0 : -1;
    git_odb_free(odb);
    return rc;
}

int vfy_git_open(struct arena *a, const char *path, struct git **g, char tip[VFY_OID], struct err *e)
{
    const char *objects;
    bool partial, is_begun;

    if (vfy_gitdir_check(a, path, &objects, tip, &partial, e) != 0)
        return -1;
    *g = vfy_mem_alloc(a, sizeof **g);
    (*g)->is_partial = partial;
    vfy_git_memory();
    is_begun = git_libgit2_init() >= 0;
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    return is_begun && open_objects(a, objects, &(*g)->repo) == 0 ? 0 : fail(e, is_begun ? E_REPO_UNSAFE : E_INTERNAL, objects);
}

void vfy_git_free(struct git *g)
{
    if (g == NULL)
        return;
    git_repository_free(g->repo);
    git_libgit2_shutdown();
}

static int tree_of(struct git *g, const char *commit, git_oid *tree, struct err *e)
{
    git_commit *c = NULL;
    git_oid id;
    int rc = git_oid_fromstr(&id, commit);

    if (rc == 0)
        rc = git_commit_lookup(&c, g->repo, &id);
    if (rc == 0)
        git_oid_cpy(tree, git_commit_tree_id(c));
    else
        fail_find(g, &id, rc, e, commit);
    git_commit_free(c);
    return rc == 0 ? 0 : -1;
}

struct walk {
    struct arena *arena;
    struct git *git;
    struct git_file *files;
    size_t count, room;
    struct err *lack, *e;
};

static int walk(struct walk *w, const char *folder, const git_oid *old_id, const git_oid *new_id);

static int add(struct walk *w, const char *path, const git_oid *id, enum git_change change)
{
    struct git_file *more;

    if (w->count == VFY_MAX_REPO_FILES)
        return vfy_err_set(w->e, E_LIMIT_COUNT, path, "more files than MAX_REPO_FILES");
    if (w->count == w->room) {
        more = vfy_mem_alloc(w->arena, (w->room + 64) * 2 * sizeof *more);
        if (w->count > 0)
            memcpy(more, w->files, w->count * sizeof *more);
        w->files = more;
        w->room = (w->room + 64) * 2;
    }
    w->files[w->count].path = path;
    w->files[w->count].change = change;
    git_oid_tostr(w->files[w->count++].oid, VFY_OID, id);
    return 0;
}

/* what a commit may rewrite */
static bool may_change(const char *path)
{
    return strncmp(path, "log/", 4) == 0;
}

/* an entry of the new tree, and the one of that place in the old one or NULL */
static int visit(struct walk *w, const char *folder, const git_tree_entry *was, const git_tree_entry *is)
{
    unsigned mode = (unsigned)git_tree_entry_filemode_raw(is);
    bool tree = mode == 040000;
    const char *path = vfy_mem_print(w->arena, "%s%s%s", folder, git_tree_entry_name(is), tree ? "/" : "");
    const git_oid *id = git_tree_entry_id(is), *was_id = was != NULL ? git_tree_entry_id(was) : NULL;

    if (!tree && mode != 0100644)
        return vfy_err_set(w->e, E_REPO_MISMATCH, path, "mode %o, expected 100644", mode);
    if (strlen(path) > 200)
        return vfy_err_set(w->e, E_LIMIT_DEPTH, path, "folders too deep");
    if (was != NULL && (unsigned)git_tree_entry_filemode_raw(was) == mode && git_oid_equal(id, was_id))
        return 0;
    if (was != NULL && !tree && !may_change(path))
        return vfy_err_set(w->e, E_REPO_HISTORY, path, "a commit rewrote it");
    if ((was == NULL || !tree) && add(w, path, id, was == NULL ? GIT_ADDED : GIT_CHANGED) != 0)
        return -1;
    return tree ? walk(w, path, was_id, id) : 0;
}

/* an entry that only the old tree has, with all below it */
static int miss(struct walk *w, const char *folder, const git_tree_entry *was)
{
    bool folder_gone = git_tree_entry_filemode_raw(was) == 040000;
    const char *path = vfy_mem_print(w->arena, "%s%s%s", folder, git_tree_entry_name(was), folder_gone ? "/" : "");

    if (strlen(path) > 200)
        return vfy_err_set(w->e, E_LIMIT_DEPTH, path, "folders too deep");
    if (!may_change(path))
        return vfy_err_set(w->e, E_REPO_HISTORY, folder, "a commit took out %s", git_tree_entry_name(was));
    if (add(w, path, git_tree_entry_id(was), GIT_GONE) != 0)
        return -1;
    return folder_gone ? walk(w, path, git_tree_entry_id(was), NULL) : 0;
}

/* git's order: a folder's name as if a slash followed */
static int tree_order(const git_tree_entry *a, const git_tree_entry *b)
{
    const char *x = git_tree_entry_name(a), *y = git_tree_entry_name(b);
    size_t n = 0;
    int end_x = git_tree_entry_filemode_raw(a) == 040000 ? '/' : 0, end_y = git_tree_entry_filemode_raw(b) == 040000 ? '/' : 0;

    while (x[n] != '\0' && x[n] == y[n])
        n++;
    return (x[n] != '\0' ? (unsigned char)x[n] : end_x) - (y[n] != '\0' ? (unsigned char)y[n] : end_y);
}

/* A tree is what git writes: safe names in their order, and written again the same bytes.  Git
 * and libgit2 read others too, but not all alike. */
static int check_tree(struct walk *w, const git_tree *tree, const char *folder)
{
    struct buf again = {w->arena, NULL, 0, 0};
    git_odb *odb = NULL;
    git_odb_object *raw = NULL;
    const char *wrong = NULL;
    size_t n = git_tree_entrycount(tree);
    int rc;

    vfy_mem_add(&again, "", 0);
    for (size_t i = 0; i < n; i++) {
        const git_tree_entry *is = git_tree_entry_byindex(tree, i);
        const char *name = git_tree_entry_name(is);

        if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            wrong = "a name is not one part of a path";
        else if (i > 0 && tree_order(git_tree_entry_byindex(tree, i - 1), is) >= 0)
            wrong = "entries are not in git's order";
        vfy_mem_put(&again, "%o %s", (unsigned)git_tree_entry_filemode_raw(is), name);
        vfy_mem_add(&again, "", 1);
        vfy_mem_add(&again, git_tree_entry_id(is)->id, GIT_OID_RAWSZ);
    }
    if (git_repository_odb(&odb, w->git->repo) != 0 || git_odb_read(&raw, odb, git_tree_id(tree)) != 0)
        fail(w->e, E_REPO_UNSAFE, folder);
    else if (wrong == NULL && (git_odb_object_size(raw) != again.len || memcmp(git_odb_object_data(raw), again.p, again.len) != 0))
        wrong = "it is not written as git writes it";
    if (wrong != NULL)
        vfy_err_set(w->e, E_REPO_UNSAFE, folder, "a tree: %s", wrong);
    rc = raw != NULL && wrong == NULL ? 0 : -1;
    git_odb_object_free(raw);
    git_odb_free(odb);
    return rc;
}

/* Both trees at once, in their order; new_id NULL: all of the old one is gone.  The old one was
 * not judged, but who put it in disorder is met as the new one of an earlier commit. */
static int walk(struct walk *w, const char *folder, const git_oid *old_id, const git_oid *new_id)
{
    const char *where = *folder != '\0' ? folder : "refs/heads/main";
    git_tree *old = NULL, *new = NULL;
    size_t at = 0, i = 0, n, m;
    int rc = -1, found = 0;

    if ((new_id != NULL && (found = git_tree_lookup(&new, w->git->repo, new_id)) != 0) ||
        (old_id != NULL && (found = git_tree_lookup(&old, w->git->repo, old_id)) != 0)) {
        fail_find(w->git, new_id != NULL && new == NULL ? new_id : old_id, found, w->e, where);
        rc = vfy_err_is_lack(w->e, w->lack) ? 0 : -1;
        goto out;
    }
    if (new != NULL && check_tree(w, new, where) != 0)
        goto out;
    n = old != NULL ? git_tree_entrycount(old) : 0;
    m = new != NULL ? git_tree_entrycount(new) : 0;
    while (at < n || i < m) {
        const git_tree_entry *was = at < n ? git_tree_entry_byindex(old, at) : NULL;
        const git_tree_entry *is = i < m ? git_tree_entry_byindex(new, i) : NULL;
        int order = was == NULL ? 1 : is == NULL ? -1 : tree_order(was, is);

        if ((order < 0 ? miss(w, folder, was) : visit(w, folder, order == 0 ? was : NULL, is)) != 0)
            goto out;
        at += order <= 0;
        i += order >= 0;
    }
    rc = 0;
out:
    git_tree_free(old);
    git_tree_free(new);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct git_file *)a)->path, ((const struct git_file *)b)->path);
}

int vfy_git_changes(struct arena *a, struct git *g, const char *commit, const char *parent, struct git_file **files,
                    size_t *count, struct err *lack, struct err *e)
{
    struct walk w = {a, g, NULL, 0, 0, lack, e};
    git_oid old, new;

    if (tree_of(g, commit, &new, e) != 0 || (*parent != '\0' && tree_of(g, parent, &old, e) != 0) ||
        walk(&w, "", *parent != '\0' ? &old : NULL, &new) != 0)
        return -1;
    if (w.count > 0)
        qsort(w.files, w.count, sizeof *w.files, by_path);
    *files = w.files;
    *count = w.count;
    return 0;
}

int vfy_git_list(struct arena *a, struct git *g, const char *commit, struct git_file **files, size_t *count,
                 struct err *e)
{
    struct err lack = {.code = VFY_NO_CODE};
    size_t n = 0;

    if (vfy_git_changes(a, g, commit, "", files, count, &lack, e) != 0)
        return -1;
    if (lack.code != VFY_NO_CODE) {
        *e = lack;
        return -1;
    }
    for (size_t i = 0; i < *count; i++) {
        const char *path = (*files)[i].path;

        if (path[strlen(path) - 1] != '/')
            (*files)[n++] = (*files)[i];
    }
    *count = n;
    return 0;
}

int vfy_git_read(struct arena *a, struct git *g, const char *oid, size_t limit, char **data, size_t *size,
                 struct err *e)
{
    git_blob *blob = NULL;
    git_odb *odb = NULL;
    git_object_t type;
    git_oid id;
    size_t len = 0;
    int rc = -1, found = -1;

    if (git_oid_fromstr(&id, oid) != 0 || git_repository_odb(&odb, g->repo) != 0 ||
        (found = git_odb_read_header(&len, &type, odb, &id)) != 0) {
        fail_find(g, &id, found, e, oid);
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
    git_odb_free(odb);
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
        fail_find(g, &id, found, e, oid);
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

bool vfy_git_has(struct git *g, const char *oid)
{
    git_oid id;

    return git_oid_fromstr(&id, oid) == 0 && has(g, &id);
}
