/* packager/exchange.c - see packager/exchange.h. */
#include "packager/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/events.h"
#include "packager/claim.h"
#include "packager/follow.h"
#include "packager/limits.h"

#define TRIES_MAX 50
#define REFUSALS_MAX 4 /* of a claim that nobody else has: it may have come and gone meanwhile */
#define SAY_AFTER_MS 3000

struct pkg_exchange {
    struct pkg_publish *publish;
    struct pkg_remote *remote;
    long wait_s;
    struct buf url;
    struct buf text;          /* of our claim */
    char claim[PKG_GIT_HEX];  /* its id, "" without one */
    char commit[PKG_GIT_HEX]; /* on its way, or "" */
    bool has_claim, is_unsure, lacks; /* is_unsure: of a claim that was sent */
    struct pkg_remote_refs refs; /* as the remote had them last */
};

static struct pkg_git *git_of(const struct pkg_exchange *x)
{
    return pkg_publish_git(x->publish);
}

bool pkg_exchange_has_claim(const struct pkg_exchange *x)
{
    return x->has_claim;
}

struct pkg_remote *pkg_exchange_remote(const struct pkg_exchange *x)
{
    return x->remote;
}

bool pkg_exchange_lacks(const struct pkg_exchange *x)
{
    return x->lacks;
}

/* What we say beside an error is escaped as errors are. */
static void say(const char *what, const char *text)
{
    struct err e;

    err_set(&e, ERR_SYSTEM, "%s%s", what, text);
    (void)fprintf(stderr, "dryproof-pack: %s\n", e.text);
    events_say(&(struct event){"note", NULL, e.text, -1, -1, -1});
}

/* ---- notes ---- */

static int note_push(struct pkg_exchange *x, const char *commit, struct err *e)
{
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    int rc = -1;

    if (buf_addf(&text, e, "%s\n%s\n%s", x->url.data, commit, x->text.data) == 0)
        rc = pkg_publish_note(x->publish, PKG_NOTE_PUSH, text.data, e);
    buf_release(&text);
    return rc;
}

/* A line of text from *at on, without its LF; *at behind it. */
static int take_line(const char **at, struct buf *out, struct err *e)
{
    const char *lf = *at == NULL ? NULL : strchr(*at, '\n');

    if (lf == NULL)
        return err_set(e, ERR_SYSTEM, "a note of ours is damaged");
    if (buf_add(out, *at, (size_t)(lf - *at), e) != 0)
        return -1;
    *at = lf + 1;
    return 0;
}

/* *found: there was a push to finish, of this commit or of none, with x->text as its claim. */
static int read_push(struct pkg_exchange *x, bool *found, struct err *e)
{
    struct buf note = buf_init(PKG_KEY_FILE_MAX), url = buf_init(PKG_KEY_FILE_MAX), commit = buf_init(PKG_GIT_HEX);
    const char *at;
    int rc = -1;

    *found = false;
    if (pkg_publish_noted(x->publish, PKG_NOTE_PUSH, &note, e) != 0)
        goto out;
    if (note.len == 0) {
        rc = 0;
        goto out;
    }
    at = note.data;
    if (take_line(&at, &url, e) != 0 || take_line(&at, &commit, e) != 0) {
        err_context(e, "%s/dryproof.push", pkg_publish_folder(x->publish));
    } else if (x->url.len == 0 || strcmp(url.data, x->url.data) != 0) {
        err_set(e, ERR_INPUT, "a push to %s was cut short, and this repository's remote is %s; set remote.origin.url back, or "
                "give up what was signed by removing dryproof.push and the claim there", url.data,
                x->url.len == 0 ? "gone" : x->url.data);
    } else if (buf_adds(&x->text, at, e) == 0) {
        (void)snprintf(x->commit, sizeof x->commit, "%s", commit.len == 0 ? "" : commit.data);
        *found = true;
        rc = 0;
    }
out:
    buf_release(&commit);
    buf_release(&url);
    buf_release(&note);
    return rc;
}

