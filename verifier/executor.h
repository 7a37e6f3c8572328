/*
 * verifier/executor.h - endpoints called through an executor: what it was asked and answered,
 * beside the records that came of it.  FORMAT.md section 3, executor.
 */
#ifndef VFY_EXECUTOR_H
#define VFY_EXECUTOR_H

#include "verifier/evidence.h"

/* vfy_executor_load(v) - executor.json, /healthz and /selfcheck, where the run has them; before
 * any record is loaded. */
void vfy_executor_load(struct evidence *v);

/*
 * vfy_executor_record(v, subject, r, folder, endpoint, step, name) - what stands in folder about
 * the execution r of that endpoint; whether it is one.
 *
 * step: the plan's whose DOT and mode it is; name: what follows the run's id in the correlation
 * id.  Without an executor it is always one.  Else a missing file is E_EVIDENCE_INCOMPLETE, and
 * what is no execution HOLD_EXECUTOR_REFUSED or HOLD_EXECUTOR_ANSWER.
 */
bool vfy_executor_record(struct evidence *v, enum vfy_subject subject, const struct record *r, const char *folder,
                         const struct json *endpoint, const struct json *step, const char *name);

/* vfy_executor_code(v, step, code) - code; but E_EVIDENCE_INCOMPLETE where an executor did not
 * execute that step (NULL: one that is to change something), so that what it leaves is missing. */
enum vfy_code vfy_executor_code(const struct evidence *v, const struct step *step, enum vfy_code code);

/* vfy_executor_judge(v) - the plan allows it, each request is the plan's, and each record is what
 * was answered, by a session that was seen. */
void vfy_executor_judge(struct evidence *v);

/* vfy_executor_asked(v, i, path) - exchange.json of what was asked before the steps, 0 and 1 in
 * order; NULL where there is none. */
const struct json *vfy_executor_asked(const struct evidence *v, size_t i, const char **path);

#endif
