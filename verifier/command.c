/*
 * verifier/command.c - the command of a bracket: what ran, whether it reached the database, how
 * it ended.  Claim executed; FORMAT.md sections 2, 3 and 10.
 */
#include "verifier/attribute.h"
#include "verifier/limits.h"
#include "verifier/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "steps/001-command/command.json";

/* with what was masked it is longer or shorter than what was written */
static bool is_masked(struct evidence *v, const struct member *m)
{
    static const char mask[] = "[MASKED]";
    const char *p = vfy_member_data(v->arena, m);

    for (size_t i = 0; i + sizeof mask - 1 <= m->size; i++)
        if (memcmp(p + i, mask, sizeof mask - 1) == 0)
            return true;
    return false;
}

static void judge_output(struct evidence *v, const char *name)
{
    const char *file = vfy_mem_print(v->arena, "steps/001-command/%s", name);
    const struct member *m = vfy_bag_find(v->bag, file);
    const struct json *said = vfy_json_get(v->command, name);
    int64_t kept = vfy_json_int(vfy_json_get(said, "kept")), written = vfy_json_int(vfy_json_get(said, "bytes"));

    if (!vfy_report_check(v->report, CL_EXECUTED, m != NULL, E_EVIDENCE_INCOMPLETE, file, "the plan requires it"))
        return;
    if (!vfy_report_check(v->report, CL_EXECUTED, (int64_t)m->size == kept && kept <= VFY_MAX_OUTPUT_BYTES, E_EVIDENCE_INCONSISTENT,
                          file, "%zu bytes, and command.json says that %lld were kept", m->size, (long long)kept))
        return;
    vfy_report_check(v->report, CL_EXECUTED, written == kept || kept == VFY_MAX_OUTPUT_BYTES || is_masked(v, m),
                     E_EVIDENCE_INCONSISTENT, file, "all of it was kept, and command.json says that %lld bytes were written",
                     (long long)written);
}

static bool precedes(const struct json *a, const struct json *b)
{
    int order = strcmp(vfy_json_str(a, "backend_start"), vfy_json_str(b, "backend_start"));

    return order < 0 || (order == 0 && vfy_json_int(vfy_json_get(a, "pid")) < vfy_json_int(vfy_json_get(b, "pid")));
}

static void judge_seen(struct evidence *v)
{
    const char *file = "steps/001-command/sessions.ndjson";
    bool sorted = true;

    for (size_t i = 0; i < vfy_json_count(v->seen); i++) {
        const struct json *s = vfy_json_at(v->seen, i);

        sorted = sorted && vfy_json_ascends(vfy_json_get(s, "xids")) && (i == 0 || precedes(vfy_json_at(v->seen, i - 1), s));
    }
    vfy_report_check(v->report, LEVEL_1, sorted, E_EVIDENCE_INCONSISTENT, file, "not sorted, each once");
}

static const struct json *here(const struct evidence *v, int edge)
{
    const struct json *list = vfy_json_get(v->edges[edge].activity, "databases");

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_same(vfy_json_get(vfy_json_at(list, i), "oid"), vfy_json_get(v->edges[0].identity, "database_oid")))
            return vfy_json_at(list, i);
    return NULL;
}

static bool was_there(const struct json *sessions, const struct json *s)
{
    for (size_t i = 0; i < vfy_json_count(sessions); i++)
        if (vfy_json_same(vfy_json_get(vfy_json_at(sessions, i), "pid"), vfy_json_get(s, "pid")) &&
            vfy_json_same(vfy_json_get(vfy_json_at(sessions, i), "backend_start"), vfy_json_get(s, "backend_start")))
            return true;
    return false;
}

static bool is_client(const struct json *s)
{
    const struct json *type = vfy_json_get(s, "type");

    return type->type == JSON_NULL || vfy_json_is(type, "client backend");
}

/* our own connections that began between the two readings of the counter */
static unsigned long long ours(const struct evidence *v)
{
    const struct json *before = vfy_json_get(v->edges[0].activity, "sessions");
    const struct json *after = vfy_json_get(v->edges[1].activity, "sessions");
    unsigned long long n = 0;

    for (size_t i = 0; i < vfy_json_count(after); i++)
        n += vfy_json_get(vfy_json_at(after, i), "observer")->type == JSON_TRUE && !was_there(before, vfy_json_at(after, i));
    return n;
}

