/*
 * collector/phases.h - the ledger of phases P0 to P5: what a governed run needs of the plan, the
 * database and the policy, as dryproof.preflight/1 (FORMAT.md section 2, "Preflight").
 *
 * A hold has the code that a run on this state would be given, with the sentence and the advice of
 * schemas/findings.tsv.  Two are preflight's alone: a run without them cannot be collected.
 */
#ifndef COLLECTOR_PHASES_H
#define COLLECTOR_PHASES_H

#include "collector/ledger.h"

/* col_phases_judge(f, doc, e): the ledger.  Ownership: jv_free(*doc). */
int col_phases_judge(const struct col_facts *f, struct jv **doc, struct err *e) BASE_MUST_USE;

#endif
