/* base/base64.c - see base/base64.h. */
#include "base/base64.h"

#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(const void *data, size_t len, struct buf *out, struct err *e)
{
    const unsigned char *p = data;

    for (size_t i = 0; i < len; i += 3) {
        size_t n = len - i < 3 ? len - i : 3;
        unsigned int bits = (unsigned int)p[i] << 16;
        char quad[4];

        if (n > 1)
            bits |= (unsigned int)p[i + 1] << 8;
        if (n > 2)
            bits |= p[i + 2];
        quad[0] = alphabet[bits >> 18];
        quad[1] = alphabet[bits >> 12 & 63];
        quad[2] = n > 1 ? alphabet[bits >> 6 & 63] : '=';
        quad[3] = n > 2 ? alphabet[bits & 63] : '=';
        if (buf_add(out, quad, 4, e) != 0)
            return -1;
    }
    return 0;
}

static int value_of(char c)
{
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);

    return at == NULL ? -1 : (int)(at - alphabet);
}

int base64_decode(const char *text, size_t len, struct buf *out, struct err *e)
{
    if (len % 4 != 0)
        return err_set(e, ERR_INPUT, "base64 length %zu is not a multiple of 4", len);
    for (size_t i = 0; i < len; i += 4) {
        int last = i + 4 == len;
        int pad = last && text[i + 3] == '=' ? (text[i + 2] == '=' ? 2 : 1) : 0;
        unsigned int bits = 0;
        unsigned char triple[3];

        for (int k = 0; k < 4 - pad; k++) {
            int v = value_of(text[i + (size_t)k]);
            if (v < 0)
                return err_set(e, ERR_INPUT, "not a base64 digit at offset %zu", i + (size_t)k);
            bits |= (unsigned int)v << (18 - 6 * k);
        }
        if ((pad == 1 && (bits & 0xff) != 0) || (pad == 2 && (bits & 0xffff) != 0))
            return err_set(e, ERR_INPUT, "spare base64 bits are not zero");
        triple[0] = (unsigned char)(bits >> 16);
        triple[1] = (unsigned char)(bits >> 8);
        triple[2] = (unsigned char)bits;
        if (buf_add(out, triple, (size_t)(3 - pad), e) != 0)
            return -1;
    }
    return 0;
}
