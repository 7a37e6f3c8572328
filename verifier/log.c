/* verifier/log.c - see log.h: opening it, what a commit adds to it, a package's proof. */
#include "verifier/log.h"

#include "verifier/entries.h"
#include "verifier/file.h"
#include "verifier/history.h"
#include "verifier/limits.h"
#include "verifier/verify.h"

#include <string.h>

static const char checkpoint[] = "log/checkpoint", tiles[] = "log/tile/";

bool vfy_log_is_path(const struct repo *repo, const char *path)
{
    return repo->log != NULL && (strcmp(path, checkpoint) == 0 || vfy_history_below(path, tiles));
}

/* its signature, and the time of the key that made it; *signer NULL: none that counts */
static void judge_signer(const struct repo *repo, const struct note *note, const char *path, const struct trusted **signer,
                         struct report *r)
{
    struct err e;

    if (vfy_note_signer(repo->policy, note, path, signer, &e) != 0) {
        *signer = NULL;
        vfy_report_error(r, LEVEL_0, &e);
    } else if (*signer != NULL && repo->now != NULL) {
        vfy_verify_key(r, *signer, repo->now, "now is", path);
    }
}

/* what the origin is made of */
static int check_origin(const struct repo *repo, const struct note *note, const char *path, enum vfy_code code, struct err *e)
{
    struct arena a = {NULL, 0};
    char hex[VFY_HEX], *data;
    size_t n;
    int rc = vfy_history_blob(repo, &a, vfy_history_path(&a, 1), VFY_MAX_LEDGER_BYTES, &data, &n, e);

    if (rc == 0) {
        vfy_crypto_sha256(data, n, hex);
        if (strncmp(strrchr(note->origin, '/') + 1, hex, 32) != 0)
            rc = vfy_err_set(e, code, path, "its origin is not that of ledger file 1");
    } else if (e->code == E_REPO_MISMATCH) {
        vfy_err_set(e, E_LOG_PACKAGE_MISSING, vfy_history_path(&a, 1), "the log begins with it, and it is not in the repository");
    }
    vfy_mem_release(&a);
    return rc;
}

static int read_checkpoint(struct repo *repo, struct err *e)
{
    char *data;
    size_t n;

    if (vfy_history_blob(repo, repo->arena, checkpoint, VFY_NOTE_BYTES, &data, &n, e) != 0)
        return e->code == E_REPO_MISMATCH ? vfy_err_set(e, E_LOG_CHECKPOINT, checkpoint, "there is a log, and no checkpoint of it")
               : e->code == E_LIMIT_SIZE ? vfy_err_set(e, E_LOG_CHECKPOINT, checkpoint, "longer than one can be")
                                         : -1;
    return vfy_note_parse(repo->arena, data, n, checkpoint, &repo->log->note, e);
}

/* each file is what the entries give, and there are no others */
static int check_tiles(const struct repo *repo, const struct tree *t, struct err *e)
{
    struct arena kept = {NULL, 0}, a = {NULL, 0};
    struct tile *list;
    size_t count = vfy_tree_tiles(&kept, t->size, &list), found = 0;
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++) {
        const char *path = vfy_tree_path(&a, &list[i]), *bytes;
        size_t want, n = 0;
        char *data = NULL;

        bytes = vfy_tree_bytes(&a, t, &list[i], &want);
        if (vfy_history_blob(repo, &a, path, want, &data, &n, e) != 0)
            rc = e->code == E_REPO_MISMATCH || e->code == E_LIMIT_SIZE
                     ? vfy_err_set(e, E_LOG_REWRITTEN, path, "%s", e->code == E_LIMIT_SIZE ? "it is not what the entries give" : "it is not there")
                     : -1;
        else if (n != want || memcmp(data, bytes, n) != 0)
            rc = vfy_err_set(e, E_LOG_REWRITTEN, path, "it is not what the entries give");
        vfy_mem_reset(&a);
    }
    for (size_t i = vfy_history_from(repo, tiles); i < repo->file_count && vfy_history_below(repo->files[i].path, tiles); i++)
        found++;
    if (rc == 0 && found != count)
        rc = vfy_err_set(e, E_LOG_REWRITTEN, tiles, "%zu files, a log of %zu entries has %zu", found, t->size, count);
    vfy_mem_release(&a);
    vfy_mem_release(&kept);
    return rc;
}

