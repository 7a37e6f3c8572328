/*
 * driver/verb_bracket.c - dryproof run --db CONNINFO -- COMMAND: was this dry?  Collect, pack
 * (with a key that is thrown away unless one is given), verify, answer in one line.
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

#define EXCLUDES_MAX 1000
#define ARGS_MAX 64 /* ours, less excludes and the command */
#define COMMAND_FILE "steps/001-command/command.json"

/* Options that the collector reads; a flag has no metavar. */
#define PASSED_ON(X)                                                                              \
    X("--command-db", "CONNINFO", "the command's connection (default: --db)")                     \
    ROAD_COMMAND_OPTIONS(X)

struct bracket {
    struct road road;
    const char *db;
    const char *excludes[EXCLUDES_MAX];
    size_t exclude_count;
    char **command;
    bool is_quiet; /* the command's standard output goes to standard error */
    char plan_ref[80];
    struct jv *result; /* command.json */
};

static size_t length(char **list)
{
    size_t n = 0;

    while (list[n] != NULL)
        n++;
    return n;
}

/* The collector has the terminal: what the command prints and reads goes through. */
static int collect(struct bracket *b, const struct cli_option *options, size_t n, int *status,
                   struct err *e)
{
    size_t command = length(b->command);
    const char **argv = calloc(ARGS_MAX + 2 * b->exclude_count + command, sizeof *argv);
    struct proc p = {.argv = argv, .keeps_pg = true, .keeps_stdin = true};
    char path[4096];
    size_t k = 0;
    int rc = -1;

    if (argv == NULL)
        return err_no_memory(e);
    argv[k++] = path;
    argv[k++] = "bracket";
    argv[k++] = "--db";
    argv[k++] = b->db;
    argv[k++] = "--out";
    argv[k++] = b->road.run_dir;
    if (b->road.is_json || b->is_quiet)
        argv[k++] = "--quiet";
    for (size_t i = 0; i < n; i++) {
        if (options[i].value == NULL)
            continue;
        argv[k++] = options[i].name;
        if (options[i].metavar != NULL)
            argv[k++] = options[i].value;
    }
    for (size_t i = 0; i < b->exclude_count; i++) {
        argv[k++] = "--exclude";
        argv[k++] = b->excludes[i];
    }
    k = road_events(argv, k);
    road_begin("collect");
    argv[k++] = "--";
    for (size_t i = 0; i < command; i++)
        argv[k++] = b->command[i];
    if (proc_beside(path, sizeof path, "dryproof-collect", e) == 0 && road_run(&p, "dryproof-collect", status, e) == 0)
        rc = *status == EXIT_HOLDS ? 0 : err_set(e, ERR_SYSTEM, "%s", ""); /* it has said why */
    b->road.has_run = rc == 0;
    if (rc == 0)
        road_say(&b->road, "collect", b->road.run_dir);
    free(argv);
    return rc;
}

static int read_document(const struct bracket *b, const char *name, struct jv **out, struct err *e)
{
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(0);
    int rc = -1;

    if (file_join(path, b->road.run_dir, name, e) == 0 &&
        file_read(path, ROAD_DOCUMENT_MAX, &text, e) == 0)
        rc = jv_parse(text.data, text.len, out, e);
    buf_release(&text);
    return rc;
}

static int print_json(const struct bracket *b, bool is_kept, struct err *e)
{
    static const char *const members[] = {"exit", "signal", "timed_out"};
    const struct road *r = &b->road;
    struct buf out = buf_init(ROAD_DOCUMENT_MAX);
    struct jv *command = jv_object();
    struct jv *doc = jv_object();
    int rc;

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        jv_set(command, members[i], jv_copy(jv_get(b->result, members[i])));
    jv_set(doc, "command", command);
    jv_set(doc, "package", is_kept ? jv_string(r->package) : jv_null());
    jv_set(doc, "repository", jv_string(r->repo));
    jv_set(doc, "run_dir", jv_string(r->keeps_run ? r->run_dir : NULL));
    jv_set(doc, "schema", jv_string("dryproof.run-result/1"));
    jv_set(doc, "verdict", jv_copy(r->verdict));
    rc = jv_document(doc, &out, e);
    if (rc == 0)
        (void)fwrite(out.data, 1, out.len, stdout);
    jv_free(doc);
    buf_release(&out);
    return rc;
}

static int take_plan_ref(struct bracket *b, struct err *e)
{
    struct jv *run = NULL;
    int rc = read_document(b, "run.json", &run, e);

    if (rc == 0)
        (void)snprintf(b->plan_ref, sizeof b->plan_ref, "%s", jv_get_text(run, "plan_ref"));
    jv_free(run);
    return rc;
}

/* The answer itself stays one line. */
static int show_changes(const struct bracket *b, struct err *e)
{
    int rc = road_show_changes(b->road.run_dir, e);

    if (rc == 0 && !b->road.keeps_run)
        (void)fputs("the run directory was not kept; -o DIR keeps it, for dryproof diff DIR\n", stderr);
    return rc;
}

