/*
 * packager/keyfile.h - key files: text lines that say a key's role, then PEM.
 * FORMAT.md section 8.
 */
#ifndef PACKAGER_KEYFILE_H
#define PACKAGER_KEYFILE_H

#include <stdbool.h>

#include "packager/key.h"

#define PKG_KEYFILE_ROLE_MAX 16

struct pkg_keyfile {
    struct pkg_key *key;
    bool is_private;
    bool is_for_use;                 /* false: the file bears "dryproof mark: NOT FOR USE" */
    char role[PKG_KEYFILE_ROLE_MAX]; /* as in a policy; "" when unmarked */
};

/* pkg_keyfile_is_role(text): one of the five roles. */
bool pkg_keyfile_is_role(const char *text);

/* pkg_keyfile_write(prefix, role, is_for_use, key, e): PREFIX.key (0600) and PREFIX.pub
 * (0644).  ERR_INPUT when either exists; neither is replaced. */
int pkg_keyfile_write(const char *prefix, const char *role, bool is_for_use,
                      const struct pkg_key *key, struct err *e) BASE_MUST_USE;

/* pkg_keyfile_read(path, out, e): a private or public key file.  ERR_INPUT when it is no
 * regular file, when a private one is readable by others or somebody else's, or when it holds no Ed25519 key.
 * Ownership: pkg_keyfile_release(). */
int pkg_keyfile_read(const char *path, struct pkg_keyfile *out, struct err *e) BASE_MUST_USE;
void pkg_keyfile_release(struct pkg_keyfile *file);

/* pkg_keyfile_read_signer(path, role, elsewhere, out, e): a private key that is unmarked or of this
 * role; or, where elsewhere names a folder, a public one, which signs there.
 * Ownership: elsewhere stays the caller's and must live as long. */
int pkg_keyfile_read_signer(const char *path, const char *role, const char *elsewhere,
                            struct pkg_keyfile *out, struct err *e) BASE_MUST_USE;

#endif
