/* base/clock.c - see base/clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void clock_now(char out[CLOCK_TEXT])
{
    struct timespec now = {0, 0};
    struct tm utc = {0};
    char text[64] = "";
    char seconds[32];

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &utc);
    (void)strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text, sizeof text, "%s.%06ldZ", seconds, now.tv_nsec / 1000);
    memcpy(out, text, CLOCK_TEXT - 1);
    out[CLOCK_TEXT - 1] = '\0';
}

int64_t clock_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
