/* collector/executor.c - see collector/executor.h. */
#include "collector/executor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/form.h"
#include "collector/limits.h"
#include "collector/mask.h"
#include "gen/sql_backend.h"

#define TOKEN "DRYPROOF_EXECUTOR_TOKEN"

/* Whom the observer saw at the other end of an answer. */
struct seen {
    bool is_there;
    char *database, *user;
};

int col_executor_open(const char *address, const struct plan *plan, long seconds, struct col_executor *out,
                      struct err *e)
{
    const char *way = jv_get_text(plan->doc, "executor"), *token = getenv(TOKEN);

    if (address == NULL)
        return way != NULL && strcmp(way, "required") == 0
                   ? err_set(e, ERR_USAGE, "the plan's steps go through an executor; option --executor URL is missing") : 0;
    if (way == NULL)
        return err_set(e, ERR_USAGE, "--executor: the plan has no member \"executor\" that allows it");
    if (col_http_address(address, out->address, e) != 0)
        return -1;
    if (token != NULL && token[strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")] != '\0')
        return err_set(e, ERR_USAGE, TOKEN ": expected a bearer token, of letters, digits and -._~+/=");
    out->secrets = jv_array();
    col_mask_secret(out->secrets, token);
    out->seconds = seconds < COL_MAX_EXECUTOR_SECONDS ? seconds : COL_MAX_EXECUTOR_SECONDS;
    return out->secrets == NULL || out->secrets->is_broken ? err_no_memory(e) : 0;
}

void col_executor_release(struct col_executor *x)
{
    jv_free(x->secrets);
    x->secrets = NULL;
}

/* An answer that repeats the token is not kept. */
static int withhold(const struct col_executor *x, struct col_http_answer *a, struct err *e)
{
    struct col_mask m = col_mask_init(x->secrets, COL_MAX_EXECUTOR_ANSWER_BYTES);
    int rc = -1;

    if (x->secrets->count == 0)
        return 0;
    if (col_mask_add(&m, a->body.data, a->body.len, e) == 0 && col_mask_end(&m, e) == 0) {
        if (m.kept.len != a->body.len || (m.kept.len > 0 && memcmp(m.kept.data, a->body.data, m.kept.len) != 0)) {
            buf_clear(&a->body);
            a->failure = "secret";
            a->status = 0;
            a->content_type[0] = '\0';
        }
        rc = 0;
    }
    col_mask_release(&m);
    return rc;
}

static int write_exchange(struct col_context *c, const char *folder, const struct col_http_answer *a,
                          const struct seen *seen, const struct col_record_result *around, struct err *e)
{
    char name[FILE_PATH_MAX];
    struct jv *doc;

    if (file_join(name, folder, "response", e) != 0 ||
        col_rundir_write(&c->dir, name, a->body.data, a->body.len, e) != 0 ||
        file_join(name, folder, "exchange.json", e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "content_type", jv_string(a->failure == NULL ? a->content_type : NULL));
    jv_set(doc, "failure", jv_string(a->failure));
    jv_set(doc, "finished_at", jv_string(around->finished_at));
    jv_set(doc, "schema", jv_string("dryproof.exchange/1"));
    jv_set(doc, "seen", !seen->is_there ? jv_null()
                        : jv_set(jv_set(jv_object(), "database", jv_string(seen->database)), "user", jv_string(seen->user)));
    jv_set(doc, "started_at", jv_string(around->started_at));
    jv_set(doc, "status", a->failure == NULL ? jv_int(a->status) : jv_null());
    return col_rundir_json(&c->dir, name, doc, e);
}

static int ask(struct col_context *c, const char *path, const struct buf *data, struct col_http **open,
               struct col_http_answer *a, struct err *e)
{
    const struct col_executor *x = c->executor;
    const char *token = x->secrets->count > 0 ? jv_text(x->secrets->items[0]) : NULL;

    return col_http_ask(x->address, path, data, token, x->seconds, open, a, e) != 0 || withhold(x, a, e) != 0 ? -1 : 0;
}

/* The object that was answered with this status, or NULL. */
static struct jv *object_of(const struct col_http_answer *a, long status)
{
    struct jv *doc = NULL;
    struct err ignored;

    if (a->failure != NULL || a->status != status || strcmp(a->content_type, "application/json") != 0 ||
        jv_parse(a->body.data, a->body.len, &doc, &ignored) != 0)
        return NULL;
    if (jv_is(doc, JV_OBJECT))
        return doc;
    jv_free(doc);
    return NULL;
}

/* What /healthz and /selfcheck answer is judged by the verifier; here it decides who is asked. */
static bool is_ready(const struct col_context *c, const char *path, const struct col_http_answer *a)
{
    struct jv *doc = object_of(a, 200);
    const struct jv *dry = jv_get(doc, "dry_run_only");
    bool ok = strcmp(path, "/healthz") == 0
                  ? jv_text_is(jv_get(doc, "status"), "ok")
                  : jv_is(dry, JV_BOOL) && dry->truth && jv_equal(jv_get(doc, "database"), jv_get(c->identity, "database")) &&
                        jv_equal(jv_get(doc, "system_identifier"), jv_get(c->identity, "system_identifier"));

    jv_free(doc);
    return ok;
}

int col_executor_ask(struct col_context *c, struct err *e)
{
    static const char *const paths[] = {"/healthz", "/selfcheck"};
    struct jv *doc = jv_set(jv_set(jv_object(), "address", jv_string(c->executor->address)), "schema",
                            jv_string("dryproof.executor/1"));

    if (col_rundir_json(&c->dir, "executor.json", doc, e) != 0)
        return -1;
    c->executor->is_answering = true;
    for (size_t i = 0; i < 2 && c->executor->is_answering; i++) {
        struct col_http_answer a = {NULL, 0, "", buf_init(0)};
        struct col_record_result around;
        struct col_http *open = NULL;
        char folder[32];
        int rc;

        (void)snprintf(folder, sizeof folder, "executor%s", paths[i]);
        clock_now(around.started_at);
        rc = ask(c, paths[i], NULL, &open, &a, e);
        clock_now(around.finished_at);
        if (rc == 0)
            rc = write_exchange(c, folder, &a, &(struct seen){false, NULL, NULL}, &around, e);
        c->executor->is_answering = rc == 0 && is_ready(c, paths[i], &a);
        col_http_free(open);
        buf_release(&a.body);
        if (rc != 0)
            return -1;
    }
    return 0;
}

static bool has_members(const struct jv *v, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (jv_get(v, names[i]) == NULL)
            return false;
    return jv_is(v, JV_OBJECT) && v->count == n;
}

static bool is_text(const struct jv *v)
{
    return v != NULL && (jv_is(v, JV_NULL) || jv_text(v) != NULL);
}

static bool is_report(const struct jv *v)
{
    static const char *const names[] = {"detail", "hint", "message", "severity", "sqlstate"};
    bool ok = has_members(v, names, 5);

    for (size_t i = 0; ok && i < 5; i++)
        ok = is_text(jv_get(v, names[i]));
    return ok;
}

static bool is_value(const struct jv *v)
{
    struct buf bytes = buf_init(COL_MAX_EXECUTOR_ANSWER_BYTES);
    struct err ignored;
    bool ok = is_text(v);

    if (!ok && jv_is(v, JV_OBJECT) && v->count == 1 && jv_get_text(v, "b64") != NULL &&
        jv_value_bytes(v, &bytes, &ignored) == 0)
        ok = !jv_is_utf8(bytes.data, bytes.len);
    buf_release(&bytes);
    return ok;
}

static bool is_result(const struct jv *v)
{
    static const char *const names[] = {"columns", "command", "error", "notices", "rows"};
    const struct jv *columns = jv_get(v, "columns"), *error = jv_get(v, "error"), *notices = jv_get(v, "notices"),
                    *rows = jv_get(v, "rows");
    bool ok = has_members(v, names, 5) && jv_is(columns, JV_ARRAY) && is_text(jv_get(v, "command")) &&
              (jv_is(error, JV_NULL) || is_report(error)) && jv_is(notices, JV_ARRAY) && jv_is(rows, JV_ARRAY);

    for (size_t i = 0; ok && i < columns->count; i++)
        ok = jv_text(columns->items[i]) != NULL;
    for (size_t i = 0; ok && i < notices->count; i++)
        ok = is_report(notices->items[i]);
    for (size_t i = 0; ok && i < rows->count; i++) {
        ok = jv_is(rows->items[i], JV_ARRAY);
        for (size_t k = 0; ok && k < rows->items[i]->count; k++)
            ok = is_value(rows->items[i]->items[k]);
    }
    return ok;
}

static bool is_session(const struct jv *v)
{
    static const char *const names[] = {"backend_pid", "current_user", "end", "session_user", "transaction_time", "xid"};
    const struct jv *pid = jv_get(v, "backend_pid"), *xid = jv_get(v, "xid");
    const char *current = jv_get_text(v, "current_user"), *login = jv_get_text(v, "session_user"), *end = jv_get_text(v, "end");

    return has_members(v, names, 6) && jv_is(pid, JV_INT) && pid->number >= 0 && pid->number <= INT32_MAX &&
           current != NULL && *current != '\0' && login != NULL && *login != '\0' && end != NULL &&
           (strcmp(end, "COMMIT") == 0 || strcmp(end, "ROLLBACK") == 0) && col_form_is('t', jv_get_text(v, "transaction_time")) &&
           clock_us(jv_get_text(v, "transaction_time")) != 0 &&
           (jv_is(xid, JV_NULL) || (jv_text(xid) != NULL && col_form_is('n', jv_text(xid))));
}

/* What an answer says of an execution.  Another is a refusal or none, which the verifier tells
 * apart; either way nobody is asked again. */
static struct jv *execution_of(const struct col_http_answer *a, const char *correlation)
{
    static const char *const names[] = {"correlation_id", "result", "session"};
    struct jv *doc = object_of(a, 200);

    if (has_members(doc, names, 3) && jv_text_is(jv_get(doc, "correlation_id"), correlation) &&
        is_result(jv_get(doc, "result")) && is_session(jv_get(doc, "session")))
        return doc;
    jv_free(doc);
    return NULL;
}

/* The session stays while the connection that asked is open: so it is seen whose it is. */
static int look(struct col_context *c, const struct jv *session, struct jv **rows, struct seen *seen, struct err *e)
{
    char pid[24];
    struct jv *args;
    int rc;

    (void)snprintf(pid, sizeof pid, "%lld", (long long)jv_get(session, "backend_pid")->number);
    args = jv_add(jv_array(), jv_string(pid));
    rc = col_observe_rows(c->observer, sql_backend, args, rows, e);
    if (rc == 0)
        rc = col_form_check(*rows, 0, 1, "ss", "the executor's server process", e);
    jv_free(args);
    if (rc == 0 && (*rows)->count == 1)
        *seen = (struct seen){true, (*rows)->items[0]->items[0]->bytes, (*rows)->items[0]->items[1]->bytes};
    return rc;
}

static int request_of(const struct col_context *c, const struct col_executor_call *call, struct buf *out, struct err *e)
{
    char space[FILE_PATH_MAX];
    struct jv *doc = jv_object();
    int rc;

    (void)snprintf(space, sizeof space, "DRYRUN-NS:%s", call->correlation);
    jv_set(doc, "actor", jv_copy(jv_get(jv_get(c->plan.doc, "dispatch"), "actor")));
    jv_set(doc, "args", jv_copy(call->record->args));
    jv_set(doc, "correlation_id", jv_string(call->correlation));
    jv_set(doc, "dot_code", jv_copy(jv_get(call->step, "dot_code")));
    jv_set(doc, "endpoint", jv_string(call->endpoint));
    jv_set(doc, "idempotency_root", jv_string(c->run_id));
    jv_set(doc, "mode", jv_copy(jv_get(call->step, "mode")));
    jv_set(doc, "namespace", jv_string(space));
    jv_set(doc, "write_observation", jv_bool(false));
    rc = jv_document(doc, out, e);
    jv_free(doc);
    return rc;
}

/* Its session has ended, once the connection is closed; another's is none of ours to wait for. */
static int settle(struct col_context *c, const struct jv *session, const struct seen *seen, struct err *e)
{
    char pid[24];

    if (!seen->is_there || !jv_text_is(jv_get(c->step_role, "name"), seen->user))
        return 0;
    (void)snprintf(pid, sizeof pid, "%lld", (long long)jv_get(session, "backend_pid")->number);
    return col_observe_gone(c->observer, pid, e);
}

int col_executor_run(struct col_context *c, const struct col_executor_call *call, bool *is_executed,
                     struct col_record_result *out, struct err *e)
{
    struct col_http_answer a = {NULL, 0, "", buf_init(0)};
    struct buf request = buf_init(COL_MAX_EXECUTOR_ANSWER_BYTES);
    struct seen seen = {false, NULL, NULL};
    struct jv *doc = NULL, *rows = NULL;
    struct col_http *open = NULL;
    char name[FILE_PATH_MAX];
    int rc = -1;

    *is_executed = false;
    if (!c->executor->is_answering)
        return 0;
    if (request_of(c, call, &request, e) != 0 || file_join(name, call->folder, "request", e) != 0 ||
        col_rundir_write(&c->dir, name, request.data, request.len, e) != 0 ||
        col_observe_next_xid(c->observer, out->next_xid_before, e) != 0)
        goto out;
    clock_now(out->started_at);
    if (ask(c, "/dispatch", &request, &open, &a, e) != 0)
        goto out;
    doc = execution_of(&a, call->correlation);
    c->executor->is_answering = doc != NULL;
    if (doc != NULL && look(c, jv_get(doc, "session"), &rows, &seen, e) != 0)
        goto out;
    col_http_free(open);
    open = NULL;
    if (settle(c, jv_get(doc, "session"), &seen, e) != 0)
        goto out;
    clock_now(out->finished_at);
    if (col_observe_next_xid(c->observer, out->next_xid_after, e) != 0 ||
        write_exchange(c, call->folder, &a, &seen, out, e) != 0)
        goto out;
    *is_executed = doc != NULL;
    out->is_refused = doc != NULL && !jv_is(jv_get(jv_get(doc, "result"), "error"), JV_NULL);
    rc = 0;
    if (doc != NULL && col_record_request(c, call->record, e) != 0)
        rc = -1;
    else if (doc != NULL)
        rc = col_record_publish(c, call->record->folder, jv_copy(jv_get(doc, "result")), jv_copy(jv_get(doc, "session")), out, e);
out:
    if (rc != 0)
        err_context(e, "%s", call->folder);
    col_http_free(open);
    buf_release(&a.body);
    buf_release(&request);
    jv_free(doc);
    jv_free(rows);
    return rc;
}
