/*
 * collector/wal_record.h - one WAL record as text shows it: a line of pg_walinspect's
 * function or of pg_waldump.  Both give the same struct.  FORMAT.md section 3.
 *
 * Texts that a record's writer chose (messages, names of restore points and prepared
 * transactions, paths) are never looked into: they could say anything.
 */
#ifndef COLLECTOR_WAL_RECORD_H
#define COLLECTOR_WAL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define WAL_RELATIONS_MAX 64 /* of one record; PostgreSQL's own limit is 33 */
#define WAL_DATABASES_MAX 64
#define WAL_NAME_MAX 64
#define WAL_LSN_TEXT 20

struct wal_relation {
    uint32_t tablespace;
    uint32_t database; /* 0: shared */
    uint32_t filenode;
};

/* col_wal_relation_compare(a, b): by database, filenode and tablespace. */
int col_wal_relation_compare(const struct wal_relation *a, const struct wal_relation *b);

struct wal_record {
    uint64_t lsn;
    uint64_t prev;
    uint32_t len;
    uint32_t xid; /* 0: none */
    char rmgr[WAL_NAME_MAX];
    char type[WAL_NAME_MAX];
    struct wal_relation relations[WAL_RELATIONS_MAX]; /* distinct, by database and filenode */
    size_t relation_count;
    uint32_t databases[WAL_DATABASES_MAX]; /* distinct, ascending */
    size_t database_count;
    const char *subxids; /* in the parsed line: "1 2 3" */
    size_t subxids_len;
};

/* col_wal_record_copy(line, len, out, e): a line of sql/wal_records.sql.
 * col_wal_record_dump(line, len, out, e): a line of pg_waldump that begins with "rmgr: ".
 * line must end with a NUL behind len.  ERR_INPUT when it has another form. */
int col_wal_record_copy(const char *line, size_t len, struct wal_record *out, struct err *e)
    BASE_MUST_USE;
int col_wal_record_dump(const char *line, size_t len, struct wal_record *out, struct err *e)
    BASE_MUST_USE;

/* col_wal_lsn_parse(text, out): "16/B374D848"; -1 when text is NULL or something else. */
int col_wal_lsn_parse(const char *text, uint64_t *out) BASE_MUST_USE;
void col_wal_lsn_print(uint64_t lsn, char out[WAL_LSN_TEXT]);

/* Sizes that the server was built and initialised with. */
struct wal_layout {
    uint32_t block;
    uint32_t segment;
};

/* col_wal_record_next(r, layout): where the next record starts. */
uint64_t col_wal_record_next(const struct wal_record *r, const struct wal_layout *layout);

/* col_wal_record_end(lsn, layout): a start of a record as the end of the one before: at the
 * first record of a page that is the page's own start, which is all that gets flushed. */
uint64_t col_wal_record_end(uint64_t lsn, const struct wal_layout *layout);

#endif
