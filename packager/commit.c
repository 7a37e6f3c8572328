/* packager/commit.c - see packager/commit.h. */
#include "packager/commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/events.h"
#include "packager/dsse.h"
#include "packager/exchange.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/log.h"
#include "packager/stamp.h"

#define FILES_MAX 64 /* of a packet */
#define TRIES_MAX 50 /* lost races with those who are no packagers */

struct job {
    const struct pkg_stage *stage;
    const struct pkg_key *key, *log_key, *log_before;
    struct pkg_publish *publish;
    struct pkg_exchange *exchange; /* NULL: no remote */
    char folder[96]; /* packages/aa/bb/sha256 */
    char proof_path[128], attestations[DIGEST_HEX];
    struct file_list names;
    char (*paths)[FILE_PATH_MAX]; /* of each name, in the repository */
    struct buf *bytes; /* one a name */
    struct pkg_naming **blobs; /* of these, their names in git */
    struct pkg_registry *registry; /* or NULL */
    struct pkg_registry_blob outside; /* what goes there */
    struct jv *verdict;
};

static struct pkg_git *git_of(const struct job *j)
{
    return pkg_publish_git(j->publish);
}

static void release_job(struct job *j)
{
    for (size_t i = 0; j->bytes != NULL && i < j->names.count; i++)
        if (j->bytes[i].data != j->stage->archive.data) /* it stays the stage's */
            buf_release(&j->bytes[i]);
    free(j->bytes);
    for (size_t i = 0; j->blobs != NULL && i < j->names.count; i++)
        if (j->blobs[i] != j->stage->name) /* so does this */
            pkg_naming_free(j->blobs[i]);
    free(j->blobs);
    free(j->paths);
    file_list_release(&j->names);
    jv_free(j->verdict);
    pkg_exchange_close(j->exchange);
    pkg_publish_end(j->publish);
}

/* What a policy says of keys and age depends on the day it is read: a committed verdict that
 * said it could not be derived again tomorrow. */
static int refuse_timely(const struct job *j, struct err *e)
{
    static const char *const timely[] = {"E_KEY_NOTYET", "E_KEY_EXPIRED", "E_KEY_REVOKED", "E_STALE",
                                        "E_TIMESTAMP_INVALID", "E_TIMESTAMP_MISMATCH", "E_TIMESTAMP_UNTRUSTED",
                                        "E_TIMESTAMP_EARLY", "E_TIMESTAMP_MISSING"};
    const struct jv *findings = jv_get(j->verdict, "findings");

    for (size_t i = 0; jv_is(findings, JV_ARRAY) && i < findings->count; i++)
        for (size_t k = 0; k < sizeof timely / sizeof *timely; k++)
            if (jv_text_is(jv_get(findings->items[i], "code"), timely[k]))
                return err_set(e, ERR_INPUT, "%s: its verdict says %s, which is so only at this time; use a key "
                               "and a run that the policy accepts now", j->stage->dir, timely[k]);
    return 0;
}

/* The archive's file in the commit: itself, or where it is. */
static int load_package(struct job *j, size_t at, struct err *e)
{
    j->bytes[at] = j->stage->archive;
    if (j->registry == NULL)
        return 0;
    (void)snprintf(j->outside.sha256, sizeof j->outside.sha256, "%s", j->stage->package);
    j->outside.data = j->stage->archive.data;
    j->outside.size = j->stage->archive.len;
    j->bytes[at] = buf_init(PKG_MAX_OCI_DOCUMENT_BYTES);
    return file_join(j->paths[at], j->folder, PKG_OCI_DOCUMENT, e) != 0 ? -1 : pkg_oci_document(j->registry, &j->outside, &j->bytes[at], e);
}

/* Before git knows of it. */
static int push(const struct job *j, struct err *e)
{
    struct pkg_oci_file files[FILES_MAX];
    struct pkg_oci_result result;
    size_t n = 0;

    events_say(&EVENT("stage", "registry"));
    for (size_t i = 0; i < j->names.count; i++)
        if (strcmp(j->names.paths[i], PKG_STAGE_PACKAGE) != 0)
            files[n++] = (struct pkg_oci_file){j->names.paths[i], &j->bytes[i]};
    return pkg_oci_push(j->registry, &j->outside, files, n, &result, e);
}

