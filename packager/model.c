/*
 * packager/model.c - see packager/model.h.
 * The lists come from packager/model_lists.c.  Copies of members that are absent break the
 * model, which is reported once at the end.
 */
#include "packager/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plan_bracket.h"
#include "packager/model_lists.h"

static int need(const struct jv *verdict, const char *member, enum jv_type type, struct err *e)
{
    return jv_is(jv_get(verdict, member), type)
               ? 0 : err_set(e, ERR_INPUT, "the verdict's member \"%s\" is missing or misshapen", member);
}

static int check_verdict(const struct jv *verdict, const char *package, struct err *e)
{
    static const char *const texts[] = {"verdict", "status", "review_readiness", "authority_effect",
                                        "registration_effect"};
    static const char *const lists[] = {"claims", "findings", "not_observed", "signed_by"};
    static const char *const objects[] = {"package", "environment", "levels", "coverage",
                                          "coverage_secondary", "checks", "flags"};

    if (!jv_text_is(jv_get(verdict, "schema"), "dryproof.verdict/2"))
        return err_set(e, ERR_LIMIT, "the verdict's schema is unknown; expected dryproof.verdict/2");
    if (need(verdict, "exit_status", JV_INT, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (need(verdict, texts[i], JV_STRING, e) != 0)
            return -1;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (need(verdict, lists[i], JV_ARRAY, e) != 0)
            return -1;
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        if (need(verdict, objects[i], JV_OBJECT, e) != 0)
            return -1;
    if (!jv_text_is(jv_get(jv_get(verdict, "package"), "sha256"), package))
        return err_set(e, ERR_INPUT, "the verdict is not about package %s; verify this stage", package);
    return 0;
}

static void copy(struct jv *to, const struct jv *from, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        jv_set(to, names[i], jv_copy(jv_get(from, names[i])));
}

#define COPY(to, from, ...)                                        \
    do {                                                           \
        static const char *const names_[] = {__VA_ARGS__};         \
        copy((to), (from), names_, sizeof names_ / sizeof *names_); \
    } while (0)

/* Who signed, each once: a key signs two lines of three before there is a packet. */
static struct jv *signers(const struct jv *signed_by)
{
    struct jv *list = jv_array();

    for (size_t i = 0; i < signed_by->count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < i; k++)
            is_known = is_known || jv_equal(signed_by->items[k], signed_by->items[i]);
        if (!is_known)
            jv_add(list, jv_copy(signed_by->items[i]));
    }
    return list;
}

static void add_verdict(struct jv *m, const struct jv *v)
{
    const struct jv *class = jv_get(jv_get(v, "environment"), "class");
    const struct jv *checks = jv_get(v, "checks");
    bool is_sandbox = jv_text_is(class, "sandbox");
    bool is_governed = jv_text_is(class, "governed");

    COPY(m, v, "verdict", "status", "exit_status", "review_readiness", "authority_effect",
         "registration_effect", "claims", "findings", "not_observed", "signed_by");
    jv_set(m, "class", jv_copy(class));
    jv_set(m, "is_pass", jv_bool(jv_text_is(jv_get(v, "status"), "PASS")));
    jv_set(m, "is_fail", jv_bool(jv_text_is(jv_get(v, "status"), "FAIL")));
    jv_set(m, "is_not_dry", jv_bool(jv_text_is(jv_get(v, "verdict"), "NOT_DRY")));
    jv_set(m, "is_hold", jv_bool(jv_text_is(jv_get(v, "status"), "HOLD")));
    jv_set(m, "is_sandbox", jv_bool(is_sandbox));
    jv_set(m, "is_governed", jv_bool(is_governed));
    jv_set(m, "is_unlisted", jv_bool(!is_sandbox && !is_governed));
    jv_set(m, "checks_total", jv_copy(jv_get(checks, "total")));
    jv_set(m, "checks_passed", jv_copy(jv_get(checks, "passed")));
    jv_set(m, "checks_failed", jv_copy(jv_get(checks, "failed")));
    jv_set(m, "checks_held", jv_copy(jv_get(checks, "held")));
    jv_set(m, "signers", signers(jv_get(v, "signed_by")));
    jv_set(m, "flags", pkg_model_pairs(jv_get(v, "flags")));
    jv_set(m, "levels", pkg_model_pairs(jv_get(v, "levels")));
}

static void add_package(struct jv *m, const struct pkg_stage *stage, const struct pkg_contents *c)
{
    COPY(m, c->doc[PKG_DOC_PLAN], "title", "carrier", "plan_ref");
    COPY(m, c->doc[PKG_DOC_RUN], "run_id", "started_at", "finished_at", "plan_sha256");
    COPY(m, c->doc[PKG_DOC_IDENTITY], "database", "system_identifier", "server_version");
    COPY(m, c->doc[PKG_DOC_ENVIRONMENT], "labels");
    jv_set(m, "package", jv_string(stage->package));
    jv_set(m, "package_size", jv_int((int64_t)stage->archive.len));
    jv_set(m, "tree_pin", jv_string(c->tree_pin));
    jv_set(m, "manifest_sha256", jv_string(c->manifest_sha256));
    jv_set(m, "facts_sha256", jv_string(c->facts_sha256));
    jv_set(m, "payload_files", jv_int(c->payload_files));
    jv_set(m, "payload_bytes", jv_int(c->payload_bytes));
    jv_set(m, "supersedes", jv_copy(jv_get(pkg_stage_predicate(stage), "supersedes")));
}

/* How many ids went by between the snapshots; null when their texts are no such numbers. */
static struct jv *ids_used(const struct pkg_contents *c)
{
    const char *text[] = {jv_get_text(c->doc[PKG_DOC_IDS_BEFORE], "next_xid"), jv_get_text(c->doc[PKG_DOC_IDS_AFTER], "next_xid")};
    long long id[2];

    for (size_t i = 0; i < 2; i++) {
        if (text[i] == NULL || *text[i] == '\0' || strlen(text[i]) > 15 || text[i][strspn(text[i], "0123456789")] != '\0')
            return jv_null();
        id[i] = atoll(text[i]);
    }
    return jv_int(id[1] - id[0]);
}

/* The numbers at the top. */
static void add_numbers(struct jv *m, const struct pkg_contents *c)
{
    const struct jv *claims = jv_get(m, "claims");
    const struct jv *harness = jv_get(c->doc[PKG_DOC_FACTS], "harness");
    const struct jv *no_state = pkg_model_asserted(c->doc[PKG_DOC_ASSERTIONS], "no-state");
    int64_t required = 0, proven = 0, closed = 0;

    for (size_t i = 0; i < claims->count; i++) {
        bool is_required = jv_is(jv_get(claims->items[i], "required"), JV_BOOL) &&
                           jv_get(claims->items[i], "required")->truth;

        required += is_required;
        proven += is_required && jv_text_is(jv_get(claims->items[i], "status"), "PASS");
    }
    for (size_t i = 0; harness != NULL && i < harness->count; i++)
        closed += jv_is(jv_get(harness->items[i], "fail_closed"), JV_BOOL) &&
                  jv_get(harness->items[i], "fail_closed")->truth;
    jv_set(m, "claims_required", jv_int(required));
    jv_set(m, "claims_proven", jv_int(proven));
    jv_set(m, "cases_total", jv_int(harness == NULL ? 0 : (int64_t)harness->count));
    jv_set(m, "cases_closed", jv_int(closed));
    jv_set(m, "changed_rows", jv_copy(jv_get(no_state, "changed_rows")));
    jv_set(m, "tables_total", jv_copy(jv_get(no_state, "tables")));
    jv_set(m, "is_one_row", jv_bool(jv_is(jv_get(m, "changed_rows"), JV_INT) && jv_get(m, "changed_rows")->number == 1));
    jv_set(m, "ids_used", ids_used(c));
}

/* "has_NAME", for a heading that stands above a list and not in it. */
static void has(struct jv *m, const char *name)
{
    const struct jv *list = jv_get(m, name);
    char member[40];

    (void)snprintf(member, sizeof member, "has_%s", name);
    jv_set(m, member, jv_bool(list != NULL && list->count > 0));
}

/* A carrier's packet has its plan's word on top, a bracket's the answer to "was it dry?". */
static void add_bracket(struct jv *m, const struct pkg_contents *c, const struct jv *verdict,
                        bool is_bracket)
{
    const struct jv *cost = c->doc[PKG_DOC_COST];

    jv_set(m, "bracket", pkg_model_bracket(c->doc[PKG_DOC_PLAN], c->doc[PKG_DOC_COMMAND]));
    jv_set(m, "cost", pkg_model_cost(cost));
    jv_set(m, "has_cost", jv_bool(cost != NULL));
    jv_set(m, "headline", jv_copy(jv_get(verdict, is_bracket ? "headline" : "verdict")));
    jv_set(m, "is_bracket", jv_bool(is_bracket));
    jv_set(m, "files", pkg_model_files(jv_get(m, "claims"), is_bracket));
    jv_set(m, "shown", pkg_model_shown(jv_get(m, "claims"), jv_get(m, "files"), is_bracket));
    jv_set(m, "phases", pkg_model_phases(jv_get(m, "shown"), jv_get(m, "is_sandbox")->truth));
    jv_set(m, "reasons", pkg_model_reasons(jv_get(m, "findings"), c));
    jv_set(m, "tone", pkg_model_tone(jv_get(m, "status")));
    jv_set(m, "timeline", pkg_model_timeline(c));
    has(m, "timeline");
    has(m, "files");
    jv_set(m, "edges", pkg_model_edges(c));
}

/* A member that could not be copied marks only the object that lacks it. */
static bool is_whole(const struct jv *v)
{
    bool whole = v != NULL && !v->is_broken;

    for (size_t i = 0; whole && i < v->count; i++)
        whole = is_whole(v->items[i]);
    return whole;
}

int pkg_model_build(const struct pkg_stage *stage, const struct pkg_contents *contents,
                    const struct jv *verdict, const char *verdict_sha256, struct jv **out, struct err *e)
{
    const struct jv *plan = contents->doc[PKG_DOC_PLAN];
    const struct jv *facts = contents->doc[PKG_DOC_FACTS];
    const struct jv *reject = jv_get(plan, "reject_codes");
    bool is_bracket = jv_get(plan, PLAN_BRACKET) != NULL;
    struct jv *m;

    if (check_verdict(verdict, stage->package, e) != 0)
        return -1;
    m = jv_object();
    add_verdict(m, verdict);
    add_package(m, stage, contents);
    add_numbers(m, contents);
    add_bracket(m, contents, verdict, is_bracket);
    jv_set(m, "sources", pkg_model_sources(contents, verdict_sha256, is_bracket));
    jv_set(m, "verdict_sha256", jv_string(verdict_sha256));
    jv_set(m, "steps", pkg_model_steps(plan, facts));
    jv_set(m, "cases", pkg_model_cases(plan, facts));
    jv_set(m, "manifests", pkg_model_manifests(plan, facts));
    has(m, "manifests");
    jv_set(m, "readback", pkg_model_readback(plan, facts));
    jv_set(m, "allowed", pkg_model_allowed(plan));
    has(m, "allowed");
    jv_set(m, "allowed_rows", jv_int((int64_t)jv_get(plan, "allowed_changes")->count));
    jv_set(m, "dots", jv_copy(jv_get(jv_get(plan, "contracts"), "required")));
    jv_set(m, "primary", pkg_model_coverage(jv_get(verdict, "coverage"),
                                            jv_get(jv_get(reject, "primary"), "unreachable"),
                                            "unreachable", jv_get(m, "cases"), jv_get(m, "steps")));
    jv_set(m, "secondary", pkg_model_coverage(jv_get(verdict, "coverage_secondary"),
                                              jv_get(jv_get(reject, "secondary"), "unobserved"),
                                              "not observed", jv_get(m, "cases"), jv_get(m, "steps")));
    pkg_model_tables(m, contents->doc[PKG_DOC_TABLES_BEFORE], contents->doc[PKG_DOC_TABLES_AFTER]);
    if (!is_whole(m)) {
        jv_free(m);
        return err_set(e, ERR_INPUT, "the verdict or the package lacks a member that the packet shows");
    }
    *out = m;
    return 0;
}
