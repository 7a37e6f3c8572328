/* collector/pins.c - see collector/pins.h. */
#include "collector/pins.h"

#include <string.h>

#include "collector/form.h"
#include "gen/sql_pin.h"
#include "gen/sql_pin_read.h"

struct pin {
    const char *name;
    const char *value;
    bool is_observers;
};

/* Values are written the way the server reports them: they are compared. */
static const struct pin pins[] = {
    {"client_encoding", "UTF8", false},
    {"DateStyle", "ISO, YMD", false},
    {"IntervalStyle", "postgres", false},
    {"TimeZone", "UTC", false},
    {"extra_float_digits", "1", false},
    {"bytea_output", "hex", false},
    {"lc_monetary", "C", false},
    {"quote_all_identifiers", "off", false},
    {"search_path", "", false},
    {"standard_conforming_strings", "on", false},
    {"default_transaction_read_only", "on", true},
    {"row_security", "off", true},
};

const char *col_pins_get(enum col_pg_kind kind, bool is_ascii, size_t i, const char **value)
{
    if (i >= sizeof pins / sizeof pins[0] || (pins[i].is_observers && kind != COL_PG_OBSERVER))
        return NULL;
    *value = i == 0 && is_ascii ? "SQL_ASCII" : pins[i].value;
    return pins[i].name;
}

/* The names and values as two array literals; none of ours holds a quote or backslash. */
static int make_args(enum col_pg_kind kind, bool is_ascii, struct jv *args, struct err *e)
{
    struct buf names = buf_init(4096);
    struct buf values = buf_init(4096);
    const char *name;
    const char *value;
    int rc = -1;

    for (size_t i = 0; (name = col_pins_get(kind, is_ascii, i, &value)) != NULL; i++)
        if (buf_addf(&names, e, "%s\"%s\"", i == 0 ? "{" : ",", name) != 0 ||
            buf_addf(&values, e, "%s\"%s\"", i == 0 ? "{" : ",", value) != 0)
            goto out;
    if (buf_adds(&names, "}", e) != 0 || buf_adds(&values, "}", e) != 0)
        goto out;
    jv_add(args, jv_string(names.data));
    jv_add(args, jv_string(values.data));
    rc = 0;
out:
    buf_release(&names);
    buf_release(&values);
    return rc;
}

/* What is expected is what we know, never what the server repeats. */
static int compare(const struct jv *rows, enum col_pg_kind kind, bool is_ascii, struct jv *pinned,
                   struct err *e)
{
    const char *name;
    const char *value;
    size_t n = 0;

    while (col_pins_get(kind, is_ascii, n, &value) != NULL)
        n++;
    if (col_form_check(rows, n, n, "ssn", "pinned settings", e) != 0)
        return -1;
    for (size_t i = 0; (name = col_pins_get(kind, is_ascii, i, &value)) != NULL; i++) {
        const char *got = col_pg_text(rows, i, 1);

        if (strcmp(name, col_pg_text(rows, i, 0)) != 0 || strcmp(value, got) != 0)
            return err_set(e, ERR_SYSTEM, "unsafe session: setting %s reads back as \"%s\", expected \"%s\"",
                           name, got, value);
        if (strcmp(col_pg_text(rows, i, 2), "0") != 0)
            return err_set(e, ERR_SYSTEM, "unsafe session: it begins with temporary objects; expected none");
        jv_set(pinned, name, jv_string(got));
    }
    return 0;
}

int col_pins_set(struct col_pg *pg, enum col_pg_kind kind, bool is_ascii, struct jv **pinned,
                 struct err *e)
{
    struct jv *args = jv_array();
    struct jv *list = jv_object();
    struct jv *rows = NULL;
    struct jv *set = NULL;
    int rc = -1;

    if (list == NULL) {
        err_no_memory(e);
        goto out;
    }
    if (make_args(kind, is_ascii, args, e) != 0 || col_pg_rows(pg, sql_pin, args, &set, e) != 0 ||
        col_form_check(set, 0, SIZE_MAX, "ss", "settings", e) != 0 ||
        col_pg_rows(pg, sql_pin_read, args, &rows, e) != 0 ||
        compare(rows, kind, is_ascii, list, e) != 0)
        goto out;
    *pinned = list;
    list = NULL;
    rc = 0;
out:
    jv_free(args);
    jv_free(list);
    jv_free(rows);
    jv_free(set);
    return rc;
}
