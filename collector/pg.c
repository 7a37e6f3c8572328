/* collector/pg.c - see collector/pg.h.  With collector/pg_wire.c the door to libpq: nobody else
 * includes it. */
#include "collector/pg.h"

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/form.h"
#include "collector/limits.h"
#include "collector/mask.h"
#include "collector/params.h"
#include "collector/pg_door.h"
#include "collector/pins.h"
#include "collector/sessions.h"
#include "collector/wait.h"

#define PARAMS_MAX 64
#define ARGS_MAX 64
#define VALUE_BYTES 32 /* counted for a value or a row beside its bytes */
#define TLS_TICK_MS 10 /* bytes that the TLS library holds back wake no poll() */

static int seconds_max = COL_MAX_STATEMENT_SECONDS; /* for all sessions of this process */

static _Atomic uint64_t received;

void col_pg_count_received(size_t bytes)
{
    atomic_fetch_add(&received, bytes);
}

uint64_t col_pg_received(void)
{
    return atomic_load(&received);
}

int col_pg_version(const struct col_pg *pg)
{
    return PQserverVersion(pg->conn);
}

void col_pg_timeout(int seconds)
{
    seconds_max = seconds;
}

void col_pg_patience(struct col_pg *pg, int seconds)
{
    pg->seconds = seconds;
}

/* How long an answer of this session may take, in all. */
static int patience(const struct col_pg *pg)
{
    return (pg->seconds > 0 ? pg->seconds : seconds_max) + COL_MAX_GRACE_SECONDS;
}

int col_pg_params(const char *conninfo, const char *user, struct jv **out, struct err *e)
{
    char *ignored = NULL; /* may quote a password: never printed */
    struct jv *params = jv_object();
    PQconninfoOption *list = PQconninfoParse(conninfo, &ignored);
    int rc = -1;

    PQfreemem(ignored);
    if (list == NULL) {
        err_set(e, ERR_USAGE, "not a connection string; expected KEY=VALUE ... or postgresql://...");
        goto out;
    }
    col_params_defaults(params);
    for (const PQconninfoOption *o = list; o->keyword != NULL; o++) {
        if (o->val != NULL && strstr(o->keyword, "password") != NULL) {
            err_set(e, ERR_USAGE, "a password in a connection string shows in the process list; "
                                  "use .pgpass, a service file or PGPASSWORD");
            goto out;
        }
        if (o->val != NULL)
            jv_set(params, o->keyword, jv_string(o->val));
    }
    col_params_override(params, user, seconds_max);
    if (params == NULL || params->is_broken) {
        err_no_memory(e);
        goto out;
    }
    *out = params;
    params = NULL;
    rc = 0;
out:
    jv_free(params);
    PQconninfoFree(list);
    return rc;
}

/* A server may echo the password it was sent; the message goes out without it. */
int col_pg_fail(const struct col_pg *pg, struct err *e, const char *what, const char *text)
{
    struct jv *secrets = jv_array();
    struct jv *masked;

    col_mask_secret(secrets, PQpass(pg->conn));
    masked = col_mask_text(secrets, text == NULL || *text == '\0' ? "no message" : text, e);
    if (pg->pid != 0 && PQstatus(pg->conn) != CONNECTION_OK) /* it was connected once */
        what = "the connection to the database was lost";
    if (masked != NULL)
        err_set(e, ERR_SYSTEM, "%s: %s", what, masked->bytes);
    jv_free(masked);
    jv_free(secrets);
    return -1;
}

static struct jv *field(const PGresult *res, int code)
{
    const char *text = PQresultErrorField(res, code);

    return jv_value(text, text == NULL ? 0 : strlen(text));
}

static struct jv *five_fields(const PGresult *res)
{
    struct jv *v = jv_object();

