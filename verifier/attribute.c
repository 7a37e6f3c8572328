/*
 * verifier/attribute.c - see attribute.h.
 *
 * Transaction ids that belong together (a transaction and its subtransactions, as COMMIT and
 * ABORT records say) are one effect: its databases are those of all its records.
 */
#include "verifier/attribute.h"

#include "verifier/others.h"
#include "verifier/wal.h"

#include <stdlib.h>
#include <string.h>

enum { AROUND = 16 };

/* what an effect names */
struct named {
    bool here, shared, foreign, began, unknown;
    bool relations, autovacuum;
};

struct one_id {
    unsigned long long id, top;
    const char *database;        /* of the session that was seen to hold it */
    const struct json *holder;
    const struct record *record; /* whose own id it is */
    struct named named;          /* of a top-level id: by all its records */
    enum vfy_origin origin;
    const char *basis;
};

struct attribution {
    const char *database;
    struct others *others;
    struct one_id *ids; /* sorted, each once */
    size_t count;
    unsigned long long first; /* live next id at the first edge */
    bool switches;            /* the server switches segments by itself */
    struct autovacuum *autovacuum;
};

static unsigned long long number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static void name_database(const struct attribution *w, struct named *n, const char *oid)
{
    const struct place *p = vfy_others_place(w->others, oid);

    if (strcmp(oid, "0") == 0) {
        n->shared = true;
    } else if (strcmp(oid, w->database) == 0) {
        n->here = true;
    } else {
        n->foreign = true;
        n->began = n->began || p == NULL || p->began; /* one that was not there before cannot be somebody else's */
        n->unknown = n->unknown || (p != NULL && p->unknown);
    }
}

static void name_group(const struct attribution *w, struct named *n, const struct json *g)
{
    const struct json *databases = vfy_json_get(g, "databases"), *relations = vfy_json_get(g, "relations");

    for (size_t i = 0; i < vfy_json_count(databases); i++)
        name_database(w, n, vfy_json_text(vfy_json_at(databases, i)));
    for (size_t i = 0; i < vfy_json_count(relations); i++)
        name_database(w, n, vfy_json_str(vfy_json_at(relations, i), "database"));
    n->unknown = n->unknown || vfy_others_unseen(w->others, w->database, g);
    n->relations = n->relations || vfy_json_count(relations) > 0;
    n->autovacuum = n->autovacuum && vfy_autovacuum_does(w->autovacuum, g, w->database);
}

static enum vfy_origin decide(const struct attribution *w, const struct named *n, const char **basis)
{
    const struct place *here = vfy_others_place(w->others, w->database);

    *basis = NULL;
    if (n->foreign && !n->here && !n->shared) {
        if (!n->began && !n->unknown) {
            *basis = "other databases";
            return ORIGIN_EXPLAINED;
        }
        return w->others->count > 0 || !n->began ? ORIGIN_UNKNOWN : ORIGIN_RUN;
    }
    if (n->relations && n->autovacuum) {
        *basis = "autovacuum";
        return ORIGIN_EXPLAINED;
    }
    if (n->here)
        return here == NULL || here->others > 0 ? ORIGIN_UNKNOWN : ORIGIN_RUN;
    return w->others->count > 0 ? ORIGIN_UNKNOWN : ORIGIN_RUN;
}

static int by_id(const void *a, const void *b)
{
    const struct one_id *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->top == x->id) - (y->top == y->id); /* that of a subtransaction first */
}

/* the first whose id is not below */
static size_t at_least(const struct attribution *w, unsigned long long id)
{
    size_t from = 0, to = w->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (w->ids[middle].id < id)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* list_ids took down every id that is asked for, and its top */
static struct one_id *find(const struct attribution *w, unsigned long long id)
{
    return &w->ids[at_least(w, id)];
}

static struct one_id *top_of(const struct attribution *w, unsigned long long id)
{
    struct one_id *x = find(w, id);

    for (int level = 0; level < 8 && x->top != x->id; level++)
        x = find(w, x->top);
    return x;
}

static void add(struct attribution *w, unsigned long long id, unsigned long long top)
{
    w->ids[w->count++] = (struct one_id){.id = id, .top = top};
}

static void add_list(struct attribution *w, const struct json *list, const char *key)
{
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *x = vfy_json_at(list, i);
        unsigned long long id = number(key == NULL ? vfy_json_text(x) : vfy_json_str(x, key));

        add(w, id, id);
    }
}

