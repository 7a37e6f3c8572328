/* packager/show_text.c - what show.c found, for people: 80 columns, escaped; see packager/show.h. */
#include <stdio.h>
#include <string.h>

#include "packager/limits.h"
#include "packager/show.h"
#include "packager/text.h"

#define WIDTH 80
#define LABEL 12
#define CLAIM 24 /* the longest claim id, and a space */

struct page {
    const struct jv *show;
    const char *path;
    bool has_color;
    struct buf *out;
    struct err *e;
};

/* The words of text from column `column` on, broken at spaces where there are any. */
static int wrap(struct page *p, const char *text, size_t len, size_t column)
{
    struct buf plain = buf_init(PKG_DOCUMENT_MAX);
    size_t room = column < WIDTH / 2 ? WIDTH - column : WIDTH / 2, at = 0;
    int rc = pkg_text_plain(text, len, &plain, p->e);

    while (rc == 0 && plain.len - at > room) {
        size_t n = room;

        while (n > room / 2 && plain.data[at + n] != ' ')
            n--;
        if (plain.data[at + n] != ' ')
            n = room;
        rc = buf_addf(p->out, p->e, "%.*s\n%*s", (int)n, plain.data + at, (int)column, "");
        for (at += n; at < plain.len && plain.data[at] == ' ';)
            at++;
    }
    if (rc == 0)
        rc = buf_addf(p->out, p->e, "%s\n", plain.len > at ? plain.data + at : "");
    buf_release(&plain);
    return rc;
}

static int line(struct page *p, const char *label, const char *text)
{
    return text == NULL ? 0 : buf_addf(p->out, p->e, "%-*s", LABEL, label) != 0 ? -1 : wrap(p, text, strlen(text), LABEL);
}

static int pair(struct page *p, const char *label, const char *a, const char *between, const char *b)
{
    char text[4 * PKG_TEXT_MAX];

    if (a == NULL || b == NULL)
        return line(p, label, a != NULL ? a : b);
    (void)snprintf(text, sizeof text, "%s%s%s", a, between, b);
    return line(p, label, text);
}

/* Color only says again what the word says. */
static int word(struct page *p, const char *status)
{
    const char *color = strcmp(status, "PASS") == 0 ? "32" : strcmp(status, "FAIL") == 0 ? "31" : "33";
    struct buf plain = buf_init(PKG_DOCUMENT_MAX);
    int rc = pkg_text_plain(status, strlen(status), &plain, p->e);

    if (rc == 0)
        rc = p->has_color ? buf_addf(p->out, p->e, "\033[1;%sm%s\033[0m", color, plain.data) : buf_adds(p->out, plain.data, p->e);
    buf_release(&plain);
    return rc;
}

static const char *get(const struct page *p, const char *name)
{
    return jv_get_text(p->show, name);
}

static bool is_verified(const struct page *p)
{
    return jv_text_is(jv_get(p->show, "source"), "verifier");
}

/* The headline of a carrier begins with the status, that of a bracket with its own word. */
static int put_headline(struct page *p, const char *status)
{
    const char *headline = get(p, "headline");
    size_t n = strlen(status);

    if (headline != NULL && strncmp(headline, status, n) == 0)
        return word(p, status) != 0 ? -1 : wrap(p, headline + n, strlen(headline + n), n);
    if (headline != NULL && wrap(p, headline, strlen(headline), 0) != 0)
        return -1;
    return buf_addf(p->out, p->e, "%-*s", LABEL, "status") != 0 || word(p, status) != 0 ? -1 : buf_adds(p->out, "\n", p->e);
}

/* The verdict as what it is, and who says so. */
static int put_verdict(struct page *p)
{
    const struct jv *ledger = jv_get(p->show, "ledger");
    const char *status = get(p, "status") != NULL ? get(p, "status") : jv_get_text(ledger, "status");
    int rc;

    if (status == NULL)
        return buf_adds(p->out, "no verdict: nothing says yet what this package proves\n\n", p->e);
    if (put_headline(p, status) != 0 ||
        line(p, "verdict", get(p, "verdict") != NULL ? get(p, "verdict") : jv_get_text(ledger, "verdict")) != 0)
        return -1;
    rc = line(p, "says who", is_verified(p) ? "dryproof-verify, now, with the trust that was given"
                             : get(p, "source") != NULL ? "verdict.json beside the package, as it was recorded when it was packed; nothing was verified now"
                                                        : "the ledger; nothing was verified now");
    if (rc == 0 && get(p, "status") != NULL && ledger != NULL && jv_is(ledger, JV_OBJECT) &&
        !jv_equal(jv_get(p->show, "status"), jv_get(ledger, "status")))
        rc = pair(p, "", "but the ledger says ", "", jv_get_text(ledger, "status"));
    return rc;
}

