/*
 * verifier/evidence.h - the package's documents as C structures, and who judges them.
 *
 * Loading judges nothing beyond "is it there".  Each judge adds findings to the report;
 * they run in the order of vfy_evidence_judge() and later ones may use what earlier
 * ones derived (manifest digests, the codes of records).
 */
#ifndef VFY_EVIDENCE_H
#define VFY_EVIDENCE_H

#include "verifier/bag.h"
#include "verifier/json.h"
#include "verifier/report.h"

struct table {
    const char *relation;
    const struct json *entry; /* its element of tables.json */
    const struct json *head;  /* first line of its file; NULL when not captured */
    const struct json *rows;  /* array of rows; NULL when not captured */
    size_t row_count;         /* as counted here, else as collected */
};

struct edge {
    const char *name; /* "before", "after" */
    const struct json *identity, *list, *sequences, *transactions, *functions, *cluster;
    const struct json *activity, *physical, *position, *capability; /* position: its wal.json */
    struct table *tables;
    size_t table_count;
};

struct record {
    const char *path; /* its folder below data/ */
    const struct member *sql;
    const struct json *request, *result, *session;
    const struct json *bracket; /* what has the ids before and after: session, or a case's residue */
    const struct json *value; /* the one JSON object it returned, or NULL */
    const struct json *code;  /* a string, or NULL */
    bool is_there, raised, refused, sealed;
};

struct step {
    const struct json *plan;
    struct record dispatch, execution;
    bool is_executed; /* its dispatch did not raise, and no executor did otherwise: there has to be a record */
};

struct trial {
    const struct json *plan, *residue;
    struct record record;
    bool fail_closed, as_expected;
};

struct manifest {
    const struct json *plan;
    const struct json *rows; /* objects in the manifest's order */
    const struct member *pg; /* repetition 1 */
    size_t row_count;
    char sha256[VFY_HEX];    /* as the verifier computes it */
    bool holds;
};

struct evidence {
    struct report *report;
    struct bag *bag;
    struct arena *arena;
    const struct json *plan, *started, *run, *environment, *wal;
    const struct json *groups;         /* of WAL records */
    const struct json *command, *seen; /* of a bracket: command.json, the sessions beside it */
    struct executor *executor;         /* executor.h: what it was asked and answered; NULL: there is none */
    struct attribution *who;           /* attribute.h: whose each effect is */
    struct edge edges[2];
    struct step *steps;
    struct trial *trials;
    struct manifest *manifests;
    struct record *readbacks;
    const struct record **ran; /* all records that are there, in the order in which they ran */
    size_t step_count, trial_count, manifest_count, readback_count, ran_count;
    size_t driven_count; /* cases of which there is a record */
    bool is_incomplete; /* a record is missing: facts cannot be derived again */
    bool is_broken;     /* a document that everything rests on is missing, or not sorted: nothing is judged */
    bool is_sandbox, is_governed;
    bool is_bracket; /* the plan is the collector's, around a command */
    bool is_answered; /* the second snapshot of a bracket, from the first */
};

/* vfy_evidence_load(v) - everything the plan calls for; what is missing is E_EVIDENCE_INCOMPLETE
 * and sets is_broken or is_incomplete. */
void vfy_evidence_load(struct evidence *v);

/* vfy_evidence_doc(v, subject, path) - a document that must be there, or NULL and a finding. */
const struct json *vfy_evidence_doc(struct evidence *v, enum vfy_subject subject, const char *path);

/* vfy_evidence_judge(v) - all judges below, then claims that nothing could be said about.
 * Not to be called when is_broken; sets it, and judges nothing else, when a list is not sorted. */
void vfy_evidence_judge(struct evidence *v);

/* vfy_evidence_check(v, check, edge) - evaluates a CHECK of FORMAT.md section 2. */
bool vfy_evidence_check(const struct evidence *v, const struct json *check, int edge);

/* vfy_evidence_step(v, name) - the step of that name; docs.c made sure that it exists. */
struct step *vfy_evidence_step(const struct evidence *v, const char *name);

/* the judges, one file each */
void vfy_bind_judge(struct evidence *v);     /* identity, run, environment, plan digest */
void vfy_witness_sorted(struct evidence *v); /* the lists of activity and physical */
void vfy_witness_judge(struct evidence *v);  /* activity, physical, positions, capability: one piece */
void vfy_command_judge(struct evidence *v);  /* executed, of a bracket */

/* vfy_command_users(v) - as whom the command logged in beside the judged role, or NULL. */
const char *vfy_command_users(const struct evidence *v);
void vfy_wal_judge(struct evidence *v);      /* no-write-witness */
void vfy_changes_judge(struct evidence *v);  /* no-state, what is not rows */
void vfy_manifest_judge(struct evidence *v); /* manifest-deterministic */
void vfy_steps_judge(struct evidence *v);    /* executed, rollback-oracle, no-forbidden-dot, … */
void vfy_harness_judge(struct evidence *v);  /* fail-closed, real-run-blocked, reject-coverage */
void vfy_state_sorted(struct evidence *v);   /* the rows of captured tables */
void vfy_state_judge(struct evidence *v);    /* no-state, ids-accounted, gates, no-write-witness */
void vfy_grant_judge(struct evidence *v);    /* grant-scoped, grant-single-use */
void vfy_registry_judge(struct evidence *v); /* contracts, catalog, admitted, reuse, preflight, … */
void vfy_facts_judge(struct evidence *v);    /* facts.json, assertions.json */

/* vfy_facts_coverage(v, set, which, out) - codes of the plan's set ("primary", "secondary"):
 * which = 0 declared, 1 exercised, 2 not exercised, 3 unreachable; sorted; returns the count. */
size_t vfy_facts_coverage(const struct evidence *v, const char *set, int which,
                          const struct json **out);

/* vfy_facts_state(v, edge, hex) - the state digest of FORMAT.md section 4 of a snapshot. */
void vfy_facts_state(const struct evidence *v, int edge, char hex[VFY_HEX]);

#endif
