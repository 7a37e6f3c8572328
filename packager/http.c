/* packager/http.c - see packager/http.h.  Only this file includes curl. */
#include "packager/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "packager/limits.h"

#define AT_A_TIME (256L << 10) /* bytes of a package; by itself libcurl takes 16 KiB */

struct pkg_http {
    CURL *curl;
};

/* What the callbacks of one request share. */
struct transfer {
    CURL *curl;
    const struct pkg_http_request *request;
    struct pkg_http_answer *answer;
    size_t sent;
    struct err *e;
    bool has_failed; /* *e is set */
};

int pkg_http_new(struct pkg_http **out, struct err *e)
{
    struct pkg_http *h = calloc(1, sizeof *h);

    if (h == NULL)
        return err_no_memory(e);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (h->curl = curl_easy_init()) == NULL) {
        free(h);
        return err_set(e, ERR_SYSTEM, "libcurl does not start");
    }
    *out = h;
    return 0;
}

void pkg_http_free(struct pkg_http *h)
{
    if (h == NULL)
        return;
    curl_easy_cleanup(h->curl);
    curl_global_cleanup();
    free(h);
}

bool pkg_http_is_loopback(const char *url)
{
    static const char *const hosts[] = {"http://localhost", "http://127.0.0.1", "http://[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        size_t n = strlen(hosts[i]);

        if (strncmp(url, hosts[i], n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/'))
            return true;
    }
    return false;
}

static size_t on_body(char *data, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    long status = 0;
    int rc;

    (void)one;
    (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    rc = status == 200 && t->request->sink != NULL ? t->request->sink(t->request->to, data, n, t->e)
                                                   : buf_add(&t->answer->body, data, n, t->e);
    t->has_failed = t->has_failed || rc != 0;
    return rc == 0 ? n : 0;
}

static size_t on_upload(char *to, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    size_t left = t->request->size - t->sent;

    n *= one;
    n = n < left ? n : left;
    if (n > 0)
        memcpy(to, (const char *)t->request->data + t->sent, n);
    t->sent += n;
    return n;
}

/* Sent again from its beginning where a connection that was kept turns out to be closed. */
static int on_rewind(void *context, curl_off_t at, int origin)
{
    struct transfer *t = context;

    if (origin != SEEK_SET || at < 0 || (size_t)at > t->request->size)
        return CURL_SEEKFUNC_FAIL;
    t->sent = (size_t)at;
    return CURL_SEEKFUNC_OK;
}

static void keep(char *to, size_t size, const char *value, size_t len)
{
    if (len < size && memchr(value, '\0', len) == NULL) {
        memcpy(to, value, len);
        to[len] = '\0';
    }
}

static size_t on_header(char *line, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    struct pkg_http_answer *a = t->answer;
    const struct {
        const char *name;
        char *to;
        size_t size;
    } known[] = {{"location:", a->location, sizeof a->location},
                 {"www-authenticate:", a->challenge, sizeof a->challenge}};

    n *= one;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t from = strlen(known[i].name), to = n;

        if (n < from || strncasecmp(line, known[i].name, from) != 0)
            continue;
        while (from < to && (line[from] == ' ' || line[from] == '\t'))
            from++;
        while (to > from && (line[to - 1] == '\r' || line[to - 1] == '\n' || line[to - 1] == ' '))
            to--;
        keep(known[i].to, known[i].size, line + from, to - from);
    }
    return n;
}

static int add_header(struct curl_slist **list, const char *name, const char *value, struct err *e)
{
    struct buf line = buf_init(PKG_HTTP_URL_MAX);
    struct curl_slist *more = NULL;

    if (value == NULL)
        return 0;
    if (buf_addf(&line, e, "%s: %s", name, value) == 0 && (more = curl_slist_append(*list, line.data)) == NULL)
        err_no_memory(e);
    buf_release(&line);
    if (more != NULL)
        *list = more;
    return more != NULL ? 0 : -1;
}

/* What holds for every request, whatever it asks. */
static void set_bounds(CURL *c, const struct pkg_http_request *r)
{
    bool is_loopback = pkg_http_is_loopback(r->url);
    const char *authorities = getenv("SSL_CERT_FILE");

    curl_easy_reset(c);
    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, r->is_plain ? "http,https" : is_loopback ? "http" : "https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_BUFFERSIZE, AT_A_TIME);
    (void)curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, AT_A_TIME);
    (void)curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)PKG_MAX_CONNECT_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, r->timeout_s > 0 ? r->timeout_s : (long)PKG_MAX_REGISTRY_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)PKG_MAX_REGISTRY_STALL_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "dryproof/" DRYPROOF_VERSION);
    if (authorities != NULL && *authorities != '\0')
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
    if (is_loopback) /* a proxy is somewhere else */
        (void)curl_easy_setopt(c, CURLOPT_NOPROXY, "*");
}

