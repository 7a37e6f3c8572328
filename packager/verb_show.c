/* packager/verb_show.c - show: one package in plain language.  What it proves is the verifier's to
 * say: dryproof show --key runs it and hands its verdict over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/file.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/show.h"
#include "packager/verbs.h"

static bool wants_color(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM"); /* no-color.org */

    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(STDOUT_FILENO) == 1;
}

static int print(struct jv *show, const char *path, bool is_json, struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    int rc;

    if (is_json)
        return pkg_print_json(show, e);
    rc = pkg_show_text(show, path, wants_color(), &text, e);
    if (rc == 0)
        (void)fwrite(text.data, 1, text.len, stdout);
    buf_release(&text);
    jv_free(show);
    return rc;
}

static int read_document(const char *path, struct jv **out, struct err *e)
{
    struct buf text = buf_init(0);
    int rc;

    if (path == NULL)
        return 0;
    if (file_read(path, PKG_DOCUMENT_MAX, &text, e) != 0)
        return -1;
    rc = jv_parse(text.data, text.len, out, e);
    if (rc != 0)
        err_context(e, "%s", path);
    buf_release(&text);
    return rc;
}

int pkg_verb_show(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--verdict", "FILE", false, "what dryproof-verify --json says of it now; else the recorded one is told", NULL},
        {"--reviews", "FILE", false, "what dryproof-verify --reviews --json says; else the recorded ones are told", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[3];
    struct err e = {ERR_NONE, ""};
    struct jv *verdict = NULL, *reviews = NULL, *show = NULL;
    int status = EXIT_HOLDS;

    if (pkg_print_help(argc, argv, "show PATH [NUMBER|CARRIER|ID]",
                       "one package: a repository's, or the folder of one; what it is, what it proves, what replaced it",
                       options, n, "dryproof-pack show evidence.git 1"))
        return EXIT_HOLDS;
    if (cli_parse(argc, argv, options, n, 2, operands, &e) != 0)
        return cli_fail(PKG_PROGRAM, &e);
    if (operands[0] == NULL)
        err_set(&e, ERR_USAGE, "show needs a repository or the folder of a package");
    else if (read_document(options[0].value, &verdict, &e) == 0 && read_document(options[1].value, &reviews, &e) == 0 &&
             pkg_show_make(operands[0], operands[1], verdict, reviews, &show, &e) == 0 &&
             print(show, operands[0], options[2].value != NULL, &e) == 0)
        status = EXIT_HOLDS;
    if (e.kind != ERR_NONE)
        status = cli_fail(PKG_PROGRAM, &e);
    jv_free(verdict);
    jv_free(reviews);
    return status;
}
