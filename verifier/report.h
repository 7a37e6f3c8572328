/*
 * verifier/report.h - what was checked, what was found, and what follows from it.
 *
 * A claim passes only when it was checked at least once and nothing was found.
 */
#ifndef VFY_REPORT_H
#define VFY_REPORT_H

#include "verifier/claims.h"
#include "verifier/err.h"
#include "verifier/json.h"

enum vfy_status { VFY_PASS, VFY_FAIL, VFY_HOLD, VFY_NA };

struct finding {
    enum vfy_code code;
    enum vfy_subject subject;
    const char *path, *text;
};

struct subject {
    size_t checks;
    int worst; /* exit status of the worst finding, 0 for none */
    bool is_required, is_absent;
    const char *detail; /* the first finding */
    const char *says;   /* what its values alone do not say */
    struct json values[3]; /* what assertions.json must say */
};

struct report {
    struct arena *arena;
    struct finding findings[200];
    size_t count, hidden; /* hidden: there was no room for it among those of earlier stages */
    bool met[VFY_CODES];  /* listed or hidden */
    int worst;            /* exit status so far */
    struct subject subjects[VFY_SUBJECTS];
    size_t passed, failed, held;
    const char *not_observed[400];
    size_t not_observed_count;
};

/*
 * vfy_report_check(r, subject, ok, code, path, fmt, ...) - count one check; returns ok.
 *
 * When it is not ok: a finding with that code.  A finding of status 3 about a claim
 * that is not required stays with the claim and is listed under not observed.
 */
bool vfy_report_check(struct report *r, enum vfy_subject subject, bool ok, enum vfy_code code,
                      const char *path, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* vfy_report_error(r, subject, e) - a check that stopped the run. */
void vfy_report_error(struct report *r, enum vfy_subject subject, const struct err *e);

/* vfy_report_value(r, claim, i, v) / _number(…, n) - the claim's i-th asserted value, derived. */
void vfy_report_value(struct report *r, enum vfy_subject claim, int i, const struct json *v);
void vfy_report_number(struct report *r, enum vfy_subject claim, int i, size_t n);

/* vfy_report_says(r, claim, fmt, ...) - what to say of it when nothing is wrong. */
void vfy_report_says(struct report *r, enum vfy_subject claim, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* vfy_report_absent(r, claim) - the plan gives this claim nothing to check: N-A. */
void vfy_report_absent(struct report *r, enum vfy_subject claim);

/* vfy_report_unseen(r, fmt, ...) - one more line under NOT OBSERVED. */
void vfy_report_unseen(struct report *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* vfy_report_claim(r, claim) - its status. */
enum vfy_status vfy_report_claim(const struct report *r, enum vfy_subject claim);

/* vfy_report_level(r, level) - FAIL or HOLD when it or one of its claims is; PASS needs checks. */
enum vfy_status vfy_report_level(const struct report *r, enum vfy_subject level);

/* vfy_report_exit(r) - the exit status: the worst finding, 3 when nothing was checked. */
int vfy_report_exit(const struct report *r);

/* vfy_report_status(exit_status) - what it comes to: 0 PASS, 1 and 4 FAIL, all else HOLD. */
enum vfy_status vfy_report_status(int exit_status);

/* vfy_report_first(r, exit_status) - the earliest finding with that status, or NULL. */
const struct finding *vfy_report_first(const struct report *r, int exit_status);

/* vfy_report_sort(r) - findings by stage, otherwise in the order they were met. */
void vfy_report_sort(struct report *r);

const char *vfy_report_word(enum vfy_status s);

#endif
