/* packager/record.h - one record of a run and what it says.  FORMAT.md sections 2 and 3. */
#ifndef PACKAGER_RECORD_H
#define PACKAGER_RECORD_H

#include "packager/run.h"

/* What one record says (FORMAT.md section 2, result convention). */
struct pkg_record {
    struct jv *value;       /* the result's object, or NULL */
    struct jv *code;        /* string or null */
    struct jv *outcome;     /* REJECT, RAISED, the result's outcome, or null */
    struct jv *result;      /* result.json */
    bool is_refused;        /* the result has a reject_code */
    bool is_raised;         /* the server raised an error */
    bool has_seal;
};

/* pkg_record_read(run, folder, out, e): read folder/result.json.  Ownership: pkg_record_release(). */
int pkg_record_read(const struct pkg_run *run, const char *folder, struct pkg_record *out,
                   struct err *e) BASE_MUST_USE;
/* pkg_record_refused(run, step, e): 1 when that step's dispatch raised an error, or an executor
 * did not execute it, so that there is nothing of it; 0 when not, -1 on an error. */
int pkg_record_refused(const struct pkg_run *run, size_t step, struct err *e) BASE_MUST_USE;

/* pkg_record_untried(run, e): 1 when for that reason no harness case was driven. */
int pkg_record_untried(const struct pkg_run *run, struct err *e) BASE_MUST_USE;

void pkg_record_release(struct pkg_record *record);

#endif
