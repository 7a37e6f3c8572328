/*
 * verifier/repo.h - the evidence repository: ledger, history, packages.  FORMAT.md section 9.
 */
#ifndef VFY_REPO_H
#define VFY_REPO_H

#include "verifier/git.h"
#include "verifier/verify.h"

struct ledger_entry {
    const struct json *payload;
    const char *package, *run; /* run: NULL when its attestations do not hold, or are not here */
    bool is_current; /* newest PASS, else newest, of its carrier, plan_ref and environment */
    bool has_run;    /* whether it was looked for */
    const char *checkpoint; /* the log's, in its commit; NULL without one that counts */
    size_t checkpoint_len;
};

/* a file of the ledger, as it was found before anybody asked */
struct ledger_file {
    const char *data; /* NULL: it could not be read */
    size_t n;
    uint8_t digest[32];
    const struct json *payload; /* signed by a trusted packager, or NULL: who asks looks again, and says why */
};

/* what one thread has for itself; the first is the caller's */
struct worker {
    struct arena *arena; /* what the repository keeps of its work */
    struct git *git;
};

struct tlog;

struct repo {
    struct arena *arena;
    const struct policy *policy;
    const char *now, *against; /* --now and --against-checkpoint, or NULL */
    const char *packages;      /* --packages, or NULL */
    const char *asked;         /* the package whose verdict is asked for, or NULL */
    bool asks_all;             /* those of all are */
    bool wants_log;            /* the log was asked for: without one it is a HOLD */
    struct tlog *log;          /* NULL: the repository has none */
    struct git *git;
    char tip[VFY_OID];
    struct git_file *files;
    size_t file_count;
    struct ledger_file *ledger_files;
    size_t ledger_file_count;
    struct ledger_entry *ledger;
    size_t count;
    bool is_walked; /* its history stands, so that its runs can be compared */
    struct worker *workers;
    size_t worker_count;
};

/*
 * vfy_repo_open(path, repo, r) - files, log, ledger chain and history, as findings of level 0.
 *
 * repo->arena, policy, now, against, packages, asked, asks_all and wants_log are the caller's;
 * vfy_repo_close() afterwards in any case.  What could not be read leaves count 0.
 */
void vfy_repo_open(const char *path, struct repo *repo, struct report *r);
void vfy_repo_close(struct repo *repo);

/* vfy_repo_runs(repo, r) - no run stands in two packages; after vfy_repo_open(), which leaves it
 * out: of a package that vfy_repo_verify() was asked for, the run is known. */
void vfy_repo_runs(struct repo *repo, struct report *r);

/*
 * vfy_repo_work(repo, count, step, f, shared) - vfy_work_run() by the repository's workers;
 * vfy_repo_of(repo, worker) - the repository for one of them: it may change what the ledger has
 * for the entries that it was given, and nothing else.
 */
void vfy_repo_work(const struct repo *repo, size_t count, size_t step,
                   void (*f)(void *shared, size_t worker, size_t from, size_t to), void *shared);
struct repo vfy_repo_of(const struct repo *repo, size_t worker);

/*
 * vfy_repo_verify(repo, i, v) - package i of the ledger: as vfy_verify_package, then its
 * packet against line 3, its staged verdict, its ledger entry and its place in the log.
 */
void vfy_repo_verify(struct repo *repo, struct arena *a, size_t i, struct verdict *v);

#endif
