/*
 * packager/oci.h - a package as an OCI artifact, and what a git repository holds in its place.
 * FORMAT.md section 9, "Packages in a registry".
 *
 * Two manifests: the package, whose one layer is the archive; and its papers (attestations and
 * packet), whose subject is the first.  Their bytes depend on the files alone.
 */
#ifndef PACKAGER_OCI_H
#define PACKAGER_OCI_H

#include "packager/registry.h"

#define PKG_OCI_DOCUMENT "package.oci.json"

/* A file of the stage beside the archive. */
struct pkg_oci_file {
    const char *name;
    const struct buf *bytes;
};

struct pkg_oci_result {
    char manifest[DIGEST_HEX], papers[DIGEST_HEX];
    bool has_tag; /* the papers are listed under the fallback tag: the registry keeps no list */
};

/* Where a repository says that a package is. */
struct pkg_oci_place {
    char package[DIGEST_HEX];
    size_t size;
    char reference[2 * PKG_REGISTRY_NAME]; /* HOST[:PORT]/REPOSITORY */
};

/*
 * pkg_oci_push(r, package, files, n, out, e): put both into the registry and read all of it back.
 * What is there is not sent again.  The first manifest gets the package's id as its tag, for
 * registries that drop what has none; nothing reads that tag.
 */
int pkg_oci_push(struct pkg_registry *r, const struct pkg_registry_blob *package, const struct pkg_oci_file *files,
                 size_t n, struct pkg_oci_result *out, struct err *e) BASE_MUST_USE;

/* pkg_oci_probe(r, e): whether it takes blobs from us: the empty configuration that every package
 * needs is put there and read back. */
int pkg_oci_probe(struct pkg_registry *r, struct err *e) BASE_MUST_USE;

/* pkg_oci_document(r, package, out, e): append the bytes of PKG_OCI_DOCUMENT. */
int pkg_oci_document(const struct pkg_registry *r, const struct pkg_registry_blob *package, struct buf *out, struct err *e)
    BASE_MUST_USE;

/* pkg_oci_parse(data, len, out, e): what one says.  ERR_INPUT unless it is what
 * pkg_oci_document() writes, ERR_LIMIT for a package above MAX_PACKAGE_BYTES. */
int pkg_oci_parse(const char *data, size_t len, struct pkg_oci_place *out, struct err *e) BASE_MUST_USE;

#endif
