/* packager/log.c - see packager/log.h. */
#include "packager/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "packager/limits.h"

enum {
    WIDTH = PKG_LOG_WIDTH,
    LEVELS = 3,  /* 256^3 entries; the ledger ends before */
    PATHS = PKG_LOG_EDITS,
    ORIGIN = 80,
    NUMBERED = PKG_LOG_NUMBERED,
};

#define ORIGIN_PREFIX "dryproof.invalid/log/"

struct tile {
    unsigned char hash[WIDTH][DIGEST_BYTES];
    size_t count; /* of an unfinished tile */
};

struct pkg_log {
    const struct pkg_key *key;
    struct digest *digest;
    size_t size;
    char origin[ORIGIN];
    struct tile level[LEVELS];
    unsigned char bundle[WIDTH * NUMBERED];
    unsigned char path_of[LEVELS * 8][DIGEST_BYTES]; /* siblings of the next leaf, from below */
    size_t path_count;
    struct buf checkpoint, proof;
    struct pkg_git_edit edits[PATHS];
    char paths[PATHS][PKG_LOG_PATH];
    size_t edit_count;
};

int pkg_log_hash(struct digest *digest, const void *a, const void *b, unsigned char *out, struct err *e)
{
    const unsigned char leaf = 0, node = 1;

    if (digest_begin(digest, e) != 0 || digest_add(digest, b == NULL ? &leaf : &node, 1, e) != 0 ||
        digest_add(digest, a, DIGEST_BYTES, e) != 0 || (b != NULL && digest_add(digest, b, DIGEST_BYTES, e) != 0))
        return -1;
    return digest_end(digest, out, e);
}

/* The root above n hashes, a power of two. */
static int root_of(struct pkg_log *log, const unsigned char (*hashes)[DIGEST_BYTES], size_t n, unsigned char *out,
                   struct err *e)
{
    unsigned char left[DIGEST_BYTES], right[DIGEST_BYTES];

    if (n == 1) {
        memcpy(out, hashes[0], DIGEST_BYTES);
        return 0;
    }
    if (root_of(log, hashes, n / 2, left, e) != 0 || root_of(log, hashes + n / 2, n / 2, right, e) != 0)
        return -1;
    return pkg_log_hash(log->digest, left, right, out, e);
}

/* The perfect trees that the leaves form, from the smallest: what stands beside the next leaf. */
static int find_path(struct pkg_log *log, struct err *e)
{
    log->path_count = 0;
    for (int l = 0; l < LEVELS; l++) {
        size_t end = log->level[l].count;

        for (size_t n = 1; end > 0; n *= 2) {
            if ((log->level[l].count & n) == 0)
                continue;
            end -= n;
            if (root_of(log, (const unsigned char (*)[DIGEST_BYTES])log->level[l].hash + end, n,
                        log->path_of[log->path_count++], e) != 0)
                return -1;
        }
    }
    return 0;
}

/* The root of the tree whose last leaf, or smallest perfect tree, is `last`. */
static int fold(struct pkg_log *log, const unsigned char *last, size_t from, unsigned char *root, struct err *e)
{
    memcpy(root, last, DIGEST_BYTES);
    for (size_t i = from; i < log->path_count; i++)
        if (pkg_log_hash(log->digest, log->path_of[i], root, root, e) != 0)
            return -1;
    return 0;
}

/* What is signed: origin, size and root. */
static int write_lines(struct pkg_log *log, const unsigned char *root, struct err *e)
{
    struct buf *b = &log->checkpoint;

    buf_clear(b);
    if (buf_addf(b, e, "%s\n%zu\n", log->origin, log->size) != 0 || base64_encode(root, DIGEST_BYTES, b, e) != 0)
        return -1;
    return buf_adds(b, "\n", e);
}

