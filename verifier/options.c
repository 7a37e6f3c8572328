/* verifier/options.c - see options.h. */
#include "verifier/options.h"

#include "verifier/crypto.h"
#include "verifier/explain.h"
#include "verifier/git.h"
#include "verifier/text.h"

#include <stdio.h>
#include <string.h>

const char vfy_options_help[] =
    "dryproof-verify - re-derive the verdict of a dry-run evidence package, offline\n"
    "\n"
    "usage:\n"
    "  dryproof-verify PACKAGE.tar --attestations FILE (--key PUB | --policy FILE)\n"
    "                  [--timestamps FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO (--package SHA256 | --all)\n"
    "                  (--key PUB | --policy FILE) [--packages DIR]\n"
    "                  [--against-checkpoint FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO --log (--key PUB | --policy FILE)\n"
    "                  [--against-checkpoint FILE] [--json] [--now TIME]\n"
    "  dryproof-verify --repo REPO --reviews --policy FILE\n"
    "                  [--against-reviews COMMIT] [--json] [--now TIME]\n"
    "  dryproof-verify --same-facts A.tar B.tar\n"
    "  dryproof-verify explain CODE [--json]\n"
    "\n"
    "  --attestations FILE  the package's, or a fleet.tar's,\n"
    "                       attestations.intoto.jsonl; again, or with --repo: a\n"
    "                       countersignature (dryproof-pack countersign)\n"
    "  --timestamps FILE    the package's timestamps.jsonl; with --repo others beside\n"
    "                       it\n"
    "  --key PUB            trust this public key as packager; nothing is governed\n"
    "  --policy FILE        trust policy (keys with roles, governed environments)\n"
    "  --rotation FILE      with --policy: its successor, signed by the root keys of\n"
    "                       both; again for each version\n"
    "  --repo REPO          a bare evidence repository\n"
    "  --package SHA256     with --repo: this package of it\n"
    "  --all                with --repo: every package, the current ones last\n"
    "  --packages DIR       packages that the repository keeps in a registry, each as\n"
    "                       DIR/sha256/DIGEST (dryproof oci fetch puts them there)\n"
    "  --log                with --repo: ledger, history and log alone, no packages\n"
    "  --reviews            with --repo: what reviewers decided, each by whom, of\n"
    "                       what; ledger and history are judged first, no packages\n"
    "  --against-checkpoint FILE\n"
    "                       the repository's log goes on from this checkpoint, or\n"
    "                       from the one in this package.tlog-proof, that somebody\n"
    "                       kept\n"
    "  --against-reviews COMMIT\n"
    "                       with --reviews: their branch goes on from this commit,\n"
    "                       which was its newest when somebody kept it\n"
    "  --now TIME           e.g. 2026-06-22T10:11:12.123456Z; echoed, freshness only;\n"
    "                       left out, the clock is read when the policy has a rule\n"
    "                       about time\n"
    "  --json               one JSON object (schemas/verdict.schema.json)\n"
    "  --same-facts A B     whether two packages give the same facts (no signatures)\n"
    "\n"
    "exit status: 0 everything required was checked and holds; 1 proven bad; 2\n"
    "command line or policy wrong; 3 HOLD; 4 key not trusted; 5 environment; 6\n"
    "unknown format version or limit; 70 a bug\n"
    "\n"
    "example:\n"
    "  dryproof-verify explain E_SIG_INVALID\n";

static const struct {
    const char *name;
    bool takes_value;
} options[OPTIONS] = {{"--attestations", true}, {"--timestamps", true}, {"--key", true},  {"--policy", true},
                      {"--repo", true},         {"--package", true}, {"--now", true},
                      {"--against-checkpoint", true}, {"--json", false}, {"--all", false},
                      {"--log", false},         {"--same-facts", false}, {"--packages", true}, {"--rotation", true},
                      {"--reviews", false},      {"--against-reviews", true}};

int vfy_options_wrong(const char *what, const char *which, const char *near)
{
    char text[200];
    struct arena a = {NULL, 0};
    struct buf b = {&a, NULL, 0, 0};

    snprintf(text, sizeof text, "%s", which);
    vfy_mem_put(&b, "dryproof-verify: %s", what);
    vfy_text_escape(&b, text, strlen(text), 120);
    if (near != NULL)
        fprintf(stderr, "%s; did you mean %s?\n", b.p, near);
    else
        fprintf(stderr, "%s (see --help)\n", b.p);
    vfy_mem_release(&a);
    return 2;
}

static int usage(const char *what, const char *which)
{
    return vfy_options_wrong(what, which, NULL);
}

static const char *near_option(const char *name)
{
    const char *best = NULL;

    for (int o = 0; o < OPTIONS; o++)
        best = vfy_explain_closer(name, options[o].name, best);
    return best;
}

