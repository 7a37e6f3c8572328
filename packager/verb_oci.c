/* packager/verb_oci.c - oci push and oci fetch: packages in a registry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "packager/fetch.h"
#include "packager/limits.h"
#include "packager/print.h"
#include "packager/stage.h"
#include "packager/verbs.h"

#define FILES_MAX 64 /* of a packet */

/* What is pushed: the archive and the files beside it. */
struct load {
    struct pkg_registry_blob package;
    struct file_list names;
    struct buf archive, bytes[FILES_MAX];
    struct pkg_oci_file files[FILES_MAX];
    size_t count;
};

static void release(struct load *l)
{
    for (size_t i = 0; i < FILES_MAX; i++)
        buf_release(&l->bytes[i]);
    buf_release(&l->archive);
    file_list_release(&l->names);
}

static int add(struct load *l, const char *name, struct err *e)
{
    if (l->count == FILES_MAX)
        return err_set(e, ERR_LIMIT, "more than %d files in a packet", FILES_MAX);
    l->files[l->count] = (struct pkg_oci_file){name, &l->bytes[l->count]};
    l->count++;
    return 0;
}

static int load_stage(struct pkg_stage *stage, struct load *l, struct err *e)
{
    if (file_list_tree(stage->dir, &l->names, e) != 0)
        return -1;
    l->archive = stage->archive;
    stage->archive = buf_init(0); /* moved */
    l->package.data = l->archive.data;
    l->package.size = l->archive.len;
    (void)snprintf(l->package.sha256, sizeof l->package.sha256, "%s", stage->package);
    for (size_t i = 0; i < l->names.count; i++) {
        const char *name = l->names.paths[i];

        if (strcmp(name, PKG_STAGE_PACKAGE) != 0 &&
            (add(l, name, e) != 0 || pkg_stage_read(stage, name, &l->bytes[l->count - 1], e) != 0))
            return -1;
    }
    return 0;
}

static int load_committed(struct pkg_git *g, const char *package, struct load *l, struct err *e)
{
    char tip[PKG_GIT_HEX], folder[96], path[FILE_PATH_MAX], hex[DIGEST_HEX];
    bool is_outside = false;
    struct pkg_oci_place place;

    l->archive = buf_init(PKG_FILE_MAX);
    (void)snprintf(folder, sizeof folder, "packages/%.2s/%.2s/%s", package, package + 2, package);
    if (pkg_git_tip(g, tip, e) != 0 || pkg_fetch_document(g, tip, package, &place, &is_outside, e) != 0 ||
        pkg_git_list(g, tip, folder, &l->names, e) != 0)
        return -1;
    if (is_outside)
        return err_set(e, ERR_INPUT, "package %s is not in git but in %s", package, place.reference);
    for (size_t i = 0; i < l->names.count; i++) {
        const char *name = l->names.paths[i];
        bool is_package = strcmp(name, PKG_STAGE_PACKAGE) == 0;

        if (!is_package && add(l, name, e) != 0)
            return -1;
        if (!is_package)
            l->bytes[l->count - 1] = buf_init(PKG_FILE_MAX);
        if (file_join(path, folder, name, e) != 0 ||
            pkg_git_read(g, tip, path, is_package ? &l->archive : &l->bytes[l->count - 1], e) != 0)
            return -1;
    }
    if (digest_hex(l->archive.data, l->archive.len, hex, e) != 0)
        return -1;
    if (strcmp(hex, package) != 0)
        return err_set(e, ERR_INPUT, "%s is not what the repository holds there", package);
    l->package = (struct pkg_registry_blob){"", l->archive.len, l->archive.data};
    (void)snprintf(l->package.sha256, sizeof l->package.sha256, "%s", package);
    return 0;
}

static int load(const char *dir, const char *repo, const char *package, struct load *l, struct err *e)
{
    struct pkg_stage stage = {.dir = ""};
    struct pkg_git *g = NULL;
    int rc = -1;

    if ((dir != NULL) == (repo != NULL) || (repo != NULL) != (package != NULL))
        return err_set(e, ERR_USAGE, "oci push needs a stage, or --repo with --package");
    if (dir != NULL) {
        if (pkg_stage_open(dir, NULL, &stage, e) == 0)
            rc = load_stage(&stage, l, e);
        pkg_stage_release(&stage);
        return rc;
    }
    if (!digest_is_hex(package))
        return err_set(e, ERR_USAGE, "--package %.80s is not 64 lower-case hex digits", package);
    if (pkg_git_open(repo, &g, e) == 0)
        rc = g != NULL ? load_committed(g, package, l, e) : err_set(e, ERR_INPUT, "%s does not exist", repo);
    pkg_git_free(g);
    return rc;
}

