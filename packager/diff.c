/* packager/diff.c - see packager/diff.h. */
#include "packager/diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_edge(const struct pkg_diff_side *side, const char *file, bool is_lines,
                     struct jv **out, struct err *e)
{
    char name[64];
    int got;

    (void)snprintf(name, sizeof name, "%s/%s", side->edge, file);
    got = is_lines ? pkg_source_lines(side->source, name, out, e)
                   : pkg_source_document(side->source, name, out, e);
    if (got == 0)
        err_set(e, ERR_INPUT, "%s has no %s; the run did not get that far", side->source->path, name);
    return got == 1 ? 0 : -1;
}

static int read_both(const struct pkg_diff_side *const sides[2], const char *file, bool is_lines,
                     struct jv *out[2], struct err *e)
{
    out[0] = out[1] = NULL;
    if (read_edge(sides[0], file, is_lines, &out[0], e) == 0 &&
        read_edge(sides[1], file, is_lines, &out[1], e) == 0)
        return 0;
    jv_free(out[0]);
    out[0] = NULL;
    return -1;
}

/* A package may be anybody's: what is read below is there and of its type. */
static bool is_entry(const struct jv *t)
{
    const struct jv *columns = jv_get(t, "columns");

    if (!jv_is(t, JV_OBJECT) || jv_get_text(t, "digest") == NULL || !jv_is(jv_get(t, "rows"), JV_INT) ||
        jv_get(t, "rows")->number < 0 || !jv_is(columns, JV_ARRAY))
        return false;
    for (size_t i = 0; i < columns->count; i++)
        if (!jv_is(columns->items[i], JV_ARRAY) || columns->items[i]->count != 2 ||
            jv_text(columns->items[i]->items[0]) == NULL)
            return false;
    return true;
}

static int need_list(const struct pkg_diff_side *side, const struct jv *doc, const char *member,
                     const struct jv **out, struct err *e)
{
    const struct jv *list = jv_get(doc, member);
    bool is_tables = strcmp(member, "tables") == 0;
    bool ok = jv_is(list, JV_ARRAY);

    for (size_t i = 0; ok && i < list->count; i++)
        ok = jv_get_text(list->items[i], "relation") != NULL && (!is_tables || is_entry(list->items[i]));
    if (!ok)
        return err_set(e, ERR_INPUT, "%s: %s/%s.json is misshapen", side->source->path, side->edge, member);
    *out = list;
    return 0;
}

static void free_both(struct jv *docs[2])
{
    jv_free(docs[0]);
    jv_free(docs[1]);
}

/* The next relation of two sorted lists: -1 only in a, 1 only in b, 0 in both. */
static int next_relation(const struct jv *a, size_t i, const struct jv *b, size_t k)
{
    const char *x = i < a->count ? jv_get_text(a->items[i], "relation") : NULL;
    const char *y = k < b->count ? jv_get_text(b->items[k], "relation") : NULL;

    return x == NULL ? 1 : y == NULL ? -1 : strcmp(x, y);
}

static int diff_tables(const struct pkg_diff_side *const sides[2], size_t limit, struct jv *all,
                       struct err *e)
{
    struct jv *docs[2];
    const struct jv *lists[2] = {NULL, NULL};
    int rc = read_both(sides, "tables.json", false, docs, e);

    if (rc != 0)
        return -1;
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = need_list(sides[k], docs[k], "tables", &lists[k], e);
    for (size_t i = 0, k = 0; rc == 0 && (i < lists[0]->count || k < lists[1]->count);) {
        int order = next_relation(lists[0], i, lists[1], k);
        const struct jv *entries[2] = {order <= 0 ? lists[0]->items[i] : NULL,
                                       order >= 0 ? lists[1]->items[k] : NULL};
        const size_t numbers[2] = {i + 1, k + 1};
        struct jv *element = NULL;

        i += order <= 0;
        k += order >= 0;
        if (order == 0 && jv_equal(jv_get(entries[0], "digest"), jv_get(entries[1], "digest")))
            continue;
        rc = pkg_diff_table(sides[0], sides[1], entries, numbers, limit, &element, e);
        if (rc == 0)
            jv_add(all, element);
    }
    free_both(docs);
    return rc;
}

static struct jv *sequence_state(const struct jv *s)
{
    if (s == NULL)
        return jv_null();
    return jv_set(jv_set(jv_object(), "is_called", jv_copy(jv_get(s, "is_called"))), "last_value",
                  jv_copy(jv_get(s, "last_value")));
}

static int diff_sequences(const struct pkg_diff_side *const sides[2], struct jv *all,
                          struct err *e)
{
    struct jv *docs[2];
    const struct jv *lists[2] = {NULL, NULL};
    int rc = 0;

