/* verifier/reviews.c - see reviews.h. */
#include "verifier/reviews.h"

#include "verifier/gitdir.h"
#include "verifier/history.h"
#include "verifier/limits.h"
#include "verifier/output.h"
#include "verifier/shape.h"
#include "verifier/sshsig.h"

#include <stdio.h>
#include <string.h>

static const char branch[] = "refs/heads/reviews", type[] = "application/vnd.dryproof.review+json";
static const char unknown[] = "?"; /* for the digest of a review that could not be read, which was said */

static const char shape[] =
    "{attestations:h,decision:<'CONFIRM'|'REJECT'|'HOLD'>,findings:[{code:?S,path:?S,text:S}],package:h,previous:?h,"
    "recorded_at:t,schema:'dryproof.review/1',sequence:n}";

static const char *str(const struct review *one, const char *name)
{
    return vfy_json_str(one->payload, name);
}

/* reviews/PACKAGE/NNN.dsse.json */
static bool is_path(struct arena *a, const char *path, struct review *out)
{
    const char *id = path + 8, *number = path + 8 + VFY_HEX;
    char hex[VFY_HEX];

    if (!vfy_history_below(path, "reviews/") || strlen(path) != 8 + VFY_HEX + 13 || id[VFY_HEX - 1] != '/' ||
        strcmp(number + 3, ".dsse.json") != 0)
        return false;
    snprintf(hex, sizeof hex, "%.64s", id);
    for (size_t i = 0; i < 3; i++)
        if (number[i] < '0' || number[i] > '9')
            return false;
    out->path = path;
    out->package = vfy_mem_print(a, "%s", hex);
    out->sequence = (size_t)(number[0] - '0') * 100 + (size_t)(number[1] - '0') * 10 + (size_t)(number[2] - '0');
    return vfy_text_hex(hex, VFY_HEX - 1);
}

/* Every file of the tip is a review, and of each package they are numbered from 1. */
static int list(const struct repo *repo, struct reviews *v, struct err *e)
{
    struct git_file *files;
    size_t n;

    if (vfy_git_list(repo->arena, repo->git, v->tip, &files, &n, e) != 0)
        return -1;
    v->list = vfy_mem_alloc(repo->arena, n * sizeof *v->list);
    for (size_t i = 0; i < n; i++) {
        struct review *one = &v->list[i], *last = i == 0 ? NULL : &v->list[i - 1];
        bool is_next = last != NULL && strncmp(files[i].path, last->path, 8 + VFY_HEX) == 0;

        if (!is_path(repo->arena, files[i].path, one))
            return vfy_err_set(e, E_REPO_MISMATCH, files[i].path, "the branch of reviews knows no file there");
        if (one->sequence != (is_next ? last->sequence + 1 : 1))
            return vfy_err_set(e, E_REPO_HISTORY, one->path, "the reviews of its package are not numbered from 1");
        memcpy(one->oid, files[i].oid, VFY_OID);
    }
    v->count = n;
    return 0;
}

static struct review *find(const struct reviews *v, const char *path)
{
    size_t from = 0, to = v->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (strcmp(v->list[middle].path, path) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < v->count && strcmp(v->list[from].path, path) == 0 ? &v->list[from] : NULL;
}

/* The one file that a commit adds, and nothing else. */
static int added(const struct repo *repo, struct reviews *v, const char *oid, const char *parent, struct review **out,
                 struct err *e)
{
    struct arena a = {NULL, 0};
    struct git_file *files = NULL;
    struct err lack = {.code = VFY_NO_CODE};
    struct review *one;
    size_t n = 0;
    int rc = vfy_git_changes(&a, repo->git, oid, parent, &files, &n, &lack, e);

