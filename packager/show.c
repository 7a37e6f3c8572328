/* packager/show.c - see packager/show.h: the facts; show_text.c prints them. */
#include "packager/show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packager/dsse.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/review.h"
#include "packager/stage.h"

#define PREFIX_MIN 4 /* digits of an id: fewer may be a carrier's name */
#define NAMED_MAX 4  /* packages that an error names */

/* Where a package is read from: a repository's tip, or a folder. */
struct place {
    struct pkg_git *g;
    char tip[PKG_GIT_HEX];
    struct jv *entries; /* of the ledger, the newest first; of a folder none */
    bool *current;
    char dir[FILE_PATH_MAX];
};

static void release(struct place *p)
{
    pkg_git_free(p->g);
    jv_free(p->entries);
    free(p->current);
}

static const char *id_of(const struct place *p, size_t i)
{
    const char *id = jv_get_text(p->entries->items[i], "package");

    return id == NULL ? "" : id;
}

static size_t number_of(const struct place *p, size_t i)
{
    return p->entries->count - i;
}

/* A number of the ledger, a carrier that is current, or the beginning of an id. */
static bool is_meant(const struct place *p, size_t i, const char *which)
{
    size_t n = which == NULL ? 0 : strlen(which);

    if (which == NULL)
        return p->current[i];
    if (n <= 6 && strspn(which, "0123456789") == n && strtoul(which, NULL, 10) == number_of(p, i))
        return true;
    if (p->current[i] && jv_text_is(jv_get(p->entries->items[i], "carrier"), which))
        return true;
    return n >= PREFIX_MIN && strspn(which, "0123456789abcdef") == n && strncmp(id_of(p, i), which, n) == 0;
}

static int choose(const struct place *p, const char *path, const char *which, size_t *out, struct err *e)
{
    char names[NAMED_MAX * 40] = "";
    size_t found = 0;

    for (size_t i = p->entries->count; i > 0; i--) {
        if (!is_meant(p, i - 1, which))
            continue;
        *out = i - 1;
        if (found++ < NAMED_MAX)
            (void)snprintf(names + strlen(names), sizeof names - strlen(names), "%s%06zu (%.16s...)", found > 1 ? ", " : "",
                           number_of(p, i - 1), id_of(p, i - 1));
    }
    if (found == 1)
        return 0;
    if (p->entries->count == 0)
        return err_set(e, ERR_INPUT, "%s has no packages", path);
    if (found == 0)
        return err_set(e, ERR_INPUT, "%s has no package %s; give a number of its ledger, a carrier, or %d or more leading "
                       "digits of an id (dryproof log --repo %s)", path, which, PREFIX_MIN, path);
    return err_set(e, ERR_INPUT, which == NULL ? "%s has %zu current packages%s: %s%s; say which one by its number"
                                               : "%s has %zu packages that %s may mean: %s%s; give its number, or more digits",
                   path, found, which == NULL ? "" : which, names, found > NAMED_MAX ? ", ..." : "");
}

static struct jv *number(const struct place *p, size_t i)
{
    return jv_int((int64_t)number_of(p, i));
}

/* What the ledger says of entry i, and who comes before and after it. */
static struct jv *ledger_of(const struct place *p, size_t at)
{
    const struct jv *entry = p->entries->items[at], *older = jv_get(entry, "supersedes");
    struct jv *all = jv_object(), *newer = jv_array();

    jv_set(all, "environment", jv_copy(jv_get(entry, "environment")));
    jv_set(all, "is_current", jv_bool(p->current[at]));
    jv_set(all, "of", jv_int((int64_t)p->entries->count));
    jv_set(all, "sequence", number(p, at));
    jv_set(all, "status", jv_copy(jv_get(entry, "status")));
    jv_set(all, "supersedes", older == NULL ? jv_null() : jv_copy(older));
    jv_set(all, "supersedes_sequence", jv_null());
    jv_set(all, "current_sequence", jv_null());
    for (size_t i = p->entries->count; i > 0; i--) {
        const struct jv *other = p->entries->items[i - 1];

        if (jv_is(jv_get(other, "supersedes"), JV_STRING) && jv_equal(jv_get(other, "supersedes"), jv_get(entry, "package")))
            jv_add(newer, jv_set(jv_set(jv_object(), "package", jv_copy(jv_get(other, "package"))), "sequence", number(p, i - 1)));
        if (jv_is(older, JV_STRING) && jv_equal(jv_get(other, "package"), older))
            jv_set(all, "supersedes_sequence", number(p, i - 1));
        if (p->current[i - 1] && pkg_ledger_same_line(other, entry))
            jv_set(all, "current_sequence", number(p, i - 1));
    }
    jv_set(all, "superseded_by", newer);
    return jv_set(all, "verdict", jv_copy(jv_get(entry, "verdict")));
}