/* a record's own id; after an error, whose transaction tells none, the ids around it */
static void add_record(struct attribution *w, const struct record *r)
{
    unsigned long long from = number(vfy_json_str(r->session, "next_xid_before"));
    unsigned long long to = number(vfy_json_str(r->session, "next_xid_after"));
    unsigned long long id = number(vfy_json_str(r->session, "xid"));

    if (vfy_json_get(r->session, "xid")->type == JSON_STRING)
        add(w, id, id);
    else if (r->raised)
        for (int i = 0; i < AROUND && from < to; i++, from++)
            add(w, from, from);
}

/* every id that any document names */
static void list_ids(struct attribution *w, const struct evidence *v)
{
    size_t room = AROUND * v->ran_count + 1, kept = 0;

    for (size_t i = 0; i < vfy_json_count(v->groups); i++)
        room += 1 + vfy_json_count(vfy_json_get(vfy_json_at(v->groups, i), "subxids"));
    for (size_t i = 0; i < vfy_json_count(v->seen); i++)
        room += vfy_json_count(vfy_json_get(vfy_json_at(v->seen, i), "xids"));
    for (int e = 0; e < 2; e++)
        room += vfy_json_count(vfy_json_get(v->edges[e].activity, "holders"));
    w->ids = vfy_mem_alloc(v->arena, room * sizeof *w->ids);
    for (size_t i = 0; i < vfy_json_count(v->groups); i++) {
        const struct json *g = vfy_json_at(v->groups, i), *sub = vfy_json_get(g, "subxids");
        unsigned long long top = number(vfy_json_str(g, "xid"));

        if (vfy_json_get(g, "xid")->type == JSON_NULL)
            continue;
        add(w, top, top);
        for (size_t k = 0; k < vfy_json_count(sub); k++)
            add(w, number(vfy_json_text(vfy_json_at(sub, k))), top);
    }
    for (size_t i = 0; i < vfy_json_count(v->seen); i++)
        add_list(w, vfy_json_get(vfy_json_at(v->seen, i), "xids"), NULL);
    for (int e = 0; e < 2; e++)
        add_list(w, vfy_json_get(v->edges[e].activity, "holders"), "xid");
    for (size_t i = 0; i < v->ran_count; i++)
        add_record(w, v->ran[i]);
    qsort(w->ids, w->count, sizeof *w->ids, by_id);
    for (size_t i = 0; i < w->count; i++)
        if (kept == 0 || w->ids[kept - 1].id != w->ids[i].id)
            w->ids[kept++] = w->ids[i];
    w->count = kept;
}

static void hold(struct attribution *w, const char *id, const struct json *holder, const struct json *session)
{
    struct one_id *x = top_of(w, number(id));

    if (x->holder == NULL && vfy_json_get(holder, "database")->type == JSON_STRING) {
        x->holder = session != NULL ? session : holder;
        x->database = vfy_json_str(holder, "database");
    }
}

static void hold_all(struct attribution *w, const struct evidence *v)
{
    for (int e = 0; e < 2; e++) {
        const struct json *list = vfy_json_get(v->edges[e].activity, "holders");
        const struct json *sessions = vfy_json_get(v->edges[e].activity, "sessions");

        for (size_t i = 0; i < vfy_json_count(list); i++)
            hold(w, vfy_json_str(vfy_json_at(list, i), "xid"), vfy_json_at(list, i),
                 vfy_others_pid(sessions, vfy_json_at(list, i)));
    }
    for (size_t i = 0; i < vfy_json_count(v->seen); i++) {
        const struct json *s = vfy_json_at(v->seen, i), *list = vfy_json_get(s, "xids");

        for (size_t k = 0; k < vfy_json_count(list); k++)
            hold(w, vfy_json_text(vfy_json_at(list, k)), s, s);
    }
}

/* the own id of each record; after an error, whose transaction tells none, the only id around it
 * that nothing else explains */
