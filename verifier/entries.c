/* verifier/entries.c - see entries.h. */
#include "verifier/entries.h"

#include "verifier/history.h"
#include "verifier/limits.h"
#include "verifier/text.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD = 2 + VFY_HASH };

/* a ledger file: its digest, and the package that it names ("": none can be read) */
struct named {
    vfy_hash digest;
    char package[VFY_HEX];
};

/* the bundle of that index in its widest form; width 0: none */
static struct tile widest(const struct repo *repo, struct arena *a, size_t index)
{
    struct tile tile = {-1, index, VFY_TILE};

    while (tile.width > 0 && vfy_history_file(repo, vfy_tree_path(a, &tile)) == NULL)
        tile.width--;
    return tile;
}

/* the entries of the bundles, as many as stand there without a gap */
static int read_bundles(const struct repo *repo, vfy_hash **out, size_t *count, struct err *e)
{
    struct arena a = {NULL, 0};
    struct buf all = {repo->arena, NULL, 0, 0};
    struct tile tile = {-1, 0, VFY_TILE};
    int rc = 0;

    vfy_mem_add(&all, "", 0);
    for (size_t index = 0; tile.width == VFY_TILE && rc == 0; index++) {
        const char *path;
        char *data = NULL;
        size_t n = 0;

        tile = widest(repo, &a, index);
        path = vfy_tree_path(&a, &tile);
        if (tile.width > 0 && vfy_history_blob(repo, &a, path, RECORD * VFY_TILE, &data, &n, e) != 0)
            rc = e->code == E_LIMIT_SIZE ? vfy_err_set(e, E_LOG_REWRITTEN, path, "longer than a bundle can be") : -1;
        else if (n != tile.width * RECORD)
            rc = vfy_err_set(e, E_LOG_REWRITTEN, path, "%zu bytes, expected %zu", n, tile.width * RECORD);
        for (size_t i = 0; i < tile.width && rc == 0; i++)
            if (memcmp(data + i * RECORD, "\0\x20", 2) == 0)
                vfy_mem_add(&all, data + i * RECORD + 2, VFY_HASH);
            else
                rc = vfy_err_set(e, E_LOG_REWRITTEN, path, "an entry is not of %d bytes", VFY_HASH);
        if (rc == 0 && all.len / VFY_HASH > VFY_MAX_REPO_FILES)
            rc = vfy_err_set(e, E_LIMIT_COUNT, "log/tile/entries/", "more entries than MAX_REPO_FILES");
        vfy_mem_reset(&a);
    }
    vfy_mem_release(&a);
    *out = (vfy_hash *)all.p;
    *count = all.len / VFY_HASH;
    return rc;
}

static void read_name(struct arena *a, const struct ledger_file *file, const char *path, char package[VFY_HEX])
{
    const struct json *envelope, *payload = file->payload, *id;
    size_t len;
    char *body;
    struct err e;

    package[0] = '\0';
    if (payload == NULL) { /* it may be there all the same */
        if (file->n == 0 || vfy_json_parse(a, file->data, file->n - 1, JSON_OURS, path, &envelope, &e) != 0)
            return;
        payload = vfy_json_get(envelope, "payload");
        if (payload == NULL || payload->type != JSON_STRING || vfy_text_base64(a, payload->u.text, payload->count, &body, &len) != 0 ||
            vfy_json_parse(a, body, len, JSON_OURS, path, &payload, &e) != 0)
            return;
    }
    id = vfy_json_get(payload, "package");
    if (id != NULL && id->type == JSON_STRING && vfy_text_hex(id->u.text, VFY_HEX - 1))
        memcpy(package, id->u.text, VFY_HEX);
}

static int read_ledger(const struct repo *repo, size_t count, struct named *out, struct err *e)
{
    struct arena a = {NULL, 0};
    int rc = 0;

    for (size_t i = 0; i < count && rc == 0; i++) {
        const char *path = vfy_history_path(&a, i + 1), *folder;
        const struct ledger_file *file;
        size_t at;

        if (vfy_history_file(repo, path) == NULL) {
            rc = vfy_err_set(e, E_LOG_PACKAGE_MISSING, path, "entry %zu of the log is its digest, and it is not there", i);
            break;
        }
        file = vfy_history_entry(repo, &a, i, e);
        if (file == NULL) {
            rc = -1;
            break;
        }
        memcpy(out[i].digest, file->digest, VFY_HASH);
        read_name(&a, file, path, out[i].package);
        folder = vfy_history_folder(&a, out[i].package);
        at = vfy_history_from(repo, folder);
        if (out[i].package[0] != '\0' && (at == repo->file_count || !vfy_history_below(repo->files[at].path, folder)))
            rc = vfy_err_set(e, E_LOG_PACKAGE_MISSING, folder, "entry %zu of the log is of this package, and it is not there", i);
        vfy_mem_reset(&a);
    }
    vfy_mem_release(&a);
    return rc;
}

static int by_package(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->package, ((const struct named *)b)->package);
}

static int check_extra(const struct repo *repo, const struct named *ledger, size_t count, struct err *e)
{
    struct arena a = {NULL, 0};
    struct named *sorted = vfy_mem_alloc(&a, count * sizeof *sorted), key;
    size_t ledgers = 0;
    int rc = 0;

    memcpy(sorted, ledger, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_package);
    for (size_t i = 0; i < repo->file_count && rc == 0; i++) {
        const char *path = repo->files[i].path;

        if (vfy_history_below(path, "ledger/") && ++ledgers > count)
            rc = vfy_err_set(e, E_LOG_PACKAGE_EXTRA, path, "the log has %zu entries, and none of this file", count);
        else if (vfy_history_package(path, key.package) && bsearch(&key, sorted, count, sizeof *sorted, by_package) == NULL &&
                 sorted[0].package[0] != '\0') /* a ledger file that cannot be read is met as such */
            rc = vfy_err_set(e, E_LOG_PACKAGE_EXTRA, path, "no entry of the log is of this package");
    }
    vfy_mem_release(&a);
    return rc;
}

int vfy_entries_check(const struct repo *repo, size_t size, vfy_hash **out, struct err *e)
{
    struct arena a = {NULL, 0};
    struct named *ledger;
    size_t count;
    int rc;

    if (read_bundles(repo, out, &count, e) != 0)
        return -1;
    if (count < size)
        return vfy_err_set(e, E_LOG_TAIL, "log/tile/entries/", "%zu entries, and the checkpoint says %zu", count, size);
    ledger = vfy_mem_alloc(&a, count * sizeof *ledger);
    rc = read_ledger(repo, count, ledger, e) != 0 || check_extra(repo, ledger, count, e) != 0 ? -1 : 0;
    for (size_t i = 0; i < count && rc == 0; i++)
        if (memcmp(ledger[i].digest, (*out)[i], VFY_HASH) != 0)
            rc = vfy_err_set(e, E_LOG_REWRITTEN, vfy_history_path(&a, i + 1), "entry %zu of the log is not its digest", i);
    if (rc == 0 && count > size)
        rc = vfy_err_set(e, E_LOG_REWRITTEN, "log/tile/entries/", "%zu entries, and the checkpoint says %zu", count, size);
    vfy_mem_release(&a);
    return rc;
}
