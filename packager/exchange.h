/*
 * packager/exchange.h - a repository and its remote are one log.  FORMAT.md section 9, "Remotes".
 *
 * Whoever publishes holds refs/dryproof/claim at the remote: a blob that says who, made where there
 * was none, and taken away by the push that moves refs/heads/main, both or neither.  Nothing is
 * signed before the claim is there, so that of all who share the remote one signs, on the tip that
 * the remote then has; and the reference here moves when the remote has accepted.
 *
 *   dryproof.push   the remote's address, the commit on its way ("" as long as nothing was signed),
 *                   the claim's text: written before the claim, and again before the push
 *   dryproof.seen   the remote's address and its tip as it was last: what it must have still
 *
 * A run that dies with dryproof.push there is finished by the next: the same claim, the same commit,
 * never another signature.  Somebody else's claim is never removed.
 */
#ifndef PACKAGER_EXCHANGE_H
#define PACKAGER_EXCHANGE_H

#include "packager/publish.h"
#include "packager/remote.h"

struct pkg_exchange;

#define PKG_NO_REMOTE "%s has no remote; git -C %s remote add origin URL"

/* pkg_exchange_open(p, wait_s, timeout_s, owner, out, e): with remote.origin.url of p's repository;
 * *out is NULL without one.  Finishes what a dead run left; without a `owner` (a key's id), who
 * will not publish, gives its claim back.  wait_s: how long for somebody else's claim; timeout_s:
 * of one exchange.  Ownership: pkg_exchange_close(), which gives back a claim that nothing was
 * signed under. */
int pkg_exchange_open(struct pkg_publish *p, long wait_s, long timeout_s, const char *owner,
                      struct pkg_exchange **out, struct err *e) BASE_MUST_USE;
void pkg_exchange_close(struct pkg_exchange *x);

/* pkg_exchange_remote(x): what it speaks with; it stays x's. */
struct pkg_remote *pkg_exchange_remote(const struct pkg_exchange *x);

/* pkg_exchange_fetch(x, may_lack, e): bring the repository forward to the remote's tip.  ERR_REFUTED,
 * with nothing moved, when that does not go on where the repository ends, or its log does not
 * (follow.h).  may_lack: a remote that never had the newest packages here is none of that. */
int pkg_exchange_fetch(struct pkg_exchange *x, bool may_lack, struct err *e) BASE_MUST_USE;

/* pkg_exchange_claim(x, may_lack, e): the claim, then as pkg_exchange_fetch().  ERR_SYSTEM says whose
 * claim was in the way, and how old. */
int pkg_exchange_claim(struct pkg_exchange *x, bool may_lack, struct err *e) BASE_MUST_USE;
bool pkg_exchange_has_claim(const struct pkg_exchange *x);

/* pkg_exchange_lacks(x): after a fetch that may_lack: the remote has not the repository's tip. */
bool pkg_exchange_lacks(const struct pkg_exchange *x);

/* pkg_exchange_send(x, commit, is_moved, e): with the claim, the remote moves to a commit on its
 * tip; then pkg_publish_accept().  *is_moved: somebody without the claim moved it, nothing of ours
 * was accepted, and what was written is dropped.  -1: the next run goes on with it. */
int pkg_exchange_send(struct pkg_exchange *x, const char *commit, bool *is_moved, struct err *e) BASE_MUST_USE;

#endif
