/* packager/commit.c - see packager/commit.h. */
#include "packager/commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "packager/dsse.h"
#include "packager/ledger.h"
#include "packager/limits.h"

#define TRIES_MAX 400 /* lost races */
#define LOCKED_MAX 150 /* pauses for one held lock, some 4 seconds */

struct job {
    const struct pkg_stage *stage;
    const struct pkg_key *key;
    struct pkg_git *git;
    char folder[96]; /* packages/aa/bb/sha256 */
    struct file_list names;
    struct buf *bytes; /* one a name */
    struct jv *verdict;
};

static void release_job(struct job *j)
{
    for (size_t i = 0; j->bytes != NULL && i < j->names.count; i++)
        buf_release(&j->bytes[i]);
    free(j->bytes);
    file_list_release(&j->names);
    jv_free(j->verdict);
    pkg_git_free(j->git);
}

/* What a policy says of keys and age depends on the day it is read: a committed verdict that
 * said it could not be derived again tomorrow. */
static int refuse_timely(const struct job *j, struct err *e)
{
    static const char *const timely[] = {"E_KEY_NOTYET", "E_KEY_EXPIRED", "E_STALE"};
    const struct jv *findings = jv_get(j->verdict, "findings");

    for (size_t i = 0; jv_is(findings, JV_ARRAY) && i < findings->count; i++)
        for (size_t k = 0; k < sizeof timely / sizeof *timely; k++)
            if (jv_text_is(jv_get(findings->items[i], "code"), timely[k]))
                return err_set(e, ERR_INPUT, "%s: its verdict says %s, which is so only at this time; use a key "
                               "and a run that the policy accepts now", j->stage->dir, timely[k]);
    return 0;
}

static int load_stage(struct job *j, struct err *e)
{
    const char *id = j->stage->package;

    (void)snprintf(j->folder, sizeof j->folder, "packages/%.2s/%.2s/%s", id, id + 2, id);
    if (pkg_stage_check_packet(j->stage, e) != 0 || file_list_tree(j->stage->dir, &j->names, e) != 0)
        return -1;
    j->bytes = calloc(j->names.count + 1, sizeof *j->bytes);
    if (j->bytes == NULL)
        return err_no_memory(e);
    for (size_t i = 0; i < j->names.count; i++) {
        if (strchr(j->names.paths[i], '/') != NULL)
            return err_set(e, ERR_INPUT, "%s has a folder %s; a packet is flat", j->stage->dir,
                           j->names.paths[i]);
        if (pkg_stage_read(j->stage, j->names.paths[i], &j->bytes[i], e) != 0)
            return -1;
        if (strcmp(j->names.paths[i], "verdict.json") == 0 &&
            jv_parse(j->bytes[i].data, j->bytes[i].len, &j->verdict, e) != 0)
            return err_context(e, "%s/verdict.json", j->stage->dir);
    }
    if (j->verdict == NULL)
        return err_set(e, ERR_INPUT, "%s has no verdict.json; run dryproof-pack review first", j->stage->dir);
    return refuse_timely(j, e);
}

/* Every file of the package's folder in the commit is ours, byte for byte, and no other. */
static int read_back(const struct job *j, const char *commit, struct err *e)
{
    struct file_list there = {NULL, 0, 0};
    struct buf got = buf_init(PKG_FILE_MAX);
    char path[FILE_PATH_MAX];
    int rc = -1;

    if (pkg_git_list(j->git, commit, j->folder, &there, e) != 0)
        return -1;
    if (there.count != j->names.count) {
        err_set(e, ERR_SYSTEM, "%s holds %zu files, the stage %zu", j->folder, there.count,
                j->names.count);
        goto out;
    }
    for (size_t i = 0; i < j->names.count; i++) {
        buf_clear(&got);
        if (file_join(path, j->folder, j->names.paths[i], e) != 0 ||
            pkg_git_read(j->git, commit, path, &got, e) != 0)
            goto out;
        if (got.len != j->bytes[i].len ||
            (got.len > 0 && memcmp(got.data, j->bytes[i].data, got.len) != 0)) {
            err_set(e, ERR_SYSTEM, "%s in the repository differs from the stage", path);
            goto out;
        }
    }
    rc = 0;
out:
    buf_release(&got);
    file_list_release(&there);
    return rc;
}

static int write_message(const struct job *j, size_t sequence, struct buf *out, struct err *e)
{
    return buf_addf(out, e,
                    "Add package %s\n\nDryproof-Package: %s\nDryproof-Verdict: %s\n"
                    "Dryproof-Ledger: %06zu\n", j->stage->package, j->stage->package,
                    jv_get_text(j->verdict, "verdict"), sequence);
}

