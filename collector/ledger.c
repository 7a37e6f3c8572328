/* collector/ledger.c - see collector/ledger.h. */
#include "collector/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/row.h"

/* A code with the plan's sentence about it and what the operator does. */
struct word {
    const char *code, *sentence, *advice;
};

static const struct word words[] = {
    {"HOLD_NO_GOVERNED_WRITE_CHANNEL", "HOLD - no governed write channel: the plan's step role cannot act.",
     "Have the role, its login and its rights made, then ask again."},
    {"HOLD_COLLECTION_NOT_CREATED", "HOLD - collection not created: a table that the plan names is not there.",
     "Have the collection created and registered, then ask again."},
#define FINDING(name, exit, meaning, section, advice) {#name, meaning, advice},
#include "gen/findings.inc"
#undef FINDING
};

/* ---- what is said ---- */

/* Cut in the middle of a character it would be none. */
static struct jv *say(char *text)
{
    for (size_t n = strlen(text); !jv_is_utf8(text, n); n = strlen(text))
        text[n - 1] = '\0';
    return jv_string(text);
}

bool col_ledger_check(struct col_ledger *l, bool is_ok, const char *code, const char *object, const struct jv *key,
                      const char *action, const char *format, ...)
{
    char detail[ERR_TEXT_MAX];
    const struct word *w = words;
    struct jv *v;
    va_list args;

    l->checks++;
    if (is_ok)
        return true;
    while (w < words + sizeof words / sizeof *words - 1 && strcmp(w->code, code) != 0)
        w++;
    va_start(args, format);
    (void)vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    v = jv_set(jv_object(), "action", jv_string(action == NULL ? w->advice : action));
    jv_set(v, "code", jv_string(code));
    jv_set(v, "detail", say(detail));
    jv_set(v, "key", key == NULL ? jv_null() : jv_copy(key));
    jv_set(v, "object", jv_string(object));
    jv_add(l->holds, jv_set(v, "sentence", jv_string(w->sentence)));
    return false;
}

void col_ledger_unseen(struct col_ledger *l, const char *format, ...)
{
    char text[ERR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    jv_add(l->unseen, say(text));
}

struct jv *col_ledger_key(const char *column, const char *text)
{
    return jv_set(jv_object(), column, jv_string(text));
}

bool col_ledger_check_one(struct col_ledger *l, bool is_ok, const char *code, const char *object, const char *column,
                          const char *text, const char *detail)
{
    struct jv *key = col_ledger_key(column, text);

    col_ledger_check(l, is_ok, code, object, key, NULL, "%s", detail);
    jv_free(key);
    return is_ok;
}

/* ---- the tables ---- */

const struct jv *col_ledger_rows(const struct col_facts *f, const char *relation)
{
    return relation == NULL ? NULL : jv_get(jv_get(f->tables, relation), "rows");
}

size_t col_ledger_count(const struct jv *rows)
{
    return rows == NULL ? 0 : rows->count;
}

const struct jv *col_ledger_cell(const struct col_facts *f, const char *relation, const struct jv *row,
                                 const char *column)
{
    const struct jv *columns = jv_get(jv_get(f->tables, relation), "columns");

    for (size_t i = 0; row != NULL && columns != NULL && i < columns->count; i++)
        if (jv_text_is(columns->items[i], column))
            return row->items[i];
    return NULL;
}

bool col_ledger_fits(const struct col_facts *f, const char *relation, const struct jv *row, const struct jv *where)
{
    for (size_t i = 0; where != NULL && i < where->count; i++) {
        const struct jv *cell = col_ledger_cell(f, relation, row, where->keys[i]);

        if (cell == NULL || !jv_equal(cell, where->items[i]))
            return false;
    }
    return true;
}

size_t col_ledger_match(const struct col_facts *f, const char *relation, const struct jv *where,
                        const struct jv **found)
{
    const struct jv *rows = col_ledger_rows(f, relation);
    size_t n = 0;

    for (size_t i = 0; i < col_ledger_count(rows); i++)
        if (col_ledger_fits(f, relation, rows->items[i], where)) {
            n++;
            *found = rows->items[i];
        }
    return n;
}

const struct jv *col_ledger_row(const struct col_facts *f, const char *relation, const struct jv *where)
{
    const struct jv *row = NULL;

    return col_ledger_match(f, relation, where, &row) == 1 ? row : NULL;
}

const struct jv *col_ledger_by(const struct col_ledger *l, const char *relation, const char *column, const char *text)
{
    struct jv *where = col_ledger_key(column, text);
    const struct jv *row = col_ledger_row(l->f, relation, where);

    jv_free(where);
    return row;
}

void col_ledger_row_digest(struct col_ledger *l, const char *relation, const struct jv *row, const struct jv *without,
                           char out[DIGEST_HEX])
{
    const struct jv *columns = jv_get(jv_get(l->f->tables, relation), "columns");
    struct jv *kept = jv_array();
    struct buf line = buf_init((size_t)1 << 30);

    for (size_t i = 0; i < row->count; i++)
        if (without == NULL || !jv_has_text(without, jv_text(columns->items[i])))
            jv_add(kept, jv_copy(row->items[i]));
    if (kept == NULL || kept->is_broken || row_line(kept, &line, &l->e) != 0 ||
        digest_hex(line.data, line.len, out, &l->e) != 0) {
        l->is_broken = true;
        out[0] = '\0';
    }
    buf_release(&line);
    jv_free(kept);
}

void col_ledger_definition(struct col_ledger *l, const char *signature, char out[DIGEST_HEX])
{
    struct buf text = buf_init((size_t)1 << 30);

    out[0] = '\0';
    for (size_t i = 0; signature != NULL && i < l->f->functions->count; i++) {
        const struct jv *row = l->f->functions->items[i];

        if (!jv_text_is(row->items[2], signature))
            continue;
        if (!jv_is(row->items[1], JV_STRING))
            continue; /* of no evidence: FORMAT.md has prosrc in UTF-8 */
        if (buf_addf(&text, &l->e, "%s\n%s\n", signature, jv_text(row->items[0])) != 0 ||
            buf_add(&text, row->items[1]->bytes, row->items[1]->len, &l->e) != 0 ||
            digest_hex(text.data, text.len, out, &l->e) != 0)
            l->is_broken = true;
    }
    buf_release(&text);
}

const struct jv *col_ledger_manifest(const struct col_ledger *l, const char *name)
{
    return plan_named(l->f->manifests, name);
}

bool col_ledger_holds(const struct col_ledger *l, const char *name)
{
    return jv_is(jv_get(col_ledger_manifest(l, name), "sha256"), JV_STRING);
}