static int put_run(struct page *p)
{
    const struct jv *database = jv_get(p->show, "database");
    const char *class = get(p, "class");

    return pair(p, "package", get(p, "package"), "", "") != 0 || pair(p, "carrier", get(p, "carrier"), ", plan ", get(p, "plan_ref")) != 0 ||
                   line(p, "plan", get(p, "plan_sha256")) != 0 || line(p, "run", get(p, "run_id")) != 0 ||
                   pair(p, "when", get(p, "started_at"), " to ", get(p, "finished_at")) != 0 ||
                   pair(p, "database", jv_get_text(database, "name"), " on PostgreSQL ", jv_get_text(database, "server_version")) != 0 ||
                   pair(p, "", "system ", "", jv_get_text(database, "system_identifier")) != 0 || line(p, "environment", class) != 0
               ? -1 : 0;
}

static long long number(const struct jv *of, const char *name)
{
    const struct jv *v = jv_get(of, name);

    return jv_is(v, JV_INT) ? (long long)v->number : 0;
}

static int neighbour(struct page *p, const char *label, long long sequence, const char *package)
{
    char text[160];

    if (package == NULL)
        return 0;
    if (sequence > 0)
        (void)snprintf(text, sizeof text, "%06lld, %.16s...", sequence, package);
    else
        (void)snprintf(text, sizeof text, "%.64s", package);
    return line(p, label, text);
}

/* Derived from the ledger alone: which is current is written nowhere. */
static int put_ledger(struct page *p)
{
    const struct jv *ledger = jv_get(p->show, "ledger"), *newer = jv_get(ledger, "superseded_by");
    char text[120];

    if (!jv_is(ledger, JV_OBJECT))
        return line(p, "ledger", "none: a package outside of a repository");
    (void)snprintf(text, sizeof text, "%06lld of %lld, %s", number(ledger, "sequence"), number(ledger, "of"),
                   jv_get(ledger, "is_current")->truth ? "current" : "not current");
    if (line(p, "ledger", text) != 0 ||
        neighbour(p, "supersedes", number(ledger, "supersedes_sequence"), jv_get_text(ledger, "supersedes")) != 0)
        return -1;
    for (size_t i = 0; i < newer->count; i++)
        if (neighbour(p, i == 0 ? "superseded" : "", number(newer->items[i], "sequence"), jv_get_text(newer->items[i], "package")) != 0)
            return -1;
    if (jv_get(ledger, "is_current")->truth)
        return 0;
    (void)snprintf(text, sizeof text, "%06lld is, of this carrier, plan and environment", number(ledger, "current_sequence"));
    return line(p, "current", text);
}

static int put_signers(struct page *p)
{
    const struct jv *by = jv_get(p->show, is_verified(p) ? "signed_by" : "envelope_keyids");
    const struct jv *before = NULL;

    for (size_t i = 0; i < by->count; i++) {
        const struct jv *keyid = is_verified(p) ? jv_get(by->items[i], "keyid") : by->items[i];

        if (before != NULL && jv_equal(keyid, before))
            continue;
        if (line(p, before == NULL ? "signed by" : "", jv_text(keyid)) != 0)
            return -1;
        before = keyid;
    }
    if (by->count == 0)
        return line(p, "signed by", "nobody whose signature was checked and holds");
    return is_verified(p) ? 0 : line(p, "", "so say the envelopes; no signature was checked");
}

