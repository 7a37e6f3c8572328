/* base/base64.h - standard base64 with padding (RFC 4648 section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

/* base64_encode(data, len, out, e): append the text of len bytes. */
int base64_encode(const void *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* base64_decode(text, len, out, e): append the bytes.  ERR_INPUT unless text is
 * exactly what base64_encode would write (padding present, spare bits zero). */
int base64_decode(const char *text, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
