/*
 * verifier/executor.c - see executor.h.
 *
 * What an executor says counts where the rest of the evidence agrees: its transaction ids with
 * the counters around, its session with what the observer saw.
 */
#include "verifier/executor.h"

#include "verifier/lines.h"
#include "verifier/shape.h"

#include <string.h>

#define RESULT "{columns:[s],command:?s,error:?@X,notices:[@X],rows:[[v]]}"
#define SESSION                                                                                    \
    "{backend_pid:n,current_user:S,end:<'COMMIT'|'ROLLBACK'>,session_user:S,transaction_time:t,xid:?d}"

struct exchange {
    enum vfy_subject subject;
    const struct record *record;
    const char *path;         /* of exchange.json */
    const struct json *doc, *answer; /* answer: of an execution */
    const struct member *request;
    const struct json *endpoint, *step;
    const char *correlation;
};

struct executor {
    const struct json *asked[2]; /* exchange.json of /healthz and /selfcheck */
    const char *paths[2];
    struct exchange *list;
    size_t count;
};

/* the object that was answered with this status, of this shape; else NULL */
static const struct json *object_of(struct evidence *v, const struct json *doc, const char *folder, int64_t status,
                                    const char *shape)
{
    const struct member *m = vfy_bag_peek(v->bag, "%s/response", folder);
    const struct json *answer = NULL;
    struct err ignored;
    char where[80];

    if (m == NULL || vfy_json_get(doc, "status")->type != JSON_INT || vfy_json_int(vfy_json_get(doc, "status")) != status ||
        !vfy_json_is(vfy_json_get(doc, "content_type"), "application/json") ||
        vfy_json_parse(v->arena, vfy_member_data(v->arena, m), m->size, JSON_FOREIGN, folder, &answer, &ignored) != 0 ||
        !vfy_shape_check(answer, shape, where, sizeof where))
        return NULL;
    return answer;
}

/* exchange.json, with response beside it; NULL and a finding when one is not there */
static const struct json *load(struct evidence *v, enum vfy_subject subject, const char *folder)
{
    const char *path = vfy_mem_print(v->arena, "%s/response", folder);
    const struct json *doc = vfy_evidence_doc(v, subject, vfy_mem_print(v->arena, "%s/exchange.json", folder));
    bool is_there = vfy_report_check(v->report, subject, vfy_bag_find(v->bag, path) != NULL || doc == NULL,
                                     E_EVIDENCE_INCOMPLETE, path, "the plan requires it");

    v->is_incomplete = v->is_incomplete || !is_there;
    return is_there ? doc : NULL;
}

/* what came instead of an answer, in a few words */
static const char *instead(struct evidence *v, const struct json *doc)
{
    const struct json *failure = vfy_json_get(doc, "failure");

    if (failure->type == JSON_STRING)
        return vfy_json_text(failure);
    return vfy_mem_print(v->arena, "status %lld, %.60s", (long long)vfy_json_int(vfy_json_get(doc, "status")),
                         vfy_json_str(doc, "content_type"));
}

void vfy_executor_load(struct evidence *v)
{
    static const char *const folders[] = {"executor/healthz", "executor/selfcheck"};
    struct executor *x;

    if (v->is_bracket || vfy_bag_find(v->bag, "executor.json") == NULL)
        return;
    x = vfy_mem_alloc(v->arena, sizeof *x);
    x->list = vfy_mem_alloc(v->arena, (vfy_json_count(vfy_json_get(v->plan, "steps")) + 1 +
                                       vfy_json_count(vfy_json_get(vfy_json_get(v->plan, "harness"), "cases"))) * sizeof *x->list);
    for (size_t i = 0; i < 2; i++) {
        x->paths[i] = vfy_mem_print(v->arena, "%s/exchange.json", folders[i]);
        x->asked[i] = load(v, CL_EXECUTED, folders[i]);
    }
    v->executor = x;
}

