/* collector/phases.c - see collector/phases.h: P0 to P2, and the document. */
#include "collector/phases.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/version.h"
#include "collector/ledger.h"

static const char *const titles[] = {"channel, gates and witnesses",      "admissions",          "collections",
                                     "contracts, registry and catalogue", "grant and ownership", "preflight"};

enum { PHASES = sizeof titles / sizeof *titles };

/* ---- P0 ---- */

static void judge_environment(struct col_ledger *l)
{
    const struct jv *id = l->f->identity, *labels = jv_get(id, "labels"), *policy = l->f->policy;
    const struct jv *planned = jv_get(jv_get(l->plan, "sandbox"), "labels"), *governed = jv_get(policy, "governed");
    const struct jv *plans = jv_get(policy, "plans");
    struct jv *key = col_ledger_key("database", jv_get_text(id, "database"));
    bool is_sandbox = labels->count > 0 || l->f->is_sandbox_cluster, is_exact = labels->count == planned->count;
    bool is_governed = false;

    jv_set(key, "system_identifier", jv_copy(jv_get(id, "system_identifier")));
    for (size_t i = 0; governed != NULL && i < governed->count; i++)
        is_governed = is_governed || (!is_sandbox && jv_equal(governed->items[i], key));
    l->class = is_sandbox ? "sandbox" : is_governed ? "governed" : "unlisted";
    for (size_t i = 0; i < planned->count; i++)
        is_exact = is_exact && jv_has_text(labels, jv_text(planned->items[i]));
    if (is_sandbox)
        col_ledger_check(l, is_exact, "E_SANDBOX_LABELS", "dryproof_sandbox.mark", NULL, NULL,
                         "the sandbox mark does not bear exactly the plan's labels");
    else
        col_ledger_check(l, is_governed, "HOLD_ENVIRONMENT_NOT_IN_POLICY", NULL, key, NULL,
                         policy == NULL ? "no policy was given (--policy), and there is no sandbox mark"
                                        : "the policy does not name this system identifier and database");
    if (plans != NULL && plans->count > 0)
        col_ledger_check_one(l, jv_has_text(plans, l->f->plan->sha256), "HOLD_PLAN_NOT_IN_POLICY", NULL, "plan_sha256",
                             l->f->plan->sha256, "the policy lists plans, and this is none of them");
    col_ledger_check(l, !jv_get(id, "in_recovery")->truth, "HOLD_NO_GOVERNED_WRITE_CHANNEL", NULL, key, NULL,
                     "the server is in recovery: nothing can be written there");
    jv_free(key);
}

static void judge_channel(struct col_ledger *l)
{
    static const char *const wide[] = {"superuser", "createrole", "createdb", "replication", "bypassrls"};
    const struct jv *step = l->f->step, *channels = jv_get(l->f->capability, "channels");
    const char *role = jv_get_text(l->plan, "step_role");
    struct jv *key = col_ledger_key("role", role);

    if (!col_ledger_check(l, step != NULL, "HOLD_NO_GOVERNED_WRITE_CHANNEL", NULL, key, NULL, "%s", l->f->no_step))
        goto out;
    col_ledger_check(l, jv_text_is(jv_get(step, "name"), role), "E_BIND_PLAN", NULL, key, NULL,
                     "the steps' connection is of role %.100s", jv_get_text(step, "name"));
    col_ledger_check(l, !l->f->is_elsewhere, "HOLD_NOT_CONNECTED", NULL, key, NULL,
                     "the steps' connection leads to another server or database than --db");
    col_ledger_check(l, !jv_equal(jv_get(step, "name"), jv_get(l->f->observer, "name")), "E_EVIDENCE_PRIV", NULL, key,
                     NULL, "the steps would run as the observer");
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        col_ledger_check(l, !jv_get(step, wide[i])->truth, "E_EVIDENCE_PRIV", NULL, key, NULL, "the step role has %s",
                         wide[i]);
    col_ledger_check(l, jv_get(step, "member_of")->count == 0, "E_EVIDENCE_PRIV", NULL, key, NULL,
                     "the step role is a member of another role");
    for (size_t i = 0; i < l->f->refused->count; i++)
        col_ledger_check(l, false, "HOLD_NO_GOVERNED_WRITE_CHANNEL", jv_get_text(l->f->refused->items[i], "endpoint"),
                         key, NULL, "%s", jv_get_text(l->f->refused->items[i], "message"));
    for (size_t i = 0; channels != NULL && i < channels->count; i++)
        col_ledger_check(l, false, "HOLD_CAPABILITY", NULL, key, NULL, "%.200s, by %.200s",
                         jv_get_text(channels->items[i], "capability"), jv_get_text(channels->items[i], "via"));
    l->checks += l->f->refused->count == 0;
out:
    jv_free(key);
}