/* What the remote had when it was last this one: "" when we do not know. */
static int read_seen(const struct pkg_exchange *x, char tip[PKG_GIT_HEX], struct err *e)
{
    struct buf note = buf_init(PKG_KEY_FILE_MAX);
    size_t n = x->url.len;
    int rc = pkg_publish_noted(x->publish, PKG_NOTE_SEEN, &note, e);

    tip[0] = '\0';
    if (rc == 0 && note.len == n + 1 + PKG_GIT_HEX && strncmp(note.data, x->url.data, n) == 0 && note.data[n] == '\n')
        (void)snprintf(tip, PKG_GIT_HEX, "%s", note.data + n + 1);
    tip[strcspn(tip, "\n")] = '\0';
    buf_release(&note);
    return rc;
}

static int note_seen(struct pkg_exchange *x, const char *tip, struct err *e)
{
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    char before[PKG_GIT_HEX];
    int rc = -1;

    if (read_seen(x, before, e) != 0)
        return -1;
    if (strcmp(before, tip) == 0 || tip[0] == '\0')
        return 0;
    if (buf_addf(&text, e, "%s\n%s\n", x->url.data, tip) == 0)
        rc = pkg_publish_note(x->publish, PKG_NOTE_SEEN, text.data, e);
    buf_release(&text);
    return rc;
}

/* ---- the remote's tip ---- */

static int look(struct pkg_exchange *x, struct err *e)
{
    return pkg_remote_look(x->remote, &x->refs, e);
}

/* What x->refs.main names can be read; the reference may have gone on since. */
static int bring(struct pkg_exchange *x, const char *tip, struct err *e)
{
    if (x->refs.main[0] == '\0' || strcmp(x->refs.main, tip) == 0)
        return 0;
    return pkg_remote_fetch(x->remote, tip, PKG_GIT_REF, x->refs.main, e) != 0 ||
                   pkg_git_also_read(git_of(x), pkg_remote_objects(x->remote), e) != 0
               ? -1 : 0;
}

static int refuse_history(const struct pkg_exchange *x, const char *tip, struct err *e)
{
    if (pkg_follow_check(git_of(x), tip, x->refs.main, e) != 0)
        return -1;
    return err_set(e, ERR_REFUTED, "E_REPO_HISTORY: its history is not one that goes on from this repository's");
}

/* The remote has not what we have. */
static int judge_lack(struct pkg_exchange *x, const char *tip, bool may_lack, struct err *e)
{
    char seen[PKG_GIT_HEX];
    bool is_there = false;

    if (read_seen(x, seen, e) != 0 || pkg_git_descends(git_of(x), x->refs.main, seen, &is_there, e) != 0)
        return -1;
    if (seen[0] != '\0' && !is_there)
        return x->refs.main[0] == '\0' ? err_set(e, ERR_REFUTED, "E_LOG_TAIL: it has no packages any more")
                                       : refuse_history(x, tip, e);
    x->lacks = true;
    return may_lack ? 0 : err_set(e, x->refs.main[0] == '\0' ? ERR_INPUT : ERR_REFUTED, "E_LOG_TAIL: it has not the newest "
                                  "packages of this repository; if it never had them, dryproof push sends them");
}

static int forward(struct pkg_exchange *x, const char *tip, struct err *e)
{
    bool is_moved = false;

    if (pkg_follow_check(git_of(x), tip, x->refs.main, e) != 0)
        return -1;
    if (pkg_remote_adopt(x->remote, e) != 0 || pkg_publish_forward(x->publish, PKG_GIT_REF, tip, x->refs.main, &is_moved, e) != 0)
        return -1;
    if (is_moved)
        return err_set(e, ERR_SYSTEM, PKG_GIT_REF " moved while it was brought forward; try again");
    return pkg_remote_adopt(x->remote, e); /* what a prune took before the reference named it */
}

