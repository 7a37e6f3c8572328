/*
 * verifier/wal.c - WAL between the edges: every record is explained, or it is named.
 *
 * Claim no-write-witness; FORMAT.md sections 3 and 10.
 */
#include "verifier/wal.h"

#include "verifier/attribute.h"
#include "verifier/lines.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { BASES = 16, KINDS = 64 };

static const struct {
    const char *rmgr, *type;
    enum vfy_wal_class class;
} classes[] = {
#define WAL(rmgr, type, class) {rmgr, type, class},
#include "gen/wal.inc"
#undef WAL
};

enum vfy_wal_class vfy_wal_class(const char *rmgr, const char *type)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(classes[i].rmgr, rmgr) == 0 && strcmp(classes[i].type, type) == 0)
            return classes[i].class;
    return WAL_WRITE;
}

unsigned long long vfy_wal_lsn(const char *text)
{
    char *rest;
    unsigned long long high = strtoull(text, &rest, 16);

    return high << 32 | (*rest == '/' ? strtoull(rest + 1, NULL, 16) : 0);
}

static const char *lsn_at(const struct evidence *v, int edge)
{
    return vfy_json_str(v->edges[edge].position, "insert_lsn");
}

const char *vfy_wal_holds(const struct evidence *v)
{
    static const char *const same[] = {"system_identifier", "timeline", "server_started_at"};
    static const char *const why[] = {"another system identifier", "another timeline", "the server was started anew"};
    const struct json *id[2] = {v->edges[0].identity, v->edges[1].identity};
    bool moved = strcmp(lsn_at(v, 0), lsn_at(v, 1)) != 0;

    for (size_t i = 0; i < 3; i++)
        if (!vfy_json_same(vfy_json_get(id[0], same[i]), vfy_json_get(id[1], same[i])))
            return why[i];
    if (!vfy_json_same(vfy_json_get(v->edges[0].position, "timeline"), vfy_json_get(v->edges[1].position, "timeline")))
        return why[1];
    for (int e = 0; e < 2; e++)
        if (vfy_json_get(id[e], "in_recovery")->type == JSON_TRUE && moved)
            return "the server was in recovery, and replayed";
    return vfy_json_get(v->wal, "basis")->type == JSON_NULL ? vfy_json_str(v->wal, "reason") : NULL;
}

static void piece(struct evidence *v, bool ok, const char *path, const char *what)
{
    vfy_report_check(v->report, LEVEL_1, ok, E_EVIDENCE_INCONSISTENT, path, "%s", what);
}

static const struct json *with_filenode(const struct edge *edge, const char *filenode, const char *name)
{
    const struct json *list = vfy_json_get(edge->physical, "relations"), *other = NULL;

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "filenode"), filenode)) {
            other = vfy_json_at(list, i);
            if (vfy_json_is(vfy_json_get(other, "relation"), name))
                return other;
        }
    return other;
}

/* a filenode of this database has its name of the first edge that knows it; in two tablespaces
 * two relations may have one number */
static bool is_named(const struct evidence *v, const struct json *r)
{
    const char *name = vfy_json_str(r, "relation"), *filenode = vfy_json_str(r, "filenode");

    if (!vfy_json_same(vfy_json_get(r, "database"), vfy_json_get(v->edges[0].identity, "database_oid")))
        return true;
    for (int e = 0; e < 2; e++) {
        const struct json *p = with_filenode(&v->edges[e], filenode, name);

        if (p != NULL)
            return vfy_json_is(vfy_json_get(p, "relation"), name);
    }
    return true;
}

/* by database and filenode as numbers; two tablespaces may give one number */
static bool precedes(const struct json *a, const struct json *b)
{
    static const char *const keys[] = {"database", "filenode", "tablespace"};

    for (size_t i = 0; i < 3; i++) {
        unsigned long long x = strtoull(vfy_json_str(a, keys[i]), NULL, 10), y = strtoull(vfy_json_str(b, keys[i]), NULL, 10);

        if (x != y)
            return x < y;
    }
    return false;
}

static bool is_group(const struct evidence *v, const struct json *g, unsigned long long next)
{
    const struct json *relations = vfy_json_get(g, "relations"), *databases = vfy_json_get(g, "databases");
    const struct json *sub = vfy_json_get(g, "subxids");
    unsigned long long first = vfy_wal_lsn(vfy_json_str(g, "first_lsn")), last = vfy_wal_lsn(vfy_json_str(g, "last_lsn"));
    bool ok = first >= vfy_wal_lsn(vfy_json_str(v->wal, "before_lsn")) &&
              last < vfy_wal_lsn(vfy_json_str(v->wal, "after_lsn")) && vfy_json_int(vfy_json_get(g, "count")) > 0 &&
              (vfy_json_int(vfy_json_get(g, "count")) == 1 ? first == last : first < last);

    ok = ok && strtoull(vfy_json_str(g, "xid"), NULL, 10) < next && vfy_json_ascends(sub);
    for (size_t i = 0; i < vfy_json_count(sub); i++)
        ok = ok && vfy_json_get(g, "xid")->type == JSON_STRING && strcmp(vfy_json_str(g, "rmgr"), "Transaction") == 0 &&
             strtoull(vfy_json_text(vfy_json_at(sub, i)), NULL, 10) < next;
    for (size_t i = 1; i < vfy_json_count(databases); i++)
        ok = ok && strtoull(vfy_json_text(vfy_json_at(databases, i - 1)), NULL, 10) <
                       strtoull(vfy_json_text(vfy_json_at(databases, i)), NULL, 10);
    for (size_t i = 1; i < vfy_json_count(relations); i++)
        ok = ok && precedes(vfy_json_at(relations, i - 1), vfy_json_at(relations, i));
    for (size_t i = 0; i < vfy_json_count(relations); i++)
        ok = ok && vfy_json_has(databases, vfy_json_str(vfy_json_at(relations, i), "database")) == 1 &&
             is_named(v, vfy_json_at(relations, i));
    return ok;
}