/* The last line: four bytes that name the key, and its signature. */
static int write_signature(struct pkg_log *log, const struct pkg_key *key, const unsigned char *signature, struct err *e)
{
    unsigned char id[4 + PKG_KEY_SIGNATURE_BYTES], full[DIGEST_BYTES];
    const unsigned char kind[] = {'\n', 1}; /* 1: Ed25519 */
    struct buf *b = &log->checkpoint;

    if (digest_begin(log->digest, e) != 0 || digest_add(log->digest, log->origin, strlen(log->origin), e) != 0 ||
        digest_add(log->digest, kind, sizeof kind, e) != 0 ||
        digest_add(log->digest, pkg_key_raw(key), PKG_KEY_RAW_BYTES, e) != 0 || digest_end(log->digest, full, e) != 0)
        return -1;
    memcpy(id, full, 4);
    memcpy(id + 4, signature, PKG_KEY_SIGNATURE_BYTES);
    if (buf_addf(b, e, "\n\xe2\x80\x94 %s ", log->origin) != 0 || base64_encode(id, sizeof id, b, e) != 0)
        return -1;
    return buf_adds(b, "\n", e);
}

static int write_checkpoint(struct pkg_log *log, const unsigned char *root, struct err *e)
{
    unsigned char signature[PKG_KEY_SIGNATURE_BYTES];

    return write_lines(log, root, e) != 0 || pkg_key_sign(log->key, log->checkpoint.data, log->checkpoint.len, signature, e) != 0
               ? -1 : write_signature(log, log->key, signature, e);
}

/* Whether text is the checkpoint of this root, signed by key: which needs no private half. */
static int is_checkpoint(struct pkg_log *log, const struct pkg_key *key, const struct buf *text, const unsigned char *root,
                         bool *out, struct err *e)
{
    struct buf last = buf_init(PKG_KEY_FILE_MAX);
    struct err no;
    const char *space;
    size_t n;
    int rc = -1;

    *out = false;
    if (write_lines(log, root, e) != 0)
        return -1;
    n = log->checkpoint.len;
    space = text->len > n ? strrchr(text->data + n, ' ') : NULL;
    if (space == NULL || text->data[text->len - 1] != '\n' || memcmp(text->data, log->checkpoint.data, n) != 0 ||
        base64_decode(space + 1, (size_t)(text->data + text->len - 1 - (space + 1)), &last, &no) != 0 ||
        last.len != 4 + PKG_KEY_SIGNATURE_BYTES ||
        pkg_key_verify(key, text->data, n, (const unsigned char *)last.data + 4, PKG_KEY_SIGNATURE_BYTES, &no) != 0)
        rc = 0;
    else if (write_signature(log, key, (const unsigned char *)last.data + 4, e) == 0) {
        *out = text->len == log->checkpoint.len && memcmp(text->data, log->checkpoint.data, text->len) == 0;
        rc = 0;
    }
    buf_release(&last);
    return rc;
}

void pkg_log_tile_path(const char *level, size_t n, char out[PKG_LOG_PATH])
{
    unsigned int tile = (unsigned int)((n - 1) / WIDTH), width = (unsigned int)(n % WIDTH);
    int len = tile < 1000 ? snprintf(out, PKG_LOG_PATH, "log/tile/%s/%03u", level, tile)
                          : snprintf(out, PKG_LOG_PATH, "log/tile/%s/x%03u/%03u", level, tile / 1000 % 1000, tile % 1000);

    if (width > 0)
        (void)snprintf(out + len, (size_t)(PKG_LOG_PATH - len), ".p/%u", width);
}

/* The unfinished tile of a level that has n hashes, `unit` bytes each. */
static int read_tile(struct pkg_git *g, const char *commit, const char *level, size_t n, size_t unit, unsigned char *to,
                     struct err *e)
{
    struct buf tile = buf_init(sizeof((struct pkg_log *)0)->bundle);
    char path[PKG_LOG_PATH];
    int rc = 0;

    if (n % WIDTH == 0)
        return 0;
    pkg_log_tile_path(level, n, path);
    if (pkg_git_read(g, commit, path, &tile, e) != 0)
        rc = -1;
    else if (tile.len != n % WIDTH * unit)
        rc = err_set(e, ERR_INPUT, "%s has %zu bytes, its name says %zu", path, tile.len, n % WIDTH * unit);
    else
        memcpy(to, tile.data, tile.len);
    buf_release(&tile);
    return rc;
}

