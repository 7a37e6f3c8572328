/*
 * collector/redact.h - the redaction key and redacted row lines (FORMAT.md section 3).
 * The key never leaves this file's struct; its id is an HMAC under it.
 */
#ifndef COLLECTOR_REDACT_H
#define COLLECTOR_REDACT_H

#include "base/digest.h"
#include "base/json.h"

struct col_redact {
    struct buf key;      /* empty: no key */
    char id[DIGEST_HEX]; /* "" without a key */
};

/* col_redact_load(path, out, e): read the key: a regular file of at least 32 bytes that
 * only its owner may read.  path NULL is no key.  ERR_INPUT, ERR_SYSTEM.
 * Ownership: col_redact_release(). */
int col_redact_load(const char *path, struct col_redact *out, struct err *e) BASE_MUST_USE;
void col_redact_release(struct col_redact *r);

/* col_redact_line(r, columns, redacted, line, len, out, e): append a row line with the
 * values of the redacted columns replaced by their HMAC; null stays null.  columns is an
 * array of [name, type], redacted one of names. */
int col_redact_line(const struct col_redact *r, const struct jv *columns,
                    const struct jv *redacted, const char *line, size_t len, struct buf *out,
                    struct err *e) BASE_MUST_USE;

#endif