    *out = NULL;
    if (rc == 0 && lack.code != VFY_NO_CODE) {
        *e = lack;
        rc = -1;
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        if (files[i].path[strlen(files[i].path) - 1] == '/')
            continue;
        one = find(v, files[i].path);
        if (*out != NULL || one == NULL)
            rc = vfy_err_set(e, E_REPO_HISTORY, oid, "it does not add one review and nothing else");
        *out = one;
    }
    for (size_t i = 0; i < n && rc == 0 && *out != NULL; i++)
        if (files[i].path[strlen(files[i].path) - 1] == '/' && !vfy_history_below((*out)->path, files[i].path))
            rc = vfy_err_set(e, E_REPO_HISTORY, oid, "it adds a folder that its review is not in");
    if (rc == 0 && *out == NULL)
        rc = vfy_err_set(e, E_REPO_HISTORY, oid, "it adds no review");
    vfy_mem_release(&a);
    return rc;
}

/* From the newest commit on: who comes later in a package was met before.  *has: what was kept was met too. */
static int walk(struct repo *repo, struct reviews *v, bool *has, struct report *r, struct err *e)
{
    char oid[VFY_OID];

    snprintf(oid, sizeof oid, "%s", v->tip);
    for (size_t left = v->count; left > 0; left--) {
        struct git_commit_info c;
        struct review *one;
        struct err why;

        if (oid[0] == '\0')
            return vfy_err_set(e, E_REPO_HISTORY, branch, "fewer commits than reviews");
        if (vfy_git_commit(repo->arena, repo->git, oid, &c, e) != 0 || added(repo, v, oid, c.parent, &one, e) != 0)
            return -1;
        if (c.parents > 1)
            return vfy_err_set(e, E_REPO_HISTORY, oid, "a merge");
        if (one + 1 < v->list + v->count && strcmp(one[1].package, one->package) == 0 && !one[1].is_met)
            return vfy_err_set(e, E_REPO_HISTORY, one->path, "the one behind it is older");
        one->is_met = true;
        *has = *has || (v->against != NULL && strcmp(v->against, oid) == 0);
        one->message = vfy_mem_print(repo->arena, "%s\n", c.message);
        if (vfy_sshsig_check(repo->arena, c.signature, c.signature_len, "git", c.signed_bytes, c.signed_len, repo->policy,
                             ROLE_REVIEWER, oid, &one->signer, &why) != 0)
            vfy_report_error(r, LEVEL_0, &why);
        snprintf(oid, sizeof oid, "%s", c.parent);
    }
    return oid[0] == '\0' ? 0 : vfy_err_set(e, E_REPO_HISTORY, oid, "more commits than reviews");
}

static int check_payload(const struct repo *repo, const struct review *one, const char *previous, struct err *e)
{
    const struct json *p = one->payload, *before = vfy_json_get(p, "previous");
    char where[80];
    size_t i = 0;

    if (!vfy_shape_check(p, shape, where, sizeof where))
        return vfy_err_set(e, E_JSON_SCHEMA, one->path, "not the shape of a review, at: %s", where);
    if (vfy_json_count(vfy_json_get(p, "findings")) > VFY_MAX_REVIEW_FINDINGS)
        return vfy_err_set(e, E_LIMIT_COUNT, one->path, "more findings than MAX_REVIEW_FINDINGS");
    if (!vfy_json_is(vfy_json_get(p, "package"), one->package) || vfy_json_int(vfy_json_get(p, "sequence")) != (int64_t)one->sequence)
        return vfy_err_set(e, E_REPO_MISMATCH, one->path, "it is another package's, or another number's");
    if (*previous == '\0'                  ? before->type != JSON_NULL
        : strcmp(previous, unknown) == 0 ? before->type == JSON_NULL
                                         : !vfy_json_is(before, previous))
        return vfy_err_set(e, E_REPO_HISTORY, one->path, "previous is not the digest of the review before");
    while (i < repo->count && strcmp(repo->ledger[i].package, one->package) != 0)
        i++;
    if (i == repo->count)
        return vfy_err_set(e, E_REPO_MISMATCH, one->path, "no ledger entry names its package");
    if (!vfy_json_same(vfy_json_get(repo->ledger[i].payload, "attestations"), vfy_json_get(p, "attestations")))
        return vfy_err_set(e, E_REPO_MISMATCH, one->path, "it is of other attestations than the package has");
    return 0;
}

/* One file, by who signed its commit. */
static int judge(const struct repo *repo, struct review *one, char previous[VFY_HEX], struct report *r, struct err *e)
{
    const struct trusted *committer = one->signer;
    char *data, before[VFY_HEX];
    struct envelope envelope;
    size_t n;

    one->signer = NULL;
    memcpy(before, previous, VFY_HEX);
    memcpy(previous, unknown, sizeof unknown);
    if (vfy_git_read(repo->arena, repo->git, one->oid, VFY_MAX_REVIEW_BYTES, &data, &n, e) != 0) {
        snprintf(e->path, sizeof e->path, "%s", one->path);
        return -1;
    }
    vfy_crypto_sha256(data, n, previous);
    if (committer == NULL)
        return 0; /* its commit says why */
    if (n == 0 || data[n - 1] != '\n')
        return vfy_err_set(e, E_DSSE_NONCANONICAL, one->path, "it does not end with one LF");
    if (vfy_dsse_open(repo->arena, data, n - 1, type, ROLE_REVIEWER, repo->policy, one->path, &envelope, e) != 0)
        return -1;
    if (envelope.signer != committer)
        return vfy_err_set(e, E_REPO_MISMATCH, one->path, "somebody else committed it");
    one->payload = envelope.payload;
    if (check_payload(repo, one, before, e) != 0)
        return -1;
    if (!vfy_history_trailer(repo->arena, one->message, "Dryproof-Package", one->package) ||
        !vfy_history_trailer(repo->arena, one->message, "Dryproof-Decision", str(one, "decision")))
        return vfy_err_set(e, E_REPO_MISMATCH, one->path, "the trailers of its commit say something else");
    one->signer = committer;
    if (repo->now != NULL)
        vfy_verify_key(r, committer, repo->now, "now is", one->path);
    return 0;
}

void vfy_reviews_tip(struct arena *a, const char *path, struct reviews *out)
{
    if (vfy_gitdir_tip(a, path, branch, out->tip, &out->why) != 0)
        out->tip[0] = '\0';
}

void vfy_reviews_read(struct repo *repo, struct reviews *out, struct report *r)
{
    char previous[VFY_HEX] = "";
    bool has_kept = false;
    struct err e = out->why;

    if (repo->count == 0) { /* what is wrong with it was said */
        out->tip[0] = '\0';
        return;
    }
    if (out->tip[0] == '\0' || list(repo, out, &e) != 0 || walk(repo, out, &has_kept, r, &e) != 0) {
        if (e.code == E_REPO_MISSING && out->against != NULL)
            (void)vfy_err_set(&e, E_REPO_HISTORY, branch, "it is gone, and was at the commit that was kept");
        vfy_report_error(r, LEVEL_0, &e);
        out->count = 0;
        return;
    }
    if (out->against != NULL)
        vfy_report_check(r, LEVEL_0, has_kept, E_REPO_HISTORY, branch, has_kept ? "it goes on from the commit that was kept"
                         : "the commit that was kept is none of it: reviews were dropped, or rewritten");
    for (size_t i = 0; i < out->count; i++) {
        if (out->list[i].sequence == 1)
            previous[0] = '\0';
        if (judge(repo, &out->list[i], previous, r, &e) != 0)
            vfy_report_error(r, LEVEL_0, &e);
        else if (out->list[i].signer != NULL)
            vfy_report_check(r, LEVEL_0, true, E_REPO_MISMATCH, out->list[i].path, "it stands");
    }
}

void vfy_reviews_text(struct buf *b, const struct reviews *v, const struct report *r)
{
    static const char *const words[] = {"every review here is its author's, about its package",
                                        "a review, or what it is about, is not what was signed",
                                        "nothing is proven either way"};
    enum vfy_status status = vfy_report_status(vfy_report_exit(r));
    size_t n = 0;

    for (size_t i = 0; i < v->count; i++)
        n += v->list[i].signer != NULL;
    vfy_mem_put(b, "%s: %s\n%zu reviews%s%s\n", vfy_report_word(status), words[status], n,
                v->tip[0] != '\0' ? "; to keep elsewhere: " : "", v->tip);
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].signer != NULL)
            vfy_mem_put(b, "%s  %.16s...  %03zu  %s, by %.16s...\n", str(&v->list[i], "decision"), v->list[i].package,
                        v->list[i].sequence, str(&v->list[i], "recorded_at"), v->list[i].signer->key.keyid);
    for (size_t i = 0; i < r->count; i++)
        vfy_output_finding(b, &r->findings[i]);
}

