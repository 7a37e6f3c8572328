/*
 * verifier/shape.h - closed schema checks, written as one line of text each.
 *
 *   s string          S non-empty string    m [a-z0-9_-]+        w [A-Z0-9_]+
 *   h 64 hex digits   k 32 hex digits       t time               d decimal below 2^64
 *   l LSN             n integer from 0      b boolean            v database value
 *   * anything        ?X null or X          [X] list             (X,Y) list of just these
 *   %X object with any names, each X        {a:X,b~:Y} closed object, b optional
 *   <X|Y> either      'text' that string    @C a shape defined in shape.c
 */
#ifndef VFY_SHAPE_H
#define VFY_SHAPE_H

#include "verifier/json.h"

/*
 * vfy_shape_check(v, shape, where, room) - whether v has the shape.
 *
 * When it has not, `where` receives the innermost member that differs.
 */
bool vfy_shape_check(const struct json *v, const char *shape, char *where, size_t room);

#endif
