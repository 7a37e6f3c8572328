/*
 * packager/assertions.c - see packager/assertions.h.
 * One function a claim gives its values; the table below is section 10 of FORMAT.md.
 * A function that fails returns NULL, which marks the document as broken.
 */
#include "packager/assertions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packager/table.h"

struct source {
    const struct pkg_run *run;
    const struct jv *plan;
    const struct jv *facts;
    struct err *e;
};

static struct jv *one(const char *name, int64_t n)
{
    return jv_set(jv_object(), name, jv_int(n));
}

static int64_t count_of(const struct jv *list)
{
    return list == NULL ? 0 : (int64_t)list->count;
}

/* Rows of a relation at one edge that equal all of where (NULL: all rows); -1 on an error. */
static int64_t rows_at(const struct source *s, enum pkg_edge edge, const char *relation,
                       const struct jv *where)
{
    struct pkg_table t = {NULL, NULL};
    int64_t n = -1;

    if (pkg_table_read(s->run, edge, relation, &t, s->e) == 0)
        n = pkg_table_count(&t, where);
    pkg_table_release(&t);
    return n;
}

static struct jv *counted(const char *name, int64_t n)
{
    return n < 0 ? NULL : one(name, n);
}

static struct jv *executed(const struct source *s)
{
    return one("steps", count_of(jv_get(s->plan, "steps")));
}

static struct jv *identity(const struct source *s)
{
    const struct jv *id = s->run->identity[PKG_BEFORE];
    struct jv *v = jv_set(jv_object(), "database", jv_copy(jv_get(id, "database")));

    return jv_set(v, "system_identifier", jv_copy(jv_get(id, "system_identifier")));
}

static struct jv *gates(const struct source *s)
{
    return one("gates", count_of(jv_get(jv_get(s->plan, "gates"), "expect")));
}

static struct jv *no_state(const struct source *s)
{
    const struct jv *tables = jv_get(s->facts, "tables");
    int64_t changed = 0;

    for (size_t i = 0; i < tables->count; i++) {
        const char *relation = jv_get_text(tables->items[i], "relation");
        struct pkg_table before = {NULL, NULL}, after = {NULL, NULL};
        int64_t n = 0;
        bool is_same = false;
        bool bad = pkg_table_is_same(s->run, relation, &is_same, s->e) != 0 ||
                   (!is_same && (pkg_table_read(s->run, PKG_BEFORE, relation, &before, s->e) != 0 ||
                                 pkg_table_read(s->run, PKG_AFTER, relation, &after, s->e) != 0 ||
                                 pkg_table_changed(&before, &after, &n, s->e) != 0));

        pkg_table_release(&before);
        pkg_table_release(&after);
        if (bad)
            return NULL;
        changed += n;
    }
    return jv_set(one("changed_rows", changed), "tables", jv_int((int64_t)tables->count));
}

static int next_xid(const struct source *s, const char *path, int64_t *out)
{
    struct jv *doc = NULL;
    const char *text;
    char *end;
    int rc = -1;

    if (pkg_run_document(s->run, path, &doc, s->e) != 0)
        return -1;
    text = jv_get_text(doc, "next_xid");
    errno = 0;
    *out = text == NULL ? 0 : strtoll(text, &end, 10);
    if (text == NULL || *text == '\0' || *end != '\0' || errno != 0 || *out < 0)
        err_set(s->e, ERR_INPUT, "%s: next_xid is no number", path);
    else
        rc = 0;
    jv_free(doc);
    return rc;
}

static struct jv *ids(const struct source *s)
{
    int64_t before, after;

    if (next_xid(s, "before/transactions.json", &before) != 0 ||
        next_xid(s, "after/transactions.json", &after) != 0)
        return NULL;
    return one("ids", after - before);
}

static struct jv *records(const struct source *s)
{
    const struct jv *n = jv_get(s->run->wal, "records");

    if (!jv_is(n, JV_INT)) {
        err_set(s->e, ERR_INPUT, "wal.json: member \"records\" is missing or of another type");
        return NULL;
    }
    return one("records", n->number);
}

