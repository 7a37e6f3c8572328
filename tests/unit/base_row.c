/*
 * tests/unit/base_row.c - COPY's escaping both ways, and a table digest against one that
 * other tools computed.
 */
#include "tests/unit/base_test.h"

#include "base/row.h"

static struct jv *parsed(const char *text)
{
    struct jv *v = NULL;
    struct err e;

    assert_int_equal(jv_parse(text, strlen(text), &v, &e), 0);
    return v;
}

static void copy_text_both_ways(void **state)
{
    static const struct {
        const char *values, *line; /* as COPY TO STDOUT prints it */
    } rows[] = {
        {"[\"a\"]", "a"},
        {"[\"a\",\"b\"]", "a\tb"},
        {"[\"\",\"\"]", "\t"},
        {"[\"\"]", ""},
        {"[null,\"\",null]", "\\N\t\t\\N"},
        {"[\"\\\\N\"]", "\\\\N"}, /* the text \N is not NULL */
        {"[\"\\\\.\"]", "\\\\."},
        {"[\"\\b\\f\\n\\r\\t\\u000b\\\\\"]", "\\b\\f\\n\\r\\t\\v\\\\"},
        {"[\"\\u0001\\u007f\"]", "\x01\x7f"},
        {"[\"N\",\"n\"]", "N\tn"},
        {"[\"\xc3\xa9\"]", "\xc3\xa9"},
        {"[{\"b64\":\"/wk=\"}]", "\xff\\t"},
        {"[\"x\\ny\",null,\"z\"]", "x\\ny\t\\N\tz"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jv *values = parsed(rows[i].values), *back = NULL;
        struct buf line = buf_init(100);
        struct err e;

        ROW(i, rows[i].values, row_line(values, &line, &e) == 0);
        ROW(i, rows[i].values, line.len == strlen(rows[i].line) &&
                                   (line.len == 0 || memcmp(line.data, rows[i].line, line.len) == 0));
        ROW(i, rows[i].values, row_parse(rows[i].line, line.len, &back, &e) == 0);
        ROW(i, rows[i].values, jv_equal(values, back));
        jv_free(values);
        jv_free(back);
        buf_release(&line);
    }
}

static void no_columns_is_an_empty_line(void **state)
{
    struct jv *none = jv_array();
    struct buf line = buf_init(10);
    struct err e;

    (void)state;
    assert_int_equal(row_line(none, &line, &e), 0);
    assert_int_equal(line.len, 0);
    jv_free(none);
    buf_release(&line);
}

static void other_escapes_are_refused(void **state)
{
    static const char *const lines[] = {"\\x41", "\\0", "\\101", "a\\", "\\N\\", "\\Nx", "a\\N", "\\."};
    struct jv *values = NULL;
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        ROW(i, lines[i], row_parse(lines[i], strlen(lines[i]), &values, &e) == -1);
        ROW(i, lines[i], e.kind == ERR_INPUT && strcmp(e.text, "unknown escape in a COPY line") == 0);
    }
    assert_null(values);
}

static void only_database_values_make_a_line(void **state)
{
    static const char *const bad[] = {"[1]", "[true]", "[[]]", "[{}]", "[{\"b64\":1}]", "{}", "\"a\"",
                                      "[{\"b64\":\"/w=\"}]"};

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct jv *values = parsed(bad[i]);
        struct buf line = buf_init(100);
        struct err e = {ERR_NONE, ""};

        ROW(i, bad[i], row_line(values, &line, &e) == -1);
        ROW(i, bad[i], e.kind == ERR_INPUT);
        jv_free(values);
        buf_release(&line);
    }
}

/*
 * The digest of t(a text, b text) with rows (x,NULL), (x,NULL) and (y\,\n), made by hand:
 *   { printf '%s\n' '{"columns":[["a","text"],["b","text"]],"relation":"s.t","rows":3}'
 *     for l in 'x\t\\N' 'x\t\\N' 'y\\\\\t\\n'; do printf "$l" | sha256sum | cut -c1-64
 *     done | LC_ALL=C sort; } | sha256sum
 */
static void the_digest_of_a_small_table(void **state)
{
    static const char want[] = "6dc493ac83730024b5b25f64d9e959cf83fab64a29649d07342ba1276a3d979f";
    static const char *const lines[2][3] = {{"x\t\\N", "y\\\\\t\\n", "x\t\\N"},
                                            {"y\\\\\t\\n", "x\t\\N", "x\t\\N"}};
    struct jv *columns = parsed("[[\"a\",\"text\"],[\"b\",\"text\"]]");
    struct row_set set;
    struct err e;

    (void)state;
    assert_int_equal(row_set_init(&set, &e), 0);
    for (size_t order = 0; order < 2; order++) { /* the order of the rows does not matter */
        char hex[DIGEST_HEX];

        for (size_t i = 0; i < 3; i++)
            assert_int_equal(row_set_add(&set, lines[order][i], strlen(lines[order][i]), &e), 0);
        assert_int_equal(row_set_digest(&set, "s.t", columns, hex, &e), 0);
        assert_string_equal(hex, want);
        row_set_clear(&set);
    }
    row_set_release(&set);
    jv_free(columns);
}

/* Name, columns, number and multiplicity of rows are all in it. */
static void the_digest_sees_everything(void **state)
{
    static const struct {
        const char *relation, *columns, *rows[3];
    } tables[] = {
        {"s.t", "[[\"a\",\"text\"]]", {"x", NULL, NULL}},
        {"s.u", "[[\"a\",\"text\"]]", {"x", NULL, NULL}},
        {"s.t", "[[\"b\",\"text\"]]", {"x", NULL, NULL}},
        {"s.t", "[[\"a\",\"json\"]]", {"x", NULL, NULL}},
        {"s.t", "[[\"a\",\"text\"]]", {"y", NULL, NULL}},
        {"s.t", "[[\"a\",\"text\"]]", {"x", "x", NULL}},
        {"s.t", "[[\"a\",\"text\"]]", {NULL, NULL, NULL}},
        {"s.t", "[[\"a\",\"text\"]]", {"", NULL, NULL}},
    };
    char hex[COUNT(tables)][DIGEST_HEX];
    struct row_set set;
    struct err e;

    (void)state;
    assert_int_equal(row_set_init(&set, &e), 0);
    for (size_t i = 0; i < COUNT(tables); i++) {
        struct jv *columns = parsed(tables[i].columns);

        for (size_t k = 0; k < 3 && tables[i].rows[k] != NULL; k++)
            assert_int_equal(row_set_add(&set, tables[i].rows[k], strlen(tables[i].rows[k]), &e), 0);
        assert_int_equal(row_set_digest(&set, tables[i].relation, columns, hex[i], &e), 0);
        for (size_t k = 0; k < i; k++)
            ROW(i, tables[i].relation, strcmp(hex[i], hex[k]) != 0);
        row_set_clear(&set);
        jv_free(columns);
    }
    row_set_release(&set);
}

static void a_set_grows(void **state)
{
    struct row_set set;
    struct err e;

    (void)state;
    assert_int_equal(row_set_init(&set, &e), 0);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(row_set_add(&set, &i, sizeof i, &e), 0);
    assert_int_equal(set.count, 1000);
    row_set_release(&set);
    assert_int_equal(set.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copy_text_both_ways),
        cmocka_unit_test(no_columns_is_an_empty_line),
        cmocka_unit_test(other_escapes_are_refused),
        cmocka_unit_test(only_database_values_make_a_line),
        cmocka_unit_test(the_digest_of_a_small_table),
        cmocka_unit_test(the_digest_sees_everything),
        cmocka_unit_test(a_set_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
