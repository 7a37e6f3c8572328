/* packager/run.c - see packager/run.h. */
#include "packager/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/plan_bracket.h"
#include "packager/limits.h"

const char *pkg_run_edge(enum pkg_edge edge)
{
    return edge == PKG_BEFORE ? "before" : "after";
}

int pkg_run_bytes(const struct pkg_run *run, const char *path, struct buf *out, struct err *e)
{
    char full[FILE_PATH_MAX];

    if (file_join(full, run->dir, path, e) != 0)
        return -1;
    if (!file_exists(full))
        return err_set(e, ERR_INPUT, "the run has no %s; collect again", path);
    return file_read(full, PKG_FILE_MAX, out, e);
}

int pkg_run_document(const struct pkg_run *run, const char *path, struct jv **out, struct err *e)
{
    struct buf text = buf_init(0);
    int rc;

    if (pkg_run_bytes(run, path, &text, e) != 0)
        return -1;
    rc = jv_parse(text.data, text.len, out, e);
    if (rc != 0)
        err_context(e, "%s", path);
    buf_release(&text);
    return rc;
}

bool pkg_run_has(const struct pkg_run *run, const char *prefix)
{
    for (size_t i = 0; i < run->files.count; i++)
        if (strncmp(run->files.paths[i], prefix, strlen(prefix)) == 0)
            return true;
    return false;
}

static int need(const struct jv *doc, const char *member, enum jv_type type, const char *path,
                struct err *e)
{
    return jv_is(jv_get(doc, member), type)
               ? 0 : err_set(e, ERR_INPUT, "%s: member \"%s\" is missing or of another type", path, member);
}

/* Every element is an object with a string "relation". */
static int need_relations(const struct jv *list, const char *path, struct err *e)
{
    for (size_t i = 0; i < list->count; i++)
        if (jv_get_text(list->items[i], "relation") == NULL)
            return err_set(e, ERR_INPUT, "%s: an element without a relation", path);
    return 0;
}

/* The list in one member of before/ or after/NAME. */
static int load_list(const struct pkg_run *run, enum pkg_edge edge, const char *name,
                     const char *member, struct jv **out, struct err *e)
{
    char path[64];
    struct jv *doc = NULL;
    int rc = -1;

    (void)snprintf(path, sizeof path, "%s/%s", pkg_run_edge(edge), name);
    if (pkg_run_document(run, path, &doc, e) != 0 || need(doc, member, JV_ARRAY, path, e) != 0 ||
        need_relations(jv_get(doc, member), path, e) != 0)
        goto out;
    *out = jv_copy(jv_get(doc, member));
    rc = *out == NULL ? err_no_memory(e) : 0;
out:
    jv_free(doc);
    return rc;
}

static int load_table_list(struct pkg_run *run, enum pkg_edge edge, struct err *e)
{
    const struct jv *list;

    if (load_list(run, edge, "tables.json", "tables", &run->tables[edge], e) != 0)
        return -1;
    list = run->tables[edge];
    for (size_t i = 0; i < list->count; i++) {
        const struct jv *t = list->items[i];
        const char *digest = jv_get_text(t, "digest");

        if (digest == NULL || !digest_is_hex(digest) || need(t, "rows", JV_INT, "tables.json", e) != 0 ||
            need(t, "captured", JV_BOOL, "tables.json", e) != 0 ||
            need(t, "columns", JV_ARRAY, "tables.json", e) != 0)
            return err_set(e, ERR_INPUT, "tables.json: the entry of %s is misshapen",
                           jv_get_text(t, "relation"));
    }
    return 0;
}

static int load_edge(struct pkg_run *run, enum pkg_edge edge, struct err *e)
{
    static const char *const texts[] = {"database", "server_version", "system_identifier"};
    char path[64];

    (void)snprintf(path, sizeof path, "%s/identity.json", pkg_run_edge(edge));
    if (pkg_run_document(run, path, &run->identity[edge], e) != 0 ||
        need(run->identity[edge], "timeline", JV_INT, path, e) != 0)
        return -1;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (need(run->identity[edge], texts[i], JV_STRING, path, e) != 0)
            return -1;
    if (load_table_list(run, edge, e) != 0)
        return -1;
    return load_list(run, edge, "sequences.json", "sequences", &run->sequences[edge], e);
}

static int list_files(struct pkg_run *run, struct err *e)
{
    struct file_list *f = &run->files;
    size_t kept = 0;

    if (file_list_tree(run->dir, f, e) != 0)
        return -1;
    for (size_t i = 0; i < f->count; i++) {
        if (strncmp(f->paths[i], "private/", strlen("private/")) == 0)
            free(f->paths[i]);
        else
            f->paths[kept++] = f->paths[i];
    }
    f->count = kept;
    return 0;
}

