/*
 * collector/http.h - one request to an executor; http.c is the collector's door to libcurl.
 *
 * Whatever an executor does is an answer or a named failure, never an error of ours: bounded in
 * bytes and in time, no redirection followed, no proxy, no cookie, no .netrc, https but on
 * loopback.  TLS is that of libcurl, with SSL_CERT_FILE instead of the system's authorities
 * where it is set.
 */
#ifndef COLLECTOR_HTTP_H
#define COLLECTOR_HTTP_H

#include "base/buf.h"

#define COL_HTTP_ADDRESS_MAX 256
#define COL_HTTP_TYPE_MAX 64

struct col_http; /* the connection of one request, open until it is freed */

struct col_http_answer {
    const char *failure;                  /* a word of FORMAT.md section 3, or NULL: it is whole */
    long status;                          /* 0 after a failure, as below */
    char content_type[COL_HTTP_TYPE_MAX]; /* lower case, without parameters; "" where there is none */
    struct buf body;                      /* what came, a failure's too */
};

/* col_http_address(text, out, e): where an executor is, without a slash at its end: http to
 * loopback or https, no user, query or fragment.  ERR_USAGE. */
int col_http_address(const char *text, char out[COL_HTTP_ADDRESS_MAX], struct err *e) BASE_MUST_USE;

/*
 * col_http_ask(address, path, data, token, seconds, open, out, e): GET, or POST of data as
 * application/json, with token as a Bearer's unless NULL.  The connection stays open in *open.
 * ERR_SYSTEM: libcurl or memory.  Ownership: buf_release(&out->body), col_http_free(*open).
 */
int col_http_ask(const char *address, const char *path, const struct buf *data, const char *token,
                 long seconds, struct col_http **open, struct col_http_answer *out, struct err *e)
    BASE_MUST_USE;
void col_http_free(struct col_http *h);

#endif
