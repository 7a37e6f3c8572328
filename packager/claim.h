/* packager/claim.h - what stands in refs/dryproof/claim: who publishes, for people to read. */
#ifndef PACKAGER_CLAIM_H
#define PACKAGER_CLAIM_H

#include "packager/remote.h"

/* pkg_claim_text(owner, out, e): of this host and process, and the key with that id; unlike any
 * other claim. */
int pkg_claim_text(const char *owner, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_claim_describe(remote, g, out): append whose the remote's claim is.  It is somebody else's
 * text: escape it. */
void pkg_claim_describe(struct pkg_remote *remote, struct pkg_git *g, struct buf *out);

/* pkg_claim_pause(): 100 to 350 ms, before the remote is looked at again: each look is a connection. */
void pkg_claim_pause(void);

#endif