static int read_edge(struct pkg_log *log, struct pkg_git *g, const char *commit, struct err *e)
{
    size_t n = log->size;

    if (read_tile(g, commit, "entries", n, NUMBERED, log->bundle, e) != 0)
        return -1;
    for (int l = 0; l < LEVELS; l++, n /= WIDTH) {
        char level[2] = {(char)('0' + l), '\0'};

        log->level[l].count = n % WIDTH;
        if (read_tile(g, commit, level, n, DIGEST_BYTES, log->level[l].hash[0], e) != 0)
            return -1;
    }
    return 0;
}

/* Its first two lines; whether the rest is as it must be shows when it is written again. */
static int read_head(struct pkg_log *log, const struct buf *text, struct err *e)
{
    const char *lf = memchr(text->data, '\n', text->len);
    uintmax_t size;
    char *end;

    if (lf == NULL || (size_t)(lf - text->data) >= sizeof log->origin)
        return err_set(e, ERR_INPUT, "%s is no checkpoint", PKG_LOG_CHECKPOINT);
    (void)snprintf(log->origin, sizeof log->origin, "%.*s", (int)(lf - text->data), text->data);
    size = strtoumax(lf + 1, &end, 10);
    if (*end != '\n' || size == 0 || size > 999999)
        return err_set(e, ERR_INPUT, "%s has no size", PKG_LOG_CHECKPOINT);
    log->size = (size_t)size;
    return 0;
}

static int open_existing(struct pkg_log *log, struct pkg_git *g, const char *commit, size_t count, const struct pkg_key *before,
                         struct err *e)
{
    struct buf text = buf_init(PKG_KEY_FILE_MAX);
    unsigned char root[DIGEST_BYTES];
    bool is_ours;
    int rc = -1;

    if (pkg_git_read(g, commit, PKG_LOG_CHECKPOINT, &text, e) != 0 || read_head(log, &text, e) != 0 ||
        read_edge(log, g, commit, e) != 0 || find_path(log, e) != 0 || fold(log, log->path_of[0], 1, root, e) != 0 ||
        is_checkpoint(log, log->key, &text, root, &is_ours, e) != 0 ||
        (!is_ours && before != NULL && is_checkpoint(log, before, &text, root, &is_ours, e) != 0))
        goto out;
    if (!is_ours)
        err_set(e, ERR_INPUT, "%s is not what this log key signs over these tiles: it is another key's (after a rotation "
                "the one before is --old-log-key), or damaged",
                PKG_LOG_CHECKPOINT);
    else if (log->size != count)
        err_set(e, ERR_INPUT, "the log has %zu entries, the ledger %zu", log->size, count);
    else
        rc = 0;
out:
    buf_release(&text);
    return rc;
}

int pkg_log_open(struct pkg_git *g, const char *commit, size_t count, const struct pkg_key *key,
                 const struct pkg_key *before, struct pkg_log **out, struct err *e)
{
    struct pkg_log *log;
    bool has;

    *out = NULL;
    if (pkg_git_has(g, commit, PKG_LOG_CHECKPOINT, &has, e) != 0)
        return -1;
    if (has && key == NULL)
        return err_set(e, ERR_INPUT, "the repository has a log; give its key with --log-key");
    if (!has && key != NULL && count > 0)
        return err_set(e, ERR_INPUT, "a log begins with the first package, and this repository has %zu without one; "
                                     "leave out --log-key or begin another repository", count);
    if (key == NULL)
        return 0;
    log = calloc(1, sizeof *log);
    if (log == NULL)
        return err_no_memory(e);
    log->key = key;
    log->checkpoint = buf_init(PKG_KEY_FILE_MAX);
    log->proof = buf_init(PKG_KEY_FILE_MAX);
    if (digest_new(&log->digest, e) != 0 || (has && open_existing(log, g, commit, count, before, e) != 0)) {
        pkg_log_free(log);
        return -1;
    }
    *out = log;
    return 0;
}