static int parse(int argc, char **argv, struct command *c)
{
    for (int i = 1; i < argc; i++) {
        int o = 0;

        if (argv[i][0] != '-') {
            if (c->count == 2)
                return usage("one argument too many: ", argv[i]);
            c->names[c->count++] = argv[i];
            continue;
        }
        while (o < OPTIONS && strcmp(options[o].name, argv[i]) != 0)
            o++;
        if (o == OPTIONS)
            return vfy_options_wrong("unknown option: ", argv[i], near_option(argv[i]));
        if (o == OPT_ROTATION && c->rotation_count == VFY_MAX_ROTATIONS)
            return usage("given too often: ", argv[i]);
        if (c->value[o] != NULL && o != OPT_ROTATION && (o != OPT_ATTESTATIONS || c->counter_count == VFY_MAX_COUNTERSIGNATURES))
            return usage("given twice, or too often: ", argv[i]);
        if (options[o].takes_value && i + 1 == argc)
            return usage("a value is missing after ", argv[i]);
        if (o == OPT_ROTATION)
            c->value[o] = c->rotation[c->rotation_count++] = argv[++i];
        else if (c->value[o] != NULL)
            c->counter[c->counter_count++] = argv[++i];
        else
            c->value[o] = options[o].takes_value ? argv[++i] : "";
    }
    return 0;
}

bool vfy_options_given(const struct command *c, enum option o)
{
    return c->value[o] != NULL;
}

static int check(const struct command *c)
{
    bool repo = vfy_options_given(c, OPT_REPO), same = vfy_options_given(c, OPT_SAME);

    if (same) {
        for (int o = 0; o < OPTIONS; o++)
            if (o != OPT_SAME && c->value[o] != NULL)
                return usage("not with --same-facts: ", options[o].name);
        return c->count == 2 ? 0 : usage("--same-facts needs two packages", "");
    }
    if (vfy_options_given(c, OPT_KEY) == vfy_options_given(c, OPT_POLICY))
        return usage("give one of --key and --policy", "");
    if (vfy_options_given(c, OPT_ROTATION) && !vfy_options_given(c, OPT_POLICY))
        return usage("--rotation goes on from a --policy", "");
    if (vfy_options_given(c, OPT_NOW) && !vfy_text_time(c->value[OPT_NOW]))
        return usage("--now is not of the form 2026-06-22T10:11:12.123456Z: ", c->value[OPT_NOW]);
    if (vfy_options_given(c, OPT_PACKAGES) && (!repo || vfy_options_given(c, OPT_LOG) || vfy_options_given(c, OPT_REVIEWS)))
        return usage("--packages goes with --repo, and --package or --all", "");
    if (repo) {
        if (c->count > 0)
            return usage("with --repo, packages come from the repository", "");
        if (vfy_options_given(c, OPT_ATTESTATIONS) && !vfy_options_given(c, OPT_PACKAGE))
            return usage("countersignatures are of one package: give --package", "");
        if (vfy_options_given(c, OPT_STAMPS) && !vfy_options_given(c, OPT_PACKAGE))
            return usage("timestamps are of one package: give --package", "");
        if (c->counter_count == VFY_MAX_COUNTERSIGNATURES)
            return usage("given twice, or too often: ", "--attestations");
        if (vfy_options_given(c, OPT_PACKAGE) + vfy_options_given(c, OPT_ALL) + vfy_options_given(c, OPT_LOG) +
                vfy_options_given(c, OPT_REVIEWS) != 1)
            return usage("with --repo, give one of --package, --all, --log and --reviews", "");
        if (vfy_options_given(c, OPT_PACKAGE) && !vfy_text_hex(c->value[OPT_PACKAGE], VFY_HEX - 1))
            return usage("--package is not 64 lower-case hex digits: ", c->value[OPT_PACKAGE]);
        if (vfy_options_given(c, OPT_AGAINST_REVIEWS) && !vfy_options_given(c, OPT_REVIEWS))
            return usage("--against-reviews goes with --reviews", "");
        if (vfy_options_given(c, OPT_AGAINST_REVIEWS) && !vfy_text_hex(c->value[OPT_AGAINST_REVIEWS], VFY_OID - 1))
            return usage("--against-reviews is not 40 lower-case hex digits: ", c->value[OPT_AGAINST_REVIEWS]);
        return 0;
    }
    if (vfy_options_given(c, OPT_PACKAGE) || vfy_options_given(c, OPT_ALL) || vfy_options_given(c, OPT_LOG) ||
        vfy_options_given(c, OPT_REVIEWS) || vfy_options_given(c, OPT_AGAINST) || vfy_options_given(c, OPT_AGAINST_REVIEWS))
        return usage("--package, --all, --log, --reviews, --against-checkpoint and --against-reviews need --repo", "");
    if (c->count != 1)
        return usage("expected one package", "");
    return vfy_options_given(c, OPT_ATTESTATIONS) ? 0 : usage("--attestations is missing", "");
}

int vfy_options_read(int argc, char **argv, struct command *c)
{
    return parse(argc, argv, c) != 0 ? 2 : check(c);
}