    if (read_both(sides, "sequences.json", false, docs, e) != 0)
        return -1;
    for (int k = 0; rc == 0 && k < 2; k++)
        rc = need_list(sides[k], docs[k], "sequences", &lists[k], e);
    for (size_t i = 0, k = 0; rc == 0 && (i < lists[0]->count || k < lists[1]->count);) {
        int order = next_relation(lists[0], i, lists[1], k);
        const struct jv *a = order <= 0 ? lists[0]->items[i++] : NULL;
        const struct jv *b = order >= 0 ? lists[1]->items[k++] : NULL;
        struct jv *v;

        if (jv_equal(a, b))
            continue;
        v = jv_object();
        jv_set(v, "after", sequence_state(b));
        jv_set(v, "before", sequence_state(a));
        jv_set(v, "relation", jv_copy(jv_get(a == NULL ? b : a, "relation")));
        jv_add(all, v);
    }
    free_both(docs);
    return rc;
}

static bool same_object(const struct jv *a, const struct jv *b)
{
    return jv_equal(a->items[0], b->items[0]) && jv_equal(a->items[1], b->items[1]);
}

static struct jv *object_of(const char *change, const struct jv *a, const struct jv *b)
{
    const struct jv *line = a == NULL ? b : a;
    struct jv *v = jv_object();

    jv_set(v, "after", b == NULL ? jv_null() : jv_copy(b->items[2]));
    jv_set(v, "before", a == NULL ? jv_null() : jv_copy(a->items[2]));
    jv_set(v, "change", jv_string(change));
    jv_set(v, "identity", jv_copy(line->items[1]));
    return jv_set(v, "kind", jv_copy(line->items[0]));
}

/* The lines of a that b does not have, as multisets; moved out of a. */
static int only_in(struct jv *a, const struct jv *b, struct jv *out, struct err *e)
{
    bool *used = calloc(b->count + 1, sizeof *used);
    size_t from = 0;

    if (used == NULL)
        return err_no_memory(e);
    /* both are sorted alike, so a line's counterpart is never before the last one met */
    for (size_t i = 0; i < a->count; i++) {
        size_t k = from;

        while (k < b->count && (used[k] || !jv_equal(a->items[i], b->items[k])))
            k++;
        if (k < b->count) {
            used[k] = true;
            from = k + 1;
        } else {
            jv_add(out, jv_copy(a->items[i]));
        }
    }
    free(used);
    return 0;
}

static bool is_line(const struct jv *line)
{
    return jv_is(line, JV_ARRAY) && line->count == 3;
}

static int diff_lines(const struct pkg_diff_side *const sides[2], const char *file, struct jv *all,
                      struct err *e)
{
    struct jv *docs[2];
    struct jv *gone = jv_array();
    struct jv *came = jv_array();
    int rc = -1;

    if (read_both(sides, file, true, docs, e) != 0)
        goto out;
    for (int s = 0; s < 2; s++)
        for (size_t i = 0; i < docs[s]->count; i++)
            if (!is_line(docs[s]->items[i])) {
                err_set(e, ERR_INPUT, "%s/%s: expected [kind, identity, definition] lines",
                        sides[s]->edge, file);
                goto free;
            }
    if (only_in(docs[0], docs[1], gone, e) != 0 || only_in(docs[1], docs[0], came, e) != 0)
        goto free;
    for (size_t i = 0; i < gone->count; i++) {
        size_t k = 0;

        while (k < came->count && (came->items[k] == NULL || !same_object(gone->items[i], came->items[k])))
            k++;
        jv_add(all, object_of(k < came->count ? "altered" : "dropped", gone->items[i],
                              k < came->count ? came->items[k] : NULL));
        if (k < came->count) {
            jv_free(came->items[k]);
            came->items[k] = NULL; /* jv_free allows NULL */
        }
    }
    for (size_t k = 0; k < came->count; k++)
        if (came->items[k] != NULL)
            jv_add(all, object_of("added", NULL, came->items[k]));
    rc = 0;
free:
    free_both(docs);
out:
    jv_free(gone);
    jv_free(came);
    return rc;
}

static int diff_ids(const struct pkg_diff_side *const sides[2], struct jv **out, struct err *e)
{
    struct jv *docs[2];
    unsigned long long from, to;

    if (read_both(sides, "transactions.json", false, docs, e) != 0)
        return -1;
    from = strtoull(jv_get_text(docs[0], "next_xid") == NULL ? "0" : jv_get_text(docs[0], "next_xid"), NULL, 10);
    to = strtoull(jv_get_text(docs[1], "next_xid") == NULL ? "0" : jv_get_text(docs[1], "next_xid"), NULL, 10);
    *out = jv_object();
    jv_set(*out, "consumed", to >= from ? jv_int((int64_t)(to - from)) : jv_null());
    jv_set(*out, "from", jv_copy(jv_get(docs[0], "next_xid")));
    jv_set(*out, "next_multixact", jv_add(jv_add(jv_array(), jv_copy(jv_get(docs[0], "next_multixact"))),
                                          jv_copy(jv_get(docs[1], "next_multixact"))));
    jv_set(*out, "to", jv_copy(jv_get(docs[1], "next_xid")));
    free_both(docs);
    return 0;
}