static void set_request(CURL *c, struct transfer *t, struct curl_slist *headers, char *why)
{
    const struct pkg_http_request *r = t->request;

    set_bounds(c, r);
    (void)curl_easy_setopt(c, CURLOPT_URL, r->url);
    (void)curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    (void)curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    (void)curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    if (strcmp(r->method, "HEAD") == 0) {
        (void)curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    } else if (strcmp(r->method, "PUT") == 0) {
        (void)curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        (void)curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload);
        (void)curl_easy_setopt(c, CURLOPT_READDATA, t);
        (void)curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_rewind);
        (void)curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
        (void)curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)r->size);
    } else if (strcmp(r->method, "POST") == 0) {
        (void)curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->data != NULL ? r->data : "");
        (void)curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->size);
    }
    if (r->token != NULL) {
        (void)curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        (void)curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, r->token);
    } else if (r->user != NULL && r->password != NULL) {
        (void)curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        (void)curl_easy_setopt(c, CURLOPT_USERNAME, r->user);
        (void)curl_easy_setopt(c, CURLOPT_PASSWORD, r->password);
    }
}

int pkg_http_do(struct pkg_http *h, const struct pkg_http_request *request, struct pkg_http_answer *out,
                struct err *e)
{
    struct pkg_http_answer answer = {.status = 0, .body = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES)};
    struct transfer t = {.curl = h->curl, .request = request, .answer = &answer, .e = e};
    struct curl_slist *headers = NULL;
    char why[CURL_ERROR_SIZE] = "";
    CURLcode code;
    int rc = -1;

    if (add_header(&headers, "Accept", request->accept, e) != 0 ||
        add_header(&headers, "Content-Type", request->content_type, e) != 0)
        goto out;
    set_request(h->curl, &t, headers, why);
    code = curl_easy_perform(h->curl);
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        if (buf_add(&answer.body, "", 0, e) != 0)
            goto out;
        *out = answer;
        answer.body = buf_init(0);
        rc = 0;
    } else if (!t.has_failed) {
        err_set(e, ERR_SYSTEM, "no answer from %.*s: %s", PKG_HTTP_PLACE(request->url), why[0] != '\0' ? why : curl_easy_strerror(code));
    } else {
        err_context(e, "%.*s", PKG_HTTP_PLACE(request->url));
    }
out:
    curl_easy_reset(h->curl); /* it points to what ends here */
    curl_slist_free_all(headers);
    pkg_http_answer_release(&answer);
    return rc;
}

void pkg_http_answer_release(struct pkg_http_answer *answer)
{
    buf_release(&answer->body);
}

int pkg_http_escape(struct pkg_http *h, const char *text, struct buf *out, struct err *e)
{
    char *escaped = curl_easy_escape(h->curl, text, 0);
    int rc = escaped == NULL ? err_no_memory(e) : buf_adds(out, escaped, e);

    curl_free(escaped);
    return rc;
}