static bool is_stranger(const struct evidence *v, const struct json *s, const struct json *id)
{
    const struct json *user = vfy_json_get(s, "user"), *role = vfy_json_get(v->environment, "step");

    return vfy_json_same(vfy_json_get(s, "database"), id) && !was_there(vfy_json_get(v->edges[0].activity, "sessions"), s) &&
           (user->type == JSON_STRING || is_client(s)) && !vfy_json_same(user, vfy_json_get(role, "name"));
}

/* where others come and go, who logged in as another role is one of them */
static unsigned long long strangers(const struct evidence *v, const struct json *id)
{
    const struct json *after = vfy_json_get(v->edges[1].activity, "sessions");
    unsigned long long n = 0;

    if (vfy_attribute_anywhere(v) == ORIGIN_RUN)
        return 0;
    for (size_t i = 0; i < vfy_json_count(v->seen); i++)
        n += is_stranger(v, vfy_json_at(v->seen, i), id);
    for (size_t i = 0; i < vfy_json_count(after); i++) {
        const struct json *s = vfy_json_at(after, i);

        n += vfy_json_get(s, "observer")->type != JSON_TRUE && !was_there(v->seen, s) && is_stranger(v, s, id);
    }
    return n;
}

static bool has_connected(const struct evidence *v)
{
    const struct json *from = vfy_json_get(here(v, 0), "sessions"), *to = vfy_json_get(here(v, 1), "sessions");
    const struct json *before = vfy_json_get(v->edges[0].activity, "sessions"), *id = vfy_json_get(v->edges[0].identity, "database_oid");
    bool counted = vfy_json_text(from)[0] != '\0' && vfy_json_text(to)[0] != '\0';
    unsigned long long a = strtoull(vfy_json_text(from), NULL, 10), b = strtoull(vfy_json_text(to), NULL, 10);

    for (size_t i = 0; i < vfy_json_count(v->seen); i++) {
        const struct json *s = vfy_json_at(v->seen, i);

        if (!vfy_json_same(vfy_json_get(s, "database"), id))
            continue;
        if (vfy_json_get(s, "named")->type == JSON_TRUE)
            return true;
        if (!counted && !was_there(before, s) && is_client(s))
            return true;
    }
    return counted && b > a && b - a > ours(v) + strangers(v, id);
}

static bool was_named(const struct evidence *v, const struct json *s)
{
    for (size_t i = 0; i < vfy_json_count(v->seen); i++) {
        const struct json *seen = vfy_json_at(v->seen, i);

        if (vfy_json_get(seen, "named")->type == JSON_TRUE &&
            vfy_json_same(vfy_json_get(seen, "pid"), vfy_json_get(s, "pid")) &&
            vfy_json_same(vfy_json_get(seen, "backend_start"), vfy_json_get(s, "backend_start")))
            return true;
    }
    return false;
}

/* a session of it that is still open may write as soon as nobody looks */
static void judge_left(struct evidence *v)
{
    const struct json *before = vfy_json_get(v->edges[0].activity, "sessions");
    const struct json *after = vfy_json_get(v->edges[1].activity, "sessions");
    const struct json *id = vfy_json_get(v->edges[0].identity, "database_oid");
    struct buf names = {v->arena, NULL, 0, 0};
    size_t left = 0;

    vfy_mem_add(&names, "", 0);
    for (size_t i = 0; i < vfy_json_count(after); i++) {
        const struct json *s = vfy_json_at(after, i);

        if (vfy_json_get(s, "observer")->type == JSON_TRUE || was_there(before, s) || !is_client(s) ||
            (!was_named(v, s) && (!vfy_json_same(vfy_json_get(s, "database"), id) || vfy_attribute_here(v) != ORIGIN_RUN)))
            continue;
        if (left++ < 5)
            vfy_mem_put(&names, "%s%lld (%.60s)", left > 1 ? ", " : "", (long long)vfy_json_int(vfy_json_get(s, "pid")),
                        vfy_json_str(s, "state"));
    }
    vfy_report_check(v->report, CL_EXECUTED, left == 0, HOLD_COMMAND_FAILED, "after/activity.json",
                     "it is not over: sessions that began with it are open: %s%s", names.p, left > 5 ? ", and more" : "");
}

