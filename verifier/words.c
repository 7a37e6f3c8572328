/* verifier/words.c - the text side of output.h: 80 columns, verdict first. */
#include "verifier/output.h"

#include <string.h>

enum { COLUMNS = 80, INDENT = 35 };

void vfy_output_wrap(struct buf *b, size_t indent, const char *text)
{
    struct buf ascii = {b->arena, NULL, 0, 0};
    const char *p;

    vfy_mem_add(&ascii, "", 0);
    vfy_text_escape(&ascii, text, strlen(text), 600);
    for (p = ascii.p; strlen(p) > COLUMNS - indent;) {
        size_t n = COLUMNS - indent;

        while (n > 20 && p[n] != ' ')
            n--;
        n = p[n] == ' ' ? n : COLUMNS - indent;
        vfy_mem_add(b, p, n);
        vfy_mem_put(b, "\n%*s", (int)indent, "");
        p += n + (p[n] == ' ');
    }
    vfy_mem_put(b, "%s\n", p);
}

void vfy_output_finding(struct buf *b, const struct finding *f)
{
    const struct vfy_finding_info *info = vfy_findings_info(f->code);

    vfy_mem_put(b, "  %s  ", info->name);
    vfy_output_wrap(b, strlen(info->name) + 4, f->path);
    vfy_mem_put(b, "    ");
    vfy_output_wrap(b, 4, f->text);
    vfy_mem_put(b, "    do: ");
    vfy_output_wrap(b, 8, info->advice);
}

static void headline(struct buf *b, const struct verdict *v)
{
    vfy_output_wrap(b, v->is_bracket ? 2 : 6, vfy_output_headline(b->arena, v));
    vfy_mem_put(b, "verdict ");
    vfy_output_wrap(b, 8, v->word);
    vfy_mem_put(b, "package %s\n", v->package[0] != '\0' ? v->package : "(not read)");
    vfy_mem_put(b, "        %zu bytes, environment %s, authority effect NONE\n", v->size, v->class);
    if (v->standing != NULL)
        vfy_mem_put(b, "ledger  %s\n", v->standing);
    if (v->run != NULL) {
        vfy_mem_put(b, "run     ");
        vfy_output_wrap(b, 8, vfy_mem_print(b->arena, "%s of plan %s", vfy_json_str(v->run, "run_id"),
                                 vfy_json_str(v->run, "plan_ref")));
    }
    vfy_mem_put(b, "levels ");
    for (int i = 0; i < 4; i++)
        vfy_mem_put(b, " L%d %s", i, vfy_report_word(vfy_report_level(&v->report, (enum vfy_subject)(LEVEL_0 + i))));
    vfy_mem_put(b, "\n");
}

void vfy_output_text(struct buf *b, const struct verdict *v)
{
    const struct report *r = &v->report;

    headline(b, v);
    vfy_mem_put(b, "\nclaims (* required)\n");
    for (int i = 0; i < VFY_CLAIMS && v->is_judged; i++) {
        enum vfy_subject claim = (enum vfy_subject)i;

        vfy_mem_put(b, "  %-4s %c %-26s", vfy_report_word(vfy_report_claim(r, claim)),
                    r->subjects[i].is_required ? '*' : ' ', vfy_claims_info(claim)->id);
        vfy_output_wrap(b, INDENT, vfy_output_detail(b->arena, r, claim));
    }
    if (!v->is_judged)
        vfy_mem_put(b, "  none: the package was not interpreted\n");
    if (r->count > 0)
        vfy_mem_put(b, "\nfindings\n");
    for (size_t i = 0; i < r->count; i++)
        vfy_output_finding(b, &r->findings[i]);
    if (r->hidden > 0)
        vfy_mem_put(b, "  and %zu more\n", r->hidden);
    if (r->not_observed_count > 0)
        vfy_mem_put(b, "\nnot observed\n");
    for (size_t i = 0; i < r->not_observed_count; i++) {
        vfy_mem_put(b, "  - ");
        vfy_output_wrap(b, 4, r->not_observed[i]);
    }
}
