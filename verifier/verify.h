/*
 * verifier/verify.h - one package from bytes to verdict.
 */
#ifndef VFY_VERIFY_H
#define VFY_VERIFY_H

#include "verifier/stamp.h"

struct verdict {
    struct report report;
    struct bag bag;
    struct attestations attestations;
    const char *word;              /* the verdict's identifier */
    char package[VFY_HEX];
    size_t size;
    const char *class;             /* sandbox, governed, unlisted, unknown */
    const struct json *run, *plan, *identity;
    char facts[VFY_HEX];
    const struct json *coverage[2][4];
    bool is_judged, has_seal, in_repository, is_bracket;
    const char *finished;          /* the run's end that line 1 tells, once all signatures hold; or NULL */
    const char *outside;           /* of a bracket: what its role could have done unseen, or NULL */
    const char *unseen;            /* of a bracket: why WAL was not seen, or NULL */
    bool is_answered;              /* of a bracket: its second snapshot is the first, where nothing can have been written */
    const char *now;               /* --now, or NULL */
    struct {
        const char *p;
        size_t n;
    } counter[VFY_MAX_COUNTERSIGNATURES]; /* attestation files beside the first */
    size_t counter_count;
    struct {
        const char *name, *p;
        size_t n;
    } stamp_file[2];               /* of timestamps */
    size_t stamp_files;
    struct stamps stamps;
    const char *repository;        /* JSON of the repository member, or NULL */
    const char *standing;          /* the same in words, for one package of a repository, or NULL */
};

/*
 * vfy_verify_package(a, tar, att, att_n, policy, v) - every check, in stage order.
 *
 * Stops before interpretation when the package is not what was signed.  Afterwards
 * *v holds everything that the verdict says, except its word: vfy_verify_close().
 * v->in_repository, v->counter and v->stamp_file are the caller's, set before; the rest starts
 * zeroed.
 * n is at most MAX_PACKAGE_BYTES: who reads a file or an object looks at it.
 */
void vfy_verify_package(struct arena *a, const struct source *tar, const char *att, size_t att_n,
                        const struct policy *policy, struct verdict *v);

/*
 * vfy_verify_signed(a, att, att_n, policy, v, e) - the signatures alone, of a package that is not
 * here: its digest v->package is the caller's, and so are counter and stamp_file.
 *
 * Returns 0; or -1 with *e: what vfy_attest_open, _counter and _enough give.
 */
int vfy_verify_signed(struct arena *a, const char *att, size_t att_n, const struct policy *policy, struct verdict *v,
                      struct err *e) __attribute__((warn_unused_result));

/*
 * vfy_verify_now(v, policy) - timestamps, and what depends on them or on the time v->now, if it is
 * given; after the package's checks.  policy NULL: only that the run lies before v->now.
 *
 * What a policy says of time is no check that is counted, so that a verdict of another day counts alike.
 */
void vfy_verify_now(struct verdict *v, const struct policy *policy);

/* vfy_verify_key(r, key, when, what, path) - whether a key that signed path was valid then; what
 * tells the reader whose time that is. */
void vfy_verify_key(struct report *r, const struct trusted *key, const char *when, const char *what, const char *path);

/* vfy_verify_close(v) - sort the findings and choose the word. */
void vfy_verify_close(struct verdict *v);

/* vfy_verify_is_write(code) - whether the finding proves that a run wrote. */
bool vfy_verify_is_write(enum vfy_code code);

/* vfy_verify_status(v) - PASS, FAIL or HOLD. */
enum vfy_status vfy_verify_status(const struct verdict *v);

/* vfy_verify_tampered(v) - the worst status among findings that say the package is not
 * intact or cannot be checked.  A sound package that says FAIL or HOLD gives 0. */
int vfy_verify_tampered(const struct verdict *v);

#endif
