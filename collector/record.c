/* collector/record.c - see collector/record.h. */
#include "collector/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collector/form.h"
#include "gen/sql_session.h"

struct session {
    struct jv *facts; /* one row of session.sql */
    struct jv *xid;   /* text or null */
    const char *end;
    char started_at[CLOCK_TEXT];
    char finished_at[CLOCK_TEXT];
};

/* The record's transaction, less BEGIN. */
static int run_statement(struct col_context *c, struct col_pg *pg, const struct col_record *record,
                         struct session *s, struct col_pg_result *result, struct err *e)
{
    struct col_pg_result commit;
    struct jv *rows = NULL;

    if (col_pg_rows(pg, sql_session, NULL, &s->facts, e) != 0 ||
        col_form_check(s->facts, 1, 1, "isst", "session", e) != 0 ||
        col_observe_same_server(c->observer, col_pg_text(s->facts, 0, 0), e) != 0)
        return -1;
    jv_free(col_pg_take_notices(pg)); /* none of the statement's */
    if (col_pg_query(pg, record->sql, record->args, result, e) != 0)
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

static int write_request(struct col_context *c, const struct col_record *record, struct err *e)
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

static int write_result(struct col_context *c, const char *folder, struct col_pg_result *r,
                        struct jv *notices, struct err *e)
{
    char name[FILE_PATH_MAX];
    struct jv *doc = jv_object();

    jv_set(doc, "columns", r->columns);
    jv_set(doc, "command", jv_string(r->error == NULL ? r->command : NULL));
    jv_set(doc, "error", r->error == NULL ? jv_null() : r->error);
    jv_set(doc, "notices", notices);
    jv_set(doc, "rows", r->rows);
    jv_set(doc, "schema", jv_string("dryproof.result/1"));
    free(r->command);
    *r = (struct col_pg_result){NULL, NULL, NULL, NULL};
    if (file_join(name, folder, "result.json", e) != 0) {
        jv_free(doc);
        return -1;
    }
    return col_rundir_json(&c->dir, name, doc, e);
}

static int write_session(struct col_context *c, const char *folder, struct session *s,
                         const struct col_record_result *around, struct err *e)
{
    char name[FILE_PATH_MAX];
    const char *pid = col_pg_text(s->facts, 0, 0);
    struct jv *doc;

    if (file_join(name, folder, "session.json", e) != 0)
        return -1;
    doc = jv_object();
    jv_set(doc, "backend_pid", jv_int(pid == NULL ? 0 : (int64_t)strtoll(pid, NULL, 10)));
    jv_set(doc, "current_user", jv_string(col_pg_text(s->facts, 0, 1)));
    jv_set(doc, "end", jv_string(s->end));
    jv_set(doc, "finished_at", jv_string(s->finished_at));
    jv_set(doc, "next_xid_after", jv_string(around->next_xid_after));
    jv_set(doc, "next_xid_before", jv_string(around->next_xid_before));
    jv_set(doc, "schema", jv_string("dryproof.session/1"));
    jv_set(doc, "session_user", jv_string(col_pg_text(s->facts, 0, 2)));
    jv_set(doc, "started_at", jv_string(s->started_at));
    jv_set(doc, "transaction_time", jv_string(col_pg_text(s->facts, 0, 3)));
    jv_set(doc, "xid", jv_copy(s->xid));
    return col_rundir_json(&c->dir, name, doc, e);
}

int col_record_run(struct col_context *c, const struct col_record *record,
                   struct col_record_result *out, struct err *e)
{
    const struct jv *params = record->kind == COL_PG_STEP ? c->step_params : c->observer_params;
    struct col_pg_result result = {NULL, NULL, NULL, NULL};
    struct session s = {NULL, NULL, "", "", ""};
    struct jv *notices = NULL;
    struct col_pg *pg = NULL;
    int rc = -1;

    if (write_request(c, record, e) != 0 ||
        col_observe_next_xid(c->observer, out->next_xid_before, e) != 0 ||
        col_pg_open(params, record->kind, &pg, e) != 0)
        goto out;
    clock_now(s.started_at);
    if (col_pg_rows(pg, "BEGIN", NULL, NULL, e) != 0 ||
        run_statement(c, pg, record, &s, &result, e) != 0)
        goto out;
    clock_now(s.finished_at);
    notices = col_pg_take_notices(pg);
    col_pg_free(pg);
    pg = NULL;
    out->is_refused = result.error != NULL;
    if (record->kind == COL_PG_OBSERVER && !jv_is(s.xid, JV_NULL)) {
        err_set(e, ERR_SYSTEM, "the observer was given a transaction id; it must never write");
        goto out;
    }
    if (col_observe_gone(c->observer, col_pg_text(s.facts, 0, 0), e) != 0 ||
        col_observe_next_xid(c->observer, out->next_xid_after, e) != 0)
        goto out;
    rc = write_result(c, record->folder, &result, notices, e);
    notices = NULL;
    if (rc == 0)
        rc = write_session(c, record->folder, &s, out, e);
out:
    if (rc != 0)
        err_context(e, "%s", record->folder);
    col_pg_free(pg);
    col_pg_result_release(&result);
    jv_free(notices);
    jv_free(s.facts);
    jv_free(s.xid);
    return rc;
}
