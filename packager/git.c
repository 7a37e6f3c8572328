/* packager/git.c - see packager/git.h.  The door to libgit2. */
#include "packager/git.h"

#include <dirent.h>
#include <errno.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "packager/git_wire.h"
#include "packager/sshsig.h"

int pkg_git_failed(struct err *e, enum err_kind kind, const char *what)
{
    const git_error *why = git_error_last();

    return err_set(e, kind, "%s: %s", what,
                   why == NULL || why->message == NULL ? "libgit2 gave no reason" : why->message);
}

/* The user's and the system's configuration must not change what we write.  Once a process, and never
 * shut down: each start reads all the certificates that the system trusts. */
static int start_library(struct err *e)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                                 GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
    static bool is_started;

    if (is_started)
        return 0;
    if (git_libgit2_init() < 0)
        return pkg_git_failed(e, ERR_SYSTEM, "cannot start libgit2");
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0)
            return pkg_git_failed(e, ERR_SYSTEM, "cannot empty the configuration path");
    if (git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0) < 0)
        return pkg_git_failed(e, ERR_SYSTEM, "cannot set up libgit2");
    is_started = true;
    return 0;
}

/* A folder with contents is no repository of ours unless git, or a packager, has begun one there. */
static bool is_foreign(const char *path)
{
    char objects[FILE_PATH_MAX], lock[FILE_PATH_MAX];
    struct err ignored;
    int entries = 0;
    DIR *d = opendir(path);

    if (d == NULL) /* asked again, it might be there: somebody else may begin one at this moment */
        return errno != ENOENT;
    while (entries < 3 && readdir(d) != NULL)
        entries++;
    (void)closedir(d);
    if (entries < 3)
        return false;
    return file_join(objects, path, "objects", &ignored) != 0 || file_join(lock, path, PKG_GIT_LOCK, &ignored) != 0 ||
           !(file_is_folder(objects) || file_exists(lock));
}

int pkg_git_open(const char *path, struct pkg_git **out, struct err *e)
{
    const unsigned int flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE |
                               GIT_REPOSITORY_OPEN_NO_DOTGIT;
    git_repository *repo = NULL;
    struct pkg_git *g;
    int rc;

    if (start_library(e) != 0)
        return -1;
    rc = git_repository_open_ext(&repo, path, flags, NULL);
    if (rc == GIT_ENOTFOUND && is_foreign(path))
        return err_set(e, ERR_INPUT, "%s is no bare git repository; name one, or a new folder", path);
    if (rc == GIT_ENOTFOUND) {
        *out = NULL;
        return 0;
    }
    if (rc != 0)
        return pkg_git_failed(e, ERR_SYSTEM, path);
    g = calloc(1, sizeof *g);
    if (g == NULL) {
        git_repository_free(repo);
        return err_no_memory(e);
    }
    g->repo = repo;
    if (file_join(g->objects, git_repository_path(g->repo), "objects", e) != 0 || pkg_git_write_to(g, g->objects, e) != 0) {
        pkg_git_free(g);
        return -1;
    }
    *out = g;
    return 0;
}

void pkg_git_free(struct pkg_git *g)
{
    if (g == NULL)
        return;
    git_repository_free(g->repo);
    free(g);
}

int pkg_git_tip(struct pkg_git *g, char commit[PKG_GIT_HEX], struct err *e)
{
    return pkg_git_tip_of(g, PKG_GIT_REF, commit, e);
}

int pkg_git_tip_of(struct pkg_git *g, const char *ref, char commit[PKG_GIT_HEX], struct err *e)
{
    git_oid oid;
    int rc = git_reference_name_to_id(&oid, g->repo, ref);

    commit[0] = '\0';
    if (rc == GIT_ENOTFOUND)
        return 0;
    if (rc != 0)
        return pkg_git_failed(e, ERR_SYSTEM, ref);
    (void)git_oid_tostr(commit, PKG_GIT_HEX, &oid);
    return 0;
}

/* The root tree of a commit; *out is NULL for "". */
static int root_tree(struct pkg_git *g, const char *commit, git_tree **out, struct err *e)
{
    git_commit *c = NULL;
    git_oid oid;
    int rc = -1;

    *out = NULL;
    if (commit[0] == '\0')
        return 0;
    if (git_oid_fromstr(&oid, commit) != 0 || git_commit_lookup(&c, g->repo, &oid) != 0 ||
        git_commit_tree(out, c) != 0)
        pkg_git_failed(e, ERR_SYSTEM, commit);
    else
        rc = 0;
    git_commit_free(c);
    return rc;
}

