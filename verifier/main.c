/*
 * verifier/main.c - dryproof-verify: the command line, and nothing of substance.
 *
 * Offline; writes to stdout and stderr only; runs nothing; needs no environment.
 */
#include "verifier/explain.h"
#include "verifier/file.h"
#include "verifier/fleet.h"
#include "verifier/limits.h"
#include "verifier/log_output.h"
#include "verifier/options.h"
#include "verifier/output.h"
#include "verifier/repo.h"
#include "verifier/reviews.h"
#include "verifier/rotation.h"
#include "verifier/same.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#ifndef DRYPROOF_VERSION
#define DRYPROOF_VERSION "0.1.0"
#endif

/* output that did not arrive is not a verdict */
static int emit(const struct buf *b, int status)
{
    if (b->len > 0 && fwrite(b->p, 1, b->len, stdout) != b->len)
        status = vfy_findings_worse(status, 5);
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        fprintf(stderr, "dryproof-verify: E_IO: cannot write to standard output\n");
        return vfy_findings_worse(status, 5);
    }
    return status;
}

static int explain(int argc, char **argv)
{
    struct arena a = {NULL, 0};
    struct buf b = {&a, NULL, 0, 0};
    int status;

    if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "--json") != 0))
        return vfy_options_wrong("explain needs one code or word, and --json behind it if at all", "", NULL);
    if (vfy_explain(&b, argv[2], argc == 4)) {
        status = emit(&b, 0);
        vfy_mem_release(&a);
        return status;
    }
    return vfy_options_wrong("no finding, word or exit status of that name: ", argv[2], vfy_explain_near(argv[2]));
}

static void write(struct buf *b, const struct command *c, const struct verdict *v)
{
    if (vfy_options_given(c, OPT_JSON)) {
        vfy_output_json(b, v);
        vfy_mem_put(b, "\n");
    } else {
        vfy_output_text(b, v);
    }
}

/* and the time, when the policy needs one that nobody gave */
static int read_policy(struct arena *a, struct command *c, struct policy *p, struct err *e)
{
    struct timespec now = {0, 0};
    const struct tm *utc;
    char second[24];

    if ((vfy_options_given(c, OPT_KEY) ? vfy_policy_key(a, c->value[OPT_KEY], p, e)
                           : vfy_policy_read(a, c->value[OPT_POLICY], p, e)) != 0)
        return -1;
    for (size_t i = 0; i < c->rotation_count; i++)
        if (vfy_rotation_follow(a, c->rotation[i], p, e) != 0)
            return -1;
    if (!p->has_times || vfy_options_given(c, OPT_NOW))
        return 0;
    /* to the microsecond: a run may have finished within this second */
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || (utc = gmtime(&now.tv_sec)) == NULL ||
        strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", utc) == 0 ||
        snprintf(c->clock, sizeof c->clock, "%s.%06ldZ", second, now.tv_nsec / 1000) < 0 || !vfy_text_time(c->clock))
        return vfy_err_set(e, E_IO, "the clock", "it tells no time that can be used; give --now");
    c->value[OPT_NOW] = c->clock;
    return 0;
}

static int read_counter(struct arena *a, const char *path, struct verdict *v, struct err *e)
{
    char *p;

    if (vfy_file_read(a, path, VFY_MAX_ATTESTATIONS_BYTES, &p, &v->counter[v->counter_count].n, e) != 0)
        return -1;
    v->counter[v->counter_count++].p = p;
    return 0;
}

static int read_counters(struct arena *a, const struct command *c, struct verdict *v, struct err *e)
{
    for (size_t i = 0; i < c->counter_count; i++)
        if (read_counter(a, c->counter[i], v, e) != 0)
            return -1;
    return 0;
}

static int read_stamps(struct arena *a, const struct command *c, struct verdict *v, struct err *e)
{
    char *p;

    if (!vfy_options_given(c, OPT_STAMPS))
        return 0;
    if (vfy_file_read(a, c->value[OPT_STAMPS], VFY_MAX_ATTESTATIONS_BYTES, &p, &v->stamp_file[0].n, e) != 0)
        return -1;
    v->stamp_file[0].name = vfy_options_given(c, OPT_REPO) ? "--timestamps" : VFY_STAMP_FILE;
    v->stamp_file[0].p = p;
    v->stamp_files = 1;
    return 0;
}