static int put_claims(struct page *p)
{
    const struct jv *claims = jv_get(p->show, "claims");
    struct buf none = buf_init(PKG_DOCUMENT_MAX);
    int rc = claims->count > 0 ? buf_adds(p->out, "\nclaims (* required)\n", p->e) : 0;

    for (size_t i = 0; i < claims->count && rc == 0; i++) {
        const struct jv *c = claims->items[i];
        const char *id = jv_get_text(c, "id"), *detail = jv_get_text(c, "detail"), *status = jv_get_text(c, "status");
        const struct jv *required = jv_get(c, "required");
        bool is_required = jv_is(required, JV_BOOL) && required->truth;

        if (id == NULL || status == NULL)
            continue;
        if (strcmp(status, "N-A") == 0 && !is_required) {
            rc = buf_adds(&none, none.len > 0 ? ", " : "", p->e) != 0 || buf_adds(&none, id, p->e) != 0 ? -1 : 0;
            continue;
        }
        if (strlen(status) > 4 || strspn(status, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != strlen(status))
            status = "?"; /* no status of ours */
        rc = buf_addf(p->out, p->e, "  %*s", (int)(4 - strlen(status)), "") != 0 || word(p, status) != 0 || buf_addf(p->out, p->e, " %c ", is_required ? '*' : ' ') != 0
                 ? -1 : 0;
        if (rc == 0) { /* an id of ours has no more than 22 letters; anything longer is somebody's text */
            struct buf plain = buf_init(PKG_DOCUMENT_MAX);

            rc = pkg_text_plain(id, strlen(id), &plain, p->e) != 0 ||
                         buf_addf(p->out, p->e, "%-*.*s", CLAIM, CLAIM - 1, plain.data) != 0
                     ? -1 : 0;
            buf_release(&plain);
        }
        if (rc == 0)
            rc = wrap(p, detail == NULL ? "" : detail, detail == NULL ? 0 : strlen(detail), 9 + CLAIM);
    }
    if (rc == 0 && none.len > 0)
        rc = buf_adds(p->out, "   N-A   ", p->e) != 0 ? -1 : wrap(p, none.data, none.len, 9);
    buf_release(&none);
    return rc;
}

static int put_list(struct page *p, const struct jv *list)
{
    int rc = 0;

    for (size_t i = 0; i < list->count && rc == 0; i++) {
        static const char *const parts[] = {"code", "path", "message", "suggestion"};

        for (size_t k = 0; k < sizeof parts / sizeof *parts && rc == 0; k++) {
            const char *text = jv_get_text(list->items[i], parts[k]);

            if (text != NULL && *text != '\0')
                rc = buf_adds(p->out, k == 0 ? "  - " : k == 1 ? "    at " : k == 2 ? "    " : "    do: ", p->e) != 0
                         ? -1 : wrap(p, text, strlen(text), k == 1 ? 7 : k == 3 ? 8 : 4);
        }
    }
    return rc;
}

static int put_findings(struct page *p)
{
    const struct jv *list = jv_get(p->show, "findings"), *unseen = jv_get(p->show, "not_observed");
    int rc = list->count > 0 ? buf_adds(p->out, "\nfindings\n", p->e) : 0;

    if (rc == 0)
        rc = put_list(p, list);
    if (rc == 0 && unseen->count > 0)
        rc = buf_adds(p->out, "\nnot observed\n", p->e);
    for (size_t i = 0; i < unseen->count && rc == 0; i++)
        if (jv_is(unseen->items[i], JV_STRING))
            rc = buf_adds(p->out, "  - ", p->e) != 0 ? -1 : wrap(p, unseen->items[i]->bytes, unseen->items[i]->len, 4);
    return rc;
}

/* What a reviewer found: code, place and text, whatever of it is there. */
static int put_remarks(struct page *p, const struct jv *list)
{
    static const char *const parts[] = {"code", "path", "text"}, *const before[] = {"      - ", "        at ", "        "};
    int rc = 0;

    for (size_t i = 0; jv_is(list, JV_ARRAY) && i < list->count && rc == 0; i++)
        for (size_t k = 0; k < 3 && rc == 0; k++) {
            const char *text = jv_get_text(list->items[i], parts[k]);

            if (text != NULL)
                rc = buf_adds(p->out, before[k], p->e) != 0 ? -1 : wrap(p, text, strlen(text), strlen(before[k]));
        }
    return rc;
}

/* Beside the verdict, never in its place. */
static int put_reviews(struct page *p)
{
    const struct jv *list = jv_get(p->show, "reviews"), *found = jv_get(p->show, "reviews_findings");
    bool is_judged = jv_text_is(jv_get(p->show, "reviews_source"), "verifier");
    int rc = 0;

    if (list->count > 0)
        rc = buf_addf(p->out, p->e, "\nreviews (%s)\n",
                      is_judged ? "each signed by the reviewer whose key it names" : "as recorded; no signature was checked");
    for (size_t i = 0; i < list->count && rc == 0; i++) {
        const struct jv *one = list->items[i];
        const char *decision = jv_get_text(one, "decision"), *when = jv_get_text(one, "recorded_at"), *by = jv_get_text(one, "keyid");
        char text[4 * PKG_TEXT_MAX];

        (void)snprintf(text, sizeof text, "%s, %s, by key %s", decision == NULL ? "?" : decision, when == NULL ? "?" : when,
                       by == NULL ? "?" : by);
        rc = buf_addf(p->out, p->e, "  %03lld ", number(one, "sequence")) != 0 || wrap(p, text, strlen(text), 6) != 0 ||
                     put_remarks(p, jv_get(one, "findings")) != 0
                 ? -1 : 0;
    }
    if (rc == 0 && found->count > 0)
        rc = buf_adds(p->out, "\nnot all of the reviews stand\n", p->e) != 0 ? -1 : put_list(p, found);
    return rc;
}

/* The path as a shell takes it; a path that needs more than quotes is left to the reader. */
static int put_path(struct page *p)
{
    struct buf plain = buf_init(PKG_DOCUMENT_MAX);
    int rc = pkg_text_shell(p->path, strlen(p->path), &plain, p->e);

    if (rc != 0 && p->e->kind == ERR_INPUT) {
        bool is_quotable = p->path[0] != '-' && strchr(p->path, '\'') == NULL;

        for (const char *c = p->path; *c != '\0'; c++)
            is_quotable = is_quotable && *c >= ' ' && *c <= '~';
        rc = buf_addf(&plain, p->e, is_quotable ? "'%s'" : "PATH", p->path);
        *p->e = (struct err){ERR_NONE, ""};
    }
    if (rc == 0)
        rc = buf_adds(p->out, plain.data, p->e);
    buf_release(&plain);
    return rc;
}

static int put_next(struct page *p)
{
    const struct jv *ledger = jv_get(p->show, "ledger"), *findings = jv_get(p->show, "findings");
    bool is_repo = jv_is(ledger, JV_OBJECT);
    const char *id = get(p, "package"), *code = findings->count > 0 ? jv_get_text(findings->items[0], "code") : NULL;
    char which[24] = "";

    if (is_repo)
        (void)snprintf(which, sizeof which, " %lld", number(ledger, "sequence"));
    if (buf_adds(p->out, "\nnext\n", p->e) != 0)
        return -1;
    if (!is_verified(p) && (buf_adds(p->out, "  dryproof show ", p->e) != 0 || put_path(p) != 0 ||
                            buf_addf(p->out, p->e, "%s --key PUB\n      to have it verified, with the packager's public key\n", which) != 0))
        return -1;
    if (code != NULL && strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(code) &&
        buf_addf(p->out, p->e, "  dryproof explain %.60s\n", code) != 0)
        return -1;
    if (is_repo && !jv_get(ledger, "is_current")->truth &&
        (buf_adds(p->out, "  dryproof show ", p->e) != 0 || put_path(p) != 0 ||
         buf_addf(p->out, p->e, " %lld\n      the current one\n", number(ledger, "current_sequence")) != 0))
        return -1;
    if (!is_repo)
        return 0;
    return buf_adds(p->out, "  git clone ", p->e) != 0 || put_path(p) != 0 ||
                   buf_addf(p->out, p->e, " clone\n  less clone/packages/%.2s/%.2s/%.12s*/REVIEW.md\n", id, id + 2, id) != 0
               ? -1 : 0;
}

int pkg_show_text(const struct jv *show, const char *path, bool has_color, struct buf *out, struct err *e)
{
    struct page p = {show, path, has_color, out, e};

    return put_verdict(&p) != 0 || put_run(&p) != 0 || put_ledger(&p) != 0 || put_signers(&p) != 0 || put_claims(&p) != 0 ||
                   put_findings(&p) != 0 || put_reviews(&p) != 0 || put_next(&p) != 0
               ? -1 : 0;
}
