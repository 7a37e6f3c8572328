/* verifier/repo.c - see repo.h: one package of the repository, and opening it. */
#include "verifier/repo.h"

#include "verifier/history.h"
#include "verifier/limits.h"
#include "verifier/log.h"
#include "verifier/output.h"
#include "verifier/outside.h"
#include "verifier/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char staged[] = "verdict.json";

/* archive and attestations are no subjects of line 3; the log's proof, timestamps, and where the
 * archive is, came after it */
static bool is_subject(const struct repo *repo, const char *name)
{
    return strcmp(name, "package.tar") != 0 && strcmp(name, VFY_OUTSIDE) != 0 &&
           strcmp(name, "attestations.intoto.jsonl") != 0 && strcmp(name, VFY_STAMP_FILE) != 0 &&
           (repo->log == NULL || strcmp(name, VFY_LOG_PROOF) != 0);
}

struct stored {
    struct source tar;
    const char *att;
    char *verdict; /* the staged one, or NULL until it is read */
    size_t att_n, verdict_n;
    bool has_stamps; /* or there are none; the staged verdict may tell of them */
    bool lacks;      /* something that was to be read is not in this clone */
};

/* every other file of the folder is a subject of line 3, with its digest; nothing more.  What a
 * partial clone has not is told of the folder, see report_lack. */
static int check_packet(const struct repo *repo, struct arena *a, const char *folder, const struct json *subjects,
                        struct stored *s, struct err *e)
{
    size_t n = strlen(folder), at = 0, len;
    char hex[VFY_HEX], *data;

    for (size_t i = vfy_history_from(repo, folder); i < repo->file_count && vfy_history_below(repo->files[i].path, folder); i++) {
        const char *name = repo->files[i].path + n;
        const struct json *subject = vfy_json_at(subjects, at);

        if (!is_subject(repo, name))
            continue;
        at++;
        if (!vfy_json_is(vfy_json_get(subject, "name"), name))
            return vfy_err_set(e, E_REPO_MISMATCH, repo->files[i].path, "line 3 does not name it in this place");
        if (vfy_history_blob(repo, a, repo->files[i].path, VFY_MAX_PACKET_FILE_BYTES, &data, &len, e) != 0) {
            if (e->code != E_REPO_PARTIAL)
                return -1;
            s->lacks = true;
            continue;
        }
        vfy_crypto_sha256(data, len, hex);
        if (!vfy_json_is(vfy_json_get(vfy_json_get(subject, "digest"), "sha256"), hex))
            return vfy_err_set(e, E_REPO_MISMATCH, repo->files[i].path, "its digest is not the one in line 3");
        if (strcmp(name, staged) == 0) {
            s->verdict = data;
            s->verdict_n = len;
        }
    }
    return at == vfy_json_count(subjects)
               ? 0 : vfy_err_set(e, E_REPO_MISMATCH, folder, "line 3 names a file that is not there");
}

/* A verdict as it was staged: lines 1 and 2, no repository, the --now of then; where it told of
 * timestamps these, whatever they are worth, and where it could not judge them that. */
static bool is_staged(struct arena *a, const struct verdict *v, const struct json *then, const struct stored *s,
                      const char **differs)
{
    struct verdict given = *v;
    struct buf text = {a, NULL, 0, 0};
    const struct json *now = vfy_json_get(then, "now"), *doc;
    struct err e;

    given.attestations.count = 2;
    for (size_t i = 0; i < 2; i++)
        if (vfy_json_get(vfy_json_at(vfy_json_get(then, "signed_by"), i), "timestamp") != NULL)
            given.attestations.lines[i].when = given.attestations.lines[i].stamped;
    if (vfy_json_has(vfy_json_get(then, "not_observed"), VFY_STAMP_UNSEEN) > 0 && given.stamps.count > 0)
        vfy_report_unseen(&given.report, VFY_STAMP_UNSEEN);
    given.attestations.counter_count = 0;
    given.now = now != NULL && now->type == JSON_STRING && vfy_text_time(now->u.text) ? now->u.text : NULL;
    vfy_verify_now(&given, NULL);
    vfy_verify_close(&given);
    vfy_output_json(&text, &given);
    *differs = "number of members";
    for (size_t i = vfy_json_parse(a, text.p, text.len, JSON_OURS, "verdict.json", &doc, &e) == 0 ? vfy_json_count(doc) : 0;
         i-- > 0;)
        if (!vfy_json_same(&doc->u.items[2 * i + 1], vfy_json_get(then, doc->u.items[2 * i].u.text)))
            *differs = vfy_mem_print(a, "%s", doc->u.items[2 * i].u.text);
    vfy_mem_put(&text, "\n");
    return text.len == s->verdict_n && memcmp(text.p, s->verdict, text.len) == 0;
}

