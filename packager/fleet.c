/* packager/fleet.c - see packager/fleet.h. */
#include "packager/fleet.h"

#include <stdio.h>
#include <string.h>

#include "base/events.h"
#include "packager/limits.h"
#include "packager/stage.h"
#include "packager/statement.h"

struct fleet {
    const char *dir;
    struct buf text;        /* fleet.json */
    struct jv *doc;
    struct jv *targets;     /* of the predicate */
    char temp[FILE_PATH_MAX];
};

bool pkg_fleet_is(const char *dir)
{
    char path[FILE_PATH_MAX];
    struct err ignored;

    return file_join(path, dir, PKG_FLEET_DOCUMENT, &ignored) == 0 && file_exists(path);
}

static int read_json(const char *dir, const char *name, struct buf *text, struct jv **out, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (file_join(path, dir, name, e) != 0 || file_read(path, PKG_DOCUMENT_MAX, text, e) != 0)
        return -1;
    return jv_parse(text->data, text->len, out, e) != 0 ? err_context(e, "%s", path) : 0;
}

static bool is_lost(const struct jv *target)
{
    return jv_text_is(jv_get(target, "state"), "lost");
}

static int open_fleet(struct fleet *f, struct err *e)
{
    const struct jv *targets;

    if (read_json(f->dir, PKG_FLEET_DOCUMENT, &f->text, &f->doc, e) != 0)
        return -1;
    targets = jv_get(f->doc, "targets");
    if (!jv_text_is(jv_get(f->doc, "schema"), "dryproof.fleet/1") || !jv_is(targets, JV_ARRAY) ||
        targets->count > PKG_MAX_TARGETS)
        return err_set(e, ERR_INPUT, "%s/" PKG_FLEET_DOCUMENT " is not that of a fleet", f->dir);
    for (size_t i = 0; i < targets->count; i++) {
        const char *name = jv_get_text(targets->items[i], "name");

        if (name == NULL || strchr(name, '/') != NULL || !file_is_plain_name(name))
            return err_set(e, ERR_INPUT, "%s/" PKG_FLEET_DOCUMENT ": target %zu has no name", f->dir, i + 1);
    }
    return 0;
}

/* What the fleet's attestation says of a target: its package, and which database it is of. */
static int describe(struct fleet *f, const char *name, const char *run_dir, const char *package, struct err *e)
{
    struct jv *one = jv_object(), *identity = NULL;
    struct buf text = buf_init(0);
    int rc = package == NULL ? 0 : read_json(run_dir, "before/identity.json", &text, &identity, e);

    jv_set(one, "database", identity == NULL ? jv_null() : jv_copy(jv_get(identity, "database")));
    jv_set(one, "name", jv_string(name));
    jv_set(one, "package", jv_string(package));
    jv_set(one, "system_identifier", identity == NULL ? jv_null() : jv_copy(jv_get(identity, "system_identifier")));
    jv_add(f->targets, one);
    jv_free(identity);
    buf_release(&text);
    return rc;
}

static int add_stage(struct pkg_bag *bag, const char *name, const char *stage, struct err *e)
{
    static const char *const files[] = {PKG_STAGE_ATTESTATIONS, PKG_STAGE_PACKAGE};
    char path[FILE_PATH_MAX], source[FILE_PATH_MAX];

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "targets/%s/%s", name, files[i]);
        if (file_join(source, stage, files[i], e) != 0 || pkg_bag_add_file(bag, path, source, e) != 0)
            return -1;
    }
    return 0;
}

static int pack_target(struct fleet *f, const struct jv *target, const struct pkg_key *key, struct pkg_bag *bag,
                       struct err *e)
{
    const char *name = jv_get_text(target, "name");
    char below[FILE_PATH_MAX], run_dir[FILE_PATH_MAX], stage[FILE_PATH_MAX];
    struct pkg_pack_result result;

