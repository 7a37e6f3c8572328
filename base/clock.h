/* base/clock.h - the wall clock as text, and a stop-watch. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT 28 /* 2026-06-22T10:11:12.123456Z and a NUL */

/* clock_now(out): the current UTC time with microseconds (FORMAT.md section 1). */
void clock_now(char out[CLOCK_TEXT]);

/* clock_ms(): milliseconds of a clock that only runs forward; differences count. */
int64_t clock_ms(void);

/* clock_us(text): microseconds since 1970 of a time as clock_now writes it; 0 when it is none. */
int64_t clock_us(const char *text);

#endif
