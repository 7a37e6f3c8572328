/*
 * packager/sshsig.h - SSH signatures (OpenSSH PROTOCOL.sshsig) by an Ed25519 key, for
 * git commits; and the key in OpenSSH's notation.
 */
#ifndef PACKAGER_SSHSIG_H
#define PACKAGER_SSHSIG_H

#include "base/buf.h"
#include "packager/key.h"

/* pkg_sshsig_sign(key, name_space, data, len, out, e): append an armored signature. */
int pkg_sshsig_sign(const struct pkg_key *key, const char *name_space, const void *data, size_t len,
                    struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_sshsig_public(key, out, e): append "ssh-ed25519 BASE64". */
int pkg_sshsig_public(const struct pkg_key *key, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
