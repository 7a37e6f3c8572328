/*
 * verifier/facts.c - facts.json written again from the evidence, byte for byte, and every
 * value that assertions.json asserts derived again.  FORMAT.md section 6.
 *
 * Members are written in the order of their sorted keys.
 */
#include "verifier/lines.h"
#include "verifier/record.h"
#include "verifier/snapshot.h"
#include "verifier/table.h"
#include "verifier/text.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(vfy_json_text(a), vfy_json_text(b));
}

static bool is_exercised(const struct evidence *v, const struct json *code)
{
    for (size_t i = 0; i < v->step_count; i++)
        if (vfy_json_same(v->steps[i].execution.code, code))
            return true;
    for (size_t i = 0; i < v->trial_count; i++)
        if (vfy_json_same(v->trials[i].record.code, code))
            return true;
    return false;
}

size_t vfy_facts_coverage(const struct evidence *v, const char *set, int which, const struct json **out)
{
    const struct json *codes = vfy_json_get(vfy_json_get(v->plan, "reject_codes"), set);
    const struct json *declared = vfy_json_get(codes, "declared");
    const struct json *excused = vfy_json_get(codes, strcmp(set, "primary") == 0 ? "unreachable" : "unobserved");
    struct json *list = vfy_mem_alloc(v->arena, vfy_json_count(declared) * sizeof *list);
    struct json *array = vfy_mem_alloc(v->arena, sizeof *array);
    size_t n = 0;

    for (size_t i = 0; i < vfy_json_count(declared); i++) {
        const struct json *code = vfy_json_at(declared, i);
        bool seen = is_exercised(v, code), excuse = false;

        for (size_t k = 0; k < vfy_json_count(excused); k++)
            excuse = excuse || vfy_json_same(vfy_json_get(vfy_json_at(excused, k), "code"), code);
        if (which == 0 || (which == 1 && seen) || (which == 2 && !seen && !excuse) || (which == 3 && !seen && excuse))
            list[n++] = *code;
    }
    qsort(list, n, sizeof *list, by_text);
    *array = (struct json){JSON_ARRAY, (uint32_t)n, {.items = list}};
    if (out != NULL)
        *out = array;
    return n;
}

void vfy_facts_state(const struct evidence *v, int edge, char hex[VFY_HEX])
{
    const struct edge *e = &v->edges[edge];
    const struct json *sequences = vfy_json_get(e->sequences, "sequences");
    struct buf b = {v->arena, NULL, 0, 0};

    vfy_mem_put(&b, "{\"sequences\":[");
    for (size_t i = 0; i < vfy_json_count(sequences); i++) {
        const struct json *s = vfy_json_at(sequences, i);

        vfy_mem_put(&b, i > 0 ? ",[" : "[");
        vfy_json_write(&b, vfy_json_get(s, "relation"), false);
        vfy_mem_put(&b, ",");
        vfy_json_write(&b, vfy_json_get(s, "last_value"), false);
        vfy_mem_put(&b, ",");
        vfy_json_write(&b, vfy_json_get(s, "is_called"), false);
        vfy_mem_put(&b, "]");
    }
    vfy_mem_put(&b, "],\"tables\":[");
    for (size_t i = 0; i < e->table_count; i++) {
        vfy_mem_put(&b, i > 0 ? ",[" : "[");
        vfy_json_write(&b, vfy_json_get(e->tables[i].entry, "relation"), false);
        vfy_mem_put(&b, ",%lld,", (long long)vfy_json_int(vfy_json_get(e->tables[i].entry, "rows")));
        vfy_json_write(&b, vfy_json_get(e->tables[i].entry, "digest"), false);
        vfy_mem_put(&b, "]");
    }
    vfy_mem_put(&b, "]}\n");
    vfy_crypto_sha256(b.p, b.len, hex);
}

