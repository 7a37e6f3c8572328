/* packager/oci.c - see packager/oci.h. */
#include "packager/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "packager/limits.h"
#include "packager/stage.h"

#define TYPE "application/vnd.dryproof."
#define TRIES_MAX 5 /* lost races for the list of what refers to a package */

static const char empty[] = "{}";

static struct jv *hash(const char *sha256)
{
    char text[DIGEST_HEX + 7];

    (void)snprintf(text, sizeof text, "sha256:%s", sha256);
    return jv_string(text);
}

static struct jv *descriptor(const char *type, const char *sha256, size_t size)
{
    return jv_set(jv_set(jv_set(jv_object(), "digest", hash(sha256)), "mediaType", jv_string(type)), "size", jv_int((int64_t)size));
}

static struct jv *layer(const char *type, const char *name, const char *sha256, size_t size)
{
    return jv_set(descriptor(type, sha256, size), "annotations",
                  jv_set(jv_object(), "org.opencontainers.image.title", jv_string(name)));
}

/* Its canonical bytes and their digest; frees layers and subject. */
static int write_manifest(const char *type, struct jv *layers, struct jv *subject, struct buf *out, char sha256[DIGEST_HEX],
                          struct err *e)
{
    char of_empty[DIGEST_HEX] = "";
    struct jv *doc = jv_object();
    int rc = digest_hex(empty, 2, of_empty, e);

    jv_set(doc, "artifactType", jv_string(type));
    jv_set(doc, "config", descriptor("application/vnd.oci.empty.v1+json", of_empty, 2));
    jv_set(doc, "layers", layers);
    jv_set(doc, "mediaType", jv_string(PKG_REGISTRY_MANIFEST));
    jv_set(doc, "schemaVersion", jv_int(2));
    if (subject != NULL)
        jv_set(doc, "subject", subject);
    if (rc == 0 && (rc = jv_canonical(doc, out, e)) == 0)
        rc = digest_hex(out->data, out->len, sha256, e);
    jv_free(doc);
    return rc;
}

static int package_manifest(const char *package, size_t size, struct buf *out, char sha256[DIGEST_HEX], struct err *e)
{
    struct jv *layers = jv_add(jv_array(), layer(TYPE "package.v1.tar", PKG_STAGE_PACKAGE, package, size));

    return write_manifest(TYPE "package.v1", layers, NULL, out, sha256, e);
}

static int put(struct pkg_registry *r, const struct pkg_registry_blob *blob, struct err *e)
{
    return pkg_registry_put(r, blob, e) != 0 ? -1 : pkg_registry_get(r, blob->sha256, blob->size, -1, e);
}

static int put_bytes(struct pkg_registry *r, const void *data, size_t len, char sha256[DIGEST_HEX], struct err *e)
{
    struct pkg_registry_blob blob = {"", len, data};

    if (digest_hex(data, len, blob.sha256, e) != 0 || put(r, &blob, e) != 0)
        return -1;
    memcpy(sha256, blob.sha256, DIGEST_HEX);
    return 0;
}

/* ---- what refers to the package ---- */

static bool lists(const struct jv *index, const struct jv *one)
{
    const struct jv *all = jv_get(index, "manifests");

    for (size_t i = 0; jv_is(all, JV_ARRAY) && i < all->count; i++)
        if (jv_equal(jv_get(all->items[i], "digest"), jv_get(one, "digest")))
            return true;
    return false;
}

/* *found: there is an index; *listed: this one is in it, as *bytes has it afterwards. */
static int list_in(const struct buf *there, bool found, const struct jv *one, struct buf *bytes, bool *listed, struct err *e)
{
    struct jv *index = NULL;
    struct jv *all;
    int rc = 0;

    *listed = false;
    if (!found)
        index = jv_set(jv_set(jv_set(jv_object(), "manifests", jv_array()), "mediaType", jv_string(PKG_REGISTRY_INDEX)),
                       "schemaVersion", jv_int(2));
    else if (jv_parse(there->data, there->len, &index, e) != 0)
        return err_context(e, "the registry's list of what refers to the package");
    *listed = lists(index, one);
    all = jv_copy(jv_get(index, "manifests"));
    if (!jv_is(all, JV_ARRAY)) {
        jv_free(all);
        rc = err_set(e, ERR_SYSTEM, "what the registry has where the list of what refers to the package belongs is no index");
    } else {
        jv_set(index, "manifests", jv_add(all, jv_copy(one)));
        rc = jv_canonical(index, bytes, e);
    }
    jv_free(index);
    return rc;
}

