/* collector/nfc.c - see collector/nfc.h.  The only file that includes libutf8proc. */
#include "collector/nfc.h"

#include <stdlib.h>
#include <utf8proc.h>

int col_nfc_add(const char *text, size_t len, struct buf *out, struct err *e)
{
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
                                      &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    int rc;

    if (n == UTF8PROC_ERROR_NOMEM)
        return err_no_memory(e);
    if (n < 0)
        return err_set(e, ERR_INPUT, "text that is not UTF-8: %s", utf8proc_errmsg(n));
    rc = buf_add(out, composed, (size_t)n, e);
    free(composed);
    return rc;
}
