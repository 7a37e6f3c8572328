/* collector/wal_inspect.c - see collector/wal_read.h.  The server keeps the rows of one call
 * in memory or a temporary file, so a long range is read in windows. */
#include <stdio.h>
#include <string.h>

#include "collector/observe.h"
#include "collector/pg_copy.h"
#include "collector/progress.h"
#include "collector/wal_read.h"
#include "gen/sql_wal_records.h"

#define WINDOW_BYTES ((uint64_t)16 << 20)
#define STATEMENT_MAX 8192

static int on_line(void *context, const char *line, size_t len, struct err *e)
{
    struct wal_record r;

    return col_wal_record_copy(line, len, &r, e) != 0 ? -1 : col_wal_groups_add(context, &r, e);
}

static int on_end(void *context, struct err *e)
{
    (void)context;
    (void)e;
    return 0;
}

/* sql/wal_records.sql with its three words replaced. */
static int make_statement(const char *function, uint64_t start, uint64_t end, struct buf *out,
                          struct err *e)
{
    const char *call = strstr(sql_wal_records, ":function(");
    char from[WAL_LSN_TEXT], to[WAL_LSN_TEXT];

    col_wal_lsn_print(start, from);
    col_wal_lsn_print(end, to);
    buf_clear(out);
    if (call == NULL)
        return err_set(e, ERR_INTERNAL, "wal_records.sql calls no function");
    if (buf_add(out, sql_wal_records, (size_t)(call - sql_wal_records), e) != 0 ||
        buf_adds(out, function, e) != 0)
        return -1;
    return buf_addf(out, e, "('%s', '%s')) TO STDOUT", from, to);
}

static int read_windows(struct col_pg *pg, const struct wal_range *range, const char *function,
                        struct wal_groups *groups, struct err *e)
{
    const struct col_pg_sink sink = {on_line, on_end, groups};
    uint64_t window = WINDOW_BYTES;
    struct buf sql = buf_init(STATEMENT_MAX);
    int rc = 0;

    while (rc == 0 && col_wal_groups_next(groups) < range->end) {
        uint64_t start = col_wal_groups_next(groups);
        bool is_last = range->end - start <= window;
        uint64_t end = col_wal_record_end(is_last ? range->end : start + window, &range->layout);

        col_progress_wal(start - range->start, range->end - range->start);
        rc = make_statement(function, start, end, &sql, e);
        if (rc == 0)
            rc = col_pg_copy(pg, sql.data, 1, &sink, e);
        if (rc == 0 && col_wal_groups_next(groups) == start) { /* no record ends in it */
            window *= 2;
            if (is_last)
                rc = err_set(e, ERR_SYSTEM, "the server gives no records up to the last position");
        }
    }
    buf_release(&sql);
    return rc;
}

/* The first error counts: a ROLLBACK fails where the session is lost, and then says no more. */
static int give_up(struct col_pg *pg)
{
    struct err later;
    int bad = col_pg_rows(pg, "ROLLBACK", NULL, NULL, &later);

    (void)bad;
    return -1;
}

int col_wal_inspect(struct col_pg *pg, const struct wal_range *range, const struct jv *source,
                    struct wal_groups **groups, struct err *e)
{
    const char *function = col_pg_text(source, 0, 0);
    const char *denied = col_pg_text(source, 0, 1);
    struct wal_groups *g = NULL;
    int rc;

    if (function == NULL)
        return err_set(e, ERR_SYSTEM, "not installed in this database: CREATE EXTENSION pg_walinspect "
                                      "(PostgreSQL 15 and later)");
    if (denied != NULL)
        return err_set(e, ERR_SYSTEM, "not allowed: %s", denied);
    if (col_wal_groups_new(range->start, &range->layout, &g, e) != 0)
        return -1;
    rc = col_observe_begin(pg, e);
    if (rc == 0 && (col_pg_rows(pg, "SET LOCAL work_mem = '64MB'", NULL, NULL, e) != 0 ||
                    read_windows(pg, range, function, g, e) != 0 ||
                    col_wal_groups_end(g, range->end, e) != 0))
        rc = give_up(pg);
    else if (rc == 0)
        rc = col_observe_end(pg, e);
    if (rc == 0) {
        *groups = g;
        g = NULL;
    }
    col_wal_groups_free(g);
    return rc;
}
