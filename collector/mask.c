/* collector/mask.c - see collector/mask.h. */
#include "collector/mask.h"

#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"

#define FORM_MAX ((size_t)1 << 20)

static void hide(char *text, const char *form)
{
    size_t n = strlen(form);

    for (char *at = text; n > 0 && (at = strstr(at, form)) != NULL; at += n)
        memset(at, '*', n);
}

/* Every byte in hex, or only those that a URL may not hold. */
static int write_bytes(const char *secret, const char *hex, const char *before, bool is_url,
                       struct buf *out, struct err *e)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    buf_clear(out);
    for (; *secret != '\0'; secret++) {
        unsigned char c = (unsigned char)*secret;

        if (is_url && strchr(plain, c) != NULL) {
            if (buf_add(out, secret, 1, e) != 0)
                return -1;
        } else if (buf_addf(out, e, "%s%c%c", before, hex[c >> 4], hex[c & 15]) != 0) {
            return -1;
        }
    }
    return 0;
}

int col_mask(char *text, const char *secret, struct err *e)
{
    static const char *const digits[] = {"0123456789abcdef", "0123456789ABCDEF"};
    struct buf form = buf_init(FORM_MAX);
    int rc = -1;

    if (secret == NULL || *secret == '\0')
        return 0;
    hide(text, secret);
    for (size_t i = 0; i < 2; i++) {
        if (write_bytes(secret, digits[i], "", false, &form, e) != 0)
            goto out;
        hide(text, form.data);
        if (write_bytes(secret, digits[i], "%", true, &form, e) != 0)
            goto out;
        hide(text, form.data);
    }
    buf_clear(&form);
    if (base64_encode(secret, strlen(secret), &form, e) != 0)
        goto out;
    form.data[strcspn(form.data, "=")] = '\0'; /* padding may be missing */
    hide(text, form.data);
    rc = 0;
out:
    buf_release(&form);
    return rc;
}
