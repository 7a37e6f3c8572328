/*
 * driver/mcp_tools.h - the tools of dryproof mcp (schemas/mcp-tools.json): each runs one of the
 * installed programs, which reads and writes nothing, and hands its answer on as data.
 */
#ifndef DRIVER_MCP_TOOLS_H
#define DRIVER_MCP_TOOLS_H

#include "base/json.h"
#include "driver/proc.h"

#define MCP_ANSWER_MAX ((size_t)1 << 20)

/* mcp_tools_list(out, e): name, description and schemas of each.  Ownership: jv_free(). */
int mcp_tools_list(struct jv **out, struct err *e) BASE_MUST_USE;

/* mcp_tools_call(list, name, arguments, seconds, watch, result, e): a CallToolResult: what the
 * program answered, or isError and why it could not.  ERR_USAGE: no such tool; ERR_HOLD: the
 * watch stopped it. */
int mcp_tools_call(const struct jv *list, const char *name, const struct jv *arguments, int seconds,
                   struct proc_watch *watch, struct jv **result, struct err *e) BASE_MUST_USE;

#endif
