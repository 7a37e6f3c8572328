/*
 * collector/tally.h - the end of a table: its sorted row digests become the table digest
 * and the private list.  FORMAT.md section 4.
 */
#ifndef COLLECTOR_TALLY_H
#define COLLECTOR_TALLY_H

#include <pthread.h>

#include "collector/digests.h"
#include "collector/tables.h"

struct col_tally {
    struct col_digests *digests;
    struct digest *hash;
    int fd; /* of the private list, -1: none */
    pthread_mutex_t lock;
    pthread_cond_t moved; /* turn has, or is_broken */
    size_t next;          /* part to be loaded */
    size_t turn;          /* part to be counted */
    uint64_t counted;     /* digests */
    bool is_broken;
    char pairs[256][2]; /* hex digits of a byte */
};

/* col_tally_open(t, digests, table, path, e): all hands have ended.  path: of the private
 * list, or NULL; a table without rows makes none.  Ownership: col_tally_close(). */
int col_tally_open(struct col_tally *t, struct col_digests *digests, const struct col_table *table,
                   const char *path, struct err *e) BASE_MUST_USE;

/* col_tally_work(t, hand, e): take part in it until all parts are taken; any number of
 * threads may, and all must have returned before the end. */
int col_tally_work(struct col_tally *t, struct col_hand *hand, struct err *e) BASE_MUST_USE;

/* col_tally_end(t, out, e): the table digest. */
int col_tally_end(struct col_tally *t, char out[DIGEST_HEX], struct err *e) BASE_MUST_USE;
void col_tally_close(struct col_tally *t);

#endif
