/* verifier/attest.c - see attest.h. */
#include "verifier/attest.h"

#include "verifier/shape.h"
#include "verifier/text.h"

#include <stdio.h>
#include <string.h>

enum { PATH = 64, FLEET = 3 /* the line of a fleet, among those below */ };

#define STATEMENT "{_type:'https://in-toto.io/Statement/v1',predicate:*,predicateType:S,subject:*}"

static const struct {
    const char *type, *predicate;
} lines[] = {
    {"urn:dryproof:attestation:dry-run-evidence:v1",
     "{carrier:S,database:{name:S,server_version:S,system_identifier:d,timeline:n},facts_sha256:h,finished_at:t,"
     "lsn:{after:l,before:l},plan_ref:S,plan_sha256:h,profile:n,run_id:k,started_at:t,supersedes:?h,tool:S}"},
    {"https://in-toto.io/attestation/test-result/v0.1",
     "{configuration:[{digest:{sha256:h},name:'plan'}],failedTests:[S],passedTests:[S],"
     "result:<'PASSED'|'FAILED'>,warnedTests:[S]}"},
    {"urn:dryproof:attestation:review-packet:v1", "{package:h,profile:n}"},
    {"urn:dryproof:attestation:fleet-evidence:v1",
     "{finished_at:t,fleet_id:k,profile:n,started_at:t,"
     "targets:[{database:?S,name:S,package:?h,system_identifier:?d}],tool:S}"},
};

const char *vfy_attest_packet(size_t i)
{
    static const char *const names[] = {
        "CODEX_AUDIT_INSTRUCTIONS.md", "EVIDENCE_PATH_MAP.json", "EXPECTED_HASHES_AND_TREES.json", "README_FOR_CODEX.md",
        "README_FOR_REVIEWER.md", "REQUIRED_READ_ORDER.md", "RERUN.sh", "REVIEW.md", "VERIFY.sh", "commands.sh",
        "exit_codes.json", "manifest.json", "review.html", "review.json", "verdict.json", NULL};

    return names[i];
}

static int check_packet(const struct json *subjects, const char *path, struct err *e)
{
    size_t i = 0;

    while (vfy_attest_packet(i) != NULL && vfy_json_is(vfy_json_get(vfy_json_at(subjects, i), "name"), vfy_attest_packet(i)))
        i++;
    return vfy_attest_packet(i) == NULL && i == vfy_json_count(subjects)
               ? 0 : vfy_err_set(e, E_STMT_SUBJECT, path, "subject %zu is not the packet file of that place", i + 1);
}

static int check_subjects(const struct json *subjects, const char *path, struct err *e)
{
    char where[80];

    if (vfy_json_count(subjects) == 0 || subjects->type != JSON_ARRAY)
        return vfy_err_set(e, E_STMT_SUBJECT, path, "it is about nothing");
    for (size_t i = 0; i < subjects->count; i++) {
        const struct json *s = vfy_json_at(subjects, i), *digest = vfy_json_get(s, "digest");

        if (digest != NULL && digest->type == JSON_OBJECT &&
            (digest->count != 1 || vfy_json_get(digest, "sha256") == NULL))
            return vfy_err_set(e, E_STMT_DIGESTALG, path, "a subject's digest is not sha256 alone");
        if (!vfy_shape_check(s, "{digest:{sha256:h},name:S}", where, sizeof where))
            return vfy_err_set(e, E_STMT_SUBJECT, path, "a subject is malformed at %s", where);
    }
    return 0;
}

static int check_statement(const struct json *s, size_t line, const char *path, struct err *e)
{
    char where[80];

    if (!vfy_json_is(vfy_json_get(s, "_type"), "https://in-toto.io/Statement/v1"))
        return vfy_err_set(e, E_STMT_TYPE, path, "_type is not an in-toto Statement v1");
    if (!vfy_json_is(vfy_json_get(s, "predicateType"), lines[line].type))
        return vfy_err_set(e, E_STMT_PREDICATE, path, "predicateType is not %s", lines[line].type);
    if (check_subjects(vfy_json_get(s, "subject"), path, e) != 0)
        return -1;
    if (line != 1 && vfy_json_int(vfy_json_get(vfy_json_get(s, "predicate"), "profile")) != 1)
        return vfy_err_set(e, E_STMT_VERSION, path, "profile is not 1");
    if (!vfy_shape_check(s, STATEMENT, where, sizeof where) ||
        !vfy_shape_check(vfy_json_get(s, "predicate"), lines[line].predicate, where, sizeof where))
        return vfy_err_set(e, E_JSON_SCHEMA, path, "not the shape of this statement, at: %s", where);
    return 0;
}

