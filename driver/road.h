/*
 * driver/road.h - the road of every run from its run directory to the repository: pack, verify
 * the staged bytes, render the packet, commit, and verify again from the repository.
 */
#ifndef DRIVER_ROAD_H
#define DRIVER_ROAD_H

#include <stdbool.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "driver/proc.h"

#define ROAD_DOCUMENT_MAX ((size_t)64 << 20)

/* X(name, metavar, help): what the collector reads of any bracketed command; a flag has no metavar. */
#define ROAD_COMMAND_OPTIONS(X)                                                                   \
    X("--readonly-role", "ROLE", "the command logs in as ROLE, refused if it can write")          \
    X("--timeout", "S", "end the command after S seconds")                                        \
    X("--expect-exit", "N", "the exit status that the command should have (default: 0)")          \
    X("--strict-role", NULL, "hold when the role could act without a trace")                      \
    X("--accept-basis", "ids", "do without the WAL where it cannot be read")                      \
    X("--trust-positions", NULL, "read tables once when no id and no WAL position moved")         \
    X("--name", "NAME", "plan reference (default: the program's name)")

struct road {
    const char *repo, *key, *policy, *log_key, *oci, *tsa; /* as given, or NULL */
    const char *carrier, *plan_ref;   /* of the run: what a package may supersede */
    bool is_fleet; /* of several databases: a key needs no repository, which there is none for */
    bool is_json;
    bool is_quiet;
    bool keeps_run; /* the run directory was asked for */
    bool has_run;   /* the collector has finished */
    char pub[FILE_PATH_MAX];
    char work[FILE_PATH_MAX]; /* temporary folder: stage, verdict, and the run unless kept */
    char run_dir[FILE_PATH_MAX];
    char stage[FILE_PATH_MAX + 8];
    char once[FILE_PATH_MAX + 16]; /* a key that is thrown away */
    char package[DIGEST_HEX];
    struct jv *verdict;
};

/* road_open(r, out_dir, e): check that repository and key go together and the key's .pub is
 * beside it; make the work folder; the run directory is out_dir, or within it when NULL.  Of a
 * fleet out_dir has both, fleet/ and, with a key, stage/. */
int road_open(struct road *r, const char *out_dir, struct err *e) BASE_MUST_USE;

/* road_probe(r, status, e): what can be wrong with key, policy and repository is found before
 * the run: the run may spend a grant that is good for one. */
int road_probe(const struct road *r, int *status, struct err *e) BASE_MUST_USE;

/* road_make_key(r, status, e): without --key nothing is kept, and the signature only carries the
 * bytes to the verifier: make one for once, in the work folder. */
int road_make_key(struct road *r, int *status, struct err *e) BASE_MUST_USE;

/* road_pack: run directory to stage, with timestamps when there is an authority.  road_verify_stage: the verdict of its bytes, into
 * r->verdict and WORK/verdict.json.  road_commit: packet, commit, and the verdict read back
 * from the repository.  *status is the last program's. */
int road_pack(struct road *r, int *status, struct err *e) BASE_MUST_USE;
int road_verify_stage(struct road *r, int *status, struct err *e) BASE_MUST_USE;
int road_commit(struct road *r, int *status, struct err *e) BASE_MUST_USE;

/* road_close(r, is_done, e): remove the work folder; one that is not done and has a run or a
 * stage stays, and standard error says where. */
int road_close(struct road *r, bool is_done, struct err *e) BASE_MUST_USE;

/* road_end(r, rc, status, e): road_close() behind what rc tells of, 0 or -1 with e, and what the
 * program ends with: status, of the last program, or why there was none, which is told. */
int road_end(struct road *r, int rc, int status, struct err *e) BASE_MUST_USE;

/* road_begin(stage): an event, of what takes long.  road_say(r, stage, what): it is done; one line of
 * progress, and an event. */
void road_begin(const char *stage);
void road_say(const struct road *r, const char *stage, const char *what);

/* road_events(args, n): have the program say its events, if anybody hears them; how many there are then. */
size_t road_events(const char **args, size_t n);

/* road_print_headline(text): a line; it names tables: no byte of theirs acts on a terminal. */
void road_print_headline(const char *text);

/* road_show_changes(run_dir, e): what changed, by row, on standard error. */
int road_show_changes(const char *run_dir, struct err *e) BASE_MUST_USE;

/* road_call(program, args, out, status, e): run a program beside ours; *status gets its exit
 * status, *out its standard output. */
int road_call(const char *program, const char *const *args, struct buf *out, int *status,
              struct err *e) BASE_MUST_USE;

/* road_run(p, program, status, e): proc_run(); of a program that a signal ended ERR_SYSTEM. */
int road_run(const struct proc *p, const char *program, int *status, struct err *e) BASE_MUST_USE;

/* road_must: like road_call, where anything but status 0 ends the run: the program has said
 * why, and e says nothing more. */
int road_must(const char *program, const char *const *args, struct buf *out, int *status,
              struct err *e) BASE_MUST_USE;

#endif
