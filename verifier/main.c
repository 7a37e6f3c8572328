/*
 * verifier/main.c - dryproof-verify: the command line, and nothing of substance.
 *
 * Offline; writes to stdout and stderr only; runs nothing; needs no environment.
 */
#include "verifier/explain.h"
#include "verifier/file.h"
#include "verifier/limits.h"
#include "verifier/log_output.h"
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

static const char help_text[] =
    "dryproof-verify - re-derive the verdict of a dry-run evidence package, offline\n"
    "\n"
    "usage:\n"
    "  dryproof-verify PACKAGE.tar --attestations FILE (--key PUB | --policy FILE)\n"
    "                  [--timestamps FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO (--package SHA256 | --all)\n"
    "                  (--key PUB | --policy FILE) [--packages DIR]\n"
    "                  [--against-checkpoint FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO --log (--key PUB | --policy FILE)\n"
    "                  [--against-checkpoint FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO --reviews --policy FILE [--json] [--now TIME]\n"
    "  dryproof-verify --same-facts A.tar B.tar\n"
    "  dryproof-verify explain CODE [--json]\n"
    "\n"
    "  --attestations FILE  the package's attestations.intoto.jsonl; again, or with\n"
    "                       --repo: a countersignature (dryproof-pack countersign)\n"
    "  --timestamps FILE    the package's timestamps.jsonl; with --repo others beside\n"
    "                       it\n"
    "  --key PUB            trust this public key as packager; nothing is governed\n"
    "  --policy FILE        trust policy (keys with roles, governed environments)\n"
    "  --rotation FILE      with --policy: its successor, signed by the root keys of\n"
    "                       both; again for each version\n"
    "  --repo REPO          a bare evidence repository\n"
    "  --package SHA256     with --repo: this package of it\n"
    "  --all                with --repo: every package, the current ones last\n"
    "  --packages DIR       packages that the repository keeps in a registry, each as\n"
    "                       DIR/sha256/DIGEST (dryproof oci fetch puts them there)\n"
    "  --log                with --repo: ledger, history and log alone, no packages\n"
    "  --reviews            with --repo: what reviewers decided, each by whom, of what; ledger\n"
    "                       and history are judged first, no packages\n"
    "  --against-checkpoint FILE\n"
    "                       the repository's log goes on from this checkpoint, or\n"
    "                       from the one in this package.tlog-proof, that somebody\n"
    "                       kept\n"
    "  --now TIME           e.g. 2026-06-22T10:11:12.123456Z; echoed, freshness only;\n"
    "                       left out, the clock is read when the policy has a rule\n"
    "                       about time\n"
    "  --json               one JSON object (schemas/verdict.schema.json)\n"
    "  --same-facts A B     whether two packages give the same facts (no signatures)\n"
    "\n"
    "exit status: 0 everything required was checked and holds; 1 proven bad; 2\n"
    "command line or policy wrong; 3 HOLD; 4 key not trusted; 5 environment; 6\n"
    "unknown format version or limit; 70 a bug\n"
    "\n"
    "example:\n"
    "  dryproof-verify explain E_SIG_INVALID\n";

enum option { OPT_ATTESTATIONS, OPT_STAMPS, OPT_KEY, OPT_POLICY, OPT_REPO, OPT_PACKAGE, OPT_NOW, OPT_AGAINST, OPT_JSON, OPT_ALL,
              OPT_LOG, OPT_SAME, OPT_PACKAGES, OPT_ROTATION, OPT_REVIEWS, OPTIONS };

static const struct {
    const char *name;
    bool takes_value;
} options[OPTIONS] = {{"--attestations", true}, {"--timestamps", true}, {"--key", true},  {"--policy", true},
                      {"--repo", true},         {"--package", true}, {"--now", true},
                      {"--against-checkpoint", true}, {"--json", false}, {"--all", false},
                      {"--log", false},         {"--same-facts", false}, {"--packages", true}, {"--rotation", true},
                      {"--reviews", false}};

struct command {
    const char *value[OPTIONS], *names[2];
    int count;
    const char *counter[VFY_MAX_COUNTERSIGNATURES]; /* attestation files beside the first */
    size_t counter_count;
    const char *rotation[VFY_MAX_ROTATIONS]; /* in the order in which they follow */
    size_t rotation_count;
    char clock[32]; /* what --now would be */
};

