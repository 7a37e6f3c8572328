/*
 * verifier/junit.c - harness/junit.xml and harness/ctrf.json, written again from the cases:
 * reports for other tools, which must not say anything else.  FORMAT.md section 6.
 */
#include "verifier/junit.h"

#include "verifier/lines.h"

#include <stdlib.h>
#include <string.h>

static bool passed(const struct trial *t)
{
    return t->fail_closed && t->as_expected;
}

/* only words are repeated: what else a result may say as its code is nothing for XML */
static const char *word(const struct json *code)
{
    const char *p = vfy_json_text(code);

    return *p != '\0' && p[strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0' ? p : "no code";
}

static void write_junit(const struct evidence *v, size_t bad, struct buf *b)
{
    vfy_mem_put(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"harness\" tests=\"%zu\" "
                "failures=\"%zu\" errors=\"0\" skipped=\"0\">\n", v->trial_count, bad);
    for (size_t i = 0; i < v->trial_count; i++) {
        const struct trial *t = &v->trials[i];

        vfy_mem_put(b, "  <testcase classname=\"harness\" name=\"%s\"", vfy_json_str(t->plan, "name"));
        if (passed(t)) {
            vfy_mem_put(b, "/>\n");
            continue;
        }
        vfy_mem_put(b, ">\n    <failure message=\"expected %s, got %s\"/>\n  </testcase>\n",
                    word(vfy_json_get(vfy_json_get(t->plan, "expect"), "code")), word(t->record.code));
    }
    vfy_mem_put(b, "</testsuite>\n");
}

/* milliseconds since 1970 of a time that the shape allowed */
static long long milliseconds(const char *p)
{
    long long y = atoll(p), m = atoll(p + 5), d = atoll(p + 8);

    y -= m <= 2; /* days from civil, years from March on */
    d += (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 - 1;
    d += 365 * (y % 400) + y % 400 / 4 - y % 400 / 100 + y / 400 * 146097 - 719468;
    return ((d * 24 + atoll(p + 11)) * 60 + atoll(p + 14)) * 60000 + atoll(p + 17) * 1000 + atoll(p + 20) / 1000;
}

static void write_ctrf(const struct evidence *v, size_t bad, struct buf *b)
{
    vfy_mem_put(b, "{\"reportFormat\":\"CTRF\",\"results\":{\"summary\":{\"failed\":%zu,\"other\":0,\"passed\":%zu,"
                "\"pending\":0,\"skipped\":0,\"start\":%lld,\"stop\":%lld,\"tests\":%zu},\"tests\":[", bad,
                v->trial_count - bad, milliseconds(vfy_json_str(v->run, "started_at")),
                milliseconds(vfy_json_str(v->run, "finished_at")), v->trial_count);
    for (size_t i = 0; i < v->trial_count; i++) {
        const struct trial *t = &v->trials[i];
        const struct json *s = t->record.session;

        vfy_mem_put(b, "%s{\"duration\":%lld,\"name\":\"%s\",\"status\":\"%s\"}", i > 0 ? "," : "",
                    milliseconds(vfy_json_str(s, "finished_at")) - milliseconds(vfy_json_str(s, "started_at")),
                    vfy_json_str(t->plan, "name"), passed(t) ? "passed" : "failed");
    }
    vfy_mem_put(b, "],\"tool\":{\"name\":\"dryproof\"}},\"specVersion\":\"0.0.0\"}\n");
}

void vfy_junit_judge(struct evidence *v)
{
    static const char *const files[] = {"harness/ctrf.json", "harness/junit.xml"};
    size_t bad = 0;

    for (size_t i = 0; i < v->trial_count; i++)
        bad += !passed(&v->trials[i]);
    for (int f = 0; f < 2 && !v->is_incomplete; f++) {
        const struct member *m = vfy_bag_find(v->bag, files[f]);
        struct buf b = {v->arena, NULL, 0, 0};

        (f == 0 ? write_ctrf : write_junit)(v, bad, &b);
        vfy_report_check(v->report, LEVEL_1, m != NULL && vfy_member_is(m, b.p, b.len),
                         E_FACTS_MISMATCH, files[f], "the cases give another report");
    }
}
