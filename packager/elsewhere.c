/* packager/elsewhere.c - see packager/elsewhere.h. */
#include "packager/elsewhere.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define TIME_MAX 32 /* bytes of DIR/time */

static int path_of(const char *dir, const struct pkg_key *key, const char *id, const char *kind, char out[FILE_PATH_MAX], struct err *e)
{
    char name[2 * DIGEST_HEX];

    (void)snprintf(name, sizeof name, "%.16s-%s.%s", pkg_key_id(key), id, kind);
    return file_join(out, dir, name, e);
}

/* Asks again only for what is not asked already: whoever signs may be reading it. */
static int ask(const char *path, const void *data, size_t len, struct err *e)
{
    return file_exists(path) ? 0 : file_make_parent(path, e) != 0 ? -1 : file_write(path, data, len, 0644, e);
}

int pkg_elsewhere_sign(const char *dir, const struct pkg_key *key, const void *data, size_t len,
                       unsigned char sig[PKG_KEY_SIGNATURE_BYTES], struct err *e)
{
    char id[DIGEST_HEX], wanted[FILE_PATH_MAX], brought[FILE_PATH_MAX];
    struct buf bytes = buf_init(0);
    int rc = -1;

    if (digest_hex(data, len, id, e) != 0 || path_of(dir, key, id, "tbs", wanted, e) != 0 || path_of(dir, key, id, "sig", brought, e) != 0)
        return -1;
    if (!file_exists(brought))
        return ask(wanted, data, len, e) != 0 ? -1
                   : err_set(e, ERR_HOLD, "a signature is not there yet: sign %s into %s, and run this again", wanted, brought);
    if (file_read(brought, 64 * PKG_KEY_SIGNATURE_BYTES, &bytes, e) != 0)
        return -1;
    if (bytes.len != PKG_KEY_SIGNATURE_BYTES)
        err_set(e, ERR_INPUT, "%s has %zu bytes, an Ed25519 signature has %d", brought, bytes.len, PKG_KEY_SIGNATURE_BYTES);
    else if (pkg_key_verify(key, data, len, (const unsigned char *)bytes.data, bytes.len, e) != 0)
        err_set(e, ERR_INPUT, "%s is not the signature by key %s over %s; remove it and sign again", brought, pkg_key_id(key), wanted);
    else {
        memcpy(sig, bytes.data, PKG_KEY_SIGNATURE_BYTES);
        rc = 0;
    }
    buf_release(&bytes);
    return rc;
}

int pkg_elsewhere_time(const char *dir, time_t *out, struct err *e)
{
    char path[FILE_PATH_MAX], text[TIME_MAX];
    struct buf kept = buf_init(0);
    long long when;

    if (file_join(path, dir, "time", e) != 0)
        return -1;
    (void)snprintf(text, sizeof text, "%lld\n", (long long)time(NULL));
    if (ask(path, text, strlen(text), e) != 0 || file_read(path, TIME_MAX, &kept, e) != 0)
        return -1;
    when = strtoll(kept.data, NULL, 10);
    buf_release(&kept);
    if (when <= 0)
        return err_set(e, ERR_INPUT, "%s holds no time; remove it", path);
    *out = (time_t)when;
    return 0;
}
