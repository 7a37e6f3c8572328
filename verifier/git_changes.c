/*
 * verifier/git_changes.c - see git.h: two commits' trees compared, each tree read once.
 *
 * A walk through a history meets every tree twice: as the older side of one commit and the newer
 * one of the commit before it.  Those of the older side are kept until then.
 */
#include "verifier/git_trees.h"

#include "verifier/limits.h"

#include <stdlib.h>
#include <string.h>

enum { FOLDER = 040000, FILE_MODE = 0100644, LONGEST = 200, ALL_MODES = 0xffff, NAME_BYTES = 0xffff };

struct place {
    const char *digits, *name;
    const uint8_t *id;
    size_t name_len;
    unsigned mode;
};

struct folder {
    struct folder *next;
    uint8_t id[VFY_RAW_OID];
    struct place *places;
    size_t count;
    const char *wrong; /* why git would not have written it, or NULL */
};

struct walk {
    struct arena *arena;
    struct git *git;
    struct git_file *files;
    size_t count, room;
    struct err *lack, *e;
};

static int walk(struct walk *w, const char *folder, const uint8_t *old_id, const uint8_t *new_id);

static bool same_id(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, VFY_RAW_OID) == 0;
}

static void write_oid(const uint8_t *id, char oid[VFY_OID])
{
    for (int i = 0; i < VFY_RAW_OID; i++) {
        oid[2 * i] = "0123456789abcdef"[id[i] >> 4];
        oid[2 * i + 1] = "0123456789abcdef"[id[i] & 15];
    }
    oid[VFY_OID - 1] = '\0';
}

static int add(struct walk *w, const char *path, const uint8_t *id, enum git_change change)
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
    write_oid(id, w->files[w->count++].oid);
    return 0;
}

/* what a commit may rewrite */
static bool may_change(const char *path)
{
    return strncmp(path, "log/", 4) == 0;
}

static const char *path_of(struct walk *w, const char *folder, const struct place *p)
{
    return vfy_mem_print(w->arena, "%s%s%s", folder, p->name, p->mode == FOLDER ? "/" : "");
}

/* an entry of the new tree, and the one of that place in the old one or NULL */
static int visit(struct walk *w, const char *folder, const struct place *was, const struct place *is)
{
    bool tree = is->mode == FOLDER, same = was != NULL && was->mode == is->mode && same_id(was->id, is->id);
    const char *path;

    if (same && (tree || is->mode == FILE_MODE) && strlen(folder) + is->name_len + tree <= LONGEST)
        return 0; /* most are: no path is made for them */
    path = path_of(w, folder, is);
    if (!tree && is->mode != FILE_MODE)
        return vfy_err_set(w->e, E_REPO_MISMATCH, path, "mode %o, expected 100644", is->mode);
    if (strlen(path) > LONGEST)
        return vfy_err_set(w->e, E_LIMIT_DEPTH, path, "folders too deep");
    if (was != NULL && !tree && !may_change(path))
        return vfy_err_set(w->e, E_REPO_HISTORY, path, "a commit rewrote it");
    if ((was == NULL || !tree) && add(w, path, is->id, was == NULL ? GIT_ADDED : GIT_CHANGED) != 0)
        return -1;
    return tree ? walk(w, path, was != NULL ? was->id : NULL, is->id) : 0;
}

/* an entry that only the old tree has, with all below it */
static int miss(struct walk *w, const char *folder, const struct place *was)
{
    const char *path = path_of(w, folder, was);

    if (strlen(path) > LONGEST)
        return vfy_err_set(w->e, E_LIMIT_DEPTH, path, "folders too deep");
    if (!may_change(path))
        return vfy_err_set(w->e, E_REPO_HISTORY, folder, "a commit took out %s", was->name);
    if (add(w, path, was->id, GIT_GONE) != 0)
        return -1;
    return was->mode == FOLDER ? walk(w, path, was->id, NULL) : 0;
}

/* git's order: a folder's name as if a slash followed */
static int order(const struct place *a, const struct place *b)
{
    const char *x = a->name, *y = b->name;
    size_t n = 0;
    int end_x = a->mode == FOLDER ? '/' : 0, end_y = b->mode == FOLDER ? '/' : 0;

    while (x[n] != '\0' && x[n] == y[n])
        n++;
    return (x[n] != '\0' ? (unsigned char)x[n] : end_x) - (y[n] != '\0' ? (unsigned char)y[n] : end_y);
}

/* one entry as git, and libgit2, can read it; the bytes behind it, or NULL */
static const char *parse_place(const char *p, const char *end, struct place *out)
{
    const char *nul;

    out->digits = p;
    for (out->mode = 0; p < end && *p >= '0' && *p <= '7' && out->mode <= ALL_MODES; p++)
        out->mode = out->mode * 8 + (unsigned)(*p - '0');
    if (p == end || *p != ' ' || p == out->digits || out->mode > ALL_MODES)
        return NULL;
    out->name = ++p;
    nul = memchr(p, '\0', (size_t)(end - p));
    if (nul == NULL || nul == p || nul - p > NAME_BYTES || end - nul <= VFY_RAW_OID)
        return NULL;
    out->name_len = (size_t)(nul - p);
    out->id = (const uint8_t *)nul + 1;
    return nul + 1 + VFY_RAW_OID;
}