bool vfy_executor_record(struct evidence *v, enum vfy_subject subject, const struct record *r, const char *folder,
                         const struct json *endpoint, const struct json *step, const char *name)
{
    struct executor *x = v->executor;
    static const int64_t refusals[] = {400, 403, 409};
    const char *request = vfy_mem_print(v->arena, "%s/request", folder);
    const struct json *refused = NULL, *doc;
    struct exchange *t;

    if (x == NULL)
        return true;
    doc = load(v, subject, folder);
    if (doc == NULL)
        return false;
    t = &x->list[x->count++];
    *t = (struct exchange){.subject = subject, .record = r, .path = vfy_mem_print(v->arena, "%s/exchange.json", folder),
                           .doc = doc, .endpoint = endpoint, .step = step, .request = vfy_bag_find(v->bag, request)};
    t->correlation = vfy_mem_print(v->arena, "%s/%s", vfy_json_str(v->run, "run_id"), name);
    vfy_report_check(v->report, subject, t->request != NULL, E_EVIDENCE_INCOMPLETE, request, "the plan requires it");
    t->answer = object_of(v, doc, folder, 200, "{correlation_id:s,result:" RESULT ",session:" SESSION "}");
    for (size_t i = 0; i < 3 && refused == NULL; i++)
        refused = object_of(v, doc, folder, refusals[i], "{correlation_id:s,refusal:{code:s,message:s}}");
    if (!vfy_json_is(vfy_json_get(t->answer, "correlation_id"), t->correlation))
        t->answer = NULL;
    if (!vfy_json_is(vfy_json_get(refused, "correlation_id"), t->correlation))
        refused = NULL;
    if (refused != NULL)
        vfy_report_check(v->report, subject, false, HOLD_EXECUTOR_REFUSED, t->path, "%lld %.80s: %.200s",
                         (long long)vfy_json_int(vfy_json_get(doc, "status")),
                         vfy_json_str(vfy_json_get(refused, "refusal"), "code"),
                         vfy_json_str(vfy_json_get(refused, "refusal"), "message"));
    else
        vfy_report_check(v->report, subject, t->answer != NULL, HOLD_EXECUTOR_ANSWER, t->path,
                         "no answer to %.100s: %s", t->correlation, instead(v, doc));
    v->is_incomplete = v->is_incomplete || t->answer == NULL;
    return t->answer != NULL;
}

enum vfy_code vfy_executor_code(const struct evidence *v, const struct step *step, enum vfy_code code)
{
    const struct json *list = vfy_json_get(v->plan, "allowed_changes");
    bool is_there = step == NULL || step->execution.is_there;

    for (size_t i = 0; step == NULL && i < vfy_json_count(list); i++)
        is_there = is_there && vfy_evidence_step(v, vfy_json_str(vfy_json_at(list, i), "step"))->execution.is_there;
    return v->executor == NULL || is_there ? code : E_EVIDENCE_INCOMPLETE;
}

const struct json *vfy_executor_asked(const struct evidence *v, size_t i, const char **path)
{
    *path = v->executor == NULL ? "" : v->executor->paths[i];
    return v->executor == NULL ? NULL : v->executor->asked[i];
}

/* a failure has no status, and an answer has one */
static void judge_form(struct evidence *v, enum vfy_subject subject, const struct json *doc, const char *path)
{
    bool failed = vfy_json_get(doc, "failure")->type != JSON_NULL;

    vfy_report_check(v->report, subject,
                     (vfy_json_get(doc, "status")->type == JSON_NULL) == failed &&
                         (vfy_json_get(doc, "content_type")->type == JSON_NULL) == failed,
                     E_EVIDENCE_INCONSISTENT, path, "a failure has a status, or an answer has none");
}

static void judge_asked(struct evidence *v)
{
    const struct executor *x = v->executor;
    const struct json *identity = v->edges[0].identity, *health = NULL, *self = NULL, *dry;

    for (size_t i = 0; i < 2; i++)
        if (x->asked[i] != NULL)
            judge_form(v, CL_EXECUTED, x->asked[i], x->paths[i]);
    if (x->asked[0] != NULL) {
        health = object_of(v, x->asked[0], "executor/healthz", 200, "%*");
        vfy_report_check(v->report, CL_EXECUTED, vfy_json_is(vfy_json_get(health, "status"), "ok"), HOLD_EXECUTOR_ANSWER,
                         x->paths[0], "the executor does not say that it is well: %s", instead(v, x->asked[0]));
    }
    if (x->asked[1] != NULL) {
        self = object_of(v, x->asked[1], "executor/selfcheck", 200, "%*");
        dry = vfy_json_get(self, "dry_run_only");
        vfy_report_check(v->report, CL_EXECUTED,
                         dry != NULL && dry->type == JSON_TRUE &&
                             vfy_json_same(vfy_json_get(self, "database"), vfy_json_get(identity, "database")) &&
                             vfy_json_same(vfy_json_get(self, "system_identifier"), vfy_json_get(identity, "system_identifier")),
                         HOLD_EXECUTOR_ANSWER, x->paths[1],
                         "the executor does not say that it is of this database, and dry-run-only: %s", instead(v, x->asked[1]));
    }
}