/* by the name that only it was given, or, where nobody else was, by having come meanwhile */
const char *vfy_command_users(const struct evidence *v)
{
    const struct json *role = vfy_json_get(v->command, "role"), *before = vfy_json_get(v->edges[0].activity, "sessions");
    struct buf names = {v->arena, NULL, 0, 0};

    for (size_t i = 0; i < vfy_json_count(v->seen); i++) {
        const struct json *s = vfy_json_at(v->seen, i), *user = vfy_json_get(s, "user");
        bool is_its = vfy_json_get(s, "named")->type == JSON_TRUE ||
                      (vfy_attribute_anywhere(v) == ORIGIN_RUN && !was_there(before, s) &&
                       is_client(s));
        char quoted[70];

        if (!is_its || user->type != JSON_STRING || vfy_json_same(user, role))
            continue;
        snprintf(quoted, sizeof quoted, "\"%.60s\"", user->u.text);
        if (names.len < 250 && (names.p == NULL || strstr(names.p, quoted) == NULL))
            vfy_mem_put(&names, "%s%s", names.len > 0 ? ", " : "", quoted);
    }
    return names.p;
}

/* a role was named, or wanted without a channel: then it is that role's capabilities that count */
static void judge_users(struct evidence *v)
{
    bool matters = vfy_json_get(v->plan, "readonly_role")->type != JSON_NULL ||
                   vfy_json_get(v->plan, "strict_role")->type == JSON_TRUE;
    const char *users = matters ? vfy_command_users(v) : NULL;

    vfy_report_check(v->report, CL_EXECUTED, users == NULL, HOLD_CAPABILITY, "steps/001-command/sessions.ndjson",
                     "it logged in as %s too; only the role %.60s was judged", users == NULL ? "" : users,
                     vfy_json_str(v->command, "role"));
}

void vfy_command_judge(struct evidence *v)
{
    const struct json *exit = vfy_json_get(v->command, "exit"), *signal = vfy_json_get(v->command, "signal");
    const struct json *role = vfy_json_get(v->command, "role"), *wanted = vfy_json_get(v->plan, "readonly_role");
    long long expected = (long long)vfy_json_int(vfy_json_get(v->plan, "expect_exit"));
    bool late = vfy_json_get(v->command, "timed_out")->type == JSON_TRUE;

    vfy_report_check(v->report, CL_EXECUTED,
                     vfy_json_same(vfy_json_get(v->command, "argv"), vfy_json_get(v->plan, "command")), E_BIND_PLAN, path,
                     "not the command that the plan gives");
    vfy_report_check(v->report, CL_EXECUTED,
                     vfy_json_same(role, vfy_json_get(vfy_json_get(v->environment, "step"), "name")) &&
                         (wanted->type == JSON_NULL || vfy_json_same(wanted, role)),
                     E_BIND_PLAN, path, "it was to run as another role than %.60s", vfy_json_text(role));
    vfy_report_check(v->report, LEVEL_1, (exit->type == JSON_NULL) != (signal->type == JSON_NULL), E_EVIDENCE_INCONSISTENT,
                     path, "a process ends with a status or by a signal");
    judge_output(v, "stdout");
    judge_output(v, "stderr");
    judge_seen(v);
    judge_users(v);
    vfy_report_check(v->report, CL_EXECUTED, has_connected(v), HOLD_NOT_CONNECTED, path,
                     "no session of it was seen in database %.60s", vfy_json_str(v->edges[0].identity, "database"));
    vfy_report_check(v->report, CL_EXECUTED, !late && exit->type == JSON_INT && exit->u.integer == expected,
                     HOLD_COMMAND_FAILED, path, "it ended %s %lld%s, expected was status %lld",
                     exit->type == JSON_INT ? "with status" : "by signal",
                     (long long)vfy_json_int(exit->type == JSON_INT ? exit : signal), late ? " after its time was up" : "",
                     expected);
    judge_left(v);
    vfy_report_number(v->report, CL_EXECUTED, 0, 1);
}
