/*
 * collector/params.h - what a connection string does not decide.
 */
#ifndef COLLECTOR_PARAMS_H
#define COLLECTOR_PARAMS_H

#include "base/json.h"

#define COL_PARAMS_OPTIONS 512 /* bytes of the parameter options */

/* col_params_defaults(params): what holds where a connection string says nothing: a peer
 * that is gone is noticed. */
void col_params_defaults(struct jv *params);

/* col_params_override(params, user, seconds): what holds whatever it says: user unless NULL,
 * the name of the program, the encoding, and options. */
void col_params_override(struct jv *params, const char *user, int seconds);

/* col_params_options(params, is_observer, out): the options of one session. */
void col_params_options(const struct jv *params, bool is_observer, char out[COL_PARAMS_OPTIONS]);

/* col_params_connect_seconds(params): connect_timeout, or the published limit where it is
 * none: 0 would be for ever. */
int col_params_connect_seconds(const struct jv *params);

#endif
