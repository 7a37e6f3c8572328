/*
 * collector/answer.h - the second snapshot answered from the first, where nothing was written in
 * between.  FORMAT.md section 3, answered.json.
 */
#ifndef COLLECTOR_ANSWER_H
#define COLLECTOR_ANSWER_H

#include "collector/context.h"

/*
 * col_answer_after(c, is_answered, e): when the server stands still, everything below after/.
 *
 * What a write leaves an id or WAL of is a copy of before/: tables, catalog, functions, physical
 * state, capabilities.  What can change without is read: identity, sequences (nextval() logs one
 * time in 32), settings and files of the cluster, activity; then the position once more.  Where
 * it moved, where a relation is unlogged, or where the judged role could have acted unseen,
 * nothing was written, *is_answered is false, and the snapshot is to be taken.
 */
int col_answer_after(struct col_context *c, bool *is_answered, struct err *e) BASE_MUST_USE;

#endif
