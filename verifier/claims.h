/*
 * verifier/claims.h - the 22 claims of FORMAT.md section 10, in its order, and the four
 * levels; both are subjects that checks are counted for.
 */
#ifndef VFY_CLAIMS_H
#define VFY_CLAIMS_H

enum vfy_subject {
    CL_EXECUTED,
    CL_IDENTITY,
    CL_GATES,
    CL_NO_STATE,
    CL_IDS,
    CL_NO_WRITE,
    CL_MANIFEST,
    CL_PREFLIGHT,
    CL_OWNER,
    CL_GRANT,
    CL_SINGLE_USE,
    CL_COVERAGE,
    CL_FAIL_CLOSED,
    CL_REAL_RUN,
    CL_READBACK,
    CL_ROLLBACK,
    CL_CONTRACTS,
    CL_CATALOG,
    CL_ADMITTED,
    CL_REUSE,
    CL_FORBIDDEN,
    CL_FIREWALL,
    VFY_CLAIMS,
    LEVEL_0 = VFY_CLAIMS, /* file, hash, signature, document */
    LEVEL_1,              /* reconstruction */
    LEVEL_2,              /* fail-closed */
    LEVEL_3,              /* claims */
    VFY_SUBJECTS
};

enum { VFY_EVIDENCE = 8 };

struct vfy_claim_info {
    const char *id, *basis;
    const char *evidence[VFY_EVIDENCE]; /* path prefixes below data/ */
    const char *values[3];   /* names of the asserted values, sorted */
    enum vfy_subject level;
};

/* vfy_claims_info(claim) - the fixed facts about one of the VFY_CLAIMS claims. */
const struct vfy_claim_info *vfy_claims_info(enum vfy_subject claim);

/* vfy_claims_named(id) - the claim, or VFY_CLAIMS. */
enum vfy_subject vfy_claims_named(const char *id);

#endif
