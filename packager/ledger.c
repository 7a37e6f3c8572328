/* packager/ledger.c - see packager/ledger.h. */
#include "packager/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packager/dsse.h"
#include "packager/limits.h"

#define LEDGER_MAX 999999

void pkg_ledger_path(size_t sequence, char out[PKG_LEDGER_PATH])
{
    (void)snprintf(out, PKG_LEDGER_PATH, "ledger/%03u/%03u.json", (unsigned int)(sequence / 1000 % 1000),
                   (unsigned int)(sequence % 1000));
}

/* The number that the last name of a folder begins with, 0 for an empty folder. */
static int last_of(struct pkg_git *g, const char *commit, const char *folder, size_t *out, struct err *e)
{
    struct file_list names = {NULL, 0, 0};
    int rc = -1;

    *out = 0;
    if (pkg_git_list(g, commit, folder, &names, e) != 0)
        return -1;
    if (names.count > 0 && strspn(names.paths[names.count - 1], "0123456789") != 3)
        err_set(e, ERR_INPUT, "the repository has %s/%.80s, which is not ours", folder, names.paths[names.count - 1]);
    else
        rc = 0;
    if (rc == 0 && names.count > 0)
        *out = strtoul(names.paths[names.count - 1], NULL, 10);
    file_list_release(&names);
    return rc;
}

int pkg_ledger_find_end(struct pkg_git *g, const char *commit, struct pkg_ledger_end *out, struct err *e)
{
    struct pkg_ledger_end end = {0, ""};
    struct buf line = buf_init(PKG_DOCUMENT_MAX);
    char path[PKG_LEDGER_PATH];
    size_t thousands, rest = 0;
    int rc = -1;

    if (last_of(g, commit, "ledger", &thousands, e) != 0)
        goto out;
    (void)snprintf(path, sizeof path, "ledger/%03u", (unsigned int)(thousands % 1000));
    if (last_of(g, commit, path, &rest, e) != 0)
        goto out;
    end.count = thousands * 1000 + rest;
    pkg_ledger_path(end.count, path);
    if (end.count > 0 && (pkg_git_read(g, commit, path, &line, e) != 0 ||
                          digest_hex(line.data, line.len, end.previous, e) != 0))
        goto out;
    *out = end;
    rc = 0;
out:
    buf_release(&line);
    return rc;
}

int pkg_ledger_read(struct pkg_git *g, const char *commit, size_t sequence, struct jv **out, struct err *e)
{
    struct buf line = buf_init(PKG_DOCUMENT_MAX), payload = buf_init(PKG_DOCUMENT_MAX);
    char path[PKG_LEDGER_PATH], keyid[DIGEST_HEX];
    int rc = -1;

    pkg_ledger_path(sequence, path);
    if (pkg_git_read(g, commit, path, &line, e) == 0 &&
        pkg_dsse_open(line.data, line.len, PKG_DSSE_LEDGER, NULL, &payload, keyid, e) == 0 &&
        jv_parse(payload.data, payload.len, out, e) == 0)
        rc = 0;
    else
        err_context(e, "%s", path);
    buf_release(&payload);
    buf_release(&line);
    return rc;
}

int pkg_ledger_open(const char *repo, struct pkg_git **out, char tip[PKG_GIT_HEX], struct jv *entries, struct err *e)
{
    struct pkg_ledger_end end = {0, ""};
    struct pkg_git *g = NULL;

    tip[0] = '\0';
    if (pkg_git_open(repo, &g, e) != 0)
        return -1;
    if (g == NULL)
        return err_set(e, ERR_INPUT, "%s does not exist", repo);
    if (pkg_git_tip(g, tip, e) != 0 || pkg_ledger_find_end(g, tip, &end, e) != 0)
        goto out;
    for (size_t i = end.count; i > 0; i--) {
        struct jv *entry = NULL;

        if (pkg_ledger_read(g, tip, i, &entry, e) != 0)
            goto out;
        jv_add(entries, entry);
    }
    *out = g;
    return 0;
out:
    pkg_git_free(g);
    return -1;
}

bool pkg_ledger_same_line(const struct jv *a, const struct jv *b)
{
    static const char *const keys[] = {"carrier", "plan_ref", "environment"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!jv_equal(jv_get(a, keys[i]), jv_get(b, keys[i])))
            return false;
    return true;
}

