/* packager/carry.c - see packager/carry.h. */
#include "packager/carry.h"

#include <stdio.h>
#include <string.h>

#include "base/events.h"
#include "packager/claim.h"

#define TRIES_MAX 4 /* of races with other reviewers */

/* From `ours` to refs->reviews, which may have gone on since. */
static int bring(struct pkg_publish *p, struct pkg_remote *remote, const char *ours, struct pkg_remote_refs *refs, struct err *e)
{
    return pkg_remote_fetch(remote, ours, PKG_GIT_REVIEWS, refs->reviews, e) != 0 ||
                   pkg_git_also_read(pkg_publish_git(p), pkg_remote_objects(remote), e) != 0
               ? -1 : 0;
}

static int forward(struct pkg_publish *p, struct pkg_remote *remote, const char *from, const char *to, bool *is_moved, struct err *e)
{
    if (pkg_remote_adopt(remote, e) != 0 || pkg_publish_forward(p, PKG_GIT_REVIEWS, from, to, is_moved, e) != 0)
        return -1;
    return pkg_remote_adopt(remote, e); /* what a prune took before the reference named it */
}

/* *is_moved: one of them moved meanwhile, and nothing was done. */
static int settle(struct pkg_publish *p, struct pkg_remote *remote, bool sends, char ours[PKG_GIT_HEX], bool *is_moved, struct err *e)
{
    struct pkg_git *g = pkg_publish_git(p);
    struct pkg_remote_refs refs, now;
    bool is_ahead = false, is_behind = false;

    *is_moved = false;
    if (pkg_remote_look(remote, &refs, e) != 0 || pkg_git_tip_of(g, PKG_GIT_REVIEWS, ours, e) != 0)
        return -1;
    if (refs.reviews[0] != '\0' && strcmp(refs.reviews, ours) != 0 && bring(p, remote, ours, &refs, e) != 0)
        return -1;
    if (strcmp(refs.reviews, ours) == 0)
        return 0;
    if (pkg_git_descends(g, refs.reviews, ours, &is_ahead, e) != 0 || pkg_git_descends(g, ours, refs.reviews, &is_behind, e) != 0)
        return -1;
    if (is_ahead && refs.reviews[0] != '\0') {
        if (forward(p, remote, ours, refs.reviews, is_moved, e) != 0)
            return -1;
        (void)snprintf(ours, PKG_GIT_HEX, "%s", refs.reviews);
        return 0;
    }
    if (!is_behind)
        return err_set(e, ERR_REFUTED, "E_REPO_HISTORY: each has reviews that the other never had, here %s, there %s; keep "
                       "ours under another name, move " PKG_GIT_REVIEWS " to theirs, and record ours again", ours, refs.reviews);
    if (!sends || pkg_remote_push(remote, &(struct pkg_remote_update){PKG_GIT_REVIEWS, refs.reviews, ours}, 1, e) == 0)
        return 0;
    /* it may have arrived, and only the answer not */
    if (pkg_remote_look(remote, &now, &(struct err){ERR_NONE, ""}) != 0 || strcmp(now.reviews, refs.reviews) == 0)
        return -1;
    *is_moved = true;
    return 0;
}

int pkg_carry_reviews(struct pkg_publish *p, struct pkg_remote *remote, bool sends, char tip[PKG_GIT_HEX], struct err *e)
{
    bool is_moved = true;

    events_say(&EVENT("stage", "reviews"));
    for (int i = 0; i < TRIES_MAX && is_moved; i++) {
        if (i > 0)
            pkg_claim_pause();
        if (settle(p, remote, sends, tip, &is_moved, e) != 0)
            return -1;
    }
    return is_moved ? err_set(e, ERR_SYSTEM, PKG_GIT_REVIEWS " moved %d times meanwhile; try again", TRIES_MAX) : 0;
}