static int verify_fleet(struct arena *a, const struct command *c, const struct source *tar, const char *att, size_t att_n,
                        const struct policy *policy)
{
    struct fleet *f = vfy_mem_alloc(a, sizeof *f);
    struct buf b = {a, NULL, 0, 0};

    if (c->counter_count > 0 || vfy_options_given(c, OPT_STAMPS))
        return vfy_options_wrong("a fleet has no countersignatures and no timestamps", "", NULL);
    f->own.now = c->value[OPT_NOW];
    f->is_json = vfy_options_given(c, OPT_JSON);
    vfy_fleet_verify(a, tar, att, att_n, policy, f);
    vfy_fleet_close(f);
    vfy_fleet_output(&b, f);
    return emit(&b, f->worst);
}

static int verify_package(struct arena *a, struct command *c)
{
    struct verdict *v = vfy_mem_alloc(a, sizeof *v);
    struct buf b = {a, NULL, 0, 0};
    struct source tar = {.fd = -1};
    char *att;
    size_t att_n;
    struct policy policy;
    struct err e;
    int status;

    v->report.arena = a;
    v->class = "unknown";
    if (read_policy(a, c, &policy, &e) != 0 || read_counters(a, c, v, &e) != 0 || read_stamps(a, c, v, &e) != 0 ||
        vfy_file_read(a, c->value[OPT_ATTESTATIONS], VFY_MAX_ATTESTATIONS_BYTES, &att, &att_n, &e) != 0 ||
        vfy_source_open(c->names[0], VFY_MAX_PACKAGE_BYTES, &tar, &e) != 0)
        vfy_report_error(&v->report, LEVEL_0, &e);
    else if (vfy_attest_is_fleet(a, att, att_n)) {
        status = verify_fleet(a, c, &tar, att, att_n, &policy);
        vfy_source_close(&tar);
        return status;
    } else
        vfy_verify_package(a, &tar, att, att_n, &policy, v);
    vfy_source_close(&tar);
    v->now = c->value[OPT_NOW];
    vfy_verify_now(v, &policy);
    vfy_verify_close(v);
    write(&b, c, v);
    return emit(&b, vfy_report_exit(&v->report));
}

static const char *place(struct arena *a, const struct repo *repo, size_t i)
{
    return vfy_mem_print(a, "{\"commit\":\"%s\",\"current\":%s,\"sequence\":%zu}", repo->tip,
                         repo->ledger[i].is_current ? "true" : "false", i + 1);
}

static int verify_one(struct arena *a, const struct command *c, struct repo *repo, const struct report *findings)
{
    struct verdict *v = vfy_mem_alloc(a, sizeof *v);
    struct buf b = {a, NULL, 0, 0};
    struct err e;
    size_t i = 0;

    v->report = *findings;
    v->now = c->value[OPT_NOW];
    v->class = "unknown";
    snprintf(v->package, sizeof v->package, "%s", c->value[OPT_PACKAGE]);
    while (i < repo->count && strcmp(repo->ledger[i].package, v->package) != 0)
        i++;
    if ((vfy_options_given(c, OPT_ATTESTATIONS) && read_counter(a, c->value[OPT_ATTESTATIONS], v, &e) != 0) ||
        read_counters(a, c, v, &e) != 0 || read_stamps(a, c, v, &e) != 0) {
        vfy_report_error(&v->report, LEVEL_0, &e);
    } else if (i < repo->count) {
        vfy_repo_verify(repo, a, i, v);
        v->repository = place(a, repo, i);
        v->standing = vfy_mem_print(a, "entry %zu of %zu, %s", i + 1, repo->count, repo->ledger[i].is_current ? "the current one"
                                    : "SUPERSEDED: there is a newer one of this carrier and plan");
    } else if (repo->count > 0) {
        vfy_report_check(&v->report, LEVEL_0, false, E_REPO_MISSING, "ledger/", "no entry names this package");
    }
    vfy_verify_close(v);
    write(&b, c, v);
    return emit(&b, vfy_report_exit(&v->report));
}

/* what is to be said of every package */
struct answers {
    const struct repo *repo;
    const struct command *c;
    struct answer {
        const char *text;
        size_t len;
        int tampered;
        bool passed;
    } *list;
};

