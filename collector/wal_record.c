/* collector/wal_record.c - see collector/wal_record.h. */
#define _GNU_SOURCE /* memmem */
#include "collector/wal_record.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_HEADER 24       /* of every page of WAL */
#define SEGMENT_HEADER 40    /* of the first page of a file */
#define GLOBAL_TABLESPACE 1664
#define DEFAULT_TABLESPACE 1663

/* A piece of a line; nothing is ever read behind its end. */
struct piece {
    const char *p;
    const char *end;
};

static bool starts(const struct piece *s, const char *text)
{
    size_t n = strlen(text);

    return (size_t)(s->end - s->p) >= n && memcmp(s->p, text, n) == 0;
}

static bool skip(struct piece *s, const char *text)
{
    if (!starts(s, text))
        return false;
    s->p += strlen(text);
    return true;
}

static bool skip_to(struct piece *s, const char *text)
{
    size_t n = strlen(text);
    const char *at = memmem(s->p, (size_t)(s->end - s->p), text, n);

    if (at == NULL)
        return false;
    s->p = at + n;
    return true;
}

static bool number(struct piece *s, uint32_t *out)
{
    uint64_t n = 0;
    const char *start = s->p;

    while (s->p < s->end && *s->p >= '0' && *s->p <= '9' && n <= UINT32_MAX)
        n = n * 10 + (uint64_t)(*s->p++ - '0');
    *out = (uint32_t)n;
    return s->p > start && n <= UINT32_MAX;
}

static bool hex(struct piece *s, uint32_t *out)
{
    static const char digits[] = "0123456789ABCDEF";
    uint32_t n = 0;
    const char *start = s->p;
    const char *d;

    while (s->p < s->end && s->p - start < 8 && *s->p != '\0' && (d = strchr(digits, *s->p)) != NULL) {
        n = n << 4 | (uint32_t)(d - digits);
        s->p++;
    }
    *out = n;
    return s->p > start;
}

static bool lsn(struct piece *s, uint64_t *out)
{
    uint32_t high, low;

    if (!hex(s, &high) || !skip(s, "/") || !hex(s, &low))
        return false;
    *out = (uint64_t)high << 32 | low;
    return true;
}

/* A name of PostgreSQL's: bytes up to end, printable. */
static bool name(struct piece *s, const char *end, char out[WAL_NAME_MAX])
{
    size_t n = (size_t)(end - s->p);

    if (n == 0 || n >= WAL_NAME_MAX)
        return false;
    for (size_t i = 0; i < n; i++)
        if (s->p[i] < ' ' || s->p[i] > '~')
            return false;
    memcpy(out, s->p, n);
    out[n] = '\0';
    s->p = end;
    return true;
}

int col_wal_lsn_parse(const char *text, uint64_t *out)
{
    struct piece s = {text, text == NULL ? NULL : text + strlen(text)};
    uint64_t got;

    if (text == NULL || !lsn(&s, &got) || s.p != s.end)
        return -1;
    *out = got;
    return 0;
}

void col_wal_lsn_print(uint64_t at, char out[WAL_LSN_TEXT])
{
    (void)snprintf(out, WAL_LSN_TEXT, "%" PRIX32 "/%" PRIX32, (uint32_t)(at >> 32), (uint32_t)at);
}

static bool add_database(struct wal_record *r, uint32_t database)
{
    size_t i = r->database_count;

    for (size_t k = 0; k < r->database_count; k++)
        if (r->databases[k] == database)
            return true;
    if (i == WAL_DATABASES_MAX)
        return false;
    for (; i > 0 && r->databases[i - 1] > database; i--)
        r->databases[i] = r->databases[i - 1];
    r->databases[i] = database;
    r->database_count++;
    return true;
}

int col_wal_relation_compare(const struct wal_relation *a, const struct wal_relation *b)
{
    if (a->database != b->database)
        return a->database < b->database ? -1 : 1;
    if (a->filenode != b->filenode)
        return a->filenode < b->filenode ? -1 : 1;
    return (a->tablespace > b->tablespace) - (a->tablespace < b->tablespace);
}