/* WAL by relation and type; only where both sides are the two edges of one run. */
static int tell_wal(const struct pkg_source *source, struct jv **out, struct err *e)
{
    struct jv *wal = NULL;
    struct jv *groups = NULL;
    int got = pkg_source_document(source, "wal.json", &wal, e);

    if (got == 1 && !jv_is(jv_get(wal, "records"), JV_INT))
        got = 0; /* positions alone */
    if (got == 1)
        got = pkg_source_lines(source, "wal/groups.ndjson", &groups, e) < 0 ? -1 : 1;
    for (size_t i = 0; got == 1 && groups != NULL && i < groups->count; i++)
        if (!jv_is(jv_get(groups->items[i], "count"), JV_INT) || !jv_is(jv_get(groups->items[i], "relations"), JV_ARRAY))
            got = err_set(e, ERR_INPUT, "%s: wal/groups.ndjson is misshapen", source->path);
    if (got == 1) {
        jv_set(wal, "groups", groups == NULL ? jv_array() : groups);
        *out = wal;
        return 0;
    }
    jv_free(wal);
    jv_free(groups);
    *out = jv_null();
    return got;
}

/* Sessions at the first edge that are not ours: who else could have done it. */
static int tell_others(const struct pkg_diff_side *side, struct jv *all, struct err *e)
{
    char name[64];
    struct jv *doc = NULL;
    const struct jv *sessions;
    int got;

    (void)snprintf(name, sizeof name, "%s/activity.json", side->edge);
    got = pkg_source_document(side->source, name, &doc, e);
    if (got != 1)
        return got;
    sessions = jv_get(doc, "sessions");
    for (size_t i = 0; jv_is(sessions, JV_ARRAY) && i < sessions->count; i++) {
        const struct jv *s = sessions->items[i];
        const struct jv *observer = jv_get(s, "observer");
        const char *type = jv_get_text(s, "type");

        if (jv_is(s, JV_OBJECT) && (observer == NULL || !observer->truth) && (type == NULL || strcmp(type, "client backend") == 0))
            jv_add(all, jv_copy(s));
    }
    jv_free(doc);
    return 0;
}

static int describe(const struct pkg_diff_side *side, struct jv **out, struct err *e)
{
    struct jv *started = NULL;
    struct jv *identity = NULL;
    struct jv *v;
    int rc = -1;

    if (read_edge(side, "identity.json", false, &identity, e) != 0)
        return -1;
    if (pkg_source_document(side->source, "started.json", &started, e) >= 0) {
        v = jv_object();
        jv_set(v, "database", jv_copy(jv_get(identity, "database")));
        jv_set(v, "edge", jv_string(side->edge));
        jv_set(v, "path", jv_string(side->source->path));
        jv_set(v, "run_id", started == NULL ? jv_null() : jv_copy(jv_get(started, "run_id")));
        jv_set(v, "system_identifier", jv_copy(jv_get(identity, "system_identifier")));
        jv_set(v, "taken_at", jv_copy(jv_get(identity, "taken_at")));
        *out = v;
        rc = 0;
    }
    jv_free(identity);
    jv_free(started);
    return rc;
}

int pkg_diff_make(const struct pkg_diff_side *from, const struct pkg_diff_side *to, size_t limit,
                  struct jv **out, struct err *e)
{
    const struct pkg_diff_side *const sides[2] = {from, to};
    static const char *const lists[] = {"tables", "sequences", "catalog", "cluster"};
    struct jv *v = jv_object();
    struct jv *parts[4] = {jv_array(), jv_array(), jv_array(), jv_array()};
    struct jv *heads[2] = {NULL, NULL};
    struct jv *ids = NULL;
    struct jv *wal = NULL;
    struct jv *others = jv_array();
    bool is_same = true;
    int rc = -1;

    if (describe(from, &heads[0], e) == 0 && describe(to, &heads[1], e) == 0 &&
        diff_tables(sides, limit, parts[0], e) == 0 && diff_sequences(sides, parts[1], e) == 0 &&
        diff_lines(sides, "catalog.ndjson", parts[2], e) == 0 &&
        diff_lines(sides, "cluster.ndjson", parts[3], e) == 0 && diff_ids(sides, &ids, e) == 0 &&
        (from->source == to->source ? tell_wal(from->source, &wal, e) : 0) == 0)
        rc = tell_others(from, others, e);
    for (size_t i = 0; i < 4; i++) {
        is_same = is_same && parts[i] != NULL && parts[i]->count == 0;
        jv_set(v, lists[i], parts[i]);
    }
    jv_set(v, "from", heads[0]);
    jv_set(v, "ids", ids);
    jv_set(v, "others", others);
    jv_set(v, "same", jv_bool(is_same));
    jv_set(v, "schema", jv_string("dryproof.diff/1"));
    jv_set(v, "to", heads[1]);
    jv_set(v, "wal", wal == NULL ? jv_null() : wal);
    if (rc == 0 && v != NULL && v->is_broken)
        rc = err_no_memory(e);
    if (rc == 0)
        *out = v;
    else
        jv_free(v);
    return rc;
}
