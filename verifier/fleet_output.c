/* verifier/fleet_output.c - vfy_fleet_output, in fleet.h. */
#include "verifier/fleet.h"

#include "verifier/output.h"

#include <string.h>

static void member(struct buf *b, const char *prefix, const char *text)
{
    vfy_mem_put(b, "%s", prefix);
    vfy_output_string(b, text);
}

static const char *said(const struct json *doc, const char *key)
{
    return doc == NULL ? NULL : vfy_json_str(doc, key);
}

static void json(struct buf *b, const struct fleet *f)
{
    const struct verdict *v = &f->own;

    vfy_mem_put(b, "{\"authority_effect\":\"NONE\",\"exit_status\":%d,\"findings\":", f->worst);
    vfy_output_findings(b, &v->report);
    member(b, ",\"fleet\":{\"finished_at\":", said(f->doc, "finished_at"));
    member(b, ",\"id\":", said(f->doc, "fleet_id"));
    vfy_mem_put(b, ",\"sha256\":\"%s\",\"size\":%zu", v->package, v->size);
    member(b, ",\"started_at\":", said(f->doc, "started_at"));
    member(b, "},\"headline\":", f->headline);
    if (v->now != NULL)
        member(b, ",\"now\":", v->now);
    vfy_mem_put(b, ",\"registration_effect\":\"NONE\",\"schema\":\"dryproof.fleet-verdict/1\",\"signed_by\":");
    vfy_output_signers(b, v);
    member(b, ",\"status\":", vfy_report_word(vfy_report_status(f->worst)));
    vfy_mem_put(b, ",\"targets\":[");
    for (size_t i = 0; i < f->count; i++) {
        const struct fleet_target *t = &f->targets[i];
        const struct json *reason = vfy_json_get(t->said, "reason");

        member(b, i > 0 ? ",{\"name\":" : "{\"name\":", t->name);
        if (t->is_lost) {
            member(b, ",\"reason\":{\"code\":", vfy_json_str(reason, "code"));
            member(b, ",\"message\":", vfy_json_str(reason, "message"));
            vfy_mem_put(b, "},\"state\":\"lost\",\"verdict\":null}");
        } else {
            vfy_mem_put(b, ",\"reason\":null,\"state\":\"collected\",\"verdict\":");
            vfy_mem_add(b, t->told.p, t->told.len);
            vfy_mem_put(b, "}");
        }
    }
    member(b, "],\"verdict\":", f->word);
    vfy_mem_put(b, "}\n");
}

static void row(struct buf *b, const struct fleet_target *t, int width)
{
    const char *digest = vfy_json_str(t->bound, "package"), *what = t->is_lost ? "lost" : t->headline;

    vfy_mem_put(b, "  %-4s  %-*s  %-12.12s  ", t->is_lost ? "HOLD" : vfy_report_word(vfy_report_status(t->status)), width,
                t->name, digest[0] != '\0' ? digest : "-");
    /* a carrier's word; of a bracket its headline begins with it */
    vfy_output_wrap(b, (size_t)width + 24, t->is_lost || strncmp(what, t->word, strlen(t->word)) == 0 ? what : t->word);
}

static void text(struct buf *b, const struct fleet *f)
{
    const struct verdict *v = &f->own;
    int width = 0;
    bool is_found = v->report.count > 0, is_unseen = false;

    vfy_output_wrap(b, 2, f->headline);
    vfy_mem_put(b, "verdict ");
    vfy_output_wrap(b, 8, f->word);
    vfy_mem_put(b, "fleet   %s\n", v->package[0] != '\0' ? v->package : "(not read)");
    vfy_mem_put(b, "        %zu bytes, %zu targets, authority effect NONE\n", v->size, f->count);
    if (f->doc != NULL)
        vfy_mem_put(b, "run     %s\n", vfy_json_str(f->doc, "fleet_id"));
    vfy_mem_put(b, "\ntargets\n");
    for (size_t i = 0; i < f->count; i++) {
        int n = (int)strlen(f->targets[i].name);

        width = n > width ? n : width;
        is_found = is_found || f->targets[i].told.len > 0;
        is_unseen = is_unseen || f->targets[i].unseen.len > 0;
    }
    for (size_t i = 0; i < f->count; i++)
        row(b, &f->targets[i], width);
    if (f->count == 0)
        vfy_mem_put(b, "  none: the fleet was not interpreted\n");
    if (is_found)
        vfy_mem_put(b, "\nfindings\n");
    for (size_t i = 0; i < v->report.count; i++)
        vfy_output_finding(b, &v->report.findings[i]);
    for (size_t i = 0; i < f->count; i++)
        vfy_mem_add(b, f->targets[i].told.p, f->targets[i].told.len);
    if (v->report.hidden > 0)
        vfy_mem_put(b, "  and %zu more\n", v->report.hidden);
    if (is_unseen)
        vfy_mem_put(b, "\nnot observed\n");
    for (size_t i = 0; i < f->count; i++)
        vfy_mem_add(b, f->targets[i].unseen.p, f->targets[i].unseen.len);
}

void vfy_fleet_output(struct buf *b, const struct fleet *f)
{
    if (f->is_json)
        json(b, f);
    else
        text(b, f);
}
