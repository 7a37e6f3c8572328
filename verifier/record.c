/* verifier/record.c - see record.h. */
#include "verifier/record.h"

#include "verifier/attribute.h"
#include "verifier/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static void derive(struct evidence *v, struct record *r)
{
    const struct json *error = vfy_json_get(r->result, "error");
    const struct json *rows = vfy_json_get(r->result, "rows"), *cell, *reject, *seal;
    struct json *code = vfy_mem_alloc(v->arena, sizeof *code);
    struct err ignored;

    if (error->type == JSON_OBJECT) {
        const char *message = vfy_json_str(error, "message");
        size_t n = strspn(message, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

        r->raised = true;
        *code = (struct json){JSON_STRING, (uint32_t)n, {.text = vfy_mem_copy(v->arena, message, n)}};
        r->code = code;
        return;
    }
    cell = vfy_json_count(rows) == 1 && vfy_json_count(vfy_json_at(rows, 0)) == 1
               ? vfy_json_at(vfy_json_at(rows, 0), 0) : NULL;
    if (cell == NULL || cell->type != JSON_STRING ||
        vfy_json_parse(v->arena, cell->u.text, cell->count, JSON_FOREIGN, r->path, &r->value,
                       &ignored) != 0 ||
        r->value->type != JSON_OBJECT) {
        r->value = NULL;
        return;
    }
    reject = vfy_json_get(r->value, "reject_code");
    seal = vfy_json_get(r->value, "seal");
    r->refused = reject != NULL && reject->type == JSON_STRING;
    r->code = r->refused ? reject : vfy_json_get(r->value, "outcome");
    if (r->code != NULL && r->code->type != JSON_STRING)
        r->code = NULL;
    r->sealed = seal != NULL && seal->type != JSON_NULL &&
                (r->refused || !vfy_json_is(seal, "WITHHELD_DRY_RUN"));
}

void vfy_record_load(struct evidence *v, enum vfy_subject subject, struct record *r)
{
    static const char *const names[] = {"request.sql", "request.json", "result.json", "session.json"};
    const struct json **const docs[] = {NULL, &r->request, &r->result, &r->session};

    for (int i = 0; i < 4; i++) {
        const char *path = vfy_mem_print(v->arena, "%s/%s", r->path, names[i]);

        if (i == 0) {
            r->sql = vfy_bag_find(v->bag, path);
            r->is_there = vfy_report_check(v->report, subject, r->sql != NULL,
                                           E_EVIDENCE_INCOMPLETE, path, "the plan requires it");
        } else {
            *docs[i] = vfy_evidence_doc(v, subject, path);
            r->is_there = r->is_there && *docs[i] != NULL;
        }
    }
    r->bracket = r->session;
    if (r->is_there)
        derive(v, r);
    else
        v->is_incomplete = true;
}

/* the statement derived from `schema.function(types)` */
static const char *statement(struct arena *a, const char *endpoint)
{
    struct buf b = {a, NULL, 0, 0};
    const char *p = strchr(endpoint, '(');
    size_t n = strlen(endpoint);
    int depth = 0, parameter = 0;

    if (p == NULL || endpoint[n - 1] != ')')
        return "";
    vfy_mem_put(&b, "SELECT ");
    vfy_mem_add(&b, endpoint, (size_t)(p + 1 - endpoint));
    for (const char *from = ++p; p < endpoint + n; p++) {
        depth += *p == '(' ? 1 : 0;
        if ((*p == ',' && depth == 0) || p == endpoint + n - 1) {
            if (p > from)
                vfy_mem_put(&b, "%s$%d::%.*s", parameter > 0 ? ", " : "", parameter + 1,
                            (int)(p - from), from);
            parameter++;
            from = p + 1;
        }
        depth -= *p == ')' ? 1 : 0;
    }
    vfy_mem_add(&b, ")", 1);
    return b.p;
}

void vfy_record_statement(struct arena *a, const char *endpoint, char sha256[VFY_HEX])
{
    const char *sql = statement(a, endpoint);

    vfy_crypto_sha256(sql, strlen(sql), sha256);
}

static bool same_args(struct arena *a, const struct json *sent, const struct json *planned)
{
    if (vfy_json_count(sent) != vfy_json_count(planned))
        return false;
    for (size_t i = 0; i < vfy_json_count(planned); i++) {
        const struct json *p = vfy_json_at(planned, i), *s = vfy_json_at(sent, i);
        struct buf b = {a, NULL, 0, 0};

        if (p->type == JSON_STRING || p->type == JSON_NULL) {
            if (!vfy_json_same(p, s))
                return false;
            continue;
        }
        vfy_json_write(&b, p, false);
        if (!vfy_json_is(s, b.p))
            return false;
    }
    return true;
}

static unsigned long long number(const struct json *o, const char *key)
{
    return strtoull(vfy_json_str(o, key), NULL, 10);
}

static void judge_session(struct evidence *v, enum vfy_subject subject, const struct record *r,
                          const char *role, int64_t ids)
{
    const struct json *s = r->session, *xid = vfy_json_get(s, "xid");
    const char *path = vfy_mem_print(v->arena, "%s/session.json", r->path);
    unsigned long long from = number(s, "next_xid_before"), to = number(s, "next_xid_after"), own = number(s, "xid");
    unsigned long long least = (unsigned long long)ids, moved;
    struct ids n = {0, 0, 0, 0};

    vfy_attribute_ids(v, from, to, &n, NULL);
    moved = to >= from ? to - from - n.foreign : 0;
    vfy_report_check(v->report, subject,
                     vfy_json_is(vfy_json_get(s, "session_user"), role) &&
                         vfy_json_is(vfy_json_get(s, "current_user"), role) &&
                         vfy_json_is(vfy_json_get(r->request, "role"), role),
                     E_EVIDENCE_PRIV, path, "the session was not %.60s's all along", role);
    vfy_report_check(v->report, subject,
                     vfy_json_is(vfy_json_get(s, "end"), r->raised ? "ROLLBACK" : "COMMIT"),
                     E_STEP_RESULT, path, "expected %s after %s",
                     r->raised ? "ROLLBACK" : "COMMIT", r->raised ? "an error" : "a result");
    vfy_report_check(v->report, CL_IDS, r->raised || (xid->type != JSON_NULL) == (ids == 1),
                     E_STEP_XID, path, "transaction id %.20s, the plan declares %lld",
                     xid->type == JSON_NULL ? "none" : vfy_json_text(xid), (long long)ids);
    vfy_report_check(v->report, CL_IDS,
                     to >= from && (moved == least || (r->raised && moved == least + 1)) &&
                         (xid->type == JSON_NULL ||
                          (own >= from && own < to)),
                     moved < least ? E_STEP_XID : n.unknown > 0 ? E_EVIDENCE_UNATTRIBUTED : E_XID_UNACCOUNTED, path,
                     "the next id moved by %llu, declared are %llu", moved, least);
}

/* what a server can give: an error and nothing else, or the rows that the command tag counts */
static void judge_result(struct evidence *v, enum vfy_subject subject, const struct record *r)
{
    const struct json *error = vfy_json_get(r->result, "error"), *rows = vfy_json_get(r->result, "rows");
    const char *state = vfy_json_str(error, "sqlstate"), *severity = vfy_json_str(error, "severity");
    size_t width = vfy_json_count(vfy_json_get(r->result, "columns"));
    const char *path = vfy_mem_print(v->arena, "%s/result.json", r->path);
    bool ok;

    if (r->raised) {
        ok = width == 0 && vfy_json_count(rows) == 0 && vfy_json_get(r->result, "command")->type == JSON_NULL &&
             strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && state[5] == '\0' &&
             strncmp(state, "00", 2) != 0 && strncmp(state, "01", 2) != 0 && strncmp(state, "02", 2) != 0 &&
             (strcmp(severity, "ERROR") == 0 || strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
        vfy_report_check(v->report, subject, ok, E_EVIDENCE_INCONSISTENT, path, "no error of a server looks like this");
        return;
    }
    ok = vfy_json_is(vfy_json_get(r->result, "command"), vfy_mem_print(v->arena, "SELECT %zu", vfy_json_count(rows)));
    for (size_t i = 0; i < vfy_json_count(rows); i++)
        ok = ok && vfy_json_count(vfy_json_at(rows, i)) == width;
    vfy_report_check(v->report, subject, ok, E_EVIDENCE_INCONSISTENT, path,
                     "its columns, rows and command tag (%.40s) do not belong together",
                     vfy_json_str(r->result, "command"));
    vfy_report_check(v->report, subject, !r->refused || vfy_json_is(vfy_json_get(r->value, "outcome"), "REJECT"),
                     E_REJECT_CODE, path, "beside its reject_code it says %.60s", vfy_json_str(r->value, "outcome"));
}

void vfy_record_judge(struct evidence *v, enum vfy_subject subject, const struct record *r,
                      const char *sql_sha256, const struct json *args, const char *role, int64_t ids)
{
    const char *path = vfy_mem_print(v->arena, "%s/request.sql", r->path);

    vfy_report_check(v->report, subject,
                     strcmp(r->sql->sha256, sql_sha256) == 0,
                     E_BIND_PLAN, path, "not the statement that the plan gives");
    vfy_report_check(v->report, subject,
                     vfy_json_is(vfy_json_get(r->request, "statement_sha256"), r->sql->sha256),
                     E_BIND_PLAN, path, "request.json names another statement");
    path = vfy_mem_print(v->arena, "%s/request.json", r->path);
    vfy_report_check(v->report, subject,
                     same_args(v->arena, vfy_json_get(r->request, "args"), args), E_BIND_PLAN, path,
                     "not the parameters that the plan gives");
    judge_result(v, subject, r);
    judge_session(v, subject, r, role, ids);
}

static const char *token_in(const char *p, size_t n)
{
    static const char *const words[] = {"PASS", "CERT", "SEAL", "APPROVED", "ACCEPTED", "DIGEST"};

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (isalnum((unsigned char)p[i - 1]) || p[i - 1] == '_'))
            continue;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
            size_t len = strlen(words[w]);

            if (n - i >= len && memcmp(p + i, words[w], len) == 0 &&
                (n - i == len || (!isalnum((unsigned char)p[i + len]) && p[i + len] != '_')))
                return words[w];
        }
    }
    return NULL;
}