static int usage_near(const char *what, const char *which, const char *near)
{
    char text[200];
    struct arena a = {NULL, 0};
    struct buf b = {&a, NULL, 0, 0};

    snprintf(text, sizeof text, "%s", which);
    vfy_mem_put(&b, "dryproof-verify: %s", what);
    vfy_text_escape(&b, text, strlen(text), 120);
    if (near != NULL)
        fprintf(stderr, "%s; did you mean %s?\n", b.p, near);
    else
        fprintf(stderr, "%s (see --help)\n", b.p);
    vfy_mem_release(&a);
    return 2;
}

static int usage(const char *what, const char *which)
{
    return usage_near(what, which, NULL);
}

static const char *near_option(const char *name)
{
    const char *best = NULL;

    for (int o = 0; o < OPTIONS; o++)
        best = vfy_explain_closer(name, options[o].name, best);
    return best;
}

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

static int parse(int argc, char **argv, struct command *c)
{
    for (int i = 1; i < argc; i++) {
        int o = 0;

        if (argv[i][0] != '-') {
            if (c->count == 2)
                return usage("one argument too many: ", argv[i]);
            c->names[c->count++] = argv[i];
            continue;
        }
        while (o < OPTIONS && strcmp(options[o].name, argv[i]) != 0)
            o++;
        if (o == OPTIONS)
            return usage_near("unknown option: ", argv[i], near_option(argv[i]));
        if (o == OPT_ROTATION && c->rotation_count == VFY_MAX_ROTATIONS)
            return usage("given too often: ", argv[i]);
        if (c->value[o] != NULL && o != OPT_ROTATION && (o != OPT_ATTESTATIONS || c->counter_count == VFY_MAX_COUNTERSIGNATURES))
            return usage("given twice, or too often: ", argv[i]);
        if (options[o].takes_value && i + 1 == argc)
            return usage("a value is missing after ", argv[i]);
        if (o == OPT_ROTATION)
            c->value[o] = c->rotation[c->rotation_count++] = argv[++i];
        else if (c->value[o] != NULL)
            c->counter[c->counter_count++] = argv[++i];
        else
            c->value[o] = options[o].takes_value ? argv[++i] : "";
    }
    return 0;
}

static bool given(const struct command *c, enum option o)
{
    return c->value[o] != NULL;
}

static int check(const struct command *c)
{
    bool repo = given(c, OPT_REPO), same = given(c, OPT_SAME);

    if (same) {
        for (int o = 0; o < OPTIONS; o++)
            if (o != OPT_SAME && c->value[o] != NULL)
                return usage("not with --same-facts: ", options[o].name);
        return c->count == 2 ? 0 : usage("--same-facts needs two packages", "");
    }
    if (given(c, OPT_KEY) == given(c, OPT_POLICY))
        return usage("give one of --key and --policy", "");
    if (given(c, OPT_ROTATION) && !given(c, OPT_POLICY))
        return usage("--rotation goes on from a --policy", "");
    if (given(c, OPT_NOW) && !vfy_text_time(c->value[OPT_NOW]))
        return usage("--now is not of the form 2026-06-22T10:11:12.123456Z: ", c->value[OPT_NOW]);
    if (given(c, OPT_PACKAGES) && (!repo || given(c, OPT_LOG) || given(c, OPT_REVIEWS)))
        return usage("--packages goes with --repo, and --package or --all", "");
    if (repo) {
        if (c->count > 0)
            return usage("with --repo, packages come from the repository", "");
        if (given(c, OPT_ATTESTATIONS) && !given(c, OPT_PACKAGE))
            return usage("countersignatures are of one package: give --package", "");
        if (given(c, OPT_STAMPS) && !given(c, OPT_PACKAGE))
            return usage("timestamps are of one package: give --package", "");
        if (c->counter_count == VFY_MAX_COUNTERSIGNATURES)
            return usage("given twice, or too often: ", "--attestations");
        if (given(c, OPT_PACKAGE) + given(c, OPT_ALL) + given(c, OPT_LOG) + given(c, OPT_REVIEWS) != 1)
            return usage("with --repo, give one of --package, --all, --log and --reviews", "");
        if (given(c, OPT_PACKAGE) && !vfy_text_hex(c->value[OPT_PACKAGE], VFY_HEX - 1))
            return usage("--package is not 64 lower-case hex digits: ", c->value[OPT_PACKAGE]);
        return 0;
    }
    if (given(c, OPT_PACKAGE) || given(c, OPT_ALL) || given(c, OPT_LOG) || given(c, OPT_REVIEWS) || given(c, OPT_AGAINST))
        return usage("--package, --all, --log, --reviews and --against-checkpoint need --repo", "");
    if (c->count != 1)
        return usage("expected one package", "");
    return given(c, OPT_ATTESTATIONS) ? 0 : usage("--attestations is missing", "");
}

