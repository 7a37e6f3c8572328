/* verifier/report.c - see report.h. */
#include "verifier/report.h"

#include <stdarg.h>
#include <stdio.h>

/* The list is full: the earlier stage stays, so that no heap of findings hides what matters more. */
static void crowd_in(struct report *r, struct finding one)
{
    struct finding *last = &r->findings[0];

    for (size_t i = 1; i < r->count; i++)
        if (r->findings[i].code >= last->code)
            last = &r->findings[i];
    if (one.code < last->code)
        *last = one;
    r->hidden++;
}

static void put(struct report *r, enum vfy_subject subject, enum vfy_code code, const char *path,
                const char *text)
{
    struct subject *s = &r->subjects[subject];
    const struct vfy_finding_info *info = vfy_findings_info(code);
    size_t room = sizeof r->findings / sizeof *r->findings;

    if (s->detail == NULL || s->worst == 3)
        s->detail = vfy_mem_print(r->arena, "%s: %s", info->name, text);
    s->worst = vfy_findings_worse(s->worst, info->exit_status);
    if (info->exit_status == 3)
        r->held++;
    else
        r->failed++;
    if (info->exit_status == 3 && subject < VFY_CLAIMS && !s->is_required)
        return;
    r->worst = vfy_findings_worse(r->worst, info->exit_status);
    r->met[code] = true;
    if (r->count < room)
        r->findings[r->count++] = (struct finding){code, subject, path, text};
    else
        crowd_in(r, (struct finding){code, subject, path, text});
}

bool vfy_report_check(struct report *r, enum vfy_subject subject, bool ok, enum vfy_code code,
                      const char *path, const char *fmt, ...)
{
    char text[VFY_TEXT_BYTES];
    va_list ap;

    r->subjects[subject].checks++;
    if (ok) {
        r->passed++;
        return true;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put(r, subject, code, vfy_mem_print(r->arena, "%s", path),
        vfy_mem_print(r->arena, "%s", text));
    return false;
}

void vfy_report_error(struct report *r, enum vfy_subject subject, const struct err *e)
{
    vfy_report_check(r, subject, false, e->code, e->path, "%s", e->text);
}

void vfy_report_value(struct report *r, enum vfy_subject claim, int i, const struct json *v)
{
    if (v != NULL)
        r->subjects[claim].values[i] = *v;
}

void vfy_report_number(struct report *r, enum vfy_subject claim, int i, size_t n)
{
    r->subjects[claim].values[i] = (struct json){JSON_INT, 0, {.integer = (int64_t)n}};
}

void vfy_report_says(struct report *r, enum vfy_subject claim, const char *fmt, ...)
{
    char text[VFY_TEXT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    r->subjects[claim].says = vfy_mem_print(r->arena, "%s", text);
}

void vfy_report_absent(struct report *r, enum vfy_subject claim)
{
    r->subjects[claim].is_absent = true;
}

void vfy_report_unseen(struct report *r, const char *fmt, ...)
{
    size_t room = sizeof r->not_observed / sizeof *r->not_observed;
    char text[VFY_TEXT_BYTES];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (r->not_observed_count < room)
        r->not_observed[r->not_observed_count++] = vfy_mem_print(r->arena, "%s", text);
    if (r->not_observed_count == room)
        r->not_observed[room - 1] = "further entries are not listed here";
}

enum vfy_status vfy_report_status(int worst)
{
    return worst == 0 ? VFY_PASS : worst == 1 || worst == 4 ? VFY_FAIL : VFY_HOLD;
}

enum vfy_status vfy_report_claim(const struct report *r, enum vfy_subject claim)
{
    const struct subject *s = &r->subjects[claim];

    if (s->worst == 0 && s->is_absent)
        return VFY_NA;
    return s->checks == 0 ? VFY_HOLD : vfy_report_status(s->worst);
}

enum vfy_status vfy_report_level(const struct report *r, enum vfy_subject level)
{
    int worst = r->subjects[level].worst;
    size_t checks = r->subjects[level].checks;

    for (int i = 0; i < VFY_CLAIMS; i++)
        if (vfy_claims_info((enum vfy_subject)i)->level == level) {
            const struct subject *s = &r->subjects[i];

            if (s->worst != 3 || s->is_required)
                worst = vfy_findings_worse(worst, s->worst);
            checks += s->checks;
        }
    return checks == 0 ? VFY_HOLD : vfy_report_status(worst);
}

int vfy_report_exit(const struct report *r)
{
    return r->worst == 0 && r->passed == 0 ? 3 : r->worst;
}

const struct finding *vfy_report_first(const struct report *r, int exit_status)
{
    const struct finding *first = NULL;

    for (size_t i = 0; i < r->count; i++)
        if (vfy_findings_info(r->findings[i].code)->exit_status == exit_status &&
            (first == NULL || r->findings[i].code < first->code))
            first = &r->findings[i];
    return first;
}

void vfy_report_sort(struct report *r)
{
    for (size_t i = 1, k; i < r->count; i++) {
        struct finding one = r->findings[i];

        for (k = i; k > 0 && r->findings[k - 1].code > one.code; k--)
            r->findings[k] = r->findings[k - 1];
        r->findings[k] = one;
    }
}

const char *vfy_report_word(enum vfy_status s)
{
    static const char *const words[] = {"PASS", "FAIL", "HOLD", "N-A"};

    return words[s];
}
