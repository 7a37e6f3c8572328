/* packager/registry.c - see packager/registry.h. */
#include "packager/registry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "packager/http.h"
#include "packager/limits.h"
#include "packager/login.h"

#define HOPS_MAX 3 /* redirections of one request */

struct pkg_registry {
    char host[PKG_REGISTRY_NAME], repository[PKG_REGISTRY_NAME];
    char origin[PKG_REGISTRY_NAME + 8]; /* https://HOST */
    struct pkg_http *http;
    struct pkg_login login;
    size_t puts;
};

/* ---- its name ---- */

static bool is_host(const char *host)
{
    const char *port = strrchr(host, ':');
    size_t n = port != NULL && strchr(port, ']') == NULL ? (size_t)(port - host) : strlen(host);

    if (host[n] == ':' && (host[n + 1] == '\0' || strspn(host + n + 1, "0123456789") != strlen(host + n + 1) ||
                           strlen(host + n + 1) > 5))
        return false;
    if (*host == '[')
        return n > 2 && strspn(host + 1, "0123456789abcdef:") == n - 2 && host[n - 1] == ']';
    return n > 0 && *host != '-' && *host != '.' &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == n;
}

static bool is_repository(const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    while (*name != '\0') {
        size_t n = strcspn(name, "/");

        if (n == 0 || strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != n || strchr(plain, name[0]) == NULL ||
            strchr(plain, name[n - 1]) == NULL)
            return false;
        name += n;
        if (*name == '/' && *++name == '\0')
            return false;
    }
    return true;
}

int pkg_registry_open(const char *reference, struct pkg_registry **out, struct err *e)
{
    struct pkg_registry *r = calloc(1, sizeof *r);
    size_t n = strcspn(reference, "/");

    if (r == NULL)
        return err_no_memory(e);
    if (n >= sizeof r->host || reference[n] != '/' || reference[n + 1] == '\0' ||
        strlen(reference + n + 1) >= sizeof r->repository) {
        err_set(e, ERR_USAGE, "%.300s is not HOST[:PORT]/REPOSITORY", reference);
        goto failed;
    }
    (void)snprintf(r->host, sizeof r->host, "%.*s", (int)n, reference);
    (void)snprintf(r->repository, sizeof r->repository, "%s", reference + n + 1);
    if (!is_host(r->host) || !is_repository(r->repository)) {
        err_set(e, ERR_USAGE, "%.300s is not HOST[:PORT]/REPOSITORY: small letters, digits and . _ - between slashes, "
                "no tag and no digest", reference);
        goto failed;
    }
    (void)snprintf(r->origin, sizeof r->origin, "http://%s", r->host);
    if (!pkg_http_is_loopback(r->origin))
        (void)snprintf(r->origin, sizeof r->origin, "https://%s", r->host);
    if (pkg_login_open(r->host, &r->login, e) != 0 || pkg_http_new(&r->http, e) != 0)
        goto failed;
    *out = r;
    return 0;
failed:
    pkg_registry_free(r);
    return -1;
}

void pkg_registry_free(struct pkg_registry *r)
{
    if (r == NULL)
        return;
    pkg_http_free(r->http);
    pkg_login_release(&r->login);
    free(r);
}

const char *pkg_registry_host(const struct pkg_registry *r)
{
    return r->host;
}

const char *pkg_registry_repository(const struct pkg_registry *r)
{
    return r->repository;
}

size_t pkg_registry_puts(const struct pkg_registry *r)
{
    return r->puts;
}

/* ---- one question ---- */

static bool is_same_origin(const struct pkg_registry *r, const char *url)
{
    size_t n = strlen(r->origin);

    return strncmp(url, r->origin, n) == 0 && url[n] == '/';
}

/* Its answer, behind a login and behind redirections of what is only read: these stay within
 * https, and another host gets no credentials. */
static int talk(struct pkg_registry *r, const struct pkg_http_request *request, struct pkg_http_answer *answer, struct err *e)
{
    bool is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0, asked = false;
    char url[PKG_HTTP_URL_MAX];

    (void)snprintf(url, sizeof url, "%s", request->url);
    for (int hops = 0;;) {
        struct pkg_http_request q = *request;

        q.url = url;
        if (is_same_origin(r, url))
            pkg_login_sign(&r->login, &q);
        if (pkg_http_do(r->http, &q, answer, e) != 0)
            return -1;
        if (answer->status == 401 && !asked && is_same_origin(r, url)) {
            asked = true;
            pkg_http_answer_release(answer);
            if (pkg_login_answer(&r->login, r->http, url, answer->challenge, e) != 0)
                return -1;
            continue;
        }
        if (answer->status < 300 || answer->status > 399 || !is_read)
            return 0;
        pkg_http_answer_release(answer);
        if (strncmp(url, "https://", 8) != 0 || strncmp(answer->location, "https://", 8) != 0 || hops++ == HOPS_MAX)
            return err_set(e, ERR_SYSTEM, "%s answers with a redirection that is not followed: to \"%.*s\"", r->host,
                           PKG_HTTP_PLACE(answer->location));
        (void)snprintf(url, sizeof url, "%s", answer->location);
    }
}