/* 1 with *out, 0 when path is not there, -1 on an error. */
static int find_entry(struct pkg_git *g, const char *commit, const char *path,
                      git_tree_entry **out, struct err *e)
{
    git_tree *root = NULL;
    int rc;

    *out = NULL;
    if (root_tree(g, commit, &root, e) != 0)
        return -1;
    rc = root == NULL ? GIT_ENOTFOUND : git_tree_entry_bypath(out, root, path);
    git_tree_free(root);
    return rc == GIT_ENOTFOUND ? 0 : rc == 0 ? 1 : pkg_git_failed(e, ERR_SYSTEM, path);
}

int pkg_git_has(struct pkg_git *g, const char *commit, const char *path, bool *out, struct err *e)
{
    git_tree_entry *entry;
    int found = find_entry(g, commit, path, &entry, e);

    git_tree_entry_free(entry);
    *out = found == 1;
    return found < 0 ? -1 : 0;
}

static int find_blob(struct pkg_git *g, const char *commit, const char *path, git_oid *out, struct err *e)
{
    git_tree_entry *entry = NULL;
    int rc = -1;
    int found = find_entry(g, commit, path, &entry, e);

    if (found == 0)
        err_set(e, ERR_INPUT, "the repository has no %s", path);
    if (found != 1)
        return -1;
    if (git_tree_entry_filemode(entry) != GIT_FILEMODE_BLOB)
        err_set(e, ERR_INPUT, "%s is no plain file in the repository", path);
    else
        rc = git_oid_cpy(out, git_tree_entry_id(entry));
    git_tree_entry_free(entry);
    return rc;
}

int pkg_git_read(struct pkg_git *g, const char *commit, const char *path, struct buf *out,
                 struct err *e)
{
    git_oid blob;

    return find_blob(g, commit, path, &blob, e) != 0 ? -1 : pkg_git_read_blob(g, &blob, path, out, e);
}

int pkg_git_holds(struct pkg_git *g, const char *commit, const struct pkg_git_edit *edit, bool *out, struct err *e)
{
    const char *id;
    git_oid blob;

    if (find_blob(g, commit, edit->path, &blob, e) != 0 || pkg_naming_end(edit->name, &id, e) != 0)
        return -1;
    *out = git_oid_streq(&blob, id) == 0;
    return *out ? pkg_git_is_blob(g, &blob, edit->data, edit->len, out, e) : 0;
}

int pkg_git_list(struct pkg_git *g, const char *commit, const char *folder, struct file_list *out,
                 struct err *e)
{
    struct file_list list = {NULL, 0, 0};
    git_tree_entry *entry = NULL;
    git_tree *tree = NULL;
    int rc = -1;
    int found = find_entry(g, commit, folder, &entry, e);

    if (found == 0)
        *out = list;
    if (found != 1)
        return found;
    if (git_tree_lookup(&tree, g->repo, git_tree_entry_id(entry)) != 0) {
        pkg_git_failed(e, ERR_SYSTEM, folder);
        goto out;
    }
    list.cap = git_tree_entrycount(tree);
    list.paths = calloc(list.cap + 1, sizeof *list.paths);
    for (; list.paths != NULL && list.count < list.cap; list.count++) {
        list.paths[list.count] = strdup(git_tree_entry_name(git_tree_entry_byindex(tree, list.count)));
        if (list.paths[list.count] == NULL)
            break;
    }
    if (list.paths == NULL || list.count < list.cap) {
        err_no_memory(e);
        goto out;
    }
    *out = list;
    list = (struct file_list){NULL, 0, 0};
    rc = 0;
out:
    file_list_release(&list);
    git_tree_free(tree);
    git_tree_entry_free(entry);
    return rc;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct pkg_git_edit *)a)->path, ((const struct pkg_git_edit *)b)->path);
}

static int edit_file(struct pkg_git *g, git_treebuilder *builder, const char *name, const struct pkg_git_edit *edit)
{
    git_oid blob;
    int rc;

    if (edit->data == NULL)
        return git_treebuilder_remove(builder, name);
    rc = pkg_git_write_blob(g, edit, &blob);
    if (rc == 0)
        rc = pkg_git_is_whole(g, &blob);
    return rc != 0 ? rc : git_treebuilder_insert(NULL, builder, name, &blob, GIT_FILEMODE_BLOB);
}

/* The tree that base (or nothing) becomes by these edits, whose paths are below it from byte
 * `skip` on; each tree is written once.  *count: its entries. */
