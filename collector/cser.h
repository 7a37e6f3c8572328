/*
 * collector/cser.h - cser-v1, the canonical JSON that manifests are hashed over.
 * FORMAT.md section 5.  Judges the profile's own fields and nothing else.
 */
#ifndef COLLECTOR_CSER_H
#define COLLECTOR_CSER_H

#include "base/json.h"

/*
 * col_cser_write(profile, v, out, e): append the canonical bytes of v, no LF: strings
 * and keys in NFC, keys sorted by bytes, integers in shortest form.
 * profile is "manifest" or "record".
 * ERR_INPUT: another profile, a top object without the profile's fields, two keys that
 * are one after NFC, an integer beyond 2^53; ERR_LIMIT, ERR_SYSTEM.
 */
int col_cser_write(const char *profile, const struct jv *v, struct buf *out, struct err *e)
    BASE_MUST_USE;

#endif
