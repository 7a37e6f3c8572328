/* tests/fuzz/sshsig.c - the armored signature of one commit, as somebody without the key writes it. */
#include "tests/fuzz/insider.h"

#include "verifier/sshsig.h"

/* what seeds.py signs */
static const char text[] = "tree of the seeds\n";

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct err e = {VFY_NO_CODE, "", ""};
    const struct trusted *by;
    bool ok = vfy_sshsig_check(&a, p, n, "git", text, sizeof text - 1, insider_policy(), ROLE_PACKAGER, "x", &by, &e) == 0;

    if (ok) {
        fuzz_claim(insider_signed(&a, p, n, text, sizeof text - 1), "only what the key signs, written so, is accepted");
    } else {
        insider_refused(&e, "E_SIG_ E_KEY_");
    }
    vfy_mem_release(&a);
    return ok;
}
