/* packager/contents.c - see packager/contents.h. */
#include "packager/contents.h"

#include <string.h>

#include "base/plan_bracket.h"
#include "packager/limits.h"
#include "packager/tar.h"

static const char *const names[PKG_DOC_COUNT] = {
    "bag/data/carrier/plan.json",      "bag/data/facts.json",
    "bag/data/assertions.json",        "bag/data/run.json",
    "bag/data/environment.json",       "bag/data/before/identity.json",
    "bag/data/before/tables.json",     "bag/data/after/tables.json",
    "bag/data/steps/001-command/command.json", "bag/data/cost.json",
    "bag/data/wal.json",               "bag/data/before/transactions.json",
    "bag/data/after/transactions.json"};

/* A session that cannot be read has no time to tell; the verifier says what is wrong with it. */
static void take_session(struct pkg_contents *c, const char *name, const struct buf *data)
{
    static const char end[] = "/session.json";
    const char *path = name + strlen("bag/data/");
    size_t len = strlen(path);
    struct jv *session = NULL;
    struct err ignored;

    if (len < sizeof end || strcmp(path + len - strlen(end), end) != 0 ||
        jv_parse(data->data, data->len, &session, &ignored) != 0)
        return;
    jv_add(c->sessions, jv_set(jv_set(jv_object(), "path", jv_string(path)), "session", session));
}

static int take(struct pkg_contents *c, const char *name, const struct buf *data, struct err *e)
{
    char *hex = strcmp(name, "bag/tagmanifest-sha256.txt") == 0 ? c->tree_pin
                : strcmp(name, "bag/manifest-sha256.txt") == 0  ? c->manifest_sha256
                : strcmp(name, "bag/data/facts.json") == 0      ? c->facts_sha256
                                                                : NULL;

    if (strncmp(name, "bag/data/", strlen("bag/data/")) == 0) {
        c->payload_files++;
        c->payload_bytes += (int64_t)data->len;
        take_session(c, name, data);
    }
    if (hex == c->manifest_sha256 && buf_add(&c->manifest, data->data, data->len, e) != 0)
        return -1;
    if (hex != NULL && digest_hex(data->data, data->len, hex, e) != 0)
        return -1;
    for (size_t i = 0; i < PKG_DOC_COUNT; i++)
        if (strcmp(name, names[i]) == 0 && c->doc[i] == NULL &&
            jv_parse(data->data, data->len, &c->doc[i], e) != 0)
            return err_context(e, "%s", name);
    return 0;
}

int pkg_contents_read(const char *archive, struct pkg_contents *out, struct err *e)
{
    struct pkg_contents c = {.manifest = buf_init(PKG_FILE_MAX), .sessions = jv_array()};
    struct pkg_tar_reader *r = NULL;
    struct buf data = buf_init(PKG_FILE_MAX);
    const char *name;
    int got = -1;
    int rc = -1;

    if (pkg_tar_open(archive, &r, e) != 0)
        goto out;
    while ((got = pkg_tar_next(r, &name, &data, e)) == 1)
        if (take(&c, name, &data, e) != 0)
            goto out;
    if (got != 0)
        goto out;
    for (size_t i = 0; i < PKG_DOC_NEEDED; i++) {
        if (c.doc[i] == NULL) {
            err_set(e, ERR_INPUT, "%s has no %s", archive, names[i]);
            goto out;
        }
    }
    if (jv_text_is(jv_get(c.doc[PKG_DOC_PLAN], "schema"), PLAN_BRACKET_SCHEMA))
        c.doc[PKG_DOC_PLAN] = plan_bracket_expand(c.doc[PKG_DOC_PLAN]);
    *out = c;
    c = (struct pkg_contents){.manifest = buf_init(0)};
    rc = 0;
out:
    pkg_contents_release(&c);
    pkg_tar_reader_free(r);
    buf_release(&data);
    return rc;
}

void pkg_contents_release(struct pkg_contents *contents)
{
    for (size_t i = 0; i < PKG_DOC_COUNT; i++) {
        jv_free(contents->doc[i]);
        contents->doc[i] = NULL;
    }
    jv_free(contents->sessions);
    contents->sessions = NULL;
    buf_release(&contents->manifest);
}

struct jv *pkg_contents_digest(const struct pkg_contents *contents, const char *path)
{
    static const size_t before = DIGEST_HEX - 1 + sizeof "  data/" - 1; /* the path, in a line */
    const char *line = contents->manifest.len == 0 ? "" : contents->manifest.data;
    struct buf below = buf_init(PKG_FILE_MAX);
    size_t n = strlen(path);
    struct jv *digest = NULL;
    char hex[DIGEST_HEX];
    struct err ignored;

    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        size_t len = (size_t)(end - line);

        if (n == 0 || len < before + n || memcmp(line + before, path, n) != 0)
            continue;
        if (len == before + n) {
            digest = jv_string_len(line, DIGEST_HEX - 1);
            goto out;
        }
        if ((path[n - 1] == '/' || line[before + n] == '/') && buf_add(&below, line, len + 1, &ignored) != 0)
            goto out;
    }
    if (below.len == 0)
        digest = jv_null();
    else if (digest_hex(below.data, below.len, hex, &ignored) == 0)
        digest = jv_string(hex);
out:
    buf_release(&below);
    return digest;
}
