/* tests/unit/packager_template.c - templates, and data that would like to be markup. */
#include "tests/unit/packager_fixture.h"

#include "packager/template.h"
#include "packager/text.h"

static void sections_values_and_lines(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"plain", "plain"},
        {"{{n}} {{yes}} {{no}} {{none}}", "7 yes no none"},
        {"{{s}}", "`x`"},
        {"{{#list}}\n- {{name}}\n{{/list}}\nend", "- `a`\n- `b`\nend"},
        {"{{#yes}}{{n}}{{#list}}{{name}}{{/list}}{{/yes}}", "7`a``b`"},
        {"{{#words}}{{.}},{{/words}}", "`u`,`v`,"},
        {"{{#empty}}no{{/empty}}{{^empty}}none{{/empty}}", "none"},
        {"{{#yes}}y{{/yes}}{{^yes}}n{{/yes}}{{#no}}y{{/no}}{{^no}}n{{/no}}", "yn"},
        {"{{#o}}{{inner}}{{/o}}", "1"},
        {"{{#yes}}a{{#yes}}b{{/yes}}c{{/yes}}", "abc"},
    };
    static const char model_text[] =
        "{\"n\":7,\"yes\":true,\"no\":false,\"none\":null,\"s\":\"x\",\"empty\":[],\"words\":[\"u\",\"v\"],"
        "\"list\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"o\":{\"inner\":1}}";
    static const char *const bad[] = {"{{absent}}", "{{#yes}}", "{{/yes}}", "{{n", "{{}}", "{{list}}", "{{#yes}}{{/no}}",
                                     "{{#list}}{{n}}{{/list}}"};
    struct jv *model = NULL;
    struct err e;

    (void)state;
    assert_int_equal(jv_parse(model_text, strlen(model_text), &model, &e), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out = buf_init(1000);

        ROW(i, rows[i].text, pkg_template_render(rows[i].text, PKG_TEMPLATE_MARKDOWN, model, &out, &e) == 0);
        ROW(i, out.data, strcmp(out.data, rows[i].expected) == 0);
        buf_release(&out);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf out = buf_init(1000);

        ROW(i, bad[i], pkg_template_render(bad[i], PKG_TEMPLATE_MARKDOWN, model, &out, &e) == -1);
        buf_release(&out);
    }
    jv_free(model);
}

static void data_is_quoted_exactly(void **state)
{
    static const struct {
        const char *in, *markdown, *html;
    } rows[] = {
        {"a", "`a`", "a"},
        {"", "`\\u{}`", ""},
        {" a ", "`\\u{20}a\\u{20}`", " a "},
        {" ", "`\\u{20}`", " "},
        {"a`b|c", "`a\\u{60}b\\u{7c}c`", "a&#96;b|c"},
        {"x\ny\r\t\x1b[2J", "`x\\u{a}y\\u{d}\\u{9}\\u{1b}[2J`", "x\\u{a}y\\u{d}\\u{9}\\u{1b}[2J"},
        {"<b a='\"'>&", "`<b a='\"'>&`", "&#60;b a&#61;&#39;&#34;&#39;&#62;&#38;"},
        {"\\u{60}", "`\\\\u{60}`", "\\\\u{60}"},
        {"\xe2\x80\xae\xc2\xad\xf3\xa0\x81\x81\xef\xb8\x8f", "`\\u{202e}\\u{ad}\\u{e0041}\\u{fe0f}`",
         "\\u{202e}\\u{ad}\\u{e0041}\\u{fe0f}"},
        {"\xd1\x80rod", "`\\u{440}rod`", "\\u{440}rod"},
        {"\xff\xc3", "`\\x{ff}\\x{c3}`", "\\x{ff}\\x{c3}"},
        {"\x7f", "`\\u{7f}`", "\\u{7f}"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf md = buf_init(1000), html = buf_init(1000);
        struct err e;

        ROW(i, rows[i].in, buf_adds(&html, "", &e) == 0);
        ROW(i, rows[i].in, pkg_text_markdown(rows[i].in, strlen(rows[i].in), &md, &e) == 0);
        ROW(i, md.data, strcmp(md.data, rows[i].markdown) == 0);
        ROW(i, rows[i].in, pkg_text_html(rows[i].in, strlen(rows[i].in), &html, &e) == 0);
        ROW(i, html.data, strcmp(html.data, rows[i].html) == 0);
        buf_release(&html);
        buf_release(&md);
    }
}

static void long_data_is_cut_with_a_count(void **state)
{
    char long_text[3 * PKG_TEXT_MAX];
    struct buf out = buf_init(sizeof long_text);
    struct err e;

    (void)state;
    memset(long_text, 'a', sizeof long_text);
    assert_int_equal(pkg_text_markdown(long_text, sizeof long_text, &out, &e), 0);
    assert_int_equal(out.len, PKG_TEXT_MAX + strlen("``\\+{4000}"));
    assert_string_equal(out.data + out.len - 10, "a\\+{4000}`");
    buf_release(&out);
}

static void scripts_take_plain_words_only(void **state)
{
    static const char *const bad[] = {"", "a b", "$(x)", "`x`", "a;b", "-rf", "a\n", "\xc3\xa9", "'", "a*"};
    struct buf out = buf_init(1000);
    struct err e;

    (void)state;
    assert_int_equal(pkg_text_shell("c1.x/y_z-9", 10, &out, &e), 0);
    assert_string_equal(out.data, "c1.x/y_z-9");
    for (size_t i = 0; i < COUNT(bad); i++)
        ROW(i, bad[i], pkg_text_shell(bad[i], strlen(bad[i]), &out, &e) == -1);
    buf_release(&out);
}

static bool is_printable(const struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if (b->data[i] < 0x20 || b->data[i] > 0x7e)
            return false;
    return true;
}

/* The Big List of Naughty Strings, from outside of this tree. */
static void naughty_strings_cannot_act(void **state)
{
    const char *vectors = getenv("DRYPROOF_VECTORS");
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(0);
    struct jv *list = NULL;
    struct err e;

    (void)state;
    assert_int_equal(file_join(path, vectors == NULL ? "../shared/vectors" : vectors, "strings/blns.json", &e), 0);
    if (!file_exists(path)) {
        print_message("no %s: naughty strings skipped\n", path);
        skip();
    }
    assert_int_equal(file_read(path, 1 << 20, &text, &e), 0);
    assert_int_equal(jv_parse(text.data, text.len, &list, &e), 0);
    assert_true(list->count > 400);
    for (size_t i = 0; i < list->count; i++) {
        const struct jv *s = list->items[i];
        struct buf md = buf_init(100000), html = buf_init(100000);

        ROW(i, s->bytes, buf_adds(&html, "", &e) == 0 && pkg_text_html(s->bytes, s->len, &html, &e) == 0);
        ROW(i, s->bytes, pkg_text_markdown(s->bytes, s->len, &md, &e) == 0);
        ROW(i, s->bytes, is_printable(&md) && is_printable(&html));
        ROW(i, s->bytes, strpbrk(html.data, "<>\"'`=") == NULL);
        ROW(i, s->bytes, strchr(md.data + 1, '`') == md.data + md.len - 1 && strchr(md.data, '|') == NULL);
        buf_release(&html);
        buf_release(&md);
    }
    jv_free(list);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_values_and_lines),
        cmocka_unit_test(data_is_quoted_exactly),
        cmocka_unit_test(long_data_is_cut_with_a_count),
        cmocka_unit_test(scripts_take_plain_words_only),
        cmocka_unit_test(naughty_strings_cannot_act),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
