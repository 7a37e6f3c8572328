/* packager/ledger.c - see packager/ledger.h. */
#include "packager/ledger.h"

#include <stdio.h>
#include <string.h>

#include "packager/dsse.h"
#include "packager/limits.h"

#define LEDGER_MAX 999999

void pkg_ledger_name(size_t sequence, char out[PKG_LEDGER_NAME])
{
    (void)snprintf(out, PKG_LEDGER_NAME, "%06u.json", (unsigned int)(sequence % (LEDGER_MAX + 1)));
}

static int read_entry(struct pkg_git *g, const char *commit, const char *name,
                      struct pkg_ledger *ledger, struct err *e)
{
    struct buf line = buf_init(PKG_DOCUMENT_MAX);
    struct buf payload = buf_init(PKG_DOCUMENT_MAX);
    struct jv *entry = NULL;
    char keyid[DIGEST_HEX];
    char path[64];
    int rc = -1;

    (void)snprintf(path, sizeof path, "ledger/%s", name);
    if (pkg_git_read(g, commit, path, &line, e) != 0 ||
        pkg_dsse_open(line.data, line.len, PKG_DSSE_LEDGER, NULL, &payload, keyid, e) != 0 ||
        jv_parse(payload.data, payload.len, &entry, e) != 0 ||
        digest_hex(line.data, line.len, ledger->previous, e) != 0) {
        err_context(e, "%s", path);
        goto out;
    }
    jv_add(ledger->entries, entry);
    entry = NULL;
    rc = 0;
out:
    jv_free(entry);
    buf_release(&payload);
    buf_release(&line);
    return rc;
}

int pkg_ledger_read(struct pkg_git *g, const char *commit, struct pkg_ledger *out, struct err *e)
{
    struct pkg_ledger ledger = {jv_array(), ""};
    struct file_list names = {NULL, 0, 0};
    int rc = -1;

    if (pkg_git_list(g, commit, "ledger", &names, e) != 0)
        goto out;
    for (size_t i = 0; i < names.count; i++) {
        char expected[PKG_LEDGER_NAME];

        pkg_ledger_name(i + 1, expected);
        if (strcmp(names.paths[i], expected) != 0) {
            err_set(e, ERR_INPUT, "the ledger has %s where %s is due", names.paths[i], expected);
            goto out;
        }
        if (read_entry(g, commit, expected, &ledger, e) != 0)
            goto out;
    }
    *out = ledger;
    ledger.entries = NULL;
    rc = 0;
out:
    file_list_release(&names);
    pkg_ledger_release(&ledger);
    return rc;
}

void pkg_ledger_release(struct pkg_ledger *ledger)
{
    jv_free(ledger->entries);
    ledger->entries = NULL;
}

const char *pkg_ledger_current(const struct pkg_ledger *ledger, const char *carrier,
                               const char *plan_ref, const char *environment)
{
    const char *newest = NULL;
    const char *newest_pass = NULL;

    for (size_t i = 0; i < ledger->entries->count; i++) {
        const struct jv *entry = ledger->entries->items[i];

        if (!jv_text_is(jv_get(entry, "carrier"), carrier) ||
            !jv_text_is(jv_get(entry, "plan_ref"), plan_ref) ||
            !jv_text_is(jv_get(entry, "environment"), environment))
            continue;
        newest = jv_get_text(entry, "package");
        if (jv_text_is(jv_get(entry, "status"), "PASS"))
            newest_pass = newest;
    }
    return newest_pass != NULL ? newest_pass : newest;
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

int pkg_ledger_entry(const struct jv *predicate, const struct jv *verdict, const char *package,
                     const struct pkg_ledger *ledger, struct jv **out, struct err *e)
{
    const struct jv *status = jv_get(verdict, "status");
    const char *word = jv_get_text(verdict, "verdict");
    struct jv *v;

    if (!jv_text_is(jv_get(jv_get(verdict, "package"), "sha256"), package))
        return err_set(e, ERR_INPUT, "the verdict is not about package %s; verify the stage again",
                       package);
    if ((!jv_text_is(status, "PASS") && !jv_text_is(status, "FAIL") && !jv_text_is(status, "HOLD")) ||
        word == NULL || *word == '\0' ||
        strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(word))
        return err_set(e, ERR_INPUT, "the verdict lacks a status of PASS, FAIL or HOLD, or a word of "
                                     "[A-Z0-9_]");
    if (ledger->entries->count >= LEDGER_MAX)
        return err_set(e, ERR_LIMIT, "the ledger is full with %d entries", LEDGER_MAX);
    v = jv_object();
    jv_set(v, "carrier", jv_copy(jv_get(predicate, "carrier")));
    jv_set(v, "environment", environment_of(verdict, predicate, e));
    jv_set(v, "package", jv_string(package));
    jv_set(v, "plan_ref", jv_copy(jv_get(predicate, "plan_ref")));
    jv_set(v, "previous", ledger->previous[0] == '\0' ? jv_null() : jv_string(ledger->previous));
    jv_set(v, "schema", jv_string("dryproof.ledger/1"));
    jv_set(v, "sequence", jv_int((int64_t)ledger->entries->count + 1));
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
