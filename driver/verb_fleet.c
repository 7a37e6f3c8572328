/*
 * driver/verb_fleet.c - dryproof run --target NAME=CONNINFO ...: one command, or a carrier, over
 * several databases; one package with evidence of each, and one answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"
#include "driver/proc.h"
#include "driver/road.h"
#include "driver/verbs.h"

#define REPEATED 3
#define REPEATED_MAX 1000
#define ARGS_MAX 64 /* ours, less what is repeated and the command */

/* Options that the collector reads; a flag has no metavar. */
#define PASSED_ON(X)                                                                              \
    X("--carrier", "DIR", "run this carrier on every target")                                     \
    X("--workers", "N", "of a carrier: sessions that read tables, on each (default 1)")           \
    X("--redaction-key", "FILE", "key of redacted columns, mode 0600")                            \
    ROAD_COMMAND_OPTIONS(X)

struct fleet {
    struct road road;
    const char *values[REPEATED][REPEATED_MAX]; /* of repeated[] */
    size_t counts[REPEATED];
    char **command; /* NULL-terminated, or NULL: a carrier */
    bool is_quiet;
};

static const char *const repeated[REPEATED] = {"--target", "--targets", "--exclude"};

/* The collector has the terminal: what the command prints and reads goes through. */
static int collect(struct fleet *f, const struct cli_option *options, size_t n, int *status, struct err *e)
{
    size_t command = 0, all = ARGS_MAX, k = 0;
    const char **argv;
    struct proc p = {.keeps_pg = true, .keeps_stdin = true};
    char path[4096];
    int rc = -1;

    while (f->command != NULL && f->command[command] != NULL)
        command++;
    for (size_t i = 0; i < REPEATED; i++)
        all += 2 * f->counts[i];
    argv = calloc(all + command, sizeof *argv);
    if (argv == NULL)
        return err_no_memory(e);
    argv[k++] = path;
    argv[k++] = "fleet";
    argv[k++] = "--out";
    argv[k++] = f->road.run_dir;
    if (f->road.is_json || f->is_quiet || f->command == NULL)
        argv[k++] = "--quiet";
    for (size_t i = 0; i < n; i++) {
        if (options[i].value == NULL)
            continue;
        argv[k++] = options[i].name;
        if (options[i].metavar != NULL)
            argv[k++] = options[i].value;
    }
    for (size_t i = 0; i < REPEATED; i++) {
        for (size_t v = 0; v < f->counts[i]; v++) {
            argv[k++] = repeated[i];
            argv[k++] = f->values[i][v];
        }
    }
    k = road_events(argv, k);
    road_begin("collect");
    if (f->command != NULL)
        argv[k++] = "--";
    for (size_t i = 0; i < command; i++)
        argv[k++] = f->command[i];
    p.argv = argv;
    if (proc_beside(path, sizeof path, "dryproof-collect", e) == 0 && road_run(&p, "dryproof-collect", status, e) == 0)
        rc = *status == EXIT_HOLDS ? 0 : err_set(e, ERR_SYSTEM, "%s", ""); /* it has said why */
    f->road.has_run = rc == 0;
    if (rc == 0)
        road_say(&f->road, "collect", f->road.run_dir);
    free(argv);
    return rc;
}

static int print_json(const struct fleet *f, bool is_kept, struct err *e)
{
    const struct road *r = &f->road;
    struct buf out = buf_init(ROAD_DOCUMENT_MAX);
    struct jv *doc = jv_object();
    int rc;

    jv_set(doc, "package", is_kept ? jv_string(r->package) : jv_null());
    jv_set(doc, "repository", jv_null());
    jv_set(doc, "run_dir", jv_string(r->keeps_run ? r->run_dir : NULL));
    jv_set(doc, "schema", jv_string("dryproof.run-result/1"));
    jv_set(doc, "stage", jv_string(is_kept ? r->stage : NULL));
    jv_set(doc, "verdict", jv_copy(r->verdict));
    rc = jv_document(doc, &out, e);
    if (rc == 0)
        (void)fwrite(out.data, 1, out.len, stdout);
    jv_free(doc);
    buf_release(&out);
    return rc;
}

/* The answer, and a line of each target. */
static void print_text(const struct fleet *f)
{
    const struct jv *targets = jv_get(f->road.verdict, "targets");
    int width = 0;

    road_print_headline(jv_get_text(f->road.verdict, "headline"));
    for (size_t i = 0; !f->is_quiet && i < targets->count; i++) {
        int n = (int)strlen(jv_get_text(targets->items[i], "name"));

        width = n > width ? n : width;
    }
    for (size_t i = 0; !f->is_quiet && i < targets->count; i++) {
        const struct jv *t = targets->items[i], *verdict = jv_get(t, "verdict");
        bool is_lost = jv_text_is(jv_get(t, "state"), "lost");

        (void)printf("  %-4s  %-*s  ", is_lost ? "HOLD" : jv_get_text(verdict, "status"), width, jv_get_text(t, "name"));
        road_print_headline(is_lost ? "lost" : jv_get_text(verdict, f->command != NULL ? "headline" : "verdict"));
    }
}

