/* driver/format.c - see driver/format.h.  Text of evidence is made plain once, in put_case(), and then
 * escaped as each form wants it. */
#include "driver/format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/version.h"

#define ANNOTATIONS_MAX 10 /* GitHub shows no more of one step */
#define TITLE_MAX 80

const char format_names[] = "text, json, junit, ctrf, github, codex-review or html";

/* ---- what was said as a list of cases: group, name, state, message, and of findings code, path, .. ---- */

static bool has(const char *text)
{
    return text != NULL && *text != '\0';
}

static struct jv *plain(const char *text)
{
    char out[ERR_TEXT_MAX];

    err_escape(out, sizeof out, has(text) ? text : "?");
    return jv_string(out);
}

/* What is HOLD is as red as what is FAIL, unless the whole was accepted: then it is left out. */
static const char *state_of(const char *status, bool is_required, int exit_status)
{
    if (status != NULL && strcmp(status, "PASS") == 0)
        return "passed";
    if (exit_status == 0 || !is_required || (status != NULL && strcmp(status, "N-A") == 0))
        return "skipped";
    return status != NULL && strcmp(status, "FAIL") == 0 ? "failed" : "held";
}

static struct jv *findings_of(const struct jv *list)
{
    static const char *const members[] = {"code", "message", "path", "suggestion"};
    struct jv *out = jv_array();

    for (size_t i = 0; list != NULL && i < list->count; i++) {
        struct jv *one = jv_object();

        for (size_t m = 0; m < 4; m++)
            jv_set(one, members[m], plain(jv_get_text(list->items[i], members[m])));
        jv_add(out, one);
    }
    return out;
}

static void put_case(struct jv *cases, const char *group, const char *name, const char *state, const char *word,
                     const char *message, const struct jv *findings)
{
    struct jv *one = jv_set(jv_set(jv_object(), "group", jv_string(group)), "name", plain(name));

    jv_set(jv_set(one, "state", jv_string(state)), "word", plain(word));
    jv_set(one, "message", plain(has(message) ? message : word));
    jv_add(cases, jv_set(one, "findings", findings_of(findings)));
}

/* The first case is the whole; it has passed exactly when the exit status is 0. */
static void put_whole(struct jv *cases, const struct format_said *s, const char *group, const char *message,
                      const struct jv *findings)
{
    const char *word = jv_get_text(s->doc, "status");
    const char *state = s->status == 0 ? "passed" : word != NULL && strcmp(word, "FAIL") == 0 ? "failed" : "held";

    put_case(cases, group, group, state, word, message, findings);
}

static void cases_of_verdict(struct jv *cases, const struct format_said *s)
{
    const struct jv *claims = jv_get(s->doc, "claims");

    put_whole(cases, s, "verdict", jv_get_text(s->doc, "headline"), jv_get(s->doc, "findings"));
    for (size_t i = 0; claims != NULL && i < claims->count; i++) {
        const struct jv *c = claims->items[i], *required = jv_get(c, "required");
        bool is_required = !jv_is(required, JV_BOOL) || required->truth;

        put_case(cases, "claim", jv_get_text(c, "id"), state_of(jv_get_text(c, "status"), is_required, s->status),
                 jv_get_text(c, "status"), jv_get_text(c, "detail"), NULL);
    }
}

static void cases_of_repository(struct jv *cases, const struct format_said *s)
{
    const struct jv *list = jv_get(s->doc, "verdicts");

    put_whole(cases, s, "repository", NULL, jv_get(jv_get(s->doc, "repository"), "findings"));
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct jv *v = list->items[i];

        put_case(cases, "package", jv_get_text(jv_get(v, "package"), "sha256"), state_of(jv_get_text(v, "status"), true, s->status),
                 jv_get_text(v, "status"), jv_get_text(v, "headline"), jv_get(v, "findings"));
    }
}

static void cases_of_fleet(struct jv *cases, const struct format_said *s)
{
    const struct jv *list = jv_get(s->doc, "targets");

    put_whole(cases, s, "fleet", jv_get_text(s->doc, "headline"), jv_get(s->doc, "findings"));
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct jv *t = list->items[i], *v = jv_get(t, "verdict"); /* of a lost one null */
        const char *word = jv_is(v, JV_OBJECT) ? jv_get_text(v, "status") : "HOLD";

        put_case(cases, "target", jv_get_text(t, "name"), state_of(word, true, s->status), word,
                 jv_is(v, JV_OBJECT) ? jv_get_text(v, "headline") : "lost", jv_get(v, "findings"));
    }
}