static int check_package(const struct json *s, size_t line, const char *package, const char *path, struct err *e)
{
    const struct json *subjects = vfy_json_get(s, "subject"), *one = vfy_json_at(subjects, 0);
    const char *name = line == FLEET ? "fleet.tar" : "package.tar";

    if (line == 2 && !vfy_json_is(vfy_json_get(vfy_json_get(s, "predicate"), "package"), package))
        return vfy_err_set(e, E_DIGEST_MISMATCH, path, "the packet is another package's");
    if (line == 2) /* only a repository has the files themselves */
        return check_packet(subjects, path, e);
    if (vfy_json_count(subjects) != 1 || !vfy_json_is(vfy_json_get(one, "name"), name))
        return vfy_err_set(e, E_STMT_SUBJECT, path, "its one subject is not %s", name);
    if (!vfy_json_is(vfy_json_get(vfy_json_get(one, "digest"), "sha256"), package))
        return vfy_err_set(e, E_DIGEST_MISMATCH, path, "it is about %s, the package is %s",
                           vfy_json_str(vfy_json_get(one, "digest"), "sha256"), package);
    return 0;
}

static void name_line(char path[PATH], size_t i)
{
    snprintf(path, PATH, "attestations.intoto.jsonl:%zu", i + 1);
}

int vfy_attest_open(struct arena *a, const char *p, size_t n, const struct policy *policy,
                    const char package[VFY_HEX], struct attestations *set, struct err *e)
{
    const char *at = p, *end = p + n;
    char path[PATH];

    set->count = 0;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));

        name_line(path, set->count);
        if (lf == NULL)
            return vfy_err_set(e, E_DSSE_NONCANONICAL, path, "the line does not end with LF");
        if (set->count == 3)
            return vfy_err_set(e, E_ATTESTATION_SET, path, "more than three lines");
        if (vfy_dsse_open(a, at, (size_t)(lf - at), "application/vnd.in-toto+json", ROLE_PACKAGER, policy, path,
                          &set->lines[set->count], e) != 0)
            return -1;
        set->count++;
        at = lf + 1;
    }
    if (set->count < 2)
        return vfy_err_set(e, E_ATTESTATION_SET, "attestations.intoto.jsonl", "%zu lines, expected two or three",
                           set->count);
    for (size_t i = 0; i < set->count; i++) {
        name_line(path, i);
        if (check_statement(set->lines[i].payload, i, path, e) != 0)
            return -1;
    }
    for (size_t i = 0; i < set->count; i++) {
        name_line(path, i);
        if (check_package(set->lines[i].payload, i, package, path, e) != 0)
            return -1;
    }
    return 0;
}

int vfy_attest_fleet(struct arena *a, const char *p, size_t n, const struct policy *policy, const char fleet[VFY_HEX],
                     struct attestations *set, struct err *e)
{
    const char *lf = n == 0 ? NULL : memchr(p, '\n', n);
    char path[PATH];

    set->count = 0;
    name_line(path, 0);
    if (lf == NULL || lf + 1 != p + n)
        return vfy_err_set(e, lf == NULL ? E_DSSE_NONCANONICAL : E_ATTESTATION_SET, path,
                           lf == NULL ? "the line does not end with LF" : "a fleet has one line");
    if (vfy_dsse_open(a, p, n - 1, "application/vnd.in-toto+json", ROLE_PACKAGER, policy, path, &set->lines[0], e) != 0)
        return -1;
    set->count = 1;
    return check_statement(set->lines[0].payload, FLEET, path, e) != 0
               ? -1 : check_package(set->lines[0].payload, FLEET, fleet, path, e);
}

bool vfy_attest_is_fleet(struct arena *a, const char *p, size_t n)
{
    const char *lf = n == 0 ? NULL : memchr(p, '\n', n);
    const struct json *envelope, *statement;
    const char *text;
    struct err ignored;
    char *body;
    size_t len;

    if (lf == NULL || vfy_json_parse(a, p, (size_t)(lf - p), JSON_OURS, "", &envelope, &ignored) != 0)
        return false;
    text = vfy_json_str(envelope, "payload");
    return vfy_text_base64(a, text, strlen(text), &body, &len) == 0 &&
           vfy_json_parse(a, body, len, JSON_OURS, "", &statement, &ignored) == 0 &&
           vfy_json_is(vfy_json_get(statement, "predicateType"), lines[FLEET].type);
}

struct envelope *vfy_attest_each(struct attestations *set, size_t i)
{
    if (i < set->count)
        return &set->lines[i];
    i -= set->count;
    return i < 2 * set->counter_count ? &set->counter[i / 2][i % 2] : NULL;
}

static bool has_signed(const struct attestations *set, const struct trusted *key)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->lines[i].signer == key)
            return true;
    for (size_t i = 0; i < set->counter_count; i++)
        if (set->counter[i][0].signer == key)
            return true;
    return false;
}

int vfy_attest_counter(struct arena *a, const char *p, size_t n, const struct policy *policy, struct attestations *set,
                       struct err *e)
{
    struct envelope *both = set->counter[set->counter_count];
    const char *at = p, *end = p + n;
    char path[PATH];

