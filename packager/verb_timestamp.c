/*
 * packager/verb_timestamp.c - timestamp: an authority says when the signatures of a stage, or of a
 * countersignature, were there (RFC 3161).  FORMAT.md section 8.  With --query and --token somebody
 * else may ask: this needs no network then.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "base/file.h"
#include "packager/http.h"
#include "packager/print.h"
#include "packager/stage.h"
#include "packager/stamp.h"
#include "packager/verbs.h"

#define TIMEOUT_S 30
#define TIMEOUT_MAX_S 600

struct job {
    struct pkg_stamps stamps;
    const char *tsa, *query, *tokens[PKG_STAMP_LINES];
    size_t token_count;
    long timeout_s;
};

static int take(void *to, const void *data, size_t len, struct err *e)
{
    struct buf *out = to;

    return len > out->limit - out->len ? err_set(e, ERR_SYSTEM, "the authority answers with more than %zu bytes", out->limit)
                                       : buf_add(out, data, len, e);
}

/* What comes back proves itself, so that plain http will do. */
static int post(const struct job *j, const struct buf *query, struct buf *out, struct err *e)
{
    const struct pkg_http_request request = {.method = "POST", .url = j->tsa, .accept = PKG_STAMP_REPLY,
                                             .content_type = PKG_STAMP_QUERY, .data = query->data, .size = query->len,
                                             .sink = take, .to = out, .is_plain = true, .timeout_s = j->timeout_s};
    size_t scheme = strncmp(j->tsa, "http://", 7) == 0 ? 7 : strncmp(j->tsa, "https://", 8) == 0 ? 8 : 0;
    struct pkg_http_answer answer = {.status = 0};
    struct pkg_http *http = NULL;
    int rc = -1;

    if (scheme == 0)
        return err_set(e, ERR_USAGE, "expected an address that begins with http:// or https://");
    if (memchr(j->tsa + scheme, '@', strcspn(j->tsa + scheme, "/")) != NULL)
        return err_set(e, ERR_USAGE, "expected an address without a user or password");
    if (pkg_http_new(&http, e) == 0 && pkg_http_do(http, &request, &answer, e) == 0)
        rc = answer.status == 200 ? 0 : err_set(e, ERR_SYSTEM, "the authority answers with HTTP status %ld, expected 200%s", answer.status,
                                                answer.status >= 300 && answer.status < 400
                                                    ? "; redirects are not followed, give the address where it is" : "");
    pkg_http_answer_release(&answer);
    pkg_http_free(http);
    return rc;
}

/* An answer of the authority that is wrong is its fault: ERR_SYSTEM, unlike a file's. */
static int ask(struct job *j, size_t i, struct err *e)
{
    const struct buf *sig = &j->stamps.signature[i];
    struct buf query = buf_init(PKG_STAMP_MAX), answer = buf_init(PKG_STAMP_MAX);
    bool is_over = false;
    int rc = -1;

    if (pkg_stamp_query(sig->data, sig->len, &query, e) == 0 &&
        post(j, &query, &answer, e) == 0 &&
        pkg_stamp_is_over(&answer, sig->data, sig->len, &is_over, e) == 0)
        rc = is_over ? pkg_stamp_add(&j->stamps, &answer, e)
                     : err_set(e, ERR_SYSTEM, "the authority's timestamp is over something else than what it was asked for");
    buf_release(&answer);
    buf_release(&query);
    return rc;
}

/* What was got is kept, also when the next one fails. */
static int ask_all(struct job *j, const char *path, struct err *e)
{
    for (size_t i = 0; i < j->stamps.count; i++)
        if (j->stamps.response[i].len == 0 && (ask(j, i, e) != 0 || pkg_stamp_write(&j->stamps, path, e) != 0))
            return err_context(e, "line %zu", i + 1);
    return 0;
}

static int write_queries(const struct job *j, struct err *e)
{
    char path[FILE_PATH_MAX];

    for (size_t i = 0; i < j->stamps.count; i++) {
        struct buf query = buf_init(PKG_STAMP_MAX);
        int rc = -1;

        if (j->stamps.response[i].len > 0)
            continue;
        if (snprintf(path, sizeof path, "%s.%zu.tsq", j->query, i + 1) >= (int)sizeof path)
            err_set(e, ERR_INPUT, "path too long: %s", j->query);
        else if (pkg_stamp_query(j->stamps.signature[i].data, j->stamps.signature[i].len, &query, e) == 0)
            rc = file_replace(path, query.data, query.len, 0644, e);
        buf_release(&query);
        if (rc != 0)
            return -1;
        (void)printf("%s\n", path);
    }
    return 0;
}

