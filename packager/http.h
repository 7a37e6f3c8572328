/*
 * packager/http.h - one HTTP request at a time; http.c is the door to libcurl.
 *
 * Every answer is bounded in size and in time (schemas/limits.tsv), redirections are only told
 * of, never followed, and nothing is sent that the request does not name: no cookies, no .netrc,
 * no credentials in addresses.  TLS is that of libcurl, with SSL_CERT_FILE instead of the
 * system's authorities where it is set.
 */
#ifndef PACKAGER_HTTP_H
#define PACKAGER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/buf.h"

#define PKG_HTTP_URL_MAX 4096

/* What of an address is printed, as two arguments of "%.*s": never its query, which may be a
 * right to read or to write. */
#define PKG_HTTP_PLACE(url) (int)strcspn(url, "?#"), url

struct pkg_http;

/* Takes bytes as they come: 0, or -1 with *e to end the request. */
typedef int pkg_http_sink(void *to, const void *data, size_t len, struct err *e);

struct pkg_http_request {
    const char *method, *url;
    const char *accept, *content_type; /* or NULL */
    const char *user, *password;       /* Basic, or NULL */
    const char *token;                 /* Bearer, or NULL */
    const void *data;                  /* of a PUT or POST */
    size_t size;                       /* of either */
    bool is_plain;                     /* plain http to anybody: what comes back proves itself */
    long timeout_s;                    /* 0: MAX_REGISTRY_SECONDS */
    pkg_http_sink *sink;               /* of what comes with status 200; NULL: the answer's body */
    void *to;
};

struct pkg_http_answer {
    long status;
    struct buf body;
    char location[PKG_HTTP_URL_MAX]; /* "" where there is none, as below */
    char challenge[PKG_HTTP_URL_MAX];
};

/* pkg_http_new(out, e), pkg_http_free(h): a connection that is used again. */
int pkg_http_new(struct pkg_http **out, struct err *e) BASE_MUST_USE;
void pkg_http_free(struct pkg_http *h);

/*
 * pkg_http_is_loopback(url): http://localhost, 127.0.0.1 or [::1], the only hosts that may do
 * without TLS.
 */
bool pkg_http_is_loopback(const char *url);

/*
 * pkg_http_do(h, request, out, e): any status is an answer.  ERR_SYSTEM: no answer, in time or
 * at all; ERR_LIMIT: a longer one than MAX_REGISTRY_ANSWER_BYTES; what the sink says.
 * Ownership: pkg_http_answer_release().
 */
int pkg_http_do(struct pkg_http *h, const struct pkg_http_request *request, struct pkg_http_answer *out,
                struct err *e) BASE_MUST_USE;
void pkg_http_answer_release(struct pkg_http_answer *answer);

/* pkg_http_escape(h, text, out, e): append text as one value of a query. */
int pkg_http_escape(struct pkg_http *h, const char *text, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
