/* verifier/note.c - see note.h. */
#include "verifier/note.h"

#include "verifier/text.h"

#include <string.h>

static const char space[] = "dryproof.invalid/log/", dash[] = "\xe2\x80\x94 ", head[] = "c2sp.org/tlog-proof@v1\n";

struct rest {
    const char *p;
    size_t n;
};

/* the next line, without its LF */
static bool line(struct rest *from, struct rest *out)
{
    const char *lf = from->n == 0 ? NULL : memchr(from->p, '\n', from->n);

    if (lf == NULL)
        return false;
    *out = (struct rest){from->p, (size_t)(lf - from->p)};
    from->n -= out->n + 1;
    from->p = lf + 1;
    return true;
}

static bool begins(struct rest *from, const char *with, size_t n)
{
    if (from->n < n || memcmp(from->p, with, n) != 0)
        return false;
    from->p += n;
    from->n -= n;
    return true;
}

/* one spelling of a number below 10^9 */
static bool number(const struct rest *text, size_t *out)
{
    *out = 0;
    if (text->n == 0 || text->n > 9 || (text->p[0] == '0' && text->n > 1))
        return false;
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] < '0' || text->p[i] > '9')
            return false;
        *out = *out * 10 + (size_t)(text->p[i] - '0');
    }
    return true;
}

static bool bytes(struct arena *a, const struct rest *text, void *out, size_t n)
{
    char *raw;
    size_t len;

    if (vfy_text_base64(a, text->p, text->n, &raw, &len) != 0 || len != n)
        return false;
    memcpy(out, raw, n);
    return true;
}

static bool is_origin(const char *text)
{
    return strncmp(text, space, sizeof space - 1) == 0 && vfy_text_hex(text + sizeof space - 1, 32);
}

int vfy_note_parse(struct arena *a, const char *p, size_t n, const char *path, struct note *out, struct err *e)
{
    struct rest all = {p, n}, origin, size, root, empty, signature;
    uint8_t both[4 + VFY_SIG];

    memset(out, 0, sizeof *out);
    if (!line(&all, &origin) || !line(&all, &size) || !line(&all, &root))
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "not three lines: origin, size and root");
    out->text = p;
    out->text_len = n - all.n;
    out->origin = vfy_mem_copy(a, origin.p, origin.n);
    if (!is_origin(out->origin))
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "its origin is not %s and 32 hex digits", space);
    if (!number(&size, &out->size) || out->size == 0)
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "its size is no decimal number from 1 on");
    out->root_text = vfy_mem_copy(a, root.p, root.n);
    if (!bytes(a, &root, out->root, VFY_HASH))
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "its root is not the base64 of %d bytes", VFY_HASH);
    if (!line(&all, &empty) || empty.n != 0)
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "no empty line after its three lines");
    if (!line(&all, &signature) || all.n != 0)
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "not exactly one signature line");
    if (!begins(&signature, dash, sizeof dash - 1) || !begins(&signature, out->origin, strlen(out->origin)) ||
        !begins(&signature, " ", 1) || !bytes(a, &signature, both, sizeof both))
        return vfy_err_set(e, E_LOG_CHECKPOINT, path, "its last line is not a signature of its origin");
    memcpy(out->id, both, sizeof out->id);
    memcpy(out->signature, both + sizeof out->id, VFY_SIG);
    return 0;
}

bool vfy_note_is_proof(const char *p, size_t n)
{
    struct rest all = {p, n};

    return begins(&all, head, sizeof head - 1);
}

int vfy_note_proof(struct arena *a, const char *p, size_t n, const char *path, struct proof *out, struct err *e)
{
    struct rest all = {p, n}, one;

    memset(out, 0, sizeof *out);
    if (!begins(&all, head, sizeof head - 1))
        return vfy_err_set(e, E_LOG_PROOF, path, "it does not begin as a c2sp.org/tlog-proof@v1");
    if (!line(&all, &one) || !begins(&one, "index ", 6) || !number(&one, &out->index))
        return vfy_err_set(e, E_LOG_PROOF, path, "its second line is not an index");
    while (line(&all, &one) && one.n > 0) {
        if (out->count == sizeof out->hashes / sizeof *out->hashes)
            return vfy_err_set(e, E_LOG_PROOF, path, "more hashes than a tree has levels");
        if (!bytes(a, &one, out->hashes[out->count++], VFY_HASH))
            return vfy_err_set(e, E_LOG_PROOF, path, "a line is not the base64 of %d bytes", VFY_HASH);
    }
    out->note = all.p;
    out->note_len = all.n;
    return 0;
}

/* a signed note's key id: short, so that several keys may have one */
static bool has_id(const struct note *note, const struct pubkey *key)
{
    char said[sizeof space + 32 + 2 + VFY_RAW_KEY];
    size_t n = strlen(note->origin);
    uint8_t digest[64];

    memcpy(said, note->origin, n);
    memcpy(said + n, "\n\1", 2);
    memcpy(said + n + 2, key->raw, VFY_RAW_KEY);
    vfy_crypto_raw(256, said, n + 2 + VFY_RAW_KEY, digest);
    return memcmp(digest, note->id, sizeof note->id) == 0;
}

int vfy_note_signer(const struct policy *policy, const struct note *note, const char *path,
                    const struct trusted **signer, struct err *e)
{
    bool any = false, known = false;

    *signer = NULL;
    for (size_t i = 0; i < policy->key_count; i++) {
        const struct trusted *key = &policy->keys[i];

        any = any || key->role == ROLE_LOG;
        if (key->role != ROLE_LOG || !has_id(note, &key->key))
            continue;
        known = true;
        if (!vfy_crypto_verify(key->key.raw, note->signature, VFY_SIG, note->text, note->text_len))
            continue;
        *signer = key;
    }
    if (*signer != NULL)
        return vfy_policy_may_sign(*signer, ROLE_LOG, path, e);
    if (!any)
        return 0;
    if (!known)
        return vfy_err_set(e, E_LOG_KEY, path, "no trusted log key has the id %02x%02x%02x%02x", note->id[0], note->id[1],
                           note->id[2], note->id[3]);
    return vfy_err_set(e, E_LOG_SIGNATURE, path, "the log's signature does not fit its three lines");
}
