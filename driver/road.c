/* driver/road.c - see driver/road.h. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "driver/road.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/events.h"
#include "base/exit.h"

/* PREFIX.pub beside PREFIX.key, both there. */
static int find_pub(struct road *r, struct err *e)
{
    size_t n = strlen(r->key);

    n -= n > 4 && strcmp(r->key + n - 4, ".key") == 0 ? 4 : 0;
    (void)snprintf(r->pub, sizeof r->pub, "%.*s.pub", (int)n, r->key);
    if (file_exists(r->key) && file_exists(r->pub))
        return 0;
    return err_set(e, ERR_INPUT, "%s does not exist; make a key pair: dryproof key new --role "
                                 "packager --out %.*s", file_exists(r->key) ? r->pub : r->key,
                   (int)n, r->key);
}

int road_open(struct road *r, const char *out_dir, struct err *e)
{
    const char *tmp = getenv("TMPDIR");

    if (!r->is_fleet && (r->repo == NULL) != (r->key == NULL))
        return err_set(e, ERR_USAGE, "--repo and --key go together");
    if (r->log_key != NULL && r->repo == NULL)
        return err_set(e, ERR_USAGE, "--log-key needs --repo: the log is the repository's");
    if (r->oci != NULL && r->repo == NULL)
        return err_set(e, ERR_USAGE, "--oci needs --repo: git holds where the package is");
    if (r->tsa != NULL && r->repo == NULL)
        return err_set(e, ERR_USAGE, "--tsa needs --repo: timestamps are for what is kept");
    if (r->key != NULL && find_pub(r, e) != 0)
        return -1;
    if (snprintf(r->work, sizeof r->work, "%s/dryproof-XXXXXX", tmp == NULL ? "/tmp" : tmp) >= 200 ||
        mkdtemp(r->work) == NULL)
        return err_errno(e, errno, "cannot make a folder in %s", tmp == NULL ? "/tmp" : tmp);
    (void)snprintf(r->stage, sizeof r->stage, "%s/stage", r->work);
    if (out_dir != NULL && r->is_fleet && r->key != NULL)
        (void)snprintf(r->stage, sizeof r->stage, "%s/stage", out_dir);
    if (out_dir != NULL)
        (void)snprintf(r->run_dir, sizeof r->run_dir, r->is_fleet ? "%s/fleet" : "%s", out_dir);
    else
        (void)snprintf(r->run_dir, sizeof r->run_dir, "%.200s/run", r->work);
    r->keeps_run = out_dir != NULL;
    return 0;
}

void road_begin(const char *stage)
{
    events_say(&EVENT("stage", stage));
}

size_t road_events(const char **args, size_t n)
{
    if (!events_are_on())
        return n;
    args[n++] = "--events";
    args[n++] = proc_events;
    return n;
}

void road_say(const struct road *r, const char *stage, const char *what)
{
    events_say(&(struct event){"finished", stage, what, -1, -1, -1});
    if (!r->is_json && !r->is_quiet)
        (void)printf("%-9s %s\n", stage, what);
    (void)fflush(stdout);
}

int road_run(const struct proc *p, const char *program, int *status, struct err *e)
{
    int number;

    if (proc_run(p, status, e) != 0)
        return -1;
    if (*status <= 128)
        return 0;
    number = *status - 128;
    *status = EXIT_HOLDS; /* ours is that of the error */
    return err_set(e, ERR_SYSTEM, "%s was ended by signal %d; run it again", program, number);
}

int road_call(const char *program, const char *const *args, struct buf *out, int *status,
                struct err *e)
{
    char path[4096];
    const char *argv[32] = {path};
    size_t n = 1;
    /* PG* variables may hold a password: who signs and who verifies never see them */
    struct proc p = {.argv = argv, .out = out, .keeps_pg = strcmp(program, "dryproof-collect") == 0};

    for (size_t i = 0; args[i] != NULL && n < 31; i++)
        argv[n++] = args[i];
    if (proc_beside(path, sizeof path, program, e) != 0 || road_run(&p, program, status, e) != 0)
        return -1;
    return 0;
}

int road_must(const char *program, const char *const *args, struct buf *out, int *status,
                struct err *e)
{
    if (road_call(program, args, out, status, e) != 0)
        return -1;
    if (*status == 0)
        return 0;
    return err_set(e, ERR_SYSTEM, "%s", "");
}