/* A file beside package.tar; 1, or 0 when it is not there. */
static int read_beside(struct place *p, const char *id, const char *name, struct buf *out, struct err *e)
{
    char path[FILE_PATH_MAX + 64];
    bool is_there;

    if (p->g == NULL) {
        if (snprintf(path, sizeof path, "%s/%s", p->dir, name) >= (int)sizeof path)
            return err_set(e, ERR_INPUT, "path too long: %s", p->dir);
        return !file_exists(path) ? 0 : file_read(path, PKG_DOCUMENT_MAX, out, e) != 0 ? -1 : 1;
    }
    (void)snprintf(path, sizeof path, "packages/%.2s/%.2s/%s/%s", id, id + 2, id, name);
    if (pkg_git_has(p->g, p->tip, path, &is_there, e) != 0)
        return -1;
    return !is_there ? 0 : pkg_git_read(p->g, p->tip, path, out, e) != 0 ? -1 : 1;
}

/* Line 1's predicate, and whose key ids the envelopes bear: nobody has checked a signature. */
static int read_statement(const struct buf *text, struct jv **predicate, struct jv *signers, struct err *e)
{
    const char *end = text->data + text->len;

    for (const char *at = text->data; at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        struct buf payload = buf_init(PKG_DOCUMENT_MAX);
        struct jv *doc = NULL;
        char keyid[DIGEST_HEX];
        int rc = lf == NULL ? err_set(e, ERR_INPUT, "the last attestation is cut off")
                            : pkg_dsse_open(at, (size_t)(lf - at), PKG_DSSE_STATEMENT, NULL, &payload, keyid, e);

        if (rc == 0 && !jv_has_text(signers, keyid))
            jv_add(signers, jv_string(keyid));
        if (rc == 0 && at == text->data && jv_parse(payload.data, payload.len, &doc, e) == 0)
            *predicate = jv_copy(jv_get(doc, "predicate"));
        else if (rc == 0 && at == text->data)
            rc = -1;
        jv_free(doc);
        buf_release(&payload);
        if (rc != 0)
            return err_context(e, PKG_STAGE_ATTESTATIONS);
        at = lf + 1;
    }
    return *predicate != NULL ? 0 : err_set(e, ERR_INPUT, PKG_STAGE_ATTESTATIONS " says nothing of a package");
}

static struct jv *member(const struct jv *of, const char *name)
{
    const struct jv *v = jv_get(of, name);

    return v == NULL ? jv_null() : jv_copy(v);
}

static struct jv *claims_of(const struct jv *verdict)
{
    static const char *const names[] = {"detail", "id", "required", "status"};
    const struct jv *claims = jv_get(verdict, "claims");
    struct jv *all = jv_array();

    for (size_t i = 0; jv_is(claims, JV_ARRAY) && i < claims->count; i++) {
        struct jv *one = jv_object();

        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            jv_set(one, names[k], member(claims->items[i], names[k]));
        jv_add(all, one);
    }
    return all;
}

static struct jv *list_of(const struct jv *verdict, const char *name)
{
    const struct jv *list = jv_get(verdict, name);

    return jv_is(list, JV_ARRAY) ? jv_copy(list) : jv_array();
}

/* Everything that is said of the package: run from line 1, the rest from the verdict. */
static int describe(struct place *p, const char *id, const struct jv *given, struct jv *all, struct err *e)
{
    static const char *const run[] = {"carrier", "finished_at", "plan_ref", "plan_sha256", "run_id", "started_at", "tool"};
    struct buf lines = buf_init(2 * PKG_DOCUMENT_MAX), text = buf_init(PKG_DOCUMENT_MAX);
    struct jv *predicate = NULL, *recorded = NULL, *signers = jv_array();
    const struct jv *verdict = given;
    int rc = -1, got;

    if ((got = read_beside(p, id, PKG_STAGE_ATTESTATIONS, &lines, e)) < 0)
        goto out;
    if (got == 0) {
        err_set(e, ERR_INPUT, "package %s has no " PKG_STAGE_ATTESTATIONS, id);
        goto out;
    }
    if (read_statement(&lines, &predicate, signers, e) != 0)
        goto out;
    if (given == NULL && (got = read_beside(p, id, "verdict.json", &text, e)) < 0)
        goto out;
    if (given == NULL && got == 1 && jv_parse(text.data, text.len, &recorded, e) != 0) {
        err_context(e, "verdict.json");
        goto out;
    }
    verdict = given != NULL ? given : recorded;
    if (verdict != NULL && !jv_text_is(jv_get(jv_get(verdict, "package"), "sha256"), id)) {
        err_set(e, ERR_INPUT, "the verdict is not about package %s", id);
        goto out;
    }
    for (size_t i = 0; i < sizeof run / sizeof *run; i++)
        jv_set(all, run[i], member(predicate, run[i]));
    jv_set(all, "database", member(predicate, "database"));
    jv_set(all, "package", jv_string(id));
    jv_set(all, "envelope_keyids", signers);
    signers = NULL;
    jv_set(all, "source", verdict == NULL ? jv_null() : jv_string(given != NULL ? "verifier" : "recorded"));
    jv_set(all, "status", member(verdict, "status"));
    jv_set(all, "verdict", member(verdict, "verdict"));
    jv_set(all, "headline", member(verdict, "headline"));
    jv_set(all, "class", member(jv_get(verdict, "environment"), "class"));
    jv_set(all, "claims", claims_of(verdict));
    jv_set(all, "findings", list_of(verdict, "findings"));
    jv_set(all, "not_observed", list_of(verdict, "not_observed"));
    jv_set(all, "signed_by", given != NULL ? list_of(verdict, "signed_by") : jv_array());
    rc = 0;
out:
    jv_free(signers);
    jv_free(predicate);
    jv_free(recorded);
    buf_release(&lines);
    buf_release(&text);
    return rc;
}

