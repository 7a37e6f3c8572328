/* verifier/fleet.c - see fleet.h. */
#include "verifier/fleet.h"

#include "verifier/docs.h"
#include "verifier/lines.h"
#include "verifier/output.h"

#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 40, ID = 32 };

static const char signed_path[] = "attestations.intoto.jsonl:1";

/* the first half of a digest: fleet_id and run ids are made so */
static bool is_id(const char *id, const char *p, size_t n)
{
    char hex[VFY_HEX];

    vfy_crypto_sha256(p, n, hex);
    return strlen(id) == ID && memcmp(id, hex, ID) == 0;
}

static int take_target(struct fleet *f, size_t i, const struct bag *bag, struct err *e)
{
    struct fleet_target *t = &f->targets[i];
    size_t n;

    t->said = vfy_json_at(vfy_json_get(f->doc, "targets"), i);
    t->name = vfy_json_str(t->said, "name");
    t->is_lost = vfy_json_is(vfy_json_get(t->said, "state"), "lost");
    n = strspn(t->name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (n > NAME_BYTES || t->name[n] != '\0')
        return vfy_err_set(e, E_PATH_UNSAFE, "fleet.json", "target %zu is not named by at most %d of [a-z0-9_]", i + 1,
                           NAME_BYTES);
    if (vfy_ustar_name(t->name, e) != 0)
        return -1;
    if (i > 0 && strcmp(f->targets[i - 1].name, t->name) >= 0)
        return vfy_err_set(e, E_JSON_SCHEMA, "fleet.json", "targets are not sorted by their names, each once");
    if (t->is_lost != (vfy_json_get(t->said, "reason")->type == JSON_OBJECT))
        return vfy_err_set(e, E_JSON_SCHEMA, "fleet.json", "a lost target has a reason, and no other has");
    for (int k = 0; k < 2 && !t->is_lost; k++) {
        const char *path = vfy_mem_print(bag->arena, "targets/%s/%s", t->name, k == 0 ? "attestations.intoto.jsonl" : "package.tar");
        const struct member *m = vfy_bag_find(bag, path);

        if (m == NULL)
            return vfy_err_set(e, E_MANIFEST_MISSING, path, "a target that was collected has it");
        if (k == 0 && m->size > VFY_MAX_ATTESTATIONS_BYTES)
            return vfy_err_set(e, E_LIMIT_SIZE, path, "larger than MAX_ATTESTATIONS_BYTES");
    }
    return 0;
}

static int take_targets(struct arena *a, struct fleet *f, const struct bag *bag, struct err *e)
{
    size_t n = vfy_json_count(vfy_json_get(f->doc, "targets"));

    if (n > VFY_MAX_TARGETS)
        return vfy_err_set(e, E_LIMIT_COUNT, "fleet.json", "more targets than MAX_TARGETS");
    f->targets = vfy_mem_alloc(a, n * sizeof *f->targets);
    for (; f->count < n; f->count++)
        if (take_target(f, f->count, bag, e) != 0)
            return -1;
    for (size_t i = 0; i < bag->count; i++)
        if (vfy_bag_payload(&bag->members[i]) != NULL && !bag->members[i].ticked)
            return vfy_err_set(e, E_MANIFEST_EXTRA, vfy_bag_payload(&bag->members[i]), "no target of fleet.json has it");
    return 0;
}

/* signature, archive, documents */
static int open_fleet(struct arena *a, const struct source *tar, const char *att, size_t att_n, const struct policy *policy,
                      struct fleet *f, struct err *e)
{
    struct verdict *v = &f->own;

    vfy_source_digest(tar, v->package);
    if (vfy_attest_fleet(a, att, att_n, policy, v->package, &v->attestations, e) != 0 ||
        vfy_ustar_read(a, tar, &v->bag.members, &v->bag.count, e) != 0)
        return -1;
    v->bag.arena = a;
    v->finished = vfy_json_str(vfy_json_get(v->attestations.lines[0].payload, "predicate"), "finished_at");
    if (vfy_bag_check(&v->bag, e) != 0 || vfy_docs_fleet(&v->bag, &f->doc, e) != 0 ||
        take_targets(a, f, &v->bag, e) != 0)
        return -1;
    return f->count > 0 ? 0 : vfy_err_set(e, E_EVIDENCE_INCOMPLETE, "fleet.json", "it names no target");
}

static void bind(struct fleet *f, bool ok, const char *path, const char *what)
{
    vfy_report_check(&f->own.report, LEVEL_1, ok, E_BIND_FLEET, path, "%s", what);
}

static bool is_null(const struct json *v)
{
    return v != NULL && v->type == JSON_NULL;
}

static bool is_one_database(const struct json *x, const struct json *y)
{
    return !is_null(vfy_json_get(x, "package")) &&
           vfy_json_same(vfy_json_get(x, "system_identifier"), vfy_json_get(y, "system_identifier")) &&
           vfy_json_same(vfy_json_get(x, "database"), vfy_json_get(y, "database"));
}

/* what is signed is what fleet.json says, and the id is of these names */
static void judge_predicate(struct arena *a, struct fleet *f)
{
    static const char *const same[] = {"fleet_id", "started_at", "finished_at"};
    const struct json *p = vfy_json_get(f->own.attestations.lines[0].payload, "predicate");
    const struct json *bound = vfy_json_get(p, "targets");
    struct buf names = {a, NULL, 0, 0};

    vfy_mem_put(&names, "%s\n", vfy_json_str(f->doc, "nonce"));
    for (size_t i = 0; i < f->count; i++)
        vfy_mem_put(&names, "%s\n", f->targets[i].name);
    bind(f, is_id(vfy_json_str(f->doc, "fleet_id"), names.p, names.len), "fleet.json", "fleet_id is not that of these targets");
    for (size_t i = 0; i < 3; i++)
        bind(f, vfy_json_same(vfy_json_get(p, same[i]), vfy_json_get(f->doc, same[i])), signed_path,
             vfy_mem_print(a, "its %s is not that of fleet.json", same[i]));
    bind(f, strcmp(vfy_json_str(f->doc, "started_at"), vfy_json_str(f->doc, "finished_at")) <= 0, "fleet.json", "it ends before it begins");
    bind(f, vfy_json_count(bound) == f->count, signed_path, "its targets are not those of fleet.json");
    for (size_t i = 0; i < f->count && vfy_json_count(bound) == f->count; i++) {
        struct fleet_target *t = &f->targets[i];
        const struct json *one = vfy_json_at(bound, i);

        bind(f, vfy_json_is(vfy_json_get(one, "name"), t->name) && is_null(vfy_json_get(one, "package")) == t->is_lost &&
                    is_null(vfy_json_get(one, "database")) == t->is_lost && is_null(vfy_json_get(one, "system_identifier")) == t->is_lost,
             signed_path, vfy_mem_print(a, "its target %zu is not that of fleet.json", i + 1));
        t->bound = one;
        for (size_t k = 0; k < i; k++)
            vfy_report_check(&f->own.report, LEVEL_1, !is_one_database(one, vfy_json_at(bound, k)), E_FLEET_TWICE, t->name,
                             "it is the database of target %s", f->targets[k].name);
    }
}

/* what ran, ran once, and every target tells the same of it */
static bool is_same_command(const struct json *told, const struct json *command)
{
    static const char *const members[] = {"argv", "duration_ms", "exit", "finished_at", "signal", "started_at", "stderr", "stdout", "timed_out"};

    if (is_null(command) || told == NULL)
        return is_null(command) && told == NULL;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (!vfy_json_same(vfy_json_get(told, members[i]), vfy_json_get(command, members[i])))
            return false;
    return true;
}

/* that a package is this target's, of this fleet's run */
static void judge_target(struct fleet *f, const struct fleet_target *t, const struct verdict *v, const char **plan)
{
    struct arena *a = f->own.report.arena;
    const char *name = vfy_mem_print(a, "%s/%s", vfy_json_str(f->doc, "fleet_id"), t->name);
    const struct member *told = vfy_bag_peek(&v->bag, "steps/001-command/command.json");

    bind(f, vfy_json_is(vfy_json_get(t->bound, "package"), v->package), t->name, "its package is not the one that is signed");
    if (v->run == NULL || v->identity == NULL)
        return; /* its own verdict says what is missing */
    bind(f, vfy_json_same(vfy_json_get(t->bound, "system_identifier"), vfy_json_get(v->identity, "system_identifier")) &&
                vfy_json_same(vfy_json_get(t->bound, "database"), vfy_json_get(v->identity, "database")),
         t->name, "its package is of another database than is signed");
    bind(f, is_id(vfy_mem_print(a, "%s", vfy_json_str(v->run, "run_id")), name, strlen(name)), t->name, "its run is of another fleet, or of another target");
    bind(f, strcmp(vfy_json_str(f->doc, "started_at"), vfy_json_str(v->run, "started_at")) <= 0 &&
                strcmp(vfy_json_str(v->run, "finished_at"), vfy_json_str(f->doc, "finished_at")) <= 0,
         t->name, "its run does not lie within the fleet's");
    if (*plan == NULL)
        *plan = vfy_mem_print(a, "%s", vfy_json_str(v->run, "plan_sha256"));
    bind(f, strcmp(*plan, vfy_json_str(v->run, "plan_sha256")) == 0, t->name, "its plan is not that of the first target");
    bind(f, is_same_command(told == NULL ? NULL : told->doc, vfy_json_get(f->doc, "command")), t->name, "what it tells of the command is not what fleet.json does");
}

static void tell(const struct fleet *f, struct fleet_target *t, const struct verdict *v)
{
    const struct report *r = &v->report;

    if (f->is_json) {
        vfy_output_json(&t->told, v);
        return;
    }
    for (size_t i = 0; i < r->count; i++) {
        struct finding one = r->findings[i];

        one.path = vfy_mem_print(f->own.report.arena, "%s: %s", t->name, one.path);
        vfy_output_finding(&t->told, &one);
    }
    if (r->hidden > 0)
        vfy_mem_put(&t->told, "  %s: and %zu more\n", t->name, r->hidden);
    for (size_t i = 0; i < r->not_observed_count; i++) {
        vfy_mem_put(&t->unseen, "  - ");
        vfy_output_wrap(&t->unseen, 4, vfy_mem_print(f->own.report.arena, "%s: %s", t->name, r->not_observed[i]));
    }
}

/* A package as any, in memory of its own: what is kept of it is what was told. */
static void verify_target(struct fleet *f, struct fleet_target *t, const struct policy *policy, const char **plan)
{
    struct arena *kept = f->own.report.arena, a = {NULL, 0};
    struct verdict *v = vfy_mem_alloc(&a, sizeof *v);
    const struct member *tar = vfy_bag_peek(&f->own.bag, "targets/%s/package.tar", t->name);
    const struct member *att = vfy_bag_peek(&f->own.bag, "targets/%s/attestations.intoto.jsonl", t->name);
    struct source slice = vfy_member_source(tar);

    v->now = f->own.now;
    vfy_verify_package(&a, &slice, vfy_member_data(&a, att), att->size, policy, v);
    vfy_verify_now(v, policy);
    vfy_verify_close(v);
    judge_target(f, t, v, plan);
    t->told = t->unseen = (struct buf){kept, NULL, 0, 0};
    tell(f, t, v);
    t->status = vfy_report_exit(&v->report);
    t->word = vfy_mem_print(kept, "%s", v->word);
    t->class = vfy_mem_print(kept, "%s", v->class);
    t->headline = vfy_mem_print(kept, "%s", vfy_output_headline(&a, v));
    vfy_mem_release(&a);
}

void vfy_fleet_verify(struct arena *a, const struct source *tar, const char *att, size_t att_n,
                      const struct policy *policy, struct fleet *f)
{
    struct report *r = &f->own.report;
    const char *plan = NULL;
    struct err e = {VFY_NO_CODE, "", ""};

    r->arena = a;
    f->own.class = "unknown";
    f->own.size = tar->size;
    if (open_fleet(a, tar, att, att_n, policy, f, &e) != 0) {
        f->count = 0; /* nothing of it was judged, and nothing that it says is told */
        f->doc = NULL;
        vfy_report_error(r, LEVEL_0, &e);
        return;
    }
    vfy_report_check(r, LEVEL_0, true, VFY_NO_CODE, "", "%s", "");
    judge_predicate(a, f);
    for (size_t i = 0; i < f->count; i++) {
        struct fleet_target *t = &f->targets[i];
        const struct json *reason = vfy_json_get(t->said, "reason");

        if (t->is_lost)
            vfy_report_check(r, LEVEL_1, false, HOLD_TARGET_LOST, t->name, "target %s is lost: %s: %s", t->name,
                             vfy_json_str(reason, "code"), vfy_json_str(reason, "message"));
        else
            verify_target(f, t, policy, &plan);
    }
    vfy_verify_now(&f->own, policy);
}

/* of targets that all pass, the one that says least: what is governed in part is not governed */
static const struct fleet_target *decisive(const struct fleet *f)
{
    const struct fleet_target *first = NULL;

    for (size_t i = 0; i < f->count; i++) {
        const struct fleet_target *t = &f->targets[i];

        if (t->is_lost || t->status != f->worst)
            continue;
        if (first == NULL || (f->worst == 0 && strcmp(first->class, "governed") == 0))
            first = t;
    }
    return first;
}

static const char *headline(const struct fleet *f, const struct fleet_target *t)
{
    struct arena *a = f->own.report.arena;
    size_t n = strlen(f->word);
    const struct finding *own = vfy_report_first(&f->own.report, f->worst);

    if (t == NULL && own == NULL)
        return f->word;
    if (t == NULL)
        return strcmp(f->word, vfy_findings_info(own->code)->name) == 0
                   ? vfy_mem_print(a, "%s: %s", f->word, own->text)
                   : vfy_mem_print(a, "%s: %s: %s", f->word, vfy_findings_info(own->code)->name, own->text);
    if (f->worst == 0) {
        for (size_t i = 0; i < f->count; i++)
            if (strcmp(f->targets[i].headline, t->headline) != 0)
                return vfy_mem_print(a, "%s (with what stands in brackets beside each target)", f->word);
        return t->headline;
    }
    if (strncmp(t->headline, f->word, n) == 0 && strncmp(t->headline + n, ": ", 2) == 0)
        return vfy_mem_print(a, "%s: %s: %s", f->word, t->name, t->headline + n + 2);
    return vfy_mem_print(a, "%s: %s: %s", f->word, t->name, t->headline);
}

void vfy_fleet_close(struct fleet *f)
{
    const struct fleet_target *t = NULL;
    int own;

    vfy_verify_close(&f->own);
    own = vfy_report_exit(&f->own.report);
    f->worst = own;
    for (size_t i = 0; i < f->count; i++)
        f->worst = vfy_findings_worse(f->worst, f->targets[i].status);
    if (own != f->worst || own == 0)
        t = decisive(f);
    f->word = t == NULL ? f->own.word : t->word;
    f->headline = headline(f, t);
}
