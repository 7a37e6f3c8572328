/* collector/doctor.c - see collector/doctor.h. */
#include "collector/doctor.h"

#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "collector/form.h"
#include "collector/observe.h"
#include "collector/parts.h"
#include "collector/plain.h"
#include "collector/run.h"
#include "collector/wal_read.h"
#include "gen/sql_doctor.h"
#include "gen/sql_wal_source.h"


struct witness {
    const char *id;   /* in doctor.sql */
    const char *name;
};

static const struct witness witnesses[] = {
    {"content", "counts and content"}, {"physical", "physical state"},
    {"catalog", "catalog"},            {"sequences", "sequences"},
    {"xids", "transaction ids"},       {"wal", "WAL records"},
    {"activity", "activity of others"}, {"capability", "capability of a role"},
    {"identity", "identity"},
};

/* The doctor's answer as one document; the text is printed from it. */
static struct jv *answer(const struct jv *rows, bool has_files, const char *database, const char *role)
{
    struct jv *list = jv_array();
    struct jv *statements = jv_array();
    struct jv *doc = jv_object();
    bool is_whole = true;

    for (size_t i = 0; i < sizeof witnesses / sizeof *witnesses; i++) {
        struct jv *missing = jv_array();
        struct jv *w = jv_set(jv_object(), "name", jv_string(witnesses[i].name));
        const char *status = "yes";

        for (size_t r = 0; r < rows->count; r++) {
            const char *statement = col_pg_text(rows, r, 2);
            const char *share = col_pg_text(rows, r, 3);

            if (!jv_text_is(rows->items[r]->items[0], witnesses[i].id) ||
                (has_files && strcmp(witnesses[i].id, "wal") == 0))
                continue;
            if (strcmp(status, "no") != 0)
                status = share != NULL && strcmp(share, "all") == 0 ? "no" : "partly";
            is_whole = false;
            jv_add(missing, jv_set(jv_set(jv_object(), "statement", jv_string(statement)), "what",
                                   jv_copy(rows->items[r]->items[1])));
            if (statement != NULL && !jv_has_text(statements, statement))
                jv_add(statements, jv_string(statement));
        }
        jv_set(w, "missing", missing);
        jv_add(list, jv_set(w, "status", jv_string(status)));
    }
    jv_set(doc, "database", jv_string(database));
    jv_set(doc, "role", jv_string(role));
    jv_set(doc, "schema", jv_string("dryproof.doctor/1"));
    jv_set(doc, "statements", statements);
    jv_set(doc, "status", jv_string(is_whole ? "PASS" : "HOLD"));
    return jv_set(doc, "witnesses", list);
}

static void print_text(const struct jv *doc)
{
    const struct jv *list = jv_get(doc, "witnesses");
    const struct jv *statements = jv_get(doc, "statements");

    for (size_t i = 0; i < list->count; i++) {
        const struct jv *w = list->items[i];
        const struct jv *missing = jv_get(w, "missing");

        (void)printf("%-22s %s\n", jv_get_text(w, "name"), jv_get_text(w, "status"));
        for (size_t k = 0; k < missing->count; k++) {
            (void)printf("%22s - ", "");
            col_plain_break(jv_get_text(missing->items[k], "what"), 25, 25);
            (void)putchar('\n');
        }
    }
    if (statements->count == 0)
        return;
    (void)fputs("\n-- a superuser of database ", stdout);
    col_plain_print(jv_get_text(doc, "database"));
    (void)fputs(" gives role ", stdout);
    col_plain_print(jv_get_text(doc, "role"));
    (void)fputs(" the rest by:\n", stdout);
    for (size_t i = 0; i < statements->count; i++) {
        col_plain_break(statements->items[i]->bytes, 0, 4);
        (void)fputs(";\n", stdout);
    }
}

/* what this role lacks, by doctor.sql */
static int read_lacks(struct col_pg *pg, struct jv **rows, struct err *e)
{
    struct jv *lines = NULL;
    struct jv *args = jv_array();
    struct buf text = buf_init(1 << 20);
    int rc = -1;

    if (col_parts_lacks(pg, &lines, e) == 0 && jv_document(lines, &text, e) == 0) {
        jv_add(args, jv_string(text.data));
        rc = col_pg_rows(pg, sql_doctor, args, rows, e);
    }
    if (rc == 0)
        rc = col_form_check(*rows, 0, SIZE_MAX, "svvs", "witnesses", e);
    jv_free(args);
    jv_free(lines);
    buf_release(&text);
    return rc;
}

int col_doctor_examine(const char *db, struct jv **doc, struct err *e)
{
    struct jv *params = NULL;
    struct col_pg *pg = NULL;
    struct jv *rows = NULL;
    struct jv *who = NULL;
    struct jv *source = NULL;
    char program[FILE_PATH_MAX];
    struct err why;
    bool has_files;
    int rc = -1;

    if (col_pg_params(db, NULL, &params, e) != 0 || col_pg_open(params, COL_PG_OBSERVER, &pg, e) != 0) {
        err_context(e, "--db");
        goto out;
    }
    if (col_observe_rows(pg, "SELECT current_database()::text, session_user::text", NULL, &who, e) != 0 ||
        col_form_check(who, 1, 1, "ss", "database", e) != 0 || col_observe_begin(pg, e) != 0 ||
        read_lacks(pg, &rows, e) != 0 || col_observe_end(pg, e) != 0)
        goto out;
    /* pg_waldump does as well; who may not even ask for the files has none */
    has_files = col_observe_rows(pg, sql_wal_source, NULL, &source, &why) == 0 &&
                col_form_check(source, 1, 1, "oonnonnn", "source of WAL", &why) == 0 &&
                col_wal_dump_find(source, program, &why) == 0;
    *doc = answer(rows, has_files, col_pg_text(who, 0, 0), col_pg_text(who, 0, 1));
    rc = *doc == NULL ? err_no_memory(e) : 0;
out:
    col_pg_free(pg);
    jv_free(params);
    jv_free(rows);
    jv_free(who);
    jv_free(source);
    return rc;
}

int col_doctor_main(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--db", "CONNINFO", true, "the observer's connection", NULL},
        {"--json", NULL, false, "one JSON object on standard output", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    const char *none[1];
    struct buf text = buf_init(1 << 24);
    struct err e = {ERR_NONE, ""};
    struct jv *doc = NULL;
    int status = EXIT_HOLDS;

    if (argc == 1 && strcmp(argv[0], "--help") == 0) {
        cli_verb_help(COL_PROGRAM, "doctor", "which witnesses this role gets, and the GRANTs for the rest",
                      options, n, COL_PROGRAM " doctor --db service=app");
        return EXIT_HOLDS;
    }
    if (cli_parse(argc, argv, options, n, 0, none, &e) != 0 ||
        col_doctor_examine(cli_value(options, n, "--db"), &doc, &e) != 0 || jv_document(doc, &text, &e) != 0) {
        status = cli_fail(COL_PROGRAM, &e);
    } else {
        status = jv_text_is(jv_get(doc, "status"), "PASS") ? EXIT_HOLDS : EXIT_HOLD;
        if (cli_value(options, n, "--json") != NULL)
            (void)fwrite(text.data, 1, text.len, stdout);
        else
            print_text(doc);
    }
    jv_free(doc);
    buf_release(&text);
    return status;
}