/* What changed, by row, of each target that was written. */
static int show_changes(const struct fleet *f, struct err *e)
{
    const struct jv *targets = jv_get(f->road.verdict, "targets");
    char run_dir[FILE_PATH_MAX + 64];

    for (size_t i = 0; i < targets->count; i++) {
        const char *name = jv_get_text(targets->items[i], "name");

        if (!jv_text_is(jv_get(jv_get(targets->items[i], "verdict"), "verdict"), "NOT_DRY"))
            continue;
        (void)snprintf(run_dir, sizeof run_dir, "%s/targets/%s", f->road.run_dir, name);
        (void)fprintf(stderr, "%s:\n", name);
        if (road_show_changes(run_dir, e) != 0)
            return -1;
    }
    return 0;
}

static int answer(struct fleet *f, const struct cli_option *passed, size_t n, const char *out_dir, int *status,
                  struct err *e)
{
    struct road *r = &f->road;
    bool is_kept = r->key != NULL && out_dir != NULL;

    if (road_open(r, out_dir, e) != 0 || road_probe(r, status, e) != 0 || collect(f, passed, n, status, e) != 0 ||
        road_make_key(r, status, e) != 0 || road_pack(r, status, e) != 0 || road_verify_stage(r, status, e) != 0)
        return -1;
    if (r->is_json)
        return print_json(f, is_kept, e);
    print_text(f);
    if (is_kept && !f->is_quiet)
        (void)fprintf(stderr, "package %s in %s\n", r->package, r->stage);
    return *status == EXIT_PROVEN_BAD && !f->is_quiet ? show_changes(f, e) : 0;
}

static int check(const struct fleet *f, const char *out_dir, struct err *e)
{
    if (f->road.policy != NULL && f->road.key == NULL)
        return err_set(e, ERR_USAGE, "--policy needs --key: a key made for once is in no policy");
    if (f->road.key != NULL && out_dir == NULL)
        return err_set(e, ERR_USAGE, "--key needs --out DIR, where the signed package is kept");
    return 0;
}

static int read_options(int argc, char **argv, struct cli_option *options, size_t n, struct fleet *f, struct err *e)
{
    static char out_name[] = "--out";
    const char *none[1];

    if (cli_take_command(&argc, argv, &f->command, e) != 0)
        return -1;
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = out_name;
        if (strncmp(argv[i], "--repo", strlen("--repo")) == 0)
            return err_set(e, ERR_USAGE, "--repo is for one database: a repository has no place for several; --key KEY --out DIR keeps the package");
        if (strcmp(argv[i], "--db") == 0 || strncmp(argv[i], "--db=", 5) == 0)
            return err_set(e, ERR_USAGE, "--db is for one database; of several each has a --target NAME=CONNINFO");
    }
    for (size_t i = 0; i < REPEATED; i++)
        if (cli_take_repeated(&argc, argv, repeated[i], f->values[i], REPEATED_MAX, &f->counts[i], e) != 0)
            return -1;
    if (cli_parse(argc, argv, options, n, 0, none, e) != 0)
        return -1;
    f->road.key = cli_value(options, n, "--key");
    f->road.policy = cli_value(options, n, "--policy");
    f->road.is_json = cli_value(options, n, "--json") != NULL;
    f->is_quiet = cli_value(options, n, "--quiet") != NULL;
    f->road.is_quiet = f->is_quiet || f->command != NULL; /* of a command one answer, no stages */
    f->road.is_fleet = true;
    return check(f, cli_value(options, n, "--out"), e);
}

int verb_fleet(int argc, char **argv)
{
#define ROW(name, metavar, help) {name, metavar, false, help, NULL},
    struct cli_option options[] = {
        PASSED_ON(ROW)
        {"--target", "NAME=CONNINFO", false, "a database and its observer's connection; may be given often", NULL},
        {"--targets", "FILE", false, "more of them: NAME, a tab and CONNINFO, a line each", NULL},
        {"--exclude", "RELATION=REASON", false, "leave a table out; may be given often", NULL},
        {"--key", "KEY", false, "the packager's key, with its .pub beside it", NULL},
        {"--policy", "FILE", false, "verify by this trust policy (default: the key alone)", NULL},
        {"--out", "DIR", false, "keep DIR/fleet, the run directories, and with --key DIR/stage, the package", NULL},
        {"--json", NULL, false, "one JSON object on standard output; the command's goes to stderr", NULL},
        {"--quiet", NULL, false, "only the verdict; the command's standard output goes to stderr", NULL},
        EVENTS_OPTION,
    };
#undef ROW
#define COUNT(name, metavar, help) +1
    const size_t passed = 0 PASSED_ON(COUNT);
#undef COUNT
    const size_t n = sizeof options / sizeof *options;
    static struct fleet f; /* too large for a stack */
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS, rc;

    if (argv == NULL) {
        cli_verb_help("dryproof", "run --target ...", "one command, or a carrier, over several databases", options, n,
                      "dryproof run --targets shards -- psql -c 'SELECT 1'");
        return EXIT_HOLDS;
    }
    if (read_options(argc, argv, options, n, &f, &e) != 0 ||
        events_open("dryproof", cli_value(options, n, "--events"), f.road.is_json, &e) != 0)
        return cli_fail("dryproof", &e);
    proc_catch_signals();
    rc = answer(&f, options, passed, cli_value(options, n, "--out"), &status, &e);
    return road_end(&f.road, rc, status, &e);
}
