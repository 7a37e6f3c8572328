/*
 * base/claims.h - the stable claim ids, in the order of FORMAT.md section 10.
 */
#ifndef BASE_CLAIMS_H
#define BASE_CLAIMS_H

#define CLAIM_IDS                                                                              \
    "executed", "identity", "gates-dry-run-only", "no-state", "ids-accounted",                 \
        "no-write-witness", "manifest-deterministic", "preflight-ready", "owner-present",      \
        "grant-scoped", "grant-single-use", "reject-coverage", "fail-closed",                  \
        "real-run-blocked", "readback-clean", "rollback-oracle", "contracts-registered",       \
        "catalog-reconciled", "admitted", "reuse-first", "no-forbidden-dot", "authority-firewall"

#define CLAIM_COUNT 22

#endif
