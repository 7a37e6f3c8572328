/*
 * tests/fuzz/report.c - hostile text wherever a verdict repeats data: paths and texts of
 * findings, details of claims, names of the environment.  Each line of the input is one such
 * text, in turn; the first byte chooses what the verdict is otherwise.
 */
#include "tests/fuzz/insider.h"

#include "verifier/output.h"

#include <stdio.h>
#include <string.h>

struct texts {
    const char *p[64];
    size_t count, next;
};

static const char *next(struct texts *t)
{
    return t->count == 0 ? "" : t->p[t->next++ % t->count];
}

static void split(struct arena *a, const char *p, size_t n, struct texts *t)
{
    const char *end = p + n;

    for (t->count = t->next = 0; p < end && t->count < 64;) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((lf != NULL ? lf : end) - p);

        t->p[t->count++] = vfy_mem_copy(a, p, len);
        p += len + (lf != NULL);
    }
}

static const struct json *object(struct arena *a, struct texts *t, const char *const *keys, size_t n)
{
    struct json *items = vfy_mem_alloc(a, 2 * n * sizeof *items), *v = vfy_mem_alloc(a, sizeof *v);

    for (size_t i = 0; i < n; i++) {
        const char *text = next(t);

        items[2 * i] = (struct json){JSON_STRING, (uint32_t)strlen(keys[i]), {.text = keys[i]}};
        items[2 * i + 1] = (struct json){JSON_STRING, (uint32_t)strlen(text), {.text = text}};
    }
    *v = (struct json){JSON_OBJECT, (uint32_t)n, {.items = items}};
    return v;
}

static void fill(struct arena *a, struct texts *t, unsigned kind, struct verdict *v)
{
    static const char *const run[] = {"plan_ref", "plan_sha256", "run_id"};
    static const char *const identity[] = {"database", "system_identifier"};

    v->report.arena = a;
    v->class = "unlisted";
    v->is_judged = (kind & 1) != 0;
    v->is_bracket = (kind & 2) != 0;
    v->run = object(a, t, run, 3);
    v->identity = object(a, t, identity, 2);
    v->outside = next(t);
    v->unseen = (kind & 4) != 0 ? next(t) : NULL;
    v->now = (kind & 8) != 0 ? next(t) : NULL;
    for (size_t i = 0; i < 2 * t->count && i < 250; i++) {
        enum vfy_subject subject = (enum vfy_subject)(i % VFY_SUBJECTS);
        enum vfy_code code = (enum vfy_code)(1 + (kind + i) % (VFY_CODES - 1));
        const char *path = next(t);

        vfy_report_check(&v->report, subject, (kind & 16) != 0, code, path, "%s", next(t));
        vfy_report_unseen(&v->report, "%s", next(t));
        if (subject < VFY_CLAIMS)
            vfy_report_says(&v->report, subject, "%s", next(t));
    }
    vfy_verify_now(v, NULL);
    vfy_verify_close(v);
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct verdict *v = vfy_mem_alloc(&a, sizeof *v);
    struct buf text = {&a, NULL, 0, 0}, json = {&a, NULL, 0, 0};
    const struct json *doc;
    struct texts t;
    struct err e;
    int status;

    split(&a, n > 0 ? p + 1 : p, n > 0 ? n - 1 : 0, &t);
    fill(&a, &t, n > 0 ? (unsigned char)p[0] : 0, v);
    status = vfy_report_exit(&v->report);
    vfy_output_text(&text, v);
    vfy_output_json(&json, v);
    fuzz_claim(fuzz_printable(text.p, text.len), "the text is printable");
    fuzz_claim(fuzz_printable(json.p, json.len) && memchr(json.p, '\n', json.len) == NULL, "the JSON is printable, one line");
    fuzz_claim(vfy_json_document(&a, json.p, json.len, "verdict", &doc, &e) == 0, "the JSON is canonical");
    fuzz_claim(vfy_json_int(vfy_json_get(doc, "exit_status")) == status, "the JSON says the status");
    fuzz_claim((strncmp(text.p, v->is_bracket ? "DRY" : "PASS", v->is_bracket ? 3 : 4) == 0) == (status == 0),
               "the first line says yes exactly with status 0");
    fuzz_say(text.p, text.len);
    fuzz_say(json.p, json.len);
    vfy_mem_release(&a);
    return status == 0;
}
