/*
 * verifier/state.c - before against after.
 *
 * Claim no-state, as far as rows go; level 1: the digests of captured tables, from their rows.
 */
#include "verifier/attribute.h"
#include "verifier/executor.h"
#include "verifier/ids.h"
#include "verifier/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void judge_table(struct evidence *v, const struct edge *edge, const struct table *t)
{
    const struct json *columns = vfy_json_get(t->entry, "columns"), *plan = NULL, *list;
    const char *path = vfy_mem_print(v->arena, "%s/%s", edge->name, vfy_json_str(t->entry, "file"));
    char hex[VFY_HEX];
    bool same = vfy_json_count(columns) == vfy_json_count(vfy_json_get(t->head, "columns"));

    for (size_t i = 0; i < vfy_json_count(columns); i++)
        same = same && vfy_json_same(vfy_json_at(vfy_json_at(columns, i), 0),
                                     vfy_json_at(vfy_json_get(t->head, "columns"), i));
    for (size_t i = 0; i < t->row_count; i++)
        same = same && vfy_json_count(vfy_json_at(t->rows, i)) == vfy_json_count(columns);
    vfy_table_digest(v->arena, t, NULL, NULL, hex);
    vfy_report_check(v->report, LEVEL_1,
                     same && t->row_count == (size_t)vfy_json_int(vfy_json_get(t->entry, "rows")) &&
                         vfy_json_is(vfy_json_get(t->entry, "digest"), hex) &&
                         vfy_json_is(vfy_json_get(t->head, "relation"), t->relation),
                     E_TABLE_DIGEST, path, "its rows (%zu, digest %s) are not what tables.json says of %.80s",
                     t->row_count, hex, t->relation);
    list = vfy_json_get(v->plan, "captured");
    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "relation"), t->relation))
            plan = vfy_json_at(list, i);
    vfy_report_check(v->report, LEVEL_1,
                     plan != NULL &&
                         vfy_json_same(vfy_json_get(plan, "redacted"), vfy_json_get(t->head, "redacted")) &&
                         vfy_json_same(vfy_json_get(plan, "volatile"), vfy_json_get(t->head, "volatile")),
                     E_BIND_PLAN, path, "the plan captures it otherwise");
}

static bool is_sorted(const struct evidence *v, const struct table *t)
{
    struct buf line = {v->arena, NULL, 0, 0}, last = {v->arena, NULL, 0, 0}, swap;
    bool sorted = true;

    for (size_t i = 0; i < t->row_count; i++) {
        vfy_table_line(t, i, NULL, &line);
        sorted = sorted && (i == 0 || memcmp(last.p, line.p, last.len < line.len ? last.len : line.len) < 0 ||
                            (last.len <= line.len && memcmp(last.p, line.p, last.len) == 0));
        swap = last;
        last = line;
        line = swap;
    }
    return sorted;
}

void vfy_state_sorted(struct evidence *v)
{
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < v->edges[e].table_count; i++) {
            const struct table *t = &v->edges[e].tables[i];

            if (t->head != NULL)
                vfy_report_check(v->report, LEVEL_1, is_sorted(v, t), E_TABLE_DIGEST,
                                 vfy_mem_print(v->arena, "%s/%s", v->edges[e].name, vfy_json_str(t->entry, "file")),
                                 "its rows are not sorted");
        }
}

static void judge_edge(struct evidence *v, const struct edge *edge)
{
    const struct json *list = vfy_json_get(v->plan, "captured"), *excluded = vfy_json_get(edge->list, "excluded");
    const struct json *planned = vfy_json_get(vfy_json_get(v->plan, "scope"), "exclude");
    const char *path = vfy_mem_print(v->arena, "%s/tables.json", edge->name);

    for (size_t i = 0; i < edge->table_count; i++)
        if (edge->tables[i].head != NULL)
            judge_table(v, edge, &edge->tables[i]);
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const char *relation = vfy_json_str(vfy_json_at(list, i), "relation");
        const struct table *t = vfy_table_find(edge, relation);

        if (!vfy_report_check(v->report, CL_NO_STATE, t != NULL && t->rows != NULL, E_EVIDENCE_INCOMPLETE,
                              path, "the plan captures %.80s, and it was not there", relation))
            v->is_incomplete = true;
    }
    for (size_t i = 0; i < vfy_json_count(excluded); i++) {
        bool known = false;

        for (size_t k = 0; k < vfy_json_count(planned); k++)
            known = known || vfy_json_same(vfy_json_at(planned, k), vfy_json_at(excluded, i));
        vfy_report_check(v->report, CL_NO_STATE, known, E_BIND_PLAN, path,
                         "%.80s was left out, and the plan does not exclude it",
                         vfy_json_str(vfy_json_at(excluded, i), "relation"));
    }
    vfy_report_check(v->report, CL_NO_STATE, vfy_json_count(excluded) == vfy_json_count(planned), E_BIND_PLAN, path,
                     "it does not name every table that the plan excludes");
}

static enum vfy_code changed_code(const struct evidence *v)
{
    return vfy_attribute_code(vfy_attribute_here(v), E_EVIDENCE_CHANGED);
}