/* the two documents say the same, and no record is missing */
static void judge_pieces(struct evidence *v)
{
    const struct member *m = vfy_bag_peek(v->bag, "wal/groups.ndjson");
    const char *path = "wal/groups.ndjson", *p;
    /* beside others ids may be taken between the reading of the counter and of the position */
    unsigned long long next = vfy_attribute_anywhere(v) != ORIGIN_RUN
                                  ? ULLONG_MAX : strtoull(vfy_json_str(v->edges[1].transactions, "next_xid"), NULL, 10);
    unsigned long long from = vfy_wal_lsn(lsn_at(v, 0)), to = vfy_wal_lsn(lsn_at(v, 1));
    unsigned long long records = 0, bytes = 0, n = (unsigned long long)vfy_json_count(v->groups), first = to;
    const struct json *basis = vfy_json_get(v->wal, "basis");
    bool sorted = true, sound = true;
    struct lines lines = vfy_lines_open(v->arena, m);
    struct buf last = {v->arena, NULL, 0, 0};
    size_t size;

    for (size_t i = 0; vfy_lines_next(&lines, &p, &size); i++) {
        const struct json *g = vfy_json_at(v->groups, i);
        unsigned long long at = vfy_wal_lsn(vfy_json_str(g, "first_lsn"));

        sorted = vfy_lines_rises(&last, p, size) && sorted;
        sound = sound && is_group(v, g, next);
        records += (unsigned long long)vfy_json_int(vfy_json_get(g, "count"));
        bytes += (unsigned long long)vfy_json_int(vfy_json_get(g, "bytes"));
        first = at < first ? at : first;
    }
    vfy_lines_close(&lines);
    piece(v, sorted, path, "not sorted, each once");
    piece(v, sound, path, "a group lies outside of the edges, or names what is not so there");
    piece(v, records == (unsigned long long)vfy_json_int(vfy_json_get(v->wal, "records")) &&
                 bytes == (unsigned long long)vfy_json_int(vfy_json_get(v->wal, "bytes")) && bytes <= to - from,
          "wal.json", "its sums are not those of the groups");
    piece(v, vfy_json_is(basis, "equal") == (from == to && basis->type != JSON_NULL) &&
                 (basis->type == JSON_NULL) == (vfy_json_get(v->wal, "reason")->type != JSON_NULL) &&
                 (n == 0) == (basis->type == JSON_NULL || from == to) && (n == 0 || first == from),
          "wal.json", "its basis does not fit its positions and groups");
}

/* records that nothing explains: by their first relation, else by their type */
struct written {
    const char *name, *rmgr, *type, *xid;
    unsigned long long records;
};

struct tally {
    struct {
        const char *name;
        unsigned long long records;
    } bases[BASES];
    unsigned long long writes[3];
    struct written written[3][KINDS];
};

static void add_basis(struct tally *t, const char *name, unsigned long long records)
{
    int i = 0;

    while (i < BASES - 1 && t->bases[i].name != NULL && strcmp(t->bases[i].name, name) != 0)
        i++;
    t->bases[i].name = name;
    t->bases[i].records += records;
}

static void add_write(struct evidence *v, struct tally *t, enum vfy_origin origin, const struct json *g)
{
    const struct json *r = vfy_json_at(vfy_json_get(g, "relations"), 0);
    const char *rmgr = vfy_json_str(g, "rmgr"), *type = vfy_json_str(g, "type"), *name = vfy_json_str(r, "relation");
    struct written *w = t->written[origin];
    int i = 0;

    if (r == NULL)
        name = vfy_mem_print(v->arena, "%.20s %.30s", rmgr, type);
    else if (name[0] == '\0')
        name = vfy_mem_print(v->arena, "file %.20s of database %.20s", vfy_json_str(r, "filenode"), vfy_json_str(r, "database"));
    while (i < KINDS - 1 && w[i].name != NULL && strcmp(w[i].name, name) != 0)
        i++;
    if (w[i].name == NULL)
        w[i] = (struct written){i == KINDS - 1 ? "others" : name, r != NULL ? rmgr : "", type, vfy_json_str(g, "xid"), 0};
    w[i].records += (unsigned long long)vfy_json_int(vfy_json_get(g, "count"));
    t->writes[origin] += (unsigned long long)vfy_json_int(vfy_json_get(g, "count"));
}

