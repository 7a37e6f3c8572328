/* verifier/output.c - the JSON side of output.h; members in the order of their keys. */
#include "verifier/output.h"

#include <string.h>

enum { LONGEST = 600 };

void vfy_output_string(struct buf *b, const char *text)
{
    struct buf ascii = {b->arena, NULL, 0, 0};

    if (text == NULL) {
        vfy_mem_put(b, "null");
        return;
    }
    vfy_text_escape(&ascii, text, strlen(text), LONGEST);
    vfy_json_quote(b, ascii.p, ascii.len);
}

static void string(struct buf *b, const char *prefix, const char *text)
{
    vfy_mem_put(b, "%s", prefix);
    vfy_output_string(b, text);
}

/* the string member of a document, or null where the document was not reached */
static void from(struct buf *b, const char *prefix, const struct json *doc, const char *key)
{
    const struct json *v = vfy_json_get(doc, key);

    string(b, prefix, v != NULL ? vfy_json_text(v) : NULL);
}

static void list(struct buf *b, const char *prefix, const struct json *strings)
{
    vfy_mem_put(b, "%s[", prefix);
    for (size_t i = 0; i < vfy_json_count(strings); i++)
        string(b, i > 0 ? "," : "", vfy_json_text(vfy_json_at(strings, i)));
    vfy_mem_put(b, "]");
}

void vfy_output_findings(struct buf *b, const struct report *r)
{
    vfy_mem_put(b, "[");
    for (size_t i = 0; i < r->count; i++) {
        const struct finding *f = &r->findings[i];
        const struct vfy_finding_info *info = vfy_findings_info(f->code);

        string(b, i > 0 ? ",{\"code\":" : "{\"code\":", info->name);
        string(b, ",\"message\":", f->text);
        string(b, ",\"path\":", f->path);
        string(b, ",\"suggestion\":", info->advice);
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "]");
}

/* a file's digest, or for a folder that of its lines in manifest-sha256.txt */
static void evidence(struct buf *b, const struct verdict *v, const struct vfy_claim_info *info)
{
    bool first = true;

    vfy_mem_put(b, ",\"evidence\":[");
    for (int i = 0; i < VFY_EVIDENCE && info->evidence[i] != NULL && v->is_judged; i++) {
        const char *path = info->evidence[i];
        struct buf lines = {b->arena, NULL, 0, 0};
        char hex[VFY_HEX];
        size_t n = strlen(path);

        if (vfy_bag_lines(&v->bag, path, &lines) == 0)
            continue;
        if (path[n - 1] == '/')
            vfy_crypto_sha256(lines.p, lines.len, hex);
        else
            memcpy(hex, vfy_bag_peek(&v->bag, "%s", path)->sha256, VFY_HEX);
        string(b, first ? "{\"path\":" : ",{\"path\":", path);
        vfy_mem_put(b, ",\"sha256\":\"%s\"}", hex);
        first = false;
    }
    vfy_mem_put(b, "]");
}

const char *vfy_output_detail(struct arena *a, const struct report *r, enum vfy_subject claim)
{
    const struct subject *s = &r->subjects[claim];
    struct buf b = {a, NULL, 0, 0};

    if (s->detail != NULL || s->says != NULL)
        return s->detail != NULL ? s->detail : s->says;
    vfy_mem_add(&b, "", 0);
    for (int i = 0; i < 3 && vfy_claims_info(claim)->values[i] != NULL && s->checks > 0; i++) {
        const struct json *value = &s->values[i];

        vfy_mem_put(&b, "%s%s=", i > 0 ? " " : "", vfy_claims_info(claim)->values[i]);
        if (value->type == JSON_INT)
            vfy_mem_put(&b, "%lld", (long long)value->u.integer);
        else
            vfy_mem_put(&b, "%s", vfy_json_text(value));
    }
    return b.p;
}

static void claims(struct buf *b, const struct verdict *v)
{
    vfy_mem_put(b, ",\"claims\":[");
    for (int i = 0; i < VFY_CLAIMS; i++) {
        enum vfy_subject claim = (enum vfy_subject)i;
        const struct vfy_claim_info *info = vfy_claims_info(claim);

        string(b, i > 0 ? ",{\"basis\":" : "{\"basis\":", info->basis);
        string(b, ",\"detail\":", vfy_output_detail(b->arena, &v->report, claim));
        evidence(b, v, info);
        string(b, ",\"id\":", info->id);
        vfy_mem_put(b, ",\"required\":%s", v->report.subjects[i].is_required ? "true" : "false");
        string(b, ",\"status\":", vfy_report_word(vfy_report_claim(&v->report, claim)));
        vfy_mem_put(b, "}");
    }
    vfy_mem_put(b, "]");
}

static void coverage(struct buf *b, const char *prefix, const struct json *const set[4])
{
    list(b, prefix, set[0]);
    list(b, ",\"exercised\":", set[1]);
    list(b, ",\"not_exercised\":", set[2]);
    list(b, ",\"unreachable\":", set[3]);
    vfy_mem_put(b, "}");
}

