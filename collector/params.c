/* collector/params.c - see collector/params.h. */
#include "collector/params.h"

#include <stdio.h>
#include <stdlib.h>

#include "collector/limits.h"

void col_params_defaults(struct jv *params)
{
    char seconds[16];

    (void)snprintf(seconds, sizeof seconds, "%d", COL_MAX_CONNECT_SECONDS);
    jv_set(params, "connect_timeout", jv_string(seconds));
    jv_set(params, "keepalives_count", jv_string("6"));
    jv_set(params, "keepalives_idle", jv_string("60"));
    jv_set(params, "keepalives_interval", jv_string("10"));
    jv_set(params, "tcp_user_timeout", jv_string("120000"));
}

void col_params_override(struct jv *params, const char *user, int seconds)
{
    char options[COL_PARAMS_OPTIONS];

    if (user != NULL)
        jv_set(params, "user", jv_string(user));
    jv_set(params, "application_name", jv_string("dryproof-collect"));
    jv_set(params, "client_encoding", jv_string("UTF8"));
    /* Not empty, or PGOPTIONS and a service's options would count; the time limits hold from
     * the first statement, no name is looked up in a role's search_path, and when we are
     * gone the server notices and ends what we began. */
    (void)snprintf(options, sizeof options,
                   "-c search_path= -c statement_timeout=%ds -c lock_timeout=1min "
                   "-c idle_in_transaction_session_timeout=1h -c tcp_keepalives_idle=60 "
                   "-c tcp_keepalives_interval=10 -c tcp_keepalives_count=6",
                   seconds);
    jv_set(params, "options", jv_string(options));
}

void col_params_options(const struct jv *params, bool is_observer, char out[COL_PARAMS_OPTIONS])
{
    /* An observer never writes, not even by what a login event trigger does. */
    (void)snprintf(out, COL_PARAMS_OPTIONS, "%s%s", jv_get_text(params, "options"),
                   is_observer ? " -c default_transaction_read_only=on -c row_security=off" : "");
}

int col_params_connect_seconds(const struct jv *params)
{
    const char *text = jv_get_text(params, "connect_timeout");
    long seconds = text == NULL ? 0 : strtol(text, NULL, 10);

    return seconds > 0 && seconds <= COL_MAX_STATEMENT_SECONDS ? (int)seconds
                                                               : COL_MAX_CONNECT_SECONDS;
}
