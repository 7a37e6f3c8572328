/*
 * tests/fuzz/other.h - the readers of the other programs (base/), which share no source with
 * the verifier: two readers of one document must not disagree.
 */
#ifndef FUZZ_OTHER_H
#define FUZZ_OTHER_H

#include <stdbool.h>
#include <stddef.h>

/* other_is_canonical(p, n) - base/ reads it, and writes these bytes again. */
bool other_is_canonical(const char *p, size_t n);

/* other_base64(text, len, data, n) - base/ decodes the text, to exactly these bytes unless
 * data is NULL. */
bool other_base64(const char *text, size_t len, const char *data, size_t n);

#endif
