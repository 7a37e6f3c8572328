/*
 * tests/fuzz/record.c - documents of the payload and their closed shapes: the first line of
 * the input is a path below data/, the rest the file.
 */
#include "tests/fuzz/insider.h"

#include "verifier/docs.h"

#include <string.h>

static void add(struct buf *b, const struct json *v)
{
    vfy_json_write(b, v, false);
    vfy_mem_put(b, "\n");
}

static void check_canonical(struct arena *a, const struct member *m)
{
    const char *path = vfy_bag_payload(m);
    bool is_list = strlen(path) > 7 && strcmp(path + strlen(path) - 7, ".ndjson") == 0;
    struct buf again = {a, NULL, 0, 0};

    vfy_mem_add(&again, "", 0);
    if (strstr(path, "/catalog.ndjson") != NULL)
        return; /* its lines were read and let go */
    for (size_t i = 0; is_list && i < vfy_json_count(m->doc); i++)
        add(&again, vfy_json_at(m->doc, i));
    if (!is_list)
        add(&again, m->doc);
    fuzz_claim(again.len == m->size && memcmp(again.p, m->data, m->size) == 0,
               "an accepted document, written again, is the same");
}

bool fuzz_target(const char *p, size_t n)
{
    const char *lf = n > 0 ? memchr(p, '\n', n) : NULL;
    struct arena a = {NULL, 0};
    struct member m = {0};
    struct bag bag = {&a, &m, 1};
    struct err e = {VFY_NO_CODE, "", ""};
    bool ok;

    if (lf == NULL || lf - p > VFY_NAME_BYTES - 9)
        return false;
    m.name = vfy_mem_print(&a, "bag/data/%.*s", (int)(lf - p), p);
    m.data = lf + 1;
    m.size = n - (size_t)(m.data - p);
    ok = vfy_ustar_name(m.name, &e) == 0 && vfy_docs_read(&bag, &e) == 0;
    if (ok && m.doc != NULL && strcmp(m.name, "bag/data/carrier/plan.json") != 0) /* which may be laid out for people */
        check_canonical(&a, &m);
    if (!ok)
        insider_refused(&e, "E_JSON_ E_LIMIT_ E_FORMAT_VERSION E_MANIFEST_EXTRA E_PATH_");
    vfy_mem_release(&a);
    return ok;
}
