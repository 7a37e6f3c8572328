/* collector/gate.c - see collector/gate.h. */
#include "collector/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES ((size_t)16 << 20) /* twice a command's output in base64, and more */

static int open_pipe(int *in, int *out, struct err *e)
{
    int ends[2];

    if (pipe(ends) != 0)
        return err_errno(e, errno, "cannot make a pipe");
    *in = ends[0];
    *out = ends[1];
    return fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0 && fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
               ? 0 : err_errno(e, errno, "cannot make a pipe");
}

int col_gate_open(struct col_gate *near, struct col_gate *far, struct err *e)
{
    *near = *far = (struct col_gate){-1, -1, buf_init(LINE_MAX_BYTES)};
    return open_pipe(&near->in, &far->out, e) != 0 ? -1 : open_pipe(&far->in, &near->out, e);
}

void col_gate_close(struct col_gate *g)
{
    if (g->in >= 0)
        (void)close(g->in);
    if (g->out >= 0)
        (void)close(g->out);
    g->in = g->out = -1;
    buf_release(&g->heard);
}

static int write_all(int fd, const char *p, size_t n, struct err *e)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno != EINTR)
            return err_errno(e, errno, "nobody hears it");
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

int col_gate_say(struct col_gate *g, struct jv *doc, struct err *e)
{
    struct buf text = buf_init(LINE_MAX_BYTES);
    int rc = jv_document(doc, &text, e);

    if (rc == 0)
        rc = write_all(g->out, text.data, text.len, e);
    buf_release(&text);
    jv_free(doc);
    return rc;
}

void col_gate_tick(const struct col_gate *g)
{
    struct pollfd p = {g->out, POLLOUT, 0};

    if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0)
        (void)!write(g->out, "\n", 1);
}

/* The first whole line that is no tick, if it is there. */
static int take_line(struct col_gate *g, struct jv **out, struct err *e)
{
    size_t ticks = 0, n;
    const char *lf;
    int rc;

    while (ticks < g->heard.len && g->heard.data[ticks] == '\n')
        ticks++;
    lf = ticks == g->heard.len ? NULL : memchr(g->heard.data + ticks, '\n', g->heard.len - ticks);
    n = lf == NULL ? ticks : (size_t)(lf + 1 - g->heard.data);
    rc = lf == NULL ? 0 : jv_parse(g->heard.data + ticks, n - ticks, out, e);
    if (n > 0)
        memmove(g->heard.data, g->heard.data + n, g->heard.len - n);
    g->heard.len -= n;
    return rc;
}

int col_gate_wait(struct col_gate *g, struct jv **out, struct err *e)
{
    char chunk[65536];
    ssize_t n;

    *out = NULL;
    while ((n = read(g->in, chunk, sizeof chunk)) < 0 && errno == EINTR)
        ;
    if (n < 0)
        return err_errno(e, errno, "cannot read a pipe");
    if (n == 0)
        return err_set(e, ERR_SYSTEM, "the other process ended");
    return buf_add(&g->heard, chunk, (size_t)n, e) != 0 ? -1 : take_line(g, out, e);
}

int col_gate_hear(struct col_gate *g, struct jv **out, struct err *e)
{
    *out = NULL;
    if (take_line(g, out, e) != 0)
        return -1;
    while (*out == NULL)
        if (col_gate_wait(g, out, e) != 0)
            return -1;
    return 0;
}
