/* driver/mcp_lines.c - see driver/mcp_lines.h. */
#include "driver/mcp_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (2 * MCP_LINE_MAX)

int mcp_lines_open(struct mcp_lines *l, int fd, struct err *e)
{
    *l = (struct mcp_lines){.fd = fd, .data = malloc(ROOM)};
    return l->data == NULL ? err_no_memory(e) : 0;
}

void mcp_lines_close(struct mcp_lines *l)
{
    free(l->data);
    l->data = NULL;
}

bool mcp_lines_fill(struct mcp_lines *l)
{
    ssize_t n;

    if (l->start > 0) {
        memmove(l->data, l->data + l->start, l->len - l->start);
        l->len -= l->start;
        l->looked -= l->start;
        l->seen -= l->seen < l->start ? l->seen : l->start;
        l->start = 0;
    }
    if (l->is_over || l->len == ROOM)
        return false;
    n = read(l->fd, l->data + l->len, ROOM - l->len);
    if (n < 0 && errno == EINTR)
        return true;
    l->is_over = n <= 0;
    l->len += n > 0 ? (size_t)n : 0;
    return !l->is_over;
}

/* the bytes up to the next line end, or all of them at the end of everything */
static bool take(struct mcp_lines *l, const char **line, size_t *n)
{
    const char *end = memchr(l->data + l->looked, '\n', l->len - l->looked);

    if (end == NULL) {
        l->looked = l->len;
        if (!l->is_over || l->start == l->len)
            return false;
        end = l->data + l->len;
    }
    *line = l->data + l->start;
    *n = (size_t)(end - *line);
    l->start += *n + (l->start + *n < l->len);
    l->looked = l->start;
    return true;
}

enum mcp_line mcp_lines_next(struct mcp_lines *l, const char **line, size_t *n)
{
    for (;;) {
        if (take(l, line, n)) {
            if (l->is_skipping) {
                l->is_skipping = false;
                continue;
            }
            return *n > MCP_LINE_MAX ? MCP_LINE_TOO_LONG : MCP_LINE;
        }
        if (l->is_over)
            return MCP_LINE_NONE;
        if (l->is_skipping || l->len - l->start > MCP_LINE_MAX) {
            bool is_new = !l->is_skipping;

            l->start = l->looked = l->len;
            l->is_skipping = true;
            if (is_new)
                return MCP_LINE_TOO_LONG;
        }
        (void)mcp_lines_fill(l);
    }
}

void mcp_lines_rewind(struct mcp_lines *l)
{
    l->seen = l->start;
}

bool mcp_lines_peek(struct mcp_lines *l, const char **line, size_t *n)
{
    const char *end = memchr(l->data + l->seen, '\n', l->len - l->seen);

    if (end == NULL)
        return false;
    *line = l->data + l->seen;
    *n = (size_t)(end - *line);
    l->seen += *n + 1;
    return true;
}
