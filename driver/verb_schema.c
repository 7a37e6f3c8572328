/*
 * driver/verb_schema.c - dryproof schema: the published files of schemas/, which are compiled in, and
 * of a document without a JSON Schema of its own what FORMAT.md says of it.
 */
#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/verbs.h"
#include "gen/schema_FORMAT.h"
#include "gen/schema_answers_schema.h"
#include "gen/schema_event_schema.h"
#include "gen/schema_findings.h"
#include "gen/schema_limits.h"
#include "gen/schema_mcp_tools.h"
#include "gen/schema_plan_schema.h"
#include "gen/schema_verdict_schema.h"
#include "gen/schema_words.h"

static const struct {
    const char *name, *what, *text;
} files[] = {
    {"plan", "JSON Schema of a carrier's plan.json", schema_plan_schema},
    {"verdict", "JSON Schema of what dryproof verify --json prints", schema_verdict_schema},
    {"answers", "JSON Schema of what run, show, diff, doctor, explain and unpack print with --json", schema_answers_schema},
    {"event", "JSON Schema of a line of --events", schema_event_schema},
    {"mcp-tools", "the tools of dryproof mcp, with their JSON Schemas", schema_mcp_tools},
    {"findings", "every finding's code: table, tab-separated", schema_findings},
    {"words", "every other word that explain knows: table", schema_words},
    {"limits", "published limits: table", schema_limits},
    {"format", "the contract, FORMAT.md: every document of a run, a package, a repository", schema_FORMAT},
};
enum { FILES = sizeof files / sizeof *files };

#define PREFIX "dryproof."

/* The next name of a document in text, such as dryproof.facts/1; its length in *n. */
static const char *next_document(const char *text, size_t *n)
{
    while ((text = strstr(text, PREFIX)) != NULL) {
        size_t word = strspn(text + strlen(PREFIX), "abcdefghijklmnopqrstuvwxyz-");
        const char *slash = text + strlen(PREFIX) + word;

        *n = (size_t)(slash - text) + 2;
        if (word > 0 && slash[0] == '/' && slash[1] >= '0' && slash[1] <= '9')
            return text;
        text++;
    }
    return NULL;
}

static bool stood_before(const char *at, size_t n)
{
    const char *p = schema_FORMAT;
    size_t m;

    while ((p = next_document(p, &m)) != at) {
        if (m == n && memcmp(p, at, n) == 0)
            return true;
        p += m;
    }
    return false;
}

static void list(void)
{
    size_t n;

    for (int i = 0; i < FILES; i++)
        (void)printf("%-24s %s\n", files[i].name, files[i].what);
    for (const char *p = next_document(schema_FORMAT, &n); p != NULL; p = next_document(p + n, &n))
        if (!stood_before(p, n))
            (void)printf("%-24.*s what FORMAT.md says of it\n", (int)n, p);
}

/* Every line of FORMAT.md that names the document; false: none. */
static bool print_lines(const char *name)
{
    bool is_any = false;
    const char *p = schema_FORMAT, *at;
    size_t n;

    while ((at = next_document(p, &n)) != NULL) {
        const char *end = at + strcspn(at, "\n");

        if (strlen(name) == n && memcmp(at, name, n) == 0) {
            while (at > schema_FORMAT && at[-1] != '\n')
                at--;
            (void)printf("%.*s\n", (int)(end - at), at);
            is_any = true;
            p = end;
        } else {
            p = at + n;
        }
    }
    return is_any;
}

int verb_schema(int argc, char **argv)
{
    struct cli_option options[] = {{"--help", NULL, false, "this help", NULL}};
    const char *operands[2];
    const char *near = NULL;
    struct err e = {ERR_NONE, ""};

    if (cli_parse(argc, argv, options, 1, 1, operands, &e) != 0)
        return cli_fail("dryproof", &e);
    if (options[0].value != NULL) {
        cli_verb_help("dryproof", "schema [NAME]", "the shape of a document; without a name, which there are", options, 1,
                      "dryproof schema verdict");
        return EXIT_HOLDS;
    }
    if (operands[0] == NULL) {
        list();
        return EXIT_HOLDS;
    }
    for (int i = 0; i < FILES; i++) {
        if (strcmp(files[i].name, operands[0]) == 0) {
            (void)fputs(files[i].text, stdout);
            return EXIT_HOLDS;
        }
        near = cli_nearer(operands[0], files[i].name, near);
    }
    if (print_lines(operands[0]))
        return EXIT_HOLDS;
    err_set(&e, ERR_USAGE, near == NULL ? "no schema %s; dryproof schema lists them" : "no schema %s; did you mean %s?", operands[0], near);
    return cli_fail("dryproof", &e);
}
