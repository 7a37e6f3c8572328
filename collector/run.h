/* collector/run.h - the verbs of dryproof-collect. */
#ifndef COLLECTOR_RUN_H
#define COLLECTOR_RUN_H

#include "collector/context.h"

#define COL_PROGRAM "dryproof-collect"

/* col_run_bracketed(c, out, middle, e): write a run whose beginning is open: the run
 * directory, the edge before, what middle does and writes, the edge after, run.json. */
int col_run_bracketed(struct col_context *c, const char *out,
                      int (*middle)(struct col_context *c, struct err *e), struct err *e)
    BASE_MUST_USE;

/* col_run_carrier(c, e): the middle of a carrier's run. */
int col_run_carrier(struct col_context *c, struct err *e) BASE_MUST_USE;

/* col_run_workers(text, out, e): --workers; NULL leaves *out.  ERR_USAGE. */
int col_run_workers(const char *text, size_t *out, struct err *e) BASE_MUST_USE;

/* col_run_main(argc, argv): the verb run; arguments behind the verb; the exit status. */
int col_run_main(int argc, char **argv);

/* col_run_check(argc, argv): the verb check. */
int col_run_check(int argc, char **argv);

#endif
