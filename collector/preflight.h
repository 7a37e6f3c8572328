/*
 * collector/preflight.h - before a governed run: is every phase ready?  Reads only, runs no DOT.
 */
#ifndef COLLECTOR_PREFLIGHT_H
#define COLLECTOR_PREFLIGHT_H

/* col_preflight_main(argc, argv): the verb preflight; 0 when every phase is ready, else 3. */
int col_preflight_main(int argc, char **argv);

#endif