static void member(struct buf *b, const char *prefix, const struct json *v)
{
    vfy_mem_put(b, "%s", prefix);
    if (v != NULL)
        vfy_json_write(b, v, false);
    else
        vfy_mem_put(b, "null");
}

static void write_coverage(const struct evidence *v, struct buf *b)
{
    static const char *const sets[] = {"primary", "secondary"};
    static const char *const names[] = {"declared", "exercised", "not_exercised", "unreachable"};
    const struct json *list;

    vfy_mem_put(b, ",\"coverage\":{");
    for (int s = 0; s < 2; s++) {
        vfy_mem_put(b, "%s\"%s\":{", s > 0 ? "," : "", sets[s]);
        for (int n = 0; n < 4; n++) {
            vfy_facts_coverage(v, sets[s], n, &list);
            vfy_mem_put(b, "%s\"%s\":", n > 0 ? "," : "", names[n]);
            vfy_json_write(b, list, false);
        }
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "}");
}

static void write_harness(const struct evidence *v, struct buf *b)
{
    vfy_mem_put(b, ",\"harness\":[");
    for (size_t i = 0; i < v->trial_count; i++) {
        const struct trial *t = &v->trials[i];
        const struct json *outcome = vfy_json_get(t->record.value, "outcome");

        member(b, i > 0 ? ",{\"case\":" : "{\"case\":", vfy_json_get(t->plan, "name"));
        member(b, ",\"code\":", t->record.code);
        vfy_mem_put(b, ",\"fail_closed\":%s,\"has_seal\":%s", t->fail_closed ? "true" : "false",
                    t->record.sealed ? "true" : "false");
        if (t->record.raised || t->record.refused)
            vfy_mem_put(b, ",\"outcome\":\"%s\"}", t->record.raised ? "RAISED" : "REJECT");
        else
            member(b, ",\"outcome\":", outcome != NULL && outcome->type == JSON_STRING ? outcome : NULL);
        if (!t->record.raised && !t->record.refused)
            vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "],\"manifests\":[");
    for (size_t i = 0; i < v->manifest_count; i++) {
        const struct manifest *m = &v->manifests[i];

        vfy_mem_put(b, "%s{\"bytes\":%zu", i > 0 ? "," : "", m->pg != NULL ? m->pg->size : 0);
        member(b, ",\"name\":", vfy_json_get(m->plan, "name"));
        vfy_mem_put(b, ",\"rows\":%zu,\"sha256\":\"%s\"}", m->row_count, m->pg != NULL ? m->pg->sha256 : "");
    }
    vfy_mem_put(b, "]");
}

static void write_readback(const struct evidence *v, struct buf *b)
{
    const struct json *list = vfy_json_get(v->plan, "readback");

    vfy_mem_put(b, ",\"readback\":[");
    for (size_t i = 0; i < vfy_json_count(list); i++) {
        const struct json *rows = vfy_json_get(v->readbacks[i].result, "rows"), *row = vfy_json_at(rows, 0);
        bool one = vfy_json_count(rows) == 1 && vfy_json_count(row) == 1;

        member(b, i > 0 ? ",{\"name\":" : "{\"name\":", vfy_json_get(vfy_json_at(list, i), "name"));
        member(b, ",\"value\":", one ? vfy_json_at(row, 0) : NULL);
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "],\"schema\":\"dryproof.facts/1\"");
}

/* the relations of both edges, sorted, each once */
static size_t merge(struct evidence *v, const char *name, struct json **out)
{
    size_t n = 0, kept = 0;
    const struct json *lists[2];

    for (int e = 0; e < 2; e++) {
        const struct edge *edge = &v->edges[e];

        lists[e] = vfy_json_get(strcmp(name, "tables") == 0 ? edge->list : edge->sequences, name);
        n += vfy_json_count(lists[e]);
    }
    *out = vfy_mem_alloc(v->arena, n * sizeof **out);
    n = 0;
    for (int e = 0; e < 2; e++)
        for (size_t i = 0; i < vfy_json_count(lists[e]); i++)
            (*out)[n++] = *vfy_json_get(vfy_json_at(lists[e], i), "relation");
    qsort(*out, n, sizeof **out, by_text);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !vfy_json_same(&(*out)[kept - 1], &(*out)[i]))
            (*out)[kept++] = (*out)[i];
    return kept;
}

