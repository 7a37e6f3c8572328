/*
 * tests/fuzz/statement.c - statements of an insider: every line of the input is a payload,
 * signed and put into an envelope; together they are the attestations of one package.
 */
#include "tests/fuzz/insider.h"

#include "verifier/attest.h"

#include <string.h>

/* the package that seeds.py's statements are about */
static const char package[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static bool is_about_it(const struct attestations *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct json *s = set->lines[i].payload, *one = vfy_json_at(vfy_json_get(s, "subject"), 0);
        const char *digest = i < 2 ? vfy_json_str(vfy_json_get(one, "digest"), "sha256")
                                   : vfy_json_str(vfy_json_get(s, "predicate"), "package");

        if (strcmp(digest, package) != 0)
            return false;
    }
    return true;
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf text = {&a, NULL, 0, 0}, again = {&a, NULL, 0, 0};
    struct attestations set = {.count = 0};
    struct err e = {VFY_NO_CODE, "", ""};
    bool ok;

    vfy_mem_add(&text, "", 0);
    for (const char *at = p, *end = p + n; at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((lf != NULL ? lf : end) - at);

        insider_envelope(&text, "application/vnd.in-toto+json", at, len);
        vfy_mem_put(&text, "\n");
        at += len + (lf != NULL);
    }
    ok = vfy_attest_open(&a, text.p, text.len, insider_policy(), package, &set, &e) == 0;
    if (!ok) {
        insider_refused(&e, "E_STMT_ E_DSSE_ E_SIG_ E_JSON_ E_LIMIT_ E_DIGEST_MISMATCH E_ATTESTATION_SET");
    } else {
        fuzz_claim(set.count == 2 || set.count == 3, "two statements, or three");
        fuzz_claim(is_about_it(&set), "every statement is about this package");
        for (size_t i = 0; i < set.count; i++) {
            vfy_json_write(&again, set.lines[i].payload, false);
            vfy_mem_put(&again, "\n");
        }
        fuzz_claim(again.len - (p[n - 1] != '\n') == n && memcmp(again.p, p, n) == 0,
                   "accepted statements, written again, are the same");
    }
    vfy_mem_release(&a);
    return ok;
}
