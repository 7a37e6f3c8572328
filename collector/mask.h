/*
 * collector/mask.h - a password out of a text that a server sent.
 */
#ifndef COLLECTOR_MASK_H
#define COLLECTOR_MASK_H

#include "base/err.h"

/* col_mask(text, secret, e): overwrite with '*', in place, every occurrence of the secret as
 * it is, in base64, in hex (either case) and as a URL writes it.  NULL and "" hide nothing. */
int col_mask(char *text, const char *secret, struct err *e) BASE_MUST_USE;

#endif
