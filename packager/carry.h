/*
 * packager/carry.h - the branch of reviews goes with main, to a remote and from there.  FORMAT.md
 * section 9, "Remotes".  It only grows: what does not go on where the other ends is refused, and
 * never merged.  It needs no claim: nothing of it is signed here.
 */
#ifndef PACKAGER_CARRY_H
#define PACKAGER_CARRY_H

#include "packager/publish.h"
#include "packager/remote.h"

/* pkg_carry_reviews(p, remote, sends, tip, e): bring PKG_GIT_REVIEWS forward to the remote's; where it
 * is the remote that lacks some, send them if `sends`.  tip: what the repository has then, "" for
 * none.  ERR_REFUTED, with nothing moved anywhere, when either has what the other never had. */
int pkg_carry_reviews(struct pkg_publish *p, struct pkg_remote *remote, bool sends, char tip[PKG_GIT_HEX],
                      struct err *e) BASE_MUST_USE;

#endif
