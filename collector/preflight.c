/* collector/preflight.c - see collector/preflight.h. */
#include "collector/preflight.h"

#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "collector/asked.h"
#include "collector/phases.h"
#include "collector/plain.h"
#include "collector/run.h"

/* "schema.table {"code":"X"}" */
static void print_object(const struct jv *hold)
{
    const struct jv *key = jv_get(hold, "key");
    struct buf text = buf_init(1 << 16);
    struct err ignored;

    col_plain_print(jv_get_text(hold, "object"));
    if (jv_is(key, JV_OBJECT) && jv_canonical(key, &text, &ignored) == 0) {
        (void)fputs(jv_get_text(hold, "object") == NULL ? "" : " ", stdout);
        col_plain_print(text.data);
    }
    buf_release(&text);
}

static void print_line(const char *label, const char *text)
{
    (void)printf("    %-9s", label);
    col_plain_break(text, 13, 13);
    (void)putchar('\n');
}

static void print_text(const struct jv *doc)
{
    const struct jv *phases = jv_get(doc, "phases"), *unseen = jv_get(doc, "not_observed");

    (void)printf("%s: %s\n", jv_get_text(doc, "status"),
                 jv_text_is(jv_get(doc, "status"), "READY") ? "every phase is ready for the run" : "the run would be held");
    for (size_t i = 0; i < phases->count; i++) {
        const struct jv *p = phases->items[i], *holds = jv_get(p, "holds");

        (void)printf("%s  %-5s  %s (%lld checks)\n", jv_get_text(p, "phase"), jv_get_text(p, "status"), jv_get_text(p, "title"),
                     (long long)jv_get(p, "checks")->number);
        for (size_t k = 0; k < holds->count; k++) {
            const struct jv *h = holds->items[k];

            (void)printf("  - %s\n", jv_get_text(h, "code"));
            print_line("sentence", jv_get_text(h, "sentence"));
            if (!jv_is(jv_get(h, "object"), JV_NULL) || !jv_is(jv_get(h, "key"), JV_NULL)) {
                (void)printf("    %-9s", "object");
                print_object(h);
                (void)putchar('\n');
            }
            print_line("detail", jv_get_text(h, "detail"));
            print_line("do", jv_get_text(h, "action"));
        }
    }
    (void)puts("not observed");
    for (size_t i = 0; i < unseen->count; i++) {
        (void)fputs("  - ", stdout);
        col_plain_break(jv_text(unseen->items[i]), 4, 4);
        (void)putchar('\n');
    }
}

static int preflight(const struct col_asked_options *o, const char *out, bool is_json, int *status, struct err *e)
{
    struct buf text = buf_init((size_t)1 << 26);
    struct col_asked asked;
    struct jv *doc = NULL;
    int rc = -1;

    memset(&asked, 0, sizeof asked);
    if (out != NULL && file_exists(out))
        return err_set(e, ERR_INPUT, "%s exists; name a new file", out);
    if (col_asked_read(o, &asked, e) == 0 && col_phases_judge(&asked.facts, &doc, e) == 0 && jv_document(doc, &text, e) == 0 &&
        (out == NULL || file_write(out, text.data, text.len, 0644, e) == 0)) {
        *status = jv_text_is(jv_get(doc, "status"), "READY") ? EXIT_HOLDS : EXIT_HOLD;
        rc = 0;
        if (is_json)
            (void)fwrite(text.data, 1, text.len, stdout);
        else
            print_text(doc);
    }
    jv_free(doc);
    col_asked_release(&asked);
    buf_release(&text);
    return rc;
}

int col_preflight_main(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--carrier", "DIR", true, "the carrier: plan.json and its files", NULL},
        {"--db", "CONNINFO", true, "the observer's connection, read only", NULL},
        {"--steps-db", "CONNINFO", false, "the steps' connection (default: --db as the step_role)", NULL},
        {"--policy", "FILE", false, "the trust policy that the run will be judged by", NULL},
        {"--redaction-key", "FILE", false, "key of redacted columns, mode 0600", NULL},
        {"--out", "FILE", false, "keep the ledger here, to be signed; must not exist", NULL},
        {"--json", NULL, false, "one JSON object on standard output", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    const char *none[1];
    struct err e = {ERR_NONE, ""};
    struct col_asked_options o;
    int status = EXIT_HOLDS;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help(COL_PROGRAM, "preflight", "is a governed run ready?  Phases P0 to P5; nothing is written, no DOT is run",
                      options, n, COL_PROGRAM " preflight --carrier carriers/c1 --db service=c1");
        return EXIT_HOLDS;
    }
    if (cli_parse(argc, argv, options, n, 0, none, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    o = (struct col_asked_options){options[0].value, options[1].value, options[2].value, options[3].value, options[4].value};
    if (preflight(&o, options[5].value, options[6].value != NULL, &status, &e) != 0)
        return cli_fail(COL_PROGRAM, &e);
    return status;
}