/* Under the tag that readers ask where the registry keeps no list; who writes there at the same
 * time may win, so it is read again. */
static int put_tag(struct pkg_registry *r, const char *manifest, const struct jv *one, struct err *e)
{
    char tag[DIGEST_HEX + 7];

    (void)snprintf(tag, sizeof tag, "sha256-%s", manifest);
    for (int i = 0; i < TRIES_MAX; i++) {
        struct buf there = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES), more = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
        bool found = false, listed = false;
        int rc = pkg_registry_get_manifest(r, tag, PKG_REGISTRY_INDEX, &there, &found, e);

        if (rc == 0)
            rc = list_in(&there, found, one, &more, &listed, e);
        if (rc == 0 && !listed && pkg_registry_put_manifest(r, tag, PKG_REGISTRY_INDEX, &more, e) != 0 && i + 1 == TRIES_MAX)
            rc = -1;
        buf_release(&more);
        buf_release(&there);
        if (rc != 0 || listed)
            return rc;
    }
    return err_set(e, ERR_SYSTEM, "lost %d races for the tag %s", TRIES_MAX, tag);
}

static int refer(struct pkg_registry *r, const char *manifest, const struct jv *one, bool *has_tag, struct err *e)
{
    struct buf there = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
    struct jv *index = NULL;
    struct err ignored;
    bool found = false, listed = false;
    int rc = pkg_registry_get_referrers(r, manifest, &there, &found, e);

    if (rc == 0 && found && jv_parse(there.data, there.len, &index, &ignored) == 0)
        listed = lists(index, one);
    jv_free(index);
    buf_release(&there);
    *has_tag = !listed;
    return rc != 0 || listed ? rc : put_tag(r, manifest, one, e);
}

static int put_papers(struct pkg_registry *r, struct jv *subject, const char *manifest, const struct pkg_oci_file *files, size_t n,
                      struct pkg_oci_result *out, struct err *e)
{
    struct jv *layers = jv_array(), *one = NULL;
    struct buf bytes = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
    char sha256[DIGEST_HEX], reference[DIGEST_HEX + 7];
    int rc = -1;

    for (size_t i = 0; i < n; i++) {
        bool is_line = strcmp(files[i].name, PKG_STAGE_ATTESTATIONS) == 0;

        if (put_bytes(r, files[i].bytes->data, files[i].bytes->len, sha256, e) != 0) {
            err_context(e, "%s", files[i].name);
            goto out;
        }
        jv_add(layers, layer(is_line ? TYPE "attestations.v1" : TYPE "file.v1", files[i].name, sha256, files[i].bytes->len));
    }
    rc = write_manifest(TYPE "papers.v1", layers, subject, &bytes, out->papers, e);
    layers = subject = NULL;
    if (rc != 0)
        goto out;
    (void)snprintf(reference, sizeof reference, "sha256:%s", out->papers);
    one = jv_set(descriptor(PKG_REGISTRY_MANIFEST, out->papers, bytes.len), "artifactType", jv_string(TYPE "papers.v1"));
    rc = pkg_registry_put_manifest(r, reference, PKG_REGISTRY_MANIFEST, &bytes, e) != 0 ? -1
                                                                                        : refer(r, manifest, one, &out->has_tag, e);
out:
    jv_free(one);
    jv_free(layers);
    jv_free(subject);
    buf_release(&bytes);
    return rc;
}

int pkg_oci_probe(struct pkg_registry *r, struct err *e)
{
    char ignored[DIGEST_HEX];

    return put_bytes(r, empty, 2, ignored, e);
}