static int describe_key(const char *path, struct jv **out, int *status, struct err *e)
{
    const char *args[] = {"key", "show", path, "--json", NULL};
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    int rc = -1;

    if (road_must("dryproof-pack", args, &text, status, e) == 0)
        rc = jv_parse(text.data, text.len, out, e);
    buf_release(&text);
    return rc;
}

static int probe_key(const struct road *r, int *status, struct err *e)
{
    struct jv *key = NULL, *pub = NULL;
    const char *role;
    int rc = -1;

    if (describe_key(r->key, &key, status, e) != 0 || describe_key(r->pub, &pub, status, e) != 0)
        goto out;
    role = jv_get_text(key, "role");
    if (!jv_get(key, "private")->truth)
        err_set(e, ERR_INPUT, "%s is a public key; give the private one", r->key);
    else if (role != NULL && strcmp(role, "packager") != 0)
        err_set(e, ERR_INPUT, "%s is a %s key; this needs a packager key", r->key, role);
    else if (!jv_equal(jv_get(key, "keyid"), jv_get(pub, "keyid")))
        err_set(e, ERR_INPUT, "%s is not the public part of %s", r->pub, r->key);
    else
        rc = 0;
out:
    jv_free(key);
    jv_free(pub);
    return rc;
}

/* The option and its value, where it has one. */
static size_t add_pair(const char **args, size_t n, const char *option, const char *value)
{
    if (value == NULL)
        return n;
    args[n] = option;
    args[n + 1] = value;
    return n + 2;
}

int road_probe(const struct road *r, int *status, struct err *e)
{
    const char *args[8] = {"probe", "--repo", r->repo};
    size_t n = 3;
    struct buf ignored = buf_init(ROAD_DOCUMENT_MAX);
    int rc;

    if (r->is_fleet && r->key != NULL && probe_key(r, status, e) != 0)
        return -1;
    if (r->repo == NULL && !r->is_fleet)
        return 0;
    if (r->policy != NULL && !file_exists(r->policy))
        return err_set(e, ERR_INPUT, "policy %s does not exist", r->policy);
    if (r->repo == NULL)
        return 0;
    n = add_pair(args, n, "--log-key", r->log_key);
    (void)add_pair(args, n, "--oci", r->oci);
    rc = probe_key(r, status, e);
    if (rc == 0 && (file_exists(r->repo) || r->log_key != NULL || r->oci != NULL))
        rc = road_must("dryproof-pack", args, &ignored, status, e);
    buf_release(&ignored);
    return rc;
}

/* The environment's name in the ledger (FORMAT.md section 9). */
static int environment_name(const struct road *r, char *out, size_t size, struct err *e)
{
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(0);
    struct jv *identity = NULL;
    const struct jv *labels;
    int rc = -1;

    if (file_join(path, r->run_dir, "before/identity.json", e) != 0 ||
        file_read(path, ROAD_DOCUMENT_MAX, &text, e) != 0 ||
        jv_parse(text.data, text.len, &identity, e) != 0)
        goto out;
    labels = jv_get(identity, "labels");
    if (labels != NULL && labels->count > 0)
        (void)snprintf(out, size, "sandbox");
    else
        (void)snprintf(out, size, "pg:%s/%s", jv_get_text(identity, "system_identifier"),
                       jv_get_text(identity, "database"));
    rc = 0;
out:
    jv_free(identity);
    buf_release(&text);
    return rc;
}

/* The package that ours will supersede: out is "" when there is none. */
static int current_package(const struct road *r, char out[DIGEST_HEX], int *status, struct err *e)
{
    char environment[256];
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    const char *args[] = {"current", "--repo", r->repo, "--carrier",
                          r->carrier, "--plan-ref",
                          r->plan_ref, "--environment", environment, NULL};
    int rc = -1;

    out[0] = '\0';
    if (r->repo == NULL || !file_exists(r->repo))
        return 0;
    if (environment_name(r, environment, sizeof environment, e) == 0 &&
        road_must("dryproof-pack", args, &text, status, e) == 0) {
        if (text.len >= 64)
            (void)snprintf(out, DIGEST_HEX, "%.64s", text.data);
        rc = 0;
    }
    buf_release(&text);
    return rc;
}