static void answer(struct repo *mine, const struct command *c, size_t i, struct answer *out)
{
    struct arena a = {NULL, 0};
    struct buf one = {&a, NULL, 0, 0};
    struct verdict *v = vfy_mem_alloc(&a, sizeof *v);

    v->now = c->value[OPT_NOW];
    vfy_repo_verify(mine, &a, i, v);
    v->repository = place(&a, mine, i);
    vfy_verify_close(v);
    if (vfy_options_given(c, OPT_JSON)) {
        vfy_output_json(&one, v);
    } else {
        vfy_mem_put(&one, "---- ledger entry %zu%s\n", i + 1, mine->ledger[i].is_current ? ", current" : ", superseded");
        vfy_output_text(&one, v);
        vfy_mem_put(&one, "\n");
    }
    *out = (struct answer){vfy_mem_copy(mine->arena, one.p, one.len), one.len, vfy_verify_tampered(v),
                           vfy_verify_status(v) == VFY_PASS};
    vfy_mem_release(&a);
}

static void answer_some(void *shared, size_t worker, size_t from, size_t to)
{
    const struct answers *all = shared;
    struct repo mine = vfy_repo_of(all->repo, worker);

    for (size_t i = from; i < to; i++)
        answer(&mine, all->c, i, &all->list[i]);
}

/* Those in the ledger's order; counts in *passed the current ones that stand.  A package that says
 * FAIL or HOLD is part of a sound repository: only damage goes into *worst. */
static size_t each_package(const struct answers *all, struct buf *b, bool current, size_t *passed, int *worst)
{
    size_t done = 0;

    for (size_t i = 0; i < all->repo->count; i++) {
        const struct answer *one = &all->list[i];

        if (all->repo->ledger[i].is_current != current)
            continue;
        if (vfy_options_given(all->c, OPT_JSON))
            vfy_mem_put(b, "%s", b->p[b->len - 1] == '[' ? "" : ",");
        vfy_mem_add(b, one->text, one->len);
        *worst = vfy_findings_worse(*worst, one->tampered);
        *passed += current && one->passed;
        done++;
    }
    return done;
}

static int verify_all(struct arena *a, const struct command *c, struct repo *repo, struct report *findings)
{
    static const char *const words[] = {"the repository and every package in it are intact",
                                        "this repository, or a package in it, is not what was signed",
                                        "nothing is proven either way"};
    struct buf b = {a, NULL, 0, 0}, body = {a, NULL, 0, 0};
    struct answers all = {repo, c, vfy_mem_alloc(a, repo->count * sizeof *all.list)};
    size_t done, passed = 0;
    enum vfy_status status;
    int worst;

    if (repo->count > 0)
        vfy_repo_work(repo, repo->count, 1, answer_some, &all);
    vfy_repo_runs(repo, findings);
    worst = findings->worst;
    vfy_mem_put(&body, "%s", vfy_options_given(c, OPT_JSON) ? "[" : "\n");
    done = each_package(&all, &body, false, &passed, &worst);
    done += each_package(&all, &body, true, &passed, &worst);
    if (passed == 0)
        worst = vfy_findings_worse(worst, 3);
    vfy_report_sort(findings);
    status = vfy_report_status(worst);
    if (vfy_options_given(c, OPT_JSON)) {
        vfy_mem_put(&b, "{\"exit_status\":%d,\"repository\":{\"commit\":", worst);
        vfy_output_string(&b, repo->tip[0] != '\0' ? repo->tip : NULL);
        vfy_mem_put(&b, ",\"findings\":");
        vfy_output_findings(&b, findings);
        vfy_mem_put(&b, ",\"packages\":%zu},\"schema\":\"dryproof.verdicts/1\",\"status\":\"%s\",\"verdicts\":",
                    repo->count, vfy_report_word(status));
        vfy_mem_add(&b, body.p, body.len);
        vfy_mem_put(&b, "]}\n");
        return emit(&b, worst);
    }
    vfy_mem_put(&b, "%s: %s\n%zu packages checked, of the current ones %zu pass\n", vfy_report_word(status),
                worst == 4 /* schemas/findings.tsv: KEY */ ? "no key that was given signed this: nothing else of it was judged" : words[status], done, passed);
    for (size_t i = 0; i < findings->count; i++)
        vfy_output_finding(&b, &findings->findings[i]);
    vfy_mem_add(&b, body.p, body.len);
    return emit(&b, worst);
}

