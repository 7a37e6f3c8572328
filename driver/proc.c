/* driver/proc.c - see driver/proc.h. */
#define _DEFAULT_SOURCE /* setgroups */
#include "driver/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX ((size_t)64 << 20)

extern char **environ;

static volatile sig_atomic_t caught;
static volatile sig_atomic_t child_pid;

/* What the terminal sends, it sends to our child too: that is not handed on twice. */
static void on_signal(int number, siginfo_t *info, void *context)
{
    int keep = errno;

    (void)context;
    if (caught == 0)
        caught = number;
    if (child_pid > 0 && info->si_code <= 0) /* sent by a process, not by the kernel */
        (void)kill((pid_t)child_pid, number);
    errno = keep;
}

void proc_catch_signals(void)
{
    struct sigaction action = {0};

    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

int proc_interrupted(void)
{
    return caught;
}

static void forget_pg_variables(void)
{
    char name[64];

    for (char **p = environ; *p != NULL;) {
        size_t n = strcspn(*p, "=");
        if (strncmp(*p, "PG", 2) == 0 && n < sizeof name) {
            memcpy(name, *p, n);
            name[n] = '\0';
            (void)unsetenv(name);
            p = environ;
        } else {
            p++;
        }
    }
}

static void run_child(const struct proc *p, int out_fd)
{
    int null_fd = p->keeps_stdin ? -1 : open("/dev/null", O_RDONLY);

    if (null_fd >= 0)
        (void)dup2(null_fd, 0);
    if (out_fd >= 0) {
        (void)dup2(out_fd, 1);
        if (p->all != NULL)
            (void)dup2(out_fd, 2);
    }
    if (!p->keeps_pg)
        forget_pg_variables();
    if (p->user != NULL && p->user->is_other) {
        if (setgroups(0, NULL) != 0 || setgid(p->user->gid) != 0 || setuid(p->user->uid) != 0)
            _exit(126);
        if (chdir("/") != 0)
            _exit(126);
    }
    (void)execv(p->argv[0], (char *const *)(uintptr_t)p->argv);
    _exit(127);
}

static int collect(int fd, struct buf *out, struct err *e)
{
    char chunk[8192];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, errno, "cannot read a program's output");
        if (n == 0)
            return 0;
        if (buf_add(out, chunk, (size_t)n, e) != 0)
            return -1;
    }
}

int proc_run(const struct proc *p, int *status, struct err *e)
{
    struct buf *out = p->all != NULL ? p->all : p->out;
    int ends[2] = {-1, -1};
    int raw = 0;
    int bad = 0;
    pid_t pid;

    if (access(p->argv[0], X_OK) != 0)
        return err_errno(e, errno, "cannot run %s", p->argv[0]);
    /* Close-on-exec, or a server started by the child would hold the pipe open. */
    if (out != NULL && (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 ||
                        fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0))
        return err_errno(e, errno, "cannot make a pipe");
    (void)fflush(stdout);
    pid = fork();
    if (pid == 0) {
        if (ends[0] >= 0)
            (void)close(ends[0]);
        run_child(p, ends[1]);
    }
    if (ends[1] >= 0)
        (void)close(ends[1]);
    if (pid < 0) {
        if (ends[0] >= 0)
            (void)close(ends[0]);
        return err_errno(e, errno, "cannot start %s", p->argv[0]);
    }
    child_pid = (sig_atomic_t)pid;
    if (out != NULL) {
        *out = buf_init(OUTPUT_MAX);
        bad = collect(ends[0], out, e);
        (void)close(ends[0]);
    }
    while (waitpid(pid, &raw, 0) < 0 && errno == EINTR)
        ;
    child_pid = 0;
    if (bad != 0)
        return -1;
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    if (*status == 126 || *status == 127)
        return err_set(e, ERR_SYSTEM, "cannot start %s as the user it needs", p->argv[0]);
    return 0;
}

int proc_beside(char *out, size_t size, const char *name, struct err *e)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;

    if (n <= 0)
        return err_errno(e, errno, "cannot find my own path in /proc/self/exe");
    self[n] = '\0';
    slash = strrchr(self, '/');
    if (slash == NULL || (size_t)snprintf(out, size, "%.*s/%s", (int)(slash - self), self, name) >= size)
        return err_set(e, ERR_SYSTEM, "my own path is too long");
    if (access(out, X_OK) != 0)
        return err_set(e, ERR_SYSTEM, "%s is missing beside this program; run make", out);
    return 0;
}

int proc_exec(const char *path, const char *const *argv, struct err *e)
{
    (void)fflush(stdout);
    (void)execv(path, (char *const *)(uintptr_t)argv);
    return err_errno(e, errno, "cannot run %s", path);
}
