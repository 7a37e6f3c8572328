/* collector/command.c - see collector/command.h. */
#include "collector/command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 50
#define EARLY_TICK_MS 2    /* during the first second: many commands are over by then */
#define KILL_AFTER_MS 5000 /* from SIGTERM to SIGKILL */
#define DRAIN_MS 2000      /* a process left behind may hold the pipes open: no longer than this */

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define PASSED_ON (sizeof passed_on / sizeof *passed_on)

static volatile sig_atomic_t group; /* the command's process group, 0 while there is none */

struct running {
    const struct col_command *command;
    struct col_command_result *r;
    pid_t pid;
    int fds[2];       /* our ends of its standard output and error, -1 when over */
    bool is_deaf[2];  /* nobody reads what we pass on */
    bool is_reaped;
    bool is_killed;
    bool has_terminal; /* it was given the foreground */
    int64_t started;
    int64_t over; /* when it was reaped */
    int64_t next_tick;
    int64_t kill_at; /* 0: not yet asked to end */
    struct sigaction old[PASSED_ON];
    sigset_t old_mask;
};

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_signal(int number)
{
    int keep = errno;

    if (group > 0) {
        (void)kill(-(pid_t)group, number);
        (void)kill(-(pid_t)group, SIGCONT); /* a stopped one would never see it */
    }
    errno = keep;
}

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

int col_command_find(const char *name, char out[FILE_PATH_MAX], struct err *e)
{
    const char *path = getenv("PATH");

    if (strchr(name, '/') != NULL) {
        if (is_program(name) && strlen(name) < FILE_PATH_MAX) {
            (void)snprintf(out, FILE_PATH_MAX, "%s", name);
            return 0;
        }
        return err_set(e, ERR_INPUT, file_exists(name) ? "%s is not a program that may be executed"
                                                       : "there is no program %s", name);
    }
    for (const char *p = path == NULL ? "/usr/local/bin:/usr/bin:/bin" : path; *name != '\0';) {
        size_t n = strcspn(p, ":");

        if (snprintf(out, FILE_PATH_MAX, "%.*s/%s", n == 0 ? 1 : (int)n, n == 0 ? "." : p, name) <
                FILE_PATH_MAX && is_program(out))
            return 0;
        if (p[n] == '\0')
            break;
        p += n + 1;
    }
    return err_set(e, ERR_INPUT, "command %s not found in PATH", name);
}

/* In the child: its own group, the caller's signal handling, its environment. */
static void run_child(const struct running *run, const int pipes[2], int report)
{
    const struct col_command *c = run->command;
    int number;

    (void)setpgid(0, 0);
    for (size_t i = 0; i < PASSED_ON; i++)
        (void)sigaction(passed_on[i], &run->old[i], NULL);
    (void)signal(SIGPIPE, SIG_DFL); /* ours is ignored */
    if (run->has_terminal) {
        (void)signal(SIGTTOU, SIG_IGN);
        (void)tcsetpgrp(STDIN_FILENO, getpgrp());
        (void)signal(SIGTTOU, SIG_DFL);
    }
    for (size_t i = 0; i < c->environment->count; i++) {
        const char *value = jv_text(c->environment->items[i]);

        if (value == NULL)
            (void)unsetenv(c->environment->keys[i]);
        else if (setenv(c->environment->keys[i], value, 1) != 0)
            _exit(127);
    }
    (void)dup2(pipes[0], STDOUT_FILENO);
    (void)dup2(pipes[1], STDERR_FILENO);
    (void)sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
    (void)execvp(c->path, c->argv); /* it has a slash: no search, but scripts without #! run */
    number = errno;
    (void)!write(report, &number, sizeof number);
    _exit(127);
}