static int build(struct pkg_git *g, const git_tree *base, const struct pkg_git_edit *edits, size_t n, size_t skip,
                 git_oid *out, size_t *count)
{
    git_treebuilder *builder = NULL;
    int rc = git_treebuilder_new(&builder, g->repo, base);

    for (size_t i = 0, end; rc == 0 && i < n; i = end) {
        const char *path = edits[i].path + skip;
        size_t part = strcspn(path, "/"), entries = 0;
        const git_tree_entry *entry;
        char name[FILE_PATH_MAX];
        git_tree *below = NULL;
        git_oid child;

        (void)snprintf(name, sizeof name, "%.*s", (int)part, path);
        end = i + 1;
        if (path[part] == '\0') {
            rc = edit_file(g, builder, name, &edits[i]);
            continue;
        }
        while (end < n && strncmp(edits[end].path, edits[i].path, skip + part + 1) == 0)
            end++;
        entry = base == NULL ? NULL : git_tree_entry_byname(base, name);
        if (entry != NULL)
            rc = git_tree_lookup(&below, g->repo, git_tree_entry_id(entry));
        if (rc == 0)
            rc = build(g, below, edits + i, end - i, skip + part + 1, &child, &entries);
        if (rc == 0)
            rc = entries == 0 ? git_treebuilder_remove(builder, name)
                              : git_treebuilder_insert(NULL, builder, name, &child, GIT_FILEMODE_TREE);
        git_tree_free(below);
    }
    if (rc == 0) {
        *count = git_treebuilder_entrycount(builder);
        rc = *count == 0 ? 0 : git_treebuilder_write(out, builder);
        if (rc == 0 && *count > 0)
            rc = pkg_git_is_whole(g, out);
    }
    git_treebuilder_free(builder);
    return rc;
}

static int write_trees(struct pkg_git *g, const git_tree *base, const struct pkg_git_change *change, git_tree **out)
{
    git_oid oid;
    size_t entries;
    int rc;

    qsort(change->edits, change->count, sizeof *change->edits, by_path);
    rc = build(g, base, change->edits, change->count, 0, &oid, &entries);
    return rc != 0 ? rc : git_tree_lookup(out, g->repo, &oid);
}

static int write_commit(git_repository *repo, const char *parent_hex, git_tree *tree,
                        const struct pkg_git_change *change, const struct pkg_key *key,
                        git_oid *out, struct err *e)
{
    git_signature *who = NULL;
    git_commit *parent = NULL;
    git_buf text = {NULL, 0, 0};
    struct buf sig = buf_init(4096);
    git_oid parent_oid;
    time_t now;
    int rc = -1;

    if (pkg_key_time(key, &now, e) != 0)
        goto out;
    if (parent_hex[0] != '\0' && (git_oid_fromstr(&parent_oid, parent_hex) != 0 ||
                                  git_commit_lookup(&parent, repo, &parent_oid) != 0)) {
        pkg_git_failed(e, ERR_SYSTEM, parent_hex);
        goto out;
    }
    if (git_signature_new(&who, "dryproof-pack", change->email, (git_time_t)now, 0) != 0 ||
        git_commit_create_buffer(&text, repo, who, who, NULL, change->message, tree,
                                 parent == NULL ? 0 : 1, (const git_commit **)&parent) != 0) {
        pkg_git_failed(e, ERR_SYSTEM, "cannot write the commit");
        goto out;
    }
    if (pkg_sshsig_sign(key, "git", text.ptr, text.size, &sig, e) != 0)
        goto out;
    if (git_commit_create_with_signature(out, repo, text.ptr, sig.data, "gpgsig") != 0)
        pkg_git_failed(e, ERR_SYSTEM, "cannot write the commit");
    else
        rc = 0;
out:
    buf_release(&sig);
    git_buf_dispose(&text);
    git_commit_free(parent);
    git_signature_free(who);
    return rc;
}

int pkg_git_write(struct pkg_git *g, const char *parent, const struct pkg_git_change *change,
                  const struct pkg_key *key, char commit[PKG_GIT_HEX], struct err *e)
{
    git_tree *base = NULL;
    git_tree *tree = NULL;
    git_oid oid;
    int rc = -1;

    if (root_tree(g, parent, &base, e) != 0)
        goto out;
    if (write_trees(g, base, change, &tree) != 0) {
        pkg_git_failed(e, ERR_SYSTEM, "cannot write to the repository");
        goto out;
    }
    if (write_commit(g->repo, parent, tree, change, key, &oid, e) != 0)
        goto out;
    (void)git_oid_tostr(commit, PKG_GIT_HEX, &oid);
    rc = 0;
out:
    git_tree_free(tree);
    git_tree_free(base);
    return rc;
}