void pkg_log_free(struct pkg_log *log)
{
    if (log == NULL)
        return;
    digest_free(log->digest);
    buf_release(&log->checkpoint);
    buf_release(&log->proof);
    free(log);
}

static void add_edit(struct pkg_log *log, const char *path, const void *data, size_t len)
{
    char *kept = log->paths[log->edit_count];

    (void)snprintf(kept, PKG_LOG_PATH, "%s", path);
    log->edits[log->edit_count++] = (struct pkg_git_edit){kept, data, len, NULL};
}

/* A level that had `before` hashes has one more: its tile is written, the shorter one goes. */
static void grow_tile(struct pkg_log *log, const char *level, size_t before, const void *data, size_t unit)
{
    char path[PKG_LOG_PATH];

    if (before % WIDTH > 0) {
        pkg_log_tile_path(level, before, path);
        add_edit(log, path, NULL, 0);
    }
    pkg_log_tile_path(level, before + 1, path);
    add_edit(log, path, data, (before % WIDTH + 1) * unit);
}

static int grow_levels(struct pkg_log *log, const unsigned char *leaf, struct err *e)
{
    unsigned char next[DIGEST_BYTES];
    size_t before = log->size;

    memcpy(next, leaf, sizeof next);
    for (int l = 0; l < LEVELS; l++, before /= WIDTH) {
        char level[2] = {(char)('0' + l), '\0'};
        struct tile *t = &log->level[l];

        memcpy(t->hash[t->count++], next, sizeof next);
        grow_tile(log, level, before, t->hash, DIGEST_BYTES);
        if (t->count < WIDTH)
            return 0;
        if (root_of(log, (const unsigned char (*)[DIGEST_BYTES])t->hash, WIDTH, next, e) != 0)
            return -1;
    }
    return err_set(e, ERR_LIMIT, "the log is full");
}

static int write_proof(struct pkg_log *log, struct err *e)
{
    if (buf_addf(&log->proof, e, "c2sp.org/tlog-proof@v1\nindex %zu\n", log->size - 1) != 0)
        return -1;
    for (size_t i = 0; i < log->path_count; i++)
        if (base64_encode(log->path_of[i], DIGEST_BYTES, &log->proof, e) != 0 || buf_adds(&log->proof, "\n", e) != 0)
            return -1;
    if (buf_adds(&log->proof, "\n", e) != 0)
        return -1;
    return buf_add(&log->proof, log->checkpoint.data, log->checkpoint.len, e);
}

int pkg_log_append(struct pkg_log *log, const char *ledger, struct err *e)
{
    unsigned char *entry = log->bundle + log->size % WIDTH * NUMBERED, leaf[DIGEST_BYTES], root[DIGEST_BYTES];

    if (log->size == 0)
        (void)snprintf(log->origin, sizeof log->origin, ORIGIN_PREFIX "%.32s", ledger);
    entry[0] = 0;
    entry[1] = DIGEST_BYTES;
    for (int i = 0; i < DIGEST_BYTES; i++)
        (void)sscanf(ledger + 2 * (size_t)i, "%2hhx", &entry[2 + i]);
    if (pkg_log_hash(log->digest, entry + 2, NULL, leaf, e) != 0 || find_path(log, e) != 0 || fold(log, leaf, 0, root, e) != 0 ||
        grow_levels(log, leaf, e) != 0)
        return -1;
    grow_tile(log, "entries", log->size, log->bundle, NUMBERED);
    log->size++;
    if (write_checkpoint(log, root, e) != 0)
        return -1;
    add_edit(log, PKG_LOG_CHECKPOINT, log->checkpoint.data, log->checkpoint.len);
    return write_proof(log, e);
}

const struct pkg_git_edit *pkg_log_edits(const struct pkg_log *log, size_t *count)
{
    *count = log->edit_count;
    return log->edits;
}

const struct buf *pkg_log_proof(const struct pkg_log *log)
{
    return &log->proof;
}