/* Whatever is signed by now and has no timestamp yet. */
static int get_timestamps(const struct road *r, int *status, struct err *e)
{
    const char *args[] = {"timestamp", r->stage, "--tsa", r->tsa, NULL};
    struct buf ignored = buf_init(ROAD_DOCUMENT_MAX);
    int rc;

    if (r->tsa == NULL)
        return 0;
    road_begin("timestamp");
    rc = road_must("dryproof-pack", args, &ignored, status, e);
    buf_release(&ignored);
    if (rc == 0)
        road_say(r, "timestamp", "the authority answered");
    return rc;
}

int road_pack(struct road *r, int *status, struct err *e)
{
    char older[DIGEST_HEX];
    const char *args[16] = {"pack", r->run_dir, "--key", r->key, "--out", r->stage, "--json"};
    struct buf out = buf_init(ROAD_DOCUMENT_MAX);
    struct jv *answer = NULL;
    const char *package;
    int rc = -1;

    road_begin("pack");
    if (current_package(r, older, status, e) != 0)
        goto out;
    (void)road_events(args, add_pair(args, 7, "--supersedes", older[0] != '\0' ? older : NULL));
    if (road_must("dryproof-pack", args, &out, status, e) != 0 ||
        jv_parse(out.data, out.len, &answer, e) != 0)
        goto out;
    package = jv_get_text(answer, "package");
    if (package == NULL || !digest_is_hex(package)) {
        err_set(e, ERR_INTERNAL, "dryproof-pack named no package");
        goto out;
    }
    (void)snprintf(r->package, sizeof r->package, "%s", package);
    road_say(r, "pack", r->package);
    rc = get_timestamps(r, status, e);
out:
    jv_free(answer);
    buf_release(&out);
    return rc;
}

/* Run the verifier; statuses 0, 1 and 3 are verdicts, all others end the run. */
static int verify(struct road *r, const char *const *what, struct buf *out, int *status,
                  struct err *e)
{
    const char *args[16];
    const struct jv *found;
    size_t n = 0;

    while (what[n] != NULL) {
        args[n] = what[n];
        n++;
    }
    args[n++] = r->policy != NULL ? "--policy" : "--key";
    args[n++] = r->policy != NULL ? r->policy : r->pub;
    args[n++] = "--json";
    args[n] = NULL;
    if (road_call("dryproof-verify", args, out, status, e) != 0)
        return -1;
    jv_free(r->verdict);
    r->verdict = NULL;
    if (out->len == 0)
        return err_set(e, ERR_SYSTEM, "%s", ""); /* it has said why */
    if (jv_parse(out->data, out->len, &r->verdict, e) != 0)
        return -1;
    if (*status == EXIT_HOLDS || *status == EXIT_PROVEN_BAD || *status == EXIT_HOLD)
        return 0;
    found = jv_get(r->verdict, "findings");
    found = found != NULL && found->count > 0 ? found->items[0] : NULL;
    return err_set(e, ERR_SYSTEM, "no verdict: %s: %s", jv_get_text(found, "code"),
                   jv_get_text(found, "message"));
}

int road_verify_stage(struct road *r, int *status, struct err *e)
{
    char package[FILE_PATH_MAX + 32], attestations[FILE_PATH_MAX + 48], verdict[FILE_PATH_MAX + 16];
    char stamps[FILE_PATH_MAX + 32];
    const char *staged[] = {package, "--attestations", attestations, r->tsa != NULL ? "--timestamps" : NULL, stamps, NULL};
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    int rc = -1;

    (void)snprintf(package, sizeof package, "%s/%s", r->stage, r->is_fleet ? "fleet.tar" : "package.tar");
    (void)snprintf(attestations, sizeof attestations, "%s/attestations.intoto.jsonl", r->stage);
    (void)snprintf(stamps, sizeof stamps, "%s/timestamps.jsonl", r->stage);
    (void)snprintf(verdict, sizeof verdict, "%s/verdict.json", r->work);
    road_begin("verify");
    if (verify(r, staged, &text, status, e) == 0 &&
        file_write(verdict, text.data, text.len, 0644, e) == 0) {
        road_say(r, "verify", jv_get_text(r->verdict, "status"));
        rc = 0;
    }
    buf_release(&text);
    return rc;
}

