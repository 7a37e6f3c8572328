/*
 * verifier/history.h - parts of repo.h: the ledger's chain and the commits behind it.
 */
#ifndef VFY_HISTORY_H
#define VFY_HISTORY_H

#include "verifier/repo.h"

/* vfy_history_ledger(repo, e) - entries in sequence, signed, chained, each with its package
 * and no package without one; marks the current ones.  E_REPO_HISTORY, E_REPO_MISMATCH. */
int vfy_history_ledger(struct repo *repo, struct err *e) __attribute__((warn_unused_result));

/* vfy_history_commits(repo, e) - one signed commit for each entry; each adds a package folder
 * and a ledger file, takes the log to its next size, and changes nothing else.  E_REPO_PARTIAL
 * when that is so of all that is there. */
int vfy_history_commits(struct repo *repo, struct err *e) __attribute__((warn_unused_result));

/* vfy_history_runs(repo, r, e) - no run stands in two packages, E_REPO_HISTORY; as far as runs are known:
 * E_REPO_PARTIAL, or in *r why the attestations of a package that was not asked for do not hold. */
int vfy_history_runs(struct repo *repo, struct report *r, struct err *e) __attribute__((warn_unused_result));

/* vfy_history_read(repo) - reads the files of the ledger, as far as they are sound. */
void vfy_history_read(struct repo *repo);

/* vfy_history_entry(repo, a, i, e) - ledger file i, from 0; NULL with *e. */
const struct ledger_file *vfy_history_entry(const struct repo *repo, struct arena *a, size_t i, struct err *e);

/* vfy_history_path(a, sequence) - the ledger file of that number, from 1. */
const char *vfy_history_path(struct arena *a, size_t sequence);

/* vfy_history_from(repo, path) - index of the first file of the tip that is not before path. */
size_t vfy_history_from(const struct repo *repo, const char *path);

/* vfy_history_file(repo, path) - the file of the tip, or NULL. */
const struct git_file *vfy_history_file(const struct repo *repo, const char *path);

/* vfy_history_below(path, folder) - whether it begins with folder, which ends with a slash. */
bool vfy_history_below(const char *path, const char *folder);

/* vfy_history_folder(a, package) - where its files lie, with a slash at the end. */
const char *vfy_history_folder(struct arena *a, const char *package);

/* vfy_history_package(path, package) - whether the file lies in a package's folder, and whose. */
bool vfy_history_package(const char *path, char package[VFY_HEX]);

/* vfy_history_blob(repo, path, limit, data, n, e) - a file of the tip. */
int vfy_history_blob(const struct repo *repo, struct arena *a, const char *path, size_t limit,
                     char **data, size_t *n, struct err *e) __attribute__((warn_unused_result));

/* vfy_history_trailer(a, message, name, value) - whether a commit's message, with a LF behind it,
 * has that trailer once, with that value. */
bool vfy_history_trailer(struct arena *a, const char *message, const char *name, const char *value);

#endif
