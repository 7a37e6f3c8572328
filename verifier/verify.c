/* verifier/verify.c - see verify.h. */
#include "verifier/verify.h"

#include "verifier/docs.h"
#include "verifier/snapshot.h"
#include "verifier/text.h"
#include "verifier/wal.h"

#include <string.h>

/* what a dry run is: these are required whatever a plan says */
static const enum vfy_subject always[] = {CL_EXECUTED, CL_IDENTITY, CL_NO_STATE, CL_IDS, CL_NO_WRITE, CL_FIREWALL};

static void require(struct verdict *v, const struct json *list)
{
    for (size_t i = 0; i < vfy_json_count(list); i++)
        v->report.subjects[vfy_claims_named(vfy_json_text(vfy_json_at(list, i)))].is_required = true;
}

static int open_signatures(struct arena *a, const char *att, size_t att_n, const struct policy *policy, struct verdict *v,
                           struct err *e)
{
    if (vfy_attest_open(a, att, att_n, policy, v->package, &v->attestations, e) != 0)
        return -1;
    for (size_t i = 0; i < v->counter_count; i++)
        if (vfy_attest_counter(a, v->counter[i].p, v->counter[i].n, policy, &v->attestations, e) != 0)
            return -1;
    return vfy_attest_enough(policy, &v->attestations, e);
}

static void read_time(struct arena *a, struct verdict *v)
{
    v->finished = vfy_json_str(vfy_json_get(v->attestations.lines[0].payload, "predicate"), "finished_at");
    for (size_t i = 0; i < v->stamp_files; i++)
        vfy_stamp_read(a, v->stamp_file[i].p, v->stamp_file[i].n, v->stamp_file[i].name, &v->attestations, &v->stamps);
}

int vfy_verify_signed(struct arena *a, const char *att, size_t att_n, const struct policy *policy, struct verdict *v,
                      struct err *e)
{
    if (open_signatures(a, att, att_n, policy, v, e) != 0)
        return -1;
    read_time(a, v);
    return 0;
}

/* signatures, archive, documents: DSSE to MANIFEST; who read the bytes has kept to their limit */
static int open_package(struct arena *a, const struct source *tar, const char *att, size_t att_n,
                        const struct policy *policy, struct verdict *v, struct err *e)
{
    const struct member *plan;

    vfy_source_digest(tar, v->package);
    if (open_signatures(a, att, att_n, policy, v, e) != 0 ||
        vfy_ustar_read(a, tar, &v->bag.members, &v->bag.count, e) != 0)
        return -1;
    v->bag.arena = a;
    if (vfy_bag_check(&v->bag, e) != 0 || vfy_docs_read(&v->bag, e) != 0)
        return -1;
    plan = vfy_bag_find(&v->bag, "carrier/plan.json");
    if (plan == NULL)
        return vfy_err_set(e, E_MANIFEST_MISSING, "carrier/plan.json", "a package needs its plan");
    v->plan = plan->doc;
    v->is_bracket = strncmp(vfy_json_str(v->plan, "schema"), "dryproof.bracket/", 17) == 0;
    return 0;
}

/* a bracket has no authority to give, and may do without WAL */
static void require_of_bracket(struct verdict *v, const struct policy *policy)
{
    v->report.subjects[CL_FIREWALL].is_required = false;
    if (vfy_json_has(vfy_json_get(v->plan, "accept_basis"), "ids") > 0)
        v->report.subjects[CL_NO_WRITE].is_required = false;
    require(v, policy->required);
}

static const struct json *channels(const struct evidence *ev, int edge)
{
    return vfy_json_get(ev->edges[edge].capability, "channels");
}

static bool has_capability(const struct json *list, const char *what)
{
    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (strcmp(vfy_json_str(vfy_json_at(list, i), "capability"), what) == 0)
            return true;
    return false;
}

/* what the headline of a bracket adds to its word */
static void qualify(const struct evidence *ev, struct verdict *v)
{
    const char *users = vfy_command_users(ev);
    struct buf b = {ev->arena, NULL, 0, 0};

    for (int e = 0; e < 2; e++) {
        const struct json *list = channels(ev, e);

        for (size_t i = 0; i < vfy_json_count(list); i++) {
            const char *what = vfy_json_str(vfy_json_at(list, i), "capability");

            if (b.len < 300 && (e == 0 || !has_capability(channels(ev, 0), what)))
                vfy_mem_put(&b, "%s%.80s", b.len > 0 ? ", " : "", what);
        }
    }
    if (users != NULL)
        vfy_mem_put(&b, "%sas %s, whose capabilities were not judged", b.len > 0 ? ", " : "", users);
    v->outside = b.p;
    v->unseen = vfy_wal_holds(ev);
    v->is_answered = ev->is_answered;
}