static bool holds(const struct verdict *v, enum vfy_subject claim)
{
    return vfy_report_claim(&v->report, claim) == VFY_PASS;
}

static void flags(struct buf *b, const struct verdict *v)
{
    const struct {
        const char *name;
        bool is_set;
    } all[] = {
        {"dry_run_executed", holds(v, CL_EXECUTED)},
        {"governed_runtime", strcmp(v->class, "governed") == 0},
        {"real_run_possible_in_scope", !holds(v, CL_REAL_RUN) || !holds(v, CL_GATES)},
        {"sandbox", strcmp(v->class, "sandbox") == 0},
        {"sealed", v->has_seal},
        {"state_unchanged", holds(v, CL_NO_STATE)},
    };

    vfy_mem_put(b, ",\"flags\":{");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        vfy_mem_put(b, "%s\"%s\":\"%s\"", i > 0 ? "," : "", all[i].name, all[i].is_set ? "YES" : "NO");
    vfy_mem_put(b, "}");
}

static void environment(struct buf *b, const struct verdict *v)
{
    string(b, ",\"environment\":{\"class\":", v->class);
    from(b, ",\"database\":", v->identity, "database");
    list(b, ",\"labels\":", vfy_json_get(v->identity, "labels"));
    from(b, ",\"system_identifier\":", v->identity, "system_identifier");
    vfy_mem_put(b, "}");
}

static void signer(struct buf *b, const struct envelope *one, bool more)
{
    vfy_mem_put(b, "%s{\"keyid\":\"%s\",\"role\":\"%s\"", more ? "," : "", one->signer->key.keyid,
                vfy_policy_role(one->signer->role));
    if (one->when != NULL)
        vfy_mem_put(b, ",\"timestamp\":\"%s\"", one->when);
    vfy_mem_put(b, "}");
}

void vfy_output_signers(struct buf *b, const struct verdict *v)
{
    vfy_mem_put(b, "[");
    for (size_t i = 0; i < v->attestations.count; i++)
        signer(b, &v->attestations.lines[i], i > 0);
    for (size_t i = 0; i < v->attestations.counter_count; i++)
        signer(b, v->attestations.counter[i], true);
    vfy_mem_put(b, "]");
}

static void tail(struct buf *b, const struct verdict *v)
{
    static const char *const readiness[] = {"REVIEW_READY", "BLOCKED", "NOT_READY"};
    const struct report *r = &v->report;

    vfy_mem_put(b, ",\"levels\":{");
    for (int i = 0; i < 4; i++)
        vfy_mem_put(b, "%s\"L%d\":\"%s\"", i > 0 ? "," : "", i,
                    vfy_report_word(vfy_report_level(r, (enum vfy_subject)(LEVEL_0 + i))));
    vfy_mem_put(b, "},\"not_observed\":[");
    for (size_t i = 0; i < r->not_observed_count; i++)
        string(b, i > 0 ? "," : "", r->not_observed[i]);
    vfy_mem_put(b, "]");
    if (v->now != NULL)
        string(b, ",\"now\":", v->now);
    vfy_mem_put(b, ",\"package\":{\"sha256\":\"%s\",\"size\":%zu},\"registration_effect\":\"NONE\"", v->package,
                v->size);
    if (v->repository != NULL)
        vfy_mem_put(b, ",\"repository\":%s", v->repository);
    string(b, ",\"review_readiness\":", readiness[vfy_verify_status(v)]);
    string(b, ",\"run\":{\"facts_sha256\":", v->facts[0] != '\0' ? v->facts : NULL);
    from(b, ",\"id\":", v->run, "run_id");
    from(b, ",\"plan_ref\":", v->run, "plan_ref");
    from(b, ",\"plan_sha256\":", v->run, "plan_sha256");
    vfy_mem_put(b, "},\"schema\":\"dryproof.verdict/2\",\"signed_by\":");
    vfy_output_signers(b, v);
    string(b, ",\"status\":", vfy_report_word(vfy_verify_status(v)));
    string(b, ",\"verdict\":", v->word);
    vfy_mem_put(b, "}");
}

void vfy_output_json(struct buf *b, const struct verdict *v)
{
    const struct report *r = &v->report;
    size_t absent = 0;

    for (int i = 0; i < VFY_CLAIMS; i++)
        absent += vfy_report_claim(r, (enum vfy_subject)i) == VFY_NA;
    vfy_mem_put(b, "{\"authority_effect\":\"NONE\",\"checks\":{\"failed\":%zu,\"held\":%zu,\"not_applicable\":%zu,"
                "\"passed\":%zu,\"total\":%zu}", r->failed, r->held, absent, r->passed,
                r->failed + r->held + r->passed + absent);
    claims(b, v);
    coverage(b, ",\"coverage\":{\"declared\":", v->coverage[0]);
    coverage(b, ",\"coverage_secondary\":{\"declared\":", v->coverage[1]);
    environment(b, v);
    vfy_mem_put(b, ",\"exit_status\":%d,\"findings\":", vfy_report_exit(r));
    vfy_output_findings(b, r);
    flags(b, v);
    string(b, ",\"headline\":", vfy_output_headline(b->arena, v));
    tail(b, v);
}