/* the one row that may change: it did, in exactly the columns named, to the values named */
static void judge_change(struct evidence *v, const struct json *change, const struct table *t[2],
                         size_t rows[2])
{
    const struct json *names = vfy_json_get(change, "columns"), *list = vfy_json_get(t[0]->head, "columns");
    const struct json *key = vfy_json_get(change, "key");
    const struct step *step = vfy_evidence_step(v, vfy_json_str(change, "step"));
    bool changed = false, exact = true;
    size_t n[2];

    if (step->execution.is_there)
        vfy_report_check(v->report, CL_NO_STATE, vfy_json_get(step->execution.session, "xid")->type != JSON_NULL,
                         E_STEP_XID, step->execution.path, "it had no transaction id, so the change of %.80s is not its",
                         t[0]->relation);
    rows[0] = rows[1] = SIZE_MAX;
    for (int e = 0; e < 2; e++) /* at both: what stands at one edge only is told as this, whichever it is */
        n[e] = vfy_table_match(t[e], key, &rows[e]);
    if (!vfy_report_check(v->report, CL_NO_STATE, n[0] == 1 && n[1] == 1,
                          E_ALLOWED_CHANGE_ABSENT, "after/tables.json",
                          "the row of %.80s that step %.48s changes is not there once at both edges",
                          t[0]->relation, vfy_json_str(change, "step")))
        return;
    for (size_t c = 0; c < vfy_json_count(list); c++) {
        const char *name = vfy_json_text(vfy_json_at(list, c));
        bool same = vfy_json_same(vfy_table_cell(t[0], rows[0], name), vfy_table_cell(t[1], rows[1], name));

        changed = changed || !same;
        exact = exact && same == (vfy_json_has(names, name) == 0);
    }
    if (!vfy_report_check(v->report, CL_NO_STATE, changed,
                          vfy_executor_code(v, step, E_ALLOWED_CHANGE_ABSENT), "after/tables.json",
                          "the row of %.80s did not change", t[0]->relation))
        return;
    vfy_report_check(v->report, CL_NO_STATE,
                     exact && vfy_table_fits(t[0], rows[0], vfy_json_get(change, "before")) &&
                         vfy_table_fits(t[1], rows[1], vfy_json_get(change, "after")),
                     changed_code(v), "after/tables.json",
                     "the allowed change of %.80s touched other columns or left other values", t[0]->relation);
}

static bool taken(const size_t (*used)[2], size_t n, int edge, size_t row)
{
    for (size_t i = 0; i < n; i++)
        if (used[i][edge] == row)
            return true;
    return false;
}

/* a table with allowed changes: all its other rows are the same multiset (both are sorted) */
static void judge_changed_table(struct evidence *v, const struct table *t[2])
{
    const struct json *list = vfy_json_get(v->plan, "allowed_changes");
    size_t (*used)[2] = vfy_mem_alloc(v->arena, vfy_json_count(list) * sizeof *used), n = 0, at[2] = {0, 0};
    struct buf line[2] = {{v->arena, NULL, 0, 0}, {v->arena, NULL, 0, 0}};
    bool same = vfy_json_same(vfy_json_get(t[0]->entry, "columns"), vfy_json_get(t[1]->entry, "columns"));

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "relation"), t[0]->relation))
            judge_change(v, vfy_json_at(list, i), t, used[n++]);
    for (; same; at[0]++, at[1]++) {
        for (int e = 0; e < 2; e++)
            while (at[e] < t[e]->row_count && taken((const size_t(*)[2])used, n, e, at[e]))
                at[e]++;
        if (at[0] == t[0]->row_count || at[1] == t[1]->row_count)
            break;
        vfy_table_line(t[0], at[0], NULL, &line[0]);
        vfy_table_line(t[1], at[1], NULL, &line[1]);
        same = line[0].len == line[1].len && memcmp(line[0].p, line[1].p, line[0].len) == 0;
    }
    vfy_report_check(v->report, CL_NO_STATE, same && at[0] == t[0]->row_count && at[1] == t[1]->row_count,
                     changed_code(v), "after/tables.json", "table %.100s: rows changed beyond what is allowed",
                     t[0]->relation);
}

static bool is_allowed(const struct evidence *v, const char *relation)
{
    const struct json *list = vfy_json_get(v->plan, "allowed_changes");

    for (size_t i = 0; i < vfy_json_count(list); i++)
        if (vfy_json_is(vfy_json_get(vfy_json_at(list, i), "relation"), relation))
            return true;
    return false;
}

