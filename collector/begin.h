/*
 * collector/begin.h - everything before the first fact: plan, key, connections, roles,
 * then the run directory with what was known at the start.  FORMAT.md section 3.
 */
#ifndef COLLECTOR_BEGIN_H
#define COLLECTOR_BEGIN_H

#include "base/clock.h"
#include "collector/context.h"

struct col_begin_options {
    const char *carrier;
    const char *db;
    const char *steps_db; /* or NULL: db with the plan's step_role */
    const char *out;
    const char *redaction_key; /* or NULL */
};

/* col_begin_open(options, c, e): load the plan, connect, and look at all that a snapshot
 * will need; nothing is written.  c must be zeroed before.  Ownership: col_begin_release(c),
 * also after a failure. */
int col_begin_open(const struct col_begin_options *options, struct col_context *c, struct err *e)
    BASE_MUST_USE;

/* The two halves of col_begin_open that a bracket shares.
 * col_begin_connect(db, c, e): the run's id and the observer's session.
 * col_begin_probe(c, e): what a snapshot will need, the observer's role, the labels. */
int col_begin_connect(const char *db, struct col_context *c, struct err *e) BASE_MUST_USE;
int col_begin_probe(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_begin_write(out, started_at, c, e): make the run directory: started.json, carrier/,
 * environment.json. */
int col_begin_write(const char *out, const char started_at[CLOCK_TEXT], struct col_context *c,
                    struct err *e) BASE_MUST_USE;

void col_begin_release(struct col_context *c);

#endif
