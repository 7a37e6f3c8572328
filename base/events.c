/* base/events.c - see base/events.h. */
#include "base/events.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

static int out = -1;
static const char *said_by;
static const char *why_not; /* the first could be written */
static int64_t sequence;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

bool events_are_on(void)
{
    return out >= 0;
}

/* a file that has something, somebody wants to keep */
static int check(int fd, const char *to, bool is_path, struct err *e)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        return err_errno(e, errno, "--events: cannot write to %s", to);
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY)
        return err_set(e, ERR_INPUT, "--events: %s is open for reading only", to);
    return is_path && S_ISREG(st.st_mode) && st.st_size > 0
               ? err_set(e, ERR_INPUT, "--events: %s exists and is not empty; name a new file", to) : 0;
}

/* a descriptor that we were given is not for our children */
static int take(const char *to, struct err *e)
{
    bool is_stdout = strcmp(to, "-") == 0, is_path = false;
    int fd = -1, end = 0;

    if (is_stdout) {
        (void)fflush(stdout);
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (sscanf(to, "/dev/fd/%4d%n", &fd, &end) == 1 && to[end] == '\0') {
        fd = fd > 2 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);
    } else {
        is_path = true;
        fd = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
    }
    if (check(fd, to, is_path, e) == 0 && (!is_stdout || dup2(STDERR_FILENO, STDOUT_FILENO) >= 0))
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return e->kind != ERR_NONE ? -1 : err_errno(e, errno, "--events: cannot write to %s", to);
}

int events_open(const char *program, const char *to, bool is_json, struct err *e)
{
    if (to == NULL)
        return 0;
    if (is_json && (strcmp(to, "-") == 0 || strcmp(to, "/dev/fd/1") == 0 || strcmp(to, "/dev/stdout") == 0))
        return err_set(e, ERR_USAGE, "--events %s and --json both take standard output; give --events a file", to);
    out = take(to, e);
    if (out < 0)
        return -1;
    said_by = program;
    why_not = NULL;
    events_say(&EVENT("begin", NULL));
    return out >= 0 ? 0 : err_set(e, ERR_SYSTEM, "--events: cannot write to %s: %s", to, why_not == NULL ? "its reader went away" : why_not);
}

/* why NULL: a reader that went away has had enough */
static void stop(const char *why)
{
    why_not = why;
    if (why != NULL && sequence > 1)
        (void)fprintf(stderr, "%s: note: the events end here, the command does not: %s\n", said_by, why);
    (void)close(out);
    out = -1;
}

/* write(2), to a pipe that may have no reader */
static ssize_t put(const char *line, size_t n)
{
    sigset_t broken, before;
    ssize_t done;
    int why;

    (void)sigemptyset(&broken);
    (void)sigaddset(&broken, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &broken, &before);
    done = write(out, line, n);
    why = errno;
    if (done < 0 && why == EPIPE)
        (void)sigtimedwait(&broken, NULL, &(struct timespec){0, 0});
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return done;
}

/* All of it, or as if nothing. */
static void write_line(const char *line, size_t n)
{
    int64_t end = clock_ms() + EVENTS_PATIENCE_MS;
    off_t was = lseek(out, 0, SEEK_CUR);
    size_t at = 0;

    while (at < n) {
        int64_t left = end - clock_ms();
        int ready = poll(&(struct pollfd){out, POLLOUT, 0}, 1, left > 0 ? (int)left : 0);
        ssize_t done = ready > 0 ? put(line + at, n - at) : -1;

        if (done >= 0) {
            at += (size_t)done;
        } else if (ready == 0) {
            stop("nobody takes them");
            return;
        } else if (errno != EINTR && errno != EAGAIN) {
            const char *why = errno == EPIPE ? NULL : strerror(errno);

            if (at > 0 && (was < 0 || ftruncate(out, was) != 0))
                why = "the last line is cut";
            stop(why);
            return;
        }
    }
}

/* with the lock held; ownership: doc */
static void number_and_write(struct jv *doc)
{
    struct buf line = buf_init(EVENTS_LINE_MAX);
    struct err e = {ERR_NONE, ""};

    jv_set(doc, "sequence", jv_int(sequence + 1));
    if (jv_document(doc, &line, &e) == 0) {
        sequence++;
        write_line(line.data, line.len);
    } else {
        stop("one cannot be written");
    }
    buf_release(&line);
    jv_free(doc);
}

static void set_text(struct jv *doc, const char *key, const char *text, size_t most)
{
    char escaped[EVENTS_LINE_MAX / 4];

    if (text == NULL)
        return;
    err_escape(escaped, most, text);
    jv_set(doc, key, jv_string(escaped));
}

static void set_count(struct jv *doc, const char *key, int64_t n)
{
    if (n >= 0)
        jv_set(doc, key, jv_int(n > JV_INT_MAX ? JV_INT_MAX : n));
}

static void say(const struct event *event, int exit_status)
{
    struct jv *doc = jv_object();
    char now[CLOCK_TEXT];

    set_count(doc, "done", event->done);
    jv_set(doc, "event", jv_string(event->name));
    set_count(doc, "exit_status", exit_status);
    jv_set(doc, "program", jv_string(said_by));
    jv_set(doc, "schema", jv_string("dryproof.event/1"));
    set_count(doc, "seconds_left", event->seconds_left);
    set_text(doc, "text", event->text, EVENTS_LINE_MAX / 4);
    set_count(doc, "total", event->total);
    set_text(doc, "what", event->what, EVENTS_LINE_MAX / 8);
    (void)pthread_mutex_lock(&lock);
    clock_now(now); /* under the lock: no event is older than the one before it */
    jv_set(doc, "time", jv_string(now));
    if (out >= 0)
        number_and_write(doc);
    else
        jv_free(doc);
    (void)pthread_mutex_unlock(&lock);
}

void events_say(const struct event *event)
{
    if (out >= 0)
        say(event, -1);
}

void events_leave(void)
{
    if (out >= 0)
        (void)close(out);
    out = -1;
}

void events_end(int exit_status)
{
    if (out < 0)
        return;
    say(&EVENT("end", NULL), exit_status);
    if (out >= 0)
        (void)close(out);
    out = -1;
}

static void relay_line(const char *line, size_t n)
{
    struct jv *doc = NULL;
    struct err ignored;
    const char *name;

    if (out < 0 || jv_parse(line, n, &doc, &ignored) != 0)
        return;
    name = jv_get_text(doc, "event");
    if (name == NULL || strcmp(name, "begin") == 0 || strcmp(name, "end") == 0) {
        jv_free(doc);
        return;
    }
    (void)pthread_mutex_lock(&lock);
    number_and_write(doc);
    (void)pthread_mutex_unlock(&lock);
}

void events_relay(struct buf *in)
{
    size_t at = 0;

    for (const char *lf; at < in->len && (lf = memchr(in->data + at, '\n', in->len - at)) != NULL;) {
        size_t n = (size_t)(lf - in->data) - at;

        relay_line(in->data + at, n);
        at += n + 1;
    }
    if (at > 0)
        memmove(in->data, in->data + at, in->len - at);
    in->len -= at;
}
