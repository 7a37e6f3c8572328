/*
 * tests/executor/executor.c - a small reference executor for a sandbox: POST /dispatch,
 * GET /healthz and /selfcheck on loopback, as FORMAT.md section 3 (executor) describes them.
 *
 *     executor CARRIER CONNINFO [PORT]
 *
 * It connects as the plan's step_role, calls the endpoint that the contract registers, in a
 * transaction and a session of its own, and keeps that session until who asked has closed the
 * connection.  It refuses, in this order: 400 what is no request; 409 a runtime that is not
 * dry-run-only; 403 REAL_RUN; 400 another mode, no correlation id, no contract, another endpoint
 * than its, a namespace outside DRYRUN-NS:; 409 a correlation id that it was given before.
 * One request at a time, one a connection.  DRYPROOF_EXECUTOR_TOKEN, where set, must be sent.
 */
#define _POSIX_C_SOURCE 200809L
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/plan.h"
#include "collector/pg.h"
#include "collector/record.h"

#define HEAD_MAX ((size_t)64 << 10)
#define BODY_MAX ((size_t)16 << 20)
#define WAIT_MS 10000
#define IDS_MAX 10000

struct executor {
    struct plan plan;
    struct jv *params;
    struct jv *ids; /* correlation ids that it was given */
    const char *token;
};

struct request {
    struct buf bytes;
    const char *body;
    size_t body_len;
    char method[8], path[64];
    bool is_allowed;
};

/* An answer, and the session that made it. */
struct answer {
    int status;
    struct jv *doc;
    struct col_pg *pg;
};

static const char *header(const struct request *r, const char *name)
{
    const char *p = r->bytes.data;

    while ((p = strstr(p, "\r\n")) != NULL && p < r->body) {
        p += 2;
        if (strncasecmp(p, name, strlen(name)) == 0 && p[strlen(name)] == ':')
            return p + strlen(name) + 1 + strspn(p + strlen(name) + 1, " \t");
    }
    return NULL;
}

/* More bytes within the time, until there are n of them. */
static int fill(int fd, struct buf *b, size_t n, struct err *e)
{
    char part[4096];

    while (b->len < n) {
        struct pollfd p = {fd, POLLIN, 0};
        ssize_t got = poll(&p, 1, WAIT_MS) == 1 ? read(fd, part, sizeof part) : -1;

        if (got <= 0)
            return err_set(e, ERR_SYSTEM, "the request ends too early, or comes too late");
        if (buf_add(b, part, (size_t)got, e) != 0)
            return -1;
        if (n == SIZE_MAX && strstr(b->data, "\r\n\r\n") != NULL)
            return 0;
    }
    return 0;
}

static int read_request(int fd, const struct executor *x, struct request *r, struct err *e)
{
    const char *end, *length, *sent;
    size_t head, want;

    r->bytes = buf_init(HEAD_MAX);
    if (fill(fd, &r->bytes, SIZE_MAX, e) != 0)
        return -1;
    end = strstr(r->bytes.data, "\r\n\r\n");
    head = (size_t)(end - r->bytes.data) + 4;
    r->body = r->bytes.data + head;
    if (sscanf(r->bytes.data, "%7[A-Z] %63[!-~] HTTP/1.1", r->method, r->path) != 2)
        return err_set(e, ERR_INPUT, "no request of HTTP/1.1");
    length = header(r, "Content-Length");
    want = length == NULL ? 0 : strtoul(length, NULL, 10);
    if (want > BODY_MAX)
        return err_set(e, ERR_LIMIT, "the request is too long");
    r->bytes.limit = head + BODY_MAX;
    if (fill(fd, &r->bytes, head + want, e) != 0)
        return -1;
    r->body = r->bytes.data + head;
    r->body_len = want;
    sent = header(r, "Authorization");
    r->is_allowed = x->token == NULL || (sent != NULL && strncmp(sent, "Bearer ", 7) == 0 &&
                                         strncmp(sent + 7, x->token, strlen(x->token)) == 0 &&
                                         sent[7 + strlen(x->token)] == '\r');
    return 0;
}

static int refuse(struct answer *a, int status, const char *correlation, const char *code, const char *message)
{
    jv_free(a->doc);
    a->status = status;
    a->doc = jv_set(jv_object(), "correlation_id", jv_string(correlation == NULL ? "" : correlation));
    jv_set(a->doc, "refusal", jv_set(jv_set(jv_object(), "code", jv_string(code)), "message", jv_string(message)));
    return 0;
}