    for (size_t i = 0; i < 2; i++) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));

        snprintf(path, sizeof path, "countersignature %zu:%zu", set->counter_count + 1, i + 1);
        if (lf == NULL)
            return vfy_err_set(e, E_COUNTERSIGNATURE, path, "no line that ends with LF; expected two");
        if (vfy_dsse_open(a, at, (size_t)(lf - at), "application/vnd.in-toto+json", ROLE_PACKAGER, policy, path, &both[i],
                          e) != 0)
            return -1;
        if (!vfy_json_same(both[i].payload, set->lines[i].payload))
            return vfy_err_set(e, E_COUNTERSIGNATURE, path, "it signs another payload than line %zu", i + 1);
        at = lf + 1;
    }
    if (at != end || both[0].signer != both[1].signer || has_signed(set, both[0].signer))
        return vfy_err_set(e, E_COUNTERSIGNATURE, path, "%s", at != end ? "a third line" : "each file needs a key of its own");
    set->counter_count++;
    return 0;
}

int vfy_attest_enough(const struct policy *policy, const struct attestations *set, struct err *e)
{
    size_t keys = set->counter_count + (set->lines[0].signer == set->lines[1].signer);

    return keys >= policy->threshold
               ? 0 : vfy_err_set(e, E_SIG_THRESHOLD, "attestations.intoto.jsonl", "%zu of %zu packager keys signed", keys,
                                 policy->threshold);
}

static void same(struct evidence *v, enum vfy_code code, const struct json *signed_value,
                 const struct json *ours, const char *what)
{
    vfy_report_check(v->report, LEVEL_3, vfy_json_same(signed_value, ours), code, "attestations.intoto.jsonl:1",
                     "its %s is not the package's", what);
}

static void judge_evidence(struct evidence *v, const struct json *p)
{
    static const char *const run[] = {"carrier", "plan_ref", "plan_sha256", "run_id", "started_at", "finished_at"};
    static const char *const cluster[] = {"system_identifier", "timeline", "server_version"};
    const struct json *database = vfy_json_get(p, "database"), *lsn = vfy_json_get(p, "lsn");
    const struct json *identity = v->edges[0].identity;
    const struct member *facts = vfy_bag_peek(v->bag, "facts.json");

    for (size_t i = 0; i < 6; i++)
        same(v, i < 3 ? E_BIND_PLAN : E_BIND_RUN, vfy_json_get(p, run[i]), vfy_json_get(v->run, run[i]), run[i]);
    for (size_t i = 0; i < 3; i++)
        same(v, E_BIND_CLUSTER, vfy_json_get(database, cluster[i]), vfy_json_get(identity, cluster[i]), cluster[i]);
    same(v, E_BIND_CLUSTER, vfy_json_get(database, "name"), vfy_json_get(identity, "database"), "database");
    vfy_report_check(v->report, LEVEL_3,
                     vfy_json_is(vfy_json_get(p, "facts_sha256"), facts->sha256), E_BIND_RUN,
                     "attestations.intoto.jsonl:1", "its facts_sha256 is not the package's");
    same(v, E_BIND_RUN, vfy_json_get(lsn, "before"), vfy_json_get(v->wal, "before_lsn"), "lsn");
    same(v, E_BIND_RUN, vfy_json_get(lsn, "after"), vfy_json_get(v->wal, "after_lsn"), "lsn");
}

static void judge_tests(struct evidence *v, const struct json *p)
{
    const struct json *plan = vfy_json_at(vfy_json_get(p, "configuration"), 0);
    const struct json *passed = vfy_json_get(p, "passedTests"), *failed = vfy_json_get(p, "failedTests");
    size_t at[2] = {0, 0};
    bool same_names = true;

    for (size_t i = 0; i < v->trial_count; i++) {
        const struct trial *t = &v->trials[i];
        int good = t->fail_closed && t->as_expected;
        const struct json *said = vfy_json_at(good ? passed : failed, at[good]++);

        same_names = same_names && vfy_json_same(said, vfy_json_get(t->plan, "name"));
    }
    vfy_report_check(v->report, LEVEL_2,
                     same_names && vfy_json_count(failed) == at[0] && vfy_json_count(passed) == at[1] &&
                         vfy_json_count(vfy_json_get(p, "warnedTests")) == 0 &&
                         vfy_json_is(vfy_json_get(p, "result"), at[0] == 0 ? "PASSED" : "FAILED"),
                     E_BIND_RUN, "attestations.intoto.jsonl:2", "its tests are not the harness cases of the package");
    vfy_report_check(v->report, LEVEL_2,
                     vfy_json_count(vfy_json_get(p, "configuration")) == 1 &&
                         vfy_json_same(vfy_json_get(vfy_json_get(plan, "digest"), "sha256"),
                                       vfy_json_get(v->run, "plan_sha256")),
                     E_BIND_PLAN, "attestations.intoto.jsonl:2", "its configuration is not the package's plan");
}

void vfy_attest_judge(struct evidence *v, const struct attestations *set)
{
    judge_evidence(v, vfy_json_get(set->lines[0].payload, "predicate"));
    if (!v->is_incomplete)
        judge_tests(v, vfy_json_get(set->lines[1].payload, "predicate"));
}
