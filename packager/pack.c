/* packager/pack.c - see packager/pack.h. */
#include "packager/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/events.h"
#include "packager/assertions.h"
#include "packager/facts.h"
#include "packager/limits.h"
#include "packager/report.h"
#include "packager/stage.h"
#include "packager/statement.h"

static int add_document(struct pkg_bag *bag, const char *path, const struct jv *doc,
                        char sha256[DIGEST_HEX], struct err *e)
{
    struct buf text = buf_init(PKG_DOCUMENT_MAX);
    int rc = -1;

    if (jv_document(doc, &text, e) == 0 && digest_hex(text.data, text.len, sha256, e) == 0)
        rc = pkg_bag_add_bytes(bag, path, text.data, text.len, e);
    buf_release(&text);
    return rc;
}

static int add_reports(struct pkg_bag *bag, const struct pkg_run *run, const struct jv *facts,
                       struct err *e)
{
    struct buf junit = buf_init(PKG_DOCUMENT_MAX);
    struct buf ctrf = buf_init(PKG_DOCUMENT_MAX);
    int rc = -1;

    if (pkg_report_junit(run, facts, &junit, e) == 0 &&
        pkg_report_ctrf(run, facts, &ctrf, e) == 0 &&
        pkg_bag_add_bytes(bag, "harness/junit.xml", junit.data, junit.len, e) == 0)
        rc = pkg_bag_add_bytes(bag, "harness/ctrf.json", ctrf.data, ctrf.len, e);
    buf_release(&ctrf);
    buf_release(&junit);
    return rc;
}

static int fill_bag(struct pkg_bag *bag, const struct pkg_run *run, const struct jv *facts,
                    char facts_sha256[DIGEST_HEX], struct err *e)
{
    struct jv *assertions = NULL;
    char path[FILE_PATH_MAX];
    char ignored[DIGEST_HEX];
    int rc = -1;

    for (size_t i = 0; i < run->files.count; i++)
        if (file_join(path, run->dir, run->files.paths[i], e) != 0 ||
            pkg_bag_add_file(bag, run->files.paths[i], path, e) != 0)
            return -1;
    if (pkg_assertions_build(run, facts, &assertions, e) == 0 &&
        add_document(bag, "assertions.json", assertions, ignored, e) == 0 &&
        add_document(bag, "facts.json", facts, facts_sha256, e) == 0)
        rc = add_reports(bag, run, facts, e);
    jv_free(assertions);
    return rc;
}

/* What run.json claims, from the digests of the very bytes that were packed. */
static int check_plan(const struct pkg_run *run, const struct pkg_bag *bag, struct err *e)
{
    static const char carrier[] = "carrier/";
    struct buf lines = buf_init(PKG_DOCUMENT_MAX);
    char hex[DIGEST_HEX];
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < bag->count; i++) {
        const struct pkg_bag_file *f = &bag->files[i];

        if (strncmp(f->path, carrier, strlen(carrier)) != 0)
            continue;
        rc = f->size > PLAN_FILE_MAX ? err_set(e, ERR_LIMIT, "%s: more than %zu bytes", f->path, PLAN_FILE_MAX)
                                     : buf_addf(&lines, e, "%s  %s\n", f->sha256, f->path + strlen(carrier));
    }
    if (rc == 0)
        rc = digest_hex(lines.data, lines.len, hex, e);
    if (rc == 0 && strcmp(hex, run->plan.sha256) != 0)
        rc = err_set(e, ERR_INPUT, "run.json names another plan than the files of carrier/ make");
    buf_release(&lines);
    return rc;
}

static int sign(const struct pkg_run *run, const struct jv *facts, const struct pkg_key *key,
                const char *supersedes, const char *path, const struct pkg_pack_result *result,
                struct err *e)
{
    struct buf lines = buf_init(2 * PKG_DOCUMENT_MAX);
    const char *package = result->bag.sha256;
    int rc = -1;

    if (pkg_stage_sign_both(key, pkg_statement_evidence(run, package, result->facts_sha256, supersedes),
                            pkg_statement_tests(run, facts, package), &lines, e) == 0)
        rc = file_write(path, lines.data, lines.len, 0644, e);
    buf_release(&lines);
    return rc;
}

static int write_stage(const struct pkg_run *run, const struct pkg_key *key, const char *supersedes,
                       const char *folder, struct pkg_pack_result *result, struct err *e)
{
    struct pkg_bag bag = {NULL, 0, 0};
    struct jv *facts = NULL;
    char archive[FILE_PATH_MAX];
    char lines[FILE_PATH_MAX];
    int rc = -1;

    events_say(&EVENT("stage", "archive"));
    if (file_join(archive, folder, PKG_STAGE_PACKAGE, e) != 0 ||
        file_join(lines, folder, PKG_STAGE_ATTESTATIONS, e) != 0 ||
        pkg_facts_build(run, &facts, e) != 0 ||
        fill_bag(&bag, run, facts, result->facts_sha256, e) != 0 ||
        pkg_bag_write(&bag, archive, &result->bag, e) != 0 || check_plan(run, &bag, e) != 0 ||
        pkg_bag_read_back(archive, &bag, result->bag.sha256, e) != 0)
        goto out;
    events_say(&EVENT("stage", "sign"));
    rc = sign(run, facts, key, supersedes, lines, result, e);
out:
    jv_free(facts);
    pkg_bag_release(&bag);
    return rc;
}

static int publish(const char *temp, const char *stage_dir, struct err *e)
{
    int fd;

    if (rename(temp, stage_dir) != 0)
        return err_errno(e, errno, "cannot publish %s", stage_dir);
    fd = open(stage_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        err_errno(e, errno, "cannot sync %s", stage_dir);
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

int pkg_pack_run(const char *run_dir, const struct pkg_key *key, const char *supersedes,
                 const char *stage_dir, struct pkg_pack_result *out, struct err *e)
{
    struct pkg_pack_result result = {.facts_sha256 = ""};
    struct pkg_run run = {.dir = ""};
    struct err later;
    char temp[FILE_PATH_MAX];
    bool has_temp = false;
    int rc = -1;

    if (file_exists(stage_dir))
        return err_set(e, ERR_INPUT, "%s exists already; name a new folder", stage_dir);
    if (snprintf(temp, sizeof temp, "%s.tmp.%ld", stage_dir, (long)getpid()) >= (int)sizeof temp)
        return err_set(e, ERR_INPUT, "path too long: %s", stage_dir);
    if (pkg_run_open(run_dir, &run, e) != 0)
        return -1;
    if (mkdir(temp, 0777) != 0) {
        err_errno(e, errno, "cannot create %s", temp);
        goto out;
    }
    has_temp = true;
    if (write_stage(&run, key, supersedes, temp, &result, e) != 0 ||
        publish(temp, stage_dir, e) != 0)
        goto out;
    *out = result;
    rc = 0;
out:
    if (rc != 0 && has_temp && file_remove_tree(temp, &later) != 0)
        err_context(e, "%s is left behind", temp);
    pkg_run_release(&run);
    return rc;
}