/* One value of the plan's relation by the plan's column; *value is NULL when there is not one. */
static int look_up(struct executor *x, struct col_pg *pg, const char *owner, const char *key_member,
                   const char *value_member, const char *key, struct jv **rows, const char **value, struct err *e)
{
    const struct jv *in = jv_get(x->plan.doc, owner);
    struct buf sql = buf_init(4096);
    struct jv *args = jv_add(jv_array(), jv_string(key));
    int rc = -1;

    *value = NULL;
    if (buf_addf(&sql, e, "SELECT \"%s\"::pg_catalog.text FROM %s WHERE \"%s\" = $1::pg_catalog.text", jv_get_text(in, value_member),
                 jv_get_text(in, "relation"), jv_get_text(in, key_member)) == 0 &&
        col_pg_rows(pg, sql.data, args, rows, e) == 0) {
        *value = (*rows)->count == 1 ? col_pg_text(*rows, 0, 0) : NULL;
        rc = 0;
    }
    jv_free(args);
    buf_release(&sql);
    return rc;
}

static int is_dry_run_only(struct executor *x, struct col_pg *pg, bool *is_dry, struct err *e)
{
    struct jv *rows = NULL;
    const char *value;

    if (look_up(x, pg, "gates", "key", "value", "dry_run_only", &rows, &value, e) != 0)
        return -1;
    *is_dry = value != NULL && strcmp(value, "true") == 0;
    jv_free(rows);
    return 0;
}

static bool is_request(const struct jv *v)
{
    static const char *const texts[] = {"actor", "correlation_id", "dot_code", "endpoint", "idempotency_root", "mode", "namespace"};
    const struct jv *args = jv_get(v, "args"), *observe = jv_get(v, "write_observation");
    bool ok = jv_is(v, JV_OBJECT) && v->count == 9 && jv_is(args, JV_ARRAY) && jv_is(observe, JV_BOOL) && !observe->truth;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ok = ok && jv_get_text(v, texts[i]) != NULL;
    for (size_t i = 0; ok && i < args->count; i++)
        ok = jv_is(args->items[i], JV_NULL) || jv_text(args->items[i]) != NULL;
    return ok;
}

/* Whether it refuses, in the documented order; a->doc is set then. */
static int judge(struct executor *x, const struct jv *q, struct answer *a, struct err *e)
{
    const char *id = jv_get_text(q, "correlation_id"), *mode = jv_get_text(q, "mode"), *endpoint;
    struct jv *rows = NULL;
    bool is_dry;
    int rc;

    if (is_dry_run_only(x, a->pg, &is_dry, e) != 0)
        return -1;
    if (!is_dry)
        return refuse(a, 409, id, "RUNTIME_NOT_DRY_RUN_ONLY", "dispatch refused: runtime is not dry-run-only");
    if (strcmp(mode, "REAL_RUN") == 0)
        return refuse(a, 403, id, "REAL_RUN_NOT_PERMITTED", "dispatch refused: REAL_RUN not permitted by this dispatcher");
    if (strcmp(mode, "PLAN_ONLY") != 0 && strcmp(mode, "VERIFY_ONLY") != 0 && strcmp(mode, "DRY_RUN") != 0)
        return refuse(a, 400, id, "INVALID_MODE", "dispatch refused: invalid mode");
    if (strspn(id, " \t\r\n") == strlen(id))
        return refuse(a, 400, id, "MISSING_CORRELATION_ID", "dispatch refused: missing correlation_id");
    if (look_up(x, a->pg, "contracts", "code", "endpoint", jv_get_text(q, "dot_code"), &rows, &endpoint, e) != 0)
        return -1;
    rc = endpoint == NULL ? refuse(a, 400, id, "NO_CONTRACT", "dispatch refused: no agent_api contract for this code")
         : strcmp(endpoint, jv_get_text(q, "endpoint")) != 0
             ? refuse(a, 400, id, "ENDPOINT_NOT_REGISTERED", "dispatch refused: the contract has another endpoint")
         : strncmp(jv_get_text(q, "namespace"), "DRYRUN-NS:", 10) != 0
             ? refuse(a, 400, id, "NAMESPACE_OUTSIDE_DRYRUN", "dispatch refused: namespace is not in DRYRUN-NS:")
         : jv_has_text(x->ids, id) || x->ids->count >= IDS_MAX
             ? refuse(a, 409, id, "ALREADY_DISPATCHED", "dispatch refused: this correlation id was given before")
             : 0;
    jv_free(rows);
    return rc;
}

static int dispatch(struct executor *x, const struct request *r, struct answer *a, struct err *e)
{
    struct buf sql = buf_init(BODY_MAX);
    struct jv *q = NULL, *result = NULL, *session = NULL;
    struct err ignored;
    int rc = -1;

    if (jv_parse(r->body, r->body_len, &q, &ignored) != 0 || !is_request(q)) {
        rc = refuse(a, 400, NULL, "MALFORMED_REQUEST", "dispatch refused: not a request");
        goto out;
    }
    if (col_pg_open(x->params, COL_PG_STEP, &a->pg, e) != 0 || judge(x, q, a, e) != 0)
        goto out;
    rc = 0;
    if (a->doc != NULL)
        goto out;
    rc = -1;
    jv_add(x->ids, jv_copy(jv_get(q, "correlation_id")));
    if (plan_statement(jv_get_text(q, "endpoint"), &sql, e) != 0 ||
        col_record_transact(a->pg, NULL, sql.data, jv_get(q, "args"), &result, &session, e) != 0)
        goto out;
    a->status = 200;
    a->doc = jv_set(jv_object(), "correlation_id", jv_copy(jv_get(q, "correlation_id")));
    jv_set(jv_set(a->doc, "result", result), "session", session);
    result = session = NULL;
    rc = 0;
out:
    buf_release(&sql);
    jv_free(q);
    jv_free(result);
    jv_free(session);
    return rc;
}

