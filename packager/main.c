/*
 * packager/main.c - dryproof-pack: seals and signs what the collector measured.  It has
 * the signing key and never a database.
 */
#include <sys/resource.h>

#include "base/cli.h"
#include "packager/verbs.h"

static const struct cli_verb verbs[] = {
    {"key new", pkg_verb_key_new, "make an Ed25519 key pair", "--role ROLE --out PREFIX"},
    {"key show", pkg_verb_key_show, "role and keyid of a key file", "FILE"},
    {"allowed-signers", pkg_verb_allowed_signers, "the key as git verify-commit wants it",
     "--key PUB"},
    {"policy rotate", pkg_verb_policy_rotate, "sign the successor of a trust policy with root keys",
     "--from POLICY --to POLICY --key KEY.. --out FILE"},
    {"pack", pkg_verb_pack, "seal and sign a run directory, or a fleet's",
     "RUN_DIR --key KEY --out STAGE_DIR [--supersedes SHA256]"},
    {"review record", pkg_verb_review_record, "keep a reviewer's own decision about a package",
     "--repo REPO --package SHA256 --decision WORD --key KEY [--findings FILE]"},
    {"review", pkg_verb_review, "render the packet and sign it",
     "STAGE_DIR --verdict FILE --key KEY"},
    {"commit", pkg_verb_commit, "add a package to a repository",
     "STAGE_DIR --repo REPO --key KEY [--log-key KEY] [--oci REFERENCE]"},
    {"push", pkg_verb_push, "the same where there is a remote; without a stage what it lacks",
     "[STAGE_DIR --key KEY] --repo REPO [--log-key KEY]"},
    {"fetch", pkg_verb_fetch, "bring a repository forward to its remote", "--repo REPO"},
    {"oci push", pkg_verb_oci_push, "put a package into an OCI registry",
     "(STAGE_DIR | --repo REPO --package SHA256) --to REFERENCE"},
    {"oci fetch", pkg_verb_oci_fetch, "bring a repository's packages from their registry",
     "--repo REPO --into DIR [SHA256...]"},
    {"probe", pkg_verb_probe, "could a package be committed here?",
     "--repo REPO [--log-key KEY] [--oci REFERENCE]"},
    {"current", pkg_verb_current, "print the current package's id, or nothing",
     "--repo REPO --carrier C --plan-ref P --environment E"},
    {"show", pkg_verb_show, "one package: what it is and proves, what replaced it",
     "(REPO [NUMBER|CARRIER|ID] | STAGE_DIR) [--verdict FILE] [--json]"},
    {"log", pkg_verb_log, "what the ledger says, the newest first", "--repo REPO [--limit N] [--json]"},
    {"countersign", pkg_verb_countersign, "sign what another packager signed",
     "STAGE_DIR --key KEY --out FILE"},
    {"timestamp", pkg_verb_timestamp, "have an authority say when a stage was signed",
     "STAGE_DIR (--tsa URL | --query PREFIX | --token FILE...)"},
    {"attest", pkg_verb_attest, "sign a verdict as a verifier, or a preflight",
     "(--verdict FILE | --preflight FILE) --key KEY --out FILE"},
    {"diff", pkg_verb_diff, "what differs between two snapshots", "A [B] [--json]"},
    {"unpack", pkg_verb_unpack, "the files of a package, to look at", "PACKAGE --into DIR"},
};

static const struct cli_program program = {
    "dryproof-pack",
    "seals a run directory into a signed package and its review packet",
    verbs,
    sizeof verbs / sizeof *verbs,
    "dryproof-pack key new --role packager --out my",
};

int main(int argc, char **argv)
{
    /* A core file would hold the private key. */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    return cli_main(&program, argc, argv);
}