static void claim(struct attribution *w, const struct record *r)
{
    unsigned long long from = number(vfy_json_str(r->session, "next_xid_before"));
    unsigned long long to = number(vfy_json_str(r->session, "next_xid_after"));
    unsigned long long id = number(vfy_json_str(r->session, "xid"));
    struct one_id *x = NULL;
    size_t open = 0;

    if (vfy_json_get(r->session, "xid")->type == JSON_STRING) {
        x = id >= from && id < to ? find(w, id) : NULL;
    } else if (r->raised) {
        for (size_t i = at_least(w, from); i < w->count && w->ids[i].id < to; i++) {
            bool is_open = w->ids[i].origin != ORIGIN_EXPLAINED;

            x = is_open ? &w->ids[i] : x;
            open += is_open;
            from += !is_open;
        }
        x = open == 1 && to - from == 1 ? x : NULL;
    }
    for (size_t i = 0; x != NULL && i < w->count; i++)
        if (w->ids[i].id == x->id || (w->ids[i].top == x->id && x->top == x->id)) {
            w->ids[i].record = r;
            w->ids[i].origin = ORIGIN_EXPLAINED;
            w->ids[i].basis = "steps";
        }
}

static void judge_ids(struct attribution *w, const struct evidence *v)
{
    for (size_t i = 0; i < w->count; i++)
        w->ids[i].named.autovacuum = true;
    for (size_t i = 0; i < vfy_json_count(v->groups); i++) {
        const struct json *g = vfy_json_at(v->groups, i);

        if (vfy_json_get(g, "xid")->type == JSON_STRING)
            name_group(w, &top_of(w, number(vfy_json_str(g, "xid")))->named, g);
    }
    hold_all(w, v);
    for (size_t i = 0; i < w->count; i++) {
        struct one_id *x = &w->ids[i], *top = top_of(w, x->id);
        struct named n = top->named;

        if (!n.here && !n.shared && !n.foreign && top->database != NULL)
            name_database(w, &n, top->database);
        x->origin = decide(w, &n, &x->basis);
        x->holder = top->holder;
        if (x->origin == ORIGIN_RUN && top->id < w->first)
            x->origin = ORIGIN_UNKNOWN; /* it is older than the run */
    }
    for (size_t i = 0; i < v->ran_count; i++)
        claim(w, v->ran[i]);
}

static bool began_elsewhere(const struct attribution *w)
{
    for (size_t i = 0; i < w->others->place_count; i++)
        if (strcmp(w->others->places[i].oid, w->database) != 0 &&
            (w->others->places[i].began || w->others->places[i].unknown))
            return true;
    return false;
}

/* a sequence whose next numbers are logged already gives one without WAL and without an id */
static void name_places(const struct evidence *v, const struct attribution *w)
{
    for (size_t i = 0; i < w->others->place_count; i++) {
        const struct place *p = &w->others->places[i];

        if (v->is_bracket && p->began && strcmp(p->oid, w->database) != 0)
            vfy_report_unseen(v->report, "sequences of database %.60s, where a session began meanwhile", p->name);
    }
}

void vfy_attribute_open(struct evidence *v)
{
    struct attribution *w = vfy_mem_alloc(v->arena, sizeof *w);
    const char *timeout = vfy_json_str(vfy_json_get(v->edges[0].activity, "settings"), "archive_timeout");

    w->database = vfy_json_str(v->edges[0].identity, "database_oid");
    w->first = number(vfy_json_str(v->edges[0].transactions, "next_xid"));
    w->switches = timeout[0] != '\0' && strcmp(timeout, "0") != 0;
    w->others = vfy_others_open(v);
    name_places(v, w);
    w->autovacuum = vfy_autovacuum_open(v, began_elsewhere(w));
    list_ids(w, v);
    judge_ids(w, v);
    v->who = w;
}

enum vfy_origin vfy_attribute_here(const struct evidence *v)
{
    const struct place *here = vfy_others_place(v->who->others, v->who->database);

    return here == NULL || here->others > 0 ? ORIGIN_UNKNOWN : ORIGIN_RUN;
}

enum vfy_origin vfy_attribute_anywhere(const struct evidence *v)
{
    return v->who->others->count > 0 ? ORIGIN_UNKNOWN : ORIGIN_RUN;
}

const char *vfy_attribute_others(const struct evidence *v)
{
    const struct place *here = vfy_others_place(v->who->others, v->who->database);

    return vfy_mem_print(v->arena, "whose cannot be told; others at the first edge: %zu, in this database %zu", v->who->others->count,
                         here != NULL ? here->others : 0);
}

static const char *housekeeping(const char *type)
{
    return strncmp(type, "CHECKPOINT", 10) == 0 ? "checkpoints"
           : strcmp(type, "RUNNING_XACTS") == 0 ? "running-xacts"
           : strcmp(type, "SWITCH") == 0        ? "segment switches"
                                                : "housekeeping";
}