static void put_finding(struct buf *b, const struct json *f)
{
    static const char *const names[] = {"code", "path", "text"};

    for (size_t i = 0; i < 3; i++) {
        const struct json *v = vfy_json_get(f, names[i]);

        vfy_mem_put(b, "%s\"%s\":", i == 0 ? "{" : ",", names[i]);
        vfy_output_string(b, v->type == JSON_STRING ? v->u.text : NULL);
    }
    vfy_mem_put(b, "}");
}

void vfy_reviews_json(struct buf *b, const struct reviews *v, const struct report *r)
{
    bool first = true;

    vfy_mem_put(b, "{\"commit\":");
    vfy_output_string(b, v->tip[0] != '\0' ? v->tip : NULL);
    vfy_mem_put(b, ",\"exit_status\":%d,\"findings\":", vfy_report_exit(r));
    vfy_output_findings(b, r);
    vfy_mem_put(b, ",\"reviews\":[");
    for (size_t i = 0; i < v->count; i++) {
        const struct json *findings = vfy_json_get(v->list[i].payload, "findings");

        if (v->list[i].signer == NULL)
            continue;
        vfy_mem_put(b, "%s{\"decision\":\"%s\",\"findings\":[", first ? "" : ",", str(&v->list[i], "decision"));
        first = false;
        for (size_t k = 0; k < vfy_json_count(findings); k++) {
            vfy_mem_put(b, "%s", k == 0 ? "" : ",");
            put_finding(b, vfy_json_at(findings, k));
        }
        vfy_mem_put(b, "],\"keyid\":\"%s\",\"package\":\"%s\",\"recorded_at\":\"%s\",\"sequence\":%zu}", v->list[i].signer->key.keyid,
                    v->list[i].package, str(&v->list[i], "recorded_at"), v->list[i].sequence);
    }
    vfy_mem_put(b, "],\"schema\":\"dryproof.reviews/1\",\"status\":\"%s\"}\n",
                vfy_report_word(vfy_report_status(vfy_report_exit(r))));
}
