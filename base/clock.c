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

int64_t clock_us(const char *text)
{
    long long y, mo, d, h, mi, s, us;

    if (text == NULL || sscanf(text, "%4lld-%2lld-%2lldT%2lld:%2lld:%2lld.%6lldZ", &y, &mo, &d, &h,
                               &mi, &s, &us) != 7)
        return 0;
    /* days from civil, March-based years: Howard Hinnant's date algorithms */
    y -= mo <= 2;
    d += (153 * (mo + (mo > 2 ? -3 : 9)) + 2) / 5 - 1;
    d += 365 * (y % 400) + y % 400 / 4 - y % 400 / 100 + y / 400 * 146097 - 719468;
    return ((d * 24 + h) * 60 + mi) * 60000000 + s * 1000000 + us;
}