/* a step writes rows of the tables whose change the plan allows it, and no others, no sequence
 * and no message: what it undoes itself, or hands on, shows in no digest */
static bool may_step(const struct evidence *v, const struct record *record, const struct json *g)
{
    const struct json *relations = vfy_json_get(g, "relations"), *list = vfy_json_get(v->plan, "allowed_changes");
    const char *step = "", *rmgr = vfy_json_str(g, "rmgr");

    if (record == NULL)
        return true;
    if (strcmp(rmgr, "Sequence") == 0 || strcmp(rmgr, "LogicalMessage") == 0)
        return false;
    if (record->raised || strncmp(rmgr, "Heap", 4) != 0)
        return true;
    for (size_t i = 0; i < v->step_count; i++)
        if (&v->steps[i].execution == record)
            step = vfy_json_str(v->steps[i].plan, "name");
    for (size_t i = 0; i < vfy_json_count(relations); i++) {
        const char *name = vfy_json_str(vfy_json_at(relations, i), "relation");
        bool known = strncmp(name, "pg_toast.", 9) == 0;

        for (size_t k = 0; !known && k < vfy_json_count(list); k++)
            known = vfy_json_is(vfy_json_get(vfy_json_at(list, k), "relation"), name) &&
                    vfy_json_is(vfy_json_get(vfy_json_at(list, k), "step"), step);
        if (!known)
            return false;
    }
    return true;
}

enum vfy_origin vfy_attribute_group(const struct evidence *v, const struct json *g, const char **basis)
{
    const struct attribution *w = v->who;
    const char *type = vfy_json_str(g, "type");
    enum vfy_wal_class class = vfy_wal_class(vfy_json_str(g, "rmgr"), type);
    struct named n = {.autovacuum = true};

    if (vfy_json_get(g, "xid")->type == JSON_STRING) {
        const struct one_id *x = find(w, number(vfy_json_str(g, "xid")));

        if (!may_step(v, x->record, g))
            return ORIGIN_RUN;
        *basis = x->basis;
        return x->origin;
    }
    if (class == WAL_READ || (class == WAL_HOUSEKEEPING && (strcmp(type, "SWITCH") != 0 || w->switches))) {
        *basis = class == WAL_READ ? "pruning and hint bits by reads" : housekeeping(type);
        return ORIGIN_EXPLAINED;
    }
    name_group(w, &n, g);
    n.autovacuum = n.autovacuum && class == WAL_VACUUM;
    return decide(w, &n, basis);
}

static void name_id(struct buf *b, const struct one_id *x)
{
    const struct json *pid = vfy_json_get(x->holder, "pid"), *user = vfy_json_get(x->holder, "user");

    vfy_mem_put(b, "%s%llu", b->len > 0 ? ", " : "", x->id);
    if (pid != NULL && pid->type == JSON_INT)
        vfy_mem_put(b, " (session %lld%s%.60s)", (long long)pid->u.integer, user != NULL ? " of " : "",
                    vfy_json_text(user));
    else if (vfy_json_is(vfy_json_get(x->holder, "kind"), "prepared"))
        vfy_mem_put(b, " (prepared)");
}

void vfy_attribute_ids(const struct evidence *v, unsigned long long from, unsigned long long to, struct ids *n,
                       struct buf *names)
{
    const struct attribution *w = v->who;
    unsigned long long known = 0, old = from < w->first ? (to < w->first ? to : w->first) - from : 0;
    size_t named = 0;

    if (to <= from)
        return;
    for (size_t i = at_least(w, from); i < w->count && w->ids[i].id < to; i++) {
        const struct one_id *x = &w->ids[i];

        known++;
        old -= x->id < w->first;
        n->own += x->record != NULL;
        n->foreign += x->origin == ORIGIN_EXPLAINED && x->record == NULL;
        n->run += x->origin == ORIGIN_RUN;
        n->unknown += x->origin == ORIGIN_UNKNOWN;
        if (names != NULL && x->origin != ORIGIN_EXPLAINED && named++ < 5)
            name_id(names, x);
    }
    n->unknown += old;
    known = to - from - known - old; /* ids that no document names */
    if (w->others->count > 0)
        n->unknown += known;
    else
        n->run += known;
}

enum vfy_code vfy_attribute_code(enum vfy_origin origin, enum vfy_code code)
{
    return origin == ORIGIN_UNKNOWN ? E_EVIDENCE_UNATTRIBUTED : code;
}
