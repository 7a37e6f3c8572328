/* packager/follow.h - does one commit's log go on where another's ends?  FORMAT.md section 9. */
#ifndef PACKAGER_FOLLOW_H
#define PACKAGER_FOLLOW_H

#include "packager/git.h"

/*
 * pkg_follow_check(g, from, to, e): the ledger and log of `to` are those of `from` ("": none) and
 * possibly more: root and size of both checkpoints from the entries of `to`, its newer ledger files
 * from its entries.  Signatures are the verifier's to judge.
 *
 * Returns 0, also where neither has a log; or -1 with *e set, ERR_REFUTED and a finding's name in
 * front:
 *   E_LOG_TAIL        it has fewer entries
 *   E_LOG_FORK        another origin, or the first entries are not those of `from`
 *   E_REPO_MISMATCH   it has no ledger at all
 *   E_LOG_REWRITTEN   the log of `to` contradicts itself or its ledger, or is none any more
 */
int pkg_follow_check(struct pkg_git *g, const char *from, const char *to, struct err *e) BASE_MUST_USE;

#endif