static int load_run(struct pkg_run *run, struct err *e)
{
    static const char *const texts[] = {"carrier", "collector", "finished_at", "plan_ref",
                                        "plan_sha256", "run_id", "started_at"};
    char carrier[FILE_PATH_MAX];
    const char *claimed;

    if (pkg_run_document(run, "run.json", &run->run, e) != 0)
        return -1;
    if (!jv_text_is(jv_get(run->run, "schema"), "dryproof.run/1"))
        return err_set(e, ERR_LIMIT, "run.json: unknown schema; this version reads dryproof.run/1");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (need(run->run, texts[i], JV_STRING, "run.json", e) != 0)
            return -1;
    if (file_join(carrier, run->dir, "carrier", e) != 0 || plan_load_any(carrier, &run->plan, e) != 0)
        return -1;
    claimed = jv_get_text(run->run, "plan_sha256");
    if (!digest_is_hex(claimed))
        return err_set(e, ERR_INPUT, "run.json: plan_sha256 is no SHA-256");
    memcpy(run->plan.sha256, claimed, DIGEST_HEX);
    return 0;
}

int pkg_run_open(const char *dir, struct pkg_run *out, struct err *e)
{
    struct pkg_run run = {.dir = ""};
    char path[FILE_PATH_MAX];
    int rc = -1;

    if (!file_is_folder(dir))
        return err_set(e, ERR_INPUT, "%s: expected a run directory", dir);
    if (snprintf(run.dir, sizeof run.dir, "%s", dir) >= (int)sizeof run.dir)
        return err_set(e, ERR_INPUT, "path too long: %s", dir);
    if (file_join(path, dir, "run.json", e) != 0)
        return -1;
    if (!file_exists(path))
        return err_set(e, ERR_INPUT,
                       "%s has no run.json: the run is incomplete and cannot be packed; resume it "
                       "or collect again", dir);
    if (list_files(&run, e) != 0 || load_run(&run, e) != 0 ||
        pkg_run_document(&run, "wal.json", &run.wal, e) != 0 ||
        load_edge(&run, PKG_BEFORE, e) != 0 || load_edge(&run, PKG_AFTER, e) != 0)
        goto out;
    *out = run;
    run = (struct pkg_run){.dir = ""};
    rc = 0;
out:
    pkg_run_release(&run);
    return rc;
}

void pkg_run_release(struct pkg_run *run)
{
    file_list_release(&run->files);
    plan_release(&run->plan);
    jv_free(run->run);
    jv_free(run->wal);
    for (int i = 0; i < 2; i++) {
        jv_free(run->identity[i]);
        jv_free(run->tables[i]);
        jv_free(run->sequences[i]);
    }
    *run = (struct pkg_run){.dir = ""};
}

bool pkg_run_is_bracket(const struct pkg_run *run)
{
    return jv_get(run->plan.doc, PLAN_BRACKET) != NULL;
}

struct jv *pkg_run_command_code(const struct jv *command)
{
    const struct jv *timed_out = jv_get(command, "timed_out");
    const struct jv *number = jv_get(command, "exit");
    const char *what = "EXIT";
    char text[48];

    if (jv_is(timed_out, JV_BOOL) && timed_out->truth)
        return jv_string("TIMED_OUT");
    if (!jv_is(number, JV_INT)) {
        number = jv_get(command, "signal");
        what = "SIGNAL";
    }
    if (!jv_is(number, JV_INT))
        return NULL;
    (void)snprintf(text, sizeof text, "%s_%lld", what, (long long)number->number);
    return jv_string(text);
}

int pkg_run_step(const struct pkg_run *run, size_t index, char out[FILE_PATH_MAX], struct err *e)
{
    const struct jv *step = jv_get(run->plan.doc, "steps")->items[index];

    return snprintf(out, FILE_PATH_MAX, "steps/%03zu-%s/execution", index + 1,
                    jv_get_text(step, "name")) < FILE_PATH_MAX
               ? 0 : err_set(e, ERR_INPUT, "a step's name is too long");
}

int pkg_run_case(const struct pkg_run *run, size_t index, char out[FILE_PATH_MAX], struct err *e)
{
    const struct jv *cases = jv_get(jv_get(run->plan.doc, "harness"), "cases");

    return snprintf(out, FILE_PATH_MAX, "harness/%02zu-%s", index + 1,
                    jv_get_text(cases->items[index], "name")) < FILE_PATH_MAX
               ? 0 : err_set(e, ERR_INPUT, "a case's name is too long");
}
