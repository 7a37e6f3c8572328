/*
 * driver/main.c - dryproof, the front door: runs the program that has the verb, chains
 * them in "run", and keeps the sandbox.  It never holds a key or a credential.
 */
#include <string.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/proc.h"
#include "driver/verbs.h"

#define ARGS_MAX 256

/* Replace ourselves by PROGRAM WORDS... arguments... */
static int pass_on(const char *program, const char *const *words, int argc, char **argv)
{
    char path[4096];
    const char *args[ARGS_MAX + 4];
    size_t n = 0;
    struct err e = {ERR_NONE, ""};

    if (argc > ARGS_MAX) {
        err_set(&e, ERR_USAGE, "more than %d arguments", ARGS_MAX);
        return cli_fail("dryproof", &e);
    }
    args[n++] = path;
    while (*words != NULL)
        args[n++] = *words++;
    for (int i = 0; i < argc; i++)
        args[n++] = argv[i];
    args[n] = NULL;
    if (proc_beside(path, sizeof path, program, &e) != 0 || proc_exec(path, args, &e) != 0)
        return cli_fail("dryproof", &e);
    return EXIT_BUG; /* exec does not return on success */
}

#define PASS_ON(function, program, ...)                        \
    static int function(int argc, char **argv)                 \
    {                                                          \
        static const char *const words[] = {__VA_ARGS__, NULL}; \
        return pass_on(program, words, argc, argv);            \
    }

PASS_ON(verb_collect, "dryproof-collect", "run")
PASS_ON(verb_check, "dryproof-collect", "check")
PASS_ON(verb_doctor, "dryproof-collect", "doctor")
PASS_ON(verb_preflight, "dryproof-collect", "preflight")
PASS_ON(verb_pack, "dryproof-pack", "pack")
PASS_ON(verb_review, "dryproof-pack", "review")
PASS_ON(verb_review_record, "dryproof-pack", "review", "record")
PASS_ON(verb_commit, "dryproof-pack", "commit")
PASS_ON(verb_push, "dryproof-pack", "push")
PASS_ON(verb_fetch, "dryproof-pack", "fetch")
PASS_ON(verb_key, "dryproof-pack", "key")
PASS_ON(verb_log, "dryproof-pack", "log")
PASS_ON(verb_oci, "dryproof-pack", "oci")
PASS_ON(verb_timestamp, "dryproof-pack", "timestamp")
PASS_ON(verb_diff, "dryproof-pack", "diff")
PASS_ON(verb_unpack, "dryproof-pack", "unpack")
PASS_ON(verb_explain, "dryproof-verify", "explain")

static int verb_verify(int argc, char **argv)
{
    return verb_verify_as(NULL, argc, argv);
}

static int verb_log_verify(int argc, char **argv)
{
    return verb_verify_as("--log", argc, argv);
}

int main(int argc, char **argv)
{
    static const struct cli_verb verbs[] = {
        {"run", verb_run, "collect, pack, verify, commit: the whole road in one command",
         "(--carrier DIR [--db CONNINFO] --repo REPO --key KEY | --db CONNINFO -- COMMAND ARGS...)"},
        {"collect", verb_collect, "only the collector: a run directory of raw facts",
         "--carrier DIR --db CONNINFO --out DIR"},
        {"pack", verb_pack, "run directory to signed package", "RUN --key KEY --out DIR"},
        {"verify", verb_verify, "check a package or a repository",
         "(PACKAGE --attestations FILE | --repo REPO --all) --key PUB [--format FORMAT]"},
        {"review record", verb_review_record, "keep a reviewer's own decision about a package",
         "--repo REPO --package SHA256 --decision WORD --key KEY"},
        {"review", verb_review, "render the review packet", "STAGE --verdict FILE --key KEY"},
        {"commit", verb_commit, "commit a packet to the evidence repository",
         "STAGE --repo REPO --key KEY"},
        {"show", verb_show, "one package: what it is, what it proves, what replaced it",
         "(REPO [NUMBER|CARRIER|ID] | STAGE_DIR) [--key PUB | --policy FILE]"},
        {"push", verb_push, "commit to the remote first; without a stage, send what it never had",
         "[STAGE --key KEY] --repo REPO"},
        {"fetch", verb_fetch, "bring the repository forward to its remote, or refuse it", "--repo REPO"},
        {"oci", verb_oci, "packages in an OCI registry instead of git", "push|fetch"},
        {"timestamp", verb_timestamp, "have an authority say when a stage was signed", "STAGE --tsa URL"},
        {"log verify", verb_log_verify, "is the ledger and its log whole, and nothing rewritten?",
         "--repo REPO --policy FILE [--against-checkpoint FILE]"},
        {"log", verb_log, "what the ledger says, the newest first", "--repo REPO [--limit N] [--json]"},
        {"diff", verb_diff, "what differs: one run's two edges, or two runs", "A [B] [--json]"},
        {"unpack", verb_unpack, "the files of a package, to look at", "PACKAGE --into DIR"},
        {"explain", verb_explain, "what a finding, a word or an exit status means, and what to do", "CODE [--json]"},
        {"schema", verb_schema, "the shape of a document; without a name, which there are", "[NAME]"},
        {"doctor", verb_doctor, "which witnesses a role gets, and the GRANTs for the rest",
         "--db CONNINFO [--json]"},
        {"preflight", verb_preflight, "before a governed run: is each phase ready, and what is missing?",
         "--carrier DIR --db CONNINFO [--policy FILE] [--json]"},
        {"init", verb_init, "a carrier to begin with: one that runs as it is", "DIR"},
        {"plan check", verb_check, "check a carrier's plan", "--carrier DIR"},
        {"sandbox", verb_sandbox, "a private throw-away PostgreSQL", "up|down|status|psql"},
        {"mcp", verb_mcp, "a server for agents: verify, show, explain and diff as MCP tools", "[--timeout SECONDS]"},
        {"key", verb_key, "make and show keys", "new|show"},
    };
    const struct cli_program program = {
        "dryproof", "prove that a dry run was dry", verbs, sizeof verbs / sizeof *verbs,
        "dryproof run --carrier carriers/c1 --repo evidence.git --key signer.key"};

    return cli_main(&program, argc, argv);
}
