/*
 * verifier/record.h - one executed statement: what was sent, what came back, in which
 * session.  FORMAT.md sections 2 (result convention) and 3 (record).
 */
#ifndef VFY_RECORD_H
#define VFY_RECORD_H

#include "verifier/evidence.h"

/* vfy_record_load(v, subject, r) - the four files below r->path; sets code, raised, …;
 * a missing file is E_EVIDENCE_INCOMPLETE and leaves is_there false. */
void vfy_record_load(struct evidence *v, enum vfy_subject subject, struct record *r);

/* vfy_record_statement(a, endpoint, sha256) - the digest of the statement that FORMAT.md section 2
 * derives from `schema.function(types)`. */
void vfy_record_statement(struct arena *a, const char *endpoint, char sha256[VFY_HEX]);

/*
 * vfy_record_judge(v, subject, r, sql_sha256, args, role, ids) - what holds for every record.
 *
 * Statement and parameters are the plan's (E_BIND_PLAN), the session is `role`'s
 * (E_EVIDENCE_PRIV), it ended as its outcome demands (E_STEP_RESULT), the result is one
 * that a server gives (E_EVIDENCE_INCONSISTENT, E_REJECT_CODE); its own id is there exactly when ids is 1
 * (E_STEP_XID) and the counter moved by as much, ids of other databases aside
 * (E_XID_UNACCOUNTED; one more for a statement that raised).  args: values of a plan.
 */
void vfy_record_judge(struct evidence *v, enum vfy_subject subject, const struct record *r,
                      const char *sql_sha256, const struct json *args, const char *role, int64_t ids);

/* vfy_record_token(a, r) - a reserved word in anything it returned, or NULL. */
const char *vfy_record_token(struct arena *a, const struct record *r);

/* vfy_record_claims(v) - whether it holds a real seal or an authority effect, at any depth. */
const char *vfy_record_claims(const struct json *value);

#endif
