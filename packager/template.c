/* packager/template.c - see packager/template.h. */
#include "packager/template.h"

#include <stdio.h>
#include <string.h>

#include "packager/text.h"

#define NAME_MAX_BYTES 40

struct scope {
    const struct jv *value;
    const struct scope *outer;
};

struct render {
    const char *start; /* of the whole template */
    enum pkg_template_kind kind;
    struct buf *out;
    struct err *e;
};

struct tag {
    char mark; /* '#', '^', '/', or 0 for a value */
    char name[NAME_MAX_BYTES];
    const char *begin; /* of the tag, or of its line when it stands alone there */
    const char *end;
};

static const struct jv *look_up(const struct scope *scope, const char *name)
{
    if (strcmp(name, ".") == 0)
        return scope->value;
    while (scope != NULL && !jv_is(scope->value, JV_OBJECT))
        scope = scope->outer;
    return scope == NULL ? NULL : jv_get(scope->value, name);
}

static int bad_template(const struct render *r, const char *at)
{
    return err_set(r->e, ERR_INTERNAL, "bad template tag at \"%.30s\"", at);
}

/* 1 with the next tag at or after text, 0 when there is none before end. */
static int next_tag(const struct render *r, const char *text, const char *end, struct tag *tag)
{
    const char *open = strstr(text, "{{");
    const char *close;
    const char *name;

    if (open == NULL || open >= end)
        return 0;
    close = strstr(open, "}}");
    name = open + 2;
    tag->mark = strchr("#^/", *name) != NULL ? *name++ : '\0';
    if (close == NULL || close >= end || close <= name || close - name >= NAME_MAX_BYTES)
        return bad_template(r, open);
    (void)snprintf(tag->name, sizeof tag->name, "%.*s", (int)(close - name), name);
    tag->begin = open;
    tag->end = close + 2;
    if (tag->mark != '\0' && *tag->end == '\n' && (open == r->start || open[-1] == '\n'))
        tag->end++;
    return 1;
}

/* The close tag that belongs to open; sections of one name may nest. */
static int find_close(const struct render *r, const struct tag *open, const char *end,
                      struct tag *close)
{
    const char *p = open->end;
    int depth = 1;

    while (next_tag(r, p, end, close) == 1) {
        if (close->mark != '\0' && strcmp(close->name, open->name) == 0)
            depth += close->mark == '/' ? -1 : 1;
        if (depth == 0)
            return 0;
        p = close->end;
    }
    return bad_template(r, open->begin);
}

static int write_value(const struct render *r, const struct jv *v)
{
    switch (v->type) {
    case JV_INT:
        return buf_addf(r->out, r->e, "%lld", (long long)v->number);
    case JV_BOOL:
        return buf_adds(r->out, v->truth ? "yes" : "no", r->e);
    case JV_NULL:
        return buf_adds(r->out, "none", r->e);
    case JV_STRING:
        if (r->kind == PKG_TEMPLATE_MARKDOWN)
            return pkg_text_markdown(v->bytes, v->len, r->out, r->e);
        if (r->kind == PKG_TEMPLATE_HTML)
            return pkg_text_html(v->bytes, v->len, r->out, r->e);
        return pkg_text_shell(v->bytes, v->len, r->out, r->e);
    case JV_ARRAY:
    case JV_OBJECT:
        break;
    }
    return err_set(r->e, ERR_INTERNAL, "a template prints a list or an object");
}

static bool is_something(const struct jv *v)
{
    return !(v->type == JV_NULL || (v->type == JV_BOOL && !v->truth) ||
             (v->type == JV_STRING && v->len == 0) || (v->type == JV_ARRAY && v->count == 0));
}

static int render_part(const struct render *r, const char *text, const char *end,
                       const struct scope *scope);

static int render_section(const struct render *r, const struct tag *open, const struct tag *close,
                          const struct jv *v, const struct scope *scope)
{
    size_t times = jv_is(v, JV_ARRAY) ? v->count : 1;

    if (open->mark == '^')
        return is_something(v) ? 0 : render_part(r, open->end, close->begin, scope);
    if (!is_something(v))
        return 0;
    for (size_t i = 0; i < times; i++) {
        struct scope inner = {jv_is(v, JV_ARRAY) ? v->items[i] : v, scope};

        if (render_part(r, open->end, close->begin, &inner) != 0)
            return -1;
    }
    return 0;
}

/* Recursion is as deep as our own templates nest sections. */
static int render_part(const struct render *r, const char *text, const char *end,
                       const struct scope *scope)
{
    struct tag tag, close;
    int got;

    while ((got = next_tag(r, text, end, &tag)) == 1) {
        const struct jv *v = look_up(scope, tag.name);

        if (buf_add(r->out, text, (size_t)(tag.begin - text), r->e) != 0)
            return -1;
        if (tag.mark == '/')
            return bad_template(r, tag.begin);
        if (v == NULL)
            return err_set(r->e, ERR_INPUT, "the packet needs \"%s\", which the verdict or the "
                                            "package does not have", tag.name);
        text = tag.end;
        if (tag.mark == '\0') {
            if (write_value(r, v) != 0)
                return -1;
            continue;
        }
        if (find_close(r, &tag, end, &close) != 0 || render_section(r, &tag, &close, v, scope) != 0)
            return -1;
        text = close.end;
    }
    return got < 0 ? -1 : buf_add(r->out, text, (size_t)(end - text), r->e);
}

int pkg_template_render(const char *text, enum pkg_template_kind kind, const struct jv *model,
                        struct buf *out, struct err *e)
{
    const struct render r = {text, kind, out, e};
    const struct scope scope = {model, NULL};

    return render_part(&r, text, text + strlen(text), &scope);
}