static struct jv *manifests(const struct source *s)
{
    const struct jv *list = jv_get(s->facts, "manifests");

    return jv_set(one("manifests", count_of(list)), "sha256",
                  list->count == 0 ? jv_null() : jv_copy(jv_get(list->items[0], "sha256")));
}

static struct jv *preflight(const struct source *s)
{
    return one("checks", count_of(jv_get(jv_get(s->plan, "preflight"), "checks")));
}

static struct jv *owner(const struct source *s)
{
    const struct jv *rows = jv_get(jv_get(s->plan, "owner"), "rows");

    if (rows == NULL)
        return one("rows", 0);
    return counted("rows", rows_at(s, PKG_BEFORE, jv_get_text(rows, "relation"),
                                   jv_get(rows, "where")));
}

static struct jv *grants(const struct source *s)
{
    const struct jv *grant = jv_get(s->plan, "grant");

    return counted("grants", rows_at(s, PKG_BEFORE, jv_get_text(grant, "relation"),
                                     jv_get(grant, "key")));
}

static struct jv *consumed(const struct source *s)
{
    const struct jv *grant = jv_get(s->plan, "grant");
    const char *relation = jv_get_text(grant, "relation");
    struct jv *where = jv_copy(jv_get(grant, "key"));
    int64_t before, after;

    jv_set(where, jv_get_text(grant, "status"), jv_copy(jv_get(grant, "consumed")));
    before = rows_at(s, PKG_BEFORE, relation, where);
    after = rows_at(s, PKG_AFTER, relation, where);
    jv_free(where);
    return before < 0 || after < 0 ? NULL : one("consumed", after - before);
}

static struct jv *coverage(const struct source *s)
{
    const struct jv *primary = jv_get(jv_get(s->facts, "coverage"), "primary");
    struct jv *v = one("declared", count_of(jv_get(primary, "declared")));

    jv_set(v, "exercised", jv_int(count_of(jv_get(primary, "exercised"))));
    return jv_set(v, "unreachable", jv_int(count_of(jv_get(primary, "unreachable"))));
}

static struct jv *fail_closed(const struct source *s)
{
    const struct jv *cases = jv_get(jv_get(s->plan, "harness"), "cases");
    int64_t primary = 0;

    for (size_t i = 0; i < cases->count; i++)
        primary += jv_text_is(jv_get(cases->items[i], "set"), "primary");
    return jv_set(one("cases", count_of(cases)), "primary_cases", jv_int(primary));
}

static struct jv *real_run(const struct source *s)
{
    const struct jv *rows = jv_get(s->facts, "harness");
    int64_t n = 0;

    for (size_t i = 0; i < rows->count; i++)
        n += jv_text_is(jv_get(rows->items[i], "outcome"), "RAISED");
    return one("cases", n);
}

static struct jv *readback(const struct source *s)
{
    return one("queries", count_of(jv_get(s->plan, "readback")));
}

static struct jv *rollback(const struct source *s)
{
    return one("codes", count_of(jv_get(jv_get(jv_get(s->facts, "coverage"), "secondary"),
                                        "exercised")));
}

static struct jv *contracts(const struct source *s)
{
    const struct jv *plan = jv_get(s->plan, "contracts");
    const struct jv *required = jv_get(plan, "required");
    int64_t n = 0;

    for (size_t i = 0; i < required->count; i++) {
        struct jv *where = jv_set(jv_object(), jv_get_text(plan, "code"),
                                  jv_copy(required->items[i]));
        int64_t found = rows_at(s, PKG_BEFORE, jv_get_text(plan, "relation"), where);

        jv_free(where);
        if (found < 0)
            return NULL;
        n += found > 0;
    }
    return one("contracts", n);
}

static struct jv *catalog(const struct source *s)
{
    return counted("rows", rows_at(s, PKG_BEFORE,
                                   jv_get_text(jv_get(s->plan, "catalog"), "registry"), NULL));
}

static struct jv *admitted(const struct source *s)
{
    return counted("records", rows_at(s, PKG_BEFORE,
                                      jv_get_text(jv_get(s->plan, "admissions"), "relation"), NULL));
}

