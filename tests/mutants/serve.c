/*
 * tests/mutants/serve.c - linked to the mutated verifier and to its unit programs.
 *
 * MUTANT=N chooses a mutant; MUTANT_SEEN=FILE writes one byte for each mutant, 1 where the
 * run could have told it from the original.  With --serve FOLDER the verifier becomes a
 * server that forks for each request instead of starting anew: a line "MUTANT LIMIT CWD
 * STDOUT STDERR\tARGUMENT...", answered by "STATUS MICROSECONDS".  MUTANT 0 is the original and
 * leaves FOLDER/seen.
 */
#include "tests/mutants/mutants.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

int mutant_chosen = -1;
unsigned char *mutant_seen;

static void write_seen(const char *path)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(mutant_seen, 1, MUTANTS, f) != MUTANTS || fclose(f) != 0)
        _exit(99);
}

static void at_exit(void)
{
    write_seen(getenv("MUTANT_SEEN"));
}

__attribute__((constructor)) static void choose(void)
{
    const char *chosen = getenv("MUTANT");

    if (chosen != NULL)
        mutant_chosen = atoi(chosen);
    if (getenv("MUTANT_SEEN") == NULL)
        return;
    mutant_seen = mmap(NULL, MUTANTS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0); /* its children's, too */
    atexit(at_exit);
}

#ifdef SERVES
int verifier_main(int argc, char **argv);

/* CPU time: the machine may be busy with something else */
static void limit(int milliseconds)
{
    struct itimerval cpu = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
    struct rlimit memory = {(rlim_t)3 << 30, (rlim_t)3 << 30}, core = {0, 0};

    setitimer(ITIMER_PROF, &cpu, NULL);
    alarm(60); /* what blocks: a thread that waits uses no processor */
#ifndef SANITIZED /* its shadow takes terabytes */
    setrlimit(RLIMIT_AS, &memory);
#endif
    setrlimit(RLIMIT_CORE, &core);
}

static void child(int mutant, int milliseconds, char *rest)
{
    char *argv[256], *save = NULL, *folder = strtok_r(rest, "\t", &save), *out = strtok_r(NULL, "\t", &save), *err = strtok_r(NULL, "\t", &save);
    int argc = 0, fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), fd2 = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    mutant_chosen = mutant;
    argv[argc++] = (char *)"dryproof-verify";
    while (argc < 255 && (argv[argc] = strtok_r(NULL, "\t", &save)) != NULL)
        argc++;
    argv[argc] = NULL;
    if (chdir(folder) != 0 || fd < 0 || fd2 < 0 || dup2(open("/dev/null", O_RDONLY), 0) < 0)
        _exit(98);
    dup2(fd, 1);
    dup2(fd2, 2);
    limit(milliseconds);
    exit(verifier_main(argc, argv));
}

static int serve(const char *folder)
{
    static char line[1 << 16];
    char seen[4096];
    unsigned char *shared = mmap(NULL, MUTANTS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    snprintf(seen, sizeof seen, "%s/seen", folder);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *rest;
        int mutant = (int)strtol(line, &rest, 10), milliseconds = (int)strtol(rest, &rest, 10), status;
        struct rusage used;
        pid_t pid;

        line[strcspn(line, "\n")] = '\0';
        mutant_seen = NULL;
        if (mutant == 0) {
            memset(shared, 0, MUTANTS);
            mutant_seen = shared;
        }
        pid = fork();
        if (pid == 0)
            child(mutant, milliseconds, rest + 1);
        if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
            return 1;
        if (mutant == 0)
            write_seen(seen);
        printf("%d %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
               (long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 + used.ru_utime.tv_usec + used.ru_stime.tv_usec);
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--serve") == 0)
        return serve(argv[2]);
    return verifier_main(argc, argv);
}
#endif
