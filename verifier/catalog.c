/* verifier/catalog.c - see catalog.h. */
#include "verifier/catalog.h"

struct catalog vfy_catalog_open(const struct evidence *v, int edge, const char *file)
{
    return (struct catalog){.lines = vfy_lines_open(v->arena, vfy_bag_peek(v->bag, "%s/%s", v->edges[edge].name, file))};
}

const struct json *vfy_catalog_next(struct catalog *c)
{
    struct arena *a = &c->two[++c->count % 2];
    const struct json *line = NULL;
    struct err none;

    if (!vfy_lines_next(&c->lines, &c->p, &c->n))
        return NULL;
    vfy_mem_reset(a);
    return vfy_json_parse(a, c->p, c->n - 1, JSON_OURS, "", &line, &none) == 0 ? line : NULL;
}

struct arena *vfy_catalog_arena(struct catalog *c)
{
    return &c->two[c->count % 2];
}

void vfy_catalog_close(struct catalog *c)
{
    vfy_lines_close(&c->lines);
    vfy_mem_release(&c->two[0]);
    vfy_mem_release(&c->two[1]);
}

const struct json *vfy_catalog_definition(struct arena *a, const struct json *line)
{
    const struct json *text = vfy_json_at(line, 2), *doc = NULL;
    struct err ignored;

    return text->type == JSON_STRING && vfy_json_parse(a, text->u.text, text->count, JSON_FOREIGN, "catalog", &doc,
                                                       &ignored) == 0 ? doc : NULL;
}
