/* verifier/headline.c - vfy_output_headline: the verdict as one sentence, in output.h. */
#include "verifier/output.h"

#include <string.h>

/* what the proven writes are, as far as a line goes */
static void writes(struct buf *b, const struct report *r)
{
    size_t left = r->hidden;

    for (size_t i = 0; i < r->count; i++) {
        if (!vfy_verify_is_write(r->findings[i].code))
            continue;
        if (b->len > 400)
            left++;
        else
            vfy_mem_put(b, "%s%.200s", b->p[b->len - 1] == ' ' ? "" : "; ", r->findings[i].text);
    }
    if (left > 0)
        vfy_mem_put(b, "; and %zu more", left);
}

static void of_bracket(struct buf *b, const struct verdict *v, const struct finding *first)
{
    vfy_mem_put(b, "%s", v->word);
    if (strcmp(v->word, "NOT_DRY") == 0) {
        vfy_mem_put(b, ": ");
        writes(b, &v->report);
    } else if (first != NULL) {
        vfy_mem_put(b, ": %s: %s", vfy_findings_info(first->code)->name, first->text);
    } else {
        if (v->is_answered)
            vfy_mem_put(b, " (tables read once: no id and no WAL position moved)");
        if (v->unseen != NULL)
            vfy_mem_put(b, " (WAL not seen: %.120s)", v->unseen);
        if (v->outside != NULL)
            vfy_mem_put(b, " (in this cluster; the role could have acted outside: %.360s)", v->outside);
    }
}

const char *vfy_output_headline(struct arena *a, const struct verdict *v)
{
    static const char *const says[] = {
        "the dry run ran, and nothing changed except what the plan allows",
        "this evidence does not stand; what is wrong is listed under findings",
        "nothing is proven either way; what is missing is listed under findings"};
    enum vfy_status status = vfy_verify_status(v);
    struct buf b = {a, NULL, 0, 0};

    if (v->is_bracket)
        of_bracket(&b, v, vfy_report_first(&v->report, vfy_report_exit(&v->report)));
    else
        vfy_mem_put(&b, "%s: %s", vfy_report_word(status), says[status]);
    return b.p;
}
