/* tests/fuzz/json.c - the JSON reader and the canonical writer, beside those of base/. */
#include "tests/fuzz/insider.h"
#include "tests/fuzz/other.h"

#include "verifier/json.h"

#include <string.h>

static const char stages[] = "E_JSON_ E_LIMIT_";

/* writing and reading again changes nothing any more */
static void settles(struct arena *a, const struct json *v, enum json_mode mode, bool nfc)
{
    struct buf once = {a, NULL, 0, 0}, twice = {a, NULL, 0, 0};
    const struct json *again;
    struct err e;

    vfy_json_write(&once, v, nfc);
    if (vfy_json_parse(a, once.p, once.len, mode, "x", &again, &e) != 0) {
        /* two keys may become one by normalisation */
        fuzz_claim(nfc && e.code == E_JSON_DUPKEY, "what was written can be read");
        return;
    }
    fuzz_claim(nfc || vfy_json_same(v, again), "what was written says the same");
    vfy_json_write(&twice, again, nfc);
    fuzz_claim(once.len == twice.len && memcmp(once.p, twice.p, once.len) == 0, "written again it is the same");
    fuzz_say(once.p, once.len);
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf canonical = {&a, NULL, 0, 0};
    const struct json *ours, *foreign, *doc;
    struct err e = {VFY_NO_CODE, "", ""};
    bool is_foreign = vfy_json_parse(&a, p, n, JSON_FOREIGN, "x", &foreign, &e) == 0, is_ours, is_document;

    if (!is_foreign)
        insider_refused(&e, stages);
    else
        settles(&a, foreign, JSON_FOREIGN, false), settles(&a, foreign, JSON_FOREIGN, true);
    is_ours = vfy_json_parse(&a, p, n, JSON_OURS, "x", &ours, &e) == 0;
    if (!is_ours)
        insider_refused(&e, stages);
    fuzz_claim(!is_ours || is_foreign, "what is ours is JSON");
    is_document = vfy_json_document(&a, p, n, "x", &doc, &e) == 0;
    if (!is_document)
        insider_refused(&e, stages);
    fuzz_claim(!is_document || is_ours, "a document is JSON of ours");
    if (is_ours) {
        settles(&a, ours, JSON_OURS, false);
        vfy_json_write(&canonical, ours, false);
        fuzz_claim(is_document == (canonical.len == n && memcmp(canonical.p, p, n) == 0),
                   "a document is accepted exactly when written again it is the same");
        fuzz_claim(other_is_canonical(canonical.p, canonical.len), "the other programs write the same canonical bytes");
    }
    vfy_mem_release(&a);
    return is_document;
}