/* From x->refs on. */
static int catch_up(struct pkg_exchange *x, bool may_lack, struct err *e)
{
    char tip[PKG_GIT_HEX];
    bool is_ahead = false, is_behind = false;

    x->lacks = false;
    if (pkg_git_tip(git_of(x), tip, e) != 0 || bring(x, tip, e) != 0)
        return -1;
    if (strcmp(tip, x->refs.main) == 0)
        return note_seen(x, tip, e);
    if (pkg_git_descends(git_of(x), x->refs.main, tip, &is_ahead, e) != 0 ||
        pkg_git_descends(git_of(x), tip, x->refs.main, &is_behind, e) != 0)
        return -1;
    if (!is_ahead || x->refs.main[0] == '\0')
        return is_behind ? judge_lack(x, tip, may_lack, e) : refuse_history(x, tip, e);
    return forward(x, tip, e) != 0 ? -1 : note_seen(x, x->refs.main, e);
}

int pkg_exchange_fetch(struct pkg_exchange *x, bool may_lack, struct err *e)
{
    events_say(&EVENT("stage", "fetch"));
    if (look(x, e) != 0)
        return -1;
    return catch_up(x, may_lack, e) == 0 ? 0 : err_context(e, "%s", x->url.data);
}

/* ---- the claim ---- */

static int wait_for(struct pkg_exchange *x, int64_t since, bool *said, struct err *e)
{
    int64_t waited = clock_ms() - since;
    struct buf who = buf_init(1024), line = buf_init(2048);
    char now[CLOCK_TEXT];
    struct err ignored;
    int rc = 0;

    pkg_claim_pause();
    if (waited < x->wait_s * 1000 && (*said || waited < SAY_AFTER_MS))
        goto out;
    pkg_claim_describe(x->remote, git_of(x), &who);
    clock_now(now);
    if (waited >= x->wait_s * 1000)
        rc = err_set(e, ERR_SYSTEM, "waited %ld s in vain for the claim of %s, now %s: %s; try again when that packager is done; "
                     "of a dead one, run it again there, or see FORMAT.md section 9 before you remove " PKG_REMOTE_CLAIM,
                     x->wait_s, x->url.data, now, who.data == NULL ? "" : who.data);
    else if (buf_addf(&line, &ignored, "the claim of %s: %s", x->url.data, who.data == NULL ? "" : who.data) == 0)
        say("waiting for ", line.data);
    *said = true;
out:
    buf_release(&line);
    buf_release(&who);
    return rc;
}

/* From x->refs on, which then has it. */
static int take_claim(struct pkg_exchange *x, struct err *e)
{
    int64_t since = clock_ms();
    bool said = false;
    int refused = 0;

    if (pkg_remote_note(x->remote, &x->text, x->claim, e) != 0)
        return -1;
    for (;;) {
        const struct pkg_remote_update update = {PKG_REMOTE_CLAIM, "", x->claim};
        struct err why;
        bool is_free = x->refs.claim[0] == '\0';

        if (strcmp(x->refs.claim, x->claim) == 0) {
            x->has_claim = true;
            return 0;
        }
        x->is_unsure = is_free;
        if (is_free && pkg_remote_push(x->remote, &update, 1, &why) == 0) {
            x->has_claim = true;
            (void)snprintf(x->refs.claim, sizeof x->refs.claim, "%s", x->claim);
            return 0;
        }
        if (!is_free && wait_for(x, since, &said, e) != 0)
            return -1;
        if (look(x, e) == 0) {
            x->is_unsure = false;
            if (!is_free || x->refs.claim[0] != '\0' || ++refused < REFUSALS_MAX)
                continue;
        }
        if (is_free)
            *e = why;
        return -1;
    }
}

