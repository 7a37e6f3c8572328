/*
 * verifier/stamp.h - timestamps (RFC 3161) over the signatures of attestations.  FORMAT.md section 8.
 */
#ifndef VFY_STAMP_H
#define VFY_STAMP_H

#include "verifier/attest.h"
#include "verifier/report.h"

#define VFY_STAMP_FILE "timestamps.jsonl"
#define VFY_STAMP_UNSEEN "the timestamps: no authority is trusted"

struct stamp_of { /* one timestamp, whose form holds */
    char path[64];
    const char *p;
    size_t n;
    struct stamp says;
    struct envelope *signature; /* that it is over */
};

struct stamps {
    struct stamp_of all[VFY_MAX_TIMESTAMPS];
    size_t count;
    struct err failed; /* what ended the reading, or VFY_NO_CODE */
};

/*
 * vfy_stamp_read(a, p, n, name, set, out) - the lines of a file, which name is; each over a
 * signature of set that has none yet.  Reading ends with the first that is wrong, also of a file
 * that was read before into *out.
 */
void vfy_stamp_read(struct arena *a, const char *p, size_t n, const char *name, struct attestations *set,
                    struct stamps *out);

/*
 * vfy_stamp_judge(a, stamps, set, policy, finished, r) - who vouches for them, as findings of
 * level 3; sets envelope.when.  finished: the run's end.
 */
void vfy_stamp_judge(struct arena *a, const struct stamps *stamps, struct attestations *set, const struct policy *policy,
                     const char *finished, struct report *r);

#endif