static void judge_gates(struct col_ledger *l)
{
    const struct jv *gates = jv_get(l->plan, "gates"), *expect = jv_get(gates, "expect");
    const char *relation = jv_get_text(gates, "relation");

    for (size_t i = 0; i < expect->count; i++) {
        const struct jv *row = col_ledger_by(l, relation, jv_get_text(gates, "key"), expect->keys[i]);
        const struct jv *cell = col_ledger_cell(l->f, relation, row, jv_get_text(gates, "value"));
        char detail[200];

        (void)snprintf(detail, sizeof detail, "it is not %.100s", jv_text(expect->items[i]));
        col_ledger_check_one(l, cell != NULL && jv_equal(cell, expect->items[i]), "E_GATE_OPEN", relation,
                             jv_get_text(gates, "key"), expect->keys[i], detail);
    }
}

/* The GRANTs for a witness, one after the other. */
static void judge_witness(struct col_ledger *l, const struct jv *w, const char *code)
{
    const struct jv *missing = jv_get(w, "missing");
    struct jv *key = col_ledger_key("role", jv_get_text(l->f->observer, "name"));

    for (size_t i = 0; i < missing->count; i++)
        col_ledger_check(l, false, code, NULL, key, jv_get_text(missing->items[i], "statement"), "%s: %.400s",
                         jv_get_text(w, "name"), jv_get_text(missing->items[i], "what"));
    l->checks += missing->count == 0;
    jv_free(key);
}

static void judge_witnesses(struct col_ledger *l)
{
    const struct jv *list = jv_get(l->f->witnesses, "witnesses");

    for (size_t i = 0; i < list->count; i++) {
        const struct jv *w = list->items[i];

        if (jv_text_is(jv_get(w, "name"), "WAL records"))
            judge_witness(l, w, "HOLD_NO_WRITE_WITNESS");
        else if (jv_text_is(jv_get(w, "status"), "no"))
            judge_witness(l, w, "E_EVIDENCE_INCOMPLETE");
        else if (jv_text_is(jv_get(w, "status"), "partly"))
            col_ledger_unseen(l, "a part of the witness %s: dryproof doctor tells the GRANTs", jv_get_text(w, "name"));
    }
    for (size_t i = 0; i < l->f->lacks->count; i++) {
        const struct jv *lack = l->f->lacks->items[i];

        if (jv_is(jv_get(lack, "statement"), JV_STRING))
            col_ledger_check(l, false, "E_EVIDENCE_INCOMPLETE", jv_get_text(lack, "relation"), NULL,
                             jv_get_text(lack, "statement"), "%s", jv_get_text(lack, "reason"));
    }
}

static void judge_p0(struct col_ledger *l)
{
    judge_environment(l);
    judge_channel(l);
    judge_gates(l);
    judge_witnesses(l);
}

/* ---- P1 ---- */

