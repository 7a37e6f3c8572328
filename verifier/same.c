/* verifier/same.c - see same.h. */
#include "verifier/same.h"

#include "verifier/docs.h"
#include "verifier/limits.h"
#include "verifier/text.h"

#include <string.h>

static int load(struct arena *a, const char *path, struct source *tar, struct bag *bag, struct err *e)
{
    bag->arena = a;
    if (vfy_source_open(path, VFY_MAX_PACKAGE_BYTES, tar, e) != 0)
        return -1;
    if (vfy_ustar_read(a, tar, &bag->members, &bag->count, e) != 0 || vfy_bag_check(bag, e) != 0 ||
        vfy_docs_read(bag, e) != 0)
        return -1;
    return vfy_bag_peek(bag, "facts.json") != NULL
               ? 0 : vfy_err_set(e, E_EVIDENCE_INCOMPLETE, path, "it has no facts.json");
}

int vfy_same_facts(struct arena *a, const char *const paths[2], struct buf *out, struct err *e)
{
    const struct member *facts[2];
    const struct json *one;
    struct source tar[2] = {{.fd = -1}, {.fd = -1}};
    int different;

    for (int i = 0; i < 2; i++) {
        struct bag bag = {NULL, NULL, 0};

        different = load(a, paths[i], &tar[i], &bag, e);
        vfy_source_close(&tar[i]);
        if (different != 0)
            return -1;
        facts[i] = vfy_bag_peek(&bag, "facts.json");
    }
    different = strcmp(facts[0]->sha256, facts[1]->sha256) != 0;
    vfy_mem_put(out, "%s\n", different ? "DIFFERENT: the two packages give other facts"
                                       : "SAME: the two packages give the same facts");
    for (int i = 0; i < 2; i++)
        vfy_mem_put(out, "  facts %s\n  of package %s\n", facts[i]->sha256, tar[i].sha256);
    one = facts[0]->doc;
    for (size_t i = 0; different && i < vfy_json_count(one); i++) {
        const char *key = one->u.items[2 * i].u.text;

        if (!vfy_json_same(&one->u.items[2 * i + 1], vfy_json_get(facts[1]->doc, key)))
            vfy_mem_put(out, "  differs: %s\n", key);
    }
    vfy_mem_put(out, "Signatures were not looked at.\n");
    return different;
}