int pkg_oci_push(struct pkg_registry *r, const struct pkg_registry_blob *package, const struct pkg_oci_file *files,
                 size_t n, struct pkg_oci_result *out, struct err *e)
{
    struct buf bytes = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
    struct pkg_oci_result result = {"", "", false};
    char ignored[DIGEST_HEX];
    int rc = -1;

    if (put_bytes(r, empty, 2, ignored, e) == 0 && put(r, package, e) == 0 &&
        package_manifest(package->sha256, package->size, &bytes, result.manifest, e) == 0 &&
        pkg_registry_put_manifest(r, package->sha256, PKG_REGISTRY_MANIFEST, &bytes, e) == 0 &&
        put_papers(r, descriptor(PKG_REGISTRY_MANIFEST, result.manifest, bytes.len), result.manifest, files, n, &result, e) == 0) {
        *out = result;
        rc = 0;
    }
    buf_release(&bytes);
    return rc;
}

/* ---- what git holds ---- */

static int write_document(const char *host, const char *repository, const char *package, size_t size, struct buf *out, struct err *e)
{
    struct buf bytes = buf_init(PKG_MAX_REGISTRY_ANSWER_BYTES);
    char manifest[DIGEST_HEX];
    struct jv *doc = NULL;
    int rc = package_manifest(package, size, &bytes, manifest, e);

    if (rc == 0) {
        doc = jv_object();
        jv_set(doc, "manifest", jv_string(manifest));
        jv_set(doc, "media_type", jv_string(TYPE "package.v1.tar"));
        jv_set(doc, "registry", jv_string(host));
        jv_set(doc, "repository", jv_string(repository));
        jv_set(doc, "schema", jv_string("dryproof.oci/1"));
        jv_set(doc, "sha256", jv_string(package));
        jv_set(doc, "size", jv_int((int64_t)size));
        rc = jv_document(doc, out, e);
    }
    jv_free(doc);
    buf_release(&bytes);
    return rc;
}

int pkg_oci_document(const struct pkg_registry *r, const struct pkg_registry_blob *package, struct buf *out, struct err *e)
{
    return write_document(pkg_registry_host(r), pkg_registry_repository(r), package->sha256, package->size, out, e);
}

int pkg_oci_parse(const char *data, size_t len, struct pkg_oci_place *out, struct err *e)
{
    struct buf again = buf_init(PKG_MAX_OCI_DOCUMENT_BYTES);
    struct jv *doc = NULL;
    const char *host, *repository, *package;
    const struct jv *size;
    int rc = -1;

    if (jv_parse(data, len, &doc, e) != 0)
        return -1;
    host = jv_get_text(doc, "registry");
    repository = jv_get_text(doc, "repository");
    package = jv_get_text(doc, "sha256");
    size = jv_get(doc, "size");
    if (host == NULL || strlen(host) >= PKG_REGISTRY_NAME || repository == NULL || strlen(repository) >= PKG_REGISTRY_NAME ||
        package == NULL || !digest_is_hex(package) || !jv_is(size, JV_INT) || size->number < 0)
        err_set(e, ERR_INPUT, "not a " PKG_OCI_DOCUMENT);
    else if (size->number > PKG_MAX_PACKAGE_BYTES)
        err_set(e, ERR_LIMIT, "a package of %lld bytes, the limit is %d", (long long)size->number, PKG_MAX_PACKAGE_BYTES);
    else if (write_document(host, repository, package, (size_t)size->number, &again, e) == 0)
        rc = again.len == len && memcmp(again.data, data, len) == 0
                 ? 0 : err_set(e, ERR_INPUT, "not a " PKG_OCI_DOCUMENT ", or one of another version");
    if (rc == 0) {
        memcpy(out->package, package, DIGEST_HEX);
        out->size = (size_t)size->number;
        (void)snprintf(out->reference, sizeof out->reference, "%s/%s", host, repository);
    }
    jv_free(doc);
    buf_release(&again);
    return rc;
}