static void judge_record(struct col_ledger *l, const char *code)
{
    const struct jv *a = jv_get(l->plan, "admissions"), *c = jv_get(l->plan, "contracts"),
                    *filled = jv_get(a, "filled");
    const char *relation = jv_get_text(a, "relation"), *column = jv_get_text(a, "code"), *endpoint;
    const char *contracts = jv_get_text(c, "relation");
    const struct jv *row = col_ledger_by(l, relation, column, code), *label, *contract;
    char hex[DIGEST_HEX];

    if (!col_ledger_check_one(l, row != NULL, "HOLD_ADMISSION_MISSING_OR_INVALID", relation, column, code,
                              "it does not have exactly one record"))
        return;
    for (size_t i = 0; i < filled->count; i++) {
        const struct jv *cell = col_ledger_cell(l->f, relation, row, jv_text(filled->items[i]));
        char detail[200];

        (void)snprintf(detail, sizeof detail, "the field %.100s of its record is empty", jv_text(filled->items[i]));
        col_ledger_check_one(l, jv_is(cell, JV_STRING) && cell->len > 0, "HOLD_ADMISSION_MISSING_OR_INVALID", relation,
                             column, code, detail);
    }
    label = col_ledger_cell(l->f, relation, row, jv_get_text(a, "label"));
    col_ledger_check_one(l, jv_text_is(label, "rehearsal") || jv_text_is(label, "operator"),
                         "HOLD_ADMISSION_MISSING_OR_INVALID", relation, column, code, "its record has no label");
    if (strcmp(l->class, "sandbox") != 0)
        col_ledger_check_one(l, !jv_text_is(label, "rehearsal"), "E_ADMISSION_REHEARSAL", relation, column, code,
                             "its record is a rehearsal's");
    contract = col_ledger_by(l, contracts, jv_get_text(c, "code"), code);
    if (contract == NULL)
        return; /* P3 says so */
    endpoint = jv_text(col_ledger_cell(l->f, contracts, contract, jv_get_text(c, "endpoint")));
    col_ledger_definition(l, endpoint, hex);
    col_ledger_check_one(
        l, hex[0] != '\0' && jv_text_is(col_ledger_cell(l->f, relation, row, jv_get_text(a, "definition_digest")), hex),
        "E_ADMISSION_DEFINITION", relation, column, code, "the function of its contract is not the one admitted");
    col_ledger_row_digest(l, contracts, contract, NULL, hex);
    col_ledger_check_one(l, jv_text_is(col_ledger_cell(l->f, relation, row, jv_get_text(a, "contract_digest")), hex),
                         "E_ADMISSION_DEFINITION", relation, column, code, "its contract row is not the one admitted");
}

static void judge_p1(struct col_ledger *l)
{
    const struct jv *named = jv_get(jv_get(l->plan, "forbidden"), "named"), *steps = jv_get(l->plan, "steps");
    const struct jv *unnamed = jv_get(jv_get(l->plan, "forbidden"), "unnamed");
    const struct jv *codes = jv_get(jv_get(l->plan, "contracts"), "required");
    const struct jv *reused = jv_get(jv_get(l->plan, "reuse"), "dots");
    size_t fresh = 0;

    col_ledger_check(l, named->count > 0, "HOLD_FORBIDDEN_LIST_EMPTY", "plan.json", NULL, NULL,
                     "forbidden.named is empty");
    for (size_t i = 0; i < steps->count; i++) {
        const char *code = jv_get_text(steps->items[i], "dot_code");

        if (code != NULL)
            col_ledger_check_one(l, !jv_has_text(named, code), "E_FORBIDDEN_DOT", "plan.json", "dot_code", code,
                                 "a step of the plan would dispatch it");
    }
    for (size_t i = 0; i < unnamed->count; i++)
        col_ledger_unseen(l, "forbidden, but without a code to look for: %.400s", jv_text(unnamed->items[i]));
    for (size_t i = 0; i < codes->count; i++) {
        bool is_new = true;

        for (size_t k = 0; k < reused->count; k++)
            is_new = is_new && !jv_equal(jv_get(reused->items[k], "code"), codes->items[i]);
        if (is_new)
            judge_record(l, jv_text(codes->items[i]));
        fresh += is_new;
    }
    if (fresh == 0 && jv_has_text(jv_get(l->plan, "required_claims"), "admitted"))
        col_ledger_check(l, false, "E_EVIDENCE_INCOMPLETE", "plan.json", NULL, NULL,
                         "admitted is required, and there is no new DOT");
}

/* ---- P2 ---- */

/* There, or there and not ours to read, which P0 says. */
static bool is_created(const struct col_ledger *l, const char *relation)
{
    for (size_t i = 0; i < l->f->lacks->count; i++)
        if (jv_text_is(jv_get(l->f->lacks->items[i], "relation"), relation))
            return jv_is(jv_get(l->f->lacks->items[i], "statement"), JV_STRING);
    return jv_has_text(l->f->names, relation);
}

