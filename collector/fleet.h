/*
 * collector/fleet.h - one run over several databases: a process for each target, and gates that
 * all pass before the next thing is done.  FORMAT.md section 12.
 */
#ifndef COLLECTOR_FLEET_H
#define COLLECTOR_FLEET_H

#include "collector/begin.h"
#include "collector/bracket.h"
#include "collector/gate.h"
#include "collector/limits.h"

#define COL_FLEET_NAME 41 /* 40 bytes and a NUL */

enum col_fleet_state { COL_FLEET_WAITS, COL_FLEET_WORKS, COL_FLEET_LOST };

struct col_fleet_target {
    char name[COL_FLEET_NAME];
    char *db;
    enum col_fleet_state state;
    bool has_ended;      /* lost without a word */
    struct err why;      /* lost */
    long pid;
    struct col_gate gate; /* in its own process the other end */
    struct jv *answer;   /* what it said at the last gate */
};

struct col_fleet {
    struct col_fleet_target targets[COL_MAX_TARGETS]; /* as given */
    size_t count;
    long pid;
    bool has_begun; /* who is lost from now on, is named, and the others go on */
    const char *out;
    char nonce[COL_RUN_ID], id[COL_RUN_ID];
    struct col_bracket bracket; /* a command's; of a carrier argv is NULL */
    struct col_begin_options carrier;
    size_t workers;
};

/* col_fleet_main(argc, argv): the verb fleet; arguments behind the verb. */
int col_fleet_main(int argc, char **argv);

/* col_fleet_add(f, text, e): one more target, NAME=CONNINFO.  ERR_USAGE; ERR_LIMIT. */
int col_fleet_add(struct col_fleet *f, const char *text, struct err *e) BASE_MUST_USE;

/* col_fleet_read(f, path, e): a file of them, NAME TAB CONNINFO a line.  ERR_INPUT. */
int col_fleet_read(struct col_fleet *f, const char *path, struct err *e) BASE_MUST_USE;

/* col_fleet_number(f, e): nonce and id. */
int col_fleet_number(struct col_fleet *f, struct err *e) BASE_MUST_USE;

/* col_fleet_write(f, started_at, e): fleet.json. */
int col_fleet_write(const struct col_fleet *f, const char *started_at, struct err *e) BASE_MUST_USE;

/* col_fleet_work(f, t): the process of one target, which waits at its gates; never returns. */
void col_fleet_work(struct col_fleet *f, struct col_fleet_target *t) __attribute__((noreturn));

#endif