    if (is_lost(target))
        return describe(f, name, NULL, NULL, e);
    (void)snprintf(below, sizeof below, "targets/%s", name);
    events_say(&EVENT("stage", name));
    if (file_join(run_dir, f->dir, below, e) != 0 || file_join(stage, f->temp, below, e) != 0)
        return -1;
    if (pkg_pack_run(run_dir, key, NULL, stage, &result, e) != 0)
        return err_context(e, "target %s", name);
    return add_stage(bag, name, stage, e) != 0 ? -1 : describe(f, name, run_dir, result.bag.sha256, e);
}

/* What has to be signed elsewhere is asked for of all targets at once. */
static int pack_all(struct fleet *f, const struct pkg_key *key, struct pkg_bag *bag, struct err *e)
{
    const struct jv *targets = jv_get(f->doc, "targets");
    bool is_held = false;

    for (size_t i = 0; i < targets->count; i++) {
        struct err one = {ERR_NONE, ""};

        if (pack_target(f, targets->items[i], key, bag, &one) == 0)
            continue;
        *e = one;
        if (one.kind != ERR_HOLD)
            return -1;
        is_held = true;
    }
    return is_held ? -1 : 0;
}

static int sign(struct fleet *f, const struct pkg_key *key, const char *package, struct err *e)
{
    struct buf line = buf_init(PKG_DOCUMENT_MAX);
    char path[FILE_PATH_MAX];
    int rc = -1;

    if (file_join(path, f->temp, PKG_STAGE_ATTESTATIONS, e) == 0 &&
        pkg_stage_sign(key, pkg_statement_fleet(f->doc, jv_copy(f->targets), PKG_FLEET_PACKAGE, package), &line, e) == 0)
        rc = file_write(path, line.data, line.len, 0644, e);
    buf_release(&line);
    return rc;
}

static int write_stage(struct fleet *f, const struct pkg_key *key, struct pkg_bag_result *out, struct err *e)
{
    struct pkg_bag bag = {NULL, 0, 0};
    char archive[FILE_PATH_MAX], targets[FILE_PATH_MAX];
    int rc = -1;

    if (file_join(archive, f->temp, PKG_FLEET_PACKAGE, e) != 0 || file_join(targets, f->temp, "targets", e) != 0 ||
        file_make_folders(targets, e) != 0 || pack_all(f, key, &bag, e) != 0 ||
        pkg_bag_add_bytes(&bag, PKG_FLEET_DOCUMENT, f->text.data, f->text.len, e) != 0)
        goto out;
    events_say(&EVENT("stage", "archive"));
    if (pkg_bag_write(&bag, archive, out, e) != 0 || pkg_bag_read_back(archive, &bag, out->sha256, e) != 0)
        goto out;
    if (out->size > PKG_MAX_PACKAGE_BYTES) {
        err_set(e, ERR_LIMIT, "the fleet's package has %zu bytes, at most %d are allowed", out->size, PKG_MAX_PACKAGE_BYTES);
        goto out;
    }
    events_say(&EVENT("stage", "sign"));
    rc = sign(f, key, out->sha256, e) != 0 ? -1 : file_remove_tree(targets, e);
out:
    pkg_bag_release(&bag);
    return rc;
}

int pkg_fleet_pack(const char *dir, const struct pkg_key *key, const char *stage_dir,
                   struct pkg_bag_result *out, struct err *e)
{
    struct fleet f = {.dir = dir, .text = buf_init(0), .targets = jv_array()};
    struct pkg_bag_result result;
    struct err later;
    int rc = -1;

    if (file_exists(stage_dir)) {
        err_set(e, ERR_INPUT, "%s exists already; name a new folder", stage_dir);
    } else if (open_fleet(&f, e) == 0 && file_begin_folder(stage_dir, f.temp, e) == 0) {
        if (write_stage(&f, key, &result, e) == 0 && file_end_folder(f.temp, stage_dir, e) == 0) {
            *out = result;
            rc = 0;
        } else if (file_remove_tree(f.temp, &later) != 0) {
            err_context(e, "%s is left behind", f.temp);
        }
    }
    jv_free(f.targets);
    jv_free(f.doc);
    buf_release(&f.text);
    return rc;
}