static int answer(struct bracket *b, const struct cli_option *passed, size_t n, const char *out_dir,
                  int *status, struct err *e)
{
    struct road *r = &b->road;
    bool is_kept = r->repo != NULL;
    const char *text;

    if (road_open(r, out_dir, e) != 0 || road_probe(r, status, e) != 0 ||
        collect(b, passed, n, status, e) != 0 || take_plan_ref(b, e) != 0 ||
        read_document(b, COMMAND_FILE, &b->result, e) != 0 || road_make_key(r, status, e) != 0 ||
        road_pack(r, status, e) != 0 || road_verify_stage(r, status, e) != 0 ||
        (is_kept && road_commit(r, status, e) != 0))
        return -1;
    if (r->is_json)
        return print_json(b, is_kept, e);
    text = jv_get_text(r->verdict, "headline");
    road_print_headline(text == NULL ? jv_get_text(r->verdict, "verdict") : text);
    if (is_kept && !b->is_quiet)
        (void)fprintf(stderr, "package %s in %s\n", r->package, r->repo);
    return *status == EXIT_PROVEN_BAD && !b->is_quiet ? show_changes(b, e) : 0;
}

static int check(const struct bracket *b, struct err *e)
{
    if (b->road.policy != NULL && b->road.repo == NULL && b->road.key == NULL)
        return err_set(e, ERR_USAGE, "--policy needs --repo and --key: a key made for once is in no policy");
    return 0; /* that these two go together, road_open() sees */
}

int verb_bracket(int argc, char **argv, char **command)
{
#define ROW(name, metavar, help) {name, metavar, false, help, NULL},
    struct cli_option options[] = {
        PASSED_ON(ROW)
        {"--db", "CONNINFO", true, "the database to watch: the observer's connection", NULL},
        {"--exclude", "RELATION=REASON", false, "leave a table out; may be given often", NULL},
        {"--repo", "REPO", false, "keep the package in this evidence repository", NULL},
        {"--key", "KEY", false, "the packager's key, with its .pub beside it", NULL},
        {"--log-key", "KEY", false, "the key of the repository's log, from its first package on", NULL},
        {"--oci", "HOST/REPOSITORY", false, "the package goes to this registry, git holds its digest", NULL},
        {"--tsa", "URL", false, "have this authority say when it was signed (RFC 3161)", NULL},
        {"--policy", "FILE", false, "verify by this trust policy (default: the key alone)", NULL},
        {"--out", "DIR", false, "keep the run directory here", NULL},
        {"--json", NULL, false, "one JSON object on standard output; the command's goes to stderr", NULL},
        {"--quiet", NULL, false, "only the verdict; the command's standard output goes to stderr", NULL},
        EVENTS_OPTION,
    };
#undef ROW
#define COUNT(name, metavar, help) +1
    const size_t passed = 0 PASSED_ON(COUNT);
#undef COUNT
    const size_t n = sizeof options / sizeof *options;
    const char *none[1];
    static char out_name[] = "--out";
    struct bracket b = {.db = NULL};
    struct err e = {ERR_NONE, ""};
    int status = EXIT_HOLDS;
    int rc;

    if (command == NULL) {
        cli_verb_help("dryproof", "run ... -- COMMAND ARGS...", "was this command dry?", options, n,
                      "dryproof run --db service=app -- psql -c 'SELECT 1'");
        return EXIT_HOLDS;
    }
    b.command = command;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--carrier", strlen("--carrier")) == 0) {
            err_set(&e, ERR_USAGE, "--carrier runs a carrier, -- COMMAND brackets a command; give one");
            return cli_fail("dryproof", &e);
        }
        if (strcmp(argv[i], "-o") == 0)
            argv[i] = out_name;
    }
    if (cli_take_repeated(&argc, argv, "--exclude", b.excludes, EXCLUDES_MAX, &b.exclude_count, &e) != 0 ||
        cli_parse(argc, argv, options, n, 0, none, &e) != 0)
        return cli_fail("dryproof", &e);
    b.db = cli_value(options, n, "--db");
    b.road.repo = cli_value(options, n, "--repo");
    b.road.key = cli_value(options, n, "--key");
    b.road.log_key = cli_value(options, n, "--log-key");
    b.road.oci = cli_value(options, n, "--oci");
    b.road.tsa = cli_value(options, n, "--tsa");
    b.road.policy = cli_value(options, n, "--policy");
    b.road.carrier = "command";
    (void)snprintf(b.plan_ref, sizeof b.plan_ref, "command"); /* until the run names its own */
    b.road.plan_ref = b.plan_ref;
    b.road.is_json = cli_value(options, n, "--json") != NULL;
    b.road.is_quiet = true; /* one line, no stages */
    b.is_quiet = cli_value(options, n, "--quiet") != NULL;
    if (check(&b, &e) != 0 || events_open("dryproof", cli_value(options, n, "--events"), b.road.is_json, &e) != 0)
        return cli_fail("dryproof", &e);
    proc_catch_signals();
    rc = answer(&b, options, passed, cli_value(options, n, "--out"), &status, &e);
    jv_free(b.result);
    return road_end(&b.road, rc, status, &e);
}
