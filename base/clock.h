/* base/clock.h - the wall clock as text. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#define CLOCK_TEXT 28 /* 2026-06-22T10:11:12.123456Z and a NUL */

/* clock_now(out): the current UTC time with microseconds (FORMAT.md section 1). */
void clock_now(char out[CLOCK_TEXT]);

#endif
