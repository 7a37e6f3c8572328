/*
 * collector/steps.h - the plan's steps in order, the harness right after its step, and the
 * readback queries.  FORMAT.md sections 2 and 3.
 */
#ifndef COLLECTOR_STEPS_H
#define COLLECTOR_STEPS_H

#include "collector/context.h"

/* col_steps_run(c, e): every step; c->cases counts the harness cases run. */
int col_steps_run(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_steps_readback(c, e): every readback query, by the observer. */
int col_steps_readback(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_steps_args(args, out, e): a plan's args as parameters: an array of strings and nulls.
 * ERR_INPUT.  Ownership: jv_free(). */
int col_steps_args(const struct jv *args, struct jv **out, struct err *e) BASE_MUST_USE;

/* col_steps_sql(plan, file, out, e): a carrier file as a statement, its bytes as they are;
 * ERR_INPUT when it holds a NUL. */
int col_steps_sql(const struct plan *plan, const char *file, struct buf *out, struct err *e)
    BASE_MUST_USE;

#endif