/* every string and key, decoded; depth is bounded by the parser */
static const char *token(struct arena *a, const struct json *v)
{
    const char *word = NULL;
    size_t items = v->type == JSON_OBJECT ? 2 * (size_t)v->count : v->type == JSON_ARRAY ? v->count : 0;
    const struct json *b64 = vfy_json_get(v, "b64");
    char *raw;
    size_t n;

    if (v->type == JSON_STRING)
        return token_in(v->u.text, v->count);
    if (b64 != NULL && b64->type == JSON_STRING &&
        vfy_text_base64(a, b64->u.text, b64->count, &raw, &n) == 0)
        word = token_in(raw, n);
    for (size_t i = 0; i < items && word == NULL; i++)
        word = token(a, &v->u.items[i]);
    return word;
}

const char *vfy_record_token(struct arena *a, const struct record *r)
{
    const char *word = token(a, r->result);

    return word == NULL && r->value != NULL ? token(a, r->value) : word;
}

const char *vfy_record_claims(const struct json *v)
{
    const char *what = NULL;
    size_t n = v != NULL && v->type == JSON_ARRAY ? v->count : 0;

    for (size_t i = 0; i < n && what == NULL; i++)
        what = vfy_record_claims(&v->u.items[i]);
    n = v != NULL && v->type == JSON_OBJECT ? v->count : 0;
    for (size_t i = 0; i < n && what == NULL; i++) {
        const struct json *key = &v->u.items[2 * i], *member = key + 1;

        if (vfy_json_is(key, "seal") && member->type != JSON_NULL &&
            !vfy_json_is(member, "WITHHELD_DRY_RUN"))
            return "a seal";
        if ((vfy_json_is(key, "authority_effect") || vfy_json_is(key, "registration_effect")) &&
            !vfy_json_is(member, "NONE"))
            return "an effect on authority or registration";
        what = vfy_record_claims(member);
    }
    return what;
}
