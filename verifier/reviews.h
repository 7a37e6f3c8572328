/*
 * verifier/reviews.h - what reviewers decided about packages: the branch refs/heads/reviews.
 *
 * FORMAT.md section 9, "Reviews".  A decision is its author's word: it changes no verdict.
 */
#ifndef VFY_REVIEWS_H
#define VFY_REVIEWS_H

#include "verifier/repo.h"

struct review {
    const char *path, *package;
    char oid[VFY_OID];
    size_t sequence; /* among its package's, from 1 */
    bool is_met;     /* its commit was */
    const char *message; /* of that */
    const struct json *payload;
    const struct trusted *signer; /* NULL: it does not stand */
};

struct reviews {
    char tip[VFY_OID]; /* "" without the branch */
    struct err why;    /* there is no tip, or it cannot be read */
    const char *against; /* a commit that was its tip once, by whoever kept it; or NULL */
    struct review *list;
    size_t count;
};

/* vfy_reviews_tip(a, path, out) - where the branch ends; before vfy_repo_open(), since what a review is
 * about stands in main before it: who fetches meanwhile brings packages that no review tells of,
 * not reviews of no package. */
void vfy_reviews_tip(struct arena *a, const char *path, struct reviews *out);

/* vfy_reviews_read(repo, out, r) - into *out, of which `against` is the caller's, of a repository
 * that vfy_repo_open() has read.  Where the branch or its history is not sound none stands; a
 * review that is not its author's is a finding, and the others stand. */
void vfy_reviews_read(struct repo *repo, struct reviews *out, struct report *r);

/* vfy_reviews_text(b, v, r), vfy_reviews_json(b, v, r) - dryproof.reviews/1 (verdict.schema.json), and
 * the same for people. */
void vfy_reviews_text(struct buf *b, const struct reviews *v, const struct report *r);
void vfy_reviews_json(struct buf *b, const struct reviews *v, const struct report *r);

#endif
