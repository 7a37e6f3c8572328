/*
 * collector/asked.h - what preflight asks of the plan, the policy and the server.  Every transaction
 * is READ ONLY.
 */
#ifndef COLLECTOR_ASKED_H
#define COLLECTOR_ASKED_H

#include "collector/ledger.h"
#include "collector/redact.h"

struct col_asked {
    struct plan plan;
    struct jv *policy;
    struct col_redact redact;
    struct col_facts facts; /* of these */
};

struct col_asked_options {
    const char *carrier, *db;
    const char *steps_db, *policy, *redaction_key; /* or NULL */
};

/* col_asked_read(o, a, e): all of it; a must be zeroed before.  ERR_INPUT a plan or policy that is
 * wrong, ERR_SYSTEM a server that does not answer.  Ownership: col_asked_release(a), also after a
 * failure. */
int col_asked_read(const struct col_asked_options *o, struct col_asked *a, struct err *e) BASE_MUST_USE;
void col_asked_release(struct col_asked *a);

#endif