/* rows that stand only at one edge, as FORMAT.md section 10 counts them */
static size_t changed_rows(struct evidence *v, const struct table *a, const struct table *b)
{
    struct buf line[2] = {{v->arena, NULL, 0, 0}, {v->arena, NULL, 0, 0}};
    size_t i = 0, k = 0, only[2] = {0, 0}, rows[2] = {a != NULL ? a->row_count : 0, b != NULL ? b->row_count : 0};

    if (a == NULL || b == NULL || a->rows == NULL || b->rows == NULL) {
        size_t apart = rows[0] > rows[1] ? rows[0] - rows[1] : rows[1] - rows[0];

        return apart == 0 && a != NULL && b != NULL &&
                       !vfy_json_same(vfy_json_get(a->entry, "digest"), vfy_json_get(b->entry, "digest"))
                   ? 1 : apart;
    }
    while (i < rows[0] || k < rows[1]) {
        int c = i == rows[0] ? 1 : k == rows[1] ? -1 : 0;

        if (c == 0) {
            vfy_table_line(a, i, NULL, &line[0]);
            vfy_table_line(b, k, NULL, &line[1]);
            c = memcmp(line[0].p, line[1].p, line[0].len < line[1].len ? line[0].len : line[1].len);
            c = c != 0 ? c : (line[0].len > line[1].len) - (line[0].len < line[1].len);
        }
        only[0] += c < 0;
        only[1] += c > 0;
        i += c <= 0;
        k += c >= 0;
    }
    return only[0] > only[1] ? only[0] : only[1];
}

/* "+1 row (3 -> 4)" */
static const char *delta(struct evidence *v, const struct table *t[2])
{
    long long n = t[1] != NULL ? (long long)t[1]->row_count - (long long)t[0]->row_count : 0;
    bool shaped = t[1] != NULL && vfy_json_same(vfy_json_get(t[0]->entry, "columns"), vfy_json_get(t[1]->entry, "columns"));

    if (t[1] == NULL)
        return vfy_mem_print(v->arena, "not there after (rows before: %zu)", t[0]->row_count);
    if (n != 0)
        return vfy_mem_print(v->arena, "%+lld %s (%zu -> %zu)%s", n, n == 1 || n == -1 ? "row" : "rows", t[0]->row_count,
                             t[1]->row_count, shaped ? "" : ", other columns");
    if (!shaped)
        return vfy_mem_print(v->arena, "other columns (rows: %zu)", t[0]->row_count);
    return vfy_mem_print(v->arena, "rows changed: %s%zu (of %zu)", t[0]->rows != NULL ? "" : "at least ",
                         changed_rows(v, t[0], t[1]), t[0]->row_count);
}

static void judge_tables(struct evidence *v)
{
    for (size_t i = 0; i < v->edges[0].table_count; i++) {
        const struct table *t[2] = {&v->edges[0].tables[i], NULL};

        t[1] = vfy_table_find(&v->edges[1], t[0]->relation);
        if (t[1] != NULL && t[0]->rows != NULL && t[1]->rows != NULL && is_allowed(v, t[0]->relation)) {
            judge_changed_table(v, t);
            continue;
        }
        vfy_report_check(v->report, CL_NO_STATE, t[1] != NULL && vfy_json_same(t[0]->entry, t[1]->entry),
                         changed_code(v), "after/tables.json", "table %.100s: %s", t[0]->relation, delta(v, t));
        if (t[0]->rows == NULL)
            vfy_report_unseen(v->report, "%.100s: digest not recomputed by the verifier (its rows are not in "
                              "the package)", t[0]->relation);
    }
    for (size_t i = 0; i < v->edges[1].table_count; i++)
        vfy_report_check(v->report, CL_NO_STATE,
                         vfy_table_find(&v->edges[0], v->edges[1].tables[i].relation) != NULL,
                         changed_code(v), "after/tables.json", "table %.100s: not there before (rows after: %zu)",
                         v->edges[1].tables[i].relation, v->edges[1].tables[i].row_count);
}

static void count(struct evidence *v)
{
    const struct json *list;
    size_t changed = 0, tables = v->edges[0].table_count;

    for (int part = 0; part < 2; part++) {
        list = vfy_json_get(v->edges[0].list, part == 0 ? "excluded" : "not_observed");
        for (size_t i = 0; i < vfy_json_count(list); i++)
            vfy_report_unseen(v->report, "table %.100s: %.200s", vfy_json_str(vfy_json_at(list, i), "relation"),
                              vfy_json_str(vfy_json_at(list, i), "reason"));
    }
    for (size_t i = 0; i < v->edges[0].table_count; i++)
        changed += changed_rows(v, &v->edges[0].tables[i],
                                vfy_table_find(&v->edges[1], v->edges[0].tables[i].relation));
    for (size_t i = 0; i < v->edges[1].table_count; i++)
        if (vfy_table_find(&v->edges[0], v->edges[1].tables[i].relation) == NULL) {
            tables++;
            changed += changed_rows(v, NULL, &v->edges[1].tables[i]);
        }
    vfy_report_number(v->report, CL_NO_STATE, 0, changed);
    vfy_report_number(v->report, CL_NO_STATE, 1, tables);
}

void vfy_state_judge(struct evidence *v)
{
    judge_edge(v, &v->edges[0]);
    judge_edge(v, &v->edges[1]);
    judge_tables(v);
    count(v);
    vfy_changes_judge(v);
    vfy_ids_judge(v);
    vfy_wal_judge(v);
    if (!v->is_bracket)
        vfy_ids_gates(v);
}
