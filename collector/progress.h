/* collector/progress.h - one updating line on a terminal; silent anywhere else. */
#ifndef COLLECTOR_PROGRESS_H
#define COLLECTOR_PROGRESS_H

#include <stdbool.h>

#include "base/err.h"

/* col_progress_start(is_quiet): speak only when stderr is a terminal and not is_quiet. */
void col_progress_start(bool is_quiet);

/* col_progress_show(fmt, ...): replace the line; text must be printable ASCII. */
void col_progress_show(const char *fmt, ...) BASE_PRINTF(1, 2);

/* col_progress_clear(): leave an empty line behind, before anything else is printed. */
void col_progress_clear(void);

#endif
