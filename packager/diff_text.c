/* packager/diff_text.c - a difference for people: 80 columns where data allows, escaped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packager/diff.h"
#include "packager/text.h"

#define LINES_SHOWN 24 /* of a definition that changed */
#define GROUPS_SHOWN 12

static int put_value(const struct jv *v, struct buf *out, struct err *e)
{
    if (v == NULL || v->type == JV_NULL)
        return buf_adds(out, "NULL", e);
    if (v->type == JV_OBJECT)
        return buf_adds(out, "(bytes that are not UTF-8)", e);
    if (buf_adds(out, "'", e) != 0 || pkg_text_plain(v->bytes, v->len, out, e) != 0)
        return -1;
    return buf_adds(out, "'", e);
}

static int put_text(const struct jv *v, struct buf *out, struct err *e)
{
    return jv_text(v) == NULL ? buf_adds(out, "-", e) : pkg_text_plain(v->bytes, v->len, out, e);
}

static int put_pairs(const struct jv *object, struct buf *out, struct err *e)
{
    for (size_t i = 0; i < object->count; i++)
        if (buf_adds(out, i == 0 ? "" : " ", e) != 0 ||
            pkg_text_plain(object->keys[i], strlen(object->keys[i]), out, e) != 0 ||
            buf_adds(out, "=", e) != 0 || put_value(object->items[i], out, e) != 0)
            return -1;
    return 0;
}

static int put_rows(const struct jv *table, const char *list, const char *count, char sign,
                    struct buf *out, struct err *e)
{
    const struct jv *rows = jv_get(table, list);
    size_t shown = rows == NULL ? 0 : rows->count;

    for (size_t i = 0; i < shown; i++)
        if (buf_addf(out, e, "    %c ", sign) != 0 || put_pairs(rows->items[i], out, e) != 0 ||
            buf_adds(out, "\n", e) != 0)
            return -1;
    if (rows != NULL && jv_get(table, count)->number > (int64_t)shown)
        return buf_addf(out, e, "    %c %lld more\n", sign,
                        (long long)(jv_get(table, count)->number - (int64_t)shown));
    return 0;
}

static int put_changed(const struct jv *table, struct buf *out, struct err *e)
{
    const struct jv *rows = jv_get(table, "changed_rows");

    for (size_t i = 0; rows != NULL && i < rows->count; i++) {
        const struct jv *columns = jv_get(rows->items[i], "columns");

        if (buf_adds(out, "    ~ ", e) != 0 || put_pairs(jv_get(rows->items[i], "key"), out, e) != 0)
            return -1;
        for (size_t c = 0; c < columns->count; c++)
            if (buf_adds(out, c == 0 ? ": " : ", ", e) != 0 ||
                pkg_text_plain(columns->keys[c], strlen(columns->keys[c]), out, e) != 0 ||
                buf_adds(out, " ", e) != 0 || put_value(columns->items[c]->items[0], out, e) != 0 ||
                buf_adds(out, " -> ", e) != 0 || put_value(columns->items[c]->items[1], out, e) != 0)
                return -1;
        if (buf_adds(out, "\n", e) != 0)
            return -1;
    }
    if (rows != NULL && jv_get(table, "changed")->number > (int64_t)rows->count)
        return buf_addf(out, e, "    ~ %lld more\n",
                        (long long)(jv_get(table, "changed")->number - (int64_t)rows->count));
    return 0;
}

static int put_count(const struct jv *v, struct buf *out, struct err *e)
{
    return jv_is(v, JV_INT) ? buf_addf(out, e, "%lld", (long long)v->number) : buf_adds(out, "none", e);
}

static int put_table(const struct jv *t, struct buf *out, struct err *e)
{
    static const char *const members[] = {"added", "removed", "changed"};
    static const char signs[] = "+-~";
    const struct jv *rows = jv_get(t, "rows");

    if (buf_adds(out, "  ", e) != 0 || put_text(jv_get(t, "relation"), out, e) != 0 ||
        buf_adds(out, "  rows ", e) != 0 || put_count(rows->items[0], out, e) != 0 ||
        buf_adds(out, " -> ", e) != 0 || put_count(rows->items[1], out, e) != 0)
        return -1;
    for (size_t i = 0; i < 3; i++) {
        const struct jv *n = jv_get(t, members[i]);

        if (n != NULL && n->number > 0 && buf_addf(out, e, "  %c%lld", signs[i], (long long)n->number) != 0)
            return -1;
    }
    if (jv_get_text(t, "note") != NULL && buf_addf(out, e, "  (%s)", jv_get_text(t, "note")) != 0)
        return -1;
    if (buf_adds(out, "\n", e) != 0 || put_rows(t, "added_rows", "added", '+', out, e) != 0 ||
        put_rows(t, "removed_rows", "removed", '-', out, e) != 0)
        return -1;
    return put_changed(t, out, e);
}

