/* base/plan.c - see base/plan.h. */
#include "base/plan.h"

#include <stdio.h>
#include <string.h>

#include "base/plan_bracket.h"
#include "base/plan_check.h"

static int digest_of_files(const char *dir, const struct file_list *files, char out[DIGEST_HEX],
                           struct err *e)
{
    struct buf lines = buf_init((size_t)64 << 20);
    struct buf bytes = buf_init(0);
    int rc = -1;

    for (size_t i = 0; i < files->count; i++) {
        char path[FILE_PATH_MAX];
        char hex[DIGEST_HEX];

        if (!file_is_plain_name(files->paths[i])) {
            err_set(e, ERR_INPUT, "%s: the file name %s may only use [A-Za-z0-9._-]", dir,
                    files->paths[i]);
            goto out;
        }
        buf_release(&bytes);
        if (file_join(path, dir, files->paths[i], e) != 0 ||
            file_read(path, PLAN_FILE_MAX, &bytes, e) != 0 ||
            digest_hex(bytes.data, bytes.len, hex, e) != 0 ||
            buf_addf(&lines, e, "%s  %s\n", hex, files->paths[i]) != 0)
            goto out;
    }
    rc = digest_hex(lines.data, lines.len, out, e);
out:
    buf_release(&bytes);
    buf_release(&lines);
    return rc;
}

/* plan.json as read, checked by its own schema. */
static int check_doc(struct plan *p, bool may_be_bracket, struct err *e)
{
    if (!jv_text_is(jv_get(p->doc, "schema"), PLAN_BRACKET_SCHEMA))
        return plan_check(p->doc, &p->files, e);
    if (!may_be_bracket)
        return err_set(e, ERR_INPUT, "%s holds the plan of a bracket, no carrier; run its command "
                                     "again: dryproof run --db CONNINFO -- COMMAND", p->carrier_dir);
    if (p->files.count != 1)
        return err_set(e, ERR_INPUT, "%s: the plan of a bracket stands alone", p->carrier_dir);
    if (plan_bracket_check(p->doc, e) != 0)
        return -1;
    p->doc = plan_bracket_expand(p->doc);
    return p->doc == NULL || p->doc->is_broken ? err_no_memory(e) : 0;
}

static int load(const char *dir, bool is_packed, struct plan *out, struct err *e)
{
    struct plan p = {"", NULL, {NULL, 0, 0}, ""};
    struct buf text = buf_init(0);
    int rc = -1;

    if (snprintf(p.carrier_dir, sizeof p.carrier_dir, "%s", dir) >= (int)sizeof p.carrier_dir)
        return err_set(e, ERR_INPUT, "path too long: %s", dir);
    if (!file_is_folder(dir))
        return err_set(e, ERR_INPUT, "%s: expected a carrier folder with a plan.json", dir);
    if (file_list_tree(dir, &p.files, e) != 0)
        goto out;
    if (plan_read(&p, "plan.json", &text, e) != 0)
        goto out;
    if (jv_parse(text.data, text.len, &p.doc, e) != 0) {
        err_context(e, "%s/plan.json", dir);
        goto out;
    }
    if (check_doc(&p, is_packed, e) != 0 || (!is_packed && digest_of_files(dir, &p.files, p.sha256, e) != 0))
        goto out;
    *out = p;
    p.doc = NULL;
    p.files.paths = NULL;
    p.files.count = 0;
    rc = 0;
out:
    buf_release(&text);
    plan_release(&p);
    return rc;
}

int plan_load(const char *dir, struct plan *out, struct err *e)
{
    return load(dir, false, out, e);
}

int plan_load_any(const char *dir, struct plan *out, struct err *e)
{
    return load(dir, true, out, e);
}

void plan_release(struct plan *plan)
{
    jv_free(plan->doc);
    plan->doc = NULL;
    file_list_release(&plan->files);
}

int plan_read(const struct plan *plan, const char *name, struct buf *out, struct err *e)
{
    char path[FILE_PATH_MAX];

    if (file_join(path, plan->carrier_dir, name, e) != 0)
        return -1;
    if (file_read(path, PLAN_FILE_MAX, out, e) != 0) {
        if (e->kind == ERR_SYSTEM)
            e->kind = ERR_INPUT; /* a carrier that cannot be read is the caller's to mend */
        return -1;
    }
    return 0;
}

const struct jv *plan_named(const struct jv *array, const char *name)
{
    if (!jv_is(array, JV_ARRAY))
        return NULL;
    for (size_t i = 0; i < array->count; i++)
        if (jv_text_is(jv_get(array->items[i], "name"), name))
            return array->items[i];
    return NULL;
}

const struct jv *plan_captured(const struct plan *plan, const char *relation)
{
    const struct jv *captured = jv_get(plan->doc, "captured");

    for (size_t i = 0; i < captured->count; i++)
        if (jv_text_is(jv_get(captured->items[i], "relation"), relation))
            return captured->items[i];
    return NULL;
}

int plan_statement(const char *endpoint, struct buf *out, struct err *e)
{
    const char *open = strchr(endpoint, '(');
    size_t len = strlen(endpoint);
    int number = 0;

    if (open == NULL || endpoint[len - 1] != ')' || strchr(endpoint, '\'') != NULL ||
        strchr(endpoint, ';') != NULL)
        return err_set(e, ERR_INPUT, "endpoint %s: expected schema.function(type,type)", endpoint);
    if (buf_adds(out, "SELECT ", e) != 0 ||
        buf_add(out, endpoint, (size_t)(open - endpoint) + 1, e) != 0)
        return -1;
    for (const char *p = open + 1; p < endpoint + len - 1;) {
        size_t n = strcspn(p, ",)");

        number++;
        if (buf_addf(out, e, "%s$%d::%.*s", number == 1 ? "" : ", ", number, (int)n, p) != 0)
            return -1;
        p += n + 1;
    }
    return buf_adds(out, ")", e);
}

int plan_arg(const struct jv *arg, struct buf *out, bool *is_null, struct err *e)
{
    *is_null = jv_is(arg, JV_NULL);
    if (*is_null)
        return 0;
    if (jv_is(arg, JV_STRING))
        return buf_add(out, arg->bytes, arg->len, e);
    return jv_canonical(arg, out, e);
}
