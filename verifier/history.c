/* verifier/history.c - see history.h. */
#include "verifier/history.h"

#include "verifier/limits.h"
#include "verifier/shape.h"
#include "verifier/sshsig.h"

#include <stdio.h>
#include <string.h>

static const char entry_shape[] =
    "{attestations:h,carrier:S,environment:S,package:h,plan_ref:S,previous:?h,schema:'dryproof.ledger/2',sequence:n,"
    "status:<'PASS'|'FAIL'|'HOLD'>,supersedes:?h,verdict:w}";

const char *vfy_history_path(struct arena *a, size_t sequence)
{
    return vfy_mem_print(a, "ledger/%03zu/%03zu.json", sequence / 1000, sequence % 1000);
}

static size_t entry_of(const struct repo *repo, size_t count, const char *package)
{
    size_t i = 0;

    while (i < count && strcmp(repo->ledger[i].package, package) != 0)
        i++;
    return i;
}

static int check_entry(struct repo *repo, size_t i, const char *previous, const char *path, struct err *e)
{
    const struct json *p = repo->ledger[i].payload, *before = vfy_json_get(p, "previous");
    const struct json *supersedes = vfy_json_get(p, "supersedes");
    char where[80];

    if (strncmp(vfy_json_str(p, "schema"), "dryproof.ledger/", 16) == 0 && !vfy_json_is(vfy_json_get(p, "schema"), "dryproof.ledger/2"))
        return vfy_err_set(e, E_FORMAT_VERSION, path, "%.40s: the verifier that wrote it can check it, this one cannot",
                           vfy_json_str(p, "schema"));
    if (!vfy_shape_check(p, entry_shape, where, sizeof where))
        return vfy_err_set(e, E_JSON_SCHEMA, path, "not the shape of a ledger entry, at: %s", where);
    if (vfy_json_int(vfy_json_get(p, "sequence")) != (int64_t)i + 1)
        return vfy_err_set(e, E_REPO_HISTORY, path, "its sequence is not %zu", i + 1);
    if (i == 0 ? before->type != JSON_NULL : !vfy_json_is(before, previous))
        return vfy_err_set(e, E_REPO_HISTORY, path, "previous is not the digest of the entry before");
    repo->ledger[i].package = vfy_json_str(p, "package");
    if (entry_of(repo, i, repo->ledger[i].package) < i)
        return vfy_err_set(e, E_REPO_HISTORY, path, "its package has an entry already");
    if (supersedes->type == JSON_STRING && entry_of(repo, i, supersedes->u.text) == i)
        return vfy_err_set(e, E_REPO_HISTORY, path, "it supersedes a package without an earlier entry");
    return 0;
}

/* packages/<aa>/<bb>/<sha256>/name of a package in the ledger, or ledger/SSS/NNN.json */
static int check_path(const struct repo *repo, const char *path, size_t *last, size_t *packages, struct err *e)
{
    const char *id = path + 15, *end = strlen(path) > 80 ? strchr(id, '/') : NULL;
    char package[VFY_HEX], folder[100];
    size_t i;

    if (strncmp(path, "ledger/", 7) == 0)
        return 0; /* counted by vfy_history_ledger */
    if (end == NULL || end - id != VFY_HEX - 1)
        return vfy_err_set(e, E_REPO_MISMATCH, path, "the format knows no file there");
    snprintf(package, sizeof package, "%.64s", id);
    snprintf(folder, sizeof folder, "packages/%.2s/%.2s/%s/", package, package + 2, package);
    i = entry_of(repo, repo->count, package);
    if (strncmp(path, folder, strlen(folder)) != 0 || strchr(end + 1, '/') != NULL || i == repo->count)
        return vfy_err_set(e, E_REPO_MISMATCH, path, "it belongs to no package of the ledger");
    *packages += i != *last; /* files are sorted, so a package's stand together */
    *last = i;
    return 0;
}

static bool same_line(const struct json *a, const struct json *b)
{
    static const char *const keys[] = {"carrier", "plan_ref", "environment"};

    for (size_t i = 0; i < 3; i++)
        if (!vfy_json_same(vfy_json_get(a, keys[i]), vfy_json_get(b, keys[i])))
            return false;
    return true;
}