    jv_set(v, "detail", field(res, PG_DIAG_MESSAGE_DETAIL));
    jv_set(v, "hint", field(res, PG_DIAG_MESSAGE_HINT));
    jv_set(v, "message", field(res, PG_DIAG_MESSAGE_PRIMARY));
    jv_set(v, "severity", field(res, PG_DIAG_SEVERITY_NONLOCALIZED));
    jv_set(v, "sqlstate", field(res, PG_DIAG_SQLSTATE));
    return v;
}

static bool is_report(const PGresult *res, bool is_error)
{
    return col_form_is_report(PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED),
                              PQresultErrorField(res, PG_DIAG_SQLSTATE),
                              PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY), is_error);
}

static size_t report_bytes(const PGresult *res)
{
    static const int codes[] = {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_MESSAGE_PRIMARY};
    size_t n = 0;

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (PQresultErrorField(res, codes[i]) != NULL)
            n += strlen(PQresultErrorField(res, codes[i]));
    return n;
}

static void on_notice(void *context, const PGresult *res)
{
    struct col_pg *pg = context;

    if (!is_report(res, false))
        pg->is_garbled = true;
    pg->bytes += report_bytes(res);
    if (pg->notices == NULL)
        pg->notices = jv_array();
    if (pg->notices != NULL && pg->notices->count <= COL_MAX_NOTICES && pg->bytes <= COL_MAX_RESULT_BYTES)
        jv_add(pg->notices, five_fields(res));
}

struct jv *col_pg_take_notices(struct col_pg *pg)
{
    struct jv *taken = pg->notices == NULL ? jv_array() : pg->notices;

    pg->notices = NULL;
    return taken;
}

static int check_answer(const struct col_pg *pg, struct err *e)
{
    if (pg->is_garbled)
        return err_set(e, ERR_SYSTEM, "the server sent a message that is none of the protocol");
    if (pg->notices != NULL && pg->notices->count > COL_MAX_NOTICES)
        return err_set(e, ERR_LIMIT, "the statement sent more than %d notices", COL_MAX_NOTICES);
    if (pg->bytes > COL_MAX_RESULT_BYTES)
        return err_set(e, ERR_LIMIT, "the statement answered with more than %d bytes",
                       COL_MAX_RESULT_BYTES);
    return pg->notices != NULL && pg->notices->is_broken ? err_no_memory(e) : 0;
}

/* Send what is unsent, and wait for more of the answer. */
int col_pg_wait_input(struct col_pg *pg, struct err *e)
{
    int tick = PQsslInUse(pg->conn) ? TLS_TICK_MS : -1;
    int unsent = PQflush(pg->conn);
    PGnotify *event;

    if (unsent >= 0 && !col_wait_ready(PQsocket(pg->conn), unsent > 0, tick, pg->deadline))
        return err_set(e, ERR_SYSTEM, "no answer from the server: time-out after %d s", patience(pg));
    if (unsent < 0 || PQconsumeInput(pg->conn) == 0)
        return col_pg_fail(pg, e, "query failed", PQerrorMessage(pg->conn));
    while ((event = PQnotifies(pg->conn)) != NULL) /* nobody listens; they would pile up */
        PQfreemem(event);
    return check_answer(pg, e);
}

/* *res: the next result, NULL behind the last. */
int col_pg_next_result(struct col_pg *pg, PGresult **res, struct err *e)
{
    while (PQisBusy(pg->conn))
        if (col_pg_wait_input(pg, e) != 0)
            return -1;
    *res = PQgetResult(pg->conn);
    return 0;
}

/* Connect without PQconnectdb: its time-out ends no flood, and before the receiver is set a
 * notice would go to the terminal as it is. */
