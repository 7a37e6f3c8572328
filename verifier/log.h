/*
 * verifier/log.h - the transparency log of a repository, against its ledger.  FORMAT.md section 9.
 */
#ifndef VFY_LOG_H
#define VFY_LOG_H

#include "verifier/repo.h"
#include "verifier/tree.h"

#define VFY_LOG_PROOF "package.tlog-proof"
#define VFY_LOG_UNSEEN "the log's signature: no log key is trusted"

struct tlog {
    struct note note;             /* log/checkpoint; size 0 when it has not the form */
    const struct trusted *signer; /* whose signature over it holds, or NULL */
    struct tree tree;             /* size 0 until the entries are those of the ledger */
};

/*
 * vfy_log_open(repo, r) - checkpoint, entries, tiles and root against the files of the tip,
 * and repo->against; findings of level 0.
 *
 * Afterwards repo->log is NULL when the repository has none.
 */
void vfy_log_open(struct repo *repo, struct report *r);

/* vfy_log_unsigned(repo) - whether there is a log whose signature nobody can evaluate. */
bool vfy_log_unsigned(const struct repo *repo);

/* vfy_log_is_path(repo, path) - whether the format knows a file of the log there. */
bool vfy_log_is_path(const struct repo *repo, const char *path);

/*
 * vfy_log_commit(repo, i, changes, count, is_whole, lack, e) - what the commit of entry i does
 * below log/ is the step from size i to i + 1, E_REPO_HISTORY; notes the commit's checkpoint.
 *
 * is_whole: no change is missing; *lack: see vfy_err_is_lack.
 */
int vfy_log_commit(struct repo *repo, size_t i, const struct git_file *changes, size_t count, bool is_whole, struct err *lack,
                   struct err *e)
    __attribute__((warn_unused_result));

/* vfy_log_package(repo, a, i, r) - the proof beside package i, E_LOG_PROOF; and under NOT
 * OBSERVED when the log's signature was not evaluated. */
void vfy_log_package(const struct repo *repo, struct arena *a, size_t i, struct report *r);

#endif