static bool add_relation(struct wal_record *r, const struct wal_relation *relation)
{
    size_t i = r->relation_count;

    for (size_t k = 0; k < r->relation_count; k++)
        if (col_wal_relation_compare(&r->relations[k], relation) == 0)
            return true;
    if (i == WAL_RELATIONS_MAX || !add_database(r, relation->database))
        return false;
    for (; i > 0 && col_wal_relation_compare(&r->relations[i - 1], relation) > 0; i--)
        r->relations[i] = r->relations[i - 1];
    r->relations[i] = *relation;
    r->relation_count++;
    return true;
}

/* "blkref #0: rel 1663/5/16390 ..." any number of times */
static bool take_blocks(struct piece s, struct wal_record *r)
{
    struct wal_relation relation;
    uint32_t number_of;

    while (skip_to(&s, "blkref #"))
        if (!number(&s, &number_of) || !skip(&s, ": rel ") || !number(&s, &relation.tablespace) ||
            !skip(&s, "/") || !number(&s, &relation.database) || !skip(&s, "/") ||
            !number(&s, &relation.filenode) || !add_relation(r, &relation))
            return false;
    return true;
}

/* "base/5/16401", "global/1262", "pg_tblspc/16500/PG_15_202209061/5/16401" */
static bool take_path(struct piece s, struct wal_record *r)
{
    struct wal_relation relation = {DEFAULT_TABLESPACE, 0, 0};

    if (skip(&s, "global/")) {
        relation.tablespace = GLOBAL_TABLESPACE;
    } else if (skip(&s, "base/")) {
        if (!number(&s, &relation.database) || !skip(&s, "/"))
            return false;
    } else if (!skip(&s, "pg_tblspc/") || !number(&s, &relation.tablespace) ||
               !skip(&s, "/PG_") || !skip_to(&s, "/") || !number(&s, &relation.database) ||
               !skip(&s, "/")) {
        return false;
    }
    return number(&s, &relation.filenode) && add_relation(r, &relation);
}

/* "xid 733 db 5 rel 16401 " any number of times */
static bool take_locks(struct piece s, struct wal_record *r)
{
    uint32_t database;

    while (skip_to(&s, " db "))
        if (!number(&s, &database) || !add_database(r, database))
            return false;
    return true;
}

static void take_subxids(struct piece s, struct wal_record *r)
{
    if (!skip_to(&s, "; subxacts: "))
        return;
    r->subxids = s.p;
    while (s.p < s.end && (*s.p == ' ' || (*s.p >= '0' && *s.p <= '9')))
        s.p++;
    r->subxids_len = (size_t)(s.p - r->subxids);
}

static bool take_description(struct piece s, struct wal_record *r)
{
    if (strcmp(r->rmgr, "Storage") == 0)
        return take_path(s, r);
    if (strcmp(r->rmgr, "Standby") == 0 && strcmp(r->type, "LOCK") == 0)
        return take_locks(s, r);
    if (strcmp(r->rmgr, "Transaction") == 0 &&
        (strncmp(r->type, "COMMIT", 6) == 0 || strncmp(r->type, "ABORT", 5) == 0))
        take_subxids(s, r);
    return true;
}

static void start(struct wal_record *r)
{
    r->relation_count = 0;
    r->database_count = 0;
    r->subxids = NULL;
    r->subxids_len = 0;
}

static bool tab(struct piece *s)
{
    return skip(s, "\t");
}

/* The bytes up to the next TAB or the end. */
static struct piece field(struct piece *s)
{
    const char *at = memchr(s->p, '\t', (size_t)(s->end - s->p));
    struct piece f = {s->p, at == NULL ? s->end : at};

    s->p = f.end;
    return f;
}