static void write_sequences(struct evidence *v, struct buf *b)
{
    struct json *names;
    size_t n = merge(v, "sequences", &names);

    vfy_mem_put(b, ",\"sequences\":[");
    for (size_t i = 0; i < n; i++) {
        for (int e = 1; e >= 0; e--) {
            const struct json *s = vfy_snapshot_find(vfy_json_get(v->edges[e].sequences, "sequences"), "relation",
                                                     names[i].u.text);

            vfy_mem_put(b, e == 1 ? (i > 0 ? ",{\"after\":" : "{\"after\":") : ",\"before\":");
            if (s == NULL) {
                vfy_mem_put(b, "null");
                continue;
            }
            member(b, "[", vfy_json_get(s, "last_value"));
            member(b, ",", vfy_json_get(s, "is_called"));
            vfy_mem_put(b, "]");
        }
        member(b, ",\"relation\":", &names[i]);
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "]");
}

static int by_key(const void *a, const void *b)
{
    return by_text(*(const struct json *const *)a, *(const struct json *const *)b);
}

/* can it stand in a document of ours? */
static bool is_ours(const struct json *v)
{
    bool ours = v->type != JSON_STRING || memchr(v->u.text, 0, v->count) == NULL;

    for (size_t i = 0; ours && i < vfy_json_count(v); i++)
        ours = v->type == JSON_ARRAY ? is_ours(&v->u.items[i])
                                     : vfy_text_ascii(v->u.items[2 * i].u.text, v->u.items[2 * i].count) && is_ours(&v->u.items[2 * i + 1]);
    return ours;
}

static void write_fields(const struct evidence *v, struct buf *b, const struct step *s)
{
    const struct json *expect = vfy_json_get(s->plan, "expect");
    const struct json *from[2] = {vfy_json_get(expect, "fields"), vfy_json_get(expect, "manifest_fields")};
    const struct json **keys = vfy_mem_alloc(
        v->arena, (vfy_json_count(from[0]) + vfy_json_count(from[1])) * sizeof *keys);
    size_t n = 0;
    bool first = true;

    for (int k = 0; k < 2; k++)
        for (size_t i = 0; i < vfy_json_count(from[k]); i++)
            keys[n++] = &from[k]->u.items[2 * i];
    qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0; i < n; i++) {
        const struct json *value = vfy_json_get(s->execution.value, keys[i]->u.text);

        if (value == NULL || !is_ours(value) || (i > 0 && vfy_json_same(keys[i - 1], keys[i])))
            continue;
        member(b, first ? "" : ",", keys[i]);
        member(b, ":", value);
        first = false;
    }
}

/* how the command of a bracket ended */
static const char *command_code(const struct evidence *v)
{
    const struct json *exit = vfy_json_get(v->command, "exit"), *signal = vfy_json_get(v->command, "signal");
    bool exited = exit->type == JSON_INT;

    if (vfy_json_get(v->command, "timed_out")->type == JSON_TRUE)
        return "TIMED_OUT";
    return vfy_mem_print(v->arena, "%s_%lld", exited ? "EXIT" : "SIGNAL", (long long)vfy_json_int(exited ? exit : signal));
}

