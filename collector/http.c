/* collector/http.c - see collector/http.h.  Only this file includes curl. */
#include "collector/http.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/limits.h"

#define HEAD_MAX ((size_t)64 << 10)
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

struct col_http {
    CURL *curl;
    struct curl_slist *headers;
};

/* What the callbacks of one request share. */
struct transfer {
    struct buf *body;
    size_t head;
    bool is_too_large, is_out_of_memory;
};

static bool is_loopback(const char *url)
{
    static const char *const hosts[] = {"http://localhost", "http://127.0.0.1", "http://[::1]"};

    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        size_t n = strlen(hosts[i]);

        if (strncmp(url, hosts[i], n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/'))
            return true;
    }
    return false;
}

int col_http_address(const char *text, char out[COL_HTTP_ADDRESS_MAX], struct err *e)
{
    size_t n = strlen(text);
    bool has_host = strncmp(text, "https://", 8) == 0 && strchr(LETTERS "[", text[8]) != NULL && text[8] != '\0';

    while (n > 0 && text[n - 1] == '/')
        n--;
    if ((!has_host && !is_loopback(text)) || n >= COL_HTTP_ADDRESS_MAX ||
        strspn(text, LETTERS "-._:/[]") != strlen(text))
        return err_set(e, ERR_USAGE, "--executor: expected https://HOST[:PORT][/PATH], or http:// to localhost, "
                                     "127.0.0.1 or [::1]; without user, query or fragment");
    memcpy(out, text, n);
    out[n] = '\0';
    return 0;
}

static size_t on_body(char *data, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    struct err e;

    n *= one;
    if (buf_add(t->body, data, n, &e) == 0)
        return n;
    t->is_too_large = e.kind == ERR_LIMIT;
    t->is_out_of_memory = !t->is_too_large;
    return 0;
}

static size_t on_head(char *data, size_t one, size_t n, void *context)
{
    struct transfer *t = context;

    (void)data;
    n *= one;
    t->head += n;
    t->is_too_large = t->head > HEAD_MAX;
    return t->is_too_large ? 0 : n;
}

static const char *failure_of(CURLcode code, const struct transfer *t)
{
    switch (code) {
    case CURLE_OK:
        return NULL;
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "no-connection";
    default:
        return t->is_too_large ? "too-large" : "broken";
    }
}

static void set_bounds(CURL *c, const char *url, long seconds)
{
    const char *authorities = getenv("SSL_CERT_FILE");

    (void)curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, is_loopback(url) ? "http" : "https");
    (void)curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(c, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    (void)curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    (void)curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)COL_MAX_CONNECT_SECONDS);
    (void)curl_easy_setopt(c, CURLOPT_TIMEOUT, seconds);
    (void)curl_easy_setopt(c, CURLOPT_USERAGENT, "dryproof/" DRYPROOF_VERSION);
    if (authorities != NULL && *authorities != '\0')
        (void)curl_easy_setopt(c, CURLOPT_CAINFO, authorities);
}

static int set_request(struct col_http *h, const struct buf *data, const char *token, struct err *e)
{
    static const char *const lines[] = {"Accept: application/json", "Expect:", "Content-Type: application/json"};

    for (size_t i = 0; i < (data == NULL ? 2 : 3); i++) {
        struct curl_slist *more = curl_slist_append(h->headers, lines[i]);

        if (more == NULL)
            return err_no_memory(e);
        h->headers = more;
    }
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, h->headers);
    if (data != NULL) {
        (void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)data->len);
        (void)curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, data->data);
    }
    if (token != NULL) {
        (void)curl_easy_setopt(h->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        (void)curl_easy_setopt(h->curl, CURLOPT_XOAUTH2_BEARER, token);
    }
    return 0;
}

static void keep_type(CURL *c, char out[COL_HTTP_TYPE_MAX])
{
    const char *type = NULL;
    size_t n;

    (void)curl_easy_getinfo(c, CURLINFO_CONTENT_TYPE, &type);
    n = type == NULL ? 0 : strcspn(type, "; \t");
    if (n >= COL_HTTP_TYPE_MAX || strspn(type == NULL ? "" : type, LETTERS "/.+-") < n)
        n = 0; /* no name of a type */
    for (size_t i = 0; i < n; i++)
        out[i] = (char)(type[i] >= 'A' && type[i] <= 'Z' ? type[i] + 32 : type[i]);
    out[n] = '\0';
}

int col_http_ask(const char *address, const char *path, const struct buf *data, const char *token,
                 long seconds, struct col_http **open, struct col_http_answer *out, struct err *e)
{
    struct col_http_answer answer = {NULL, 0, "", buf_init(COL_MAX_EXECUTOR_ANSWER_BYTES)};
    struct transfer t = {&answer.body, 0, false, false};
    struct col_http *h = calloc(1, sizeof *h);
    char url[COL_HTTP_ADDRESS_MAX + 32];

    if (h == NULL)
        return err_no_memory(e);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0 || (h->curl = curl_easy_init()) == NULL) {
        err_set(e, ERR_SYSTEM, "libcurl does not start");
        goto failed;
    }
    (void)snprintf(url, sizeof url, "%s%s", address, path);
    set_bounds(h->curl, url, seconds);
    if (set_request(h, data, token, e) != 0 || buf_add(&answer.body, "", 0, e) != 0)
        goto failed;
    (void)curl_easy_setopt(h->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(h->curl, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(h->curl, CURLOPT_WRITEDATA, &t);
    (void)curl_easy_setopt(h->curl, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(h->curl, CURLOPT_HEADERDATA, &t);
    answer.failure = failure_of(curl_easy_perform(h->curl), &t);
    if (t.is_out_of_memory) {
        err_no_memory(e);
        goto failed;
    }
    if (answer.failure == NULL) {
        (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &answer.status);
        keep_type(h->curl, answer.content_type);
    }
    *out = answer;
    *open = h;
    return 0;
failed:
    buf_release(&answer.body);
    col_http_free(h);
    return -1;
}

void col_http_free(struct col_http *h)
{
    if (h == NULL)
        return;
    curl_easy_cleanup(h->curl);
    curl_slist_free_all(h->headers);
    curl_global_cleanup();
    free(h);
}