/* Signals are blocked from here until the group is known, so none is lost in between. */
static void take_signals(struct running *run)
{
    struct sigaction action = {0};
    sigset_t block;

    (void)sigemptyset(&block);
    action.sa_handler = on_signal;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < PASSED_ON; i++)
        (void)sigaddset(&block, passed_on[i]);
    (void)sigprocmask(SIG_BLOCK, &block, &run->old_mask);
    for (size_t i = 0; i < PASSED_ON; i++) {
        (void)sigaction(passed_on[i], NULL, &run->old[i]);
        if (run->old[i].sa_handler != SIG_IGN) /* nohup stays nohup */
            (void)sigaction(passed_on[i], &action, NULL);
    }
}

static void return_signals(struct running *run)
{
    group = 0;
    for (size_t i = 0; i < PASSED_ON; i++)
        (void)sigaction(passed_on[i], &run->old[i], NULL);
    if (!run->has_terminal)
        return;
    (void)signal(SIGTTOU, SIG_IGN); /* we are in the background until this is done */
    (void)tcsetpgrp(STDIN_FILENO, getpgrp());
    (void)signal(SIGTTOU, SIG_DFL);
}

static void close_both(int fds[2])
{
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
        fds[i] = -1;
    }
}

static int make_pipe(int fds[2], struct err *e)
{
    if (pipe(fds) == 0 && fcntl(fds[0], F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(fds[1], F_SETFD, FD_CLOEXEC) == 0)
        return 0;
    return err_errno(e, errno, "cannot make a pipe");
}

static int start(struct running *run, struct err *e)
{
    int out[2] = {-1, -1}, error[2] = {-1, -1}, report[2] = {-1, -1};
    int number = 0;
    ssize_t n;
    int rc = -1;

    if (make_pipe(out, e) != 0 || make_pipe(error, e) != 0 || make_pipe(report, e) != 0)
        goto out;
    run->has_terminal = isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp();
    (void)fflush(NULL);
    clock_now(run->r->started_at);
    run->started = now_ms();
    take_signals(run);
    run->pid = fork();
    if (run->pid == 0)
        run_child(run, (const int[2]){out[1], error[1]}, report[1]);
    if (run->pid > 0) {
        (void)setpgid(run->pid, run->pid); /* whoever is first */
        group = (sig_atomic_t)run->pid;
    }
    (void)sigprocmask(SIG_SETMASK, &run->old_mask, NULL);
    if (run->pid < 0) {
        err_errno(e, errno, "cannot start a process");
        return_signals(run);
        goto out;
    }
    (void)close(report[1]);
    report[1] = -1;
    while ((n = read(report[0], &number, sizeof number)) < 0 && errno == EINTR)
        ;
    if (n == (ssize_t)sizeof number) {
        while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return_signals(run);
        err_set(e, ERR_INPUT, "cannot run %s: %s", run->command->path, strerror(number));
        goto out;
    }
    run->fds[0] = out[0];
    run->fds[1] = error[0];
    out[0] = error[0] = -1;
    rc = 0;
out:
    close_both(out);
    close_both(error);
    close_both(report);
    return rc;
}

static void reap(struct running *run, int64_t now)
{
    int raw;

    if (run->is_reaped || waitpid(run->pid, &raw, WNOHANG) != run->pid)
        return;
    run->is_reaped = true;
    run->over = now;
    clock_now(run->r->finished_at);
    run->r->duration_ms = now - run->started;
    run->r->exit = WIFEXITED(raw) ? WEXITSTATUS(raw) : -1;
    run->r->signal = WIFSIGNALED(raw) ? WTERMSIG(raw) : 0;
}

static void enforce_timeout(struct running *run, int64_t now)
{
    if (run->command->timeout_s == 0 || run->is_killed)
        return;
    if (run->kill_at == 0) {
        if (run->is_reaped || now - run->started < (int64_t)run->command->timeout_s * 1000)
            return;
        run->r->is_timed_out = true;
        run->kill_at = now + KILL_AFTER_MS;
        (void)kill(-run->pid, SIGTERM);
        (void)kill(-run->pid, SIGCONT);
    } else if (now >= run->kill_at) {
        run->is_killed = true;
        (void)kill(-run->pid, SIGKILL);
    }
}

/* Hand bytes to the user; one who has stopped reading is left alone.  Never more than a pipe
 * that can be written takes: while a slow reader blocked us, no time would be up. */
static void pass(struct running *run, int which, const char *data, size_t len)
{
    int fd = which == 0 && !run->command->is_quiet ? STDOUT_FILENO : STDERR_FILENO;

    while (len > 0 && !run->is_deaf[which]) {
        struct pollfd p = {fd, POLLOUT, 0};
        int ready = poll(&p, 1, TICK_MS);
        ssize_t n;

        if (ready <= 0) {
            int64_t now = now_ms();

            run->over += TICK_MS; /* what is still in the pipe gets its time all the same */
            reap(run, now);
            enforce_timeout(run, now);
            run->is_deaf[which] = run->is_killed || (ready < 0 && errno != EINTR);
            continue;
        }
        n = write(fd, data, len < PIPE_BUF ? len : PIPE_BUF);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            run->is_deaf[which] = true;
        } else if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
}

static int drain(struct running *run, int which, struct err *e)
{
    char chunk[65536];
    ssize_t n = read(run->fds[which], chunk, sizeof chunk);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0) {
        (void)close(run->fds[which]);
        run->fds[which] = -1;
        return 0;
    }
    pass(run, which, chunk, (size_t)n);
    return col_mask_add(&run->r->out[which], chunk, (size_t)n, e);
}

