/* verifier/sshsig.h - SSH signatures (OpenSSH's PROTOCOL.sshsig), Ed25519 only. */
#ifndef VFY_SSHSIG_H
#define VFY_SSHSIG_H

#include "verifier/policy.h"

/*
 * vfy_sshsig_check(a, armor, n, space, p, len, policy, role, path, by, e) - a signature of p by a
 * key of that role, *by.
 *
 * Returns 0; or -1 with *e at path: E_SIG_MISSING no armor at all, E_SIG_INVALID malformed
 * or not a signature of these bytes in that namespace, E_KEY_UNTRUSTED, E_KEY_ROLE.
 */
int vfy_sshsig_check(struct arena *a, const char *armor, size_t n, const char *space,
                     const char *p, size_t len, const struct policy *policy, enum vfy_role role,
                     const char *path, const struct trusted **by, struct err *e) __attribute__((warn_unused_result));

#endif
