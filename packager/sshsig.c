/* packager/sshsig.c - see packager/sshsig.h. */
#include "packager/sshsig.h"

#include <string.h>

#include "base/base64.h"

#define SSHSIG_MAX 4096
#define SSHSIG_COLUMNS 70 /* as ssh-keygen wraps it */

static int add_string(struct buf *out, const void *data, size_t len, struct err *e)
{
    unsigned char size[4];

    for (int i = 0; i < 4; i++)
        size[i] = (unsigned char)(len >> (8 * (3 - i)));
    return buf_add(out, size, sizeof size, e) != 0 ? -1 : buf_add(out, data, len, e);
}

static int add_text(struct buf *out, const char *text, struct err *e)
{
    return add_string(out, text, strlen(text), e);
}

static int public_blob(const struct pkg_key *key, struct buf *out, struct err *e)
{
    return add_text(out, "ssh-ed25519", e) != 0
               ? -1 : add_string(out, pkg_key_raw(key), PKG_KEY_RAW_BYTES, e);
}

/* What is signed: the message enters by its SHA-256. */
static int signed_bytes(const char *name_space, const void *data, size_t len, struct buf *out,
                        struct err *e)
{
    unsigned char hash[DIGEST_BYTES];
    struct digest *d = NULL;
    int rc = -1;

    if (digest_new(&d, e) == 0 && digest_begin(d, e) == 0 && digest_add(d, data, len, e) == 0 &&
        digest_end(d, hash, e) == 0 && buf_adds(out, "SSHSIG", e) == 0 &&
        add_text(out, name_space, e) == 0 && add_text(out, "", e) == 0 &&
        add_text(out, "sha256", e) == 0)
        rc = add_string(out, hash, sizeof hash, e);
    digest_free(d);
    return rc;
}

static int armor(const struct buf *blob, struct buf *out, struct err *e)
{
    struct buf text = buf_init(SSHSIG_MAX);
    int rc = -1;

    if (base64_encode(blob->data, blob->len, &text, e) != 0 ||
        buf_adds(out, "-----BEGIN SSH SIGNATURE-----\n", e) != 0)
        goto out;
    for (size_t i = 0; i < text.len; i += SSHSIG_COLUMNS) {
        size_t n = text.len - i < SSHSIG_COLUMNS ? text.len - i : SSHSIG_COLUMNS;

        if (buf_add(out, text.data + i, n, e) != 0 || buf_adds(out, "\n", e) != 0)
            goto out;
    }
    rc = buf_adds(out, "-----END SSH SIGNATURE-----\n", e);
out:
    buf_release(&text);
    return rc;
}

int pkg_sshsig_sign(const struct pkg_key *key, const char *name_space, const void *data, size_t len,
                    struct buf *out, struct err *e)
{
    static const unsigned char version[4] = {0, 0, 0, 1};
    unsigned char sig[PKG_KEY_SIGNATURE_BYTES];
    struct buf message = buf_init(SSHSIG_MAX);
    struct buf part = buf_init(SSHSIG_MAX);
    struct buf blob = buf_init(SSHSIG_MAX);
    int rc = -1;

    if (signed_bytes(name_space, data, len, &message, e) != 0 ||
        pkg_key_sign(key, message.data, message.len, sig, e) != 0 ||
        buf_adds(&blob, "SSHSIG", e) != 0 || buf_add(&blob, version, sizeof version, e) != 0 ||
        public_blob(key, &part, e) != 0 || add_string(&blob, part.data, part.len, e) != 0 ||
        add_text(&blob, name_space, e) != 0 || add_text(&blob, "", e) != 0 ||
        add_text(&blob, "sha256", e) != 0)
        goto out;
    buf_clear(&part);
    if (add_text(&part, "ssh-ed25519", e) != 0 || add_string(&part, sig, sizeof sig, e) != 0 ||
        add_string(&blob, part.data, part.len, e) != 0)
        goto out;
    rc = armor(&blob, out, e);
out:
    buf_release(&blob);
    buf_release(&part);
    buf_release(&message);
    return rc;
}

int pkg_sshsig_public(const struct pkg_key *key, struct buf *out, struct err *e)
{
    struct buf blob = buf_init(SSHSIG_MAX);
    int rc = -1;

    if (public_blob(key, &blob, e) == 0 && buf_adds(out, "ssh-ed25519 ", e) == 0)
        rc = base64_encode(blob.data, blob.len, out, e);
    buf_release(&blob);
    return rc;
}
