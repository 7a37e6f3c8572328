/* verifier/repo.c - see repo.h: one package of the repository, and opening it. */
#include "verifier/repo.h"

#include "verifier/history.h"
#include "verifier/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_path(const void *key, const void *file)
{
    return strcmp(key, ((const struct git_file *)file)->path);
}

static const struct git_file *file(const struct repo *repo, const char *path)
{
    return repo->file_count == 0
               ? NULL : bsearch(path, repo->files, repo->file_count, sizeof *repo->files, by_path);
}

static int read(const struct repo *repo, struct arena *a, const char *path, size_t limit, char **data, size_t *n,
                struct err *e)
{
    const struct git_file *f = file(repo, path);

    if (f == NULL)
        return vfy_err_set(e, E_REPO_MISMATCH, path, "not in the repository");
    if (vfy_git_read(a, repo->git, f->oid, limit, data, n, e) == 0)
        return 0;
    snprintf(e->path, sizeof e->path, "%s", path);
    return -1;
}

int vfy_history_blob(const struct repo *repo, const char *path, size_t limit, char **data, size_t *n, struct err *e)
{
    return read(repo, repo->arena, path, limit, data, n, e);
}

/* every file of the folder but two is a subject of line 3, with its digest; nothing more */
static int check_packet(const struct repo *repo, struct arena *a, const char *folder, const struct json *subjects,
                        struct err *e)
{
    size_t n = strlen(folder), at = 0, len;
    char hex[VFY_HEX], *data;

    for (size_t i = 0; i < repo->file_count; i++) {
        const char *name = repo->files[i].path + n;
        const struct json *subject = vfy_json_at(subjects, at);

        if (strncmp(repo->files[i].path, folder, n) != 0 || strcmp(name, "package.tar") == 0 ||
            strcmp(name, "attestations.intoto.jsonl") == 0)
            continue;
        at++;
        if (!vfy_json_is(vfy_json_get(subject, "name"), name))
            return vfy_err_set(e, E_REPO_MISMATCH, repo->files[i].path, "line 3 does not name it in this place");
        if (read(repo, a, repo->files[i].path, VFY_MAX_PACKET_FILE_BYTES, &data, &len, e) != 0)
            return -1;
        vfy_crypto_sha256(data, len, hex);
        if (!vfy_json_is(vfy_json_get(vfy_json_get(subject, "digest"), "sha256"), hex))
            return vfy_err_set(e, E_REPO_MISMATCH, repo->files[i].path, "its digest is not the one in line 3");
    }
    return at == vfy_json_count(subjects)
               ? 0 : vfy_err_set(e, E_REPO_MISMATCH, folder, "line 3 names a file that is not there");
}

static const struct json *path_of(const struct json *v, const char *a, const char *b)
{
    return vfy_json_get(vfy_json_get(v, a), b);
}

/* claims are compared one by one; what this policy requires may differ from then */
static int check_staged(const struct json *then, const struct json *now, const char *path, struct err *e)
{
    static const char *const always[][2] = {{"package", "sha256"}, {"run", "id"}, {"run", "facts_sha256"}};
    const struct json *a = vfy_json_get(then, "claims"), *b = vfy_json_get(now, "claims");
    bool same_required = vfy_json_count(a) == vfy_json_count(b), same_claims = same_required;

    for (size_t i = 0; i < 3; i++)
        if (!vfy_json_same(path_of(then, always[i][0], always[i][1]), path_of(now, always[i][0], always[i][1])))
            return vfy_err_set(e, E_REPO_MISMATCH, path, "the staged verdict is about another %s", always[i][0]);
    if (!vfy_json_same(path_of(then, "environment", "class"), path_of(now, "environment", "class")))
        return 0; /* given under another policy */
    for (size_t i = 0; i < vfy_json_count(a) && same_claims; i++) {
        const struct json *x = vfy_json_at(a, i), *y = vfy_json_at(b, i);

        same_required = same_required && vfy_json_same(vfy_json_get(x, "required"), vfy_json_get(y, "required"));
        same_claims = vfy_json_same(vfy_json_get(x, "id"), vfy_json_get(y, "id")) &&
                      vfy_json_same(vfy_json_get(x, "status"), vfy_json_get(y, "status"));
    }
    if (!same_claims || (same_required && (!vfy_json_same(vfy_json_get(then, "status"), vfy_json_get(now, "status")) ||
                                           !vfy_json_same(vfy_json_get(then, "verdict"), vfy_json_get(now, "verdict")))))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "the staged verdict is not what the package gives");
    return 0;
}

static int check_entry(const struct json *entry, const struct verdict *v, const struct json *then, const char *path,
                       struct err *e)
{
    const struct json *p = vfy_json_get(v->attestations.lines[0].payload, "predicate");
    static const char *const same[] = {"carrier", "plan_ref", "supersedes"};
    char environment[128] = "sandbox";