/* "3 of public.t (Heap INSERT, id 795), 1 Transaction COMMIT"; what is the server's own stands last */
static const char *tell(struct evidence *v, const struct written *w)
{
    struct buf b = {v->arena, NULL, 0, 0};
    size_t left = 0;

    vfy_mem_add(&b, "", 0);
    for (int i = 0; i < 2 * KINDS; i++) {
        const struct written *one = &w[i % KINDS];
        bool of_server = one->name != NULL && (one->rmgr[0] == '\0' || strncmp(one->name, "pg_", 3) == 0);

        if (one->name == NULL || of_server != (i >= KINDS))
            continue;
        if (b.len > 230) {
            left++;
            continue;
        }
        vfy_mem_put(&b, "%s%llu %s%.100s", b.len > 0 ? ", " : "", one->records, one->rmgr[0] != '\0' ? "of " : "", one->name);
        if (one->rmgr[0] != '\0')
            vfy_mem_put(&b, " (%.20s %.30s%s%.20s)", one->rmgr, one->type, one->xid[0] != '\0' ? ", id " : "", one->xid);
    }
    if (left > 0)
        vfy_mem_put(&b, ", and of %zu more", left);
    return b.p;
}

static void say(struct evidence *v, const struct tally *t)
{
    const char *from = vfy_json_str(v->edges[0].transactions, "next_xid"), *to = vfy_json_str(v->edges[1].transactions, "next_xid");
    struct buf b = {v->arena, NULL, 0, 0};
    struct ids n = {0, 0, 0, 0};

    vfy_attribute_ids(v, strtoull(from, NULL, 10), strtoull(to, NULL, 10), &n, NULL);
    vfy_mem_put(&b, "%lld records", (long long)vfy_json_int(vfy_json_get(v->wal, "records")));
    for (int i = 0; i < BASES && t->bases[i].name != NULL; i++)
        vfy_mem_put(&b, "%s%llu %s%s", i == 0 ? ": " : ", ", t->bases[i].records,
                    strcmp(t->bases[i].name, "steps") == 0 ? "of " : "", t->bases[i].name);
    if (n.own > 0)
        vfy_mem_put(&b, "; %llu %s of steps", n.own, n.own == 1 ? "id" : "ids");
    if (n.foreign > 0) {
        vfy_mem_put(&b, "; %llu %s of other databases or autovacuum", n.foreign, n.foreign == 1 ? "id" : "ids");
        vfy_report_unseen(v->report, "what others did beside the run: %s", b.p);
    }
    vfy_report_says(v->report, CL_NO_WRITE, "%s", b.p);
}

void vfy_wal_judge(struct evidence *v)
{
    static const enum vfy_code codes[] = {VFY_NO_CODE, E_WAL_WRITE, E_EVIDENCE_UNATTRIBUTED};
    const char *holds = vfy_wal_holds(v);
    struct tally t;

    memset(&t, 0, sizeof t);
    judge_pieces(v);
    vfy_report_check(v->report, LEVEL_3,
                     vfy_json_same(vfy_json_get(v->wal, "before_lsn"), vfy_json_get(v->edges[0].transactions, "lsn")) &&
                         vfy_json_same(vfy_json_get(v->wal, "after_lsn"), vfy_json_get(v->edges[1].transactions, "lsn")),
                     E_BIND_RUN, "wal.json", "its positions are not those of the two edges");
    vfy_report_check(v->report, CL_NO_WRITE, holds == NULL, HOLD_NO_WRITE_WITNESS, "wal.json",
                     "WAL between the edges proves nothing: %s", holds != NULL ? holds : "");
    for (size_t i = 0; i < vfy_json_count(v->groups); i++) {
        const struct json *g = vfy_json_at(v->groups, i);
        const char *basis = NULL;
        enum vfy_origin origin = vfy_attribute_group(v, g, &basis);

        if (origin == ORIGIN_EXPLAINED)
            add_basis(&t, basis, (unsigned long long)vfy_json_int(vfy_json_get(g, "count")));
        else
            add_write(v, &t, origin, g);
    }
    for (int i = ORIGIN_RUN; i <= ORIGIN_UNKNOWN; i++)
        vfy_report_check(v->report, CL_NO_WRITE, t.writes[i] == 0, codes[i], "wal/groups.ndjson",
                         "%llu WAL %s: %s%s%s", t.writes[i], t.writes[i] == 1 ? "record" : "records", tell(v, t.written[i]),
                         i == ORIGIN_UNKNOWN ? "; " : "", i == ORIGIN_UNKNOWN ? vfy_attribute_others(v) : "");
    say(v, &t);
    vfy_report_number(v->report, CL_NO_WRITE, 0, (size_t)vfy_json_int(vfy_json_get(v->wal, "records")));
}
