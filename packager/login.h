/* packager/login.h - who we are to a registry: credentials from the environment, and what a
 * registry's challenge makes of them. */
#ifndef PACKAGER_LOGIN_H
#define PACKAGER_LOGIN_H

#include "packager/http.h"

struct pkg_login {
    const char *host;                  /* the caller's */
    struct buf user, password, token; /* token: of a Bearer challenge */
    bool is_basic;                    /* it asked for user and password themselves */
};

/* pkg_login_open(host, out, e): what the environment has for this host, maybe nothing.
 * ERR_INPUT: a file that others can read, or no such form.  Ownership: pkg_login_release(). */
int pkg_login_open(const char *host, struct pkg_login *out, struct err *e) BASE_MUST_USE;
void pkg_login_release(struct pkg_login *login);

/* pkg_login_answer(login, http, url, challenge, e): prepare for what url answered with 401.
 * ERR_SYSTEM when nothing fits, or it wants them sent somewhere without TLS. */
int pkg_login_answer(struct pkg_login *login, struct pkg_http *http, const char *url, const char *challenge, struct err *e)
    BASE_MUST_USE;

/* pkg_login_sign(login, request): put into a request what the last challenge asked for. */
void pkg_login_sign(const struct pkg_login *login, struct pkg_http_request *request);

#endif
