/*
 * tests/faults/crowd.c - many packagers at once: crowd PROGRAM STAGES COUNT REPO SEED OPERATIONS
 *
 * Runs `PROGRAM commit STAGES/stageN --repo REPO`, N from 1 to COUNT, PACKAGERS at a time.  A packager
 * has every PACKAGERS-th stage as its own, which it repeats until one is answered; every second
 * operation, and all when it has none left, are of a stage at random.  One operation in DISTURBED
 * meets a signal, is stopped for a while, or writes its answer to a pipe that nobody reads.  It ends
 * when OPERATIONS are done, and all stages answered; the last operation is not disturbed.
 *
 * One line an operation: the stage, and first, there or killed; then of the first two the commit and
 * the ledger's number, of the third the signal.  What is none of these is told on standard error,
 * and the status is 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKAGERS 8
#define DISTURBED 12
#define STOPPED_MS 30
#define HUNG_MS 300000

struct packager {
    pid_t pid;
    int said; /* what the program writes */
    int own;  /* next own stage */
    int stage;
    int signal; /* to be sent at `due`; 0: none, SIGCONT: it is stopped */
    int sent;   /* that would end it */
    int64_t begun, due;
};

static const char *program, *stages, *repo;
static int count, closed; /* closed: a pipe that nobody reads */
static int64_t usual_ms = 60; /* what an operation took lately */
static uint64_t state;
static bool is_bad;

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* splitmix64 */
static int below(int64_t n)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (int)((z ^ (z >> 31)) % (uint64_t)n);
}

static void fail(const char *what)
{
    perror(what);
    exit(2);
}

static void run_program(const struct packager *p, bool is_unread)
{
    char stage[4096], key[4096], log_key[4096];
    sigset_t none;

    (void)snprintf(stage, sizeof stage, "%s/stage%d", stages, p->stage);
    (void)snprintf(key, sizeof key, "%s/signer.key", stages);
    (void)snprintf(log_key, sizeof log_key, "%s/log.key", stages);
    (void)sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) == 0 && dup2(is_unread ? closed : p->said, 1) == 1 && dup2(p->said, 2) == 2)
        (void)execl(program, "dryproof-pack", "commit", stage, "--repo", repo, "--key", key, "--log-key", log_key,
                    "--wait", "250", (char *)NULL);
    _exit(126);
}

static void begin(struct packager *p, bool is_quiet)
{
    static const int signals[] = {SIGKILL, SIGKILL, SIGKILL, SIGSTOP, SIGSTOP, SIGTERM, SIGINT, SIGHUP, SIGPIPE};
    bool is_disturbed = !is_quiet && below(DISTURBED) == 0;

    p->stage = p->own <= count && (is_quiet || below(2) == 0) ? p->own : 1 + below(count);
    p->signal = is_disturbed ? signals[below(sizeof signals / sizeof *signals)] : 0;
    p->sent = p->signal == SIGPIPE ? SIGPIPE : 0;
    p->begun = now_ms();
    p->due = p->begun + HUNG_MS;
    if (p->signal != 0 && p->signal != SIGPIPE)
        p->due = p->begun + below(usual_ms + 1);
    if (ftruncate(p->said, 0) != 0 || lseek(p->said, 0, SEEK_SET) != 0)
        fail("crowd");
    p->pid = fork();
    if (p->pid == 0)
        run_program(p, p->signal == SIGPIPE);
    if (p->pid < 0)
        fail("fork");
    if (p->signal == SIGPIPE)
        p->signal = 0;
}

/* Its time has come. */
static void disturb(struct packager *p)
{
    if (p->signal == 0) {
        fprintf(stderr, "stage %d: no end after %d s\n", p->stage, HUNG_MS / 1000);
        is_bad = true;
        p->signal = SIGKILL;
    }
    (void)kill(p->pid, p->signal);
    p->due = now_ms() + HUNG_MS;
    if (p->signal == SIGSTOP) {
        p->signal = SIGCONT;
        p->due = now_ms() + 1 + below(STOPPED_MS);
        return;
    }
    p->sent = p->signal == SIGCONT ? 0 : p->signal;
    p->signal = 0;
}

/* Whether the package is there, as it says. */
static bool hear(struct packager *p, int status)
{
    char text[4096], commit[41], ledger[16];
    ssize_t n = pread(p->said, text, sizeof text - 1, 0);
    const char *line;

    text[n < 0 ? 0 : n] = '\0';
    if (WIFSIGNALED(status) && WTERMSIG(status) == p->sent) {
        printf("%d killed %d\n", p->stage, p->sent);
        return false;
    }
    line = strstr(text, "\ncommit  ");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && line != NULL && sscanf(line, "\ncommit  %40[0-9a-f]", commit) == 1 &&
        (line = strstr(line, "\nledger  ")) != NULL && sscanf(line, "\nledger  %15[0-9]", ledger) == 1) {
        printf("%d %s %s %s\n", p->stage, strstr(text, "(was there already)") != NULL ? "there" : "first", commit, ledger);
        usual_ms = (usual_ms * 15 + now_ms() - p->begun) / 16 + 1;
        return true;
    }
    fprintf(stderr, "stage %d, status 0x%x, sent %d: %s\n", p->stage, (unsigned int)status, p->sent, text);
    is_bad = true;
    return true;
}

int main(int argc, char **argv)
{
    struct packager packagers[PACKAGERS], *p;
    long left, running = 0;
    int pipes[2], status;
    sigset_t child;

    if (argc != 7 || (count = atoi(argv[3])) < 1 || pipe2(pipes, O_CLOEXEC) != 0 || close(pipes[0]) != 0) {
        fprintf(stderr, "usage: crowd PROGRAM STAGES COUNT REPO SEED OPERATIONS\n");
        return 2;
    }
    program = argv[1];
    stages = argv[2];
    repo = argv[4];
    state = strtoull(argv[5], NULL, 10);
    left = atol(argv[6]);
    closed = pipes[1];
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &child, NULL);
    for (int i = 0; i < PACKAGERS; i++) {
        packagers[i] = (struct packager){.said = memfd_create("said", MFD_CLOEXEC), .own = i + 1};
        if (packagers[i].said < 0)
            fail("memfd_create");
    }
    for (;;) {
        int64_t next = now_ms() + 1000;
        pid_t pid;

        for (p = packagers; p < packagers + PACKAGERS; p++) {
            if (p->pid == 0 && (left > 1 || p->own <= count)) {
                begin(p, false);
                left--, running++;
            }
            if (p->pid != 0 && p->due <= now_ms())
                disturb(p);
            if (p->pid != 0 && p->due < next)
                next = p->due;
        }
        if (running == 0)
            break;
        pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) {
            int64_t ms = next - now_ms();

            if (ms > 0)
                (void)sigtimedwait(&child, NULL, &(struct timespec){ms / 1000, ms % 1000 * 1000000});
            continue;
        }
        for (p = packagers; p < packagers + PACKAGERS && p->pid != pid; p++)
            ;
        if (p == packagers + PACKAGERS)
            fail("waitpid");
        p->pid = 0;
        running--;
        if (hear(p, status) && p->stage == p->own)
            p->own += PACKAGERS;
    }
    /* what the last one that was killed left is put right by one that is not */
    p = packagers;
    begin(p, true);
    if (waitpid(p->pid, &status, 0) != p->pid)
        fail("waitpid");
    (void)hear(p, status);
    return is_bad || fflush(stdout) != 0;
}
