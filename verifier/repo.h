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
    char checkpoint[VFY_OID]; /* the log's, in its commit; "" without one that counts */
};

struct tlog;

struct repo {
    struct arena *arena;
    const struct policy *policy;
    const char *now, *against; /* --now and --against-checkpoint, or NULL */
    const char *packages;      /* --packages, or NULL */
    bool wants_log;            /* the log was asked for: without one it is a HOLD */
    struct tlog *log;          /* NULL: the repository has none */
    struct git *git;
    char tip[VFY_OID];
    struct git_file *files;
    size_t file_count;
    struct ledger_entry *ledger;
    size_t count;
};

/*
 * vfy_repo_open(path, repo, r) - files, log, ledger chain and history, as findings of level 0.
 *
 * repo->arena, policy, now, against, packages and wants_log are the caller's; vfy_repo_close()
 * afterwards in any case.  What could not be read leaves count 0.
 */
void vfy_repo_open(const char *path, struct repo *repo, struct report *r);
void vfy_repo_close(struct repo *repo);

/*
 * vfy_repo_verify(repo, i, v) - package i of the ledger: as vfy_verify_package, then its
 * packet against line 3, its staged verdict, its ledger entry and its place in the log.
 */
void vfy_repo_verify(struct repo *repo, struct arena *a, size_t i, struct verdict *v);

#endif
