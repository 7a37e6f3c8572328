/*
 * verifier/fleet.h - a fleet from bytes to verdict: that it is one run over several databases, and
 * what each of its packages says alone.  FORMAT.md section 12.
 */
#ifndef VFY_FLEET_H
#define VFY_FLEET_H

#include "verifier/verify.h"

struct fleet_target {
    const char *name;
    const struct json *said;   /* of it in fleet.json */
    const struct json *bound;  /* and in the predicate, or NULL */
    bool is_lost;
    int status;
    const char *word, *class, *headline;
    struct buf told;   /* its verdict: one JSON object, or its findings as text */
    struct buf unseen; /* as text: what nobody looked at */
};

struct fleet {
    struct verdict own; /* of the fleet itself: signature, archive, and that its parts are one run */
    const struct json *doc;
    struct fleet_target *targets;
    size_t count;
    bool is_json;
    int worst;           /* exit status */
    const char *word, *headline;
};

/*
 * vfy_fleet_verify(a, tar, att, att_n, policy, f) - every check, and a verdict.
 *
 * f->own.now and f->is_json are the caller's, set before; the rest starts zeroed.  A target's own
 * documents are gone afterwards.  n is at most MAX_PACKAGE_BYTES.
 */
void vfy_fleet_verify(struct arena *a, const struct source *tar, const char *att, size_t att_n,
                      const struct policy *policy, struct fleet *f);

/* vfy_fleet_close(f) - the worst status, its word and its headline. */
void vfy_fleet_close(struct fleet *f);

/* vfy_fleet_output(b, f) - as JSON (dryproof.fleet-verdict/1, with LF) or as text. */
void vfy_fleet_output(struct buf *b, const struct fleet *f);

#endif