/* The trust policy that a staged verdict tells of: this environment governed or not, what is
 * required, and whether it lists plans, this one among them. */
static void policy_of(struct arena *a, const struct json *then, const struct verdict *v, bool lists_plan, struct policy *p)
{
    const struct json *claims = vfy_json_get(then, "claims"), *findings = vfy_json_get(then, "findings");
    const struct json *class = vfy_json_get(vfy_json_get(then, "environment"), "class");
    const char *database = vfy_json_str(v->identity, "database"), *plan = lists_plan ? vfy_json_str(v->run, "plan_sha256") : NULL;
    const struct json *read, *doc;
    struct buf b = {a, NULL, 0, 0};
    bool first = true;
    struct err ignored;

    for (size_t i = 0; i < vfy_json_count(findings); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(findings, i), "code"), "HOLD_PLAN_NOT_IN_POLICY"))
            plan = "another";
    vfy_mem_put(&b, "{\"governed\":[");
    if (vfy_json_is(class, "governed")) {
        vfy_mem_put(&b, "{\"database\":");
        vfy_json_quote(&b, database, strlen(database));
        vfy_mem_put(&b, ",\"system_identifier\":\"%s\"}", vfy_json_str(v->identity, "system_identifier"));
    }
    vfy_mem_put(&b, "],\"plans\":[%s%s%s],\"required\":[", plan != NULL ? "\"" : "", plan != NULL ? plan : "",
                plan != NULL ? "\"" : "");
    for (size_t i = 0; i < VFY_CLAIMS; i++) {
        const struct json *required = vfy_json_get(vfy_json_at(claims, i), "required");

        if (required == NULL || required->type != JSON_TRUE)
            continue;
        vfy_mem_put(&b, "%s\"%s\"", first ? "" : ",", vfy_claims_info((enum vfy_subject)i)->id);
        first = false;
    }
    vfy_mem_put(&b, "]}");
    doc = vfy_json_parse(a, b.p, b.len, JSON_OURS, "policy", &read, &ignored) == 0 ? read : NULL;
    p->governed = vfy_json_get(doc, "governed");
    p->plans = vfy_json_get(doc, "plans");
    p->required = vfy_json_get(doc, "required");
}

/* The staged verdict is this one; or, since the policy of then may have been another, the one
 * that this package gives under the policy that it tells of. */
static int check_staged(const struct repo *repo, const struct json *then, const struct verdict *v, const struct stored *s,
                        const char *path, struct err *e)
{
    struct arena a = {NULL, 0};
    const char *differs = "text", *ignored;
    bool ok = is_staged(&a, v, then, s, &differs);

    if (!ok)
        vfy_err_set(e, E_REPO_MISMATCH, path, "not a verdict that the package gives, under whatever policy: its %s", differs);
    for (int lists_plan = 0; lists_plan < 2 && !ok; lists_plan++) {
        struct verdict *again;
        struct policy policy = *repo->policy;

        policy.threshold = 0;
        vfy_mem_reset(&a);
        again = vfy_mem_alloc(&a, sizeof *again);
        policy_of(&a, then, v, lists_plan == 1, &policy);
        again->in_repository = true;
        memcpy(again->stamp_file, v->stamp_file, sizeof again->stamp_file);
        again->stamp_files = v->stamp_files;
        vfy_verify_package(&a, &s->tar, s->att, s->att_n, &policy, again);
        ok = again->is_judged && is_staged(&a, again, then, s, &ignored);
    }
    vfy_mem_release(&a);
    return ok ? 0 : -1;
}