/* What the verifier says of the branch; that there is none is no finding here. */
static void judged_reviews(const struct jv *given, const char *id, struct jv *list, struct jv *findings)
{
    const struct jv *from = jv_get(given, "reviews"), *found = jv_get(given, "findings");

    for (size_t i = 0; jv_is(from, JV_ARRAY) && i < from->count; i++)
        if (jv_text_is(jv_get(from->items[i], "package"), id))
            jv_add(list, jv_copy(from->items[i]));
    for (size_t i = 0; jv_is(found, JV_ARRAY) && i < found->count; i++)
        if (jv_is(jv_get(given, "commit"), JV_STRING) || !jv_text_is(jv_get(found->items[i], "path"), PKG_GIT_REVIEWS))
            jv_add(findings, jv_copy(found->items[i]));
}

/* What reviewers said; of a branch that cannot be read why. */
static void add_reviews(struct place *p, const char *id, const struct jv *given, struct jv *all)
{
    struct jv *list = jv_array(), *findings = jv_array(), *recorded = NULL;
    struct err why;

    if (given != NULL)
        judged_reviews(given, id, list, findings);
    else if (p->g != NULL && pkg_review_list(p->g, id, &recorded, &why) != 0)
        jv_add(findings, jv_set(jv_object(), "message", jv_string(why.text)));
    if (recorded != NULL) {
        jv_free(list);
        list = recorded;
    }
    jv_set(all, "reviews", list);
    jv_set(all, "reviews_findings", findings);
    jv_set(all, "reviews_source", p->g == NULL ? jv_null() : jv_string(given != NULL ? "verifier" : "recorded"));
}

/* The folder of package.tar, as it is given or the one that it stands in. */
static int is_package(const char *path, char dir[FILE_PATH_MAX])
{
    const char *name = strrchr(path, '/');
    char tar[FILE_PATH_MAX + 16];

    if (strlen(path) >= FILE_PATH_MAX)
        return 0;
    (void)snprintf(dir, FILE_PATH_MAX, "%s", path);
    (void)snprintf(tar, sizeof tar, "%s/" PKG_STAGE_PACKAGE, path);
    if (file_exists(tar))
        return 1;
    if (strcmp(name == NULL ? path : name + 1, PKG_STAGE_PACKAGE) != 0)
        return 0;
    (void)snprintf(dir, FILE_PATH_MAX, "%.*s", name == NULL ? 1 : (int)(name - path), name == NULL ? "." : path);
    return 1;
}

static int show_folder(struct place *p, const char *which, const struct jv *verdict, struct jv *all, struct err *e)
{
    struct pkg_stage stage = {.dir = ""};
    int rc;

    if (which != NULL)
        return err_set(e, ERR_USAGE, "%s is one package; only of a repository a package is chosen", p->dir);
    if (pkg_stage_open(p->dir, NULL, &stage, e) != 0)
        return -1;
    jv_set(all, "ledger", jv_null());
    add_reviews(p, stage.package, NULL, all);
    rc = describe(p, stage.package, verdict, all, e);
    pkg_stage_release(&stage);
    return rc;
}

static int show_entry(struct place *p, const char *path, const char *which, const struct jv *verdict, const struct jv *reviews,
                      struct jv *all, struct err *e)
{
    size_t at = 0;

    if (pkg_ledger_open(path, &p->g, p->tip, p->entries, e) != 0)
        return -1;
    p->current = calloc(p->entries->count + 1, sizeof *p->current);
    if (p->current == NULL)
        return err_no_memory(e);
    pkg_ledger_mark(p->entries, p->current);
    if (choose(p, path, which, &at, e) != 0)
        return -1;
    if (!digest_is_hex(id_of(p, at)))
        return err_set(e, ERR_INPUT, "ledger entry %zu names no package", number_of(p, at));
    jv_set(all, "ledger", ledger_of(p, at));
    add_reviews(p, id_of(p, at), reviews, all);
    return describe(p, id_of(p, at), verdict, all, e);
}

int pkg_show_make(const char *path, const char *which, const struct jv *verdict, const struct jv *reviews, struct jv **out,
                  struct err *e)
{
    struct place p = {.g = NULL, .entries = jv_array()};
    struct jv *all = jv_set(jv_object(), "schema", jv_string("dryproof.show/1"));
    int rc;

    rc = is_package(path, p.dir) ? show_folder(&p, which, verdict, all, e) : show_entry(&p, path, which, verdict, reviews, all, e);
    if (rc == 0)
        *out = all;
    else
        jv_free(all);
    release(&p);
    return rc;
}
