/* packager/review.c - see packager/review.h. */
#include "packager/review.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "packager/dsse.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/publish.h"
#include "packager/stage.h"

#define PATH_MAX_BYTES 128 /* reviews/PACKAGE/NNN.dsse.json */
#define TRIES_MAX 50
#define SEQUENCE_MAX 999

/* ---- findings ---- */

/* {text} with code and path, or null for these. */
static int add_finding(struct jv *list, const struct jv *one, struct err *e)
{
    static const char *const names[] = {"code", "path", "text"};
    struct jv *v = jv_object();

    if (!jv_is(one, JV_OBJECT) || jv_get_text(one, "text") == NULL || jv_get_text(one, "text")[0] == '\0') {
        jv_free(v);
        return err_set(e, ERR_INPUT, "finding %zu: expected an object with a text", list->count + 1);
    }
    for (size_t i = 0; i < one->count; i++) {
        bool is_known = false;

        for (size_t k = 0; k < 3; k++)
            is_known = is_known || strcmp(one->keys[i], names[k]) == 0;
        if (!is_known || !(jv_is(one->items[i], JV_NULL) || (jv_is(one->items[i], JV_STRING) && one->items[i]->len > 0))) {
            jv_free(v);
            return err_set(e, ERR_INPUT, "finding %zu: %s: expected code, path and text, as strings", list->count + 1, one->keys[i]);
        }
    }
    for (size_t k = 0; k < 3; k++)
        jv_set(v, names[k], jv_get(one, names[k]) == NULL ? jv_null() : jv_copy(jv_get(one, names[k])));
    jv_add(list, v);
    return list->count <= PKG_MAX_REVIEW_FINDINGS
               ? 0 : err_set(e, ERR_LIMIT, "more than %d findings (MAX_REVIEW_FINDINGS)", PKG_MAX_REVIEW_FINDINGS);
}

static int add_lines(struct jv *list, const struct buf *text, struct err *e)
{
    const char *end = text->data + text->len;

    for (const char *at = text->data; at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t n = lf == NULL ? (size_t)(end - at) : (size_t)(lf - at);
        struct jv *one = NULL;
        int rc = n == 0 ? 0 : jv_parse(at, n, &one, e);

        if (rc == 0 && n > 0)
            rc = add_finding(list, one, e);
        jv_free(one);
        if (rc != 0)
            return -1;
        at += n + (lf != NULL);
    }
    return 0;
}

int pkg_review_findings(const char *path, struct jv **out, struct err *e)
{
    struct buf text = buf_init(0);
    struct jv *list = jv_array(), *whole = NULL;
    int rc = path == NULL ? 0 : file_read(path, PKG_MAX_REVIEW_BYTES / 2, &text, e);

    if (rc == 0 && text.len > 0 && text.data[strspn(text.data, " \t\r\n")] == '[') {
        rc = jv_parse(text.data, text.len, &whole, e);
        for (size_t i = 0; rc == 0 && i < whole->count; i++)
            rc = add_finding(list, whole->items[i], e);
    } else if (rc == 0 && text.len > 0) {
        rc = add_lines(list, &text, e);
    }
    if (rc == 0 && (list == NULL || list->is_broken))
        rc = err_no_memory(e);
    if (rc == 0)
        *out = list;
    else
        jv_free(list);
    jv_free(whole);
    buf_release(&text);
    return rc == 0 ? 0 : path == NULL ? -1 : err_context(e, "%s", path);
}

/* ---- what is there ---- */

static void path_of(const char *package, size_t sequence, char out[PATH_MAX_BYTES])
{
    (void)snprintf(out, PATH_MAX_BYTES, "reviews/%.64s/%03zu.dsse.json", package, sequence);
}

/* One file: its payload, its key id and its digest. */
static int read_one(struct pkg_git *g, const char *tip, const char *package, size_t sequence, struct jv **payload,
                    char keyid[DIGEST_HEX], char digest[DIGEST_HEX], struct err *e)
{
    char path[PATH_MAX_BYTES];
    struct buf line = buf_init(PKG_MAX_REVIEW_BYTES), body = buf_init(PKG_MAX_REVIEW_BYTES);
    int rc = -1;

    path_of(package, sequence, path);
    if (pkg_git_read(g, tip, path, &line, e) == 0 && digest_hex(line.data, line.len, digest, e) == 0 &&
        pkg_dsse_open(line.data, line.len, PKG_DSSE_REVIEW, NULL, &body, keyid, e) == 0)
        rc = jv_parse(body.data, body.len, payload, e);
    buf_release(&body);
    buf_release(&line);
    return rc == 0 ? 0 : err_context(e, "%s", path);
}

