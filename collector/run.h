/* collector/run.h - the verbs of dryproof-collect. */
#ifndef COLLECTOR_RUN_H
#define COLLECTOR_RUN_H

#define COL_PROGRAM "dryproof-collect"

/* col_run_main(argc, argv): the verb run; arguments behind the verb; the exit status. */
int col_run_main(int argc, char **argv);

/* col_run_check(argc, argv): the verb check. */
int col_run_check(int argc, char **argv);

#endif
