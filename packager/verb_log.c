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

static bool same_line(const struct jv *a, const struct jv *b)
{
    static const char *const keys[] = {"carrier", "plan_ref", "environment"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!jv_equal(jv_get(a, keys[i]), jv_get(b, keys[i])))
            return false;
    return true;
}

/* Marks the newest PASS of each carrier, plan and environment, else the newest; entries are
 * newest first. */
static void mark_current(const struct jv *entries, bool *current)
{
    for (size_t i = 0; i < entries->count; i++) {
        bool pass = jv_text_is(jv_get(entries->items[i], "status"), "PASS");
        size_t other = 0;

        while (other < i && !(current[other] && same_line(entries->items[other], entries->items[i])))
            other++;
        current[i] = other == i || (pass && !jv_text_is(jv_get(entries->items[other], "status"), "PASS"));
        if (current[i] && other < i)
            current[other] = false;
    }
}

static int print_member(const struct jv *entry, const char *name, const char *before, struct err *e)
{
    const char *text = jv_get_text(entry, name);
    struct buf b = buf_init(1 << 16);
    int rc = text == NULL ? 0 : pkg_text_plain(text, strlen(text), &b, e);

    if (rc == 0 && text != NULL)
        (void)printf("%s%s", before, b.len > 0 ? b.data : "");
    buf_release(&b);
    return rc;
}

static int print_entry(const struct jv *entry, size_t sequence, bool current, struct err *e)
{
    (void)printf("%c %06zu", current ? '*' : ' ', sequence);
    if (print_member(entry, "status", "  ", e) != 0 || print_member(entry, "verdict", "  ", e) != 0 ||
        print_member(entry, "carrier", "\n          ", e) != 0 || print_member(entry, "plan_ref", "  ", e) != 0 ||
        print_member(entry, "environment", "  ", e) != 0 || print_member(entry, "package", "\n          ", e) != 0 ||
        print_member(entry, "supersedes", "\n          instead of ", e) != 0)
        return -1;
    (void)printf("\n");
    return 0;
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
    mark_current(entries, current);
    for (size_t i = 0; i < shown && rc == 0; i++)
        if (is_json)
            jv_add(list, jv_set(jv_copy(entries->items[i]), "current", jv_bool(current[i])));
        else
            rc = print_entry(entries->items[i], entries->count - i, current[i], e);
    free(current);
    if (is_json)
        return pkg_print_json(jv_set(jv_set(jv_object(), "entries", list), "schema", jv_string("dryproof.history/1")), e);
    jv_free(list);
    if (rc == 0)
        (void)printf(entries->count == 0 ? "no packages\n"
                                         : "\n* current: the newest that passed of its carrier, plan and environment, else the "
                                           "newest.\nNothing was verified; dryproof verify --repo REPO --all does that.\n");
    return rc;
}

static int read_all(const char *repo, struct jv *entries, struct err *e)
{
    struct pkg_ledger_end end = {0, ""};
    struct pkg_git *g = NULL;
    char tip[PKG_GIT_HEX] = "";
    int rc = -1;

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
    rc = 0;
out:
    pkg_git_free(g);
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
    long limit = 0;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "log", "what the repository's ledger says, the newest first", options, n,
                       "dryproof log --repo evidence.git"))
        status = EXIT_HOLDS;
    else if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0 ||
             (options[1].value != NULL && cli_number(options[1].value, 999999, "--limit", &limit, &e) != 0) ||
             read_all(options[0].value, entries, &e) != 0 ||
             print_all(entries, (size_t)limit, options[2].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    jv_free(entries);
    return status;
}