/* One try on one tip. */
static int try_commit(const struct job *j, const char *tip, const struct pkg_ledger *ledger,
                      struct pkg_commit_result *out, enum pkg_git_outcome *outcome, struct err *e)
{
    struct pkg_git_file files[64];
    struct buf body = buf_init(PKG_DOCUMENT_MAX), line = buf_init(PKG_DOCUMENT_MAX);
    struct buf message = buf_init(PKG_KEY_FILE_MAX);
    struct jv *entry = NULL;
    char name[PKG_LEDGER_NAME];
    char email[DIGEST_HEX];
    int rc = -1;

    if (j->names.count > sizeof files / sizeof *files)
        return err_set(e, ERR_LIMIT, "more than %zu files in a packet", sizeof files / sizeof *files);
    for (size_t i = 0; i < j->names.count; i++)
        files[i] = (struct pkg_git_file){j->names.paths[i], j->bytes[i].data, j->bytes[i].len};
    out->sequence = ledger->entries->count + 1;
    pkg_ledger_name(out->sequence, name);
    (void)snprintf(email, sizeof email, "%.16s@dryproof.invalid", pkg_key_id(j->key));
    if (pkg_ledger_entry(pkg_stage_predicate(j->stage), j->verdict, j->stage->package, ledger, &entry,
                         e) != 0 ||
        jv_canonical(entry, &body, e) != 0 ||
        pkg_dsse_sign(j->key, PKG_DSSE_LEDGER, body.data, body.len, &line, e) != 0 ||
        write_message(j, out->sequence, &message, e) != 0)
        goto out;
    rc = pkg_git_commit(j->git, tip,
                        &(struct pkg_git_change){j->folder, files, j->names.count,
                                                 {name, line.data, line.len}, message.data, email},
                        j->key, out->commit, outcome, e);
out:
    jv_free(entry);
    buf_release(&message);
    buf_release(&line);
    buf_release(&body);
    return rc;
}

/* 1 when the package stands in the tip (then checked), 0 when not, -1 on an error. */
static int is_there(const struct job *j, const char *tip, const struct pkg_ledger *ledger,
                    struct pkg_commit_result *out, struct err *e)
{
    bool has = false;

    if (pkg_git_has(j->git, tip, j->folder, &has, e) != 0)
        return -1;
    if (!has)
        return 0;
    if (read_back(j, tip, e) != 0)
        return err_context(e, "the package is in the repository already, but not as staged");
    for (size_t i = 0; i < ledger->entries->count; i++) {
        if (jv_text_is(jv_get(ledger->entries->items[i], "package"), j->stage->package)) {
            out->sequence = i + 1;
            out->was_there = true;
            (void)snprintf(out->commit, sizeof out->commit, "%s", tip);
            return 1;
        }
    }
    return err_set(e, ERR_INPUT, "%s is in the repository without a ledger entry", j->folder);
}

/* 8 to 40 ms, so that racing packagers do not stay in step. */
static void pause_a_little(void)
{
    unsigned char random = 0;
    struct err ignored;

    if (digest_random(&random, 1, &ignored) != 0)
        random = 0;
    (void)nanosleep(&(struct timespec){0, 8000000 + random * 125000L}, NULL);
}

static int commit_loop(const struct job *j, struct pkg_commit_result *out, struct err *e)
{
    int locked = 0;

    for (int i = 0; i < TRIES_MAX; i++) {
        struct pkg_ledger ledger = {NULL, ""};
        enum pkg_git_outcome outcome = PKG_GIT_DONE;
        char tip[PKG_GIT_HEX];
        int there = -1;
        int bad = -1;

        if (pkg_git_tip(j->git, tip, e) == 0 && pkg_ledger_read(j->git, tip, &ledger, e) == 0)
            there = is_there(j, tip, &ledger, out, e);
        if (there == 0)
            bad = try_commit(j, tip, &ledger, out, &outcome, e);
        pkg_ledger_release(&ledger);
        if (there != 0)
            return there < 0 ? -1 : 0;
        if (bad != 0)
            return -1;
        if (outcome == PKG_GIT_DONE)
            return read_back(j, out->commit, e);
        if (outcome == PKG_GIT_LOCKED && ++locked >= LOCKED_MAX)
            return err_context(e, "waited for it in vain; remove it if no git or packager runs");
        pause_a_little();
    }
    return err_set(e, ERR_SYSTEM, "lost %d races for " PKG_GIT_REF "; try again", TRIES_MAX);
}

int pkg_commit_stage(const struct pkg_stage *stage, const struct pkg_key *key, const char *repo,
                     struct pkg_commit_result *out, struct err *e)
{
    struct job j = {.stage = stage, .key = key};
    struct pkg_commit_result result = {"", 0, false};
    int rc = -1;

    if (load_stage(&j, e) == 0 && pkg_git_open(repo, true, &j.git, e) == 0 &&
        commit_loop(&j, &result, e) == 0) {
        *out = result;
        rc = 0;
    }
    release_job(&j);
    return rc;
}