static void mark_current(struct repo *repo)
{
    for (size_t i = 0; i < repo->count; i++) {
        const struct json *p = repo->ledger[i].payload;
        bool pass = vfy_json_is(vfy_json_get(p, "status"), "PASS");

        repo->ledger[i].is_current = true;
        for (size_t k = 0; k < repo->count; k++) {
            const struct json *other = repo->ledger[k].payload;
            bool other_pass = vfy_json_is(vfy_json_get(other, "status"), "PASS");

            if (k != i && same_line(p, other) && (k > i ? other_pass || !pass : other_pass && !pass))
                repo->ledger[i].is_current = false;
        }
    }
}

int vfy_history_ledger(struct repo *repo, struct err *e)
{
    char previous[VFY_HEX] = "", *data;
    size_t files = 0, packages = 0, last = SIZE_MAX, n;

    for (size_t i = 0; i < repo->file_count; i++)
        files += strncmp(repo->files[i].path, "ledger/", 7) == 0;
    repo->ledger = vfy_mem_alloc(repo->arena, (files + 1) * sizeof *repo->ledger);
    for (size_t i = 0; i < files; i++) {
        const char *path = vfy_history_path(repo->arena, i + 1);
        struct envelope one;

        if (vfy_history_blob(repo, repo->arena, path, VFY_MAX_LEDGER_BYTES, &data, &n, e) != 0)
            return e->code == E_REPO_MISMATCH ? vfy_err_set(e, E_REPO_HISTORY, path, "the sequence has a gap") : -1;
        if (n == 0 || data[n - 1] != '\n')
            return vfy_err_set(e, E_DSSE_NONCANONICAL, path, "it does not end with one LF");
        if (vfy_dsse_open(repo->arena, data, n - 1, "application/vnd.dryproof.ledger+json", ROLE_PACKAGER,
                          repo->policy, path, &one, e) != 0)
            return -1;
        repo->ledger[i].payload = one.payload;
        if (check_entry(repo, i, previous, path, e) != 0)
            return -1;
        vfy_crypto_sha256(data, n, previous);
    }
    repo->count = files;
    for (size_t i = 0; i < repo->file_count; i++)
        if (check_path(repo, repo->files[i].path, &last, &packages, e) != 0) {
            repo->count = 0;
            return -1;
        }
    if (packages != files)
        return vfy_err_set(e, E_REPO_MISMATCH, "ledger/", "%zu entries, %zu packages", files, packages);
    mark_current(repo);
    return 0;
}

/* the trailer's value is what it should be, and it stands once */
static bool has_trailer(struct arena *a, const char *message, const char *name, const char *value)
{
    const char *line = vfy_mem_print(a, "\n%s: %s\n", name, value), *key = vfy_mem_print(a, "\n%s:", name);
    const char *at = strstr(message, key);

    return at != NULL && strstr(message, line) == at && strstr(at + 1, key) == NULL;
}

/* the commit of entry i adds the files of its package's folder and its ledger file */
static int check_added(struct repo *repo, const char *oid, const char *parent, size_t i, struct err *e)
{
    struct arena a = {NULL, 0};
    const char *id = repo->ledger[i].package, *entry = vfy_history_path(&a, i + 1);
    const char *folder = vfy_mem_print(&a, "packages/%.2s/%.2s/%s/", id, id + 2, id);
    size_t count = 0, n = strlen(folder), ledger = 0, packet = 0;
    struct git_file *files = NULL;
    int rc = vfy_git_added(&a, repo->git, oid, parent, &files, &count, e);

    for (size_t f = 0; f < count && rc == 0; f++) {
        const char *path = files[f].path;

        if (strcmp(path, entry) == 0)
            ledger++;
        else if (strncmp(path, folder, n) == 0 && path[n] != '\0' && strchr(path + n, '/') == NULL)
            packet++;
        else if (path[strlen(path) - 1] != '/' || (strncmp(folder, path, strlen(path)) != 0 && strncmp(entry, path, strlen(path)) != 0))
            rc = vfy_err_set(e, E_REPO_HISTORY, path, "the commit of ledger entry %zu adds it", i + 1);
    }
    if (rc == 0 && (ledger != 1 || packet == 0))
        rc = vfy_err_set(e, E_REPO_HISTORY, entry, "its commit does not add it and its package");
    vfy_mem_release(&a);
    return rc;
}