static void write_steps(const struct evidence *v, struct buf *b)
{
    static const struct json observed = {JSON_STRING, 8, {.text = "OBSERVED"}};

    vfy_mem_put(b, ",\"steps\":[");
    if (v->is_bracket)
        vfy_mem_put(b, "{\"code\":\"%s\",\"fields\":{},\"name\":\"command\"}", command_code(v));
    for (size_t i = 0; i < v->step_count; i++) {
        const struct step *s = &v->steps[i];
        bool dot = vfy_json_is(vfy_json_get(s->plan, "kind"), "dot");

        member(b, i > 0 ? ",{\"code\":" : "{\"code\":", dot ? s->execution.code : &observed);
        vfy_mem_put(b, ",\"fields\":{");
        if (dot)
            write_fields(v, b, s);
        member(b, "},\"name\":", vfy_json_get(s->plan, "name"));
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "]");
}

static void write_tables(struct evidence *v, struct buf *b)
{
    const struct json *captured = vfy_json_get(v->plan, "captured");
    struct json *names;
    size_t n = merge(v, "tables", &names);

    vfy_mem_put(b, ",\"tables\":[");
    for (size_t i = 0; i < n; i++) {
        const struct json *how = NULL;

        for (size_t k = 0; k < vfy_json_count(captured); k++)
            if (vfy_json_same(vfy_json_get(vfy_json_at(captured, k), "relation"), &names[i]))
                how = vfy_json_at(captured, k);
        for (int e = 1; e >= 0; e--) {
            const struct table *t = vfy_table_find(&v->edges[e], names[i].u.text);
            char hex[VFY_HEX];

            vfy_mem_put(b, e == 1 ? (i > 0 ? ",{\"after\":" : "{\"after\":") : ",\"before\":");
            if (t == NULL) {
                vfy_mem_put(b, "null");
            } else if (t->rows != NULL) {
                vfy_table_digest(v->arena, t, vfy_json_get(how, "volatile"), vfy_json_get(how, "redacted"), hex);
                vfy_mem_put(b, "{\"digest\":\"%s\",\"rows\":%zu}", hex, t->row_count);
            } else {
                member(b, "{\"digest\":", vfy_json_get(t->entry, "digest"));
                vfy_mem_put(b, ",\"rows\":%zu}", t->row_count);
            }
        }
        member(b, ",\"relation\":", &names[i]);
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "]}\n");
}

static void judge_facts(struct evidence *v)
{
    const struct member *m = vfy_bag_peek(v->bag, "facts.json");
    const struct member *catalogs[2] = {vfy_bag_peek(v->bag, "before/catalog.ndjson"),
                                        vfy_bag_peek(v->bag, "after/catalog.ndjson")};
    struct buf b = {v->arena, NULL, 0, 0};
    const struct json *again = NULL;
    const char *differs = "";
    struct err ignored;

    if (!vfy_report_check(v->report, LEVEL_1, !v->is_incomplete, E_EVIDENCE_INCOMPLETE, "facts.json",
                          "records are missing, so it cannot be derived again"))
        return;
    member(&b, "{\"carrier\":", vfy_json_get(v->run, "carrier"));
    vfy_mem_put(&b, ",\"catalog\":{\"after\":\"%s\",\"before\":\"%s\"}", catalogs[1]->sha256, catalogs[0]->sha256);
    write_coverage(v, &b);
    write_harness(v, &b);
    member(&b, ",\"plan_ref\":", vfy_json_get(v->run, "plan_ref"));
    member(&b, ",\"plan_sha256\":", vfy_json_get(v->run, "plan_sha256"));
    write_readback(v, &b);
    write_sequences(v, &b);
    write_steps(v, &b);
    write_tables(v, &b);
    if (vfy_json_parse(v->arena, b.p, b.len, JSON_OURS, "facts.json", &again, &ignored) == 0)
        for (size_t i = 0; i < again->count && differs[0] == '\0'; i++)
            if (!vfy_json_same(vfy_json_get(m->doc, again->u.items[2 * i].u.text), &again->u.items[2 * i + 1]))
                differs = again->u.items[2 * i].u.text;
    vfy_report_check(v->report, LEVEL_1, vfy_member_is(m, b.p, b.len), E_FACTS_MISMATCH,
                     "facts.json", "the evidence gives other facts, first at %s", differs);
}