static int verify_log(struct arena *a, const struct command *c, const struct repo *repo, struct report *findings)
{
    struct buf b = {a, NULL, 0, 0};

    vfy_report_sort(findings);
    if (vfy_options_given(c, OPT_JSON))
        vfy_log_output_json(&b, repo, findings);
    else
        vfy_log_output_text(&b, repo, findings);
    return emit(&b, vfy_report_exit(findings));
}

static int verify_reviews(struct arena *a, const struct command *c, struct repo *repo, struct reviews *reviews,
                          struct report *findings)
{
    struct buf b = {a, NULL, 0, 0};

    vfy_reviews_read(repo, reviews, findings);
    vfy_report_sort(findings);
    if (vfy_options_given(c, OPT_JSON))
        vfy_reviews_json(&b, reviews, findings);
    else
        vfy_reviews_text(&b, reviews, findings);
    return emit(&b, vfy_report_exit(findings));
}

static int verify_repo(struct arena *a, struct command *c)
{
    struct report *findings = vfy_mem_alloc(a, sizeof *findings);
    struct reviews reviews = {.against = c->value[OPT_AGAINST_REVIEWS]};
    struct repo repo = {.arena = a};
    struct policy policy;
    struct err e;
    int status;

    findings->arena = a;
    repo.policy = &policy;
    if (read_policy(a, c, &policy, &e) != 0)
        vfy_report_error(findings, LEVEL_0, &e);
    else {
        repo.now = c->value[OPT_NOW];
        repo.against = c->value[OPT_AGAINST];
        repo.packages = c->value[OPT_PACKAGES];
        repo.wants_log = vfy_options_given(c, OPT_LOG);
        repo.asked = c->value[OPT_PACKAGE];
        repo.asks_all = vfy_options_given(c, OPT_ALL);
        if (vfy_options_given(c, OPT_REVIEWS))
            vfy_reviews_tip(a, c->value[OPT_REPO], &reviews);
        vfy_repo_open(c->value[OPT_REPO], &repo, findings);
        if (!repo.asks_all)
            vfy_repo_runs(&repo, findings); /* of all packages they are known when those were judged */
    }
    status = vfy_options_given(c, OPT_REVIEWS) ? verify_reviews(a, c, &repo, &reviews, findings)
             : vfy_options_given(c, OPT_LOG) ? verify_log(a, c, &repo, findings)
             : vfy_options_given(c, OPT_ALL) ? verify_all(a, c, &repo, findings) : verify_one(a, c, &repo, findings);
    vfy_repo_close(&repo);
    return status;
}

static int same_facts(struct arena *a, const struct command *c)
{
    struct buf b = {a, NULL, 0, 0};
    struct err e;
    int rc = vfy_same_facts(a, c->names, &b, &e);
    struct finding f;

    if (rc >= 0)
        return emit(&b, rc);
    f = (struct finding){e.code, LEVEL_0, e.path, e.text};
    vfy_mem_put(&b, "NOT COMPARED\n");
    vfy_output_finding(&b, &f);
    return emit(&b, vfy_findings_info(e.code)->exit_status);
}

int main(int argc, char **argv)
{
    struct command c = {.count = 0};
    struct arena a = {NULL, 0};
    struct buf b = {&a, NULL, 0, 0};
    int status;

    if (argc < 2)
        return vfy_options_wrong("expected a package or --repo", "", NULL);
    /* behind the words that the front door puts before what its user gave, too */
    if (strcmp(argv[argc - 1], "--help") == 0 &&
        (argc == 2 || (argc == 3 && (strcmp(argv[1], "explain") == 0 || strcmp(argv[1], "--log") == 0))))
        vfy_mem_put(&b, "%s", vfy_options_help);
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        vfy_mem_put(&b, "dryproof-verify " DRYPROOF_VERSION "\n");
    if (b.len > 0) {
        status = emit(&b, 0);
        vfy_mem_release(&a);
        return status;
    }
    if (strcmp(argv[1], "explain") == 0)
        return explain(argc, argv);
    if (argc == 3 && argv[1][0] != '-' && argv[2][0] != '-' && vfy_explain_closer(argv[1], "explain", NULL) != NULL)
        return vfy_options_wrong("no verb ", argv[1], "explain");
    if (vfy_options_read(argc, argv, &c) != 0)
        return 2;
    status = vfy_options_given(&c, OPT_SAME) ? same_facts(&a, &c) : vfy_options_given(&c, OPT_REPO) ? verify_repo(&a, &c) : verify_package(&a, &c);
    vfy_mem_release(&a);
    return status;
}