static int connect_within(struct col_pg *pg, const char *const *names, const char *const *values,
                          int seconds, struct err *e)
{
    int64_t deadline = col_wait_deadline(seconds);
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;

    pg->conn = PQconnectStartParams(names, values, 0);
    if (pg->conn == NULL)
        return err_no_memory(e);
    (void)PQsetNoticeReceiver(pg->conn, on_notice, pg);
    while (PQstatus(pg->conn) != CONNECTION_BAD && next != PGRES_POLLING_OK && next != PGRES_POLLING_FAILED) {
        if (!col_wait_ready(PQsocket(pg->conn), next == PGRES_POLLING_WRITING, -1, deadline))
            return err_set(e, ERR_SYSTEM, "cannot connect: time-out: no session after %d s", seconds);
        next = PQconnectPoll(pg->conn);
        if (check_answer(pg, e) != 0)
            return -1;
    }
    if (PQstatus(pg->conn) != CONNECTION_OK || PQsetnonblocking(pg->conn, 1) != 0)
        return col_pg_fail(pg, e, "cannot connect", PQerrorMessage(pg->conn));
    if (PQtransactionStatus(pg->conn) != PQTRANS_IDLE)
        return err_set(e, ERR_SYSTEM, "cannot connect: the session begins inside a transaction");
    return 0;
}

int col_pg_open(const struct jv *params, enum col_pg_kind kind, struct col_pg **out, struct err *e)
{
    const char *names[PARAMS_MAX + 1] = {NULL};
    const char *values[PARAMS_MAX + 1] = {NULL};
    char options[COL_PARAMS_OPTIONS];
    struct jv *pinned = NULL;
    const char *encoding;
    struct col_pg *pg;

    if (params->count > PARAMS_MAX)
        return err_set(e, ERR_INTERNAL, "more than %d connection parameters", PARAMS_MAX);
    col_params_options(params, kind == COL_PG_OBSERVER, options);
    for (size_t i = 0; i < params->count; i++) {
        names[i] = params->keys[i];
        values[i] = strcmp(names[i], "options") == 0 ? options : jv_text(params->items[i]);
    }
    pg = calloc(1, sizeof *pg);
    if (pg == NULL)
        return err_no_memory(e);
    pg->kind = kind;
    if (connect_within(pg, names, values, col_params_connect_seconds(params), e) != 0)
        goto fail;
    pg->pid = PQbackendPID(pg->conn);
    if (col_sessions_remember(pg->pid, e) != 0)
        goto fail;
    encoding = PQparameterStatus(pg->conn, "server_encoding");
    if (col_pins_set(pg, kind, encoding != NULL && strcmp(encoding, "SQL_ASCII") == 0, &pinned, e) != 0)
        goto fail;
    pg->pinned = pinned;
    *out = pg;
    return 0;
fail:
    col_pg_free(pg);
    return -1;
}

void col_pg_free(struct col_pg *pg)
{
    if (pg == NULL)
        return;
    col_sessions_forget(pg->pid);
    PQfinish(pg->conn);
    jv_free(pg->notices);
    jv_free(pg->pinned);
    free(pg);
}

const struct jv *col_pg_pinned(const struct col_pg *pg)
{
    return pg->pinned;
}

int col_pg_environment(const struct col_pg *pg, struct jv **out, struct err *e)
{
    static const char ours_or_the_users[] = "PGAPPNAME PGCLIENTENCODING PGCONNECT_TIMEOUT PGOPTIONS "
                                            "PGPASSWORD PGSERVICE";
    PQconninfoOption *list = PQconninfo(pg->conn);
    struct jv *v = jv_object();

    for (const PQconninfoOption *o = list; o != NULL && o->keyword != NULL; o++) {
        if (o->envvar == NULL || o->val == NULL || *o->val == '\0' ||
            strstr(ours_or_the_users, o->envvar) != NULL)
            continue;
        if (o->compiled == NULL || strcmp(o->val, o->compiled) != 0 || getenv(o->envvar) != NULL)
            jv_set(v, o->envvar, jv_string(o->val)); /* no default that nothing contradicts */
    }
    if (jv_get(v, "PGHOSTADDR") != NULL)
        jv_set(v, "PGHOSTADDR", jv_string(PQhostaddr(pg->conn))); /* of several, this one */
    jv_set(v, "PGHOST", jv_string(PQhost(pg->conn)));
    jv_set(v, "PGPORT", jv_string(PQport(pg->conn)));
    jv_set(jv_set(v, "PGUSER", jv_string(PQuser(pg->conn))), "PGDATABASE", jv_string(PQdb(pg->conn)));
    PQconninfoFree(list);
    if (list == NULL || v == NULL || v->is_broken) {
        jv_free(v);
        return err_no_memory(e);
    }
    *out = v;
    return 0;
}

