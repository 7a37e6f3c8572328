/*
 * verifier/attest.h - the two or three statements about a package.  FORMAT.md section 8.
 */
#ifndef VFY_ATTEST_H
#define VFY_ATTEST_H

#include "verifier/dsse.h"
#include "verifier/evidence.h"
#include "verifier/limits.h"

struct attestations {
    struct envelope lines[3]; /* evidence, harness test result, review packet */
    size_t count;
    struct envelope counter[VFY_MAX_COUNTERSIGNATURES][2]; /* of lines 1 and 2, by one key */
    size_t counter_count;
};

/* vfy_attest_each(set, i) - the i-th signature: of the lines, then of each countersignature; or NULL. */
struct envelope *vfy_attest_each(struct attestations *set, size_t i);

/*
 * vfy_attest_open(a, p, n, policy, package, set, e) - the file's lines: signatures first,
 * then types, then that they are about this package (its digest in hex).
 *
 * Returns 0; or -1 with *e: what vfy_dsse_open gives, E_ATTESTATION_SET, E_STMT_*,
 * E_JSON_SCHEMA, E_DIGEST_MISMATCH.
 */
int vfy_attest_open(struct arena *a, const char *p, size_t n, const struct policy *policy,
                    const char package[VFY_HEX], struct attestations *set, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_attest_counter(a, p, n, policy, set, e) - another file's bytes: the payloads of lines
 * 1 and 2 of an open set again, signed by a key that has not signed before.
 * vfy_attest_enough(policy, set, e) - as many keys signed as the policy asks for.
 *
 * Return 0; or -1 with *e: what vfy_dsse_open gives, E_COUNTERSIGNATURE, E_SIG_THRESHOLD.
 */
int vfy_attest_counter(struct arena *a, const char *p, size_t n, const struct policy *policy, struct attestations *set,
                       struct err *e) __attribute__((warn_unused_result));
int vfy_attest_enough(const struct policy *policy, const struct attestations *set, struct err *e)
    __attribute__((warn_unused_result));

/*
 * vfy_attest_fleet(a, p, n, policy, fleet, set, e) - the one line of a fleet (its digest in hex).
 * vfy_attest_is_fleet(a, p, n) - whether a file says, unverified, that it is one.
 *
 * Returns 0; or -1 with *e as vfy_attest_open.  FORMAT.md section 12.
 */
int vfy_attest_fleet(struct arena *a, const char *p, size_t n, const struct policy *policy, const char fleet[VFY_HEX],
                     struct attestations *set, struct err *e) __attribute__((warn_unused_result));
bool vfy_attest_is_fleet(struct arena *a, const char *p, size_t n);

/* vfy_attest_packet(i) - the i-th file that line 3 names, in its order, or NULL. */
const char *vfy_attest_packet(size_t i);

/* vfy_attest_judge(v, set) - every value in lines 1 and 2 is the package's own. */
void vfy_attest_judge(struct evidence *v, const struct attestations *set);

#endif
