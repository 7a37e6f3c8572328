/* collector/fleet_json.c - which targets are meant, and what became of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "collector/fleet.h"

#define LIST_MAX ((size_t)1 << 20)

/* What FORMAT.md section 1 keeps for systems that give such names a meaning. */
static bool is_reserved(const char *name, size_t len)
{
    static const char *const words[] = {"con", "prn", "aux", "nul"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (len == 3 && memcmp(name, words[i], 3) == 0)
            return true;
    return len == 4 && (memcmp(name, "com", 3) == 0 || memcmp(name, "lpt", 3) == 0) && name[3] >= '1' && name[3] <= '9';
}

static int add(struct col_fleet *f, const char *text, char separator, struct err *e)
{
    size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    struct col_fleet_target *t = &f->targets[f->count];

    if (text[len] != separator || text[len + 1] == '\0' || len == 0 || len >= COL_FLEET_NAME || is_reserved(text, len))
        return err_set(e, ERR_USAGE, "target %.*s: expected a name of at most %d of [a-z0-9_]%s", /* behind it there may be a password */
                       len < 60 ? (int)len : 60, text, COL_FLEET_NAME - 1, separator == '=' ? ", and =CONNINFO behind it" : ", a tab and its CONNINFO");
    for (size_t i = 0; i < f->count; i++)
        if (strlen(f->targets[i].name) == len && memcmp(f->targets[i].name, text, len) == 0)
            return err_set(e, ERR_USAGE, "target %s stands twice", f->targets[i].name);
    if (f->count == COL_MAX_TARGETS)
        return err_set(e, ERR_LIMIT, "more than %d targets", COL_MAX_TARGETS);
    *t = (struct col_fleet_target){.gate = {.in = -1, .out = -1}};
    memcpy(t->name, text, len);
    t->db = strdup(text + len + 1);
    if (t->db == NULL)
        return err_no_memory(e);
    f->count++;
    return 0;
}

int col_fleet_add(struct col_fleet *f, const char *text, struct err *e)
{
    return add(f, text, '=', e);
}

int col_fleet_read(struct col_fleet *f, const char *path, struct err *e)
{
    struct buf text = buf_init(0);
    int rc = file_read(path, LIST_MAX, &text, e);
    char *line = text.data;

    for (size_t at = 0; rc == 0 && at < text.len; line = text.data + at) {
        char *lf = memchr(text.data + at, '\n', text.len - at);

        if (lf == NULL || memchr(line, '\0', (size_t)(lf - line)) != NULL) {
            rc = err_set(e, ERR_INPUT, "%s: its last line does not end, or has a NUL", path);
            break;
        }
        *lf = '\0';
        at = (size_t)(lf + 1 - text.data);
        if (*line != '\0' && *line != '#' && add(f, line, '\t', e) != 0)
            rc = err_context(e, "%s", path);
    }
    buf_release(&text);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct col_fleet_target *const *)a)->name, (*(const struct col_fleet_target *const *)b)->name);
}

static void sort(const struct col_fleet *f, const struct col_fleet_target *sorted[COL_MAX_TARGETS])
{
    for (size_t i = 0; i < f->count; i++)
        sorted[i] = &f->targets[i];
    qsort(sorted, f->count, sizeof *sorted, by_name);
}

int col_fleet_number(struct col_fleet *f, struct err *e)
{
    const struct col_fleet_target *sorted[COL_MAX_TARGETS];
    unsigned char raw[(COL_RUN_ID - 1) / 2];
    char hex[DIGEST_HEX];
    struct buf text = buf_init(LIST_MAX);
    int rc = digest_random(raw, sizeof raw, e);

    digest_to_hex(raw, sizeof raw, f->nonce);
    sort(f, sorted);
    rc = rc != 0 ? rc : buf_addf(&text, e, "%s\n", f->nonce);
    for (size_t i = 0; i < f->count && rc == 0; i++)
        rc = buf_addf(&text, e, "%s\n", sorted[i]->name);
    if (rc == 0)
        rc = digest_hex(text.data, text.len, hex, e);
    if (rc == 0)
        (void)snprintf(f->id, sizeof f->id, "%.32s", hex);
    buf_release(&text);
    return rc;
}

static struct jv *reason(const struct col_fleet *f, const struct col_fleet_target *t, struct err *e)
{
    const char *code = t->has_ended                ? "ended"
                       : t->why.kind == ERR_LIMIT  ? "limit"
                       : t->why.kind == ERR_SYSTEM ? "system"
                       : t->why.kind == ERR_INPUT || t->why.kind == ERR_USAGE ? "input" : "internal";

    if (t->state != COL_FLEET_LOST)
        return jv_null();
    return jv_set(jv_set(jv_object(), "code", jv_string(code)), "message", col_mask_text(f->bracket.secrets, t->why.text, e));
}

int col_fleet_write(const struct col_fleet *f, const char *started_at, struct err *e)
{
    const struct col_fleet_target *sorted[COL_MAX_TARGETS];
    struct col_rundir dir;
    char now[CLOCK_TEXT];
    struct jv *targets = jv_array(), *doc = jv_object();

    sort(f, sorted);
    for (size_t i = 0; i < f->count; i++) {
        struct jv *t = jv_set(jv_object(), "name", jv_string(sorted[i]->name));

        jv_set(t, "reason", reason(f, sorted[i], e));
        jv_add(targets, jv_set(t, "state", jv_string(sorted[i]->state == COL_FLEET_LOST ? "lost" : "collected")));
    }
    clock_now(now);
    jv_set(doc, "collector", jv_string(DRYPROOF_VERSION));
    jv_set(doc, "command", f->bracket.argv == NULL ? jv_null() : col_bracket_told(&f->bracket));
    jv_set(doc, "finished_at", jv_string(now));
    jv_set(doc, "fleet_id", jv_string(f->id));
    jv_set(doc, "nonce", jv_string(f->nonce));
    jv_set(doc, "schema", jv_string("dryproof.fleet/1"));
    jv_set(doc, "started_at", jv_string(started_at));
    jv_set(doc, "targets", targets);
    (void)snprintf(dir.path, sizeof dir.path, "%s", f->out);
    return col_rundir_json(&dir, "fleet.json", doc, e);
}