const char *col_pg_secret(const struct col_pg *pg)
{
    return PQpass(pg->conn);
}

static void add_columns(struct col_pg *pg, const PGresult *res, struct col_pg_result *r)
{
    if (r->columns->count > 0)
        return;
    for (int c = 0; c < PQnfields(res); c++) {
        pg->bytes += strlen(PQfname(res, c));
        jv_add(r->columns, jv_value(PQfname(res, c), strlen(PQfname(res, c))));
    }
}

/* The one row of a result in single-row mode. */
static void add_row(struct col_pg *pg, const PGresult *res, struct col_pg_result *r)
{
    struct jv *row = jv_array();

    for (int c = 0; c < PQnfields(res); c++) {
        pg->bytes += VALUE_BYTES + (size_t)PQgetlength(res, 0, c);
        received += (uint64_t)PQgetlength(res, 0, c);
        jv_add(row, PQgetisnull(res, 0, c)
                        ? jv_null()
                        : jv_value(PQgetvalue(res, 0, c), (size_t)PQgetlength(res, 0, c)));
    }
    pg->bytes += VALUE_BYTES;
    jv_add(r->rows, row);
}

static void set_error(struct col_pg *pg, const PGresult *res, struct col_pg_result *r)
{
    jv_free(r->columns);
    jv_free(r->rows);
    r->columns = jv_array();
    r->rows = jv_array();
    r->error = five_fields(res);
    pg->bytes += report_bytes(res);
}

/* Add one result of libpq's to ours: a row each, then exactly one end. */
static int add_result(struct col_pg *pg, const PGresult *res, struct col_pg_result *r, struct err *e)
{
    ExecStatusType status = PQresultStatus(res);

    if (r->error != NULL || r->command != NULL)
        return col_pg_fail(pg, e, "the server answered twice", PQresultErrorMessage(res));
    if (status == PGRES_FATAL_ERROR) {
        if (!is_report(res, true))
            return col_pg_fail(pg, e, "query failed", PQresultErrorMessage(res));
        set_error(pg, res, r);
    } else if (status == PGRES_SINGLE_TUPLE) {
        add_columns(pg, res, r);
        add_row(pg, res, r);
    } else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        add_columns(pg, res, r);
        r->command = strdup(PQcmdStatus((PGresult *)res)); /* libpq only forgot the const */
        if (r->command == NULL)
            return err_no_memory(e);
    } else {
        return err_set(e, ERR_INPUT, "the statement is empty or a COPY; expected one query");
    }
    return check_answer(pg, e);
}

/* The server's own count of rows, its view of the transaction, and of an observer's settings. */
int col_pg_check_end(struct col_pg *pg, const char *sql, const char *command, struct err *e)
{
    PGTransactionStatusType expected = PQTRANS_IDLE;
    bool is_end = strcmp(sql, "COMMIT") == 0 || strcmp(sql, "ROLLBACK") == 0;

    if (is_end)
        pg->is_open = false;
    else if (command != NULL && strncmp(sql, "BEGIN", 5) == 0)
        pg->is_open = true;
    if (pg->is_open)
        expected = command == NULL ? PQTRANS_INERROR : PQTRANS_INTRANS;
    if (PQtransactionStatus(pg->conn) != expected)
        return err_set(e, ERR_SYSTEM, "the server's transaction is not in the state that it must have: "
                                      "%s; a statement must not end the transaction it runs in",
                       pg->is_open ? "expected an open one" : "expected none");
    if (is_end && command != NULL && strcmp(sql, command) != 0)
        return err_set(e, ERR_SYSTEM, "the server answered %s with %s", sql, command);
    for (size_t i = 0; pg->pinned != NULL && pg->kind == COL_PG_OBSERVER && i < pg->pinned->count; i++) {
        const char *now = PQparameterStatus(pg->conn, pg->pinned->keys[i]);

        if (now != NULL && !jv_text_is(pg->pinned->items[i], now))
            return err_set(e, ERR_SYSTEM, "unsafe session: setting %s became \"%s\"",
                           pg->pinned->keys[i], now);
    }
    return 0;
}