int road_make_key(struct road *r, int *status, struct err *e)
{
    char prefix[FILE_PATH_MAX + 8];
    const char *args[] = {"key", "new", "--role", "packager", "--out", prefix, "--not-for-use", "--json", NULL};
    struct buf ignored = buf_init(ROAD_DOCUMENT_MAX);
    int rc;

    if (r->key != NULL)
        return 0;
    (void)snprintf(prefix, sizeof prefix, "%s/once", r->work);
    rc = road_must("dryproof-pack", args, &ignored, status, e);
    (void)snprintf(r->once, sizeof r->once, "%s.key", prefix);
    (void)snprintf(r->pub, sizeof r->pub, "%.4000s.pub", prefix);
    r->key = r->once;
    buf_release(&ignored);
    return rc;
}

void road_print_headline(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if (*text >= ' ' && *text <= '~')
            (void)putchar(*text);
        else
            (void)printf("\\x%02x", (unsigned int)(unsigned char)*text);
    }
    (void)putchar('\n');
}

int road_show_changes(const char *run_dir, struct err *e)
{
    const char *args[] = {"diff", run_dir, "--rows", "5", NULL};
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    int status = EXIT_HOLDS;
    int rc = road_call("dryproof-pack", args, &text, &status, e);

    if (rc == 0 && text.len > 0)
        (void)fwrite(text.data, 1, text.len, stderr); /* it is escaped */
    buf_release(&text);
    return rc;
}

int road_commit(struct road *r, int *status, struct err *e)
{
    char verdict[FILE_PATH_MAX + 16], packages[FILE_PATH_MAX + 16];
    const char *review[] = {"review", r->stage, "--verdict", verdict, "--key", r->key, NULL};
    const char *commit[16] = {"commit", r->stage, "--repo", r->repo, "--key", r->key};
    const char *fetch[] = {"oci", "fetch", "--repo", r->repo, "--into", packages, r->package, NULL};
    const char *from_repo[] = {"--repo", r->repo, "--package", r->package, r->oci != NULL ? "--packages" : NULL, packages, NULL};
    size_t n = add_pair(commit, 6, "--log-key", r->log_key);
    struct buf text = buf_init(ROAD_DOCUMENT_MAX);
    int rc = -1;

    (void)snprintf(verdict, sizeof verdict, "%s/verdict.json", r->work);
    (void)snprintf(packages, sizeof packages, "%s/packages", r->work);
    (void)road_events(commit, add_pair(commit, n, "--oci", r->oci));
    road_begin("review");
    if (road_must("dryproof-pack", review, &text, status, e) != 0)
        goto out;
    road_say(r, "review", "REVIEW.md and the packet");
    buf_release(&text);
    if (get_timestamps(r, status, e) != 0)
        goto out;
    road_begin("commit");
    if (road_must("dryproof-pack", commit, &text, status, e) != 0)
        goto out;
    road_say(r, "commit", r->repo);
    buf_release(&text);
    road_begin("confirm");
    if (r->oci != NULL && road_must("dryproof-pack", fetch, &text, status, e) != 0)
        goto out;
    buf_release(&text);
    if (verify(r, from_repo, &text, status, e) != 0)
        goto out;
    road_say(r, "confirm", "read back and verified from the repository");
    rc = 0;
out:
    buf_release(&text);
    return rc;
}

int road_close(struct road *r, bool is_done, struct err *e)
{
    jv_free(r->verdict);
    r->verdict = NULL;
    if (!is_done && file_exists(r->stage)) {
        (void)fprintf(stderr, "dryproof: the staged package is kept in %s\n", r->stage);
        return 0;
    }
    if (!is_done && r->has_run) {
        (void)fprintf(stderr, "dryproof: the run is kept in %s\n", r->run_dir);
        if (!r->keeps_run)
            return 0; /* it is in the work folder */
    }
    return r->work[0] == '\0' ? 0 : file_remove_tree(r->work, e);
}

int road_end(struct road *r, int rc, int status, struct err *e)
{
    struct err later;

    if (road_close(r, rc == 0, &later) != 0 && rc == 0) {
        *e = later;
        rc = -1;
    }
    if (rc == 0)
        return status;
    if (proc_interrupted() != 0 && e->text[0] != '\0')
        (void)err_context(e, "interrupted by signal %d", proc_interrupted());
    if (e->text[0] != '\0')
        (void)cli_fail("dryproof", e);
    return status != EXIT_HOLDS ? status : err_exit_status(e->kind);
}
