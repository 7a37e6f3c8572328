/* driver/mcp.h - a Model Context Protocol server: JSON-RPC, one message a line. */
#ifndef DRIVER_MCP_H
#define DRIVER_MCP_H

#include <stdio.h>

#include "base/err.h"

/* mcp_serve(in, out, seconds, e): answer what comes until the end of in; seconds is a tool's
 * time.  ERR_SYSTEM: an answer could not be written. */
int mcp_serve(int in, FILE *out, int seconds, struct err *e) BASE_MUST_USE;

#endif
