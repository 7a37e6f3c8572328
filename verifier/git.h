/*
 * verifier/git.h - objects of a git repository; the door to libgit2.
 *
 * It reads objects and one reference.  Configuration, environment, hooks, attributes
 * and the owner of the files are not looked at.  Any failure is E_REPO_UNSAFE unless noted, and an
 * object that is missing where the repository is partial or shallow E_REPO_PARTIAL;
 * one that may come from a lack of memory ends the program with status 5.
 */
#ifndef VFY_GIT_H
#define VFY_GIT_H

#include "verifier/err.h"
#include "verifier/mem.h"

enum { VFY_OID = 41 };

struct git;
enum git_change { GIT_ADDED, GIT_CHANGED, GIT_GONE };
struct git_file {
    const char *path;
    char oid[VFY_OID];
    enum git_change change;
};
struct git_commit_info {
    char parent[VFY_OID]; /* "" for the first */
    size_t parents;
    const char *signature, *signed_bytes, *message;
    size_t signature_len, signed_len;
};

/* vfy_git_open(a, path, g, tip, e) - a bare repository and the commit of refs/heads/main;
 * vfy_git_free(*g) afterwards in any case.  E_IO no repository there; E_REPO_MISSING no such
 * branch; E_REPO_UNSAFE not SHA-1, alternates, or something else than regular files. */
int vfy_git_open(struct arena *a, const char *path, struct git **g, char tip[VFY_OID],
                 struct err *e) __attribute__((warn_unused_result));
void vfy_git_free(struct git *g);

/* vfy_git_again(a, g, e) - the same objects for another thread: none of them uses what another
 * does.  NULL with *e when that cannot be; vfy_git_free() it afterwards. */
struct git *vfy_git_again(struct arena *a, const struct git *g, struct err *e);

/* vfy_git_memory() - libgit2, not yet begun, ends the program when it gets no memory. */
void vfy_git_memory(void);

/* vfy_git_list(a, g, commit, files, count, e) - every file of its tree, sorted by path;
 * another mode than 100644 (folders 40000) is E_REPO_MISMATCH. */
int vfy_git_list(struct arena *a, struct git *g, const char *commit, struct git_file **files,
                 size_t *count, struct err *e) __attribute__((warn_unused_result));

/* vfy_git_changes(a, g, commit, parent, files, count, lack, e) - the files and folders (with a
 * slash at their end) that commit has and parent ("": none) has not, and below log/ also
 * what it changes or takes out, sorted by path.  E_REPO_HISTORY when it changes anything else.  A folder
 * that a partial clone has not is told in *lack (see vfy_err_is_lack) and passed over. */
int vfy_git_changes(struct arena *a, struct git *g, const char *commit, const char *parent,
                    struct git_file **files, size_t *count, struct err *lack, struct err *e)
    __attribute__((warn_unused_result));

/* vfy_git_read(a, g, oid, limit, data, size, e) - a blob. */
int vfy_git_read(struct arena *a, struct git *g, const char *oid, size_t limit, char **data,
                 size_t *size, struct err *e) __attribute__((warn_unused_result));

/* vfy_git_is_partial(g) - whether git says that it left objects out. */
bool vfy_git_is_partial(const struct git *g);

/* vfy_git_has(g, oid, e) - 1 when that object is there, 0 when not; or -1 with *e: E_IO. */
int vfy_git_has(struct git *g, const char *oid, struct err *e) __attribute__((warn_unused_result));

/* vfy_git_commit(a, g, oid, c, e) - a commit; without a signature it is "". */
int vfy_git_commit(struct arena *a, struct git *g, const char *oid, struct git_commit_info *c,
                   struct err *e) __attribute__((warn_unused_result));

#endif
