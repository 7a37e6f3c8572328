/*
 * verifier/others.c - see others.h.  FORMAT.md section 10, "Others".
 */
#include "verifier/others.h"

#include "verifier/wal.h"

#include <string.h>

/* processes of the server itself do nothing on anybody's behalf */
static bool is_somebody(const struct json *session)
{
    static const char *const server[] = {"autovacuum launcher", "autovacuum worker", "background writer", "checkpointer",
                                         "walwriter", "archiver", "logger", "startup", "walreceiver", "walsummarizer",
                                         "logical replication launcher", "slotsync worker", "io worker"};
    const char *type = vfy_json_str(session, "type");

    for (size_t i = 0; i < sizeof server / sizeof *server; i++)
        if (strcmp(type, server[i]) == 0)
            return false;
    return vfy_json_get(session, "database")->type == JSON_STRING;
}

const struct json *vfy_others_pid(const struct json *sessions, const struct json *s)
{
    int64_t pid = vfy_json_int(vfy_json_get(s, "pid"));
    size_t from = 0, to = vfy_json_count(sessions);

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int64_t at = vfy_json_int(vfy_json_get(vfy_json_at(sessions, middle), "pid"));

        if (at == pid)
            return vfy_json_at(sessions, middle);
        if (at < pid)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

static const struct json *same_session(const struct json *sessions, const struct json *s)
{
    const struct json *other = vfy_others_pid(sessions, s);

    return vfy_json_same(vfy_json_get(other, "backend_start"), vfy_json_get(s, "backend_start")) ? other : NULL;
}

static bool is_observer(const struct json *s)
{
    return vfy_json_get(s, "observer")->type == JSON_TRUE;
}

/* idle at both edges, and never anything else in between */
static bool did_nothing(const struct json *s, const struct json *after)
{
    const struct json *then = same_session(after, s), *at = vfy_json_get(s, "state_change");

    return then != NULL && vfy_json_is(vfy_json_get(s, "state"), "idle") &&
           vfy_json_is(vfy_json_get(then, "state"), "idle") && at->type == JSON_STRING &&
           vfy_json_get(s, "backend_start")->type == JSON_STRING && vfy_json_same(at, vfy_json_get(then, "state_change"));
}

struct place *vfy_others_place(const struct others *o, const char *oid)
{
    for (size_t i = 0; i < o->place_count; i++)
        if (strcmp(o->places[i].oid, oid) == 0)
            return &o->places[i];
    return NULL;
}

static const struct json *database(const struct json *activity, const char *oid)
{
    const struct json *list = vfy_json_get(activity, "databases");

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "oid"), oid))
            return vfy_json_at(list, i);
    return NULL;
}

static void add_began(struct others *o, const struct json *list, const struct json *before)
{
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *s = vfy_json_at(list, i);
        struct place *p = is_somebody(s) ? vfy_others_place(o, vfy_json_str(s, "database")) : NULL;
        const struct json *ours = vfy_json_get(s, "observer");

        if (p != NULL && (ours == NULL || ours->type == JSON_FALSE) && same_session(before, s) == NULL)
            p->began = true;
    }
}

struct others *vfy_others_open(const struct evidence *v)
{
    struct others *o = vfy_mem_alloc(v->arena, sizeof *o);
    const struct json *a[2] = {v->edges[0].activity, v->edges[1].activity};
    const struct json *list = vfy_json_get(a[0], "databases"), *before = vfy_json_get(a[0], "sessions");
    const struct json *after = vfy_json_get(a[1], "sessions");

    o->places = vfy_mem_alloc(v->arena, vfy_json_count(list) * sizeof *o->places);
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        struct place *p = &o->places[o->place_count++];
        const struct json *d = vfy_json_at(list, i), *then;
        const struct json *from = vfy_json_get(d, "sessions"), *to;

        p->oid = vfy_json_str(d, "oid");
        p->name = vfy_json_str(d, "name");
        then = database(a[1], p->oid);
        to = vfy_json_get(then, "sessions");
        p->unknown = to == NULL || from->type == JSON_NULL || to->type == JSON_NULL ||
                     !vfy_json_same(vfy_json_get(d, "stats_reset"), vfy_json_get(then, "stats_reset"));
        p->began = !p->unknown && !vfy_json_same(from, to);
    }
    for (size_t i = 0; i < vfy_json_count(before); i++) {
        const struct json *s = vfy_json_at(before, i);
        struct place *p;

        if (is_observer(s) || !is_somebody(s) || did_nothing(s, after))
            continue;
        o->count++;
        p = vfy_others_place(o, vfy_json_str(s, "database"));
        if (p != NULL)
            p->others++;
    }
    add_began(o, after, before);
    add_began(o, v->seen, before);
    return o;
}

/* rows that autovacuum writes where nobody is: of pg_statistic, pg_statistic_ext_data, their
 * indexes and toast tables, in the files that they were made with; it also gives pages back */
static bool is_of_nobody(const struct json *g)
{
    static const char *const files[] = {"2619", "2696", "2840", "2841", "3429", "3430", "3431", "3433"};
    const struct json *relations = vfy_json_get(g, "relations");
    const char *rmgr = vfy_json_str(g, "rmgr"), *type = vfy_json_str(g, "type");
    size_t known = 0;

    if (vfy_wal_class(rmgr, type) != WAL_WRITE || strcmp(rmgr, "Transaction") == 0 || strcmp(rmgr, "Standby") == 0 ||
        (strcmp(rmgr, "Storage") == 0 && strcmp(type, "TRUNCATE") == 0))
        return true;
    for (size_t i = 0; i < vfy_json_count(relations); i++)
        for (size_t k = 0; k < sizeof files / sizeof *files; k++)
            known += vfy_json_is(vfy_json_get(vfy_json_at(relations, i), "filenode"), files[k]);
    return known > 0 && known == vfy_json_count(relations);
}

bool vfy_others_unseen(const struct others *o, const char *here, const struct json *g)
{
    const struct json *databases = vfy_json_get(g, "databases");

    for (size_t i = 0; i < vfy_json_count(databases); i++) {
        const char *oid = vfy_json_text(vfy_json_at(databases, i));
        const struct place *p = vfy_others_place(o, oid);

        if (strcmp(oid, here) != 0 && p != NULL && p->others == 0 && !is_of_nobody(g))
            return true;
    }
    return false;
}