static int put_sequence(const struct jv *s, struct buf *out, struct err *e)
{
    const struct jv *before = jv_get(s, "before");
    const struct jv *after = jv_get(s, "after");
    const char *a = jv_get_text(before, "last_value");
    const char *b = jv_get_text(after, "last_value");

    if (buf_adds(out, "  ", e) != 0 || put_text(jv_get(s, "relation"), out, e) != 0 ||
        buf_adds(out, "  ", e) != 0 || put_text(jv_get(before, "last_value"), out, e) != 0 ||
        buf_adds(out, " -> ", e) != 0 || put_text(jv_get(after, "last_value"), out, e) != 0)
        return -1;
    if (a != NULL && b != NULL && strcmp(a, b) == 0)
        return buf_adds(out, "  (is_called changed)\n", e);
    if (a == NULL || b == NULL)
        return buf_adds(out, a == NULL ? "  (new)\n" : "  (no longer there)\n", e);
    return buf_addf(out, e, "  (%+lld)\n", strtoll(b, NULL, 10) - strtoll(a, NULL, 10));
}

/* The lines of a text that differ, between what both begin and end with. */
static int put_line_diff(const char *a, const char *b, struct buf *out, struct err *e)
{
    const char *text[2] = {a, b};
    size_t len[2] = {strlen(a), strlen(b)};
    size_t shown = 0, head = 0, tail = 0;

    while (head < len[0] && head < len[1] && a[head] == b[head])
        head++;
    while (head > 0 && a[head - 1] != '\n')
        head--;
    while (tail < len[0] - head && tail < len[1] - head && a[len[0] - tail - 1] == b[len[1] - tail - 1])
        tail++;
    while (tail > 0 && a[len[0] - tail] != '\n')
        tail--;
    for (int s = 0; s < 2; s++) {
        const char *p = text[s] + head;
        const char *end = text[s] + len[s] - tail;

        while (p < end && shown++ < LINES_SHOWN) {
            size_t n = strcspn(p, "\n");

            n = n > (size_t)(end - p) ? (size_t)(end - p) : n;
            if (buf_addf(out, e, "      %c ", s == 0 ? '-' : '+') != 0 ||
                pkg_text_plain(p, n, out, e) != 0 || buf_adds(out, "\n", e) != 0)
                return -1;
            p += n + 1;
        }
    }
    return shown > LINES_SHOWN ? buf_adds(out, "      ...\n", e) : 0;
}

/* Members of two definitions that are objects, else the two texts. */
static int put_altered(const struct jv *before, const struct jv *after, struct buf *out,
                       struct err *e)
{
    const char *a = jv_text(before) == NULL ? "" : before->bytes;
    const char *b = jv_text(after) == NULL ? "" : after->bytes;
    struct err ignored = {ERR_NONE, ""};
    struct jv *x = NULL;
    struct jv *y = NULL;
    int rc = 0;

    if (jv_parse(a, strlen(a), &x, &ignored) != 0 || jv_parse(b, strlen(b), &y, &ignored) != 0 ||
        !jv_is(x, JV_OBJECT) || !jv_is(y, JV_OBJECT)) {
        rc = put_line_diff(a, b, out, e);
        goto out;
    }
    for (size_t i = 0; rc == 0 && i < y->count; i++) {
        const struct jv *old = jv_get(x, y->keys[i]);
        const struct jv *new = y->items[i];
        struct buf text[2] = {buf_init(0), buf_init(0)};

        if (jv_equal(old, new))
            continue;
        rc = buf_addf(out, e, "      %s:\n", y->keys[i]);
        if (rc == 0 && jv_is(old, JV_STRING) && jv_is(new, JV_STRING))
            rc = put_line_diff(old->bytes, new->bytes, out, e);
        else if (rc == 0 && (old == NULL || jv_canonical(old, &text[0], e) == 0) &&
                 jv_canonical(new, &text[1], e) == 0)
            rc = put_line_diff(text[0].data == NULL ? "" : text[0].data, text[1].data, out, e);
        buf_release(&text[0]);
        buf_release(&text[1]);
    }
out:
    jv_free(x);
    jv_free(y);
    return rc;
}

static int put_object(const struct jv *o, struct buf *out, struct err *e)
{
    const char *change = jv_get_text(o, "change");
    bool is_altered = strcmp(change, "altered") == 0;

    if (buf_addf(out, e, "  %c ", is_altered ? '~' : *change == 'a' ? '+' : '-') != 0 ||
        put_text(jv_get(o, "kind"), out, e) != 0 || buf_adds(out, " ", e) != 0 ||
        put_text(jv_get(o, "identity"), out, e) != 0 || buf_adds(out, "\n", e) != 0)
        return -1;
    return is_altered ? put_altered(jv_get(o, "before"), jv_get(o, "after"), out, e) : 0;
}

