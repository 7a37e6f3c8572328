/*
 * verifier/rotation.h - from the trust policy that somebody has to its successor, signed by the root
 * keys of both.  FORMAT.md section 8.
 */
#ifndef VFY_ROTATION_H
#define VFY_ROTATION_H

#include "verifier/policy.h"

/*
 * vfy_rotation_follow(a, path, p, e) - read one rotation and replace *p by the policy in it.
 *
 * Returns 0; or -1 with *e and *p as it was: E_IO, E_LIMIT_SIZE, E_POLICY_INVALID when it is no
 * rotation, not the next version, or not signed by enough root keys of the old policy and of the
 * new one; and what vfy_policy_parse gives of the new one.
 */
int vfy_rotation_follow(struct arena *a, const char *path, struct policy *p, struct err *e)
    __attribute__((warn_unused_result));

#endif
