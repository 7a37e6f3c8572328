/*
 * tests/tools/later.c - LD_PRELOAD: the clock is LATER_YEARS ahead (20; below 0: behind), for
 * whatever asks libc for it.  Every answer is counted in the file LATER_LOG, so that a test can
 * tell who asked.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define YEAR 31556952L /* seconds */

extern char *program_invocation_short_name;

static time_t later(void)
{
    const char *years = getenv("LATER_YEARS");

    return (years == NULL ? 20 : strtol(years, NULL, 10)) * YEAR;
}

static void note(void)
{
    const char *path = getenv("LATER_LOG");
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

    if (fd < 0)
        return;
    (void)!write(fd, program_invocation_short_name, strlen(program_invocation_short_name));
    (void)!write(fd, "\n", 1);
    (void)close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    static int (*real)(clockid_t, struct timespec *);
    int rc;

    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    rc = real(clock, out);
    if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        out->tv_sec += later();
        note();
    }
    return rc;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now;

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return -1;
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}