/* How many the branch has of a package; *tip is "" without one. */
static int count(struct pkg_git *g, const char *package, char tip[PKG_GIT_HEX], size_t *n, struct err *e)
{
    struct file_list files = {NULL, 0, 0};
    char folder[PATH_MAX_BYTES];

    (void)snprintf(folder, sizeof folder, "reviews/%.64s", package);
    if (pkg_git_tip_of(g, PKG_GIT_REVIEWS, tip, e) != 0 || (tip[0] != '\0' && pkg_git_list(g, tip, folder, &files, e) != 0))
        return -1;
    *n = files.count;
    file_list_release(&files);
    return 0;
}

int pkg_review_list(struct pkg_git *g, const char *package, struct jv **out, struct err *e)
{
    static const char *const names[] = {"decision", "findings", "recorded_at", "sequence"};
    struct jv *list = jv_array();
    char tip[PKG_GIT_HEX];
    size_t n = 0;
    int rc = count(g, package, tip, &n, e);

    for (size_t i = 1; rc == 0 && i <= n; i++) {
        struct jv *payload = NULL, *one = jv_object();
        char keyid[DIGEST_HEX], digest[DIGEST_HEX];

        rc = read_one(g, tip, package, i, &payload, keyid, digest, e);
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            jv_set(one, names[k], jv_get(payload, names[k]) == NULL ? jv_null() : jv_copy(jv_get(payload, names[k])));
        jv_add(list, jv_set(one, "keyid", jv_string(rc == 0 ? keyid : NULL)));
        jv_free(payload);
    }
    if (rc == 0)
        *out = list;
    else
        jv_free(list);
    return rc;
}

/* ---- recording ---- */

struct job {
    const struct pkg_review_order *order;
    struct pkg_publish *publish;
    char attestations[DIGEST_HEX]; /* SHA-256 */
};

/* The package has a ledger entry, which names the attestations that are there. */
static int find_package(struct job *j, struct err *e)
{
    struct pkg_git *g = pkg_publish_git(j->publish);
    struct pkg_ledger_end end = {0, ""};
    char tip[PKG_GIT_HEX];

    if (pkg_git_tip(g, tip, e) != 0 || pkg_ledger_find_end(g, tip, &end, e) != 0)
        return -1;
    for (size_t i = end.count; i > 0; i--) {
        struct jv *entry = NULL;
        const char *digest;

        if (pkg_ledger_read(g, tip, i, &entry, e) != 0)
            return -1;
        digest = jv_get_text(entry, "attestations");
        if (jv_text_is(jv_get(entry, "package"), j->order->package) && digest != NULL && digest_is_hex(digest))
            (void)snprintf(j->attestations, sizeof j->attestations, "%s", digest);
        jv_free(entry);
        if (j->attestations[0] != '\0')
            return 0;
    }
    return err_set(e, ERR_INPUT, "the ledger of %s has no package %s; dryproof log --repo %s lists them", j->order->repo,
                   j->order->package, j->order->repo);
}

static int write_line(const struct job *j, size_t sequence, const char *previous, struct buf *line, struct err *e)
{
    struct buf body = buf_init(PKG_MAX_REVIEW_BYTES);
    struct jv *v = jv_object();
    char now[CLOCK_TEXT];
    int rc = -1;

    clock_now(now);
    jv_set(v, "attestations", jv_string(j->attestations));
    jv_set(v, "decision", jv_string(j->order->decision));
    jv_set(v, "findings", jv_copy(j->order->findings));
    jv_set(v, "package", jv_string(j->order->package));
    jv_set(v, "previous", jv_string(previous[0] == '\0' ? NULL : previous));
    jv_set(v, "recorded_at", jv_string(now));
    jv_set(v, "schema", jv_string("dryproof.review/1"));
    jv_set(v, "sequence", jv_int((int64_t)sequence));
    if (jv_canonical(v, &body, e) == 0)
        rc = pkg_dsse_sign(j->order->key, PKG_DSSE_REVIEW, body.data, body.len, line, e);
    jv_free(v);
    buf_release(&body);
    return rc;
}