static int selfcheck(struct executor *x, struct answer *a, struct err *e)
{
    struct jv *rows = NULL;
    bool is_dry;
    int rc = -1;

    if (col_pg_open(x->params, COL_PG_STEP, &a->pg, e) == 0 && is_dry_run_only(x, a->pg, &is_dry, e) == 0 &&
        col_pg_rows(a->pg, "SELECT pg_catalog.current_database()::pg_catalog.text, system_identifier::pg_catalog.text "
                           "FROM pg_catalog.pg_control_system()", NULL, &rows, e) == 0) {
        a->status = 200;
        a->doc = jv_set(jv_object(), "database", jv_string(col_pg_text(rows, 0, 0)));
        jv_set(jv_set(a->doc, "dry_run_only", jv_bool(is_dry)), "system_identifier", jv_string(col_pg_text(rows, 0, 1)));
        rc = 0;
    }
    jv_free(rows);
    return rc;
}

static int answer(struct executor *x, const struct request *r, struct answer *a, struct err *e)
{
    bool is_get = strcmp(r->method, "GET") == 0;

    if (!r->is_allowed)
        return refuse(a, 401, NULL, "NOT_AUTHENTICATED", "expected a bearer token");
    if (is_get && strcmp(r->path, "/healthz") == 0) {
        a->status = 200;
        a->doc = jv_set(jv_object(), "status", jv_string("ok"));
        return 0;
    }
    if (is_get && strcmp(r->path, "/selfcheck") == 0)
        return selfcheck(x, a, e);
    if (strcmp(r->method, "POST") == 0 && strcmp(r->path, "/dispatch") == 0)
        return dispatch(x, r, a, e);
    return refuse(a, 404, NULL, "NOT_FOUND", "there are /dispatch, /healthz and /selfcheck");
}

static int send_all(int fd, const struct buf *b)
{
    for (size_t at = 0; at < b->len;) {
        ssize_t n = send(fd, b->data + at, b->len - at, MSG_NOSIGNAL);

        if (n <= 0)
            return -1;
        at += (size_t)n;
    }
    return 0;
}

static void serve(int fd, struct executor *x)
{
    struct answer a = {0, NULL, NULL};
    struct request r = {.body = NULL};
    struct buf body = buf_init(0), all = buf_init(0);
    struct err e;
    char rest[256];
    struct pollfd p = {fd, POLLIN, 0};

    if (read_request(fd, x, &r, &e) != 0)
        (void)refuse(&a, 400, NULL, "MALFORMED_REQUEST", e.text);
    else if (answer(x, &r, &a, &e) != 0)
        (void)refuse(&a, 500, NULL, "FAILED", e.text);
    body.limit = all.limit = 2 * BODY_MAX;
    if (jv_document(a.doc, &body, &e) == 0 &&
        buf_addf(&all, &e, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", a.status,
                 a.status == 200 ? "OK" : "Refused", body.len) == 0 &&
        buf_add(&all, body.data, body.len, &e) == 0 && send_all(fd, &all) == 0)
        while (poll(&p, 1, WAIT_MS) == 1 && read(fd, rest, sizeof rest) > 0) /* until it is closed */
            ;
    col_pg_free(a.pg);
    jv_free(a.doc);
    buf_release(&r.bytes);
    buf_release(&body);
    buf_release(&all);
}

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        return -1;
    (void)printf("http://127.0.0.1:%u\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    struct executor x = {.params = NULL, .ids = jv_array(), .token = getenv("DRYPROOF_EXECUTOR_TOKEN")};
    struct err e;
    int fd;

    if (argc < 3 || argc > 4) {
        (void)fprintf(stderr, "usage: executor CARRIER CONNINFO [PORT]\n");
        return 2;
    }
    (void)unsetenv("PGOPTIONS");
    if (plan_load(argv[1], &x.plan, &e) != 0 ||
        col_pg_params(argv[2], jv_get_text(x.plan.doc, "step_role"), &x.params, &e) != 0) {
        (void)fprintf(stderr, "executor: %s\n", e.text);
        return err_exit_status(e.kind);
    }
    fd = listen_on(argc == 4 ? argv[3] : "0");
    if (fd < 0) {
        perror("executor");
        return 5;
    }
    for (;;) {
        int one = accept(fd, NULL, NULL);

        if (one < 0)
            continue;
        serve(one, &x);
        (void)close(one);
    }
}
