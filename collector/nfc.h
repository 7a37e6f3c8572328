/* collector/nfc.h - the door to libutf8proc: Unicode normalisation form C. */
#ifndef COLLECTOR_NFC_H
#define COLLECTOR_NFC_H

#include "base/buf.h"

/* col_nfc_add(text, len, out, e): append the NFC form of UTF-8 text.  ERR_INPUT when it
 * is not valid UTF-8. */
int col_nfc_add(const char *text, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
