/*
 * collector/content.h - one worker's reading: row lines in; out come their digests, and the
 * rows themselves where the plan captures them.  FORMAT.md sections 3 and 4.
 */
#ifndef COLLECTOR_CONTENT_H
#define COLLECTOR_CONTENT_H

#include "collector/digests.h"
#include "collector/redact.h"
#include "collector/tables.h"

struct col_line {
    char *data;
    size_t len;
};

struct col_content {
    const struct col_redact *redact;
    struct col_hand *hand;
    struct digest *hash;
    const struct col_table *table; /* the one being read */
    struct col_digests *digests;   /* its */
    bool is_redacted;
    bool is_kept;
    bool is_optional; /* kept as long as there is room: too many rows are no error */
    struct buf hidden; /* the current line, redacted */
    struct col_line *lines;
    size_t count;
    size_t cap;
    size_t kept_bytes;
    uint64_t bytes; /* of all lines since col_content_begin */
};

/* col_content_init(c, redact, hand, e).  Ownership: col_content_release(); redact and hand
 * stay the caller's. */
int col_content_init(struct col_content *c, const struct col_redact *redact,
                     struct col_hand *hand, struct err *e) BASE_MUST_USE;
void col_content_release(struct col_content *c);

enum col_keep { COL_KEEP_NONE, COL_KEEP_CAPTURED, COL_KEEP_SMALL };

/* col_content_begin(c, table, digests, keep): the next lines are this table's; its rows are
 * wanted never, when it is captured, or when they are few (MAX_KEPT_TABLE_BYTES). */
void col_content_begin(struct col_content *c, const struct col_table *table,
                       struct col_digests *digests, enum col_keep keep);

/* col_content_line(c, line, len, e): one row line.  ERR_LIMIT, ERR_SYSTEM. */
int col_content_line(struct col_content *c, const char *line, size_t len, struct err *e)
    BASE_MUST_USE;

/* col_content_rows(c, out, e): the kept rows as FORMAT.md's tables/NNNNNN.ndjson. */
int col_content_rows(struct col_content *c, struct buf *out, struct err *e) BASE_MUST_USE;

/* COL_CONTENT_BYTES: the limit of out. */
#define COL_CONTENT_BYTES ((size_t)1 << 30)

#endif
