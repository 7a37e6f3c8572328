/* tests/unit/verifier_explain.c - explain tells what the tables tell, and what was mistyped. */
#include "tests/unit/verifier_test.h"

#include "verifier/explain.h"
#include "verifier/findings.h"
#include "verifier/output.h"

static char *cut(char **at, const char *end)
{
    char *from = *at;
    size_t n = strcspn(from, end);

    *at = from[n] != '\0' ? from + n + 1 : from + n;
    from[n] = '\0';
    return from;
}

/* the cells of the next row */
static bool next(char **at, char *cell[6], size_t n)
{
    char *line = cut(at, "\n");
    bool is_row = *line != '\0';

    for (size_t i = 0; i < n; i++)
        cell[i] = cut(&line, "\t");
    assert_true(*line == '\0');
    return is_row;
}

static const char *quoted(const char *text)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    vfy_output_string(&b, text);
    return b.p;
}

static void explains(const char *name, bool is_json, const char *want)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    assert_true(vfy_explain(&b, name, is_json));
    assert_string_equal(b.p, want);
}

static void test_findings(void **state)
{
    size_t n, rows = 0;
    char *at = test_read("schemas/findings.tsv", &n), *f[6];

    (void)state;
    assert_true(next(&at, f, 6));
    for (; next(&at, f, 6); rows++) {
        explains(f[0], false, vfy_mem_print(&test_arena, "%s\n  %s\n  exit status %s; FORMAT.md section %s\n  do: %s\n", f[0], f[3],
                                            f[1], f[4], f[5]));
        explains(f[0], true,
                 vfy_mem_print(&test_arena, "{\"advice\":%s,\"exit_status\":%s,\"kind\":\"finding\",\"meaning\":%s,\"name\":%s,"
                               "\"schema\":\"dryproof.explain/1\",\"section\":%s}\n", quoted(f[5]), f[1], quoted(f[3]),
                               quoted(f[0]), quoted(f[4])));
    }
    assert_int_equal(rows, VFY_CODES - 1);
}

static void test_words(void **state)
{
    size_t n, rows = 0;
    char *at = test_read("schemas/words.tsv", &n), *w[6];

    (void)state;
    assert_true(next(&at, w, 4));
    for (; next(&at, w, 4); rows++) {
        explains(w[0], false, vfy_mem_print(&test_arena, "%s (%s)\n  %s\n  do: %s\n", w[0], w[1], w[2], w[3]));
        explains(w[0], true,
                 vfy_mem_print(&test_arena, "{\"advice\":%s,\"exit_status\":null,\"kind\":%s,\"meaning\":%s,\"name\":%s,"
                               "\"schema\":\"dryproof.explain/1\",\"section\":null}\n", quoted(w[3]), quoted(w[1]), quoted(w[2]),
                               quoted(w[0])));
    }
    assert_true(rows > 20);
}

static void test_unknown(void **state)
{
    struct buf b = {&test_arena, NULL, 0, 0};

    (void)state;
    assert_false(vfy_explain(&b, "E_NO_SUCH", false));
    assert_false(vfy_explain(&b, "", true));
    assert_int_equal(b.len, 0);
}

#define FORTY "0123456789012345678901234567890123456789"

static void test_closer(void **state)
{
    static const struct {
        const char *name, *candidate;
        bool is_near;
    } cases[] = {
        {"abcdef", "abcdef", true}, {"abcxef", "abcdef", true}, {"abxxef", "abcdef", true}, {"axxxef", "abcdefgh", false},
        {"axxxef", "abcdef", false}, {"aazz", "AAZZ", true}, {"AAZZ", "aazz", true}, {"``{{bc", "@@[[bc", false},
        {"abcde", "abcdef", true}, {"abcdefg", "abcdef", true}, {"bcdef", "abcdef", true}, {"xabcdef", "abcdef", true},
        {"bcdefghi", "abcdefgh", true}, {"xabcdefg", "abcdefgh", true}, {"acbdef", "abcdef", true}, {"xxcde", "abcde", true},
        {"xxcd", "abcd", false}, {"xbc", "abc", true}, {"xb", "ab", false}, {"7", "70", false}, {"70", "7", false}, {"", "ab", false},
        {"ab", "", false}, {"abcdefgh", "abcdefghijk", false}, {"abcdefghijk", "abcdefgh", false},
        {FORTY, FORTY, true}, {FORTY "0", FORTY "0", false}, {FORTY, FORTY "0", false}, {FORTY "0", FORTY, false}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if ((vfy_explain_closer(cases[i].name, cases[i].candidate, NULL) == cases[i].candidate) != cases[i].is_near)
            fail_msg("%s and %s", cases[i].name, cases[i].candidate);
    assert_null(vfy_explain_closer("abcdef", "uvwxyz", NULL));
    assert_string_equal(vfy_explain_closer("abcdef", "abcdex", "abcxxf"), "abcdex");
    assert_string_equal(vfy_explain_closer("abcdef", "abcdex", "abcxef"), "abcxef"); /* the first of two */
    assert_string_equal(vfy_explain_closer("abcdef", "abcdxx", "abcxef"), "abcxef");
}

/* the ends of the tables */
static void test_near(void **state)
{
    size_t n;
    char *at = test_read("schemas/words.tsv", &n), *w[6], *last = "";

    (void)state;
    for (int i = 1; i < VFY_CODES; i += VFY_CODES - 2) {
        const char *name = vfy_findings_info((enum vfy_code)i)->name;

        assert_string_equal(vfy_explain_near(vfy_mem_print(&test_arena, "%sX", name)), name);
    }
    while (next(&at, w, 4))
        if (strlen(w[0]) > 4)
            last = w[0];
    assert_string_equal(vfy_explain_near(vfy_mem_print(&test_arena, "%sX", last)), last);
    assert_string_equal(vfy_explain_near("E_I0"), "E_IO");
    assert_null(vfy_explain_near("7"));
    assert_null(vfy_explain_near("nothing of that kind"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_findings), TEST(test_words), TEST(test_unknown), TEST(test_closer), TEST(test_near)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