static int check_tree(struct repo *repo, struct err *e)
{
    const struct note *note = &repo->log->note;
    struct tree tree;
    vfy_hash *entries, root;

    if (check_origin(repo, note, checkpoint, E_LOG_CHECKPOINT, e) != 0 ||
        vfy_entries_check(repo, note->size, &entries, e) != 0)
        return -1;
    vfy_tree_build(repo->arena, entries, note->size, &tree);
    if (check_tiles(repo, &tree, e) != 0)
        return -1;
    vfy_tree_root(&tree, tree.size, root);
    if (memcmp(root, note->root, VFY_HASH) != 0)
        return vfy_err_set(e, E_LOG_REWRITTEN, checkpoint, "its root is not that of the entries: another tree was signed");
    repo->log->tree = tree;
    return 0;
}

/* The newest checkpoint is of a key that is in force: it stands for all that the log had before,
 * whoever signed that then. */
static bool is_vouched(const struct repo *repo)
{
    const struct trusted *key = repo->log == NULL || repo->log->tree.size == 0 ? NULL : repo->log->signer;

    return key != NULL && (repo->now == NULL || ((key->from[0] == '\0' || strcmp(key->from, repo->now) <= 0) &&
                                                 (key->until[0] == '\0' || strcmp(repo->now, key->until) <= 0)));
}

/* vfy_note_signer of an older checkpoint: revocation since then counts unless it is vouched for */
static int sign_of_past(const struct repo *repo, const struct note *note, const char *path, const struct trusted **signer,
                        struct err *e)
{
    int rc = vfy_note_signer(repo->policy, note, path, signer, e);

    return rc != 0 && *signer != NULL && is_vouched(repo) ? 0 : rc;
}

/* a checkpoint, or the one in a proof, that somebody kept */
static int read_kept(const struct repo *repo, struct note *note, struct err *e)
{
    struct proof proof;
    const char *text;
    char *data;
    size_t n;

    if (vfy_file_read(repo->arena, repo->against, VFY_MAX_LEDGER_BYTES, &data, &n, e) != 0)
        return -1;
    text = data;
    if (vfy_note_is_proof(text, n)) {
        if (vfy_note_proof(repo->arena, text, n, repo->against, &proof, e) != 0) {
            e->code = E_LOG_CHECKPOINT;
            return -1;
        }
        text = proof.note;
        n = proof.note_len;
    }
    return vfy_note_parse(repo->arena, text, n, repo->against, note, e);
}

/* what was kept is believed for its signature alone */
static int check_kept(const struct repo *repo, struct report *r, struct err *e)
{
    const struct tlog *t = repo->log;
    const struct trusted *signer;
    struct note kept;
    vfy_hash root;

    if (read_kept(repo, &kept, e) != 0 || sign_of_past(repo, &kept, repo->against, &signer, e) != 0)
        return -1;
    if (signer == NULL)
        return vfy_err_set(e, E_LOG_KEY, repo->against, "no log key is trusted, so that it cannot be compared");
    if (repo->now != NULL && !is_vouched(repo))
        vfy_verify_key(r, signer, repo->now, "now is", repo->against);
    if (t == NULL || t->tree.size == 0)
        return 0; /* there is nothing to compare with, which was said */
    if (check_origin(repo, &kept, repo->against, E_LOG_FORK, e) != 0)
        return -1;
    if (kept.size > t->tree.size)
        return vfy_err_set(e, E_LOG_TAIL, checkpoint, "it has %zu entries, and had %zu", t->tree.size, kept.size);
    vfy_tree_root(&t->tree, kept.size, root);
    return memcmp(root, kept.root, VFY_HASH) == 0
               ? 0 : vfy_err_set(e, E_LOG_FORK, repo->against, "the log's first %zu entries are not those of this checkpoint", kept.size);
}

static bool trusts_log(const struct policy *policy)
{
    for (size_t i = 0; i < policy->key_count; i++)
        if (policy->keys[i].role == ROLE_LOG)
            return true;
    return false;
}

bool vfy_log_unsigned(const struct repo *repo)
{
    return repo->log != NULL && !trusts_log(repo->policy);
}

