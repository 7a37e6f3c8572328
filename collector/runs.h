/*
 * collector/runs.h - more equal or alike digests than memory holds: sorted runs of
 * (digest, number) on disk, merged at the end.  Many equal rows stay one pair.
 */
#ifndef COLLECTOR_RUNS_H
#define COLLECTOR_RUNS_H

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"

#define COL_RUNS_MAX 1024

struct col_pair {
    unsigned char digest[DIGEST_BYTES];
    uint64_t number;
};

struct col_run {
    uint64_t at; /* its next pair in the file, counted in pairs */
    uint64_t left;
    struct col_pair *pairs; /* what is loaded */
    size_t next;
    size_t loaded;
};

struct col_runs {
    const char *folder;     /* where the file is made, without a name */
    int fd;                 /* -1: none yet */
    struct col_pair *pairs; /* the caller's memory, room of them */
    struct col_pair *spare; /* as much again */
    size_t room;
    size_t count;
    uint64_t written; /* pairs in the file */
    size_t run_count;
    struct col_run runs[COL_RUNS_MAX];
};

/* A visitor of sorted digests, n at a time. */
typedef int col_visit(void *context, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                      struct err *e);

/* col_runs_begin(r, front, back, bytes): forget all; work in two memories of that size. */
void col_runs_begin(struct col_runs *r, void *front, void *back, size_t bytes);

/* col_runs_add(r, digests, n, e).  ERR_SYSTEM, ERR_LIMIT. */
int col_runs_add(struct col_runs *r, const unsigned char (*digests)[DIGEST_BYTES], size_t n,
                 struct err *e) BASE_MUST_USE;

/* col_runs_visit(r, visit, context, e): everything added, sorted.  Once. */
int col_runs_visit(struct col_runs *r, col_visit *visit, void *context, struct err *e)
    BASE_MUST_USE;

/* col_runs_file(folder, fd, e): a file that has no name, only its owner's. */
int col_runs_file(const char *folder, int *fd, struct err *e) BASE_MUST_USE;
/* col_runs_write / _read (fd, data, len, at, e): all of it at that place. */
int col_runs_write(int fd, const void *data, size_t len, uint64_t at, struct err *e) BASE_MUST_USE;
int col_runs_read(int fd, void *data, size_t len, uint64_t at, struct err *e) BASE_MUST_USE;

#endif
