/* packager/fetch.c - see packager/fetch.h. */
#include "packager/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packager/ledger.h"
#include "packager/limits.h"
#include "packager/stage.h"

struct fetch {
    struct pkg_git *git;
    char tip[PKG_GIT_HEX];
    int folder;          /* DIR/sha256, locked */
    const char *from;    /* a reference, or NULL */
    char opened[2 * PKG_REGISTRY_NAME];
    struct pkg_registry *registry; /* of `opened` */
    struct pkg_fetch_result result;
};

int pkg_fetch_document(struct pkg_git *g, const char *tip, const char *package, struct pkg_oci_place *out, bool *found,
                       struct err *e)
{
    char path[FILE_PATH_MAX];
    struct buf text = buf_init(PKG_MAX_OCI_DOCUMENT_BYTES);
    bool has = false;
    int rc;

    (void)snprintf(path, sizeof path, "packages/%.2s/%.2s/%s/" PKG_STAGE_PACKAGE, package, package + 2, package);
    *found = false;
    if (pkg_git_has(g, tip, path, &has, e) != 0 || has)
        return has ? 0 : -1;
    (void)snprintf(path, sizeof path, "packages/%.2s/%.2s/%s/" PKG_OCI_DOCUMENT, package, package + 2, package);
    if (pkg_git_has(g, tip, path, &has, e) != 0)
        return -1;
    if (!has)
        return err_set(e, ERR_INPUT, "the repository has no package %s", package);
    rc = pkg_git_read(g, tip, path, &text, e);
    if (rc == 0 && (rc = pkg_oci_parse(text.data, text.len, out, e)) == 0 && strcmp(out->package, package) != 0)
        rc = err_set(e, ERR_INPUT, "it is another package's");
    buf_release(&text);
    *found = rc == 0;
    return rc == 0 ? 0 : err_context(e, "%s", path);
}

static int open_folder(const char *dir, struct fetch *f, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (file_join(path, dir, PKG_FETCH_FOLDER, e) != 0 || file_make_folders(path, e) != 0)
        return -1;
    f->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (f->folder < 0)
        return err_errno(e, errno, "cannot open folder %s", path);
    if (flock(f->folder, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? err_set(e, ERR_SYSTEM, "somebody else is fetching into %s; try again when they are done", path)
                                    : err_errno(e, errno, "cannot lock %s", path);
    return 0;
}

/* Whether the file has these bytes; what is something else is replaced. */
static bool is_there(const struct fetch *f, const struct pkg_oci_place *place, struct err *e)
{
    char chunk[1 << 16], hex[DIGEST_HEX] = "";
    unsigned char raw[DIGEST_BYTES];
    struct digest *digest = NULL;
    struct stat st;
    ssize_t n = -1;
    int fd = openat(f->folder, place->package, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == place->size &&
        digest_new(&digest, e) == 0 && digest_begin(digest, e) == 0) {
        do
            n = read(fd, chunk, sizeof chunk);
        while ((n > 0 && digest_add(digest, chunk, (size_t)n, e) == 0) || (n < 0 && errno == EINTR));
        if (n == 0 && digest_end(digest, raw, e) == 0)
            digest_to_hex(raw, DIGEST_BYTES, hex);
    }
    digest_free(digest);
    if (fd >= 0)
        (void)close(fd);
    return strcmp(hex, place->package) == 0;
}

static int open_registry(struct fetch *f, const char *reference, struct err *e)
{
    if (f->registry != NULL && strcmp(f->opened, reference) == 0)
        return 0;
    pkg_registry_free(f->registry);
    f->registry = NULL;
    (void)snprintf(f->opened, sizeof f->opened, "%s", reference);
    return pkg_registry_open(reference, &f->registry, e);
}

/* Under its name only when it is whole and on the disk. */
static int download(struct fetch *f, const struct pkg_oci_place *place, struct err *e)
{
    int fd, rc = -1;

    if (open_registry(f, f->from != NULL ? f->from : place->reference, e) != 0)
        return -1;
    if (unlinkat(f->folder, "part", 0) != 0 && errno != ENOENT)
        return err_errno(e, errno, "cannot remove what a run before left");
    fd = openat(f->folder, "part", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_errno(e, errno, "cannot create a file in " PKG_FETCH_FOLDER);
    if (pkg_registry_get(f->registry, place->package, place->size, fd, e) != 0)
        goto out;
    if (fsync(fd) != 0 || renameat(f->folder, "part", f->folder, place->package) != 0 || fsync(f->folder) != 0)
        err_errno(e, errno, "cannot keep what came");
    else
        rc = 0;
out:
    if (rc != 0)
        (void)unlinkat(f->folder, "part", 0);
    (void)close(fd);
    return rc;
}

static int fetch_one(struct fetch *f, const char *package, struct err *e)
{
    struct pkg_oci_place place;
    bool is_outside = false;

    if (pkg_fetch_document(f->git, f->tip, package, &place, &is_outside, e) != 0)
        return -1;
    if (!is_outside) {
        f->result.in_git++;
    } else if (is_there(f, &place, e)) {
        f->result.there++;
    } else {
        if (download(f, &place, e) != 0)
            return -1;
        f->result.fetched++;
    }
    return 0;
}

/* -1 for the first that cannot be had where it is the only one asked for, else they are counted. */
static int fetch_counted(struct fetch *f, const char *package, bool is_only, struct err *e)
{
    if (fetch_one(f, package, e) == 0)
        return 0;
    if (is_only)
        return -1;
    (void)fprintf(stderr, "dryproof-pack: package %.16s...: %s\n", package, e->text);
    f->result.failed++;
    return 0;
}

static int fetch_all(struct fetch *f, struct err *e)
{
    struct pkg_ledger_end end = {0, ""};
    int rc = pkg_ledger_find_end(f->git, f->tip, &end, e);

    for (size_t i = 1; i <= end.count && rc == 0; i++) {
        struct jv *entry = NULL;
        const char *package;

        if (pkg_ledger_read(f->git, f->tip, i, &entry, e) != 0)
            return -1;
        package = jv_get_text(entry, "package");
        rc = package != NULL && digest_is_hex(package) ? fetch_counted(f, package, false, e)
                                                       : err_set(e, ERR_INPUT, "ledger entry %zu names no package", i);
        jv_free(entry);
    }
    return rc;
}

int pkg_fetch(const char *repo, const char *dir, const char *const *packages, size_t n, const char *from,
              struct pkg_fetch_result *out, struct err *e)
{
    struct fetch f = {.folder = -1, .from = from};
    int rc = -1;

    for (size_t i = 0; i < n; i++)
        if (!digest_is_hex(packages[i]))
            return err_set(e, ERR_USAGE, "%.80s is not 64 lower-case hex digits", packages[i]);
    if (pkg_git_open(repo, &f.git, e) != 0)
        return -1;
    if (f.git == NULL)
        err_set(e, ERR_INPUT, "%s does not exist", repo);
    else if (pkg_git_tip(f.git, f.tip, e) == 0 && open_folder(dir, &f, e) == 0)
        rc = n == 0 ? fetch_all(&f, e) : 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = fetch_counted(&f, packages[i], n == 1, e);
    if (rc == 0)
        *out = f.result;
    if (f.folder >= 0)
        (void)close(f.folder);
    pkg_registry_free(f.registry);
    pkg_git_free(f.git);
    return rc;
}
