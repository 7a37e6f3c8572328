/* verifier/outside.c - see outside.h. */
#include "verifier/outside.h"

#include "verifier/history.h"
#include "verifier/limits.h"
#include "verifier/shape.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char shape[] =
    "{manifest:h,media_type:'application/vnd.dryproof.package.v1.tar',registry:S,repository:S,schema:'dryproof.oci/1',"
    "sha256:h,size:n}";

/* the one manifest that a package of that digest and size has */
static void derive_manifest(struct arena *a, const char *id, int64_t size, char hex[VFY_HEX])
{
    struct buf b = {a, NULL, 0, 0};
    char of_empty[VFY_HEX];

    vfy_crypto_sha256("{}", 2, of_empty);
    vfy_mem_put(&b,
                "{\"artifactType\":\"application/vnd.dryproof.package.v1\",\"config\":{\"digest\":\"sha256:%s\","
                "\"mediaType\":\"application/vnd.oci.empty.v1+json\",\"size\":2},\"layers\":[{\"annotations\":{"
                "\"org.opencontainers.image.title\":\"package.tar\"},\"digest\":\"sha256:%s\","
                "\"mediaType\":\"application/vnd.dryproof.package.v1.tar\",\"size\":%lld}],"
                "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"schemaVersion\":2}",
                of_empty, id, (long long)size);
    vfy_crypto_sha256(b.p, b.len, hex);
}

static bool is_made_of(const char *text, const char *bytes)
{
    return strlen(text) < 256 && strspn(text, bytes) == strlen(text);
}

static int read_document(const struct repo *repo, struct arena *a, const char *path, const char *id, int64_t *size, struct err *e)
{
    static const char small[] = "abcdefghijklmnopqrstuvwxyz0123456789._-/";
    static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";
    const struct json *doc;
    char where[80], manifest[VFY_HEX], *data;
    size_t n;

    if (vfy_history_blob(repo, a, path, VFY_MAX_OCI_DOCUMENT_BYTES, &data, &n, e) != 0)
        return -1;
    if (n == 0 || data[n - 1] != '\n')
        return vfy_err_set(e, E_JSON_NONCANONICAL, path, "it does not end with one LF");
    if (vfy_json_document(a, data, n - 1, path, &doc, e) != 0)
        return -1;
    if (strncmp(vfy_json_str(doc, "schema"), "dryproof.oci/", 13) == 0 && !vfy_json_is(vfy_json_get(doc, "schema"), "dryproof.oci/1"))
        return vfy_err_set(e, E_FORMAT_VERSION, path, "%.40s is not known here", vfy_json_str(doc, "schema"));
    if (!vfy_shape_check(doc, shape, where, sizeof where))
        return vfy_err_set(e, E_JSON_SCHEMA, path, "not the shape of this document, at: %s", where);
    if (!is_made_of(vfy_json_str(doc, "registry"), host) || !is_made_of(vfy_json_str(doc, "repository"), small))
        return vfy_err_set(e, E_JSON_SCHEMA, path, "no registry and repository");
    *size = vfy_json_int(vfy_json_get(doc, "size"));
    derive_manifest(a, id, *size, manifest);
    if (!vfy_json_is(vfy_json_get(doc, "sha256"), id))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "it is another package's");
    if (!vfy_json_is(vfy_json_get(doc, "manifest"), manifest))
        return vfy_err_set(e, E_REPO_MISMATCH, path, "its manifest is not that of this digest and size");
    return 0;
}

static int open_file(const struct repo *repo, struct arena *a, const char *at, const char *id, int64_t size, struct source *s,
                     struct err *e)
{
    struct stat st;
    const char *path;

    if (repo->packages == NULL)
        return vfy_err_set(e, E_PACKAGE_ABSENT, at, "the package is kept in a registry; no folder was given for it");
    path = vfy_mem_print(a, "%s/sha256/%s", repo->packages, id);
    if (lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return vfy_err_set(e, E_PACKAGE_ABSENT, path, "the package is kept in a registry, and is not in that folder");
    if (vfy_source_open(path, VFY_MAX_PACKAGE_BYTES, s, e) != 0)
        return -1;
    if (strcmp(s->sha256, id) == 0 && (int64_t)s->size != size) { /* other bytes are told of by their digest */
        vfy_source_close(s);
        return vfy_err_set(e, E_REPO_MISMATCH, at, "its size is %lld, the package's %zu", (long long)size, s->size);
    }
    return 0;
}

int vfy_outside_archive(const struct repo *repo, struct arena *a, const char *folder, const char *id, struct source *s,
                        struct err *e)
{
    const char *inside = vfy_mem_print(a, "%spackage.tar", folder), *outside = vfy_mem_print(a, "%s" VFY_OUTSIDE, folder);
    int64_t size;
    char *tar;
    size_t n;

    if (vfy_history_file(repo, outside) == NULL) {
        if (vfy_history_blob(repo, a, inside, VFY_MAX_PACKAGE_BYTES, &tar, &n, e) != 0)
            return -1;
        *s = vfy_source_bytes(tar, n);
        return 0;
    }
    if (vfy_history_file(repo, inside) != NULL)
        return vfy_err_set(e, E_REPO_MISMATCH, outside, "a package is in git or in a registry, not in both");
    if (read_document(repo, a, outside, id, &size, e) != 0)
        return -1;
    return open_file(repo, a, outside, id, size, s, e);
}
