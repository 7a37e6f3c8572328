/*
 * tests/fuzz/page.c - hostile text in the review packet: every member that a template asks
 * for is the input.  Nothing that has a meaning in HTML, Markdown or XML may be there more or
 * less often than with a harmless text, and a script gets no such text at all.
 */
#include "tests/fuzz/fuzz.h"

#include "packager/report.h"
#include "packager/template.h"

#include "gen/tpl_REVIEW_md.h"
#include "gen/tpl_VERIFY_sh.h"
#include "gen/tpl_review_html.h"

#include <stdio.h>
#include <string.h>

enum { ROOM = 1 << 26 };

/*
 * What the template asks for until the end of this section, into the object; whether it is one
 * text instead.  Sections are lists of one; with otherwise, those that have a {{^}} are empty.
 */
static bool ask(const char **p, struct jv *object, const char *text, size_t n, bool otherwise)
{
    bool is_plain = false;

    for (const char *tag = strstr(*p, "{{"); tag != NULL; tag = strstr(*p, "{{")) {
        char name[64], mark = tag[2];
        struct jv *inner;

        *p = strstr(tag, "}}") + 2;
        tag += strchr("#^/", mark) != NULL ? 3 : 2;
        snprintf(name, sizeof name, "%.*s", (int)(*p - 2 - tag), tag);
        inner = jv_get(object, name);
        if (mark == '/')
            break;
        if (mark == '^') {
            struct jv *unseen = jv_object();

            ask(p, otherwise ? object : unseen, text, n, otherwise);
            jv_free(unseen);
            if (otherwise)
                jv_set(object, name, jv_array());
            else if (inner == NULL)
                jv_set(object, name, jv_bool(true));
        } else if (mark == '#' && inner != NULL && jv_is(inner, JV_ARRAY) && inner->count == 1 &&
                   jv_is(inner->items[0], JV_OBJECT)) {
            ask(p, inner->items[0], text, n, otherwise); /* the section stands twice */
        } else if (mark == '#') {
            struct jv *one = jv_object();

            if (ask(p, one, text, n, otherwise)) {
                jv_free(one);
                one = jv_string_len(text, n);
            }
            if (inner != NULL && jv_is(inner, JV_ARRAY) && inner->count == 0)
                jv_free(one);
            else
                jv_set(object, name, jv_add(jv_array(), one));
        } else if (strcmp(name, ".") == 0) {
            is_plain = true;
        } else if (inner == NULL) {
            jv_set(object, name, jv_string_len(text, n));
        }
    }
    return is_plain;
}

static int render(const char *template, enum pkg_template_kind kind, const char *text, size_t n, bool otherwise,
                  struct buf *out)
{
    const char *p = template;
    struct jv *model = jv_object();
    struct err e;
    int rc;

    ask(&p, model, text, n, otherwise);
    rc = pkg_template_render(template, kind, model, out, &e);
    if (rc != 0)
        fuzz_says(e.text);

    fuzz_claim(rc == 0 || e.kind == ERR_INPUT, "a template asks for what the model has");
    jv_free(model);
    return rc;
}

static size_t count(const struct buf *b, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == c;
    return n;
}

static void same_marks(const struct buf *hostile, const struct buf *harmless, const char *marks)
{
    fuzz_claim(fuzz_printable(hostile->data, hostile->len), "the page is printable");
    for (const char *c = marks; *c != '\0'; c++)
        fuzz_claim(count(hostile, *c) == count(harmless, *c), "no text adds a mark to the page");
    fuzz_say(hostile->data, hostile->len);
}

/* one of the four pages with a harmless text, made once */
static const struct buf *harmless_page(int i, const char *template, enum pkg_template_kind kind, bool otherwise)
{
    static struct buf pages[4];

    if (pages[i].len == 0) {
        pages[i] = buf_init(ROOM);
        fuzz_claim(render(template, kind, "x", 1, otherwise, &pages[i]) == 0, "a harmless text can stand anywhere");
    }
    return &pages[i];
}

static void check(int page, const char *template, enum pkg_template_kind kind, const char *marks, const char *text, size_t n)
{
    for (int otherwise = 0; otherwise < 2; otherwise++) {
        struct buf hostile = buf_init(ROOM);

        fuzz_claim(render(template, kind, text, n, otherwise, &hostile) == 0, "a text can stand anywhere");
        same_marks(&hostile, harmless_page(page + otherwise, template, kind, otherwise), marks);
        buf_release(&hostile);
    }
}

static void junit(const char *text, size_t n, struct buf *out)
{
    struct jv *expect = jv_set(jv_set(jv_object(), "code", jv_string_len(text, n)), "raised", jv_bool(false));
    struct jv *one = jv_set(jv_set(jv_object(), "name", jv_string("a-case")), "expect", expect);
    struct jv *row = jv_set(jv_set(jv_object(), "fail_closed", jv_bool(false)), "code", jv_string_len(text, n));
    struct jv *facts = jv_set(jv_object(), "harness", jv_add(jv_array(), jv_set(row, "outcome", jv_string_len(text, n))));
    struct pkg_run run;
    struct err e;

    memset(&run, 0, sizeof run);
    run.plan.doc = jv_set(jv_object(), "harness", jv_set(jv_object(), "cases", jv_add(jv_array(), one)));
    fuzz_claim(pkg_report_junit(&run, facts, out, &e) == 0, "a JUnit report is written");
    jv_free(run.plan.doc);
    jv_free(facts);
}

bool fuzz_target(const char *p, size_t n)
{
    struct buf hostile = buf_init(ROOM), harmless = buf_init(ROOM);
    bool is_word = n > 0 && p[0] != '-';

    for (size_t i = 0; i < n; i++)
        is_word = is_word && p[i] != '\0' && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-", p[i]) != NULL;
    check(0, tpl_review_html, PKG_TEMPLATE_HTML, "<>\"'=`\n", p, n);
    check(2, tpl_REVIEW_md, PKG_TEMPLATE_MARKDOWN, "`|\n", p, n);
    fuzz_claim((render(tpl_VERIFY_sh, PKG_TEMPLATE_SHELL, p, n, false, &hostile) == 0) == is_word, "a script takes words, and nothing else");
    buf_clear(&hostile);
    junit(p, n, &hostile);
    junit("x", 1, &harmless);
    same_marks(&hostile, &harmless, "<>\"'&\n");
    buf_release(&hostile);
    buf_release(&harmless);
    return is_word;
}
