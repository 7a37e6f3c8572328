/*
 * packager/review.h - a reviewer's own decision about a package, kept beside the verifier's word: a
 * signed file on the branch refs/heads/reviews.  FORMAT.md section 9, "Reviews".
 */
#ifndef PACKAGER_REVIEW_H
#define PACKAGER_REVIEW_H

#include "base/json.h"
#include "packager/git.h"

struct pkg_review_order {
    const char *repo, *package, *decision; /* CONFIRM, REJECT or HOLD */
    const struct pkg_key *key;             /* of role reviewer */
    const struct jv *findings;             /* as pkg_review_findings() gives them */
    long wait_s;
};

struct pkg_review_result {
    char commit[PKG_GIT_HEX]; /* "" when it was there already */
    size_t sequence;          /* among the package's */
    bool was_there;
};

/* pkg_review_findings(path, out, e): a JSON list of objects {text, and code or path if there are any},
 * or one of them a line; no path: none.  Ownership: jv_free(*out). */
int pkg_review_findings(const char *path, struct jv **out, struct err *e) BASE_MUST_USE;

/* pkg_review_record(order, out, e): there or not, whenever it is killed; what this key said last of the
 * package is not said again.  ERR_INPUT when the ledger has no such package. */
int pkg_review_record(const struct pkg_review_order *order, struct pkg_review_result *out, struct err *e) BASE_MUST_USE;

/* pkg_review_list(g, package, out, e): what the branch says of a package, in order, as it stands:
 * {decision, findings, keyid, recorded_at, sequence}; nobody checked a signature.
 * Ownership: jv_free(*out). */
int pkg_review_list(struct pkg_git *g, const char *package, struct jv **out, struct err *e) BASE_MUST_USE;

#endif
