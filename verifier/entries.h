/*
 * verifier/entries.h - the entries that a log says it has, against ledger files and packages.
 */
#ifndef VFY_ENTRIES_H
#define VFY_ENTRIES_H

#include "verifier/repo.h"
#include "verifier/tree.h"

/*
 * vfy_entries_check(repo, size, out, e) - the bundles below log/tile/entries hold `size` entries,
 * each the digest of its ledger file; no ledger file and no package is missing or more.
 *
 * Returns 0 with the entries; or -1 with E_LOG_TAIL, E_LOG_PACKAGE_MISSING,
 * E_LOG_PACKAGE_EXTRA or E_LOG_REWRITTEN, in this order.  A ledger file is read for the
 * package that it names, and not judged.
 */
int vfy_entries_check(const struct repo *repo, size_t size, vfy_hash **out, struct err *e)
    __attribute__((warn_unused_result));

#endif
