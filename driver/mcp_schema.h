/* driver/mcp_schema.h - does a value fit a JSON Schema?  Those of schemas/mcp-tools.json alone:
 * type, enum, pattern (an ERE), lengths, bounds, items, properties that are all there are. */
#ifndef DRIVER_MCP_SCHEMA_H
#define DRIVER_MCP_SCHEMA_H

#include "base/json.h"

/* mcp_schema_check(schema, value, name, e): ERR_INPUT names what does not fit; ERR_INTERNAL: a
 * keyword that is not known here. */
int mcp_schema_check(const struct jv *schema, const struct jv *value, const char *name, struct err *e) BASE_MUST_USE;

#endif
