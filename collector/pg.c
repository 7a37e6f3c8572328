/* collector/pg.c - see collector/pg.h.  The only file that includes libpq. */
#include "collector/pg.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "gen/sql_pin.h"
#include "gen/sql_pin_read.h"

#define NOTICES_MAX 10000
#define PARAMS_MAX 64
#define ARGS_MAX 64

struct col_pg {
    PGconn *conn;
    struct jv *notices;
    struct jv *pinned;
};

struct pin {
    const char *name;
    const char *value;
    bool is_observers;
};

/* Values are written the way the server reports them: they are compared. */
static const struct pin pins[] = {
    {"client_encoding", "UTF8", false},
    {"DateStyle", "ISO, YMD", false},
    {"IntervalStyle", "postgres", false},
    {"TimeZone", "UTC", false},
    {"extra_float_digits", "1", false},
    {"bytea_output", "hex", false},
    {"lc_monetary", "C", false},
    {"quote_all_identifiers", "off", false},
    {"search_path", "", false},
    {"standard_conforming_strings", "on", false},
    {"default_transaction_read_only", "on", true},
    {"row_security", "off", true},
};

const char *col_pg_pins(enum col_pg_kind kind, bool is_ascii, size_t i, const char **value)
{
    if (i >= sizeof pins / sizeof pins[0] || (pins[i].is_observers && kind != COL_PG_OBSERVER))
        return NULL;
    *value = i == 0 && is_ascii ? "SQL_ASCII" : pins[i].value;
    return pins[i].name;
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
    jv_set(params, "connect_timeout", jv_string("10"));
    for (const PQconninfoOption *o = list; o->keyword != NULL; o++) {
        if (o->val != NULL && strstr(o->keyword, "password") != NULL) {
            err_set(e, ERR_USAGE, "a password in a connection string shows in the process list; "
                                  "use .pgpass, a service file or PGPASSWORD");
            goto out;
        }
        if (o->val != NULL)
            jv_set(params, o->keyword, jv_string(o->val));
    }
    if (user != NULL)
        jv_set(params, "user", jv_string(user));
    jv_set(params, "application_name", jv_string("dryproof-collect"));
    jv_set(params, "client_encoding", jv_string("UTF8"));
    /* Not empty, or PGOPTIONS and a service's options would count; the time limits hold
     * from the first statement, and no name is looked up in a role's search_path. */
    jv_set(params, "options",
           jv_string("-c search_path= -c statement_timeout=1h -c lock_timeout=1min"));
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
static int fail(const struct col_pg *pg, struct err *e, const char *what, const char *text)
{
    const char *secret = PQpass(pg->conn);
    size_t n = secret == NULL ? 0 : strlen(secret);
    char *copy = strdup(text == NULL || *text == '\0' ? "no message" : text);
    char *at;

    if (copy == NULL)
        return err_no_memory(e);
    if (pg->pinned != NULL && PQstatus(pg->conn) != CONNECTION_OK) /* it was connected once */
        what = "the connection to the database was lost";
    for (at = copy; n > 0 && (at = strstr(at, secret)) != NULL; at += n)
        memset(at, '*', n);
    err_set(e, ERR_SYSTEM, "%s: %s", what, copy);
    free(copy);
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

static void on_notice(void *context, const PGresult *res)
{
    struct col_pg *pg = context;

    if (pg->notices == NULL)
        pg->notices = jv_array();
    if (pg->notices != NULL && pg->notices->count <= NOTICES_MAX)
        jv_add(pg->notices, five_fields(res));
}

struct jv *col_pg_take_notices(struct col_pg *pg)
{
    struct jv *taken = pg->notices == NULL ? jv_array() : pg->notices;

    pg->notices = NULL;
    return taken;
}

/* The names and values as two array literals; none of ours holds a quote or backslash. */
static int pin_args(const struct col_pg *pg, enum col_pg_kind kind, struct jv *args, struct err *e)
{
    const char *encoding = PQparameterStatus(pg->conn, "server_encoding");
    bool is_ascii = encoding != NULL && strcmp(encoding, "SQL_ASCII") == 0;
    struct buf names = buf_init(4096);
    struct buf values = buf_init(4096);
    const char *name;
    const char *value;
    int rc = -1;

    for (size_t i = 0; (name = col_pg_pins(kind, is_ascii, i, &value)) != NULL; i++)
        if (buf_addf(&names, e, "%s\"%s\"", i == 0 ? "{" : ",", name) != 0 ||
            buf_addf(&values, e, "%s\"%s\"", i == 0 ? "{" : ",", value) != 0)
            goto out;
    if (buf_adds(&names, "}", e) != 0 || buf_adds(&values, "}", e) != 0)
        goto out;
    jv_add(args, jv_string(names.data));
    jv_add(args, jv_string(values.data));
    rc = 0;
out:
    buf_release(&names);
    buf_release(&values);
    return rc;
}

static int pin_settings(struct col_pg *pg, enum col_pg_kind kind, struct err *e)
{
    struct jv *args = jv_array();
    struct jv *rows = NULL;
    int rc = -1;

    pg->pinned = jv_object();
    if (pin_args(pg, kind, args, e) != 0 || col_pg_rows(pg, sql_pin, args, NULL, e) != 0 ||
        col_pg_rows(pg, sql_pin_read, args, &rows, e) != 0)
        goto out;
    for (size_t i = 0; i < rows->count; i++) {
        const char *name = col_pg_text(rows, i, 0);
        const char *wanted = col_pg_text(rows, i, 1);
        const char *got = col_pg_text(rows, i, 2);

        if (name == NULL || wanted == NULL || got == NULL || strcmp(wanted, got) != 0) {
            err_set(e, ERR_SYSTEM, "unsafe session: setting %s reads back as \"%s\", expected \"%s\"",
                    name == NULL ? "?" : name, got == NULL ? "" : got, wanted == NULL ? "" : wanted);
            goto out;
        }
        jv_set(pg->pinned, name, jv_string(got));
    }
    rc = 0;
out:
    jv_free(args);
    jv_free(rows);
    return rc;
}

int col_pg_open(const struct jv *params, enum col_pg_kind kind, struct col_pg **out, struct err *e)
{
    const char *names[PARAMS_MAX + 1] = {NULL};
    const char *values[PARAMS_MAX + 1] = {NULL};
    struct col_pg *pg;

    if (params->count > PARAMS_MAX)
        return err_set(e, ERR_INTERNAL, "more than %d connection parameters", PARAMS_MAX);
    for (size_t i = 0; i < params->count; i++) {
        names[i] = params->keys[i];
        values[i] = jv_text(params->items[i]);
    }
    pg = calloc(1, sizeof *pg);
    if (pg == NULL)
        return err_no_memory(e);
    pg->conn = PQconnectdbParams(names, values, 0);
    if (PQstatus(pg->conn) != CONNECTION_OK) {
        fail(pg, e, "cannot connect", PQerrorMessage(pg->conn));
        col_pg_free(pg);
        return -1;
    }
    (void)PQsetNoticeReceiver(pg->conn, on_notice, pg);
    if (pin_settings(pg, kind, e) != 0) {
        col_pg_free(pg);
        return -1;
    }
    *out = pg;
    return 0;
}

void col_pg_free(struct col_pg *pg)
{
    if (pg == NULL)
        return;
    PQfinish(pg->conn);
    jv_free(pg->notices);
    jv_free(pg->pinned);
    free(pg);
}

const struct jv *col_pg_pinned(const struct col_pg *pg)
{
    return pg->pinned;
}

static struct jv *take_rows(const PGresult *res)
{
    struct jv *rows = jv_array();

    for (int r = 0; r < PQntuples(res); r++) {
        struct jv *row = jv_array();

        for (int c = 0; c < PQnfields(res); c++)
            jv_add(row, PQgetisnull(res, r, c)
                            ? jv_null()
                            : jv_value(PQgetvalue(res, r, c), (size_t)PQgetlength(res, r, c)));
        jv_add(rows, row);
    }
    return rows;
}

/* Turn a libpq result into ours. */
static int take_result(struct col_pg *pg, const PGresult *res, struct col_pg_result *r,
                       struct err *e)
{
    ExecStatusType status = PQresultStatus(res);

    r->columns = jv_array();
    r->rows = NULL;
    if (PQstatus(pg->conn) != CONNECTION_OK)
        return fail(pg, e, "query failed",
                    res == NULL ? PQerrorMessage(pg->conn) : PQresultErrorMessage(res));
    if (status == PGRES_FATAL_ERROR && PQresultErrorField(res, PG_DIAG_SQLSTATE) != NULL) {
        r->rows = jv_array();
        r->error = five_fields(res);
    } else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        for (int c = 0; c < PQnfields(res); c++)
            jv_add(r->columns, jv_value(PQfname(res, c), strlen(PQfname(res, c))));
        r->rows = take_rows(res);
        r->command = strdup(PQcmdStatus((PGresult *)res)); /* libpq only forgot the const */
        if (r->command == NULL)
            return err_no_memory(e);
    } else if (status == PGRES_FATAL_ERROR) {
        return fail(pg, e, "query failed", PQerrorMessage(pg->conn));
    } else {
        return err_set(e, ERR_INPUT, "the statement is empty or a COPY; expected one query");
    }
    if (pg->notices != NULL && pg->notices->count > NOTICES_MAX)
        return err_set(e, ERR_LIMIT, "the statement sent more than %d notices", NOTICES_MAX);
    return r->rows == NULL || r->rows->is_broken || r->columns == NULL ? err_no_memory(e) : 0;
}

int col_pg_query(struct col_pg *pg, const char *sql, const struct jv *args,
                 struct col_pg_result *out, struct err *e)
{
    const char *values[ARGS_MAX] = {NULL};
    struct col_pg_result r = {NULL, NULL, NULL, NULL};
    size_t n = args == NULL ? 0 : args->count;
    PGresult *res;
    int rc;

    if (n > ARGS_MAX)
        return err_set(e, ERR_LIMIT, "a statement with more than %d parameters", ARGS_MAX);
    if (args != NULL && args->is_broken)
        return err_no_memory(e);
    for (size_t i = 0; i < n; i++)
        values[i] = jv_text(args->items[i]);
    res = PQexecParams(pg->conn, sql, (int)n, NULL, values, NULL, NULL, 0);
    rc = take_result(pg, res, &r, e);
    PQclear(res);
    if (rc == 0) {
        *out = r;
        r = (struct col_pg_result){NULL, NULL, NULL, NULL};
    }
    col_pg_result_release(&r);
    return rc;
}

void col_pg_result_release(struct col_pg_result *r)
{
    jv_free(r->columns);
    jv_free(r->rows);
    jv_free(r->error);
    free(r->command);
    *r = (struct col_pg_result){NULL, NULL, NULL, NULL};
}

int col_pg_rows(struct col_pg *pg, const char *sql, const struct jv *args, struct jv **rows,
                struct err *e)
{
    struct col_pg_result r;
    int rc = 0;

    if (col_pg_query(pg, sql, args, &r, e) != 0)
        return -1;
    if (r.error != NULL) {
        const char *message = jv_get_text(r.error, "message");

        rc = fail(pg, e, "the server refused", message);
    } else if (rows != NULL) {
        *rows = r.rows;
        r.rows = NULL;
    }
    col_pg_result_release(&r);
    return rc;
}

const char *col_pg_text(const struct jv *rows, size_t row, size_t column)
{
    if (!jv_is(rows, JV_ARRAY) || row >= rows->count || column >= rows->items[row]->count)
        return NULL;
    return jv_text(rows->items[row]->items[column]);
}

/* The end of a COPY: every line that the server counts must have arrived. */
static int copy_end(struct col_pg *pg, size_t lines, struct err *e)
{
    PGresult *res;
    int rc = 0;
    bool is_complete = false;

    while (rc == 0 && (res = PQgetResult(pg->conn)) != NULL) {
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            rc = fail(pg, e, "the server stopped sending rows", PQresultErrorMessage(res));
        else
            is_complete = strtoull(PQcmdTuples(res), NULL, 10) == lines;
        PQclear(res);
    }
    if (rc == 0 && !is_complete)
        rc = err_set(e, ERR_SYSTEM, "the server sent %zu rows and counts another number", lines);
    return rc;
}

int col_pg_copy(struct col_pg *pg, const char *sql,
                int (*on_line)(void *context, const char *line, size_t len, struct err *e),
                void *context, struct err *e)
{
    PGresult *res = PQexec(pg->conn, sql);
    const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    char *line = NULL;
    size_t lines = 0;
    int rc = 0;
    int n = -1;

    if (PQresultStatus(res) != PGRES_COPY_OUT)
        rc = fail(pg, e, "the server refused", message == NULL ? PQerrorMessage(pg->conn) : message);
    PQclear(res);
    while (rc == 0 && (n = PQgetCopyData(pg->conn, &line, 0)) > 0) {
        if (line[n - 1] != '\n')
            rc = err_set(e, ERR_SYSTEM, "the server sent a row without its end");
        else
            rc = on_line(context, line, (size_t)n - 1, e);
        PQfreemem(line);
        lines++;
    }
    if (rc == 0 && n == -2)
        rc = fail(pg, e, "the server stopped sending rows", PQerrorMessage(pg->conn));
    return rc == 0 ? copy_end(pg, lines, e) : rc;
}
