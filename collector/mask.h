/*
 * collector/mask.h - secrets that must not reach evidence: where they are found, and how a
 * stream of bytes is kept without them.  FORMAT.md section 3, a bracket's command.
 *
 * A secret is met as it is, with any of its bytes percent-encoded (a space also as +), as
 * hex, and as base64 (standard or URL alphabet) at each of the three places it can begin
 * inside a longer base64 text; of less than four characters, hex and base64 do not count.
 */
#ifndef COLLECTOR_MASK_H
#define COLLECTOR_MASK_H

#include <stdbool.h>

#include "base/json.h"

#define COL_MASK_TEXT "[MASKED]"

/* col_mask_secret(secrets, text): add one to an array of strings; NULL and "" are none. */
void col_mask_secret(struct jv *secrets, const char *text);

/* col_mask_find(secrets, text): add the passwords that stand in text: scheme://user:HERE@ and
 * password=HERE, as they are and decoded. */
void col_mask_find(struct jv *secrets, const char *text);

struct col_mask {
    const struct jv *secrets; /* array of strings; outlives the mask */
    struct buf pending;       /* bytes that may begin a secret */
    struct buf kept;          /* masked, at most its limit */
    size_t bytes;             /* bytes that came in */
};

/* col_mask_init(secrets, limit): keep up to limit masked bytes. */
struct col_mask col_mask_init(const struct jv *secrets, size_t limit);
void col_mask_release(struct col_mask *m);

/* col_mask_add(m, data, len, e): the next bytes of the stream.  ERR_SYSTEM. */
int col_mask_add(struct col_mask *m, const char *data, size_t len, struct err *e) BASE_MUST_USE;
/* col_mask_end(m, e): the stream is over. */
int col_mask_end(struct col_mask *m, struct err *e) BASE_MUST_USE;

/* col_mask_text(secrets, text, e): text without secrets as a JSON string; NULL with *e set.
 * Ownership: jv_free(). */
struct jv *col_mask_text(const struct jv *secrets, const char *text, struct err *e);

#endif
