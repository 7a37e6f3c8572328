/*
 * packager/run.h - a run directory that is being read: its documents and where its
 * parts stand.  FORMAT.md section 3.  Nothing is judged and nothing is written.
 */
#ifndef PACKAGER_RUN_H
#define PACKAGER_RUN_H

#include <stdbool.h>

#include "base/plan.h"

enum pkg_edge { PKG_BEFORE, PKG_AFTER };

struct pkg_run {
    char dir[FILE_PATH_MAX];
    struct file_list files; /* what gets packed: everything but private/ */
    struct plan plan; /* its sha256 is run.json's word: pkg_pack_run() compares it with what it packs */
    struct jv *run;          /* run.json */
    struct jv *wal;          /* wal.json */
    struct jv *identity[2];  /* identity.json by enum pkg_edge */
    struct jv *tables[2];    /* the member "tables" of tables.json */
    struct jv *sequences[2]; /* the member "sequences" of sequences.json */
};

/* pkg_run_open(dir, out, e): a complete run.  ERR_INPUT when run.json is not there, when a
 * document is missing or misshapen, or when run.json names another plan than carrier/.
 * Ownership: pkg_run_release(). */
int pkg_run_open(const char *dir, struct pkg_run *out, struct err *e) BASE_MUST_USE;
void pkg_run_release(struct pkg_run *run);

/* pkg_run_edge(edge): "before" or "after". */
const char *pkg_run_edge(enum pkg_edge edge);

/* pkg_run_bytes(run, path, out, e): one file of the run. */
int pkg_run_bytes(const struct pkg_run *run, const char *path, struct buf *out, struct err *e)
    BASE_MUST_USE;
/* pkg_run_document(run, path, out, e): one JSON document.  Ownership: jv_free(*out). */
int pkg_run_document(const struct pkg_run *run, const char *path, struct jv **out, struct err *e)
    BASE_MUST_USE;

/* pkg_run_has(run, prefix): a packed file's path begins with prefix. */
bool pkg_run_has(const struct pkg_run *run, const char *prefix);

#define PKG_RUN_COMMAND "steps/001-command/command.json"

/* pkg_run_is_bracket(run): its plan is that of one command. */
bool pkg_run_is_bracket(const struct pkg_run *run);

/* pkg_run_command_code(command): how a bracket's command ended: EXIT_N, SIGNAL_N or TIMED_OUT;
 * NULL when command.json does not say.  Ownership: jv_free(). */
struct jv *pkg_run_command_code(const struct jv *command);

/* pkg_run_step(run, index, out, e): the folder of a plan step's execution record
 * (FILE_PATH_MAX bytes); pkg_run_case: of a harness case. */
int pkg_run_step(const struct pkg_run *run, size_t index, char out[FILE_PATH_MAX], struct err *e)
    BASE_MUST_USE;
int pkg_run_case(const struct pkg_run *run, size_t index, char out[FILE_PATH_MAX], struct err *e)
    BASE_MUST_USE;

#endif
