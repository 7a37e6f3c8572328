/*
 * verifier/order.c - see order.h.  FORMAT.md section 3: before, steps, cases, readback, after.
 *
 * Times of the collector and times of the server are never compared with each other.
 */
#include "verifier/order.h"

#include "verifier/executor.h"
#include "verifier/wal.h"

#include <string.h>

static void follow(struct evidence *v, const char **last, const struct json *doc, const char *key,
                   const char *path)
{
    const char *next = vfy_json_str(doc, key);

    vfy_report_check(v->report, CL_NO_STATE, strcmp(*last, next) <= 0, E_EVIDENCE_ORDER, path,
                     "its %s %s is before %s, which it must follow", key, next, *last);
    *last = next;
}

static void judge_times(struct evidence *v)
{
    const char *last = vfy_json_str(v->run, "started_at"), *asked;

    follow(v, &last, v->edges[0].activity, "taken_at", "before/activity.json");
    follow(v, &last, v->edges[0].transactions, "taken_at", "before/transactions.json");
    follow(v, &last, v->edges[0].identity, "taken_at", "before/identity.json");
    if (v->command != NULL) {
        follow(v, &last, v->command, "started_at", "steps/001-command/command.json");
        follow(v, &last, v->command, "finished_at", "steps/001-command/command.json");
    }
    for (size_t i = 0; i < 2; i++)
        if (vfy_executor_asked(v, i, &asked) != NULL) {
            follow(v, &last, vfy_executor_asked(v, i, &asked), "started_at", asked);
            follow(v, &last, vfy_executor_asked(v, i, &asked), "finished_at", asked);
        }
    for (size_t i = 0; i < v->ran_count; i++) {
        const struct json *s = v->ran[i]->session;
        const char *path = vfy_mem_print(v->arena, "%s/session.json", v->ran[i]->path);

        follow(v, &last, s, "started_at", path);
        follow(v, &last, s, "finished_at", path);
    }
    follow(v, &last, v->edges[1].identity, "taken_at", "after/identity.json");
    follow(v, &last, v->edges[1].transactions, "taken_at", "after/transactions.json");
    follow(v, &last, v->edges[1].activity, "taken_at", "after/activity.json");
    follow(v, &last, v->run, "finished_at", "run.json");

    last = vfy_json_str(v->edges[0].identity, "server_started_at");
    for (size_t i = 0; i < v->ran_count; i++)
        follow(v, &last, v->ran[i]->session, "transaction_time",
               vfy_mem_print(v->arena, "%s/session.json", v->ran[i]->path));
}

static void judge_positions(struct evidence *v)
{
    const char *before = vfy_json_str(v->edges[0].transactions, "lsn"), *after = vfy_json_str(v->edges[1].transactions, "lsn");

    vfy_report_check(v->report, CL_NO_STATE, vfy_wal_lsn(before) <= vfy_wal_lsn(after), E_EVIDENCE_ORDER, "after/transactions.json",
                     "its lsn is before that of before");
}

void vfy_order_judge(struct evidence *v)
{
    judge_times(v);
    judge_positions(v);
}

const struct record *vfy_order_after(const struct evidence *v, const struct record *r)
{
    for (size_t i = 0; i + 1 < v->ran_count; i++)
        if (v->ran[i] == r)
            return v->ran[i + 1];
    return NULL;
}
