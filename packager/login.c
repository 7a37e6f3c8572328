/* packager/login.c - see packager/login.h. */
#include "packager/login.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/json.h"
#include "packager/key.h"
#include "packager/limits.h"

static const char *from_environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

/* The file must be ours alone, as it is when it is read. */
static int read_private(const char *path, struct buf *out, struct err *e)
{
    char chunk[4096];
    struct stat st;
    ssize_t n = 0;
    int rc = -1, fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_set(e, ERR_INPUT, "cannot open REGISTRY_AUTH_FILE %s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        err_set(e, ERR_INPUT, "REGISTRY_AUTH_FILE %s is not a regular file", path);
    else if ((st.st_mode & 077) != 0)
        err_set(e, ERR_INPUT, "REGISTRY_AUTH_FILE %s has mode %04o, others can read it; run: chmod 600", path,
                (unsigned int)(st.st_mode & 07777));
    else if (geteuid() != 0 && st.st_uid != geteuid())
        err_set(e, ERR_INPUT, "REGISTRY_AUTH_FILE %s belongs to user %lu, not to you", path, (unsigned long)st.st_uid);
    else
        rc = 0;
    while (rc == 0 && ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR)))
        if (n > 0)
            rc = buf_add(out, chunk, (size_t)n, e);
    if (rc == 0 && n < 0)
        rc = err_errno(e, errno, "cannot read %s", path);
    (void)close(fd);
    return rc;
}

/* "auths": {HOST: {"auth": base64 of USER:PASSWORD}} */
static int read_file(struct pkg_login *l, const char *path, struct err *e)
{
    struct buf text = buf_init(PKG_KEY_FILE_MAX), pair = buf_init(PKG_KEY_FILE_MAX);
    struct jv *doc = NULL;
    const char *auth, *colon;
    int rc = read_private(path, &text, e);

    if (rc == 0 && (rc = jv_parse(text.data == NULL ? "" : text.data, text.len, &doc, e)) != 0)
        err_set(e, ERR_INPUT, "REGISTRY_AUTH_FILE %s is no JSON", path); /* a parser quotes what it read */
    auth = jv_get_text(jv_get(jv_get(doc, "auths"), l->host), "auth");
    if (rc == 0 && auth != NULL) {
        struct err ignored;

        colon = base64_decode(auth, strlen(auth), &pair, &ignored) == 0 && pair.len > 0 ? strchr(pair.data, ':') : NULL;
        rc = colon == NULL ? err_set(e, ERR_INPUT, "REGISTRY_AUTH_FILE %s: auth of %s is not the base64 of USER:PASSWORD",
                                     path, l->host)
             : buf_add(&l->user, pair.data, (size_t)(colon - pair.data), e) != 0 ? -1
             : buf_adds(&l->password, colon + 1, e);
    }
    jv_free(doc);
    pkg_key_wipe(&pair);
    pkg_key_wipe(&text);
    return rc;
}

int pkg_login_open(const char *host, struct pkg_login *out, struct err *e)
{
    struct pkg_login l = {host, buf_init(PKG_KEY_FILE_MAX), buf_init(PKG_KEY_FILE_MAX), buf_init(PKG_KEY_FILE_MAX), false};
    const char *of = from_environment("DRYPROOF_REGISTRY"), *user = from_environment("DRYPROOF_REGISTRY_USER");
    const char *password = from_environment("DRYPROOF_REGISTRY_PASSWORD"), *file = from_environment("REGISTRY_AUTH_FILE");
    int rc = 0;

    if ((user != NULL || password != NULL) && (of == NULL || user == NULL || password == NULL))
        rc = err_set(e, ERR_INPUT, "DRYPROOF_REGISTRY (the host), DRYPROOF_REGISTRY_USER and DRYPROOF_REGISTRY_PASSWORD go together");
    else if (user != NULL && strcmp(of, host) == 0)
        rc = buf_adds(&l.user, user, e) != 0 ? -1 : buf_adds(&l.password, password, e);
    else if (file != NULL)
        rc = read_file(&l, file, e);
    if (rc == 0)
        *out = l;
    else
        pkg_login_release(&l);
    return rc;
}

void pkg_login_release(struct pkg_login *login)
{
    pkg_key_wipe(&login->user);
    pkg_key_wipe(&login->password);
    pkg_key_wipe(&login->token);
}