/* the request that the plan gives, byte for byte */
static void judge_request(struct evidence *v, const struct exchange *t)
{
    struct buf b = {v->arena, NULL, 0, 0};

    if (t->request == NULL)
        return;
    vfy_mem_put(&b, "{\"actor\":");
    vfy_json_write(&b, vfy_json_get(vfy_json_get(v->plan, "dispatch"), "actor"), false);
    vfy_mem_put(&b, ",\"args\":");
    vfy_json_write(&b, vfy_json_get(t->record->request, "args"), false);
    vfy_mem_put(&b, ",\"correlation_id\":\"%s\",\"dot_code\":", t->correlation);
    vfy_json_write(&b, vfy_json_get(t->step, "dot_code"), false);
    vfy_mem_put(&b, ",\"endpoint\":");
    vfy_json_write(&b, t->endpoint, false);
    vfy_mem_put(&b, ",\"idempotency_root\":\"%s\",\"mode\":\"%s\",\"namespace\":\"DRYRUN-NS:%s\",\"write_observation\":false}\n",
                vfy_json_str(v->run, "run_id"), vfy_json_str(t->step, "mode"), t->correlation);
    vfy_report_check(v->report, t->subject,
                     t->request->size == b.len && memcmp(vfy_member_data(v->arena, t->request), b.p, b.len) == 0,
                     E_EXECUTOR_DISAGREES, t->path, "the executor was asked something else than the plan and the record say");
}

/* result.json and session.json are what was answered */
static void judge_record(struct evidence *v, const struct exchange *t)
{
    static const char *const of_result[] = {"columns", "command", "error", "notices", "rows"};
    static const char *const of_session[] = {"backend_pid", "current_user", "end", "session_user", "transaction_time", "xid"};
    static const char *const of_exchange[] = {"finished_at", "started_at"};
    const struct json *result = vfy_json_get(t->answer, "result"), *session = vfy_json_get(t->answer, "session");
    const struct json *seen = vfy_json_get(t->doc, "seen");
    const char *differs = NULL;

    for (size_t i = 0; i < 5; i++)
        if (!vfy_json_same(vfy_json_get(result, of_result[i]), vfy_json_get(t->record->result, of_result[i])))
            differs = of_result[i];
    for (size_t i = 0; i < 6; i++)
        if (!vfy_json_same(vfy_json_get(session, of_session[i]), vfy_json_get(t->record->session, of_session[i])))
            differs = of_session[i];
    for (size_t i = 0; i < 2; i++)
        if (!vfy_json_same(vfy_json_get(t->doc, of_exchange[i]), vfy_json_get(t->record->session, of_exchange[i])))
            differs = of_exchange[i];
    vfy_report_check(v->report, t->subject, differs == NULL, E_EXECUTOR_DISAGREES, t->path,
                     "the record has another %s than was answered", differs != NULL ? differs : "");
    if (!vfy_report_check(v->report, t->subject, seen->type != JSON_NULL &&
                              vfy_json_same(vfy_json_get(seen, "database"), vfy_json_get(v->edges[0].identity, "database")),
                          HOLD_EXECUTOR_ANSWER, t->path, "the session that it names was not seen in this database"))
        return;
    vfy_report_check(v->report, t->subject, vfy_json_same(vfy_json_get(seen, "user"), vfy_json_get(v->plan, "step_role")),
                     E_EVIDENCE_PRIV, t->path, "the session that it names was seen to be %.60s's", vfy_json_str(seen, "user"));
}

void vfy_executor_judge(struct evidence *v)
{
    const struct json *way = vfy_json_get(v->plan, "executor");

    if (v->executor == NULL) { /* no check where none is required: verdicts of before count alike */
        if (vfy_json_is(way, "required"))
            vfy_report_check(v->report, CL_EXECUTED, false, E_EVIDENCE_INCOMPLETE, "executor.json", "the plan requires it");
        return;
    }
    vfy_report_check(v->report, CL_EXECUTED, way != NULL, E_BIND_PLAN, "executor.json", "the plan does not allow an executor");
    judge_asked(v);
    for (size_t i = 0; i < v->executor->count; i++) {
        const struct exchange *t = &v->executor->list[i];

        judge_form(v, t->subject, t->doc, t->path);
        if (t->answer == NULL || !t->record->is_there)
            continue;
        judge_request(v, t);
        judge_record(v, t);
    }
    vfy_report_unseen(v->report, "what the executor does beside the sessions that it names; that its endpoints ran in these is its word");
}
