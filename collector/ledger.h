/*
 * collector/ledger.h - what a ledger of phases (collector/phases.h) is made of: facts, checks, holds.
 */
#ifndef COLLECTOR_LEDGER_H
#define COLLECTOR_LEDGER_H

#include "base/plan.h"

/* What was read; everything but plan is owned by whoever filled it. */
struct col_facts {
    const struct plan *plan;
    const struct jv *policy; /* or NULL */
    struct jv *identity;     /* identity.json, with its labels */
    bool is_sandbox_cluster; /* it has the role of a sandbox */
    struct jv *observer;     /* ROLE */
    struct jv *step;         /* ROLE, or NULL: it cannot connect, and no_step says why */
    char no_step[ERR_TEXT_MAX];
    bool is_elsewhere;       /* the steps' session is of another server or database */
    struct jv *refused;      /* [{endpoint, message}]: what the step role may not execute */
    struct jv *capability;   /* capability.json, or NULL */
    struct jv *witnesses;    /* dryproof.doctor/1 */
    struct jv *lacks;        /* as col_tables_look() */
    struct jv *tables;       /* relation: {"columns":[name..],"rows":[[value..]..]} */
    struct jv *names;        /* every relation in scope */
    struct jv *functions;    /* rows of functions.sql */
    struct jv *manifests;    /* [{"name","reason","rows":[{member:value}..],"sha256"}] */
    bool is_unexpired;       /* the grant, on the server's clock */
};

struct col_ledger {
    const struct col_facts *f;
    const struct jv *plan;
    struct jv *holds; /* of the phase at hand */
    struct jv *unseen;
    size_t checks;
    const char *class; /* of the environment */
    struct err e;      /* where is_broken: nothing can be said */
    bool is_broken;
};

/* col_ledger_check(l, is_ok, code, object, key, action, format, ...): count one check; where it is
 * not ok, a hold.  object, key and action may be NULL; without an action it is the code's advice. */
bool col_ledger_check(struct col_ledger *l, bool is_ok, const char *code, const char *object, const struct jv *key,
                      const char *action, const char *format, ...) BASE_PRINTF(7, 8);

/* col_ledger_check_one(l, is_ok, code, object, column, text, detail): the same of the row whose column
 * is text. */
bool col_ledger_check_one(struct col_ledger *l, bool is_ok, const char *code, const char *object, const char *column,
                          const char *text, const char *detail);

/* col_ledger_unseen(l, format, ...): one more line under not_observed. */
void col_ledger_unseen(struct col_ledger *l, const char *format, ...) BASE_PRINTF(2, 3);

/* col_ledger_key(column, text): {column: text}.  Ownership: jv_free(). */
struct jv *col_ledger_key(const char *column, const char *text);

/* Rows of a captured table: NULL when it was not read; how many; those that equal all of where (*found
 * is the last); the one that does, or whose column is text, or NULL; a cell, NULL when there is none. */
const struct jv *col_ledger_rows(const struct col_facts *f, const char *relation);
size_t col_ledger_count(const struct jv *rows);
bool col_ledger_fits(const struct col_facts *f, const char *relation, const struct jv *row, const struct jv *where);
size_t col_ledger_match(const struct col_facts *f, const char *relation, const struct jv *where, const struct jv **found);
const struct jv *col_ledger_row(const struct col_facts *f, const char *relation, const struct jv *where);
const struct jv *col_ledger_by(const struct col_ledger *l, const char *relation, const char *column, const char *text);
const struct jv *col_ledger_cell(const struct col_facts *f, const char *relation, const struct jv *row, const char *column);

/* Digests of FORMAT.md section 4: of a row without some columns, of the function of that signature;
 * "" when there is none. */
void col_ledger_row_digest(struct col_ledger *l, const char *relation, const struct jv *row, const struct jv *without,
                           char out[DIGEST_HEX]);
void col_ledger_definition(struct col_ledger *l, const char *signature, char out[DIGEST_HEX]);

/* A manifest of the plan as it was measured, and whether it holds. */
const struct jv *col_ledger_manifest(const struct col_ledger *l, const char *name);
bool col_ledger_holds(const struct col_ledger *l, const char *name);

/* The phases that stand in phases_late.c. */
void col_phases_contracts(struct col_ledger *l);
void col_phases_grant(struct col_ledger *l);
void col_phases_preflight(struct col_ledger *l);

#endif