static int check_result(struct col_pg *pg, const char *sql, const struct col_pg_result *r,
                        struct err *e)
{
    char counted[32];

    if (r->error == NULL && (r->command == NULL || *r->command == '\0'))
        return col_pg_fail(pg, e, "the server's answer has no end", NULL);
    (void)snprintf(counted, sizeof counted, "SELECT %zu", r->rows->count);
    if (r->columns->count > 0 && r->command != NULL && strncmp(r->command, "SELECT ", 7) == 0 &&
        strcmp(r->command, counted) != 0)
        return err_set(e, ERR_SYSTEM, "the server sent %zu rows and counts another number", r->rows->count);
    if (r->rows->is_broken || r->columns->is_broken)
        return err_no_memory(e);
    return col_pg_check_end(pg, sql, r->command, e);
}

void col_pg_begin_wait(struct col_pg *pg)
{
    pg->deadline = col_wait_deadline(patience(pg));
    pg->bytes = 0;
}

static int begin_statement(struct col_pg *pg, const char *sql, const struct jv *args, struct err *e)
{
    const char *values[ARGS_MAX] = {NULL};
    size_t n = args == NULL ? 0 : args->count;

    if (n > ARGS_MAX)
        return err_set(e, ERR_LIMIT, "a statement with more than %d parameters", ARGS_MAX);
    if (args != NULL && args->is_broken)
        return err_no_memory(e);
    for (size_t i = 0; i < n; i++)
        values[i] = jv_text(args->items[i]);
    col_pg_begin_wait(pg);
    if (PQsendQueryParams(pg->conn, sql, (int)n, NULL, values, NULL, NULL, 0) == 0)
        return col_pg_fail(pg, e, "query failed", PQerrorMessage(pg->conn));
    return 0;
}

int col_pg_query(struct col_pg *pg, const char *sql, const struct jv *args,
                 struct col_pg_result *out, struct err *e)
{
    struct col_pg_result r = {jv_array(), jv_array(), NULL, NULL};
    PGresult *res = NULL;
    int rc = r.columns == NULL || r.rows == NULL ? err_no_memory(e) : begin_statement(pg, sql, args, e);

    if (rc == 0)
        (void)PQsetSingleRowMode(pg->conn); /* or libpq would keep whatever a server sends */
    while (rc == 0 && (rc = col_pg_next_result(pg, &res, e)) == 0 && res != NULL) {
        rc = add_result(pg, res, &r, e);
        PQclear(res);
    }
    if (rc == 0)
        rc = check_result(pg, sql, &r, e);
    else if (r.error != NULL && PQstatus(pg->conn) != CONNECTION_OK) /* the server's last words */
        col_pg_fail(pg, e, "query failed", jv_get_text(r.error, "message"));
    if (rc == 0) {
        *out = r;
        r = (struct col_pg_result){NULL, NULL, NULL, NULL};
    }
    col_pg_result_release(&r);
    return rc;
}

int col_pg_refusal(const struct col_pg *pg, const struct col_pg_result *r, struct err *e)
{
    return col_pg_fail(pg, e, "the server refused", jv_get_text(r->error, "message"));
}