static int report_push(const struct load *l, const struct pkg_registry *r, const struct pkg_oci_result *result, bool is_json,
                       struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("package  %s\nmanifest %s/%s@sha256:%s\npapers   sha256:%s%s\nuploaded %zu\n", l->package.sha256,
                     pkg_registry_host(r), pkg_registry_repository(r), result->manifest, result->papers,
                     result->has_tag ? " (by the fallback tag)" : "", pkg_registry_puts(r));
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "fallback_tag", jv_bool(result->has_tag));
    jv_set(doc, "manifest", jv_string(result->manifest));
    jv_set(doc, "package", jv_string(l->package.sha256));
    jv_set(doc, "papers", jv_string(result->papers));
    jv_set(doc, "registry", jv_string(pkg_registry_host(r)));
    jv_set(doc, "repository", jv_string(pkg_registry_repository(r)));
    jv_set(doc, "schema", jv_string("dryproof.oci-push/1"));
    jv_set(doc, "uploaded", jv_int((int64_t)pkg_registry_puts(r)));
    return pkg_print_json(doc, e);
}

int pkg_verb_oci_push(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--to", "HOST[:PORT]/REPOSITORY", true, "where; http to localhost alone, else https", NULL},
        {"--repo", "REPO", false, "instead of a stage: a package of this repository", NULL},
        {"--package", "SHA256", false, "with --repo: which", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char *operands[2] = {NULL, NULL};
    struct err e = {ERR_NONE, ""};
    struct load *l = calloc(1, sizeof *l);
    struct pkg_registry *r = NULL;
    struct pkg_oci_result result;
    int status = EXIT_HOLDS;

    if (l == NULL) {
        err_no_memory(&e);
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_print_help(argc, argv, "oci push [STAGE_DIR]", "put a package and its papers into an OCI registry; credentials: "
                       "DRYPROOF_REGISTRY (host), DRYPROOF_REGISTRY_USER, DRYPROOF_REGISTRY_PASSWORD, or REGISTRY_AUTH_FILE",
                       options, n, "dryproof oci push stage --to registry.example.com/team/evidence"))
        status = EXIT_HOLDS;
    else if (cli_parse(argc, argv, options, n, 1, operands, &e) != 0 || pkg_registry_open(options[0].value, &r, &e) != 0 ||
             load(operands[0], options[1].value, options[2].value, l, &e) != 0 ||
             pkg_oci_push(r, &l->package, l->files, l->count, &result, &e) != 0 ||
             report_push(l, r, &result, options[3].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    pkg_registry_free(r);
    release(l);
    free(l);
    return status;
}

static int report_fetch(const struct pkg_fetch_result *r, bool is_json, struct err *e)
{
    struct jv *doc;

    if (!is_json) {
        (void)printf("fetched %zu, had %zu, in git %zu, failed %zu\n", r->fetched, r->there, r->in_git, r->failed);
        return 0;
    }
    doc = jv_object();
    jv_set(doc, "failed", jv_int((int64_t)r->failed));
    jv_set(doc, "fetched", jv_int((int64_t)r->fetched));
    jv_set(doc, "had", jv_int((int64_t)r->there));
    jv_set(doc, "in_git", jv_int((int64_t)r->in_git));
    jv_set(doc, "schema", jv_string("dryproof.oci-fetch/1"));
    return pkg_print_json(doc, e);
}

int pkg_verb_oci_fetch(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--repo", "REPO", true, "the bare repository", NULL},
        {"--into", "DIR", true, "the folder for dryproof-verify --packages DIR", NULL},
        {"--from", "HOST[:PORT]/REPOSITORY", false, "ask here instead of where the repository says", NULL},
        {"--json", NULL, false, "answer in JSON", NULL},
        {"--help", NULL, false, "this text", NULL}};
    const size_t n = sizeof options / sizeof *options;
    const char **operands = calloc((size_t)argc + 1, sizeof *operands);
    struct pkg_fetch_result result = {0, 0, 0, 0};
    struct err e = {ERR_NONE, ""};
    size_t count = 0;
    int status = EXIT_HOLDS;

    if (operands == NULL) {
        err_no_memory(&e);
        return cli_fail(PKG_PROGRAM, &e);
    }
    if (pkg_print_help(argc, argv, "oci fetch [SHA256...]", "bring packages that are in a registry; all, or these", options, n,
                       "dryproof oci fetch --repo evidence.git --into packages")) {
        free(operands);
        return EXIT_HOLDS;
    }
    if (cli_parse(argc, argv, options, n, (size_t)argc, operands, &e) == 0)
        while (operands[count] != NULL)
            count++;
    if (e.kind != ERR_NONE ||
        pkg_fetch(options[0].value, options[1].value, operands, count, options[2].value, &result, &e) != 0 ||
        report_fetch(&result, options[3].value != NULL, &e) != 0)
        status = cli_fail(PKG_PROGRAM, &e);
    else if (result.failed > 0)
        status = EXIT_ENVIRONMENT;
    free(operands);
    return status;
}
