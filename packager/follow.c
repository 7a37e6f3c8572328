/* packager/follow.c - see packager/follow.h. */
#include "packager/follow.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/log.h"

enum { WIDTH = PKG_LOG_WIDTH, NUMBERED = PKG_LOG_NUMBERED, LEVELS = 24 };

struct head {
    size_t size; /* 0: no log */
    char origin[128], root[64];
};

/* Perfect trees of what was added, the largest first, as in RFC 6962. */
struct peaks {
    struct digest *digest;
    unsigned char hash[LEVELS][DIGEST_BYTES];
    size_t count, size;
};

static int add(struct peaks *p, const unsigned char *entry, struct err *e)
{
    if (p->count == LEVELS)
        return err_set(e, ERR_LIMIT, "the log is too long");
    if (pkg_log_hash(p->digest, entry, NULL, p->hash[p->count++], e) != 0)
        return -1;
    for (size_t n = p->size++; (n & 1) == 1; n /= 2, p->count--)
        if (pkg_log_hash(p->digest, p->hash[p->count - 2], p->hash[p->count - 1], p->hash[p->count - 2], e) != 0)
            return -1;
    return 0;
}

static int is_root(struct peaks *p, const char *root, bool *out, struct err *e)
{
    unsigned char hash[DIGEST_BYTES];
    struct buf text = buf_init(64);
    int rc = -1;

    memcpy(hash, p->hash[p->count - 1], sizeof hash);
    for (size_t i = p->count - 1; i > 0; i--)
        if (pkg_log_hash(p->digest, p->hash[i - 1], hash, hash, e) != 0)
            goto out;
    if (base64_encode(hash, sizeof hash, &text, e) != 0)
        goto out;
    *out = strcmp(text.data, root) == 0;
    rc = 0;
out:
    buf_release(&text);
    return rc;
}

static int read_head(struct pkg_git *g, const char *commit, struct head *out, struct err *e)
{
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    bool has = false;
    int rc = -1;

    *out = (struct head){0, "", ""};
    if (pkg_git_has(g, commit, PKG_LOG_CHECKPOINT, &has, e) != 0)
        return -1;
    if (!has)
        return 0;
    if (pkg_git_read(g, commit, PKG_LOG_CHECKPOINT, &text, e) != 0)
        goto out;
    if (text.len == 0 || sscanf(text.data, "%127[^\n]\n%6zu\n%63[^\n]\n", out->origin, &out->size, out->root) != 3 || out->size == 0)
        err_set(e, ERR_REFUTED, "E_LOG_REWRITTEN: %s of %s is no checkpoint", PKG_LOG_CHECKPOINT, commit);
    else
        rc = 0;
out:
    buf_release(&text);
    return rc;
}

/* Entries from `at` on, as many as their bundle has. */
static int read_bundle(struct pkg_git *g, const char *commit, size_t at, size_t size, struct buf *out, struct err *e)
{
    size_t width = size - at < WIDTH ? size - at : WIDTH;
    char path[PKG_LOG_PATH];

    pkg_log_tile_path("entries", at + width, path);
    buf_clear(out);
    if (pkg_git_read(g, commit, path, out, e) != 0)
        return -1;
    return out->len == width * NUMBERED ? 0 : err_set(e, ERR_REFUTED, "E_LOG_REWRITTEN: %s has another length", path);
}

static int check_ledger(struct pkg_git *g, const char *commit, size_t sequence, const unsigned char *entry, struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    char path[PKG_LEDGER_PATH], is[DIGEST_HEX], said[DIGEST_HEX];
    int rc = -1;

    pkg_ledger_path(sequence, path);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        (void)snprintf(said + 2 * i, 3, "%02x", entry[i]);
    if (pkg_git_read(g, commit, path, &text, e) == 0 && digest_hex(text.data, text.len, is, e) == 0)
        rc = strcmp(is, said) == 0 ? 0 : err_set(e, ERR_REFUTED, "E_LOG_REWRITTEN: %s is not what the log has", path);
    buf_release(&text);
    return rc;
}

static int check_entries(struct pkg_git *g, const struct head *old, const struct head *new, const char *to, struct err *e)
{
    struct peaks p = {.count = 0};
    struct buf bundle = buf_init(WIDTH * NUMBERED);
    bool same = false;
    int rc = -1;

    if (digest_new(&p.digest, e) != 0)
        return -1;
    for (size_t i = 0; i < new->size; i++) {
        const unsigned char *entry;

        if (i % WIDTH == 0 && read_bundle(g, to, i, new->size, &bundle, e) != 0)
            goto out;
        entry = (const unsigned char *)bundle.data + i % WIDTH * NUMBERED + 2;
        if (add(&p, entry, e) != 0 || (i >= old->size && check_ledger(g, to, i + 1, entry, e) != 0))
            goto out;
        if (i + 1 == old->size && is_root(&p, old->root, &same, e) != 0)
            goto out;
        if (i + 1 == old->size && !same) {
            err_set(e, ERR_REFUTED, "E_LOG_FORK: its first %zu entries are not those of this repository", old->size);
            goto out;
        }
    }
    if (is_root(&p, new->root, &same, e) == 0)
        rc = same ? 0 : err_set(e, ERR_REFUTED, "E_LOG_REWRITTEN: its checkpoint is of another tree than its entries");
out:
    buf_release(&bundle);
    digest_free(p.digest);
    return rc;
}

static int check(struct pkg_git *g, const char *from, const char *to, struct err *e)
{
    struct pkg_ledger_end end, before;
    struct head old, new;

    if (read_head(g, from, &old, e) != 0 || read_head(g, to, &new, e) != 0 || pkg_ledger_find_end(g, to, &end, e) != 0 ||
        pkg_ledger_find_end(g, from, &before, e) != 0)
        return -1;
    if (end.count < before.count || new.size < old.size)
        return err_set(e, ERR_REFUTED, "E_LOG_TAIL: it has %zu entries, this repository %zu", end.count, before.count);
    if (end.count == 0)
        return err_set(e, ERR_REFUTED, "E_REPO_MISMATCH: it has no ledger, and is no evidence repository");
    if (old.size == 0 && new.size == 0)
        return 0;
    if (new.size != end.count || (old.size == 0 && before.count > 0))
        return err_set(e, ERR_REFUTED, "E_LOG_REWRITTEN: its log has %zu entries, its ledger %zu", new.size, end.count);
    if (old.size > 0 && strcmp(old.origin, new.origin) != 0)
        return err_set(e, ERR_REFUTED, "E_LOG_FORK: its log has another origin");
    return check_entries(g, &old, &new, to, e);
}

int pkg_follow_check(struct pkg_git *g, const char *from, const char *to, struct err *e)
{
    if (check(g, from, to, e) == 0)
        return 0;
    if (e->kind == ERR_INPUT) { /* what is not there, or has another form */
        err_context(e, "E_LOG_REWRITTEN");
        e->kind = ERR_REFUTED;
    }
    return -1;
}
