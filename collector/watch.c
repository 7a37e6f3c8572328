/* collector/watch.c - see collector/watch.h. */
#include "collector/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "collector/form.h"
#include "collector/limits.h"
#include "collector/observe.h"
#include "gen/sql_watch.h"

#define COLUMNS 8 /* of watch.sql */
#define SESSIONS_MAX 100000
#define XIDS_MAX 100000 /* of one session; more are not listed */
#define SETTLE_SAMPLES 400
#define SETTLE_PAUSE_NS 25000000

struct col_watch_session {
    struct jv *facts; /* a row of watch.sql: the first five columns */
    struct jv *xids;
    char first_seen[CLOCK_TEXT];
    char last_seen[CLOCK_TEXT]; /* "" when it was only there before the command */
    bool was_there;
    bool is_named;
    bool is_here; /* in the last sample, in our database, and no part of the server */
};

static bool is_same(const struct jv *facts, const struct jv *row)
{
    return jv_equal(facts->items[0], row->items[0]) && jv_equal(facts->items[1], row->items[1]);
}

/* The session of a row; a new one when it was not seen before. */
static struct col_watch_session *session_of(struct col_watch *w, const struct jv *row, struct err *e)
{
    struct col_watch_session *s;

    for (size_t i = 0; i < w->count; i++)
        if (is_same(w->items[i].facts, row))
            return &w->items[i];
    if (w->count >= SESSIONS_MAX) {
        err_set(e, ERR_LIMIT, "more than %d sessions came and went", SESSIONS_MAX);
        return NULL;
    }
    if (w->count == w->cap) {
        size_t cap = w->cap == 0 ? 64 : 2 * w->cap;
        struct col_watch_session *grown = realloc(w->items, cap * sizeof *grown);

        if (grown == NULL) {
            err_no_memory(e);
            return NULL;
        }
        w->items = grown;
        w->cap = cap;
    }
    s = &w->items[w->count];
    *s = (struct col_watch_session){jv_array(), jv_array(), "", "", false, false, false};
    for (size_t i = 0; i < 5; i++)
        jv_add(s->facts, jv_copy(row->items[i]));
    if (s->facts == NULL || s->xids == NULL || s->facts->is_broken) {
        jv_free(s->facts);
        jv_free(s->xids);
        err_no_memory(e);
        return NULL;
    }
    w->count++;
    return s;
}

static bool says(const struct jv *row, size_t column, const char *text)
{
    return jv_text_is(row->items[column], text);
}

/* What a session can show late: its database and role are empty while it starts. */
static void take_facts(struct col_watch_session *s, const struct jv *row)
{
    for (size_t i = 2; i < 5; i++) {
        if (jv_is(s->facts->items[i], JV_NULL) && !jv_is(row->items[i], JV_NULL)) {
            struct jv *copy = jv_copy(row->items[i]);

            if (copy != NULL) {
                jv_free(s->facts->items[i]);
                s->facts->items[i] = copy;
            }
        }
    }
}

/* the last one to its place, by bytes */
static void settle_last(struct jv *list)
{
    for (size_t i = list->count; i-- > 1 && strcmp(list->items[i - 1]->bytes, list->items[i]->bytes) > 0;) {
        struct jv *moved = list->items[i];

        list->items[i] = list->items[i - 1];
        list->items[i - 1] = moved;
    }
}

static void take_xids(struct col_watch_session *s, const char *ids)
{
    while (ids != NULL && *ids != '\0' && s->xids->count < XIDS_MAX) {
        size_t n = strcspn(ids, ",");
        struct jv *id = jv_string_len(ids, n);

        if (id != NULL && !jv_has_text(s->xids, id->bytes)) {
            jv_add(s->xids, id);
            settle_last(s->xids);
        } else {
            jv_free(id);
        }
        ids += n + (ids[n] == ',');
    }
}

static int look(struct col_watch *w, bool is_first, struct err *e)
{
    struct jv *args = jv_add(jv_array(), jv_string(w->name));
    struct jv *rows = NULL;
    char now[CLOCK_TEXT];
    int rc = col_observe_rows(w->pg, sql_watch, args, &rows, e);

    if (rc == 0)
        rc = col_form_check(rows, 0, SIZE_MAX, "nooovbob", "sessions", e);
    clock_now(now);
    for (size_t i = 0; i < w->count; i++)
        w->items[i].is_here = false;
    for (size_t i = 0; rc == 0 && i < rows->count; i++) {
        const struct jv *row = rows->items[i];
        struct col_watch_session *s;

        if (row->count != COLUMNS || jv_text(row->items[0]) == NULL) {
            rc = err_set(e, ERR_SYSTEM, "the server lists a session without its process id");
            break;
        }
        s = session_of(w, row, e);
        if (s == NULL) {
            rc = -1;
            break;
        }
        s->was_there = s->was_there || is_first;
        s->is_named = s->is_named || says(row, 5, "t");
        s->is_here = says(row, 7, "t");
        if (is_first)
            continue;
        take_facts(s, row);
        take_xids(s, col_pg_text(rows, i, 6));
        if (s->last_seen[0] == '\0')
            memcpy(s->first_seen, now, sizeof now);
        memcpy(s->last_seen, now, sizeof now);
    }
    jv_free(rows);
    jv_free(args);
    return rc;
}

