/* packager/packet.c - see packager/packet.h.  The template texts come from templates/. */
#include "packager/packet.h"

#include <string.h>

#include "gen/tpl_CODEX_AUDIT_INSTRUCTIONS_md.h"
#include "gen/tpl_README_FOR_CODEX_md.h"
#include "gen/tpl_README_FOR_REVIEWER_md.h"
#include "gen/tpl_REQUIRED_READ_ORDER_md.h"
#include "gen/tpl_RERUN_sh.h"
#include "gen/tpl_REVIEW_md.h"
#include "gen/tpl_VERIFY_sh.h"
#include "gen/tpl_commands_sh.h"
#include "gen/tpl_review_html.h"
#include "packager/contents.h"
#include "packager/limits.h"
#include "packager/model.h"
#include "packager/packet_json.h"
#include "packager/statement.h"
#include "packager/template.h"

/* One file of the packet: a template, a JSON writer, or neither (verdict.json is copied). */
struct recipe {
    const char *name;
    const char *text;
    enum pkg_template_kind kind;
    int (*write)(const struct jv *model, struct buf *out, struct err *e);
};

/* Sorted by name: the order of line 3's subjects. */
static const struct recipe recipes[] = {
    {"CODEX_AUDIT_INSTRUCTIONS.md", tpl_CODEX_AUDIT_INSTRUCTIONS_md, PKG_TEMPLATE_MARKDOWN, NULL},
    {"EVIDENCE_PATH_MAP.json", NULL, 0, pkg_packet_json_paths},
    {"EXPECTED_HASHES_AND_TREES.json", NULL, 0, pkg_packet_json_hashes},
    {"README_FOR_CODEX.md", tpl_README_FOR_CODEX_md, PKG_TEMPLATE_MARKDOWN, NULL},
    {"README_FOR_REVIEWER.md", tpl_README_FOR_REVIEWER_md, PKG_TEMPLATE_MARKDOWN, NULL},
    {"REQUIRED_READ_ORDER.md", tpl_REQUIRED_READ_ORDER_md, PKG_TEMPLATE_MARKDOWN, NULL},
    {"RERUN.sh", tpl_RERUN_sh, PKG_TEMPLATE_SHELL, NULL},
    {"REVIEW.md", tpl_REVIEW_md, PKG_TEMPLATE_MARKDOWN, NULL},
    {"VERIFY.sh", tpl_VERIFY_sh, PKG_TEMPLATE_SHELL, NULL},
    {"commands.sh", tpl_commands_sh, PKG_TEMPLATE_SHELL, NULL},
    {"exit_codes.json", NULL, 0, pkg_packet_json_exits},
    {"manifest.json", NULL, 0, pkg_packet_json_manifest},
    {"review.html", tpl_review_html, PKG_TEMPLATE_HTML, NULL},
    {"review.json", NULL, 0, pkg_packet_json_review},
    {"verdict.json", NULL, 0, NULL},
};

_Static_assert(sizeof recipes / sizeof *recipes == PKG_PACKET_FILES, "PKG_PACKET_FILES");

int pkg_packet_render(const struct jv *model, const struct buf *verdict,
                      struct pkg_packet_file out[PKG_PACKET_FILES], struct err *e)
{
    for (size_t i = 0; i < PKG_PACKET_FILES; i++)
        out[i] = (struct pkg_packet_file){recipes[i].name, buf_init(PKG_DOCUMENT_MAX)};
    for (size_t i = 0; i < PKG_PACKET_FILES; i++) {
        const struct recipe *r = &recipes[i];
        int bad;

        if (r->text != NULL)
            bad = pkg_template_render(r->text, r->kind, model, &out[i].text, e);
        else if (r->write != NULL)
            bad = r->write(model, &out[i].text, e);
        else
            bad = buf_add(&out[i].text, verdict->data, verdict->len, e);
        if (bad != 0) {
            pkg_packet_release(out);
            return err_context(e, "%s", r->name);
        }
    }
    return 0;
}

void pkg_packet_release(struct pkg_packet_file files[PKG_PACKET_FILES])
{
    for (size_t i = 0; i < PKG_PACKET_FILES; i++)
        buf_release(&files[i].text);
}

static int sign_packet(const struct pkg_stage *stage, const struct pkg_packet_file *files,
                       const struct pkg_key *key, struct buf *lines, struct err *e)
{
    struct jv *subjects = jv_array();
    char hex[DIGEST_HEX];

    for (size_t i = 0; i < PKG_PACKET_FILES; i++) {
        if (digest_hex(files[i].text.data, files[i].text.len, hex, e) != 0) {
            jv_free(subjects);
            return -1;
        }
        jv_add(subjects, pkg_statement_subject(files[i].name, hex));
    }
    for (size_t i = 0; i < 2; i++) {
        if (buf_add(lines, stage->lines[i].data, stage->lines[i].len, e) != 0) {
            jv_free(subjects);
            return -1;
        }
    }
    return pkg_stage_sign(key, pkg_statement_packet(subjects, stage->package), lines, e);
}

/* The files first, the line that covers them last. */
static int write_files(const struct pkg_stage *stage, const struct pkg_packet_file *files,
                       const struct buf *lines, struct err *e)
{
    char path[FILE_PATH_MAX];

    for (size_t i = 0; i < PKG_PACKET_FILES; i++)
        if (file_join(path, stage->dir, files[i].name, e) != 0 ||
            file_replace(path, files[i].text.data, files[i].text.len, 0644, e) != 0)
            return -1;
    return file_join(path, stage->dir, PKG_STAGE_ATTESTATIONS, e) != 0
               ? -1 : file_replace(path, lines->data, lines->len, 0644, e);
}

static int render(const struct pkg_stage *stage, const struct buf *verdict,
                  struct pkg_packet_file files[PKG_PACKET_FILES], struct err *e)
{
    struct pkg_contents contents = {.manifest = buf_init(0)};
    char hex[DIGEST_HEX];
    struct jv *doc = NULL;
    struct jv *model = NULL;
    char archive[FILE_PATH_MAX];
    int rc = -1;

    if (file_join(archive, stage->dir, PKG_STAGE_PACKAGE, e) != 0 ||
        jv_parse(verdict->data, verdict->len, &doc, e) != 0 ||
        pkg_contents_read(archive, &contents, e) != 0 ||
        digest_hex(verdict->data, verdict->len, hex, e) != 0 ||
        pkg_model_build(stage, &contents, doc, hex, &model, e) != 0)
        goto out;
    rc = pkg_packet_render(model, verdict, files, e);
out:
    jv_free(model);
    pkg_contents_release(&contents);
    jv_free(doc);
    return rc;
}

int pkg_packet_write(const struct pkg_stage *stage, const char *verdict_path,
                     const struct pkg_key *key, struct err *e)
{
    struct pkg_packet_file files[PKG_PACKET_FILES];
    struct buf verdict = buf_init(0);
    struct buf lines = buf_init(PKG_FILE_MAX);
    int rc = -1;

    if (!file_exists(verdict_path))
        return err_set(e, ERR_INPUT, "there is no verdict %s; make it with dryproof-verify --json",
                       verdict_path);
    if (file_read(verdict_path, PKG_DOCUMENT_MAX, &verdict, e) != 0)
        return -1;
    if (render(stage, &verdict, files, e) != 0)
        goto out;
    if (sign_packet(stage, files, key, &lines, e) == 0)
        rc = write_files(stage, files, &lines, e);
    pkg_packet_release(files);
out:
    buf_release(&lines);
    buf_release(&verdict);
    return rc;
}
