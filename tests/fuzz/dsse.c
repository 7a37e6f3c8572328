/* tests/fuzz/dsse.c - an envelope as somebody without the key writes it. */
#include "tests/fuzz/insider.h"

#include "verifier/dsse.h"

#include <string.h>

static const char type[] = "application/vnd.in-toto+json";

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf body = {&a, NULL, 0, 0}, again = {&a, NULL, 0, 0};
    struct envelope out = {.payload = NULL};
    struct err e = {VFY_NO_CODE, "", ""};
    bool ok = vfy_dsse_open(&a, p, n, type, ROLE_PACKAGER, insider_policy(), "x", &out, &e) == 0;

    if (!ok) {
        insider_refused(&e, "E_DSSE_ E_KEY_ E_SIG_ E_JSON_ E_LIMIT_");
    } else {
        fuzz_claim(out.signer == insider_policy()->keys, "it was signed by the one key that is trusted");
        vfy_json_write(&body, out.payload, false);
        insider_envelope(&again, type, body.p, body.len); /* Ed25519 is deterministic */
        fuzz_claim(again.len == n && memcmp(again.p, p, n) == 0, "only what the key signs, written so, is accepted");
        fuzz_say(body.p, body.len);
    }
    vfy_mem_release(&a);
    return ok;
}