/* The value of NAME="..." in a challenge; 0 when there is none or it has an escape. */
static int parameter(const char *challenge, const char *name, char *out, size_t size)
{
    size_t n = strlen(name), len;

    for (const char *p = challenge; (p = strchr(p, '=')) != NULL; p++) {
        if ((size_t)(p - challenge) < n + 1 || strncasecmp(p - n, name, n) != 0 || p[1] != '"' ||
            (p[-(long)n - 1] != ' ' && p[-(long)n - 1] != ','))
            continue;
        len = strcspn(p + 2, "\"\\");
        if (p[2 + len] != '"' || len >= size)
            return 0;
        (void)snprintf(out, size, "%.*s", (int)len, p + 2);
        return 1;
    }
    return 0;
}

static int take_token(struct pkg_login *l, const struct pkg_http_answer *answer, struct err *e)
{
    struct err ignored;
    struct jv *doc = NULL;
    const char *token = NULL;
    int rc = -1;

    if (answer->status == 200 && jv_parse(answer->body.data, answer->body.len, &doc, &ignored) == 0) {
        token = jv_get_text(doc, "token");
        token = token != NULL ? token : jv_get_text(doc, "access_token");
    }
    if (token == NULL || *token == '\0' || strpbrk(token, "\r\n") != NULL)
        err_set(e, ERR_SYSTEM, "the token service of %s gave no token (status %ld); %s", l->host, answer->status,
                l->user.len > 0 ? "are the credentials right?" : "there are no credentials for this host");
    else
        rc = buf_adds(&l->token, token, e);
    jv_free(doc);
    return rc;
}

static int fetch_token(struct pkg_login *l, struct pkg_http *http, const char *url, const char *challenge, struct err *e)
{
    char realm[PKG_HTTP_URL_MAX], service[512] = "", scope[1024] = "";
    struct buf query = buf_init(PKG_HTTP_URL_MAX);
    struct pkg_http_request ask = {.method = "GET", .accept = "application/json"};
    struct pkg_http_answer answer;
    bool has_service = parameter(challenge, "service", service, sizeof service) == 1;
    bool has_scope = parameter(challenge, "scope", scope, sizeof scope) == 1;
    int rc = -1;

    if (parameter(challenge, "realm", realm, sizeof realm) == 0 || strchr(realm, '#') != NULL ||
        !(strncmp(realm, "https://", 8) == 0 || (pkg_http_is_loopback(realm) && pkg_http_is_loopback(url))))
        return err_set(e, ERR_SYSTEM, "%s sends us for a token to a place that is not https: nothing is sent there", l->host);
    if (buf_adds(&query, realm, e) != 0 || buf_adds(&query, strchr(realm, '?') == NULL ? "?" : "&", e) != 0 ||
        (has_service && (buf_adds(&query, "service=", e) != 0 || pkg_http_escape(http, service, &query, e) != 0)) ||
        (has_scope && (buf_adds(&query, has_service ? "&scope=" : "scope=", e) != 0 ||
                       pkg_http_escape(http, scope, &query, e) != 0)))
        goto out;
    ask.url = query.data;
    if (l->user.len > 0) {
        ask.user = l->user.data;
        ask.password = l->password.data;
    }
    if (pkg_http_do(http, &ask, &answer, e) != 0)
        goto out;
    pkg_key_wipe(&l->token);
    l->token = buf_init(PKG_KEY_FILE_MAX);
    rc = take_token(l, &answer, e);
    pkg_key_wipe(&answer.body);
    pkg_http_answer_release(&answer);
out:
    buf_release(&query);
    return rc;
}

int pkg_login_answer(struct pkg_login *login, struct pkg_http *http, const char *url, const char *challenge, struct err *e)
{
    if (strncasecmp(challenge, "Bearer ", 7) == 0)
        return fetch_token(login, http, url, challenge, e);
    if (strncasecmp(challenge, "Basic", 5) != 0)
        return err_set(e, ERR_SYSTEM, "%s asks for a login that is neither Basic nor Bearer", login->host);
    if (login->user.len == 0)
        return err_set(e, ERR_SYSTEM, "%s asks for a login; set DRYPROOF_REGISTRY, DRYPROOF_REGISTRY_USER and "
                       "DRYPROOF_REGISTRY_PASSWORD, or REGISTRY_AUTH_FILE", login->host);
    if (login->is_basic)
        return err_set(e, ERR_SYSTEM, "%s does not take the credentials that we have for it", login->host);
    login->is_basic = true;
    return 0;
}

void pkg_login_sign(const struct pkg_login *login, struct pkg_http_request *request)
{
    if (login->token.len > 0) {
        request->token = login->token.data;
    } else if (login->is_basic) {
        request->user = login->user.data;
        request->password = login->password.data;
    }
}