static void judge_environment(struct evidence *v, const struct policy *policy, struct verdict *out)
{
    const struct json *id = v->edges[0].identity;
    const char *system_identifier = vfy_json_str(id, "system_identifier"), *database = vfy_json_str(id, "database");

    v->is_sandbox = vfy_snapshot_sandbox(v) || vfy_json_count(vfy_json_get(id, "labels")) > 0 ||
                    vfy_json_count(vfy_json_get(v->edges[1].identity, "labels")) > 0 ||
                    vfy_json_count(vfy_json_get(v->environment, "labels")) > 0;
    v->is_governed = !v->is_sandbox && vfy_policy_governs(policy, system_identifier, database);
    out->class = v->is_sandbox ? "sandbox" : v->is_governed ? "governed" : "unlisted";
    vfy_report_check(v->report, LEVEL_3, v->is_sandbox || v->is_governed || v->is_bracket, HOLD_ENVIRONMENT_NOT_IN_POLICY,
                     "before/identity.json", "no sandbox mark, and no policy names %.20s/%.60s", system_identifier,
                     database);
    if (vfy_json_count(policy->plans) > 0)
        vfy_report_check(v->report, LEVEL_3, vfy_json_has(policy->plans, vfy_json_str(v->run, "plan_sha256")) > 0,
                         HOLD_PLAN_NOT_IN_POLICY, "run.json", "the policy does not accept this plan");
}

void vfy_verify_package(struct arena *a, const struct source *tar, const char *att, size_t att_n,
                        const struct policy *policy, struct verdict *v)
{
    static const char *const sets[] = {"primary", "secondary"};
    struct evidence ev = {.report = &v->report, .bag = &v->bag, .arena = a};
    const struct member *facts;
    struct err e = {VFY_NO_CODE, "", ""};

    v->report.arena = a;
    v->class = "unknown";
    v->size = tar->size;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        v->report.subjects[always[i]].is_required = true;
    require(v, policy->required);
    if (open_package(a, tar, att, att_n, policy, v, &e) != 0) {
        vfy_report_error(&v->report, LEVEL_0, &e);
        return;
    }
    vfy_report_check(&v->report, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    read_time(a, v);
    require(v, vfy_json_get(v->plan, "required_claims"));
    ev.plan = v->plan;
    ev.is_bracket = v->is_bracket;
    if (v->is_bracket)
        require_of_bracket(v, policy);
    vfy_evidence_load(&ev);
    if (!ev.is_broken) {
        judge_environment(&ev, policy, v);
        vfy_evidence_judge(&ev);
    }
    if (!ev.is_broken) {
        vfy_attest_judge(&ev, &v->attestations);
        if (v->is_bracket)
            qualify(&ev, v);
    }
    if (v->attestations.count == 3 && !v->in_repository)
        vfy_report_unseen(&v->report, "the review packet: its signature was checked, its files were not evaluated");
    v->is_judged = true;
    v->run = ev.run;
    v->identity = ev.edges[0].identity;
    facts = vfy_bag_peek(&v->bag, "facts.json");
    if (facts != NULL)
        memcpy(v->facts, facts->sha256, VFY_HEX);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 4; i++)
            vfy_facts_coverage(&ev, sets[s], i, &v->coverage[s][i]);
    v->has_seal = v->report.met[E_AUTHORITY_CLAIMED] || v->report.met[E_REJECT_SEAL];
}

void vfy_verify_key(struct report *r, const struct trusted *key, const char *when, const char *what, const char *path)
{
    if (strcmp(key->from, when) > 0)
        vfy_report_check(r, LEVEL_3, false, E_KEY_NOTYET, path, "the key %.16s... is valid from %s on, %s %s", key->key.keyid,
                         key->from, what, when);
    if (key->until[0] != '\0' && strcmp(when, key->until) > 0)
        vfy_report_check(r, LEVEL_3, false, E_KEY_EXPIRED, path, "the key %.16s... was valid until %s, %s %s", key->key.keyid,
                         key->until, what, when);
}

/* A timestamp tells that it signed before; otherwise it may have signed just now. */
static void judge_signature(struct verdict *v, const struct envelope *one)
{
    const struct trusted *key = one->signer;
    static const char path[] = "attestations.intoto.jsonl";

    if (key->revoked_at[0] != '\0' && (one->when == NULL || strcmp(one->when, key->revoked_at) >= 0))
        vfy_report_check(&v->report, LEVEL_3, false, E_KEY_REVOKED, path, "the policy revokes the key %.16s... from %s on, %s%s",
                         key->key.keyid, key->revoked_at, one->when == NULL ? "and no timestamp tells when it signed"
                                                                          : "its timestamp is of ", one->when == NULL ? "" : one->when);
    if (one->when != NULL)
        vfy_verify_key(&v->report, key, one->when, "its timestamp is of", path);
    else if (v->now != NULL)
        vfy_verify_key(&v->report, key, v->now, "now is", path);
}