static int cases_of(const struct format_said *s, struct jv **out, struct err *e)
{
    const struct jv *schema = jv_get(s->doc, "schema"), *status = jv_get(s->doc, "exit_status");

    if (!jv_is(status, JV_INT) || status->number != s->status)
        return err_set(e, ERR_INTERNAL, "dryproof-verify ended with status %d, and answered otherwise", s->status);
    *out = jv_array();
    if (jv_text_is(schema, "dryproof.verdict/2"))
        cases_of_verdict(*out, s);
    else if (jv_text_is(schema, "dryproof.verdicts/1"))
        cases_of_repository(*out, s);
    else if (jv_text_is(schema, "dryproof.fleet-verdict/1"))
        cases_of_fleet(*out, s);
    else if (jv_text_is(schema, "dryproof.log/1"))
        put_whole(*out, s, "log", NULL, jv_get(s->doc, "findings"));
    else
        return err_set(e, ERR_INTERNAL, "dryproof-verify answered no document that is known here");
    return *out == NULL || (*out)->is_broken ? err_no_memory(e) : 0;
}

static size_t count(const struct jv *cases, const char *state)
{
    size_t n = 0;

    for (size_t i = 0; i < cases->count; i++)
        n += jv_text_is(jv_get(cases->items[i], "state"), state);
    return n;
}

static bool is_red(const struct jv *one)
{
    return jv_text_is(jv_get(one, "state"), "failed") || jv_text_is(jv_get(one, "state"), "held");
}

/* text with every byte of `special` escaped: as XML, or as GitHub's commands want it */
static int put(struct buf *b, const char *text, const char *special, struct err *e)
{
    bool is_xml = special[0] == '&';

    for (; *text != '\0'; text++) {
        int c = (unsigned char)*text;

        if (strchr(special, c) == NULL ? buf_add(b, text, 1, e) != 0
                                       : is_xml ? buf_addf(b, e, "&#%d;", c) != 0 : buf_addf(b, e, "%%%02X", (unsigned)c) != 0)
            return -1;
    }
    return 0;
}

/* ---- JUnit: held cases are errors ---- */

#define XML_SPECIAL "&<>\"'\n"

static int xml_attribute(struct buf *b, const char *name, const char *text, struct err *e)
{
    return buf_addf(b, e, " %s=\"", name) != 0 || put(b, text, XML_SPECIAL, e) != 0 || buf_adds(b, "\"", e) != 0 ? -1 : 0;
}

static int junit_case(struct buf *b, const struct jv *one, struct err *e)
{
    const struct jv *findings = jv_get(one, "findings"), *state = jv_get(one, "state");
    const char *kind = jv_text_is(state, "failed") ? "failure" : jv_text_is(state, "held") ? "error" : "skipped";

    if (buf_adds(b, "    <testcase", e) != 0 || xml_attribute(b, "name", jv_get_text(one, "name"), e) != 0 ||
        buf_addf(b, e, " classname=\"dryproof.%s\"", jv_get_text(one, "group")) != 0)
        return -1;
    if (jv_text_is(state, "passed"))
        return buf_adds(b, "/>\n", e);
    if (buf_addf(b, e, ">\n      <%s", kind) != 0 || xml_attribute(b, "type", jv_get_text(one, "word"), e) != 0 ||
        xml_attribute(b, "message", jv_get_text(one, "message"), e) != 0 || buf_adds(b, ">", e) != 0)
        return -1;
    for (size_t i = 0; i < findings->count; i++) {
        const struct jv *f = findings->items[i];
        char line[4 * ERR_TEXT_MAX];

        (void)snprintf(line, sizeof line, "%s %s: %s; do: %s\n", jv_get_text(f, "code"), jv_get_text(f, "path"),
                       jv_get_text(f, "message"), jv_get_text(f, "suggestion"));
        if (put(b, line, XML_SPECIAL, e) != 0)
            return -1;
    }
    return buf_addf(b, e, "</%s>\n    </testcase>\n", kind);
}