void vfy_log_open(struct repo *repo, struct report *r)
{
    size_t first = vfy_history_from(repo, "log/");
    struct err e;

    if (first == repo->file_count || !vfy_history_below(repo->files[first].path, "log/")) {
        if (repo->wants_log || repo->against != NULL || trusts_log(repo->policy))
            vfy_report_check(r, LEVEL_0, false, E_LOG_MISSING, "log/", "the repository has no log");
    } else {
        repo->log = vfy_mem_alloc(repo->arena, sizeof *repo->log);
        if (read_checkpoint(repo, &e) != 0) {
            memset(&repo->log->note, 0, sizeof repo->log->note);
            vfy_report_error(r, LEVEL_0, &e);
        } else {
            judge_signer(repo, &repo->log->note, checkpoint, &repo->log->signer, r);
            if (check_tree(repo, &e) != 0)
                vfy_report_error(r, LEVEL_0, &e);
        }
    }
    if (repo->against != NULL && check_kept(repo, r, &e) != 0)
        vfy_report_error(r, LEVEL_0, &e);
}

static bool is_tile(struct arena *a, const struct tile *list, size_t count, const char *path, const struct tile **found)
{
    for (*found = list; *found < list + count; ++*found)
        if (strcmp(vfy_tree_path(a, *found), path) == 0)
            return true;
    return false;
}

/* a new folder is that of a tile that comes with it, or of the log */
static bool is_folder(struct arena *a, const struct tile *list, size_t count, const char *path)
{
    bool is = strcmp(path, "log/") == 0;

    for (size_t i = 0; i < count && !is; i++)
        is = vfy_history_below(vfy_tree_path(a, &list[i]), path);
    return is;
}

/* the checkpoint that this log had at that size */
static bool is_of_size(const struct tlog *t, const struct note *note, size_t size)
{
    vfy_hash root;

    vfy_tree_root(&t->tree, size, root);
    return note->size == size && strcmp(note->origin, t->note.origin) == 0 && memcmp(note->root, root, VFY_HASH) == 0;
}

/* the commit's own checkpoint, of the tree as it was then */
static int check_then(struct repo *repo, struct arena *a, size_t i, const struct git_file *f, struct err *e)
{
    char *data;
    size_t n;
    struct note note;

    if (vfy_git_read(a, repo->git, f->oid, VFY_NOTE_BYTES, &data, &n, e) != 0)
        return e->code == E_LIMIT_SIZE ? vfy_err_set(e, E_REPO_HISTORY, checkpoint, "longer than one can be") : -1;
    if (vfy_note_parse(a, data, n, checkpoint, &note, e) != 0) {
        e->code = E_REPO_HISTORY;
        return -1;
    }
    if (!is_of_size(repo->log, &note, i + 1))
        return vfy_err_set(e, E_REPO_HISTORY, checkpoint, "the commit of ledger entry %zu has another log's, or of another tree", i + 1);
    repo->ledger[i].checkpoint = vfy_mem_copy(repo->arena, data, n);
    repo->ledger[i].checkpoint_len = n;
    return 0;
}

static int check_added(const struct repo *repo, struct arena *a, const struct git_file *f, const struct tile *tile,
                       struct err *e)
{
    size_t want, n;
    const char *bytes = vfy_tree_bytes(a, &repo->log->tree, tile, &want);
    char *data;

    if (vfy_git_read(a, repo->git, f->oid, want, &data, &n, e) != 0)
        return e->code == E_LIMIT_SIZE ? vfy_err_set(e, E_REPO_HISTORY, f->path, "not what the entries gave then") : -1;
    return n == want && memcmp(data, bytes, n) == 0 ? 0 : vfy_err_set(e, E_REPO_HISTORY, f->path, "not what the entries gave then");
}

int vfy_log_commit(struct repo *repo, size_t i, const struct git_file *changes, size_t count, bool is_whole, struct err *lack,
                   struct err *e)
{
    struct arena a = {NULL, 0};
    struct tile added[VFY_TILES_A_STEP], gone[VFY_TILES_A_STEP];
    const struct tile *tile;
    size_t gone_count, want = vfy_tree_step(i + 1, added, gone, &gone_count), come = 0, left = 0, noted = 0;
    bool has_tree = repo->log != NULL && repo->log->tree.size > i;
    int rc = 0;