static int put_group(const struct jv *g, struct buf *out, struct err *e)
{
    const struct jv *relations = jv_get(g, "relations");
    const struct jv *name = relations != NULL && relations->count > 0
                                ? jv_get(relations->items[0], "relation") : NULL;

    if (buf_addf(out, e, "  %6lld  ", (long long)jv_get(g, "count")->number) != 0 ||
        put_text(jv_get(g, "rmgr"), out, e) != 0 || buf_adds(out, "/", e) != 0 ||
        put_text(jv_get(g, "type"), out, e) != 0)
        return -1;
    if (jv_text(name) != NULL && (buf_adds(out, "  ", e) != 0 || put_text(name, out, e) != 0))
        return -1;
    if (jv_get_text(g, "xid") != NULL &&
        (buf_adds(out, "  id ", e) != 0 || put_text(jv_get(g, "xid"), out, e) != 0))
        return -1;
    return buf_adds(out, "\n", e);
}

static int put_wal(const struct jv *wal, struct buf *out, struct err *e)
{
    const struct jv *groups = jv_get(wal, "groups");
    const char *basis = jv_get_text(wal, "basis");

    if (!jv_is(wal, JV_OBJECT) || jv_get(wal, "records") == NULL)
        return 0;
    if (basis == NULL) {
        if (buf_adds(out, "WAL  not measured: ", e) != 0 || put_text(jv_get(wal, "reason"), out, e) != 0)
            return -1;
        return buf_adds(out, "\n", e);
    }
    if (buf_addf(out, e, "WAL  %lld records (%s)\n", (long long)jv_get(wal, "records")->number,
                 strcmp(basis, "equal") == 0 ? "the position did not move" : basis) != 0)
        return -1;
    for (size_t i = 0; i < groups->count && i < GROUPS_SHOWN; i++)
        if (put_group(groups->items[i], out, e) != 0)
            return -1;
    return groups->count > GROUPS_SHOWN
               ? buf_addf(out, e, "  and %zu more kinds\n", groups->count - GROUPS_SHOWN) : 0;
}

static int put_side(const char *word, const struct jv *side, struct buf *out, struct err *e)
{
    static const char *const members[] = {"path", "edge", "database", "taken_at"};

    if (buf_addf(out, e, "%-5s", word) != 0)
        return -1;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (buf_adds(out, i == 0 ? "" : "  ", e) != 0 || put_text(jv_get(side, members[i]), out, e) != 0)
            return -1;
    return buf_adds(out, "\n", e);
}

static int put_ids(const struct jv *diff, struct buf *out, struct err *e)
{
    const struct jv *consumed = jv_get(jv_get(diff, "ids"), "consumed");
    const struct jv *others = jv_get(diff, "others");

    if (jv_is(consumed, JV_INT) &&
        buf_addf(out, e, "ids  %lld transaction id%s consumed\n", (long long)consumed->number,
                 consumed->number == 1 ? " was" : "s were") != 0)
        return -1;
    for (size_t i = 0; i < others->count; i++) {
        const struct jv *s = others->items[i];

        if (buf_addf(out, e, "%s  pid %lld of ", i == 0 ? "also there:\n" : "",
                     (long long)(jv_get(s, "pid") == NULL ? 0 : jv_get(s, "pid")->number)) != 0 ||
            put_text(jv_get(s, "user"), out, e) != 0 || buf_adds(out, ", since ", e) != 0 ||
            put_text(jv_get(s, "backend_start"), out, e) != 0 || buf_adds(out, "\n", e) != 0)
            return -1;
    }
    return 0;
}

int pkg_diff_text(const struct jv *diff, struct buf *out, struct err *e)
{
    static const struct {
        const char *member, *title;
        int (*put)(const struct jv *element, struct buf *out, struct err *e);
    } parts[] = {{"tables", "tables", put_table},
                 {"sequences", "sequences", put_sequence},
                 {"catalog", "catalog", put_object},
                 {"cluster", "cluster", put_object}};

    if (put_side("from", jv_get(diff, "from"), out, e) != 0 || put_side("to", jv_get(diff, "to"), out, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct jv *list = jv_get(diff, parts[i].member);

        for (size_t k = 0; k < list->count; k++)
            if ((k == 0 && buf_addf(out, e, "%s\n", parts[i].title) != 0) ||
                parts[i].put(list->items[k], out, e) != 0)
                return -1;
    }
    if (jv_get(diff, "same")->truth &&
        buf_adds(out, "same: tables, sequences, catalog and cluster do not differ\n", e) != 0)
        return -1;
    return put_ids(diff, out, e) != 0 ? -1 : put_wal(jv_get(diff, "wal"), out, e);
}
