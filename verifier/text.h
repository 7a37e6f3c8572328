/*
 * verifier/text.h - bytes as text: UTF-8, escaping, hex, base64, times.
 */
#ifndef VFY_TEXT_H
#define VFY_TEXT_H

#include "verifier/mem.h"

#include <stdbool.h>
#include <stdint.h>

/* vfy_text_rune(p, n) - length of the valid UTF-8 sequence at p, or 0. */
size_t vfy_text_rune(const char *p, size_t n);

/* vfy_text_utf8(p, n) - whether all n bytes are valid UTF-8. */
bool vfy_text_utf8(const char *p, size_t n);

/* vfy_text_ascii(p, n) - whether none of n bytes is above 0x7f. */
bool vfy_text_ascii(const char *p, size_t n);

/*
 * vfy_text_escape(b, p, n, most) - append p so that only 0x20-0x7e come out.
 *
 * Other characters are written \u{HEX}, bytes that are not UTF-8 \xHH, the
 * backslash doubled; after `most` output bytes the rest is counted and left out.
 */
void vfy_text_escape(struct buf *b, const char *p, size_t n, size_t most);

/* vfy_text_hex(p, digits) - whether p is exactly that many lower-case hex digits. */
bool vfy_text_hex(const char *p, size_t digits);

/* vfy_text_time(p) - whether p is YYYY-MM-DDTHH:MM:SS.ffffffZ with fields in range. */
bool vfy_text_time(const char *p);

/* vfy_text_micros(p) - of a time of that form: microseconds since 1970. */
int64_t vfy_text_micros(const char *p);

/*
 * vfy_text_base64(a, p, n, out, out_len) - decode standard base64 with padding.
 *
 * Returns 0; or -1 for another alphabet, white space, missing padding or
 * non-zero trailing bits (a second spelling of the same bytes).
 */
int vfy_text_base64(struct arena *a, const char *p, size_t n, char **out, size_t *out_len);

#endif
