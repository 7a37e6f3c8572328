/* verifier/nfc.h - Unicode normal form C; the door to libutf8proc. */
#ifndef VFY_NFC_H
#define VFY_NFC_H

#include "verifier/mem.h"

/*
 * vfy_nfc_map(a, p, n, out, out_len) - the NFC form of valid UTF-8.
 *
 * ASCII is returned as it is.  Returns 0; -1 when libutf8proc refuses.
 */
int vfy_nfc_map(struct arena *a, const char *p, size_t n, const char **out, size_t *out_len);

#endif
