/* collector/record.c - see collector/record.h. */
#include "collector/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collector/form.h"
#include "gen/sql_session.h"

/* What is read inside the transaction. */
struct session {
    struct jv *facts; /* one row of session.sql */
    struct jv *xid;   /* text or null */
    const char *end;
};

/* The record's transaction, less BEGIN. */
static int run_statement(struct col_pg *pg, struct col_pg *observer, const char *sql, const struct jv *args,
                         struct session *s, struct col_pg_result *result, struct err *e)
{
    struct col_pg_result commit;
    struct jv *rows = NULL;

    if (col_pg_rows(pg, sql_session, NULL, &s->facts, e) != 0 ||
        col_form_check(s->facts, 1, 1, "isst", "session", e) != 0 ||
        (observer != NULL && col_observe_same_server(observer, col_pg_text(s->facts, 0, 0), e) != 0))
        return -1;
    jv_free(col_pg_take_notices(pg)); /* none of the statement's */
    if (col_pg_query(pg, sql, args, result, e) != 0)
        return -1;
    s->end = result->error == NULL ? "COMMIT" : "ROLLBACK";
    if (result->error != NULL) {
        s->xid = jv_null();
        return col_pg_rows(pg, "ROLLBACK", NULL, NULL, e);
    }
    if (col_pg_rows(pg, COL_OBSERVE_XID, NULL, &rows, e) != 0)
        return -1;
    if (col_form_check(rows, 1, 1, "o", "transaction id", e) == 0)
        s->xid = jv_string(col_pg_text(rows, 0, 0));
    jv_free(rows);
    if (s->xid == NULL || (jv_text(s->xid) != NULL && !col_form_is('n', jv_text(s->xid))))
        return err_set(e, ERR_SYSTEM, "the server gave a transaction id of another form");
    if (col_pg_query(pg, "COMMIT", NULL, &commit, e) != 0)
        return -1;
    if (commit.error != NULL) { /* a deferred check: the statement failed after all */
        col_pg_result_release(result);
        *result = commit;
        s->end = "ROLLBACK";
        return 0;
    }
    col_pg_result_release(&commit);
    return 0;
}

int col_record_request(struct col_context *c, const struct col_record *record, struct err *e)
{
    const struct jv *role = record->kind == COL_PG_STEP ? c->step_role : c->observer_role;
    char name[FILE_PATH_MAX];
    char sha256[DIGEST_HEX];
    size_t len = strlen(record->sql);
    struct jv *doc;

    if (file_join(name, record->folder, "request.sql", e) != 0 ||
        col_rundir_write(&c->dir, name, record->sql, len, e) != 0 ||
        digest_hex(record->sql, len, sha256, e) != 0 ||
        file_join(name, record->folder, "request.json", e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "args", record->args == NULL ? jv_array() : jv_copy(record->args));
    jv_set(doc, "role", jv_copy(jv_get(role, "name")));
    jv_set(doc, "schema", jv_string("dryproof.request/1"));
    jv_set(doc, "statement_sha256", jv_string(sha256));
    return col_rundir_json(&c->dir, name, doc, e);
}

int col_record_transact(struct col_pg *pg, struct col_pg *observer, const char *sql, const struct jv *args,
                        struct jv **result, struct jv **session, struct err *e)
{
    struct col_pg_result r = {NULL, NULL, NULL, NULL};
    struct session s = {NULL, NULL, ""};
    const char *pid;
    int rc = -1;

    if (col_pg_rows(pg, "BEGIN", NULL, NULL, e) != 0 || run_statement(pg, observer, sql, args, &s, &r, e) != 0)
        goto out;
    pid = col_pg_text(s.facts, 0, 0);
    *session = jv_object();
    jv_set(*session, "backend_pid", jv_int(pid == NULL ? 0 : (int64_t)strtoll(pid, NULL, 10)));
    jv_set(*session, "current_user", jv_string(col_pg_text(s.facts, 0, 1)));
    jv_set(*session, "end", jv_string(s.end));
    jv_set(*session, "session_user", jv_string(col_pg_text(s.facts, 0, 2)));
    jv_set(*session, "transaction_time", jv_string(col_pg_text(s.facts, 0, 3)));
    jv_set(*session, "xid", s.xid);
    *result = jv_object();
    jv_set(*result, "columns", r.columns);
    jv_set(*result, "command", jv_string(r.error == NULL ? r.command : NULL));
    jv_set(*result, "error", r.error == NULL ? jv_null() : r.error);
    jv_set(*result, "notices", col_pg_take_notices(pg));
    jv_set(*result, "rows", r.rows);
    free(r.command);
    s.xid = NULL;
    r = (struct col_pg_result){NULL, NULL, NULL, NULL};
    rc = *result == NULL || *session == NULL || (*result)->is_broken || (*session)->is_broken ? err_no_memory(e) : 0;
out:
    col_pg_result_release(&r);
    jv_free(s.facts);
    jv_free(s.xid);
    return rc;
}

int col_record_publish(struct col_context *c, const char *folder, struct jv *result, struct jv *session,
                       const struct col_record_result *around, struct err *e)
{
    char name[FILE_PATH_MAX];

    if (file_join(name, folder, "result.json", e) != 0) {
        jv_free(result);
        jv_free(session);
        return -1;
    }
    jv_set(result, "schema", jv_string("dryproof.result/1"));
    if (col_rundir_json(&c->dir, name, result, e) != 0 || file_join(name, folder, "session.json", e) != 0) {
        jv_free(session);
        return -1;
    }
    jv_set(session, "finished_at", jv_string(around->finished_at));
    jv_set(session, "next_xid_after", jv_string(around->next_xid_after));
    jv_set(session, "next_xid_before", jv_string(around->next_xid_before));
    jv_set(session, "schema", jv_string("dryproof.session/1"));
    jv_set(session, "started_at", jv_string(around->started_at));
    return col_rundir_json(&c->dir, name, session, e);
}

int col_record_run(struct col_context *c, const struct col_record *record,
                   struct col_record_result *out, struct err *e)
{
    const struct jv *params = record->kind == COL_PG_STEP ? c->step_params : c->observer_params;
    struct jv *result = NULL, *session = NULL;
    struct col_pg *pg = NULL;
    char pid[24];
    int rc = -1;

    if (col_record_request(c, record, e) != 0 ||
        col_observe_next_xid(c->observer, out->next_xid_before, e) != 0 ||
        col_pg_open(params, record->kind, &pg, e) != 0)
        goto out;
    clock_now(out->started_at);
    if (col_record_transact(pg, c->observer, record->sql, record->args, &result, &session, e) != 0)
        goto out;
    clock_now(out->finished_at);
    col_pg_free(pg);
    pg = NULL;
    out->is_refused = !jv_is(jv_get(result, "error"), JV_NULL);
    if (record->kind == COL_PG_OBSERVER && !jv_is(jv_get(session, "xid"), JV_NULL)) {
        err_set(e, ERR_SYSTEM, "the observer was given a transaction id; it must never write");
        goto out;
    }
    (void)snprintf(pid, sizeof pid, "%lld", (long long)jv_get(session, "backend_pid")->number);
    if (col_observe_gone(c->observer, pid, e) != 0 ||
        col_observe_next_xid(c->observer, out->next_xid_after, e) != 0)
        goto out;
    rc = col_record_publish(c, record->folder, result, session, out, e);
    result = session = NULL;
out:
    if (rc != 0)
        err_context(e, "%s", record->folder);
    col_pg_free(pg);
    jv_free(result);
    jv_free(session);
    return rc;
}