int col_watch_start(struct col_pg *pg, struct col_watch *w, struct err *e)
{
    unsigned char raw[16];
    char hex[2 * sizeof raw + 1];

    *w = (struct col_watch){pg, "", NULL, 0, 0};
    col_pg_patience(pg, COL_MAX_SAMPLE_SECONDS); /* nobody is timed out or ended meanwhile */
    if (digest_random(raw, sizeof raw, e) != 0)
        return -1;
    digest_to_hex(raw, sizeof raw, hex);
    (void)snprintf(w->name, sizeof w->name, "dryproof-%s", hex);
    return look(w, true, e);
}

void col_watch_release(struct col_watch *w)
{
    for (size_t i = 0; i < w->count; i++) {
        jv_free(w->items[i].facts);
        jv_free(w->items[i].xids);
    }
    free(w->items);
    if (w->pg != NULL)
        col_pg_patience(w->pg, 0);
    *w = (struct col_watch){NULL, "", NULL, 0, 0};
}

int col_watch_sample(struct col_watch *w, struct err *e)
{
    return look(w, false, e);
}

int col_watch_settle(struct col_watch *w, struct err *e)
{
    const struct timespec pause = {0, SETTLE_PAUSE_NS};

    for (int i = 0; i < SETTLE_SAMPLES; i++) {
        bool is_left = false;

        if (look(w, false, e) != 0)
            return -1;
        for (size_t k = 0; k < w->count; k++)
            is_left = is_left || (w->items[k].is_here && !w->items[k].was_there);
        if (!is_left)
            return 0;
        (void)nanosleep(&pause, NULL);
    }
    return 0; /* what stays is in activity.json of the edge after */
}

/* By backend_start, unknown ones first, then by pid as a number. */
static int by_start(const void *a, const void *b)
{
    const struct jv *x = ((const struct col_watch_session *)a)->facts;
    const struct jv *y = ((const struct col_watch_session *)b)->facts;
    const char *start[2] = {jv_text(x->items[1]), jv_text(y->items[1])};
    int by_time = strcmp(start[0] == NULL ? "" : start[0], start[1] == NULL ? "" : start[1]);
    long pid[2] = {strtol(jv_text(x->items[0]), NULL, 10), strtol(jv_text(y->items[0]), NULL, 10)};

    return by_time != 0 ? by_time : (pid[0] > pid[1]) - (pid[0] < pid[1]);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp((*(struct jv *const *)a)->bytes, (*(struct jv *const *)b)->bytes);
}

static struct jv *line_of(const struct col_watch_session *s)
{
    struct jv *v = jv_object();

    jv_set(v, "backend_start", jv_copy(s->facts->items[1]));
    jv_set(v, "database", jv_copy(s->facts->items[2]));
    jv_set(v, "first_seen", jv_string(s->first_seen));
    jv_set(v, "last_seen", jv_string(s->last_seen));
    jv_set(v, "named", jv_bool(s->is_named));
    jv_set(v, "pid", jv_int((int64_t)strtol(jv_text(s->facts->items[0]), NULL, 10)));
    jv_set(v, "type", jv_copy(s->facts->items[3]));
    jv_set(v, "user", jv_copy(s->facts->items[4]));
    return jv_set(v, "xids", jv_copy(s->xids));
}

int col_watch_write(const struct col_watch *w, const struct col_rundir *dir, const char *name,
                    struct err *e)
{
    struct jv *lines = jv_array();
    int rc;

    if (w->count > 0)
        qsort(w->items, w->count, sizeof *w->items, by_start);
    for (size_t i = 0; i < w->count; i++) {
        if (w->items[i].last_seen[0] == '\0')
            continue;
        if (w->items[i].xids->count > 0)
            qsort(w->items[i].xids->items, w->items[i].xids->count, sizeof(struct jv *), by_bytes);
        jv_add(lines, line_of(&w->items[i]));
    }
    rc = col_rundir_lines(dir, name, NULL, lines, e);
    jv_free(lines);
    return rc;
}