int col_wal_record_copy(const char *line, size_t len, struct wal_record *out, struct err *e)
{
    struct piece s = {line, line + len};
    struct piece f;

    start(out);
    if (!lsn(&s, &out->lsn) || !tab(&s) || !lsn(&s, &out->prev) || !tab(&s) ||
        !number(&s, &out->len) || !tab(&s) || !number(&s, &out->xid) || !tab(&s))
        goto bad;
    f = field(&s);
    if (!name(&f, f.end, out->rmgr) || !tab(&s))
        goto bad;
    f = field(&s);
    if (!name(&f, f.end, out->type) || !tab(&s))
        goto bad;
    f = field(&s);
    if (!take_blocks(f, out) || !tab(&s))
        goto bad;
    f = field(&s);
    if (s.p != s.end || !take_description(f, out))
        goto bad;
    return 0;
bad:
    return err_set(e, ERR_INPUT, "a WAL record of another form than expected: %.200s", line);
}

/* May what stands behind the type hold block references and nothing that a writer chose? */
static bool has_blocks(const struct wal_record *r)
{
    if (strcmp(r->rmgr, "XLOG") == 0)
        return strncmp(r->type, "FPI", 3) == 0;
    return strcmp(r->rmgr, "LogicalMessage") != 0 && strcmp(r->rmgr, "Transaction") != 0 &&
           strcmp(r->rmgr, "Tablespace") != 0;
}

/* rmgr: Heap        len (rec/tot):     61/    61, tx:        725, lsn: 0/01545530, prev
 * 0/01543898, desc: INSERT+INIT off 1 flags 0x00, blkref #0: rel 1663/5/16390 blk 0 */
static bool take_head(struct piece *s, struct wal_record *out)
{
    const char *end;
    uint32_t ignored;

    if (!skip(s, "rmgr: "))
        return false;
    end = memmem(s->p, (size_t)(s->end - s->p), " len (rec/tot): ", 16);
    if (end == NULL)
        return false;
    while (end > s->p && end[-1] == ' ')
        end--;
    if (!name(s, end, out->rmgr) || !skip_to(s, "len (rec/tot): "))
        return false;
    while (skip(s, " "))
        ;
    if (!number(s, &ignored) || !skip(s, "/"))
        return false;
    while (skip(s, " "))
        ;
    if (!number(s, &out->len) || !skip(s, ", tx: "))
        return false;
    while (skip(s, " "))
        ;
    return number(s, &out->xid) && skip(s, ", lsn: ") && lsn(s, &out->lsn) && skip(s, ", prev ") &&
           lsn(s, &out->prev) && skip(s, ", desc: ");
}

int col_wal_record_dump(const char *line, size_t len, struct wal_record *out, struct err *e)
{
    struct piece s = {line, line + len};
    const char *end;

    start(out);
    if (!take_head(&s, out))
        goto bad;
    end = memchr(s.p, ' ', (size_t)(s.end - s.p));
    if (starts(&s, "UNKNOWN (") && (end = memchr(s.p, ')', (size_t)(s.end - s.p))) != NULL)
        end++;
    if (end == NULL)
        end = s.end;
    if (!name(&s, end, out->type))
        goto bad;
    (void)skip(&s, " ");
    if (!take_description(s, out) ||
        (has_blocks(out) && !take_blocks(s, out)))
        goto bad;
    return 0;
bad:
    return err_set(e, ERR_INPUT, "a WAL record of another form than expected: %.200s", line);
}

static uint32_t header_of(uint64_t page, const struct wal_layout *layout)
{
    return page % layout->segment == 0 ? SEGMENT_HEADER : PAGE_HEADER;
}

uint64_t col_wal_record_next(const struct wal_record *r, const struct wal_layout *layout)
{
    uint64_t at = r->lsn;
    uint64_t left = r->len;

    for (;;) {
        uint64_t room = layout->block - at % layout->block;

        if (left <= room)
            break;
        left -= room;
        at += room;
        at += header_of(at, layout);
    }
    at = (at + left + 7) & ~(uint64_t)7;
    if (strcmp(r->rmgr, "XLOG") == 0 && strcmp(r->type, "SWITCH") == 0) /* the rest is empty */
        at = (at + layout->segment - 1) / layout->segment * layout->segment;
    return at % layout->block == 0 ? at + header_of(at, layout) : at;
}

uint64_t col_wal_record_end(uint64_t at, const struct wal_layout *layout)
{
    uint64_t page = at - at % layout->block;

    return at - page == header_of(page, layout) ? page : at;
}
