/* packager/model_time.c - the timeline and the cost of packager/model_lists.h. */
#include "packager/model_lists.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define TRACK 1000 /* how wide the picture of the whole run is */

struct span {
    const char *what; /* its name where the path does not say it, or "" */
    char path[128];   /* what it is evidence of: a member or a folder of the package */
    size_t order;     /* as found: breaks ties */
    int64_t start, end, records;
};

static int by_start(const void *a, const void *b)
{
    const struct span *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* steps/004-name/execution/session.json is of steps/004-name/; of everything else the first
 * folder is enough. */
static size_t group_len(const char *path)
{
    const char *slash = strchr(path, '/');

    if (slash != NULL && strncmp(path, "steps/", 6) == 0)
        slash = strchr(slash + 1, '/');
    return slash == NULL ? strlen(path) : (size_t)(slash - path) + 1;
}

static void add(struct span *spans, size_t *n, const char *what, const char *path, size_t len, const struct jv *from,
                const struct jv *to)
{
    struct span s = {.what = what, .order = *n, .start = clock_us(jv_text(from)), .end = clock_us(jv_text(to)), .records = 1};

    if (len >= sizeof s.path || s.start <= 0 || s.end < s.start)
        return;
    memcpy(s.path, path, len);
    if (*n > 0 && len > 0 && path[len - 1] == '/' && strcmp(spans[*n - 1].path, s.path) == 0) {
        struct span *last = &spans[*n - 1];

        last->records++;
        last->start = s.start < last->start ? s.start : last->start;
        last->end = s.end > last->end ? s.end : last->end;
        return;
    }
    spans[(*n)++] = s;
}

static void add_moment(struct span *spans, size_t *n, const char *what, const char *path, const struct jv *at)
{
    add(spans, n, what, path, strlen(path), at, at);
}

static struct jv *row_of(const struct span *s, int64_t first, int64_t length)
{
    int64_t at = s->start / 1000 - first, took = s->end / 1000 - s->start / 1000;
    int64_t width = took * TRACK / length;
    struct jv *row = jv_object();

    jv_set(row, "at_ms", jv_int(at));
    jv_set(row, "is_moment", jv_bool(s->start == s->end));
    jv_set(row, "path", jv_string(s->path));
    jv_set(row, "records", jv_int(s->records));
    jv_set(row, "what", jv_string(s->what));
    jv_set(row, "took_ms", jv_int(took));
    jv_set(row, "width", jv_int(width < 3 ? 3 : width));
    return jv_set(row, "x", jv_int(at * (TRACK - 3) / length));
}

struct jv *pkg_model_timeline(const struct pkg_contents *c)
{
    static const char path[] = "steps/001-command/command.json";
    const struct jv *run = c->doc[PKG_DOC_RUN], *command = c->doc[PKG_DOC_COMMAND];
    struct span *spans = calloc(c->sessions->count + 5, sizeof *spans);
    struct jv *list = jv_array();
    int64_t first, last = 0;
    size_t n = 0;

    if (spans == NULL) {
        jv_free(list);
        return NULL;
    }
    add_moment(spans, &n, "the run begins", "run.json", jv_get(run, "started_at"));
    add_moment(spans, &n, "the first snapshot", "before/transactions.json", jv_get(c->doc[PKG_DOC_IDS_BEFORE], "taken_at"));
    add(spans, &n, "the command", path, strlen(path), jv_get(command, "started_at"), jv_get(command, "finished_at"));
    for (size_t i = 0; i < c->sessions->count; i++) {
        const char *record = jv_get_text(c->sessions->items[i], "path");
        const struct jv *session = jv_get(c->sessions->items[i], "session");

        add(spans, &n, *record == 'h' ? "the bad inputs" : *record == 'r' ? "the readback" : "", record, group_len(record), jv_get(session, "started_at"), jv_get(session, "finished_at"));
    }
    add_moment(spans, &n, "the second snapshot", "after/transactions.json", jv_get(c->doc[PKG_DOC_IDS_AFTER], "taken_at"));
    add_moment(spans, &n, "the run ends", "run.json", jv_get(run, "finished_at"));
    qsort(spans, n, sizeof *spans, by_start);
    for (size_t i = 0; i < n; i++)
        last = spans[i].end > last ? spans[i].end : last;
    first = spans[0].start / 1000;
    last = last / 1000 > first ? last / 1000 - first : 1; /* in milliseconds, so that no time is too far */
    for (size_t i = 0; i < n; i++)
        jv_add(list, row_of(&spans[i], first, last));
    free(spans);
    return list;
}

struct jv *pkg_model_cost(const struct jv *cost)
{
    static const char *const parts[][2] = {
        {"before", "snapshot before"}, {"after", "snapshot after"}, {"wal", "WAL between them"}};
    struct jv *list = jv_array();

    for (size_t i = 0; cost != NULL && i < sizeof parts / sizeof *parts; i++) {
        const struct jv *c = jv_get(cost, parts[i][0]);
        struct jv *row = jv_set(jv_object(), "bytes", jv_copy(jv_get(c, "bytes")));

        jv_set(row, "ms", jv_copy(jv_get(c, "ms")));
        jv_add(list, jv_set(row, "part", jv_string(parts[i][1])));
    }
    return list;
}