static int take_tokens(struct job *j, const char *path, struct err *e)
{
    for (size_t i = 0; i < j->token_count; i++) {
        struct buf response = buf_init(0);
        int rc = file_read(j->tokens[i], PKG_STAMP_MAX, &response, e);

        if (rc == 0)
            rc = pkg_stamp_add(&j->stamps, &response, e);
        buf_release(&response);
        if (rc != 0)
            return err_context(e, "%s", j->tokens[i]);
    }
    return pkg_stamp_write(&j->stamps, path, e);
}

/* A stage has a place for them; a countersignature's go where --out says. */
static int run(struct job *j, const char *what, const char *out, struct err *e)
{
    char attestations[FILE_PATH_MAX], path[FILE_PATH_MAX];
    struct pkg_stage stage = {.dir = ""};
    int rc;

    if (file_is_folder(what)) {
        if (out != NULL)
            return err_set(e, ERR_USAGE, "--out is for a file of attestations; a stage keeps its own " PKG_STAMP_FILE);
        if (pkg_stage_open(what, NULL, &stage, e) != 0)
            return -1;
        pkg_stage_release(&stage);
        if (file_join(attestations, what, PKG_STAGE_ATTESTATIONS, e) != 0 || file_join(path, what, PKG_STAMP_FILE, e) != 0)
            return -1;
    } else if (out == NULL && j->query == NULL) {
        return err_set(e, ERR_USAGE, "%s is no stage; for a file of attestations give --out FILE", what);
    } else {
        (void)snprintf(attestations, sizeof attestations, "%s", what);
        (void)snprintf(path, sizeof path, "%s", out == NULL ? "" : out);
    }
    if (pkg_stamp_open(attestations, path[0] == '\0' ? NULL : path, &j->stamps, e) != 0)
        return -1;
    rc = j->tsa != NULL ? ask_all(j, path, e) : j->query != NULL ? write_queries(j, e) : take_tokens(j, path, e);
    pkg_stamp_release(&j->stamps);
    return rc;
}

int pkg_verb_timestamp(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--tsa", "URL", false, "ask this authority, by http or https", NULL},
        {"--timeout", "SECONDS", false, "how long for each answer; 30", NULL},
        {"--query", "PREFIX", false, "write the requests to PREFIX.LINE.tsq instead", NULL},
        {"--token", "FILE", false, "an authority's answer to one of them; may be given again", NULL},
        {"--out", "FILE", false, "of a countersignature's file: where its timestamps go", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2];
    struct err e = {ERR_NONE, ""};
    struct job j = {.timeout_s = TIMEOUT_S};

    if (pkg_print_help(argc, argv, "timestamp STAGE_DIR", "have an authority say when its signatures were there (RFC 3161)",
                       options, n, "dryproof-pack timestamp stage --tsa https://tsa.example/"))
        return EXIT_HOLDS;
    if (cli_take_repeated(&argc, argv, "--token", j.tokens, PKG_STAMP_LINES, &j.token_count, &e) != 0 ||
        cli_parse(argc, argv, options, n, 1, operands, &e) != 0 ||
        (options[1].value != NULL && cli_number(options[1].value, TIMEOUT_MAX_S, "--timeout", &j.timeout_s, &e) != 0))
        return cli_fail(PKG_PROGRAM, &e);
    j.tsa = options[0].value;
    j.query = options[2].value;
    if (operands[0] == NULL)
        err_set(&e, ERR_USAGE, "timestamp needs a stage");
    else if ((j.tsa != NULL) + (j.query != NULL) + (j.token_count > 0) != 1)
        err_set(&e, ERR_USAGE, "give one of --tsa URL, --query PREFIX and --token FILE");
    else if (j.timeout_s == 0)
        err_set(&e, ERR_USAGE, "--timeout 0 would wait for ever");
    else if (run(&j, operands[0], options[4].value, &e) == 0)
        return EXIT_HOLDS;
    return cli_fail(PKG_PROGRAM, &e);
}
