/*
 * base/exit.h - the published exit statuses, the same for all programs
 * (README, schemas/findings.tsv).  Includes nothing.
 */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

enum exit_status {
    EXIT_HOLDS = 0,            /* everything required was checked and holds */
    EXIT_PROVEN_BAD = 1,       /* tampered, or a claim is refuted */
    EXIT_WRONG_INPUT = 2,      /* command line, plan or policy wrong; nothing done */
    EXIT_HOLD = 3,             /* required evidence missing or not measurable */
    EXIT_NO_TRUSTED_KEY = 4,   /* no trusted key of a fitting role */
    EXIT_ENVIRONMENT = 5,      /* database, disk, lock, time-out, memory */
    EXIT_TOO_NEW_OR_LARGE = 6, /* unknown format version, or a limit exceeded */
    EXIT_BUG = 70              /* a bug in this program */
};

#endif
