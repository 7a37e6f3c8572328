/* tests/fuzz/stamp.c - an RFC 3161 response: what is accepted is DER to its end and says a time
 * that the format can write, and without a root nobody vouches for it. */
#include "tests/fuzz/insider.h"

#include "verifier/crypto.h"
#include "verifier/text.h"

#include <string.h>

/* a definite length, in as few bytes as there can be, of exactly what follows */
static bool is_whole(const char *p, size_t n)
{
    const unsigned char *b = (const unsigned char *)p;
    size_t count = n > 1 && b[1] > 0x80 ? b[1] & 0x7fu : 0, size = 0;

    if (n < 2 || b[0] != 0x30 || b[1] == 0x80 || count > 4 || 2 + count > n)
        return false;
    for (size_t i = 0; i < count; i++)
        size = size << 8 | b[2 + i];
    if (count == 0)
        size = b[1];
    else if (b[2] == 0 || size < 0x80)
        return false;
    return 2 + count + size == n;
}

bool fuzz_target(const char *p, size_t n)
{
    struct err e = {VFY_NO_CODE, "", ""};
    struct stamp stamp;

    if (vfy_crypto_stamp(p, n, "x", &stamp, &e) != 0)
        return insider_refused(&e, "E_TIMESTAMP_INVALID");
    fuzz_claim(is_whole(p, n), "a response is one element in DER");
    fuzz_claim(vfy_text_time(stamp.time), "its time is one");
    fuzz_claim(stamp.bits == 256 || stamp.bits == 384 || stamp.bits == 512, "its imprint is by SHA-2");
    fuzz_claim(vfy_crypto_stamp_holds(p, n, &stamp, NULL, 0, "x", 1, "x", &e) != 0, "nobody vouches without a root");
    fuzz_claim(strcmp(vfy_findings_info(e.code)->name, "E_TIMESTAMP_UNTRUSTED") == 0 || e.code == E_TIMESTAMP_INVALID,
               "and that is what is said");
    fuzz_says(stamp.time);
    fuzz_say(stamp.imprint, sizeof stamp.imprint);
    return true;
}
