/* packager/report.c - see packager/report.h. */
#include "packager/report.h"

#include <string.h>

#include "base/clock.h"

static const struct jv *cases_of(const struct pkg_run *run)
{
    return jv_get(jv_get(run->plan.doc, "harness"), "cases");
}

bool pkg_report_passed(const struct pkg_run *run, const struct jv *facts, size_t index)
{
    const struct jv *expect = jv_get(cases_of(run)->items[index], "expect");
    const struct jv *row = jv_get(facts, "harness")->items[index];

    return jv_get(row, "fail_closed")->truth &&
           jv_equal(jv_get(row, "code"), jv_get(expect, "code")) &&
           jv_text_is(jv_get(row, "outcome"), "RAISED") == jv_get(expect, "raised")->truth;
}

static size_t failures(const struct pkg_run *run, const struct jv *facts)
{
    size_t n = 0;

    for (size_t i = 0; i < cases_of(run)->count; i++)
        n += !pkg_report_passed(run, facts, i);
    return n;
}

/* Only words are repeated: what else a result may say as its code is nothing for XML. */
static const char *word(const char *code)
{
    return code != NULL && *code != '\0' &&
                   code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0'
               ? code : "no code";
}

static int junit_case(const struct pkg_run *run, const struct jv *facts, size_t i, struct buf *out,
                      struct err *e)
{
    const struct jv *c = cases_of(run)->items[i];

    if (buf_addf(out, e, "  <testcase classname=\"harness\" name=\"%s\"", jv_get_text(c, "name")) != 0)
        return -1;
    if (pkg_report_passed(run, facts, i))
        return buf_adds(out, "/>\n", e);
    return buf_addf(out, e, ">\n    <failure message=\"expected %s, got %s\"/>\n  </testcase>\n",
                    word(jv_get_text(jv_get(c, "expect"), "code")),
                    word(jv_get_text(jv_get(facts, "harness")->items[i], "code")));
}

int pkg_report_junit(const struct pkg_run *run, const struct jv *facts, struct buf *out,
                     struct err *e)
{
    const struct jv *cases = cases_of(run);

    if (buf_addf(out, e,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<testsuite name=\"harness\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
                 "skipped=\"0\">\n", cases->count, failures(run, facts)) != 0)
        return -1;
    for (size_t i = 0; i < cases->count; i++)
        if (junit_case(run, facts, i, out, e) != 0)
            return -1;
    return buf_adds(out, "</testsuite>\n", e);
}

static int64_t milliseconds(const char *text)
{
    return clock_us(text) / 1000;
}

static int case_duration(const struct pkg_run *run, size_t i, int64_t *out, struct err *e)
{
    struct jv *session = NULL;
    char folder[FILE_PATH_MAX];
    char path[FILE_PATH_MAX];

    *out = 0;
    if (pkg_run_case(run, i, folder, e) != 0 || file_join(path, folder, "session.json", e) != 0)
        return -1;
    if (!pkg_run_has(run, folder)) /* not driven; pkg_facts_build allowed it */
        return 0;
    if (pkg_run_document(run, path, &session, e) != 0)
        return -1;
    *out = milliseconds(jv_get_text(session, "finished_at")) -
           milliseconds(jv_get_text(session, "started_at"));
    jv_free(session);
    return 0;
}

static struct jv *ctrf_summary(const struct pkg_run *run, const struct jv *facts)
{
    static const char *const none[] = {"other", "pending", "skipped"};
    size_t total = cases_of(run)->count;
    size_t bad = failures(run, facts);
    struct jv *s = jv_object();

    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        jv_set(s, none[i], jv_int(0));
    jv_set(s, "failed", jv_int((int64_t)bad));
    jv_set(s, "passed", jv_int((int64_t)(total - bad)));
    jv_set(s, "start", jv_int(milliseconds(jv_get_text(run->run, "started_at"))));
    jv_set(s, "stop", jv_int(milliseconds(jv_get_text(run->run, "finished_at"))));
    return jv_set(s, "tests", jv_int((int64_t)total));
}

int pkg_report_ctrf(const struct pkg_run *run, const struct jv *facts, struct buf *out,
                    struct err *e)
{
    const struct jv *cases = cases_of(run);
    struct jv *tests = jv_array();
    struct jv *results = jv_object();
    struct jv *doc = jv_object();
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < cases->count; i++) {
        struct jv *t = jv_object();
        int64_t duration = 0;

        rc = case_duration(run, i, &duration, e);
        jv_set(t, "duration", jv_int(duration));
        jv_set(t, "name", jv_copy(jv_get(cases->items[i], "name")));
        jv_set(t, "status", jv_string(pkg_report_passed(run, facts, i) ? "passed" : "failed"));
        jv_add(tests, t);
    }
    jv_set(results, "summary", ctrf_summary(run, facts));
    jv_set(results, "tests", tests);
    jv_set(results, "tool", jv_set(jv_object(), "name", jv_string("dryproof")));
    jv_set(doc, "reportFormat", jv_string("CTRF"));
    jv_set(doc, "results", results);
    jv_set(doc, "specVersion", jv_string("0.0.0"));
    if (rc == 0)
        rc = jv_document(doc, out, e);
    jv_free(doc);
    return rc;
}