static bool same_time(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* once for each key and time */
static void judge_signatures(struct verdict *v)
{
    const struct envelope *one, *other;

    for (size_t i = 0; (one = vfy_attest_each(&v->attestations, i)) != NULL; i++) {
        size_t before = 0;

        while ((other = vfy_attest_each(&v->attestations, before)) != one &&
               (other->signer != one->signer || !same_time(other->when, one->when)))
            before++;
        if (before == i)
            judge_signature(v, one);
    }
}

void vfy_verify_now(struct verdict *v, const struct policy *policy)
{
    int64_t age;

    if (v->finished == NULL)
        return;
    if (v->now != NULL)
        vfy_report_check(&v->report, LEVEL_3, strcmp(v->finished, v->now) <= 0, E_FUTURE, "attestations.intoto.jsonl:1",
                         "the run finished after --now %s", v->now);
    if (policy == NULL)
        return;
    vfy_stamp_judge(v->report.arena, &v->stamps, &v->attestations, policy, v->finished, &v->report);
    judge_signatures(v);
    if (policy->max_age < 0 || v->now == NULL)
        return;
    age = vfy_text_micros(v->now) - vfy_text_micros(v->finished);
    if (age > 0 && (age - 1) / 1000000 >= policy->max_age)
        vfy_report_check(&v->report, LEVEL_3, false, E_STALE, "attestations.intoto.jsonl:1", "the run finished %lld s before %s, the policy accepts %lld s",
                         (long long)(age / 1000000), v->now, (long long)policy->max_age);
}

enum vfy_status vfy_verify_status(const struct verdict *v)
{
    return vfy_report_status(vfy_report_exit(&v->report));
}

bool vfy_verify_is_write(enum vfy_code code)
{
    return code == E_EVIDENCE_CHANGED || code == E_XID_UNACCOUNTED || code == E_WAL_WRITE;
}

/* evidence that does not stand proves no write either, nor does what no longer fits into the list */
static const char *bracket_word(const struct report *r, int status, const struct finding *first)
{
    if (status == 0)
        return "DRY";
    if (status == 3)
        return "HOLD_NOT_MEASURABLE";
    if (first == NULL)
        return "REJECT_CLAIM_REFUTED";
    for (enum vfy_code code = VFY_NO_CODE; code < VFY_CODES; code++)
        if (r->met[code] && vfy_findings_info(code)->exit_status == 1 && !vfy_verify_is_write(code))
            return first->code <= VFY_LAST_INTEGRITY ? "REJECT_INTEGRITY" : "REJECT_CLAIM_REFUTED";
    return "NOT_DRY";
}

void vfy_verify_close(struct verdict *v)
{
    const struct json *words = vfy_json_get(v->plan, "verdicts");
    int status = vfy_report_exit(&v->report);
    const struct finding *first;

    vfy_report_sort(&v->report);
    first = vfy_report_first(&v->report, status);
    if (v->is_bracket && (status == 0 || status == 1 || status == 3))
        v->word = bracket_word(&v->report, status, first);
    else if (status == 0)
        v->word = vfy_json_str(words, v->class);
    else if (status == 1)
        v->word = first != NULL && first->code <= VFY_LAST_INTEGRITY ? "REJECT_INTEGRITY" : "REJECT_CLAIM_REFUTED";
    else if (status == 4)
        v->word = "REJECT_KEY_NOT_TRUSTED";
    else if (first != NULL && strncmp(vfy_findings_info(first->code)->name, "HOLD_", 5) == 0)
        v->word = vfy_findings_info(first->code)->name;
    else
        v->word = status == 3 ? "HOLD_EVIDENCE_INCOMPLETE" : "HOLD_NOT_CHECKED";
}

/* BIND and TIME are left out: a run of wrong parts is honestly committed as the FAIL it is */
int vfy_verify_tampered(const struct verdict *v)
{
    int worst = 0;

    for (enum vfy_code code = VFY_NO_CODE; code < VFY_CODES; code++) {
        int status = vfy_findings_info(code)->exit_status;

        if (!v->report.met[code])
            continue;
        if (code < E_BIND_PLAN || (code >= E_REPO_MISSING && code <= VFY_LAST_INTEGRITY) || (status != 1 && status != 3))
            worst = vfy_findings_worse(worst, status);
    }
    return worst;
}
