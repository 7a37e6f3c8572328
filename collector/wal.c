/* collector/wal.c - see collector/wal.h. */
#include "collector/wal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/form.h"
#include "collector/progress.h"
#include "collector/wal_read.h"
#include "gen/sql_wal_flushed.h"
#include "gen/sql_wal_source.h"

#define REASON_MAX 4096
#define LINES_MAX ((size_t)1 << 30)
#define FLUSH_TRIES 2500 /* of 10 ms: a lone message is flushed behind the next running-xacts
                          * record, which comes every 15 seconds */

static const char *position(const struct col_context *c, size_t edge)
{
    return jv_get_text(c->edges[edge].position.transactions, "lsn");
}

static int64_t timeline(const struct col_context *c, size_t edge)
{
    const struct jv *v = jv_get(c->edges[edge].position.positions, "timeline");

    return v == NULL ? 0 : v->number;
}

/* What an aborted or asynchronous transaction wrote is not on disk yet. */
static int wait_for_flush(struct col_pg *pg, const struct wal_range *range, struct err *e)
{
    const struct timespec pause = {0, 10000000};
    char end[WAL_LSN_TEXT];
    struct jv *args;
    bool is_flushed = false;
    int rc = 0;

    col_wal_lsn_print(col_wal_record_end(range->end, &range->layout), end);
    args = jv_add(jv_array(), jv_string(end));
    for (int i = 0; rc == 0 && !is_flushed && i < FLUSH_TRIES; i++) {
        struct jv *rows = NULL;

        if (i > 0)
            (void)nanosleep(&pause, NULL);
        rc = col_observe_rows(pg, sql_wal_flushed, args, &rows, e);
        if (rc == 0)
            rc = col_form_check(rows, 1, 1, "b", "WAL on disk", e);
        is_flushed = jv_text_is(col_pg_cell(rows, 0, 0), "t");
        jv_free(rows);
    }
    jv_free(args);
    if (rc == 0 && !is_flushed)
        rc = err_set(e, ERR_SYSTEM, "the server did not write its WAL to disk in time");
    return rc;
}

/* The range, or why there is none that could be read. */
static int find_range(const struct col_context *c, const struct jv *source, struct wal_range *out,
                      struct err *e)
{
    const char *segment = col_pg_text(source, 0, 2);
    const char *block = col_pg_text(source, 0, 3);

    if (c->edges[0].position.is_in_recovery || c->edges[1].position.is_in_recovery)
        return err_set(e, ERR_SYSTEM, "the server replays another's WAL; measure at its primary");
    if (timeline(c, 0) != timeline(c, 1))
        return err_set(e, ERR_SYSTEM, "the server has gone over to another timeline");
    out->timeline = (uint32_t)timeline(c, 0);
    out->layout.segment = segment == NULL ? 0 : (uint32_t)strtoul(segment, NULL, 10);
    out->layout.block = block == NULL ? 0 : (uint32_t)strtoul(block, NULL, 10);
    if (col_wal_lsn_parse(position(c, 0), &out->start) != 0 ||
        col_wal_lsn_parse(position(c, 1), &out->end) != 0 || out->layout.block < 512 ||
        out->layout.segment < out->layout.block)
        return err_set(e, ERR_SYSTEM, "the server does not tell its WAL position");
    if (out->end < out->start)
        return err_set(e, ERR_SYSTEM, "the WAL position went backwards");
    return 0;
}

static int add_reason(struct buf *reason, const char *way, const struct err *why, struct err *e)
{
    return buf_addf(reason, e, "%s%s%s%s", reason->len == 0 ? "" : "; ", way, *way == '\0' ? "" : ": ",
                    why->text);
}

/* The records, by the first way that gives all of them; *basis stays NULL where none does. */
static int read_records(struct col_context *c, const char **basis, struct wal_groups **groups,
                        struct buf *reason, struct err *e)
{
    struct wal_range range;
    struct jv *source = NULL;
    struct err why = {ERR_NONE, ""};
    int rc = -1;

    if (col_observe_rows(c->observer, sql_wal_source, NULL, &source, e) != 0 ||
        col_form_check(source, 1, 1, "oonnonnn", "source of WAL", e) != 0) {
        jv_free(source);
        return -1;
    }
    if (find_range(c, source, &range, &why) != 0 || wait_for_flush(c->observer, &range, &why) != 0) {
        rc = add_reason(reason, "", &why, e);
        goto out;
    }
    if (col_wal_inspect(c->observer, &range, source, groups, &why) == 0) {
        *basis = "pg_walinspect";
    } else if (add_reason(reason, "pg_walinspect", &why, e) != 0) {
        goto out;
    } else if (col_wal_dump(&range, source, groups, &why) == 0) {
        *basis = "pg_waldump";
    } else if (add_reason(reason, "pg_waldump", &why, e) != 0) {
        goto out;
    }
    rc = 0;
out:
    jv_free(source);
    return rc;
}

static int write_groups(struct col_context *c, const struct wal_groups *groups, struct err *e)
{
    const struct jv *const names[2] = {c->edges[0].names, c->edges[1].names};
    const char *next_xid = jv_get_text(c->edges[1].position.transactions, "next_xid");
    struct buf text = buf_init(LINES_MAX);
    int rc = buf_add(&text, "", 0, e);

    if (rc == 0 && groups != NULL)
        rc = col_wal_groups_write(groups, names, next_xid == NULL ? 0 : strtoull(next_xid, NULL, 10),
                                  &text, e);
    if (rc == 0)
        rc = col_rundir_write(&c->dir, "wal/groups.ndjson", text.data, text.len, e);
    buf_release(&text);
    return rc;
}

static int write_document(struct col_context *c, const char *basis, const struct wal_groups *groups,
                          const char *reason, struct err *e)
{
    struct jv *doc = jv_object();

    jv_set(doc, "after_lsn", jv_string(position(c, 1)));
    jv_set(doc, "basis", jv_string(basis));
    jv_set(doc, "before_lsn", jv_string(position(c, 0)));
    jv_set(doc, "bytes", jv_int(groups == NULL ? 0 : (int64_t)col_wal_groups_bytes(groups)));
    jv_set(doc, "reason", jv_string(basis == NULL ? reason : NULL));
    jv_set(doc, "records", jv_int(groups == NULL ? 0 : (int64_t)col_wal_groups_records(groups)));
    jv_set(doc, "schema", jv_string("dryproof.wal/2"));
    return col_rundir_json(&c->dir, "wal.json", doc, e);
}

int col_wal_write(struct col_context *c, struct err *e)
{
    struct col_cost *cost = &c->costs[COL_COST_WAL];
    struct buf reason = buf_init(REASON_MAX);
    struct wal_groups *groups = NULL;
    const char *basis = NULL;
    int rc = 0;

    col_progress_phase("wal", NULL, "WAL");
    col_cost_start(cost);
    if (position(c, 0) != NULL && position(c, 1) != NULL && strcmp(position(c, 0), position(c, 1)) == 0)
        basis = "equal";
    else
        rc = read_records(c, &basis, &groups, &reason, e);
    if (rc == 0 && (write_groups(c, groups, e) != 0 ||
                    write_document(c, basis, groups, reason.data, e) != 0))
        rc = -1;
    col_cost_stop(cost);
    if (rc != 0)
        err_context(e, "WAL");
    col_wal_groups_free(groups);
    buf_release(&reason);
    return rc;
}