static int write_junit(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e)
{
    char numbers[200], place[ERR_TEXT_MAX];

    (void)snprintf(numbers, sizeof numbers, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", cases->count,
                   count(cases, "failed"), count(cases, "held"), count(cases, "skipped"));
    err_escape(place, sizeof place, s->place);
    if (buf_addf(b, e, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dryproof\"%s>\n  <testsuite", numbers) != 0 ||
        xml_attribute(b, "name", place, e) != 0 || buf_addf(b, e, "%s>\n", numbers) != 0)
        return -1;
    for (size_t i = 0; i < cases->count; i++)
        if (junit_case(b, cases->items[i], e) != 0)
            return -1;
    return buf_adds(b, "  </testsuite>\n</testsuites>\n", e);
}

/* ---- CTRF, ctrf.io: it has no word for HOLD, which is failed ---- */

static int write_ctrf(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e)
{
    struct jv *summary = jv_object(), *tests = jv_array(), *doc = jv_object(), *results = jv_object();
    int64_t now = (int64_t)time(NULL) * 1000;
    int rc;

    (void)s;
    for (size_t i = 0; i < cases->count; i++) {
        const struct jv *one = cases->items[i];
        char name[3 * ERR_TEXT_MAX];
        struct jv *test = jv_object();

        (void)snprintf(name, sizeof name, "%s %s", jv_get_text(one, "group"), jv_get_text(one, "name"));
        jv_set(jv_set(test, "name", jv_string(name)), "duration", jv_int(0));
        jv_set(test, "status", is_red(one) ? jv_string("failed") : jv_copy(jv_get(one, "state")));
        jv_set(test, "rawStatus", jv_copy(jv_get(one, "word")));
        jv_add(tests, jv_set(test, "message", jv_copy(jv_get(one, "message"))));
    }
    jv_set(jv_set(summary, "tests", jv_int((int64_t)cases->count)), "passed", jv_int((int64_t)count(cases, "passed")));
    jv_set(jv_set(summary, "failed", jv_int((int64_t)(count(cases, "failed") + count(cases, "held")))), "pending", jv_int(0));
    jv_set(jv_set(summary, "skipped", jv_int((int64_t)count(cases, "skipped"))), "other", jv_int(0));
    jv_set(jv_set(summary, "start", jv_int(now)), "stop", jv_int(now));
    jv_set(results, "tool", jv_set(jv_set(jv_object(), "name", jv_string("dryproof")), "version", jv_string(DRYPROOF_VERSION)));
    jv_set(jv_set(results, "summary", summary), "tests", tests);
    jv_set(jv_set(doc, "reportFormat", jv_string("CTRF")), "specVersion", jv_string("0.0.0"));
    rc = jv_document(jv_set(doc, "results", results), b, e);
    jv_free(doc);
    return rc;
}

/* ---- annotations: what is red, and its findings, as title and body ---- */

static void put_note(struct jv *notes, const char *title, const char *rest, const char *body, const char *suggestion)
{
    char text[4 * ERR_TEXT_MAX];
    struct jv *one = jv_object();

    (void)snprintf(text, sizeof text, "%s%s%s", title, *rest == '\0' ? "" : " ", rest);
    jv_set(one, "title", jv_string(text));
    (void)snprintf(text, sizeof text, "%s%s%s", body, *suggestion == '\0' ? "" : "\nDo: ", suggestion);
    jv_add(notes, jv_set(one, "body", jv_string(text)));
}

static struct jv *notes_of(const struct jv *cases)
{
    struct jv *notes = jv_array();

    for (size_t i = 0; i < cases->count; i++) {
        const struct jv *one = cases->items[i], *findings = jv_get(one, "findings");

        if (!is_red(one) || jv_text_is(jv_get(one, "group"), "claim")) /* the findings of a claim are the verdict's */
            continue;
        if (findings->count == 0 || i == 0)
            put_note(notes, "dryproof", jv_get_text(one, "name"), jv_get_text(one, "message"), "");
        for (size_t f = 0; f < findings->count; f++)
            put_note(notes, jv_get_text(findings->items[f], "code"), jv_get_text(findings->items[f], "path"),
                     jv_get_text(findings->items[f], "message"), jv_get_text(findings->items[f], "suggestion"));
    }
    return notes;
}

