/*
 * verifier/git_trees.h - part of git.h: the bytes of trees, for who compares them.
 */
#ifndef VFY_GIT_TREES_H
#define VFY_GIT_TREES_H

#include "verifier/git.h"

#include <stdint.h>

enum { VFY_RAW_OID = 20 };

struct folder;
/* trees that were read, each in one of the arenas */
struct folders {
    struct arena arena[2];
    struct folder *first[2];
};

/* vfy_git_folders(g) - of this repository; it releases them when it is freed. */
struct folders *vfy_git_folders(struct git *g);

/* vfy_git_root(g, commit, tree, e) - the tree of a commit. */
int vfy_git_root(struct git *g, const char *commit, uint8_t tree[VFY_RAW_OID], struct err *e)
    __attribute__((warn_unused_result));

/* vfy_git_tree(a, g, id, p, n, where, e) - the bytes of a tree; p stays as it is when there is none. */
int vfy_git_tree(struct arena *a, struct git *g, const uint8_t id[VFY_RAW_OID], const char **p, size_t *n, const char *where,
                 struct err *e) __attribute__((warn_unused_result));

/* vfy_git_broken(g, id, where, e) - what libgit2 says of a tree that cannot be read as one; returns -1. */
int vfy_git_broken(struct git *g, const uint8_t id[VFY_RAW_OID], const char *where, struct err *e);

#endif
