/*
 * verifier/bind.c - that all parts belong to one run of one plan on one database.
 *
 * FORMAT.md section 3; claims identity and (in part) executed.
 */
#include "verifier/snapshot.h"

#include <stdio.h>
#include <string.h>

static void same_member(struct evidence *v, enum vfy_code code, const char *path,
                        const struct json *a, const struct json *b, const char *key)
{
    vfy_report_check(v->report, LEVEL_3, vfy_json_same(vfy_json_get(a, key), vfy_json_get(b, key)),
                     code, path, "its %s differs", key);
}

static void judge_run(struct evidence *v)
{
    static const char *const same[] = {"run_id", "started_at", "carrier", "plan_ref", "plan_sha256"};
    int64_t cases = vfy_json_int(vfy_json_get(v->run, "cases"));
    struct buf lines = {v->arena, NULL, 0, 0};
    char digest[VFY_HEX];

    for (size_t i = 0; i < 5; i++)
        same_member(v, E_BIND_RUN, "started.json", v->started, v->run, same[i]);
    same_member(v, E_BIND_RUN, "environment.json", v->environment, v->run, "collector");
    same_member(v, E_BIND_PLAN, "run.json", v->plan, v->run, "carrier");
    same_member(v, E_BIND_PLAN, "run.json", v->plan, v->run, "plan_ref");
    /* the plan's digest, by hand: one line for each file of the carrier */
    for (size_t i = 0; i < v->bag->count; i++) {
        const char *path = vfy_bag_payload(&v->bag->members[i]);

        if (path != NULL && strncmp(path, "carrier/", 8) == 0)
            vfy_mem_put(&lines, "%s  %s\n", v->bag->members[i].sha256, path + 8);
    }
    vfy_crypto_sha256(lines.p, lines.len, digest);
    vfy_report_check(v->report, LEVEL_3, vfy_json_is(vfy_json_get(v->run, "plan_sha256"), digest),
                     E_BIND_PLAN, "run.json", "the carrier's files have the digest %s", digest);
    vfy_report_check(v->report, LEVEL_3,
                     strcmp(vfy_json_str(v->run, "started_at"), vfy_json_str(v->run, "finished_at")) <= 0,
                     E_CLOCK, "run.json", "it finished before it started");
    vfy_report_check(v->report, LEVEL_3,
                     vfy_json_int(vfy_json_get(v->run, "steps")) == (v->is_bracket ? 1 : (int64_t)v->step_count) &&
                         (cases == (int64_t)v->trial_count || cases == (int64_t)v->driven_count),
                     E_BIND_PLAN, "run.json", "it counts other steps or cases than the plan, or than there are");
}

static void judge_identity(struct evidence *v)
{
    static const char *const same[] = {"system_identifier", "timeline",       "database",
                                       "database_oid",      "server_version", "server_version_num",
                                       "server_started_at"};
    const struct json *before = v->edges[0].identity, *after = v->edges[1].identity;

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        vfy_report_check(v->report, CL_IDENTITY,
                         vfy_json_same(vfy_json_get(before, same[i]), vfy_json_get(after, same[i])),
                         v->is_bracket ? HOLD_NO_WRITE_WITNESS : E_BIND_CLUSTER, "after/identity.json",
                         "its %s is another than before", same[i]);
    for (int i = 0; i < 2 && !v->is_bracket; i++) /* where a command cannot write, it can be bracketed */
        vfy_report_check(v->report, CL_IDENTITY,
                         vfy_json_get(v->edges[i].identity, "in_recovery")->type == JSON_FALSE,
                         E_BIND_CLUSTER, i == 0 ? "before/identity.json" : "after/identity.json",
                         "the server was in recovery");
    vfy_report_value(v->report, CL_IDENTITY, 0, vfy_json_get(before, "database"));
    vfy_report_value(v->report, CL_IDENTITY, 1, vfy_json_get(before, "system_identifier"));
}

