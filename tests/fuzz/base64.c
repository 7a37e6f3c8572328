/* tests/fuzz/base64.c - base64, and the other small questions about text. */
#include "tests/fuzz/insider.h"
#include "tests/fuzz/other.h"

#include "verifier/nfc.h"
#include "verifier/text.h"

#include <string.h>

static void check_text(struct arena *a, const char *p, size_t n)
{
    const char *nfc, *again, *text = vfy_mem_copy(a, p, n);
    struct buf escaped = {a, NULL, 0, 0};
    size_t len, again_len;

    vfy_mem_add(&escaped, "", 0);
    vfy_text_escape(&escaped, p, n, 600);
    fuzz_claim(fuzz_printable(escaped.p, escaped.len) && memchr(escaped.p, '\n', escaped.len) == NULL,
               "escaped text is printable and one line");
    fuzz_claim(escaped.len < 600 + 60, "escaped text is as long as it may be");
    fuzz_say(escaped.p, escaped.len);
    fuzz_claim(!vfy_text_hex(text, 64) || strlen(text) == 64, "64 hex digits are 64 bytes");
    fuzz_claim(!vfy_text_time(text) || strlen(text) == 27, "a time has 27 bytes");
    if (!vfy_text_utf8(p, n) || vfy_nfc_map(a, p, n, &nfc, &len) != 0)
        return;
    fuzz_claim(vfy_text_utf8(nfc, len) && vfy_nfc_map(a, nfc, len, &again, &again_len) == 0 && len == again_len &&
                   (len == 0 || memcmp(nfc, again, len) == 0), "normalised twice is normalised once");
}

bool fuzz_target(const char *p, size_t n)
{
    struct arena a = {NULL, 0};
    struct buf again = {&a, NULL, 0, 0};
    char *out;
    size_t len;
    bool ok = vfy_text_base64(&a, p, n, &out, &len) == 0;

    vfy_mem_add(&again, "", 0);
    if (ok) {
        insider_base64(&again, out, len);
        fuzz_claim(again.len == n && memcmp(again.p, p, n) == 0, "what was decoded, encoded again, is the same");
        fuzz_claim(other_base64(p, n, out, len), "the other programs decode the same bytes");
        fuzz_say(out, len);
    } else {
        fuzz_claim(!other_base64(p, n, NULL, 0), "the other programs refuse it too");
    }
    check_text(&a, p, n);
    vfy_mem_release(&a);
    return ok;
}