    for (size_t f = 0; f < count && rc == 0; f++) {
        const struct git_file *file = &changes[f];

        if (!vfy_history_below(file->path, "log/"))
            continue;
        if (repo->log == NULL) {
            rc = vfy_err_set(e, E_REPO_HISTORY, file->path, "the commit of ledger entry %zu has a log, and the tip has none", i + 1);
        } else if (!has_tree) {
            continue; /* the log is broken, which was said */
        } else if (file->path[strlen(file->path) - 1] == '/' &&
                   (file->change == GIT_ADDED ? is_folder(&a, added, want, file->path)
                                              : is_folder(&a, gone, gone_count, file->path))) {
            continue;
        } else if (strcmp(file->path, checkpoint) == 0 && file->change != GIT_GONE) {
            noted++;
            rc = check_then(repo, &a, i, file, e);
        } else if (file->change == GIT_ADDED && is_tile(&a, added, want, file->path, &tile)) {
            come++;
            rc = check_added(repo, &a, file, tile, e);
        } else if (file->change == GIT_GONE && is_tile(&a, gone, gone_count, file->path, &tile)) {
            left++;
        } else {
            rc = vfy_err_set(e, E_REPO_HISTORY, file->path, "the commit of ledger entry %zu changes it", i + 1);
        }
        if (rc != 0 && e->code == E_REPO_PARTIAL) {
            vfy_err_set(e, E_REPO_PARTIAL, file->path, "as the commit of ledger entry %zu has it, it is not in this clone", i + 1);
            (void)vfy_err_is_lack(e, lack);
            rc = 0;
        }
    }
    if (rc == 0 && has_tree && is_whole && (noted != 1 || come != want || left != gone_count))
        rc = vfy_err_set(e, E_REPO_HISTORY, "log/", "the commit of ledger entry %zu does not take it to size %zu", i + 1, i + 1);
    vfy_mem_release(&a);
    return rc;
}

static int check_proof(const struct repo *repo, struct arena *a, size_t i, struct note *note, const char *path, struct err *e)
{
    const struct tlog *t = repo->log;
    vfy_hash hashes[VFY_TREE_LEVELS];
    struct proof proof;
    const struct ledger_entry *entry = &repo->ledger[i];
    char *data;
    size_t n, count = vfy_tree_proof(&t->tree, i, hashes);

    if (vfy_history_blob(repo, a, path, VFY_PROOF_BYTES, &data, &n, e) != 0)
        return e->code == E_REPO_MISMATCH ? vfy_err_set(e, E_LOG_PROOF, path, "the package has no proof")
               : e->code == E_LIMIT_SIZE  ? vfy_err_set(e, E_LOG_PROOF, path, "longer than one can be")
                                          : -1;
    if (vfy_note_proof(a, data, n, path, &proof, e) != 0)
        return -1;
    if (proof.index != i)
        return vfy_err_set(e, E_LOG_PROOF, path, "its index is %zu, ledger entry %zu has %zu", proof.index, i + 1, i);
    if (proof.count != count || memcmp(proof.hashes, hashes, count * VFY_HASH) != 0)
        return vfy_err_set(e, E_LOG_PROOF, path, "its hashes do not lead from this entry to the root");
    if (vfy_note_parse(a, proof.note, proof.note_len, path, note, e) != 0) {
        e->code = E_LOG_PROOF;
        return -1;
    }
    if (!is_of_size(t, note, i + 1))
        return vfy_err_set(e, E_LOG_PROOF, path, "its checkpoint is not this log's at size %zu", i + 1);
    if (entry->checkpoint == NULL)
        return 0; /* its commit has none that counts, which was said */
    return entry->checkpoint_len == proof.note_len && memcmp(entry->checkpoint, proof.note, proof.note_len) == 0
               ? 0 : vfy_err_set(e, E_LOG_PROOF, path, "its checkpoint is not the one of the commit that added the package");
}

void vfy_log_package(const struct repo *repo, struct arena *a, size_t i, struct report *r)
{
    const char *path = vfy_mem_print(a, "%s" VFY_LOG_PROOF, vfy_history_folder(a, repo->ledger[i].package));
    const struct trusted *signer;
    struct note note;
    struct err e;

    if (repo->log == NULL)
        return;
    if (vfy_log_unsigned(repo))
        vfy_report_unseen(r, VFY_LOG_UNSEEN);
    if (repo->log->tree.size <= i)
        return; /* nothing to compare with, which was said */
    if (check_proof(repo, a, i, &note, path, &e) != 0) {
        vfy_report_error(r, LEVEL_0, &e);
        return;
    }
    vfy_report_check(r, LEVEL_0, true, E_LOG_PROOF, path, "%s", "");
    if (sign_of_past(repo, &note, path, &signer, &e) != 0) {
        e.code = e.code == E_LOG_SIGNATURE ? E_LOG_PROOF : e.code;
        vfy_report_error(r, LEVEL_0, &e);
    } else if (signer != NULL && repo->now != NULL && !is_vouched(repo)) {
        vfy_verify_key(r, signer, repo->now, "now is", path);
    }
}
