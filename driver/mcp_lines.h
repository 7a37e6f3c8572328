/* driver/mcp_lines.h - lines of bounded length from a file descriptor, and a look ahead at those
 * that have come while something else is done. */
#ifndef DRIVER_MCP_LINES_H
#define DRIVER_MCP_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MCP_LINE_MAX ((size_t)1 << 20)

struct mcp_lines {
    int fd;
    char *data; /* 2 * MCP_LINE_MAX bytes */
    size_t start, len; /* what was not taken yet */
    size_t looked;     /* up to here there is no line end */
    size_t seen;       /* up to here mcp_lines_peek() has looked ahead */
    bool is_over;      /* nothing more comes */
    bool is_skipping;  /* within a line that is too long */
};

enum mcp_line { MCP_LINE, MCP_LINE_TOO_LONG, MCP_LINE_NONE };

/* mcp_lines_open(l, fd, e): ERR_SYSTEM.  mcp_lines_close(l) frees. */
int mcp_lines_open(struct mcp_lines *l, int fd, struct err *e) BASE_MUST_USE;
void mcp_lines_close(struct mcp_lines *l);

/* mcp_lines_next(l, line, n): wait for a line, without its end; valid until anything is read.
 * One that is too long is told once and left out; MCP_LINE_NONE is the end. */
enum mcp_line mcp_lines_next(struct mcp_lines *l, const char **line, size_t *n);

/* mcp_lines_fill(l): read what is there; false when there was no room or is nothing more. */
bool mcp_lines_fill(struct mcp_lines *l);

/* mcp_lines_peek(l, line, n): the next whole line behind those that were peeked at; it stays. */
bool mcp_lines_peek(struct mcp_lines *l, const char **line, size_t *n);

/* mcp_lines_rewind(l): peek from the first line that was not taken. */
void mcp_lines_rewind(struct mcp_lines *l);

#endif
