/* verifier/history_commits.c - see history.h: the commits behind the ledger. */
#include "verifier/history.h"

#include "verifier/log.h"
#include "verifier/sshsig.h"

#include <string.h>

/* commits that a worker takes at a time: the trees of the one before them are read twice */
enum { STEP = 32 };

bool vfy_history_trailer(struct arena *a, const char *message, const char *name, const char *value)
{
    const char *line = vfy_mem_print(a, "\n%s: %s\n", name, value), *key = vfy_mem_print(a, "\n%s:", name);
    const char *at = strstr(message, key);

    return at != NULL && strstr(message, line) == at && strstr(at + 1, key) == NULL;
}

/* the commit of entry i adds the files of its package's folder and its ledger file, and what
 * follows for the log */
static int check_added(struct repo *repo, const char *oid, const char *parent, size_t i, struct err *lack, struct err *e)
{
    struct arena a = {NULL, 0};
    const char *id = repo->ledger[i].package, *entry = vfy_history_path(&a, i + 1);
    const char *folder = vfy_history_folder(&a, id);
    size_t count = 0, n = strlen(folder), ledger = 0, packet = 0;
    struct git_file *files = NULL;
    struct err here = {.code = VFY_NO_CODE};
    int rc = vfy_git_changes(&a, repo->git, oid, parent, &files, &count, &here, e);
    bool is_whole = here.code == VFY_NO_CODE;

    for (size_t f = 0; f < count && rc == 0; f++) {
        const char *path = files[f].path;

        if (vfy_history_below(path, "log/"))
            continue; /* see vfy_log_commit */
        if (strcmp(path, entry) == 0)
            ledger++;
        else if (strncmp(path, folder, n) == 0 && path[n] != '\0' && strchr(path + n, '/') == NULL)
            packet++;
        else if (path[strlen(path) - 1] != '/' || (strncmp(folder, path, strlen(path)) != 0 && strncmp(entry, path, strlen(path)) != 0))
            rc = vfy_err_set(e, E_REPO_HISTORY, path, "the commit of ledger entry %zu adds it", i + 1);
    }
    (void)vfy_err_is_lack(&here, lack);
    if (rc == 0 && is_whole && (ledger != 1 || packet == 0))
        rc = vfy_err_set(e, E_REPO_HISTORY, entry, "its commit does not add it and its package");
    if (rc == 0)
        rc = vfy_log_commit(repo, i, files, count, is_whole, lack, e);
    vfy_mem_release(&a);
    return rc;
}

static int check_message(struct arena *a, const struct ledger_entry *entry, const char *oid, const char *text, size_t i,
                         struct err *e)
{
    const char *message = vfy_mem_print(a, "%s\n", text);

    if (!vfy_history_trailer(a, message, "Dryproof-Package", entry->package) ||
        !vfy_history_trailer(a, message, "Dryproof-Verdict", vfy_json_str(entry->payload, "verdict")) ||
        !vfy_history_trailer(a, message, "Dryproof-Ledger", vfy_mem_print(a, "%06zu", i + 1)))
        return vfy_err_set(e, E_REPO_MISMATCH, oid, "its trailers are not those of ledger entry %zu", i + 1);
    return 0;
}

static int check_commit(struct repo *repo, const char *oid, const struct git_commit_info *c, size_t i, struct err *lack,
                        struct err *e)
{
    struct arena a = {NULL, 0};
    const struct trusted *signer;
    int rc = -1;

    repo->ledger[i].checkpoint = NULL;
    if (vfy_sshsig_check(&a, c->signature, c->signature_len, "git", c->signed_bytes, c->signed_len, repo->policy,
                         ROLE_PACKAGER, oid, &signer, e) == 0 &&
        (check_added(repo, oid, c->parent, i, lack, e) == 0 || vfy_err_is_lack(e, lack)))
        rc = check_message(&a, &repo->ledger[i], oid, c->message, i, e);
    vfy_mem_release(&a);
    return rc;
}

/* the commits from the tip on; number k is of the k-th ledger entry from the end */
struct chain {
    struct repo *repo;
    struct link {
        char oid[VFY_OID];
        struct git_commit_info c;
        enum { UNKNOWN, LACKS, SOUND } state;
    } *links;
    size_t count;
};

/* as far as they can be read */
static void read_chain(struct repo *repo, struct chain *chain)
{
    const char *oid = repo->tip;
    struct err unused;

    *chain = (struct chain){.repo = repo};
    chain->links = vfy_mem_alloc(repo->arena, repo->count * sizeof *chain->links);
    for (; chain->count < repo->count && oid[0] != '\0'; chain->count++) {
        struct link *l = &chain->links[chain->count];

        memcpy(l->oid, oid, VFY_OID);
        if (vfy_git_commit(repo->arena, repo->git, oid, &l->c, &unused) != 0)
            return;
        oid = l->c.parent;
    }
}

static void check_links(void *shared, size_t worker, size_t from, size_t to)
{
    const struct chain *chain = shared;
    struct repo mine = vfy_repo_of(chain->repo, worker);

    for (size_t k = from; k < to; k++) {
        struct link *l = &chain->links[k];
        struct err lack = {.code = VFY_NO_CODE}, unused;

        if (check_commit(&mine, l->oid, &l->c, mine.count - 1 - k, &lack, &unused) == 0)
            l->state = lack.code == VFY_NO_CODE ? SOUND : LACKS;
    }
}

/* In order; what no worker found sound is looked at again, to say why.  *left: entries whose commits
 * were not met. */
static int judge_chain(struct repo *repo, const struct chain *chain, size_t *left, struct err *lack, struct err *e)
{
    char oid[VFY_OID];

    memcpy(oid, repo->tip, VFY_OID);
    for (*left = repo->count; *left > 0;) {
        size_t k = repo->count - *left;
        struct git_commit_info c;

        if (oid[0] == '\0')
            return vfy_err_set(e, E_REPO_HISTORY, "refs/heads/main", "fewer commits than ledger entries");
        if (k < chain->count)
            c = chain->links[k].c;
        else if (vfy_git_commit(repo->arena, repo->git, oid, &c, e) != 0)
            return -1;
        if (c.parents > 1)
            return vfy_err_set(e, E_REPO_HISTORY, oid, "a merge: two histories claim the same sequence");
        --*left;
        if ((k >= chain->count || chain->links[k].state < (lack->code == VFY_NO_CODE ? SOUND : LACKS)) &&
            check_commit(repo, oid, &c, *left, lack, e) != 0)
            return -1;
        memcpy(oid, c.parent, VFY_OID);
    }
    if (oid[0] != '\0' && repo->count > 0)
        return vfy_err_set(e, E_REPO_HISTORY, oid, "more commits than ledger entries");
    return 0;
}

int vfy_history_commits(struct repo *repo, struct err *e)
{
    struct err lack = {.code = VFY_NO_CODE};
    struct chain chain;
    size_t left;

    read_chain(repo, &chain);
    vfy_repo_work(repo, chain.count, STEP, check_links, &chain);
    if (judge_chain(repo, &chain, &left, &lack, e) != 0) {
        while (left > 0)
            repo->ledger[--left].checkpoint = NULL;
        return -1;
    }
    *e = lack;
    return lack.code == VFY_NO_CODE ? 0 : -1;
}
