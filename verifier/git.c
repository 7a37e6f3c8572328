/* verifier/git.c - see git.h.  The only file that includes git2.h. */
#include "verifier/git.h"

#include "verifier/limits.h"

#include <git2.h>
#include <git2/sys/repository.h>
#include <stdlib.h>
#include <string.h>

struct git {
    git_repository *repo;
};

static int fail(struct err *e, enum vfy_code code, const char *path)
{
    const git_error *why = git_error_last();

    return vfy_err_set(e, code, path, "git: %.200s", why != NULL ? why->message : "unknown error");
}

/* nothing but objects: no configuration of any level, no owner check */
static void configure(void)
{
    git_libgit2_init();
    for (int level = GIT_CONFIG_LEVEL_PROGRAMDATA; level <= GIT_CONFIG_LEVEL_GLOBAL; level++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, "");
}

int vfy_git_open(const char *path, struct git **g, char tip[VFY_OID], struct err *e)
{
    struct git *new = calloc(1, sizeof *new);
    git_reference *ref = NULL;
    git_config *empty = NULL;
    int rc = -1, found;

    if (new == NULL)
        return vfy_err_set(e, E_NOMEM, path, "out of memory");
    configure();
    if (git_repository_open_bare(&new->repo, path) != 0 || git_config_new(&empty) != 0 ||
        git_repository_set_config(new->repo, empty) != 0) {
        fail(e, E_IO, path);
        goto out;
    }
    found = git_reference_lookup(&ref, new->repo, "refs/heads/main");
    if (found != 0) {
        fail(e, found == GIT_ENOTFOUND ? E_REPO_MISSING : E_REPO_UNSAFE, "refs/heads/main");
        goto out;
    }
    if (git_reference_type(ref) != GIT_REFERENCE_DIRECT) {
        vfy_err_set(e, E_REPO_MISMATCH, "refs/heads/main", "it points to another reference");
        goto out;
    }
    git_oid_tostr(tip, VFY_OID, git_reference_target(ref));
    *g = new;
    new = NULL;
    rc = 0;
out:
    git_reference_free(ref);
    git_config_free(empty);
    vfy_git_free(new);
    return rc;
}

void vfy_git_free(struct git *g)
{
    if (g == NULL)
        return;
    git_repository_free(g->repo);
    free(g);
    git_libgit2_shutdown();
}

static int tree_of(struct git *g, const char *commit, git_tree **tree)
{
    git_commit *c = NULL;
    git_oid id;
    int rc = git_oid_fromstr(&id, commit) == 0 && git_commit_lookup(&c, g->repo, &id) == 0 &&
                     git_commit_tree(tree, c) == 0
                 ? 0 : -1;

    git_commit_free(c);
    return rc;
}

struct walk {
    struct arena *arena;
    struct git_file *files;
    size_t count, room;
    struct err *e;
};

static int visit(const char *folder, const git_tree_entry *entry, void *data)
{
    struct walk *w = data;
    char *path = vfy_mem_print(w->arena, "%s%s", folder, git_tree_entry_name(entry));
    unsigned mode = (unsigned)git_tree_entry_filemode_raw(entry);
    struct git_file *more;

    if (git_tree_entry_type(entry) == GIT_OBJECT_TREE && mode == 040000)
        return strlen(path) > 200 ? vfy_err_set(w->e, E_LIMIT_DEPTH, path, "folders too deep") : 0;
    if (git_tree_entry_type(entry) != GIT_OBJECT_BLOB || mode != 0100644)
        return vfy_err_set(w->e, E_REPO_MISMATCH, path, "mode %o, expected 100644", mode);
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
    git_oid_tostr(w->files[w->count++].oid, VFY_OID, git_tree_entry_id(entry));
    return 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct git_file *)a)->path, ((const struct git_file *)b)->path);
}

int vfy_git_list(struct arena *a, struct git *g, const char *commit, struct git_file **files, size_t *count,
                 struct err *e)
{
    struct walk w = {a, NULL, 0, 0, e};
    git_tree *tree = NULL;
    int rc = -1;

    e->code = VFY_NO_CODE;
    if (tree_of(g, commit, &tree) != 0 || git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &w) != 0) {
        if (e->code == VFY_NO_CODE)
            fail(e, E_REPO_UNSAFE, commit);
        goto out;
    }
    if (w.count > 0)
        qsort(w.files, w.count, sizeof *w.files, by_path);
    for (size_t i = 1; i < w.count; i++)
        if (strcmp(w.files[i - 1].path, w.files[i].path) == 0) {
            vfy_err_set(e, E_REPO_MISMATCH, w.files[i].path, "a tree names it twice");
            goto out;
        }
    *files = w.files;
    *count = w.count;
    rc = 0;
out:
    git_tree_free(tree);
    return rc;
}

int vfy_git_entry(struct git *g, const char *commit, const char *path, char oid[VFY_OID])
{
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    int rc = tree_of(g, commit, &tree) == 0 && git_tree_entry_bypath(&entry, tree, path) == 0 ? 0 : -1;

    if (rc == 0)
        git_oid_tostr(oid, VFY_OID, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    git_tree_free(tree);
    return rc;
}

int vfy_git_read(struct arena *a, struct git *g, const char *oid, size_t limit, char **data, size_t *size,
                 struct err *e)
{
    git_blob *blob = NULL;
    git_odb *odb = NULL;
    git_object_t type;
    git_oid id;
    size_t len = 0;
    int rc = -1;

    if (git_oid_fromstr(&id, oid) != 0 || git_repository_odb(&odb, g->repo) != 0 ||
        git_odb_read_header(&len, &type, odb, &id) != 0) {
        fail(e, E_REPO_UNSAFE, oid);
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
    int rc = -1;

    memset(c, 0, sizeof *c);
    if (git_oid_fromstr(&id, oid) != 0 || git_commit_lookup(&commit, g->repo, &id) != 0) {
        fail(e, E_REPO_UNSAFE, oid);
        goto out;
    }
    c->parents = git_commit_parentcount(commit);
    if (c->parents > 0)
        git_oid_tostr(c->parent, VFY_OID, git_commit_parent_id(commit, 0));
    c->message = vfy_mem_print(a, "%s", git_commit_message_raw(commit));
    c->signature = "";
    if (git_commit_extract_signature(&signature, &bytes, g->repo, &id, "gpgsig") == 0) {
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