static int check_entry(const struct json *entry, const struct verdict *v, const char *path, struct err *e)
{
    const struct json *p = vfy_json_get(v->attestations.lines[0].payload, "predicate");
    static const char *const same[] = {"carrier", "plan_ref", "supersedes"};

    for (size_t i = 0; i < 3; i++)
        if (!vfy_json_same(vfy_json_get(entry, same[i]), vfy_json_get(p, same[i])))
            return vfy_err_set(e, E_REPO_MISMATCH, path, "its %s is not the package's", same[i]);
    return 0;
}

/* then: the staged verdict */
static int check_outcome(const struct json *entry, const struct verdict *v, const struct json *then, const char *path,
                         struct err *e)
{
    const struct json *d = vfy_json_get(vfy_json_get(v->attestations.lines[0].payload, "predicate"), "database");
    char environment[200] = "sandbox";

    if (!vfy_json_is(vfy_json_get(vfy_json_get(then, "environment"), "class"), "sandbox"))
        snprintf(environment, sizeof environment, "pg:%s/%s", vfy_json_str(d, "system_identifier"), vfy_json_str(d, "name"));
    if (!vfy_json_is(vfy_json_get(entry, "environment"), environment))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "its environment is not the package's");
    if (!vfy_json_same(vfy_json_get(entry, "status"), vfy_json_get(then, "status")) ||
        !vfy_json_same(vfy_json_get(entry, "verdict"), vfy_json_get(then, "verdict")))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "its status or verdict is not the staged one");
    return 0;
}

static int read_staged(const struct repo *repo, struct arena *a, const char *path, struct stored *s, const struct json **then,
                       struct err *e)
{
    if (s->verdict == NULL && vfy_history_blob(repo, a, path, VFY_MAX_PACKET_FILE_BYTES, &s->verdict, &s->verdict_n, e) != 0)
        return -1; /* it may not be in a partial clone */
    if (s->verdict_n == 0 || s->verdict[s->verdict_n - 1] != '\n')
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "it does not end with one LF");
    if (vfy_json_document(a, s->verdict, s->verdict_n - 1, path, then, e) != 0)
        return -1;
    if (strncmp(vfy_json_str(*then, "schema"), "dryproof.verdict/", 17) == 0 &&
        !vfy_json_is(vfy_json_get(*then, "schema"), "dryproof.verdict/2"))
        return vfy_err_set(e, E_FORMAT_VERSION, path, "%.40s: the verifier that wrote it can check it, this one cannot",
                           vfy_json_str(*then, "schema"));
    return 0;
}

/* what depends on signatures that hold, and of it what the archive is not needed for, where it is not here */
static int check_rest(struct repo *repo, struct arena *a, size_t i, const char *folder, const struct verdict *v,
                      struct stored *s, struct err *e)
{
    const char *path = vfy_mem_print(a, "%s%s", folder, staged), *entry = vfy_history_path(a, i + 1);
    const struct json *then = NULL;
    char digest[VFY_HEX];

    if (v->attestations.count != 3)
        return vfy_err_set(e, E_ATTESTATION_SET, folder, "%zu lines, a repository has exactly three",
                           v->attestations.count);
    if (check_packet(repo, a, folder, vfy_json_get(v->attestations.lines[2].payload, "subject"), s, e) != 0)
        return -1;
    vfy_crypto_sha256(s->att, s->att_n, digest);
    if (!vfy_json_is(vfy_json_get(repo->ledger[i].payload, "attestations"), digest))
        return vfy_err_set(e, E_REPO_MISMATCH, entry, "its attestations are not the package's");
    if (check_entry(repo->ledger[i].payload, v, entry, e) != 0)
        return -1;
    if (read_staged(repo, a, path, s, &then, e) != 0) {
        if (e->code != E_REPO_PARTIAL)
            return -1;
        s->lacks = true;
    }
    if (then != NULL && v->is_judged && s->has_stamps && check_staged(repo, then, v, s, path, e) != 0)
        return -1;
    return then == NULL ? 0 : check_outcome(repo->ledger[i].payload, v, then, entry, e);
}