static void judge_p2(struct col_ledger *l)
{
    const struct jv *captured = jv_get(l->plan, "captured"), *checks = jv_get(jv_get(l->plan, "preflight"), "checks");

    for (size_t i = 0; i < captured->count; i++) {
        const char *relation = jv_get_text(captured->items[i], "relation");

        col_ledger_check(l, is_created(l, relation), "HOLD_COLLECTION_NOT_CREATED", relation, NULL, NULL,
                         "no table or materialised view of that name is in scope");
    }
    for (size_t i = 0; i < checks->count; i++) {
        const char *relation = jv_get_text(jv_get(checks->items[i], "check"), "exists");

        if (relation != NULL && plan_captured(l->f->plan, relation) == NULL)
            col_ledger_check(l, is_created(l, relation), "HOLD_COLLECTION_NOT_CREATED", relation, NULL, NULL,
                             "no table or materialised view of that name is in scope");
    }
}

/* ---- the ledger ---- */

static void (*const judges[PHASES])(struct col_ledger *l) = {
    judge_p0, judge_p1, judge_p2, col_phases_contracts, col_phases_grant, col_phases_preflight};

int col_phases_judge(const struct col_facts *f, struct jv **doc, struct err *e)
{
    struct col_ledger l = {f, f->plan->doc, NULL, jv_array(), 0, "unlisted", {ERR_NONE, ""}, false};
    struct jv *all = jv_object(), *phases = jv_array(), *environment = jv_object();
    char now[CLOCK_TEXT];
    bool is_ready = true;

    clock_now(now);
    for (size_t i = 0; i < PHASES; i++) {
        struct jv *phase = jv_object();
        char name[8];

        (void)snprintf(name, sizeof name, "P%zu", i);
        l.holds = jv_array();
        l.checks = 0;
        judges[i](&l);
        is_ready = is_ready && l.holds != NULL && l.holds->count == 0;
        jv_set(phase, "checks", jv_int((int64_t)l.checks));
        jv_set(phase, "phase", jv_string(name));
        jv_set(phase, "status", jv_string(l.holds != NULL && l.holds->count == 0 ? "READY" : "HOLD"));
        jv_set(phase, "title", jv_string(titles[i]));
        jv_add(phases, jv_set(phase, "holds", l.holds));
    }
    col_ledger_unseen(&l, "P6 and P7: the run itself, and its review");
    jv_set(environment, "class", jv_string(l.class));
    jv_set(environment, "database", jv_copy(jv_get(f->identity, "database")));
    jv_set(environment, "labels", jv_copy(jv_get(f->identity, "labels")));
    jv_set(environment, "server_version", jv_copy(jv_get(f->identity, "server_version")));
    jv_set(environment, "system_identifier", jv_copy(jv_get(f->identity, "system_identifier")));
    jv_set(all, "asked_at", jv_string(now));
    jv_set(all, "authority_effect", jv_string("NONE"));
    jv_set(all, "carrier", jv_copy(jv_get(l.plan, "carrier")));
    jv_set(all, "collector", jv_string(DRYPROOF_VERSION));
    jv_set(all, "environment", environment);
    jv_set(all, "exit_status", jv_int(is_ready ? 0 : 3));
    jv_set(all, "not_observed", l.unseen);
    jv_set(all, "observer", jv_copy(jv_get(f->observer, "name")));
    jv_set(all, "phases", phases);
    jv_set(all, "plan_ref", jv_copy(jv_get(l.plan, "plan_ref")));
    jv_set(all, "plan_sha256", jv_string(f->plan->sha256));
    jv_set(all, "registration_effect", jv_string("NONE"));
    jv_set(all, "schema", jv_string("dryproof.preflight/1"));
    jv_set(all, "status", jv_string(is_ready ? "READY" : "HOLD"));
    jv_set(all, "step_role", jv_copy(jv_get(l.plan, "step_role")));
    if (l.is_broken) {
        jv_free(all);
        *e = l.e;
        return -1;
    }
    *doc = all;
    return all == NULL ? err_no_memory(e) : 0;
}