void pkg_ledger_mark(const struct jv *entries, bool *current)
{
    for (size_t i = 0; i < entries->count; i++) {
        bool pass = jv_text_is(jv_get(entries->items[i], "status"), "PASS");
        size_t other = 0;

        while (other < i && !(current[other] && pkg_ledger_same_line(entries->items[other], entries->items[i])))
            other++;
        current[i] = other == i || (pass && !jv_text_is(jv_get(entries->items[other], "status"), "PASS"));
        if (current[i] && other < i)
            current[other] = false;
    }
}

int pkg_ledger_current(struct pkg_git *g, const char *commit, const char *carrier, const char *plan_ref,
                       const char *environment, char package[DIGEST_HEX], struct err *e)
{
    struct pkg_ledger_end end;
    bool pass = false;

    package[0] = '\0';
    if (pkg_ledger_find_end(g, commit, &end, e) != 0)
        return -1;
    for (size_t i = end.count; i > 0 && !pass; i--) {
        struct jv *entry = NULL;

        if (pkg_ledger_read(g, commit, i, &entry, e) != 0)
            return -1;
        if (jv_text_is(jv_get(entry, "carrier"), carrier) && jv_text_is(jv_get(entry, "plan_ref"), plan_ref) &&
            jv_text_is(jv_get(entry, "environment"), environment)) {
            pass = jv_text_is(jv_get(entry, "status"), "PASS");
            if (pass || package[0] == '\0')
                (void)snprintf(package, DIGEST_HEX, "%s", jv_get_text(entry, "package"));
        }
        jv_free(entry);
    }
    return 0;
}

/* "sandbox", or the server and database that were observed. */
static struct jv *environment_of(const struct jv *verdict, const struct jv *predicate, struct err *e)
{
    const struct jv *database = jv_get(predicate, "database");
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    struct jv *v = NULL;

    if (jv_text_is(jv_get(jv_get(verdict, "environment"), "class"), "sandbox"))
        return jv_string("sandbox");
    if (jv_get_text(database, "system_identifier") != NULL && jv_get_text(database, "name") != NULL &&
        buf_addf(&text, e, "pg:%s/%s", jv_get_text(database, "system_identifier"),
                 jv_get_text(database, "name")) == 0)
        v = jv_string_len(text.data, text.len);
    buf_release(&text);
    return v;
}

int pkg_ledger_entry(const struct pkg_ledger_facts *facts, const struct pkg_ledger_end *end, struct jv **out,
                     struct err *e)
{
    const struct jv *predicate = facts->predicate, *verdict = facts->verdict;
    const struct jv *status = jv_get(verdict, "status");
    const char *word = jv_get_text(verdict, "verdict");
    struct jv *v;

    if (!jv_text_is(jv_get(jv_get(verdict, "package"), "sha256"), facts->package))
        return err_set(e, ERR_INPUT, "the verdict is not about package %s; verify the stage again", facts->package);
    if ((!jv_text_is(status, "PASS") && !jv_text_is(status, "FAIL") && !jv_text_is(status, "HOLD")) ||
        word == NULL || *word == '\0' ||
        strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(word))
        return err_set(e, ERR_INPUT, "the verdict lacks a status of PASS, FAIL or HOLD, or a word of "
                                     "[A-Z0-9_]");
    if (end->count >= LEDGER_MAX)
        return err_set(e, ERR_LIMIT, "the ledger is full with %d entries", LEDGER_MAX);
    v = jv_object();
    jv_set(v, "attestations", jv_string(facts->attestations));
    jv_set(v, "carrier", jv_copy(jv_get(predicate, "carrier")));
    jv_set(v, "environment", environment_of(verdict, predicate, e));
    jv_set(v, "package", jv_string(facts->package));
    jv_set(v, "plan_ref", jv_copy(jv_get(predicate, "plan_ref")));
    jv_set(v, "previous", end->previous[0] == '\0' ? jv_null() : jv_string(end->previous));
    jv_set(v, "schema", jv_string("dryproof.ledger/2"));
    jv_set(v, "sequence", jv_int((int64_t)end->count + 1));
    jv_set(v, "status", jv_copy(status));
    jv_set(v, "supersedes", jv_copy(jv_get(predicate, "supersedes")));
    jv_set(v, "verdict", jv_string(word));
    if (v == NULL || v->is_broken) {
        jv_free(v);
        return err_set(e, ERR_INPUT, "line 1 or the verdict lacks a member that the ledger needs");
    }
    *out = v;
    return 0;
}
