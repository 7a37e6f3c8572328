/*
 * verifier/gitdir.h - the folder of a repository, before git sees it.
 */
#ifndef VFY_GITDIR_H
#define VFY_GITDIR_H

#include "verifier/git.h"

/*
 * vfy_gitdir_check(a, path, objects, tip, partial, e) - its folder of objects and the commit of main.
 *
 * *partial: git left something out when it cloned this, in width (a promisor pack) or depth.
 *
 * E_IO no repository there; E_REPO_MISSING no such branch; E_REPO_UNSAFE alternates, or
 * something else than regular files.
 */
int vfy_gitdir_check(struct arena *a, const char *path, const char **objects, char tip[VFY_OID],
                     bool *partial, struct err *e) __attribute__((warn_unused_result));

/* vfy_gitdir_packs(objects, e) - whether each pack and its index can be opened, begin and end as such do,
 * and belong together: what is in others is not found.  E_IO; E_REPO_UNSAFE damaged.  What lies between
 * is not read. */
int vfy_gitdir_packs(const char *objects, struct err *e) __attribute__((warn_unused_result));

/* vfy_gitdir_tip(a, path, name, tip, e) - the commit of a branch.  E_REPO_MISSING no such branch;
 * E_REPO_MISMATCH it names another reference; E_REPO_UNSAFE no commit's name. */
int vfy_gitdir_tip(struct arena *a, const char *path, const char *name, char tip[VFY_OID], struct err *e)
    __attribute__((warn_unused_result));

#endif
