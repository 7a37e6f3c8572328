/*
 * bench/cost.c - what one command costs, where `date` around it would be too coarse.
 * Usage: cost FILE COMMAND ARGS...
 * Appends a line to FILE: seconds, seconds of processor time, most resident memory in MiB, of the
 * command and what it waited for.  The command's exit status is ours.
 */
#define _DEFAULT_SOURCE /* wait4 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

int main(int argc, char **argv)
{
    struct timespec start, end;
    struct rusage used;
    int status = 0;
    FILE *f;
    pid_t child;

    if (argc < 3)
        return 2;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    child = fork();
    if (child == 0) {
        (void)execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child)
        return 5;
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    f = fopen(argv[1], "a");
    if (f == NULL)
        return 5;
    (void)fprintf(f, "%.6f\t%.6f\t%.2f\n",
                  (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9,
                  seconds(used.ru_utime) + seconds(used.ru_stime), (double)used.ru_maxrss / 1024);
    if (fclose(f) != 0)
        return 5;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 70;
}