/* before the caller's own */
static int read_stamps(struct repo *repo, struct arena *a, const char *folder, struct verdict *v, struct err *e)
{
    const char *path = vfy_mem_print(a, "%s" VFY_STAMP_FILE, folder);
    size_t n;
    char *p;

    if (vfy_history_file(repo, path) == NULL)
        return 0;
    if (vfy_history_blob(repo, a, path, VFY_MAX_ATTESTATIONS_BYTES, &p, &n, e) != 0)
        return -1;
    v->stamp_file[1] = v->stamp_file[0];
    v->stamp_file[0].name = VFY_STAMP_FILE;
    v->stamp_file[0].p = p;
    v->stamp_file[0].n = n;
    v->stamp_files++;
    return 0;
}

/* of a package that a partial clone has not whole, or had not when it was read: what came later is not judged */
static void report_lack(const struct repo *repo, const char *folder, bool lacked, struct report *r)
{
    size_t first = vfy_history_from(repo, folder), end = first, lacking = 0;
    struct err e;

    if (!vfy_git_is_partial(repo->git))
        return;
    for (; end < repo->file_count && vfy_history_below(repo->files[end].path, folder); end++) {
        int is = vfy_git_has(repo->git, repo->files[end].oid, &e);

        lacking += is == 0;
        if (is < 0)
            vfy_report_error(r, LEVEL_0, &e);
    }
    lacking += lacked && lacking == 0;
    if (lacking > 0)
        vfy_report_check(r, LEVEL_0, false, E_REPO_PARTIAL, folder, "%zu of its %zu files are not in this clone", lacking,
                         end - first);
}

/* whether a file that was to be read is here; *failed is the first reason that is no lack */
static bool is_here(int rc, const struct err *e, bool *lacks, struct err *failed)
{
    if (rc != 0 && e->code == E_REPO_PARTIAL)
        *lacks = true;
    else if (rc != 0 && failed->code == VFY_NO_CODE)
        *failed = *e;
    return rc == 0;
}

void vfy_repo_verify(struct repo *repo, struct arena *a, size_t i, struct verdict *v)
{
    const char *id = repo->ledger[i].package;
    const char *folder = vfy_history_folder(a, id);
    struct err e, failed = {.code = VFY_NO_CODE};
    struct stored s = {.tar = {.fd = -1}};
    bool has_archive, has_lines;
    char *att = NULL;

    v->in_repository = true;
    v->report.arena = a;
    snprintf(v->package, sizeof v->package, "%s", id);
    v->class = "unknown";
    has_archive = is_here(vfy_outside_archive(repo, a, folder, id, &s.tar, &e), &e, &s.lacks, &failed);
    has_lines = is_here(vfy_history_blob(repo, a, vfy_mem_print(a, "%sattestations.intoto.jsonl", folder),
                                         VFY_MAX_ATTESTATIONS_BYTES, &att, &s.att_n, &e), &e, &s.lacks, &failed);
    s.has_stamps = is_here(read_stamps(repo, a, folder, v, &e), &e, &s.lacks, &failed);
    if (failed.code != VFY_NO_CODE)
        vfy_report_error(&v->report, LEVEL_0, &failed);
    s.att = att;
    if (has_archive && has_lines)
        vfy_verify_package(a, &s.tar, att, s.att_n, repo->policy, v);
    else if (has_archive)
        vfy_source_digest(&s.tar, v->package);
    else if (has_lines && vfy_verify_signed(a, att, s.att_n, repo->policy, v, &e) != 0)
        vfy_report_error(&v->report, LEVEL_0, &e);
    if (strcmp(v->package, id) != 0)
        vfy_report_check(&v->report, LEVEL_0, false, E_DIGEST_MISMATCH, folder, "the package stored here is %s", v->package);
    else if (v->finished != NULL && check_rest(repo, a, i, folder, v, &s, &e) != 0)
        vfy_report_error(&v->report, LEVEL_0, &e);
    vfy_source_close(&s.tar);
    if (v->finished != NULL && strcmp(v->package, id) == 0) { /* its signatures were judged for this package */
        repo->ledger[i].run = vfy_mem_print(repo->arena, "%s", vfy_json_str(vfy_json_get(v->attestations.lines[0].payload, "predicate"), "run_id"));
        repo->ledger[i].has_run = true;
    }
    /* after the staged verdict, which knows of neither */
    report_lack(repo, folder, s.lacks, &v->report);
    vfy_log_package(repo, a, i, &v->report);
    vfy_verify_now(v, repo->policy);
}