#define DATA_SPECIAL "%\r\n"
#define PROPERTY_SPECIAL DATA_SPECIAL ":,"

static int annotation(struct buf *b, const char *level, const char *place, const char *title, const char *body, struct err *e)
{
    char file[ERR_TEXT_MAX];

    err_escape(file, sizeof file, place);
    return buf_addf(b, e, "::%s file=", level) != 0 || put(b, file, PROPERTY_SPECIAL, e) != 0 || buf_adds(b, ",title=", e) != 0 ||
                   put(b, title, PROPERTY_SPECIAL, e) != 0 || buf_adds(b, "::", e) != 0 ||
                   put(b, body, DATA_SPECIAL, e) != 0 || buf_adds(b, "\n", e) != 0 ? -1 : 0;
}

static int write_github(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e)
{
    struct jv *notes = notes_of(cases);
    char more[64];
    int rc = notes == NULL || notes->is_broken ? err_no_memory(e) : 0;

    if (rc == 0 && notes->count == 0)
        rc = annotation(b, "notice", s->place, "dryproof", jv_get_text(cases->items[0], "message"), e);
    for (size_t i = 0; rc == 0 && i < notes->count && i < ANNOTATIONS_MAX; i++) {
        const struct jv *n = notes->items[i];
        bool is_last = i + 1 == ANNOTATIONS_MAX && notes->count > ANNOTATIONS_MAX;

        (void)snprintf(more, sizeof more, "and %zu more: see dryproof verify", notes->count - i);
        rc = is_last ? annotation(b, "error", s->place, "dryproof", more, e)
                     : annotation(b, "error", s->place, jv_get_text(n, "title"), jv_get_text(n, "body"), e);
    }
    jv_free(notes);
    return rc;
}

/* ---- Codex: review findings ---- */

static struct jv *location(const char *place)
{
    char full[2 * FILE_PATH_MAX], folder[FILE_PATH_MAX];
    struct jv *range = jv_set(jv_set(jv_object(), "start", jv_int(1)), "end", jv_int(1)), *out = jv_object();

    if (*place == '/' || getcwd(folder, sizeof folder) == NULL)
        folder[0] = '\0';
    (void)snprintf(full, sizeof full, "%s%s%s", folder, *place == '/' ? "" : "/", place);
    jv_set(out, "absolute_file_path", jv_is_utf8(full, strlen(full)) ? jv_string(full) : plain(full));
    return jv_set(out, "line_range", range);
}

static int write_codex(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e)
{
    struct jv *notes = notes_of(cases), *findings = jv_array(), *doc = jv_object();
    bool is_fail = jv_text_is(jv_get(s->doc, "status"), "FAIL");
    int rc = notes == NULL || notes->is_broken ? err_no_memory(e) : 0;

    /* the first note is the whole, which overall_explanation says too */
    for (size_t i = rc == 0 && notes->count > 1; rc == 0 && i < notes->count; i++) {
        struct jv *one = jv_set(jv_object(), "body", jv_copy(jv_get(notes->items[i], "body")));
        char title[TITLE_MAX + 1];

        (void)snprintf(title, sizeof title, "[P%d] %s", is_fail ? 0 : 1, jv_get_text(notes->items[i], "title"));
        jv_set(jv_set(one, "title", jv_string(title)), "priority", jv_int(is_fail ? 0 : 1));
        jv_add(findings, jv_set(jv_set(one, "confidence_score", jv_int(1)), "code_location", location(s->place)));
    }
    jv_set(jv_set(doc, "findings", findings), "overall_confidence_score", jv_int(1));
    jv_set(doc, "overall_correctness", jv_string(s->status == 0 ? "patch is correct" : "patch is incorrect"));
    jv_set(doc, "overall_explanation", jv_copy(jv_get(cases->items[0], "message")));
    if (rc == 0)
        rc = jv_document(doc, b, e);
    jv_free(doc);
    jv_free(notes);
    return rc;
}

/* ---- a page that stands alone: no script, nothing is fetched ---- */

static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<style>\n"
    ":root { color-scheme: light dark }\n"
    "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }\n"
    "table { border-collapse: collapse; width: 100% }\n"
    "th, td { border-bottom: 1px solid; padding: .3rem .5rem; text-align: left; vertical-align: top }\n"
    ".failed, .held { font-weight: bold }\n"
    "</style>\n";