static struct jv *reuse(const struct source *s)
{
    return one("dots", count_of(jv_get(jv_get(s->plan, "reuse"), "dots")));
}

static struct jv *forbidden(const struct source *s)
{
    return one("named", count_of(jv_get(jv_get(s->plan, "forbidden"), "named")));
}

static struct jv *firewall(const struct source *s)
{
    struct jv *v = one("cases", count_of(jv_get(jv_get(s->plan, "harness"), "cases")));

    return jv_set(v, "steps", jv_int(count_of(jv_get(s->plan, "steps"))));
}

struct claim {
    const char *id;
    struct jv *(*values)(const struct source *s);
    const char *evidence[9];
    bool is_of_bracket; /* a plan of one command has it too */
};

static const struct claim claims[] = {
    {"executed", executed, {"steps/", "environment.json", "run.json", "executor.json", "executor/"}, true},
    {"identity", identity, {"before/identity.json", "after/identity.json"}, true},
    {"gates-dry-run-only", gates, {"before/tables/", "after/tables/"}, false},
    {"no-state", no_state, {"before/", "after/"}, true},
    {"ids-accounted", ids,
     {"before/transactions.json", "after/transactions.json", "steps/", "harness/"}, true},
    {"no-write-witness", records,
     {"wal.json", "wal/", "before/activity.json", "after/activity.json", "before/physical.json",
      "after/physical.json", "before/capability.json", "after/capability.json"}, true},
    {"manifest-deterministic", manifests, {"manifests/"}, false},
    {"preflight-ready", preflight, {"steps/"}, false},
    {"owner-present", owner, {"before/tables/"}, false},
    {"grant-scoped", grants, {"before/tables/"}, false},
    {"grant-single-use", consumed, {"before/tables/", "after/tables/", "steps/"}, false},
    {"reject-coverage", coverage, {"harness/", "steps/"}, false},
    {"fail-closed", fail_closed, {"harness/"}, false},
    {"real-run-blocked", real_run, {"harness/"}, false},
    {"readback-clean", readback, {"readback/", "steps/"}, false},
    {"rollback-oracle", rollback, {"steps/"}, false},
    {"contracts-registered", contracts, {"before/tables/", "after/tables/"}, false},
    {"catalog-reconciled", catalog, {"before/tables/", "after/tables/"}, false},
    {"admitted", admitted,
     {"before/tables/", "before/functions.ndjson", "after/functions.ndjson"}, false},
    {"reuse-first", reuse, {"before/tables/", "after/tables/"}, false},
    {"no-forbidden-dot", forbidden, {"steps/", "carrier/plan.json"}, false},
    {"authority-firewall", firewall, {"steps/", "harness/"}, false},
};

int pkg_assertions_build(const struct pkg_run *run, const struct jv *facts, struct jv **out,
                         struct err *e)
{
    const struct source s = {run, run->plan.doc, facts, e};
    struct jv *list = jv_array();
    struct jv *doc = jv_object();

    err_no_memory(e); /* stands when a function returns NULL without a reason of its own */
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
        struct jv *evidence, *values, *entry;

        if (pkg_run_is_bracket(run) && !claims[i].is_of_bracket)
            continue;
        evidence = jv_array();
        values = claims[i].values(&s);
        entry = jv_object();
        for (size_t k = 0; claims[i].evidence[k] != NULL; k++)
            if (pkg_run_has(run, claims[i].evidence[k]))
                jv_add(evidence, jv_string(claims[i].evidence[k]));
        if (values == NULL) {
            jv_free(evidence);
            jv_free(entry);
            jv_free(list);
            jv_free(doc);
            return err_context(e, "claim %s", claims[i].id);
        }
        jv_set(entry, "claim", jv_string(claims[i].id));
        jv_set(entry, "evidence", evidence);
        jv_add(list, jv_set(entry, "values", values));
    }
    jv_set(doc, "assertions", list);
    jv_set(doc, "authority_effect", jv_string("NONE"));
    jv_set(doc, "registration_effect", jv_string("NONE"));
    *out = jv_set(doc, "schema", jv_string("dryproof.assertions/1"));
    return *out == NULL ? -1 : 0;
}
