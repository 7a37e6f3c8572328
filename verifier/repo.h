/*
 * verifier/repo.h - the evidence repository: ledger, history, packages.  FORMAT.md section 9.
 */
#ifndef VFY_REPO_H
#define VFY_REPO_H

#include "verifier/git.h"
#include "verifier/verify.h"

struct ledger_entry {
    const struct json *payload;
    const char *package, *run; /* run: NULL when its attestations do not hold */
    bool is_current; /* newest PASS, else newest, of its carrier, plan_ref and environment */
};

struct repo {
    struct arena *arena;
    const struct policy *policy;
    struct git *git;
    char tip[VFY_OID];
    struct git_file *files;
    size_t file_count;
    struct ledger_entry *ledger;
    size_t count;
};

/*
 * vfy_repo_open(path, repo, r) - files, ledger chain and history, as findings of level 0.
 *
 * repo->arena and repo->policy are the caller's; vfy_repo_close() afterwards in any
 * case.  What could not be read leaves count 0.
 */
void vfy_repo_open(const char *path, struct repo *repo, struct report *r);
void vfy_repo_close(struct repo *repo);

/*
 * vfy_repo_verify(repo, i, v) - package i of the ledger: as vfy_verify_package, then its
 * packet against line 3, its staged verdict and its ledger entry.
 */
void vfy_repo_verify(struct repo *repo, struct arena *a, size_t i, struct verdict *v);

#endif
