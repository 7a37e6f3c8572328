/* verifier/nfc.c - see nfc.h.  The only file that includes utf8proc.h. */
#include "verifier/nfc.h"

#include <stdlib.h>
#include <utf8proc.h>

int vfy_nfc_map(struct arena *a, const char *p, size_t n, const char **out, size_t *out_len)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t len;
    size_t i = 0;

    while (i < n && (unsigned char)p[i] < 0x80)
        i++;
    if (i == n) {
        *out = p;
        *out_len = n;
        return 0;
    }
    len = utf8proc_map((const utf8proc_uint8_t *)p, (utf8proc_ssize_t)n, &mapped,
                       UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (len < 0) {
        vfy_mem_doubt(len == UTF8PROC_ERROR_NOMEM);
        return -1;
    }
    *out = vfy_mem_copy(a, mapped, (size_t)len);
    *out_len = (size_t)len;
    free(mapped);
    return 0;
}