static int html_element(struct buf *b, const char *name, const char *text, struct err *e)
{
    return buf_addf(b, e, "<%s>", name) != 0 || put(b, text, XML_SPECIAL, e) != 0 || buf_addf(b, e, "</%s>", name) != 0 ? -1 : 0;
}

static int html_findings(struct buf *b, const struct jv *cases, struct err *e)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < cases->count; i++) {
        const struct jv *findings = jv_get(cases->items[i], "findings");

        if (findings->count > 0)
            rc = html_element(b, "h2", "Findings", e) != 0 || html_element(b, "p", jv_get_text(cases->items[i], "name"), e) != 0 ||
                 buf_adds(b, "\n<ul>\n", e) != 0 ? -1 : 0;
        for (size_t k = 0; rc == 0 && k < findings->count; k++)
            rc = buf_adds(b, "<li>", e) != 0 || html_element(b, "strong", jv_get_text(findings->items[k], "code"), e) != 0 ||
                 buf_adds(b, " ", e) != 0 || html_element(b, "code", jv_get_text(findings->items[k], "path"), e) != 0 ||
                 buf_adds(b, ": ", e) != 0 || put(b, jv_get_text(findings->items[k], "message"), XML_SPECIAL, e) != 0 ||
                 buf_adds(b, ". Do: ", e) != 0 || put(b, jv_get_text(findings->items[k], "suggestion"), XML_SPECIAL, e) != 0 ||
                 buf_adds(b, "</li>\n", e) != 0 ? -1 : 0;
        if (rc == 0 && findings->count > 0)
            rc = buf_adds(b, "</ul>\n", e);
    }
    return rc;
}

static int write_html(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e)
{
    const struct jv *whole = cases->items[0];
    char place[ERR_TEXT_MAX];
    int rc;

    err_escape(place, sizeof place, s->place);
    rc = buf_adds(b, page_head, e) != 0 || html_element(b, "title", jv_get_text(whole, "word"), e) != 0 ||
         buf_adds(b, "\n</head>\n<body>\n<main>\n", e) != 0 || html_element(b, "h1", jv_get_text(whole, "message"), e) != 0 ||
         buf_adds(b, "\n<p>", e) != 0 || html_element(b, "code", place, e) != 0 ||
         buf_addf(b, e, ", exit status %d</p>\n", s->status) != 0 || html_findings(b, cases, e) != 0 ||
         buf_adds(b, "<table>\n<caption>What was judged</caption>\n<thead><tr><th scope=\"col\">what</th>"
                     "<th scope=\"col\">word</th><th scope=\"col\">why</th></tr></thead>\n<tbody>\n", e) != 0 ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < cases->count; i++) {
        const struct jv *one = cases->items[i];

        rc = buf_addf(b, e, "<tr class=\"%s\">", jv_get_text(one, "state")) != 0 || html_element(b, "td", jv_get_text(one, "name"), e) != 0 ||
             html_element(b, "td", jv_get_text(one, "word"), e) != 0 || html_element(b, "td", jv_get_text(one, "message"), e) != 0 ||
             buf_adds(b, "</tr>\n", e) != 0 ? -1 : 0;
    }
    return rc != 0 ? -1 : buf_adds(b, "</tbody>\n</table>\n</main>\n</body>\n</html>\n", e);
}

static const struct {
    const char *name;
    int (*write)(const struct format_said *s, const struct jv *cases, struct buf *b, struct err *e);
} formats[] = {{"junit", write_junit}, {"ctrf", write_ctrf}, {"github", write_github}, {"codex-review", write_codex},
             {"html", write_html}};
enum { FORMATS = sizeof formats / sizeof *formats };

bool format_knows(const char *name)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return true;
    return false;
}

int format_write(const char *name, const struct format_said *said, struct buf *out, struct err *e)
{
    struct jv *cases = NULL;
    int rc = cases_of(said, &cases, e);

    for (int i = 0; i < FORMATS && rc == 0; i++)
        if (strcmp(formats[i].name, name) == 0)
            rc = formats[i].write(said, cases, out, e);
    jv_free(cases);
    return rc;
}