/* what assertions.json repeats proves nothing about a claim: it counts only against it */
#define COMPARE(claim, ok, ...) vfy_report_check(v->report, (ok) ? LEVEL_3 : (claim), ok, __VA_ARGS__)

/* the two reports below harness/ are the packager's, no evidence */
static bool has_evidence(struct evidence *v, const char *prefix)
{
    struct buf lines = {v->arena, NULL, 0, 0};
    size_t n = vfy_bag_lines(v->bag, prefix, &lines);

    if (strcmp(prefix, "harness/") == 0)
        n -= vfy_bag_lines(v->bag, "harness/ctrf.json", &lines) + vfy_bag_lines(v->bag, "harness/junit.xml", &lines);
    return n > 0;
}

static void judge_assertion(struct evidence *v, enum vfy_subject claim, const struct json *a)
{
    const struct json *values = vfy_json_get(a, "values"), *paths = vfy_json_get(a, "evidence");
    const struct vfy_claim_info *info = vfy_claims_info(claim);
    const char *path = "assertions.json";
    size_t known = 0, n = 0;
    bool listed = true;

    for (int i = 0; i < 3 && info->values[i] != NULL; i++) {
        const struct json *said = vfy_json_get(values, info->values[i]), *is = &v->report->subjects[claim].values[i];

        known += said != NULL;
        if (COMPARE(claim, said != NULL, E_ASSERTION_MISSING, path, "%s asserts no %s", info->id, info->values[i]) &&
            !v->is_incomplete)
            COMPARE(claim, vfy_json_same(said, is), E_ASSERTION_CONTRADICTED, path,
                    "%s: the evidence gives another value of %s", info->id, info->values[i]);
    }
    COMPARE(claim, vfy_json_count(values) == known, E_ASSERTION_UNSUPPORTED, path,
            "%s asserts a value that the format does not know", info->id);
    for (size_t i = 0; i < sizeof info->evidence / sizeof *info->evidence && info->evidence[i] != NULL; i++)
        if (has_evidence(v, info->evidence[i]))
            listed = listed && vfy_json_is(vfy_json_at(paths, n++), info->evidence[i]);
    COMPARE(claim, listed && vfy_json_count(paths) == n, E_ASSERTION_UNSUPPORTED, path,
            "%s does not name its evidence", info->id);
}

static void judge_assertions(struct evidence *v)
{
    const struct json *doc = vfy_bag_peek(v->bag, "assertions.json")->doc;
    const struct json *list = vfy_json_get(doc, "assertions");
    size_t at = 0;

    COMPARE(v->is_bracket ? LEVEL_3 : CL_FIREWALL,
            vfy_json_is(vfy_json_get(doc, "authority_effect"), "NONE") &&
                vfy_json_is(vfy_json_get(doc, "registration_effect"), "NONE"),
            E_AUTHORITY_CLAIMED, "assertions.json", "an effect on authority or registration is asserted");
    for (int i = 0; i < VFY_CLAIMS; i++) {
        const char *id = vfy_claims_info((enum vfy_subject)i)->id;

        if (v->is_bracket && v->report->subjects[i].is_absent)
            continue;
        if (COMPARE((enum vfy_subject)i, vfy_json_is(vfy_json_get(vfy_json_at(list, at), "claim"), id),
                    E_ASSERTION_MISSING, "assertions.json", "%s is not asserted, or not in its place", id))
            judge_assertion(v, (enum vfy_subject)i, vfy_json_at(list, at++));
    }
    vfy_report_check(v->report, LEVEL_3, at == vfy_json_count(list), E_ASSERTION_UNSUPPORTED, "assertions.json",
                     "more assertions than claims of the format");
}

void vfy_facts_judge(struct evidence *v)
{
    judge_facts(v);
    judge_assertions(v);
}