static int write_commit(const struct job *j, const char *tip, const char *previous, struct pkg_review_result *out,
                        bool *is_moved, struct err *e)
{
    struct buf line = buf_init(PKG_MAX_REVIEW_BYTES), message = buf_init(PKG_KEY_FILE_MAX);
    struct pkg_git_edit edit;
    char path[PATH_MAX_BYTES], email[DIGEST_HEX];
    int rc = -1;

    path_of(j->order->package, out->sequence, path);
    (void)snprintf(email, sizeof email, "%.16s@dryproof.invalid", pkg_key_id(j->order->key));
    if (write_line(j, out->sequence, previous, &line, e) == 0 &&
        buf_addf(&message, e, "Review package %s\n\nDryproof-Package: %s\nDryproof-Decision: %s\n", j->order->package,
                 j->order->package, j->order->decision) == 0) {
        edit = (struct pkg_git_edit){path, line.data, line.len, NULL};
        rc = pkg_publish_review(j->publish, tip, &(struct pkg_git_change){&edit, 1, message.data, email}, j->order->key, out->commit,
                                is_moved, e);
    }
    buf_release(&message);
    buf_release(&line);
    return rc;
}

/* One try on one tip. */
static int try_record(const struct job *j, struct pkg_review_result *out, bool *is_moved, struct err *e)
{
    struct pkg_git *g = pkg_publish_git(j->publish);
    char tip[PKG_GIT_HEX], keyid[DIGEST_HEX], previous[DIGEST_HEX] = "";
    size_t n = 0;

    if (count(g, j->order->package, tip, &n, e) != 0)
        return -1;
    for (size_t i = n; i > 0; i--) {
        struct jv *payload = NULL;
        char digest[DIGEST_HEX];
        bool is_ours, is_same;

        if (read_one(g, tip, j->order->package, i, &payload, keyid, digest, e) != 0)
            return -1;
        is_ours = strcmp(keyid, pkg_key_id(j->order->key)) == 0;
        is_same = jv_text_is(jv_get(payload, "decision"), j->order->decision) &&
                  jv_equal(jv_get(payload, "findings"), j->order->findings);
        jv_free(payload);
        if (i == n)
            (void)snprintf(previous, sizeof previous, "%s", digest);
        out->sequence = i;
        out->was_there = is_ours && is_same;
        if (is_ours)
            break; /* what it said last */
    }
    if (out->was_there)
        return 0;
    if (n >= SEQUENCE_MAX)
        return err_set(e, ERR_LIMIT, "the package has %d reviews already", SEQUENCE_MAX);
    out->sequence = n + 1;
    return write_commit(j, tip, previous, out, is_moved, e);
}

int pkg_review_record(const struct pkg_review_order *order, struct pkg_review_result *out, struct err *e)
{
    struct job j = {order, NULL, ""};
    struct buf note = buf_init(PKG_KEY_FILE_MAX);
    bool is_moved = true;
    int rc = -1;

    if (!file_is_folder(order->repo))
        return err_set(e, ERR_INPUT, "%s does not exist", order->repo);
    if (pkg_publish_begin(order->repo, order->wait_s, &j.publish, e) != 0 ||
        pkg_publish_noted(j.publish, PKG_NOTE_PUSH, &note, e) != 0)
        goto out;
    if (note.len > 0) {
        err_set(e, ERR_INPUT, "a push from %s was cut short; dryproof push --repo %s finishes it, then record again", order->repo,
                order->repo);
        goto out;
    }
    rc = find_package(&j, e);
    for (int i = 0; rc == 0 && is_moved && i < TRIES_MAX; i++) {
        *out = (struct pkg_review_result){"", 0, false};
        is_moved = false;
        rc = try_record(&j, out, &is_moved, e);
    }
    if (rc == 0 && is_moved)
        rc = err_set(e, ERR_SYSTEM, "lost %d races for " PKG_GIT_REVIEWS "; try again", TRIES_MAX);
out:
    buf_release(&note);
    pkg_publish_end(j.publish);
    return rc;
}