/* Another status than hoped for, with the registry's own code where it is one. */
static int refuse(const struct pkg_registry *r, struct pkg_http_answer *answer, const char *what, struct err *e)
{
    struct jv *doc = NULL;
    struct err ignored;
    const struct jv *errors = NULL;
    const char *code = NULL;

    if (answer->body.len > 0 && jv_parse(answer->body.data, answer->body.len, &doc, &ignored) == 0)
        errors = jv_get(doc, "errors");
    if (jv_is(errors, JV_ARRAY) && errors->count > 0)
        code = jv_get_text(errors->items[0], "code");
    if (code != NULL && strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != strlen(code))
        code = NULL;
    err_set(e, ERR_SYSTEM, "%s/%s: %s: status %ld%s%.60s%s", r->host, r->repository, what, answer->status,
            code != NULL ? " " : "", code != NULL ? code : "",
            answer->status == 401 || answer->status == 403 ? "; these credentials may not do that" : "");
    jv_free(doc);
    pkg_http_answer_release(answer);
    return -1;
}

static int address(const struct pkg_registry *r, const char *kind, const char *what, char url[PKG_HTTP_URL_MAX], struct err *e)
{
    return snprintf(url, PKG_HTTP_URL_MAX, "%s/v2/%s/%s%s", r->origin, r->repository, kind, what) < PKG_HTTP_URL_MAX
               ? 0 : err_set(e, ERR_USAGE, "the reference is too long");
}

/* ---- blobs ---- */

