/*
 * packager/registry.h - blobs and manifests of one repository in an OCI registry (Distribution
 * 1.1).  Plain http to this machine's loopback alone, https to any other host.
 *
 * Credentials come from the environment, DRYPROOF_REGISTRY_USER and DRYPROOF_REGISTRY_PASSWORD
 * for the host that DRYPROOF_REGISTRY names, or from the file that REGISTRY_AUTH_FILE names
 * ("auths" of a docker configuration, mode 0600).  They are sent to that host when it asks for
 * them, and to the token service that it names.
 */
#ifndef PACKAGER_REGISTRY_H
#define PACKAGER_REGISTRY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/digest.h"

#define PKG_REGISTRY_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define PKG_REGISTRY_INDEX "application/vnd.oci.image.index.v1+json"
#define PKG_REGISTRY_NAME 256 /* of a host with its port, of a repository; with a NUL */

struct pkg_registry;

/* Bytes to send. */
struct pkg_registry_blob {
    char sha256[DIGEST_HEX];
    size_t size;
    const void *data;
};

/* pkg_registry_open(reference, out, e): HOST[:PORT]/REPOSITORY, without tag or digest; ERR_USAGE
 * otherwise.  Nothing is sent.  Ownership: pkg_registry_free(). */
int pkg_registry_open(const char *reference, struct pkg_registry **out, struct err *e) BASE_MUST_USE;
void pkg_registry_free(struct pkg_registry *r);

const char *pkg_registry_host(const struct pkg_registry *r);
const char *pkg_registry_repository(const struct pkg_registry *r);
/* pkg_registry_puts(r): blobs and manifests that were sent since it was opened. */
size_t pkg_registry_puts(const struct pkg_registry *r);

/* pkg_registry_put(r, blob, e): send it, whole, unless the registry says that it has it. */
int pkg_registry_put(struct pkg_registry *r, const struct pkg_registry_blob *blob, struct err *e) BASE_MUST_USE;

/*
 * pkg_registry_get(r, sha256, size, fd, e): that blob into the file fd (-1: nowhere), its digest
 * made as it comes.  ERR_SYSTEM when it is not there, or not these bytes.
 */
int pkg_registry_get(struct pkg_registry *r, const char *sha256, size_t size, int fd, struct err *e) BASE_MUST_USE;

/* pkg_registry_put_manifest(r, reference, type, bytes, e): under a tag or digest, unless it
 * stands there; read back and compared. */
int pkg_registry_put_manifest(struct pkg_registry *r, const char *reference, const char *type, const struct buf *bytes,
                              struct err *e) BASE_MUST_USE;

/* pkg_registry_get_manifest(r, reference, type, out, found, e): what it answers, unchecked. */
int pkg_registry_get_manifest(struct pkg_registry *r, const char *reference, const char *type, struct buf *out,
                              bool *found, struct err *e) BASE_MUST_USE;

/* pkg_registry_get_referrers(r, sha256, out, found, e): the index of what refers to that manifest;
 * *found is false for a registry that keeps none. */
int pkg_registry_get_referrers(struct pkg_registry *r, const char *sha256, struct buf *out, bool *found, struct err *e)
    BASE_MUST_USE;

#endif