static int explain(int argc, char **argv)
{
    struct arena a = {NULL, 0};
    struct buf b = {&a, NULL, 0, 0};
    int status;

    if (argc < 3 || argc > 4 || (argc == 4 && strcmp(argv[3], "--json") != 0))
        return usage("explain needs one code or word, and --json behind it if at all", "");
    if (vfy_explain(&b, argv[2], argc == 4)) {
        status = emit(&b, 0);
        vfy_mem_release(&a);
        return status;
    }
    return usage_near("no finding, word or exit status of that name: ", argv[2], vfy_explain_near(argv[2]));
}

static void write(struct buf *b, const struct command *c, const struct verdict *v)
{
    if (given(c, OPT_JSON)) {
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

    if ((given(c, OPT_KEY) ? vfy_policy_key(a, c->value[OPT_KEY], p, e)
                           : vfy_policy_read(a, c->value[OPT_POLICY], p, e)) != 0)
        return -1;
    for (size_t i = 0; i < c->rotation_count; i++)
        if (vfy_rotation_follow(a, c->rotation[i], p, e) != 0)
            return -1;
    if (!p->has_times || given(c, OPT_NOW))
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

    if (!given(c, OPT_STAMPS))
        return 0;
    if (vfy_file_read(a, c->value[OPT_STAMPS], VFY_MAX_ATTESTATIONS_BYTES, &p, &v->stamp_file[0].n, e) != 0)
        return -1;
    v->stamp_file[0].name = given(c, OPT_REPO) ? "--timestamps" : VFY_STAMP_FILE;
    v->stamp_file[0].p = p;
    v->stamp_files = 1;
    return 0;
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

    v->report.arena = a;
    v->class = "unknown";
    if (read_policy(a, c, &policy, &e) != 0 || read_counters(a, c, v, &e) != 0 || read_stamps(a, c, v, &e) != 0 ||
        vfy_file_read(a, c->value[OPT_ATTESTATIONS], VFY_MAX_ATTESTATIONS_BYTES, &att, &att_n, &e) != 0 ||
        vfy_source_open(c->names[0], VFY_MAX_PACKAGE_BYTES, &tar, &e) != 0)
        vfy_report_error(&v->report, LEVEL_0, &e);
    else
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
    if ((given(c, OPT_ATTESTATIONS) && read_counter(a, c->value[OPT_ATTESTATIONS], v, &e) != 0) ||
        read_counters(a, c, v, &e) != 0 || read_stamps(a, c, v, &e) != 0) {
        vfy_report_error(&v->report, LEVEL_0, &e);
    } else if (i < repo->count) {
        vfy_repo_verify(repo, a, i, v);
        v->repository = place(a, repo, i);
    } else if (repo->count > 0) {
        vfy_report_check(&v->report, LEVEL_0, false, E_REPO_MISSING, "ledger/", "no entry names this package");
    }
    vfy_verify_close(v);
    write(&b, c, v);
    return emit(&b, vfy_report_exit(&v->report));
}

/* One verdict each; counts in *passed the current ones that stand.  A package that says
 * FAIL or HOLD is part of a sound repository: only damage goes into *worst. */
static size_t each_package(struct repo *repo, const struct command *c, struct buf *b, bool current, size_t *passed,
                           int *worst)
{
    size_t done = 0;

    for (size_t i = 0; i < repo->count; i++) {
        struct arena a = {NULL, 0};
        struct buf one = {&a, NULL, 0, 0};
        struct verdict *v;

        if (repo->ledger[i].is_current != current)
            continue;
        v = vfy_mem_alloc(&a, sizeof *v);
        v->now = c->value[OPT_NOW];
        vfy_repo_verify(repo, &a, i, v);
        v->repository = place(&a, repo, i);
        vfy_verify_close(v);
        if (given(c, OPT_JSON)) {
            vfy_output_json(&one, v);
            vfy_mem_put(b, "%s", b->p[b->len - 1] == '[' ? "" : ",");
        } else {
            vfy_mem_put(&one, "---- ledger entry %zu%s\n", i + 1, current ? ", current" : ", superseded");
            vfy_output_text(&one, v);
            vfy_mem_put(&one, "\n");
        }
        vfy_mem_add(b, one.p, one.len);
        *worst = vfy_findings_worse(*worst, vfy_verify_tampered(v));
        *passed += current && vfy_verify_status(v) == VFY_PASS;
        vfy_mem_release(&a);
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
    int worst = findings->worst;
    size_t done, passed = 0;
    enum vfy_status status;

    vfy_mem_put(&body, "%s", given(c, OPT_JSON) ? "[" : "\n");
    done = each_package(repo, c, &body, false, &passed, &worst);
    done += each_package(repo, c, &body, true, &passed, &worst);
    if (passed == 0)
        worst = vfy_findings_worse(worst, 3);
    vfy_report_sort(findings);
    status = worst == 0 ? VFY_PASS : worst == 1 || worst == 4 ? VFY_FAIL : VFY_HOLD;
    if (given(c, OPT_JSON)) {
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
    vfy_mem_put(&b, "%s: %s\n%zu packages checked, %zu current ones pass\n", vfy_report_word(status), words[status],
                done, passed);
    for (size_t i = 0; i < findings->count; i++)
        vfy_output_finding(&b, &findings->findings[i]);
    vfy_mem_add(&b, body.p, body.len);
    return emit(&b, worst);
}

static int verify_log(struct arena *a, const struct command *c, const struct repo *repo, struct report *findings)
{
    struct buf b = {a, NULL, 0, 0};

    vfy_report_sort(findings);
    if (given(c, OPT_JSON))
        vfy_log_output_json(&b, repo, findings);
    else
        vfy_log_output_text(&b, repo, findings);
    return emit(&b, vfy_report_exit(findings));
}

static int verify_reviews(struct arena *a, const struct command *c, struct repo *repo, struct report *findings)
{
    struct reviews reviews = {.count = 0};
    struct buf b = {a, NULL, 0, 0};

    vfy_reviews_read(c->value[OPT_REPO], repo, &reviews, findings);
    vfy_report_sort(findings);
    if (given(c, OPT_JSON))
        vfy_reviews_json(&b, &reviews, findings);
    else
        vfy_reviews_text(&b, &reviews, findings);
    return emit(&b, vfy_report_exit(findings));
}

static int verify_repo(struct arena *a, struct command *c)
{
    struct report *findings = vfy_mem_alloc(a, sizeof *findings);
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
        repo.wants_log = given(c, OPT_LOG);
        vfy_repo_open(c->value[OPT_REPO], &repo, findings);
    }
    status = given(c, OPT_REVIEWS) ? verify_reviews(a, c, &repo, findings)
             : given(c, OPT_LOG) ? verify_log(a, c, &repo, findings)
             : given(c, OPT_ALL) ? verify_all(a, c, &repo, findings) : verify_one(a, c, &repo, findings);
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
        return usage("expected a package or --repo", "");
    /* behind the words that the front door puts before what its user gave, too */
    if (strcmp(argv[argc - 1], "--help") == 0 &&
        (argc == 2 || (argc == 3 && (strcmp(argv[1], "explain") == 0 || strcmp(argv[1], "--log") == 0))))
        vfy_mem_put(&b, "%s", help_text);
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
        return usage_near("no verb ", argv[1], "explain");
    if (parse(argc, argv, &c) != 0 || check(&c) != 0)
        return 2;
    status = given(&c, OPT_SAME) ? same_facts(&a, &c) : given(&c, OPT_REPO) ? verify_repo(&a, &c) : verify_package(&a, &c);
    vfy_mem_release(&a);
    return status;
}
