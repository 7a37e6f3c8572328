/*
 * collector/executor.h - endpoints called through an executor's HTTP surface instead of on
 * connections of our own.  What it is asked and answers is kept as it is; nothing that it does
 * ends the run, and what it says of its session counts where the observer sees it.  FORMAT.md
 * section 3, executor.
 */
#ifndef COLLECTOR_EXECUTOR_H
#define COLLECTOR_EXECUTOR_H

#include "collector/http.h"
#include "collector/record.h"

struct col_executor {
    char address[COL_HTTP_ADDRESS_MAX];
    struct jv *secrets; /* the token, or empty */
    long seconds;       /* that one answer may take */
    bool is_answering;  /* nothing more is asked once it has not answered, or refused */
};

/* What is to be called. */
struct col_executor_call {
    const char *folder;             /* of the exchange */
    const struct col_record *record; /* of the execution */
    const struct jv *step;          /* of the plan: whose DOT and mode it is */
    const char *endpoint, *correlation;
};

/* col_executor_open(address, plan, seconds, out, e): address NULL: out->address is "" and the
 * plan must not require one, else it must allow it.  The token is DRYPROOF_EXECUTOR_TOKEN's.
 * ERR_USAGE.  Ownership: col_executor_release(). */
int col_executor_open(const char *address, const struct plan *plan, long seconds, struct col_executor *out,
                      struct err *e) BASE_MUST_USE;
void col_executor_release(struct col_executor *x);

/* col_executor_ask(c, e): executor.json, /healthz and /selfcheck. */
int col_executor_ask(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_executor_run(c, call, is_executed, out, e): one POST to /dispatch.  *is_executed: it says
 * what came of it, and the record is written.  Else it is not answering, or refused. */
int col_executor_run(struct col_context *c, const struct col_executor_call *call, bool *is_executed,
                     struct col_record_result *out, struct err *e) BASE_MUST_USE;

#endif
