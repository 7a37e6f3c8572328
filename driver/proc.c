/* driver/proc.c - see driver/proc.h. */
#define _DEFAULT_SOURCE /* setgroups */
#include "driver/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/events.h"

#define OUTPUT_MAX ((size_t)64 << 20)

extern char **environ;

const char proc_events[] = "";

enum { OUT, ERRORS, EVENTS, PIPES };

static const int passed[] = {SIGINT, SIGTERM, SIGHUP};
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
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        (void)sigaction(passed[i], &action, NULL);
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

/* the pipe that it is given by name */
static void name_events(const char **argv, int fd, char name[32])
{
    for (; *argv != NULL; argv++)
        if (*argv == proc_events)
            *argv = name;
    (void)snprintf(name, 32, "/dev/fd/%d", fd);
    (void)fcntl(fd, F_SETFD, 0);
}

static void run_child(const struct proc *p, const int fds[PIPES], pid_t parent)
{
    char name[32];
    int null_fd = p->keeps_stdin ? -1 : open("/dev/null", O_RDONLY);

    if (null_fd >= 0)
        (void)dup2(null_fd, 0);
    if (fds[OUT] >= 0)
        (void)dup2(fds[OUT], 1);
    if (fds[ERRORS] >= 0)
        (void)dup2(fds[ERRORS], 2);
    if (fds[EVENTS] >= 0)
        name_events((const char **)(uintptr_t)p->argv, fds[EVENTS], name);
    if (!p->keeps_pg)
        forget_pg_variables();
    if (p->seconds > 0 && (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(126);
    if (p->user != NULL && p->user->is_other) {
        if (setgroups(0, NULL) != 0 || setgid(p->user->gid) != 0 || setuid(p->user->uid) != 0)
            _exit(126);
        if (chdir("/") != 0)
            _exit(126);
    }
    (void)execv(p->argv[0], (char *const *)(uintptr_t)p->argv);
    _exit(127);
}

/* one read; *fd is -1 behind the last byte */
static int collect_some(int *fd, struct buf *out, struct err *e)
{
    char chunk[8192];
    ssize_t n = read(*fd, chunk, sizeof chunk);

    if (n < 0)
        return errno == EINTR ? 0 : err_errno(e, errno, "cannot read a program's output");
    if (n == 0)
        *fd = -1;
    return buf_add(out, chunk, (size_t)n, e);
}

static int collect(const struct proc *p, struct buf *const outs[PIPES], const int fds[PIPES], struct err *e)
{
    struct pollfd set[PIPES + 1] = {{fds[OUT], POLLIN, 0}, {fds[ERRORS], POLLIN, 0}, {fds[EVENTS], POLLIN, 0}, {-1, POLLIN, 0}};
    int64_t end = clock_ms() + (int64_t)p->seconds * 1000;

    while (set[OUT].fd >= 0 || set[ERRORS].fd >= 0 || set[EVENTS].fd >= 0) {
        int64_t left = p->seconds > 0 ? end - clock_ms() : -1;

        if (p->seconds > 0 && left <= 0)
            return err_set(e, ERR_SYSTEM, "it took longer than %d seconds", p->seconds);
        set[PIPES].fd = p->watch != NULL ? p->watch->fd : -1;
        if (poll(set, PIPES + 1, (int)left) < 0) {
            if (errno == EINTR)
                continue;
            return err_errno(e, errno, "cannot wait for a program's output");
        }
        for (int i = 0; i < PIPES; i++)
            if (set[i].fd >= 0 && set[i].revents != 0 && collect_some(&set[i].fd, outs[i], e) != 0)
                return -1;
        if (outs[EVENTS] != NULL)
            events_relay(outs[EVENTS]);
        if (set[PIPES].fd >= 0 && set[PIPES].revents != 0 && p->watch->stop(p->watch))
            return err_set(e, ERR_HOLD, "it was stopped");
    }
    return 0;
}

/* Of a new child: what ends others ends it, from its first moment on. */
static void take_signals(const sigset_t *mask)
{
    struct sigaction action;

    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        if (sigaction(passed[i], NULL, &action) == 0 && (action.sa_flags & SA_SIGINFO) != 0)
            (void)signal(passed[i], SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, mask, NULL);
}

static int start(const struct proc *p, const int ends[PIPES][2], pid_t *pid, struct err *e)
{
    const int fds[PIPES] = {ends[OUT][1], p->all != NULL ? ends[OUT][1] : ends[ERRORS][1], ends[EVENTS][1]};
    pid_t parent = getpid();
    sigset_t handed_on, before;

    (void)fflush(stdout);
    (void)sigemptyset(&handed_on);
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
        (void)sigaddset(&handed_on, passed[i]);
    (void)sigprocmask(SIG_BLOCK, &handed_on, &before); /* until it is known to whom */
    *pid = fork();
    if (*pid == 0) {
        take_signals(&before);
        run_child(p, fds, parent);
    }
    if (*pid > 0)
        child_pid = (sig_atomic_t)*pid;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return *pid < 0 ? err_errno(e, errno, "cannot start %s", p->argv[0]) : 0;
}

/* Close-on-exec, or a server started by the child would hold the pipe open. */
static int make_pipe(int ends[2], struct err *e)
{
    if (pipe(ends) != 0 || fcntl(ends[0], F_SETFD, FD_CLOEXEC) != 0 || fcntl(ends[1], F_SETFD, FD_CLOEXEC) != 0)
        return err_errno(e, errno, "cannot make a pipe");
    return 0;
}

static void close_ends(int ends[PIPES][2], int which)
{
    for (int i = 0; i < PIPES; i++) {
        if (ends[i][which] >= 0)
            (void)close(ends[i][which]);
        ends[i][which] = -1;
    }
}

static bool has_events(const struct proc *p)
{
    size_t i = 0;

    while (p->argv[i] != NULL && p->argv[i] != proc_events)
        i++;
    return p->argv[i] != NULL;
}

int proc_run(const struct proc *p, int *status, struct err *e)
{
    struct buf events = buf_init(0);
    struct buf *outs[PIPES] = {p->all != NULL ? p->all : p->out, p->errors, has_events(p) ? &events : NULL};
    int ends[PIPES][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    int raw = 0, rc = 0;
    pid_t pid = -1;

    if (access(p->argv[0], X_OK) != 0)
        return err_errno(e, errno, "cannot run %s", p->argv[0]);
    for (int i = 0; i < PIPES && rc == 0; i++) {
        if (outs[i] == NULL)
            continue;
        *outs[i] = buf_init(p->most > 0 ? p->most : OUTPUT_MAX); /* of events what is not relayed yet */
        rc = make_pipe(ends[i], e);
    }
    if (rc == 0)
        rc = start(p, (const int(*)[2])ends, &pid, e);
    close_ends(ends, 1);
    if (pid > 0) {
        const int fds[PIPES] = {ends[OUT][0], ends[ERRORS][0], ends[EVENTS][0]};

        rc = collect(p, outs, fds, e);
        if (rc != 0 && p->seconds > 0 && kill(-pid, SIGKILL) != 0)
            (void)kill(pid, SIGKILL); /* it has no group of its own yet */
    }
    close_ends(ends, 0);
    buf_release(&events);
    while (pid > 0 && waitpid(pid, &raw, 0) < 0 && errno == EINTR)
        ;
    child_pid = 0;
    if (rc != 0)
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
