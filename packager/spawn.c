/* packager/spawn.c - see packager/spawn.h. */
#include "packager/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "packager/limits.h"

#define TICK_MS 50 /* how late an end is seen when somebody keeps the pipes open */

extern char **environ;

static void run_child(const struct pkg_spawn *s, pid_t parent, int out, int talk)
{
    int null_fd = open("/dev/null", O_RDONLY);

    if (null_fd < 0 || setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){PKG_FETCH_MAX, PKG_FETCH_MAX}) != 0 || dup2(null_fd, 0) < 0 ||
        dup2(out, 1) < 0 || dup2(talk, 2) < 0)
        _exit(126);
    environ = (char **)(uintptr_t)s->env;
    (void)execvp(s->argv[0], (char *const *)(uintptr_t)s->argv);
    _exit(127);
}

/* What is there now: 1 more may come, 0 the end, -1.  What exceeds the limit of talk is dropped. */
static int drain(int fd, struct buf *to, bool is_talk, struct err *e)
{
    char chunk[8192];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN ? 1 : err_errno(e, errno, "cannot read a program's output");
        if (n == 0)
            return 0;
        if (is_talk && to->len + (size_t)n > to->limit)
            continue;
        if (buf_add(to, chunk, (size_t)n, e) != 0)
            return -1;
    }
}

/* Until it ends; 0, or -1 when it must be ended. */
static int attend(const struct pkg_spawn *s, pid_t pid, const int fds[2], int *raw, struct err *e)
{
    int64_t until = clock_ms() + s->timeout_s * 1000;
    struct pollfd ends[2] = {{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};

    for (;;) {
        pid_t done = waitpid(pid, raw, WNOHANG);

        if (poll(ends, 2, done == 0 ? TICK_MS : 0) < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot wait for %s", s->argv[0]);
        for (int i = 0; i < 2; i++) {
            int more = ends[i].fd < 0 ? 0 : drain(ends[i].fd, i == 0 ? s->out : s->talk, i == 1, e);

            if (more < 0)
                return -1;
            if (more == 0)
                ends[i].fd = -1;
        }
        if (done == pid)
            return 0;
        if (done < 0 && errno != EINTR)
            return err_errno(e, errno, "cannot wait for %s", s->argv[0]);
        if (clock_ms() > until)
            return err_set(e, ERR_SYSTEM, "no answer within %ld s", s->timeout_s);
    }
}

int pkg_spawn_run(const struct pkg_spawn *s, int *status, struct err *e)
{
    int out[2] = {-1, -1}, talk[2] = {-1, -1}, raw = 0, rc = -1;
    pid_t parent = getpid(), pid = -1;

    if (pipe(out) != 0 || pipe(talk) != 0) {
        err_errno(e, errno, "cannot make a pipe");
        goto out;
    }
    for (int i = 0; i < 2; i++)
        if (fcntl(out[i], F_SETFD, FD_CLOEXEC) != 0 || fcntl(talk[i], F_SETFD, FD_CLOEXEC) != 0) {
            err_errno(e, errno, "cannot set up a pipe");
            goto out;
        }
    if (fcntl(out[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(talk[0], F_SETFL, O_NONBLOCK) != 0) {
        err_errno(e, errno, "cannot set up a pipe");
        goto out;
    }
    pid = fork();
    if (pid == 0)
        run_child(s, parent, out[1], talk[1]);
    if (pid < 0) {
        err_errno(e, errno, "cannot start %s", s->argv[0]);
        goto out;
    }
    (void)close(out[1]);
    (void)close(talk[1]);
    out[1] = talk[1] = -1;
    if (attend(s, pid, (const int[]){out[0], talk[0]}, &raw, e) != 0) {
        (void)kill(-pid, SIGKILL);
        (void)kill(pid, SIGKILL); /* before its session was its own */
        while (waitpid(pid, &raw, 0) < 0 && errno == EINTR)
            ;
        goto out;
    }
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    rc = *status == 127 || *status == 126 ? err_set(e, ERR_SYSTEM, "cannot start %s; is it installed?", s->argv[0]) : 0;
out:
    for (int i = 0; i < 2; i++) {
        if (out[i] >= 0)
            (void)close(out[i]);
        if (talk[i] >= 0)
            (void)close(talk[i]);
    }
    return rc;
}