static int wait_output(struct running *run, int64_t now, struct err *e)
{
    struct pollfd p[2] = {{run->fds[0], POLLIN, 0}, {run->fds[1], POLLIN, 0}};
    bool is_silent = run->fds[0] < 0 && run->fds[1] < 0;
    int64_t wait = is_silent || run->is_reaped ? 5 : run->next_tick - now;

    if (poll(p, 2, wait < 0 ? 0 : (int)wait) <= 0)
        return 0;
    for (int i = 0; i < 2; i++)
        if (p[i].revents != 0 && drain(run, i, e) != 0)
            return -1;
    return 0;
}

static bool is_over(const struct running *run, int64_t now)
{
    bool is_silent = run->fds[0] < 0 && run->fds[1] < 0;

    if (!run->is_reaped)
        return false;
    if (run->r->is_timed_out && !run->is_killed && kill(-run->pid, 0) == 0)
        return false;
    return is_silent || now - run->over >= DRAIN_MS;
}

int col_command_run(const struct col_command *command, size_t kept_max,
                    struct col_command_result *out, struct err *e)
{
    struct running run = {.command = command, .r = out, .fds = {-1, -1}};
    struct err later = {ERR_NONE, ""};
    bool is_bad = false;

    *out = (struct col_command_result){.exit = -1};
    for (int i = 0; i < 2; i++)
        out->out[i] = col_mask_init(command->secrets, kept_max);
    if (start(&run, e) != 0)
        return -1;
    for (int64_t now = now_ms(); !is_over(&run, now); now = now_ms()) {
        if (!is_bad && !run.is_reaped && now >= run.next_tick) {
            is_bad = command->on_tick != NULL && command->on_tick(command->context, &later) != 0;
            run.next_tick = now + (now - run.started < 1000 ? EARLY_TICK_MS : TICK_MS);
        } else if (is_bad) {
            run.next_tick = now + TICK_MS;
        }
        if (wait_output(&run, now, is_bad ? e : &later) != 0)
            is_bad = true;
        reap(&run, now);
        enforce_timeout(&run, now);
    }
    out->has_left = kill(-run.pid, 0) == 0;
    return_signals(&run);
    close_both(run.fds);
    for (int i = 0; i < 2 && !is_bad; i++)
        is_bad = col_mask_end(&out->out[i], &later) != 0;
    if (is_bad)
        *e = later;
    return is_bad ? -1 : 0;
}

void col_command_release(struct col_command_result *r)
{
    for (int i = 0; i < 2; i++)
        col_mask_release(&r->out[i]);
}