/* A tree is what git writes: safe names in their order, and no number with a zero before it.  Git
 * and libgit2 read others too, but not all alike. */
static const char *judge(const struct folder *f)
{
    const char *wrong = NULL;
    bool is_padded = false;

    for (size_t i = 0; i < f->count; i++) {
        const struct place *is = &f->places[i];
        const char *name = is->name;

        is_padded = is_padded || (is->digits[0] == '0' && is->digits[1] != ' ');
        if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            wrong = "a name is not one part of a path";
        else if (i > 0 && order(&f->places[i - 1], is) >= 0)
            wrong = "entries are not in git's order";
    }
    return wrong == NULL && is_padded ? "it is not written as git writes it" : wrong;
}

static int parse(struct arena *a, struct git *g, const uint8_t *id, const char *p, size_t n, const char *where, struct folder *f,
                 struct err *e)
{
    const char *end = p + n, *at = p;
    struct place one;
    size_t count = 0;

    for (; at < end && (at = parse_place(at, end, &one)) != NULL; count++)
        ;
    if (at == NULL)
        return vfy_git_broken(g, id, where, e);
    f->places = vfy_mem_alloc(a, count * sizeof *f->places);
    for (at = p; at < end; f->count++)
        at = parse_place(at, end, &f->places[f->count]);
    f->wrong = judge(f);
    return 0;
}

/* kept from the commit after this one, or read; and with side 1 kept for the one before it */
static int open_folder(struct walk *w, const uint8_t *id, int side, const char *where, struct folder **out)
{
    struct folders *kept = vfy_git_folders(w->git);
    struct arena *a = &kept->arena[side];
    struct folder *f = kept->first[side];
    const char *p = NULL;
    size_t n = 0;

    while (f != NULL && !same_id(f->id, id))
        f = f->next;
    if (f == NULL) {
        f = vfy_mem_alloc(a, sizeof *f);
        memcpy(f->id, id, VFY_RAW_OID);
        if (vfy_git_tree(a, w->git, id, &p, &n, where, w->e) != 0 || parse(a, w->git, id, p, n, where, f, w->e) != 0)
            return -1;
        if (side == 1) {
            f->next = kept->first[1];
            kept->first[1] = f;
        }
    }
    *out = f;
    return 0;
}

/* Both trees at once, in their order; new_id NULL: all of the old one is gone.  The old one was
 * not judged, but who put it in disorder is met as the new one of an earlier commit. */
static int walk(struct walk *w, const char *folder, const uint8_t *old_id, const uint8_t *new_id)
{
    const char *where = *folder != '\0' ? folder : "refs/heads/main";
    struct folder none = {.count = 0}, *old = &none, *new = &none;
    size_t at = 0, i = 0;

    if ((new_id != NULL && open_folder(w, new_id, 0, where, &new) != 0) ||
        (old_id != NULL && open_folder(w, old_id, 1, where, &old) != 0))
        return vfy_err_is_lack(w->e, w->lack) ? 0 : -1;
    if (new->wrong != NULL)
        return vfy_err_set(w->e, E_REPO_UNSAFE, where, "a tree: %s", new->wrong);
    while (at < old->count || i < new->count) {
        const struct place *was = at < old->count ? &old->places[at] : NULL;
        const struct place *is = i < new->count ? &new->places[i] : NULL;
        int first = was == NULL ? 1 : is == NULL ? -1 : order(was, is);

        if ((first < 0 ? miss(w, folder, was) : visit(w, folder, first == 0 ? was : NULL, is)) != 0)
            return -1;
        at += first <= 0;
        i += first >= 0;
    }
    return 0;
}

/* what was the older side is the newer one now */
static void turn(struct folders *kept)
{
    struct arena spent = kept->arena[0];

    kept->arena[0] = kept->arena[1];
    kept->first[0] = kept->first[1];
    vfy_mem_reset(&spent);
    kept->arena[1] = spent;
    kept->first[1] = NULL;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct git_file *)a)->path, ((const struct git_file *)b)->path);
}

int vfy_git_changes(struct arena *a, struct git *g, const char *commit, const char *parent, struct git_file **files,
                    size_t *count, struct err *lack, struct err *e)
{
    struct walk w = {a, g, NULL, 0, 0, lack, e};
    uint8_t old[VFY_RAW_OID], new[VFY_RAW_OID];

    turn(vfy_git_folders(g));
    if (vfy_git_root(g, commit, new, e) != 0 || (*parent != '\0' && vfy_git_root(g, parent, old, e) != 0) ||
        walk(&w, "", *parent != '\0' ? old : NULL, new) != 0)
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