static int check_commit(struct repo *repo, const char *oid, const struct git_commit_info *c, size_t i, struct err *e)
{
    const struct ledger_entry *entry = &repo->ledger[i];
    const char *message = vfy_mem_print(repo->arena, "%s\n", c->message);

    if (vfy_sshsig_check(repo->arena, c->signature, c->signature_len, "git", c->signed_bytes, c->signed_len,
                         repo->policy, oid, e) != 0)
        return -1;
    if (check_added(repo, oid, c->parent, i, e) != 0)
        return -1;
    if (!has_trailer(repo->arena, message, "Dryproof-Package", entry->package) ||
        !has_trailer(repo->arena, message, "Dryproof-Verdict", vfy_json_str(entry->payload, "verdict")) ||
        !has_trailer(repo->arena, message, "Dryproof-Ledger", vfy_mem_print(repo->arena, "%06zu", i + 1)))
        return vfy_err_set(e, E_REPO_MISMATCH, oid, "its trailers are not those of ledger entry %zu", i + 1);
    return 0;
}

int vfy_history_commits(struct repo *repo, struct err *e)
{
    char oid[VFY_OID];

    snprintf(oid, sizeof oid, "%s", repo->tip);
    for (size_t i = repo->count; i > 0; i--) {
        struct git_commit_info c;

        if (oid[0] == '\0')
            return vfy_err_set(e, E_REPO_HISTORY, "refs/heads/main", "fewer commits than ledger entries");
        if (vfy_git_commit(repo->arena, repo->git, oid, &c, e) != 0)
            return -1;
        if (c.parents > 1)
            return vfy_err_set(e, E_REPO_HISTORY, oid, "a merge: two histories claim the same sequence");
        if (check_commit(repo, oid, &c, i - 1, e) != 0)
            return -1;
        snprintf(oid, sizeof oid, "%s", c.parent);
    }
    return oid[0] == '\0' || repo->count == 0
               ? 0 : vfy_err_set(e, E_REPO_HISTORY, oid, "more commits than ledger entries");
}

/* the run that line 1 names, or NULL: whether the attestations hold is said with the package */
static int run_of(const struct repo *repo, const char *package, const char **run, struct err *e)
{
    struct arena a = {NULL, 0};
    struct attestations set;
    char *data;
    size_t n;

    *run = NULL;
    e->code = VFY_NO_CODE;
    if (vfy_history_blob(repo, &a, vfy_mem_print(&a, "packages/%.2s/%.2s/%s/attestations.intoto.jsonl", package,
                                                 package + 2, package), VFY_MAX_ATTESTATIONS_BYTES, &data, &n, e) == 0 &&
        vfy_attest_open(&a, data, n, repo->policy, package, &set, e) == 0)
        *run = vfy_mem_print(repo->arena, "%s", vfy_json_str(vfy_json_get(set.lines[0].payload, "predicate"), "run_id"));
    vfy_mem_release(&a);
    return e->code == E_IO ? -1 : 0; /* what cannot be read is not skipped */
}

int vfy_history_runs(struct repo *repo, struct err *e)
{
    for (size_t i = 0; i < repo->count; i++) {
        struct ledger_entry *entry = &repo->ledger[i];

        if (run_of(repo, entry->package, &entry->run, e) != 0)
            return -1;
        for (size_t k = 0; k < i && entry->run != NULL; k++)
            if (repo->ledger[k].run != NULL && strcmp(repo->ledger[k].run, entry->run) == 0)
                return vfy_err_set(e, E_REPO_HISTORY, vfy_history_path(repo->arena, i + 1), "its run is that of entry %zu, in another package",
                                   k + 1);
    }
    return 0;
}
