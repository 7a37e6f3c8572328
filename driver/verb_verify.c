/*
 * driver/verb_verify.c - dryproof verify and log verify: dryproof-verify, whose verdict --format turns
 * into what other tools read.  The exit status is its own.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/format.h"
#include "driver/proc.h"
#include "driver/verbs.h"

#define ARGS_MAX 256

static const char help[] =
    "dryproof verify is dryproof-verify, and has one option more:\n\n"
    "  --format FORMAT      text, json, junit, ctrf (ctrf.io), github (annotations\n"
    "                       of a workflow), codex-review or html; none is green\n"
    "                       unless the exit status is 0\n\n";

/* The package or repository that the arguments name, for a report to point at. */
static const char *place_of(int argc, char **argv)
{
    static const char *const flags[] = {"--json", "--all", "--log"};
    const char *place = "", *repo = NULL;

    for (int i = 0; i < argc; i++) {
        bool takes_value = strncmp(argv[i], "--", 2) == 0;

        for (size_t f = 0; f < sizeof flags / sizeof *flags; f++)
            takes_value = takes_value && strcmp(argv[i], flags[f]) != 0;
        if (takes_value && i + 1 < argc && strcmp(argv[i], "--repo") == 0)
            repo = argv[i + 1];
        if (argv[i][0] != '-')
            place = argv[i];
        i += takes_value;
    }
    return repo != NULL ? repo : place;
}

static int report(const char *const *args, const char *format, const char *place, int *status, struct err *e)
{
    struct buf out = buf_init(0), text = buf_init((size_t)64 << 20);
    struct proc p = {.argv = args, .out = &out};
    struct jv *doc = NULL;
    int rc = proc_run(&p, status, e);

    if (rc == 0 && out.len > 0) { /* else it has said why on standard error */
        rc = jv_parse(out.data, out.len, &doc, e) == 0 ? 0 : err_set(e, ERR_INTERNAL, "dryproof-verify answered no JSON");
        if (rc == 0) {
            const struct format_said said = {doc, *status, place};

            rc = format_write(format, &said, &text, e);
        }
        if (rc == 0)
            (void)fwrite(text.data, 1, text.len, stdout);
    } else if (rc == 0 && *status == 0) {
        rc = err_set(e, ERR_INTERNAL, "dryproof-verify answered nothing");
    }
    jv_free(doc);
    buf_release(&out);
    buf_release(&text);
    return rc;
}

static bool is_known(const char *format)
{
    return strcmp(format, "text") == 0 || strcmp(format, "json") == 0 || format_knows(format);
}

int verb_verify_as(const char *first, int argc, char **argv)
{
    const char *args[ARGS_MAX + 4], *format = "text";
    char path[4096];
    struct err e = {ERR_NONE, ""};
    size_t given = 0, n = 0;
    int status = EXIT_BUG, rc = -1;

    if (argc > ARGS_MAX)
        err_set(&e, ERR_USAGE, "more than %d arguments", ARGS_MAX);
    else if (cli_take_repeated(&argc, argv, "--format", &format, 1, &given, &e) == 0 && !is_known(format))
        err_set(&e, ERR_USAGE, "unknown format %s; expected %s", format, format_names);
    if (e.kind != ERR_NONE || proc_beside(path, sizeof path, "dryproof-verify", &e) != 0)
        return cli_fail("dryproof", &e);
    args[n++] = path;
    if (argc == 1 && strcmp(argv[0], "--help") == 0)
        (void)fputs(help, stdout);
    else if (first != NULL)
        args[n++] = first;
    for (int i = 0; i < argc; i++)
        args[n++] = argv[i];
    if (strcmp(format, "text") != 0)
        args[n++] = "--json";
    args[n] = NULL;
    if (format_knows(format))
        rc = report(args, format, place_of(argc, argv), &status, &e);
    else
        rc = proc_exec(path, args, &e);
    return rc == 0 ? status : cli_fail("dryproof", &e);
}