static int has_blob(struct pkg_registry *r, const char *sha256, bool *out, struct err *e)
{
    char url[PKG_HTTP_URL_MAX];
    struct pkg_http_request q = {.method = "HEAD", .url = url};
    struct pkg_http_answer answer;

    if (address(r, "blobs/sha256:", sha256, url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    *out = answer.status == 200;
    if (answer.status != 200 && answer.status != 404)
        return refuse(r, &answer, "asking for a blob", e);
    pkg_http_answer_release(&answer);
    return 0;
}

/* Where the registry wants the bytes: a place of its own. */
static int begin_upload(struct pkg_registry *r, const char *sha256, char url[PKG_HTTP_URL_MAX], struct err *e)
{
    struct pkg_http_request q = {.method = "POST", .url = url};
    struct pkg_http_answer answer;
    const char *to;
    int n;

    if (address(r, "blobs/uploads/", "", url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    if (answer.status != 202)
        return refuse(r, &answer, "beginning an upload", e);
    to = answer.location;
    pkg_http_answer_release(&answer);
    if (*to != '/' && !is_same_origin(r, to))
        return err_set(e, ERR_SYSTEM, "%s wants an upload at \"%.*s\", which is not its own place", r->host, PKG_HTTP_PLACE(to));
    n = snprintf(url, PKG_HTTP_URL_MAX, "%s%s%sdigest=sha256:%s", *to == '/' ? r->origin : "", to,
                 strchr(to, '?') == NULL ? "?" : "&", sha256);
    return n < PKG_HTTP_URL_MAX ? 0 : err_set(e, ERR_SYSTEM, "%s names too long a place for an upload", r->host);
}

int pkg_registry_put(struct pkg_registry *r, const struct pkg_registry_blob *blob, struct err *e)
{
    char url[PKG_HTTP_URL_MAX];
    struct pkg_http_request q = {.method = "PUT", .url = url, .content_type = "application/octet-stream",
                                 .data = blob->data, .size = blob->size};
    struct pkg_http_answer answer;
    bool has = false;

    if (has_blob(r, blob->sha256, &has, e) != 0)
        return -1;
    if (has)
        return 0;
    if (begin_upload(r, blob->sha256, url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    if (answer.status != 201)
        return refuse(r, &answer, "uploading a blob", e);
    pkg_http_answer_release(&answer);
    r->puts++;
    return 0;
}

/* What has come of a blob. */
struct arrival {
    struct digest *digest;
    size_t left;
    int fd;
};

static int arrive(void *to, const void *data, size_t len, struct err *e)
{
    struct arrival *a = to;

    if (len > a->left)
        return err_set(e, ERR_SYSTEM, "the registry sends more than the bytes of that digest");
    a->left -= len;
    if (digest_add(a->digest, data, len, e) != 0)
        return -1;
    for (const char *p = data; a->fd >= 0 && len > 0;) {
        ssize_t n = write(a->fd, p, len);

        if (n < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot write what the registry sends");
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int pkg_registry_get(struct pkg_registry *r, const char *sha256, size_t size, int fd, struct err *e)
{
    char url[PKG_HTTP_URL_MAX], hex[DIGEST_HEX];
    unsigned char raw[DIGEST_BYTES];
    struct arrival a = {NULL, size, fd};
    struct pkg_http_request q = {.method = "GET", .url = url, .sink = arrive, .to = &a};
    struct pkg_http_answer answer;
    int rc = -1;

    if (address(r, "blobs/sha256:", sha256, url, e) != 0 || digest_new(&a.digest, e) != 0)
        return -1;
    if (digest_begin(a.digest, e) != 0 || talk(r, &q, &answer, e) != 0)
        goto out;
    if (answer.status == 404) {
        pkg_http_answer_release(&answer);
        err_set(e, ERR_SYSTEM, "%s/%s does not have sha256:%s", r->host, r->repository, sha256);
        goto out;
    }
    if (answer.status != 200) {
        (void)refuse(r, &answer, "reading a blob", e);
        goto out;
    }
    pkg_http_answer_release(&answer);
    if (digest_end(a.digest, raw, e) != 0)
        goto out;
    digest_to_hex(raw, DIGEST_BYTES, hex);
    rc = a.left == 0 && strcmp(hex, sha256) == 0
             ? 0 : err_set(e, ERR_SYSTEM, "%s/%s gives other bytes for sha256:%s: theirs are sha256:%s", r->host, r->repository,
                           sha256, hex);
out:
    digest_free(a.digest);
    return rc;
}

/* ---- manifests ---- */

int pkg_registry_get_manifest(struct pkg_registry *r, const char *reference, const char *type, struct buf *out,
                              bool *found, struct err *e)
{
    char url[PKG_HTTP_URL_MAX];
    struct pkg_http_request q = {.method = "GET", .url = url, .accept = type};
    struct pkg_http_answer answer;
    int rc = 0;

    if (address(r, "manifests/", reference, url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    *found = answer.status == 200;
    if (answer.status != 200 && answer.status != 404)
        return refuse(r, &answer, "reading a manifest", e);
    if (*found)
        rc = buf_add(out, answer.body.data, answer.body.len, e);
    pkg_http_answer_release(&answer);
    return rc;
}

/* Whether these bytes stand there. */
static int has_manifest(struct pkg_registry *r, const char *reference, const char *type, const struct buf *bytes, bool *out,
                        struct err *e)
{
    struct buf there = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
    bool found = false;
    int rc = pkg_registry_get_manifest(r, reference, type, &there, &found, e);

    *out = rc == 0 && found && there.len == bytes->len && memcmp(there.data, bytes->data, there.len) == 0;
    buf_release(&there);
    return rc;
}

int pkg_registry_put_manifest(struct pkg_registry *r, const char *reference, const char *type, const struct buf *bytes,
                              struct err *e)
{
    char url[PKG_HTTP_URL_MAX];
    struct pkg_http_request q = {.method = "PUT", .url = url, .content_type = type, .data = bytes->data, .size = bytes->len};
    struct pkg_http_answer answer;
    bool is_there = false;

    if (has_manifest(r, reference, type, bytes, &is_there, e) != 0)
        return -1;
    if (is_there)
        return 0;
    if (address(r, "manifests/", reference, url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    if (answer.status != 201)
        return refuse(r, &answer, "writing a manifest", e);
    pkg_http_answer_release(&answer);
    r->puts++;
    if (has_manifest(r, reference, type, bytes, &is_there, e) != 0)
        return -1;
    return is_there ? 0 : err_set(e, ERR_SYSTEM, "%s/%s:%s is not what was written there a moment ago; somebody else writes there "
                                  "too, or the registry lies", r->host, r->repository, reference);
}

int pkg_registry_get_referrers(struct pkg_registry *r, const char *sha256, struct buf *out, bool *found, struct err *e)
{
    char url[PKG_HTTP_URL_MAX];
    struct pkg_http_request q = {.method = "GET", .url = url, .accept = PKG_REGISTRY_INDEX};
    struct pkg_http_answer answer;
    int rc = 0;

    if (address(r, "referrers/sha256:", sha256, url, e) != 0 || talk(r, &q, &answer, e) != 0)
        return -1;
    *found = answer.status == 200; /* a registry without such a list says so in many ways */
    if (*found)
        rc = buf_add(out, answer.body.data, answer.body.len, e);
    pkg_http_answer_release(&answer);
    return rc;
}
