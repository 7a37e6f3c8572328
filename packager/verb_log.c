/* packager/verb_log.c - log: what a repository's ledger says, the newest first.  It reads what is
 * there; whether that stands is the verifier's to say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "packager/ledger.h"
#include "packager/print.h"
#include "packager/text.h"
#include "packager/verbs.h"

static int put(const struct jv *entry, const char *name, struct buf *out, struct err *e)
{
    const char *text = jv_get_text(entry, name);

    return text == NULL ? buf_adds(out, "-", e) : pkg_text_plain(text, strlen(text), out, e);
}

/* The package that it replaces, by its number: the newer of the two is on the screen already. */
static size_t number_of(const struct jv *entries, const struct jv *package)
{
    for (size_t i = 0; i < entries->count; i++)
        if (jv_is(package, JV_STRING) && jv_equal(jv_get(entries->items[i], "package"), package))
            return entries->count - i;
    return 0;
}

static int print_entry(const struct jv *entries, size_t i, bool current, struct err *e)
{
    const struct jv *entry = entries->items[i];
    size_t older = number_of(entries, jv_get(entry, "supersedes"));
    struct buf b = buf_init(1 << 16);
    int rc = -1;

    if (buf_addf(&b, e, "%c %06zu  ", current ? '*' : ' ', entries->count - i) != 0 || put(entry, "status", &b, e) != 0 ||
        buf_adds(&b, "  ", e) != 0 || put(entry, "carrier", &b, e) != 0 || buf_adds(&b, "  ", e) != 0 ||
        put(entry, "plan_ref", &b, e) != 0 || buf_adds(&b, "  ", e) != 0 || put(entry, "environment", &b, e) != 0 ||
        buf_adds(&b, "\n          ", e) != 0 || put(entry, "verdict", &b, e) != 0 ||
        buf_adds(&b, "\n          ", e) != 0 || put(entry, "package", &b, e) != 0 ||
        (older > 0 && buf_addf(&b, e, "\n          instead of %06zu", older) != 0) || buf_adds(&b, "\n", e) != 0)
        goto out;
    (void)fwrite(b.data, 1, b.len, stdout);
    rc = 0;
out:
    buf_release(&b);
    return rc;
}

static int print_all(struct jv *entries, size_t limit, bool is_json, struct err *e)
{
    bool *current = calloc(entries->count + 1, sizeof *current);
    size_t shown = limit > 0 && limit < entries->count ? limit : entries->count;
    struct jv *list = jv_array();
    int rc = 0;

    if (current == NULL) {
        jv_free(list);
        return err_no_memory(e);
    }
    pkg_ledger_mark(entries, current);
    for (size_t i = 0; i < shown && rc == 0; i++)
        if (is_json)
            jv_add(list, jv_set(jv_copy(entries->items[i]), "current", jv_bool(current[i])));
        else
            rc = print_entry(entries, i, current[i], e);
    free(current);
    if (is_json)
        return pkg_print_json(jv_set(jv_set(jv_object(), "entries", list), "schema", jv_string("dryproof.history/1")), e);
    jv_free(list);
    if (rc == 0)
        (void)printf(entries->count == 0 ? "no packages\n"
                                         : "\n* current: the newest that passed of its carrier, plan and environment,\n"
                                           "  else the newest.  One of them: dryproof show REPO NUMBER\n"
                                           "Nothing was verified: dryproof verify --repo REPO --all --key PUB does that.\n");
    return rc;
}

int pkg_verb_log(int argc, char **argv)
{
    struct cli_option options[] = {{"--repo", "REPO", true, "the bare repository", NULL},
                                   {"--limit", "N", false, "only the newest N (0: all)", NULL},
                                   {"--json", NULL, false, "answer in JSON", NULL},
                                   {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    struct jv *entries = jv_array();
    struct err e = {ERR_NONE, ""};
    char tip[PKG_GIT_HEX];
    struct pkg_git *g = NULL;
    long limit = 0;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "log", "what the repository's ledger says, the newest first", options, n,
                       "dryproof log --repo evidence.git"))
        status = EXIT_HOLDS;
    else if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
             (options[1].value != NULL && cli_number(options[1].value, 999999, "--limit", &limit, &e) != 0) ||
             pkg_ledger_open(options[0].value, &g, tip, entries, &e) != 0 ||
             print_all(entries, (size_t)limit, options[2].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_git_free(g);
    jv_free(entries);
    return status;
}
