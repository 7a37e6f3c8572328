/* verifier/history.c - see history.h: the ledger and its files, and its runs. */
#include "verifier/history.h"

#include "verifier/limits.h"
#include "verifier/log.h"
#include "verifier/shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP = 32 }; /* entries that a worker takes at a time */

static const char entry_shape[] =
    "{attestations:h,carrier:S,environment:S,package:h,plan_ref:S,previous:?h,schema:'dryproof.ledger/2',sequence:n,"
    "status:<'PASS'|'FAIL'|'HOLD'>,supersedes:?h,verdict:w}";

const char *vfy_history_path(struct arena *a, size_t sequence)
{
    return vfy_mem_print(a, "ledger/%03zu/%03zu.json", sequence / 1000, sequence % 1000);
}

size_t vfy_history_from(const struct repo *repo, const char *path)
{
    size_t from = 0, to = repo->file_count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (strcmp(repo->files[middle].path, path) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

const struct git_file *vfy_history_file(const struct repo *repo, const char *path)
{
    size_t i = vfy_history_from(repo, path);

    return i < repo->file_count && strcmp(repo->files[i].path, path) == 0 ? &repo->files[i] : NULL;
}

int vfy_history_blob(const struct repo *repo, struct arena *a, const char *path, size_t limit, char **data, size_t *n,
                     struct err *e)
{
    const struct git_file *f = vfy_history_file(repo, path);

    if (f == NULL)
        return vfy_err_set(e, E_REPO_MISMATCH, path, "not in the repository");
    if (vfy_git_read(a, repo->git, f->oid, limit, data, n, e) == 0)
        return 0;
    snprintf(e->path, sizeof e->path, "%s", path);
    return -1;
}

bool vfy_history_below(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

const char *vfy_history_folder(struct arena *a, const char *package)
{
    return vfy_mem_print(a, "packages/%.2s/%.2s/%s/", package, package + 2, package);
}

bool vfy_history_package(const char *path, char package[VFY_HEX])
{
    const char *id = path + 15, *end = strlen(path) > 80 ? strchr(id, '/') : NULL;
    char folder[100];

    if (end == NULL || end - id != VFY_HEX - 1)
        return false;
    snprintf(package, VFY_HEX, "%.64s", id);
    snprintf(folder, sizeof folder, "packages/%.2s/%.2s/%s/", package, package + 2, package);
    return strncmp(path, folder, strlen(folder)) == 0 && strchr(end + 1, '/') == NULL;
}

/* an entry by one of its strings, for sorting and finding; equal ones in the ledger's order */
struct keyed {
    const char *key;
    size_t at;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    return order != 0 ? order : x->at < y->at ? -1 : x->at > y->at;
}

static void sort(struct keyed *list, size_t n)
{
    if (n > 0)
        qsort(list, n, sizeof *list, by_key);
}

/* the first entry of that key, or SIZE_MAX */
static size_t first_of(const struct keyed *list, size_t n, const char *key)
{
    size_t from = 0, to = n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (strcmp(list[middle].key, key) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < n && strcmp(list[from].key, key) == 0 ? list[from].at : SIZE_MAX;
}

static struct keyed *by_package(const struct repo *repo, struct arena *a, size_t n)
{
    struct keyed *list = vfy_mem_alloc(a, n * sizeof *list);

    for (size_t i = 0; i < n; i++)
        list[i] = (struct keyed){repo->ledger[i].package, i};
    sort(list, n);
    return list;
}

static int check_entry(struct repo *repo, size_t i, const char *previous, const char *path, struct err *e)
{
    const struct json *p = repo->ledger[i].payload, *before = vfy_json_get(p, "previous");
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
    return 0;
}

/* among the first n entries a package has one, and supersedes only what has an earlier one */
static int check_packages(const struct repo *repo, size_t n, struct err *e)
{
    struct arena a = {NULL, 0};
    struct keyed *list = by_package(repo, &a, n);
    int rc = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        const struct json *supersedes = vfy_json_get(repo->ledger[i].payload, "supersedes");
        size_t older = supersedes->type == JSON_STRING ? first_of(list, n, supersedes->u.text) : 0;

        if (first_of(list, n, repo->ledger[i].package) < i)
            rc = vfy_err_set(e, E_REPO_HISTORY, vfy_history_path(&a, i + 1), "its package has an entry already");
        else if (supersedes->type == JSON_STRING && older >= i)
            rc = vfy_err_set(e, E_REPO_HISTORY, vfy_history_path(&a, i + 1), "it supersedes a package without an earlier entry");
    }
    vfy_mem_release(&a);
    return rc;
}

/* files of packages in the ledger, of the ledger and of the log, and no others */
static int check_paths(const struct repo *repo, struct err *e)
{
    struct arena a = {NULL, 0};
    struct keyed *list = by_package(repo, &a, repo->count);
    size_t packages = 0, last = SIZE_MAX, i;
    char package[VFY_HEX];
    int rc = 0;

    for (size_t f = 0; f < repo->file_count && rc == 0; f++) {
        const char *path = repo->files[f].path;

        if (vfy_history_below(path, "ledger/") || vfy_log_is_path(repo, path))
            continue; /* the one counted by vfy_history_ledger, the other by the log */
        if (!vfy_history_package(path, package)) {
            rc = vfy_err_set(e, E_REPO_MISMATCH, path, "the format knows no file there");
        } else if ((i = first_of(list, repo->count, package)) == SIZE_MAX) {
            rc = vfy_err_set(e, E_REPO_MISMATCH, path, "it belongs to no package of the ledger");
        } else {
            packages += i != last; /* files are sorted, so a package's stand together */
            last = i;
        }
    }
    vfy_mem_release(&a);
    if (rc == 0 && packages != repo->count)
        rc = vfy_err_set(e, E_REPO_MISMATCH, "ledger/", "%zu entries, %zu packages", repo->count, packages);
    return rc;
}

/* of entries about the same, the newest that passed, else the newest */
static void mark_current(struct repo *repo)
{
    struct arena a = {NULL, 0};
    struct keyed *list = vfy_mem_alloc(&a, repo->count * sizeof *list);
    size_t end;

    for (size_t i = 0; i < repo->count; i++) {
        const struct json *p = repo->ledger[i].payload;
        struct buf line = {&a, NULL, 0, 0};

        vfy_json_quote(&line, vfy_json_str(p, "carrier"), strlen(vfy_json_str(p, "carrier")));
        vfy_json_quote(&line, vfy_json_str(p, "plan_ref"), strlen(vfy_json_str(p, "plan_ref")));
        vfy_json_quote(&line, vfy_json_str(p, "environment"), strlen(vfy_json_str(p, "environment")));
        list[i] = (struct keyed){line.p, i};
    }
    sort(list, repo->count);
    for (size_t i = 0; i < repo->count; i = end) {
        size_t newest = SIZE_MAX;

        for (end = i; end < repo->count && strcmp(list[end].key, list[i].key) == 0; end++)
            if (vfy_json_is(vfy_json_get(repo->ledger[list[end].at].payload, "status"), "PASS"))
                newest = list[end].at;
        repo->ledger[newest != SIZE_MAX ? newest : list[end - 1].at].is_current = true;
    }
    vfy_mem_release(&a);
}

static void read_file(const struct repo *mine, size_t i)
{
    struct ledger_file *f = &mine->ledger_files[i];
    const char *path = vfy_history_path(mine->arena, i + 1);
    uint8_t digest[64];
    struct envelope one;
    struct err unused;
    char *data;

    if (vfy_history_blob(mine, mine->arena, path, VFY_MAX_LEDGER_BYTES, &data, &f->n, &unused) != 0)
        return;
    vfy_crypto_raw(256, data, f->n, digest);
    memcpy(f->digest, digest, sizeof f->digest);
    f->data = data;
    if (f->n > 0 && data[f->n - 1] == '\n' &&
        vfy_dsse_open(mine->arena, data, f->n - 1, "application/vnd.dryproof.ledger+json", ROLE_PACKAGER, mine->policy, path,
                      &one, &unused) == 0 &&
        vfy_policy_untimed(one.signer, path, &unused) == 0)
        f->payload = one.payload;
}

static void read_files(void *shared, size_t worker, size_t from, size_t to)
{
    const struct repo mine = vfy_repo_of(shared, worker);

    for (size_t i = from; i < to; i++)
        read_file(&mine, i);
}

/* What fails here is not told: who needs it looks again, in the ledger's order. */
void vfy_history_read(struct repo *repo)
{
    repo->ledger_files = vfy_mem_alloc(repo->arena, repo->ledger_file_count * sizeof *repo->ledger_files);
    vfy_repo_work(repo, repo->ledger_file_count, STEP, read_files, repo);
}

const struct ledger_file *vfy_history_entry(const struct repo *repo, struct arena *a, size_t i, struct err *e)
{
    struct ledger_file *f;
    uint8_t digest[64];
    char *data;

    if (i < repo->ledger_file_count && repo->ledger_files[i].data != NULL)
        return &repo->ledger_files[i];
    f = vfy_mem_alloc(a, sizeof *f);
    if (vfy_history_blob(repo, a, vfy_history_path(a, i + 1), VFY_MAX_LEDGER_BYTES, &data, &f->n, e) != 0)
        return NULL;
    vfy_crypto_raw(256, data, f->n, digest);
    memcpy(f->digest, digest, sizeof f->digest);
    f->data = data;
    return f;
}

/* the payload of a ledger file by a trusted packager */
static int open_entry(struct repo *repo, const struct ledger_file *f, const char *path, const struct json **payload,
                      struct err *e)
{
    struct envelope one;

    if (f->n == 0 || f->data[f->n - 1] != '\n')
        return vfy_err_set(e, E_DSSE_NONCANONICAL, path, "it does not end with one LF");
    if (vfy_dsse_open(repo->arena, f->data, f->n - 1, "application/vnd.dryproof.ledger+json", ROLE_PACKAGER,
                      repo->policy, path, &one, e) != 0 ||
        vfy_policy_untimed(one.signer, path, e) != 0)
        return -1;
    *payload = one.payload;
    return 0;
}

/* one ledger file after the other; *done says how many stand */
static int read_entries(struct repo *repo, size_t files, size_t *done, struct err *e)
{
    char previous[VFY_HEX] = "";

    for (*done = 0; *done < files; ++*done) {
        const char *path = vfy_history_path(repo->arena, *done + 1);
        const struct ledger_file *f = vfy_history_entry(repo, repo->arena, *done, e);

        if (f == NULL)
            return e->code == E_REPO_MISMATCH ? vfy_err_set(e, E_REPO_HISTORY, path, "the sequence has a gap") : -1;
        repo->ledger[*done].payload = f->payload;
        if ((f->payload == NULL && open_entry(repo, f, path, &repo->ledger[*done].payload, e) != 0) ||
            check_entry(repo, *done, previous, path, e) != 0)
            return -1;
        vfy_crypto_hex(f->digest, previous);
    }
    return 0;
}

int vfy_history_ledger(struct repo *repo, struct err *e)
{
    size_t files = repo->ledger_file_count, done;
    struct err twice;
    int rc;

    repo->ledger = vfy_mem_alloc(repo->arena, files * sizeof *repo->ledger);
    rc = read_entries(repo, files, &done, e);
    if (check_packages(repo, done, &twice) != 0) { /* of entries before the one that stopped */
        *e = twice;
        rc = -1;
    }
    if (rc != 0)
        return -1;
    repo->count = files;
    if (check_paths(repo, e) != 0) {
        repo->count = 0;
        return -1;
    }
    mark_current(repo);
    return 0;
}

/* the run that line 1 names */
static int run_of(const struct repo *repo, const char *package, const char **run, struct err *e)
{
    struct arena a = {NULL, 0};
    const char *path = vfy_mem_print(&a, "%sattestations.intoto.jsonl", vfy_history_folder(&a, package));
    struct attestations set;
    char *data;
    size_t n;
    int rc = vfy_history_blob(repo, &a, path, VFY_MAX_ATTESTATIONS_BYTES, &data, &n, e);

    if (rc == 0 && (rc = vfy_attest_open(&a, data, n, repo->policy, package, &set, e)) != 0)
        snprintf(e->path, sizeof e->path, "%s", path);
    if (rc == 0)
        *run = vfy_mem_print(repo->arena, "%s", vfy_json_str(vfy_json_get(set.lines[0].payload, "predicate"), "run_id"));
    vfy_mem_release(&a);
    return rc;
}

/* Whether what is wrong with its attestations is said with the package.  What is not said there, of a
 * package that nobody asked for, must be here: a run that is not known may be any. */
static bool is_judged(const struct repo *repo, const struct ledger_entry *entry)
{
    return repo->asks_all || (repo->asked != NULL && strcmp(repo->asked, entry->package) == 0);
}

static void read_runs(void *shared, size_t worker, size_t from, size_t to)
{
    const struct repo mine = vfy_repo_of(shared, worker);

    for (size_t i = from; i < to; i++) {
        struct ledger_entry *entry = &mine.ledger[i];
        struct err unused;

        entry->has_run = entry->has_run || run_of(&mine, entry->package, &entry->run, &unused) == 0;
    }
}

int vfy_history_runs(struct repo *repo, struct report *r, struct err *e)
{
    struct arena a = {NULL, 0};
    struct keyed *list = vfy_mem_alloc(&a, repo->count * sizeof *list);
    struct err lack = {.code = VFY_NO_CODE};
    size_t n = 0, done = 0;
    int rc = 0;

    vfy_repo_work(repo, repo->count, STEP, read_runs, repo);
    while (done < repo->count && rc == 0) {
        struct ledger_entry *entry = &repo->ledger[done];

        rc = entry->has_run ? 0 : run_of(repo, entry->package, &entry->run, e);
        if (rc != 0 && e->code != E_IO) {
            if (!vfy_err_is_lack(e, &lack) && !is_judged(repo, entry))
                vfy_report_error(r, LEVEL_0, e);
            rc = 0;
        }
        if (rc == 0 && entry->run != NULL)
            list[n++] = (struct keyed){entry->run, done};
        done += rc == 0;
    }
    sort(list, n);
    for (size_t i = 0; i < done; i++) {
        size_t first = repo->ledger[i].run == NULL ? i : first_of(list, n, repo->ledger[i].run);

        if (first < i) {
            rc = vfy_err_set(e, E_REPO_HISTORY, vfy_history_path(&a, i + 1), "its run is that of entry %zu, in another package",
                             first + 1);
            break;
        }
    }
    vfy_mem_release(&a);
    if (rc == 0 && lack.code != VFY_NO_CODE) {
        *e = lack;
        rc = -1;
    }
    return rc;
}
