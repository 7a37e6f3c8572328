/* driver/admissions.h - where the admission rows of a rehearsal are kept. */
#ifndef DRIVER_ADMISSIONS_H
#define DRIVER_ADMISSIONS_H

#include "base/file.h"

/* admissions_of(carrier, out, e): DIR/../admissions/NAME.sql for the carrier DIR/../NAME.
 * They are no part of the carrier, so that rehearsal and governed runs share one
 * plan_sha256.  Returns 1 when that file exists, else 0; -1 with *e set. */
int admissions_of(const char *carrier, char out[FILE_PATH_MAX], struct err *e) BASE_MUST_USE;

#endif
