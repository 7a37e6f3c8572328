/* verifier/claims.c - see claims.h.  Includes libc only. */
#include "verifier/claims.h"

#include <string.h>

#define TABLES                                                                                     \
    {                                                                                              \
        "before/tables/", "after/tables/"                                                          \
    }

static const struct vfy_claim_info table[VFY_CLAIMS] = {
    {"executed", "observed", {"steps/", "environment.json", "run.json", "executor.json", "executor/"}, {"steps"}, LEVEL_3},
    {"identity", "db_sql", {"before/identity.json", "after/identity.json"},
     {"database", "system_identifier"}, LEVEL_3},
    {"gates-dry-run-only", "db_sql", TABLES, {"gates"}, LEVEL_3},
    {"no-state", "db_sql", {"before/", "after/"}, {"changed_rows", "tables"}, LEVEL_3},
    {"ids-accounted", "db_internal",
     {"before/transactions.json", "after/transactions.json", "steps/", "harness/"}, {"ids"},
     LEVEL_3},
    {"no-write-witness", "db_internal",
     {"wal.json", "wal/", "before/activity.json", "after/activity.json", "before/physical.json",
      "after/physical.json", "before/capability.json", "after/capability.json"}, {"records"}, LEVEL_3},
    {"manifest-deterministic", "db_sql", {"manifests/"}, {"manifests", "sha256"}, LEVEL_1},
    {"preflight-ready", "db_sql", {"steps/"}, {"checks"}, LEVEL_3},
    {"owner-present", "db_sql", {"before/tables/"}, {"rows"}, LEVEL_3},
    {"grant-scoped", "db_sql", {"before/tables/"}, {"grants"}, LEVEL_3},
    {"grant-single-use", "db_sql", {"before/tables/", "after/tables/", "steps/"}, {"consumed"},
     LEVEL_3},
    {"reject-coverage", "observed", {"harness/", "steps/"},
     {"declared", "exercised", "unreachable"}, LEVEL_2},
    {"fail-closed", "observed", {"harness/"}, {"cases", "primary_cases"}, LEVEL_2},
    {"real-run-blocked", "observed", {"harness/"}, {"cases"}, LEVEL_2},
    {"readback-clean", "db_sql", {"readback/", "steps/"}, {"queries"}, LEVEL_3},
    {"rollback-oracle", "observed", {"steps/"}, {"codes"}, LEVEL_3},
    {"contracts-registered", "db_sql", TABLES, {"contracts"}, LEVEL_3},
    {"catalog-reconciled", "db_sql", TABLES, {"rows"}, LEVEL_3},
    {"admitted", "db_sql",
     {"before/tables/", "before/functions.ndjson", "after/functions.ndjson"}, {"records"}, LEVEL_3},
    {"reuse-first", "db_sql", TABLES, {"dots"}, LEVEL_3},
    {"no-forbidden-dot", "observed", {"steps/", "carrier/plan.json"}, {"named"}, LEVEL_3},
    {"authority-firewall", "observed", {"steps/", "harness/"}, {"cases", "steps"}, LEVEL_3},
};

const struct vfy_claim_info *vfy_claims_info(enum vfy_subject claim)
{
    return &table[claim];
}

enum vfy_subject vfy_claims_named(const char *id)
{
    int i = 0;

    while (i < VFY_CLAIMS && strcmp(table[i].id, id) != 0)
        i++;
    return (enum vfy_subject)i;
}