/* a sandbox mark is all or nothing: exactly the plan's labels, everywhere */
static void judge_labels(struct evidence *v)
{
    const struct json *here = vfy_json_get(v->environment, "labels");
    const struct json *plan = vfy_json_get(vfy_json_get(v->plan, "sandbox"), "labels");
    bool same = true, exact = vfy_json_count(here) == vfy_json_count(plan);

    for (int i = 0; i < 2; i++)
        same = same && vfy_json_same(here, vfy_json_get(v->edges[i].identity, "labels"));
    vfy_report_check(v->report, CL_IDENTITY, same && vfy_json_ascends(here), E_SANDBOX_LABELS, "environment.json",
                     "labels are not sorted, or differ between the environment and the two edges");
    if (v->is_bracket)
        return; /* of whatever plan the sandbox is */
    for (size_t i = 0; i < vfy_json_count(plan); i++)
        exact = exact && vfy_json_has(here, vfy_json_text(vfy_json_at(plan, i))) == 1;
    if (v->is_sandbox)
        vfy_report_check(v->report, CL_IDENTITY, exact, E_SANDBOX_LABELS, "environment.json",
                         "the sandbox mark does not bear exactly the plan's labels");
}

static void judge_roles(struct evidence *v)
{
    static const char *const wide[] = {"superuser", "createrole", "createdb", "replication",
                                       "bypassrls"};
    const struct json *step = vfy_json_get(v->environment, "step");
    const struct json *observer = vfy_json_get(v->environment, "observer");
    const char *path = "environment.json";

    vfy_report_check(v->report, CL_EXECUTED,
                     vfy_json_same(vfy_json_get(step, "name"), vfy_json_get(v->plan, "step_role")),
                     E_BIND_PLAN, path, "steps ran as another role than the plan's");
    vfy_report_check(v->report, CL_EXECUTED,
                     !vfy_json_same(vfy_json_get(step, "name"), vfy_json_get(observer, "name")),
                     E_EVIDENCE_PRIV, path, "steps ran as the observer");
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        vfy_report_check(v->report, CL_EXECUTED, vfy_json_get(step, wide[i])->type == JSON_FALSE,
                         E_EVIDENCE_PRIV, path, "the step role has %s", wide[i]);
    vfy_report_check(v->report, CL_EXECUTED, vfy_json_count(vfy_json_get(step, "member_of")) == 0,
                     E_EVIDENCE_PRIV, path, "the step role is a member of another role");
}

static void judge_memberships(struct evidence *v)
{
    static const char *const whose[] = {"observer", "step"};

    for (size_t i = 0; i < 2; i++)
        vfy_report_check(v->report, CL_EXECUTED,
                         vfy_json_ascends(vfy_json_get(vfy_json_get(v->environment, whose[i]), "member_of")),
                         E_EVIDENCE_INCONSISTENT, "environment.json", "member_of of %s is not sorted, each once", whose[i]);
}

static void judge_session_settings(struct evidence *v)
{
    static const char *const pinned[][2] = {
        {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}, {"TimeZone", "UTC"},
        {"extra_float_digits", "1"}, {"bytea_output", "hex"}, {"lc_monetary", "C"},
        {"quote_all_identifiers", "off"}, {"standard_conforming_strings", "on"},
        {"default_transaction_read_only", "on"}, {"row_security", "off"}};
    const struct json *have = vfy_json_get(v->environment, "pinned");
    const char *encoding = vfy_snapshot_is_ascii(v) ? "SQL_ASCII" : "UTF8";

    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++)
        vfy_report_check(v->report, CL_EXECUTED,
                         vfy_json_is(vfy_json_get(have, pinned[i][0]), pinned[i][1]),
                         E_EVIDENCE_UNSUPPORTED, "environment.json", "%s was not %s", pinned[i][0],
                         pinned[i][1]);
    vfy_report_check(v->report, CL_EXECUTED,
                     vfy_json_is(vfy_json_get(have, "client_encoding"), encoding) &&
                         vfy_json_is(vfy_json_get(have, "search_path"), "") &&
                         vfy_json_count(have) == sizeof pinned / sizeof *pinned + 2,
                     E_EVIDENCE_UNSUPPORTED, "environment.json",
                     "client_encoding or search_path was not the pinned one, or more was pinned");
}

void vfy_bind_judge(struct evidence *v)
{
    judge_run(v);
    judge_identity(v);
    judge_labels(v);
    if (!v->is_bracket)
        judge_roles(v);
    judge_memberships(v);
    judge_session_settings(v);
}