/* the packages that a partial clone has not whole: without its ledger there is no verdict on each */
static void list_absent(const struct repo *repo, struct report *r)
{
    char package[VFY_HEX], last[VFY_HEX] = "";

    for (size_t i = vfy_history_from(repo, "packages/"); i < repo->file_count; i++)
        if (vfy_history_package(repo->files[i].path, package) && strcmp(package, last) != 0) {
            report_lack(repo, vfy_history_folder(repo->arena, package), false, r);
            memcpy(last, package, VFY_HEX);
        }
}

/* as many as there are packages to share out, or as can be had */
static void hire(struct repo *repo)
{
    size_t width = vfy_work_width(repo->ledger_file_count);
    struct err unused;

    repo->workers = vfy_mem_alloc(repo->arena, width * sizeof *repo->workers);
    repo->workers[0] = (struct worker){repo->arena, repo->git};
    for (repo->worker_count = 1; repo->worker_count < width; repo->worker_count++) {
        struct worker *w = &repo->workers[repo->worker_count];

        w->arena = vfy_mem_alloc(repo->arena, sizeof *w->arena);
        w->git = vfy_git_again(repo->arena, repo->git, &unused);
        if (w->git == NULL)
            return;
    }
}

void vfy_repo_work(const struct repo *repo, size_t count, size_t step,
                   void (*f)(void *shared, size_t worker, size_t from, size_t to), void *shared)
{
    vfy_work_run(repo->worker_count, count, step, f, shared);
}

struct repo vfy_repo_of(const struct repo *repo, size_t worker)
{
    struct repo mine = *repo;

    mine.arena = repo->workers[worker].arena;
    mine.git = repo->workers[worker].git;
    return mine;
}

void vfy_repo_open(const char *path, struct repo *repo, struct report *r)
{
    struct err e;

    if (vfy_git_open(repo->arena, path, &repo->git, repo->tip, &e) != 0 ||
        vfy_git_list(repo->arena, repo->git, repo->tip, &repo->files, &repo->file_count, &e) != 0) {
        vfy_report_error(r, LEVEL_0, &e);
        return;
    }
    for (size_t i = vfy_history_from(repo, "ledger/"); i < repo->file_count && vfy_history_below(repo->files[i].path, "ledger/"); i++)
        repo->ledger_file_count++;
    hire(repo);
    vfy_history_read(repo);
    vfy_log_open(repo, r);
    if (vfy_history_ledger(repo, &e) != 0) {
        vfy_report_error(r, LEVEL_0, &e);
        if (e.code == E_REPO_PARTIAL)
            list_absent(repo, r);
        return;
    }
    /* what a partial clone lacks keeps nobody from checking the rest */
    if (vfy_history_commits(repo, &e) != 0) {
        vfy_report_error(r, LEVEL_0, &e);
        if (e.code != E_REPO_PARTIAL)
            return;
    }
    repo->is_walked = true;
}

void vfy_repo_runs(struct repo *repo, struct report *r)
{
    struct err e;

    if (!repo->is_walked)
        return;
    if (vfy_history_runs(repo, r, &e) != 0)
        vfy_report_error(r, LEVEL_0, &e);
    else
        vfy_report_check(r, LEVEL_0, repo->count > 0, E_REPO_MISSING, "refs/heads/main", "it holds no package");
}

void vfy_repo_close(struct repo *repo)
{
    for (size_t w = 1; w < repo->worker_count; w++) {
        vfy_git_free(repo->workers[w].git);
        vfy_mem_release(repo->workers[w].arena);
    }
    vfy_git_free(repo->git);
    repo->git = NULL;
}