int pkg_exchange_claim(struct pkg_exchange *x, bool may_lack, struct err *e)
{
    events_say(&EVENT("stage", "claim"));
    /* the note comes first: a claim that nobody remembers is nobody's to take away */
    if (note_push(x, "", e) != 0)
        return -1;
    /* the tip as it is now that nobody else moves it */
    if (take_claim(x, e) != 0 || look(x, e) != 0)
        return -1;
    return catch_up(x, may_lack, e) == 0 ? 0 : err_context(e, "%s", x->url.data);
}

/* What was not taken away is remembered, and so found by the next run. */
static int give_back(struct pkg_exchange *x, struct err *e)
{
    const struct pkg_remote_update update = {PKG_REMOTE_CLAIM, x->claim, ""};
    struct err why;

    if (pkg_remote_push(x->remote, &update, 1, &why) != 0 && (look(x, e) != 0 || strcmp(x->refs.claim, x->claim) == 0)) {
        *e = why;
        return -1;
    }
    x->has_claim = false;
    return 0;
}

/* ---- the push ---- */

enum relation { LANDED, GOES_ON, MOVED };

static int relate(struct pkg_exchange *x, const char *commit, enum relation *out, struct err *e)
{
    char tip[PKG_GIT_HEX];
    bool has = false, goes_on = false;

    if (strcmp(x->refs.main, commit) == 0)
        has = true;
    else if (pkg_git_tip(git_of(x), tip, e) != 0 || bring(x, tip, e) != 0 ||
             pkg_git_descends(git_of(x), x->refs.main, commit, &has, e) != 0 ||
             pkg_git_descends(git_of(x), commit, x->refs.main, &goes_on, e) != 0)
        return -1;
    *out = has ? LANDED : goes_on ? GOES_ON : MOVED;
    return 0;
}

/* The remote lost our claim, or moved in spite of it. */
static int give_up(struct pkg_exchange *x, bool *is_moved, struct err *e)
{
    say("somebody without the claim moved the remote; what was signed for it is dropped, the remote has not accepted it: ",
        x->url.data);
    *is_moved = true;
    x->commit[0] = '\0';
    return x->has_claim && give_back(x, e) != 0 ? -1 : pkg_publish_drop(x->publish, e);
}

/* Until the remote has the commit, from x->refs on; the same commit however often. */
static int settle(struct pkg_exchange *x, const char *commit, bool *is_moved, struct err *e)
{
    for (int i = 0, refused = 0; i < TRIES_MAX; i++) {
        int64_t began = clock_ms();
        struct pkg_remote_update updates[2] = {{PKG_GIT_REF, x->refs.main, commit}, {PKG_REMOTE_CLAIM, x->claim, ""}};
        struct pkg_remote_refs before = x->refs;
        enum relation relation;
        struct err why;

        x->has_claim = x->claim[0] != '\0' && strcmp(x->refs.claim, x->claim) == 0;
        if (relate(x, commit, &relation, e) != 0)
            return -1;
        if (relation == LANDED)
            return x->has_claim ? give_back(x, e) : 0;
        if (relation == MOVED)
            return give_up(x, is_moved, e);
        if (!x->has_claim) {
            if (take_claim(x, e) != 0 || look(x, e) != 0)
                return -1;
            continue;
        }
        if (pkg_remote_push(x->remote, updates, 2, &why) == 0) {
            x->has_claim = false;
            return note_seen(x, commit, e);
        }
        /* it may have arrived, and only the answer not; or what a dead run sent is still at work there */
        if (look(x, &(struct err){ERR_NONE, ""}) != 0 ||
            (strcmp(x->refs.main, before.main) == 0 && strcmp(x->refs.claim, before.claim) == 0 &&
             (++refused == REFUSALS_MAX || clock_ms() - began > SAY_AFTER_MS))) {
            *e = why;
            return -1;
        }
        pkg_claim_pause();
    }
    return err_set(e, ERR_SYSTEM, "%s moved %d times meanwhile; try again", x->url.data, TRIES_MAX);
}