/* What a verifier would refuse does not get into a history that is never rewritten. */
static int check_stamps(const struct job *j, struct err *e)
{
    char attestations[FILE_PATH_MAX], path[FILE_PATH_MAX];

    if (file_join(attestations, j->stage->dir, PKG_STAGE_ATTESTATIONS, e) != 0 ||
        file_join(path, j->stage->dir, PKG_STAMP_FILE, e) != 0)
        return -1;
    return file_exists(path) ? pkg_stamp_check(attestations, path, e) : 0;
}

static int load_stage(struct job *j, struct err *e)
{
    const char *id = j->stage->package;

    (void)snprintf(j->folder, sizeof j->folder, "packages/%.2s/%.2s/%s", id, id + 2, id);
    if (pkg_stage_check_packet(j->stage, e) != 0 || file_list_tree(j->stage->dir, &j->names, e) != 0)
        return -1;
    if (j->names.count > FILES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d files in a packet", FILES_MAX);
    j->bytes = calloc(j->names.count + 1, sizeof *j->bytes);
    j->paths = calloc(j->names.count + 1, sizeof *j->paths);
    j->blobs = calloc(j->names.count + 1, sizeof(struct pkg_naming *));
    if (j->bytes == NULL || j->paths == NULL || j->blobs == NULL)
        return err_no_memory(e);
    (void)snprintf(j->proof_path, sizeof j->proof_path, "%s/" PKG_LOG_PROOF, j->folder);
    for (size_t i = 0; i < j->names.count; i++) {
        bool is_package = strcmp(j->names.paths[i], PKG_STAGE_PACKAGE) == 0;

        if (strchr(j->names.paths[i], '/') != NULL)
            return err_set(e, ERR_INPUT, "%s has a folder %s; a packet is flat", j->stage->dir,
                           j->names.paths[i]);
        if (file_join(j->paths[i], j->folder, j->names.paths[i], e) != 0 ||
            (is_package ? load_package(j, i, e) : pkg_stage_read(j->stage, j->names.paths[i], &j->bytes[i], e)) != 0)
            return -1;
        if (is_package && j->registry == NULL)
            j->blobs[i] = j->stage->name;
        if (j->blobs[i] == NULL && pkg_naming_begin(j->bytes[i].data, j->bytes[i].len, &j->blobs[i], e) != 0)
            return -1;
        if (strcmp(j->names.paths[i], PKG_STAGE_ATTESTATIONS) == 0 &&
            digest_hex(j->bytes[i].data, j->bytes[i].len, j->attestations, e) != 0)
            return -1;
        if (strcmp(j->names.paths[i], "verdict.json") == 0 &&
            jv_parse(j->bytes[i].data, j->bytes[i].len, &j->verdict, e) != 0)
            return err_context(e, "%s/verdict.json", j->stage->dir);
    }
    if (j->verdict == NULL)
        return err_set(e, ERR_INPUT, "%s has no verdict.json; run dryproof-pack review first", j->stage->dir);
    return refuse_timely(j, e) != 0 ? -1 : check_stamps(j, e);
}

static struct pkg_git_edit edit_of(const struct job *j, size_t i)
{
    return (struct pkg_git_edit){j->paths[i], j->bytes[i].data == NULL ? "" : j->bytes[i].data, j->bytes[i].len, j->blobs[i]};
}

/* Every file of the package's folder in the commit is ours, byte for byte, and no other. */
static int read_back(const struct job *j, const char *commit, struct err *e)
{
    struct file_list there = {NULL, 0, 0};
    bool is_ours = true;
    size_t files = 0;

    events_say(&EVENT("stage", "read-back"));
    if (pkg_git_list(git_of(j), commit, j->folder, &there, e) != 0)
        return -1;
    for (size_t i = 0; i < there.count; i++)
        files += strcmp(there.paths[i], PKG_LOG_PROOF) != 0;
    file_list_release(&there);
    if (files != j->names.count)
        return err_set(e, ERR_SYSTEM, "%s holds %zu files, the stage %zu", j->folder, files, j->names.count);
    for (size_t i = 0; i < j->names.count; i++) {
        struct pkg_git_edit edit = edit_of(j, i);

        if (pkg_git_holds(git_of(j), commit, &edit, &is_ours, e) != 0)
            return -1;
        if (!is_ours)
            return err_set(e, ERR_SYSTEM, "%s in the repository differs from the stage", j->paths[i]);
    }
    return 0;
}

static int write_message(const struct job *j, size_t sequence, struct buf *out, struct err *e)
{
    return buf_addf(out, e,
                    "Add package %s\n\nDryproof-Package: %s\nDryproof-Verdict: %s\n"
                    "Dryproof-Ledger: %06zu\n", j->stage->package, j->stage->package,
                    jv_get_text(j->verdict, "verdict"), sequence);
}

static int write_entry(const struct job *j, const struct pkg_ledger_end *end, struct buf *line, struct err *e)
{
    struct pkg_ledger_facts facts = {pkg_stage_predicate(j->stage), j->verdict, j->stage->package, j->attestations};
    struct buf body = buf_init(PKG_DOCUMENT_MAX);
    struct jv *entry = NULL;
    int rc = -1;

    if (pkg_ledger_entry(&facts, end, &entry, e) == 0 && jv_canonical(entry, &body, e) == 0)
        rc = pkg_dsse_sign(j->key, PKG_DSSE_LEDGER, body.data, body.len, line, e);
    jv_free(entry);
    buf_release(&body);
    return rc;
}

/* Ledger entry, log and commit on one tip, none of it to be seen yet. */
static int write_commit(const struct job *j, const char *tip, const struct pkg_ledger_end *end,
                        struct pkg_commit_result *out, struct err *e)
{
    struct pkg_git_edit edits[FILES_MAX + PKG_LOG_EDITS + 2];
    struct buf line = buf_init(PKG_DOCUMENT_MAX), message = buf_init(PKG_KEY_FILE_MAX);
    char email[DIGEST_HEX], digest[DIGEST_HEX], path[PKG_LEDGER_PATH];
    const struct pkg_git_edit *log_edits;
    struct pkg_log *log = NULL;
    size_t n = 0, more;
    int rc = -1;

    events_say(&EVENT("stage", "write"));
    for (; n < j->names.count; n++)
        edits[n] = edit_of(j, n);
    out->sequence = end->count + 1;
    pkg_ledger_path(out->sequence, path);
    (void)snprintf(email, sizeof email, "%.16s@dryproof.invalid", pkg_key_id(j->key));
    if (write_entry(j, end, &line, e) != 0 || digest_hex(line.data, line.len, digest, e) != 0 ||
        write_message(j, out->sequence, &message, e) != 0 || pkg_log_open(git_of(j), tip, end->count, j->log_key, j->log_before, &log, e) != 0)
        goto out;
    edits[n++] = (struct pkg_git_edit){path, line.data, line.len, NULL};
    if (log != NULL) {
        if (pkg_log_append(log, digest, e) != 0)
            goto out;
        log_edits = pkg_log_edits(log, &more);
        memcpy(edits + n, log_edits, more * sizeof *edits);
        n += more;
        edits[n++] = (struct pkg_git_edit){j->proof_path, pkg_log_proof(log)->data, pkg_log_proof(log)->len, NULL};
    }
    rc = pkg_publish_write(j->publish, tip, &(struct pkg_git_change){edits, n, message.data, email}, j->key, out->commit, e);
out:
    pkg_log_free(log);
    buf_release(&message);
    buf_release(&line);
    return rc;
}

static int is_entry_of(const struct job *j, const char *tip, size_t sequence, bool *out, struct err *e)
{
    struct jv *entry = NULL;

    if (pkg_ledger_read(git_of(j), tip, sequence, &entry, e) != 0)
        return -1;
    *out = jv_text_is(jv_get(entry, "package"), j->stage->package);
    jv_free(entry);
    return 0;
}

/* Its number as the log's proof has it; 0 without one. */
static int read_proof(const struct job *j, const char *tip, size_t *sequence, struct err *e)
{
    static const char head[] = "c2sp.org/tlog-proof@v1\nindex ";
    struct buf proof = buf_init(PKG_KEY_FILE_MAX);
    bool has = false;
    int rc = -1;

    *sequence = 0;
    if (pkg_git_has(git_of(j), tip, j->proof_path, &has, e) == 0 &&
        (!has || pkg_git_read(git_of(j), tip, j->proof_path, &proof, e) == 0))
        rc = 0;
    if (rc == 0 && proof.len > sizeof head && strncmp(proof.data, head, sizeof head - 1) == 0)
        *sequence = strtoul(proof.data + sizeof head - 1, NULL, 10) + 1;
    buf_release(&proof);
    return rc;
}

/* Of `sequence` entries; where the proof does not say it, the newest is looked at first. */
static int find_sequence(const struct job *j, const char *tip, size_t *sequence, struct err *e)
{
    bool found = false;
    size_t said;

    if (read_proof(j, tip, &said, e) != 0 || (said > 0 && said <= *sequence && is_entry_of(j, tip, said, &found, e) != 0))
        return -1;
    if (found)
        *sequence = said;
    for (size_t i = *sequence; !found && i > 0; i--) {
        if (is_entry_of(j, tip, i, &found, e) != 0)
            return -1;
        *sequence = i;
    }
    return found ? 0 : err_set(e, ERR_INPUT, "%s is in the repository without a ledger entry", j->folder);
}

/* 1 when the package stands in the tip (then checked), 0 when not, -1 on an error. */
static int is_there(const struct job *j, const char *tip, const struct pkg_ledger_end *end,
                    struct pkg_commit_result *out, struct err *e)
{
    bool has = false;

    if (pkg_git_has(git_of(j), tip, j->folder, &has, e) != 0)
        return -1;
    if (!has)
        return 0;
    if (read_back(j, tip, e) != 0)
        return err_context(e, "the package is in the repository already, but not as staged");
    out->sequence = end->count;
    if (find_sequence(j, tip, &out->sequence, e) != 0)
        return -1;
    out->was_there = true;
    (void)snprintf(out->commit, sizeof out->commit, "%s", tip);
    return 1;
}

/* One try on one tip: at the remote, then here. */
static int try_commit(const struct job *j, const char *tip, const struct pkg_ledger_end *end,
                      struct pkg_commit_result *out, bool *is_moved, struct err *e)
{
    if (write_commit(j, tip, end, out, e) != 0)
        return -1;
    if (j->exchange != NULL && (pkg_exchange_send(j->exchange, out->commit, is_moved, e) != 0 || *is_moved))
        return *is_moved ? 0 : -1;
    return pkg_publish_accept(j->publish, out->commit, is_moved, e);
}

static int commit_loop(const struct job *j, struct pkg_commit_result *out, struct err *e)
{
    if (j->exchange != NULL && pkg_exchange_fetch(j->exchange, false, e) != 0)
        return -1;
    for (int i = 0; i < TRIES_MAX; i++) {
        struct pkg_ledger_end end;
        char tip[PKG_GIT_HEX];
        bool is_moved = false;
        int there = -1;

        if (pkg_git_tip(git_of(j), tip, e) == 0 && pkg_ledger_find_end(git_of(j), tip, &end, e) == 0)
            there = is_there(j, tip, &end, out, e);
        if (there != 0)
            return there < 0 ? -1 : 0;
        if (j->exchange != NULL && !pkg_exchange_has_claim(j->exchange)) {
            if (pkg_exchange_claim(j->exchange, false, e) != 0)
                return -1;
            continue; /* on the tip that it has now */
        }
        if (try_commit(j, tip, &end, out, &is_moved, e) != 0)
            return -1;
        if (!is_moved)
            return read_back(j, out->commit, e);
    }
    return err_set(e, ERR_SYSTEM, "lost %d races for " PKG_GIT_REF "; try again", TRIES_MAX);
}

int pkg_commit_stage(const struct pkg_stage *stage, const struct pkg_commit_order *order, struct pkg_commit_result *out,
                     struct err *e)
{
    struct job j = {.stage = stage, .key = order->key, .log_key = order->log_key, .log_before = order->log_before,
                    .registry = order->registry};
    struct pkg_commit_result result = {"", 0, false};
    int rc = -1;

    if (load_stage(&j, e) != 0 || (j.registry != NULL && push(&j, e) != 0) ||
        pkg_publish_begin(order->repo, order->wait_s, &j.publish, e) != 0 ||
        pkg_exchange_open(j.publish, order->wait_s, order->timeout_s, pkg_key_id(order->key), &j.exchange, e) != 0)
        goto out;
    if (order->wants_remote && j.exchange == NULL) {
        err_set(e, ERR_INPUT, PKG_NO_REMOTE, order->repo, order->repo);
    } else if (order->signatures != NULL && j.exchange != NULL) {
        /* the claim would be held for as long as somebody takes to sign */
        err_set(e, ERR_INPUT, "%s has a remote, and keys that sign elsewhere cannot publish to one; commit to a repository "
                "without a remote, then push that (dryproof push --repo REPO)", order->repo);
    } else if (commit_loop(&j, &result, e) == 0) {
        *out = result;
        rc = 0;
    }
out:
    release_job(&j);
    return rc;
}