    if (strcmp(v->class, "sandbox") != 0)
        snprintf(environment, sizeof environment, "pg:%s/%s", vfy_json_str(v->identity, "system_identifier"),
                 vfy_json_str(v->identity, "database"));
    for (size_t i = 0; i < 3; i++)
        if (!vfy_json_same(vfy_json_get(entry, same[i]), vfy_json_get(p, same[i])))
            return vfy_err_set(e, E_REPO_MISMATCH, path, "its %s is not the package's", same[i]);
    if (v->is_judged && !vfy_json_is(vfy_json_get(entry, "environment"), environment))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "its environment is not the package's");
    if (!vfy_json_same(vfy_json_get(entry, "status"), vfy_json_get(then, "status")) ||
        !vfy_json_same(vfy_json_get(entry, "verdict"), vfy_json_get(then, "verdict")))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "its status or verdict is not the staged one");
    return 0;
}

static int check_rest(struct repo *repo, struct arena *a, size_t i, const char *folder, struct verdict *v,
                      const struct json *now, struct err *e)
{
    const char *path = vfy_mem_print(a, "%sverdict.json", folder);
    const struct json *then;
    char *data;
    size_t n;

    if (v->attestations.count != 3)
        return vfy_err_set(e, E_ATTESTATION_SET, folder, "%zu lines, a repository has exactly three",
                           v->attestations.count);
    if (check_packet(repo, a, folder, vfy_json_get(v->attestations.lines[2].payload, "subject"), e) != 0 ||
        read(repo, a, path, VFY_MAX_PACKET_FILE_BYTES, &data, &n, e) != 0)
        return -1;
    if (n == 0 || data[n - 1] != '\n')
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "it does not end with one LF");
    if (vfy_json_document(a, data, n - 1, path, &then, e) != 0 || check_staged(then, now, path, e) != 0)
        return -1;
    return check_entry(repo->ledger[i].payload, v, then, vfy_mem_print(a, "ledger/%06zu.json", i + 1), e);
}

void vfy_repo_verify(struct repo *repo, struct arena *a, size_t i, struct verdict *v)
{
    const char *id = repo->ledger[i].package;
    const char *folder = vfy_mem_print(a, "packages/%.2s/%.2s/%s/", id, id + 2, id);
    struct verdict plain;
    const struct json *now;
    struct buf text = {a, NULL, 0, 0};
    char *tar = NULL, *att = NULL;
    size_t n = 0, att_n = 0;
    struct err e;

    v->in_repository = true;
    v->report.arena = a;
    snprintf(v->package, sizeof v->package, "%s", id);
    v->class = "unknown";
    if (read(repo, a, vfy_mem_print(a, "%spackage.tar", folder), VFY_MAX_PACKAGE_BYTES, &tar, &n, &e) != 0 ||
        read(repo, a, vfy_mem_print(a, "%sattestations.intoto.jsonl", folder), VFY_MAX_ATTESTATIONS_BYTES, &att,
             &att_n, &e) != 0) {
        vfy_report_error(&v->report, LEVEL_0, &e);
        return;
    }
    vfy_verify_package(a, tar, n, att, att_n, repo->policy, v);
    if (!vfy_report_check(&v->report, LEVEL_0, strcmp(v->package, id) == 0, E_DIGEST_MISMATCH, folder,
                          "the package stored here is %s", v->package) || !v->is_judged)
        return;
    /* as the staged bytes were judged: without --now, this repository and what it adds */
    plain = *v;
    vfy_verify_close(&plain);
    vfy_history_verdict(&text, &plain);
    if (vfy_json_parse(a, text.p, text.len, JSON_OURS, folder, &now, &e) != 0 ||
        check_rest(repo, a, i, folder, v, now, &e) != 0)
        vfy_report_error(&v->report, LEVEL_0, &e);
}

void vfy_repo_open(const char *path, struct repo *repo, struct report *r)
{
    struct err e;

    if (vfy_git_open(path, &repo->git, repo->tip, &e) != 0 ||
        vfy_git_list(repo->arena, repo->git, repo->tip, &repo->files, &repo->file_count, &e) != 0 ||
        vfy_history_ledger(repo, &e) != 0 || vfy_history_commits(repo, &e) != 0)
        vfy_report_error(r, LEVEL_0, &e);
    else
        vfy_report_check(r, LEVEL_0, repo->count > 0, E_REPO_MISSING, "refs/heads/main", "it holds no package");
}

void vfy_repo_close(struct repo *repo)
{
    vfy_git_free(repo->git);
    repo->git = NULL;
}