static int send_on(struct pkg_exchange *x, const char *commit, bool *is_moved, struct err *e)
{
    *is_moved = false;
    return settle(x, commit, is_moved, e) == 0
               ? 0 : err_context(e, "the commit is kept in dryproof.push, and the next run goes on with it");
}

int pkg_exchange_send(struct pkg_exchange *x, const char *commit, bool *is_moved, struct err *e)
{
    events_say(&EVENT("stage", "send"));
    if (note_push(x, commit, e) != 0)
        return -1;
    (void)snprintf(x->commit, sizeof x->commit, "%s", commit);
    if (send_on(x, commit, is_moved, e) != 0)
        return -1;
    x->commit[0] = x->claim[0] = '\0';
    return 0;
}

/* ---- what a dead run left ---- */

static int finish_push(struct pkg_exchange *x, struct err *e)
{
    bool is_moved = false;
    char commit[PKG_GIT_HEX];

    (void)snprintf(commit, sizeof commit, "%s", x->commit);
    if (pkg_publish_resume(x->publish, e) != 0 || send_on(x, commit, &is_moved, e) != 0)
        return -1;
    x->commit[0] = '\0';
    if (is_moved)
        return 0;
    if (pkg_publish_accept(x->publish, commit, &is_moved, e) != 0)
        return -1;
    if (!is_moved)
        (void)fprintf(stderr, "dryproof-pack: finished a push that a run before had begun\n");
    return 0;
}

static int recover(struct pkg_exchange *x, const char *owner, struct err *e)
{
    bool found;

    if (read_push(x, &found, e) != 0)
        return -1;
    if (!found)
        return owner == NULL ? 0 : pkg_claim_text(owner, &x->text, e);
    x->is_unsure = true;
    if (pkg_remote_note(x->remote, &x->text, x->claim, e) != 0 || look(x, e) != 0)
        return -1;
    x->is_unsure = false;
    if (x->commit[0] != '\0') {
        if (finish_push(x, e) != 0)
            return -1;
        x->claim[0] = '\0';
        return owner == NULL ? 0 : pkg_claim_text(owner, &x->text, e);
    }
    /* claimed, or about to; the same claim is taken again, should it still be on its way there */
    x->has_claim = strcmp(x->refs.claim, x->claim) == 0;
    if (owner == NULL && x->has_claim && give_back(x, e) != 0)
        return -1;
    return owner == NULL ? pkg_publish_drop(x->publish, e) : pkg_publish_undo(x->publish, e);
}

int pkg_exchange_open(struct pkg_publish *p, long wait_s, long timeout_s, const char *owner,
                      struct pkg_exchange **out, struct err *e)
{
    struct pkg_exchange *x = calloc(1, sizeof *x);
    bool found = false;

    *out = NULL;
    if (x == NULL)
        return err_no_memory(e);
    x->publish = p;
    x->wait_s = wait_s;
    x->url = buf_init(FILE_PATH_MAX);
    x->text = buf_init(1024);
    if (pkg_git_remote_url(git_of(x), &x->url, e) != 0)
        goto failed;
    if (x->url.len == 0) {
        if (read_push(x, &found, e) != 0)
            goto failed;
        pkg_exchange_close(x);
        return 0;
    }
    if (pkg_remote_open(pkg_publish_folder(p), x->url.data, timeout_s, &x->remote, e) != 0 || recover(x, owner, e) != 0)
        goto failed;
    *out = x;
    return 0;
failed:
    pkg_exchange_close(x);
    return -1;
}

void pkg_exchange_close(struct pkg_exchange *x)
{
    struct err e;

    if (x == NULL)
        return;
    if (x->claim[0] != '\0' && x->commit[0] == '\0' && (!x->is_unsure || x->has_claim) &&
        ((x->has_claim && give_back(x, &e) != 0) || pkg_publish_drop(x->publish, &e) != 0))
        say("the claim is left, and the next run gives it back: ", e.text);
    pkg_remote_close(x->remote);
    buf_release(&x->text);
    buf_release(&x->url);
    free(x);
}
