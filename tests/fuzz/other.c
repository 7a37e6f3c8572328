/* tests/fuzz/other.c - see other.h. */
#include "tests/fuzz/other.h"

#include "base/base64.h"
#include "base/json.h"

#include <string.h>

bool other_is_canonical(const char *p, size_t n)
{
    struct buf again = buf_init(1 << 26);
    struct jv *v = NULL;
    struct err e;
    bool ok = jv_parse(p, n, &v, &e) == 0 && jv_canonical(v, &again, &e) == 0 && again.len == n &&
              memcmp(again.data, p, n) == 0;

    jv_free(v);
    buf_release(&again);
    return ok;
}

bool other_base64(const char *text, size_t len, const char *data, size_t n)
{
    struct buf out = buf_init(1 << 26);
    struct err e;
    bool ok = base64_decode(text, len, &out, &e) == 0 &&
              (data == NULL || (out.len == n && (n == 0 || memcmp(out.data, data, n) == 0)));

    buf_release(&out);
    return ok;
}
