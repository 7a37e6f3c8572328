/* tests/unit/collector_mask.c - tests of collector/mask.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/mask.h"

static struct jv *list_of(const char *a, const char *b)
{
    struct jv *secrets = jv_array();

    col_mask_secret(secrets, a);
    col_mask_secret(secrets, b);
    return secrets;
}

/* text, handed over in pieces of n bytes, is kept as expected whatever n is. */
static void keeps(const struct jv *secrets, const char *text, const char *expected)
{
    size_t len = strlen(text);

    for (size_t n = 1; n <= len; n++) {
        struct col_mask m = col_mask_init(secrets, 1000);
        struct err e = {ERR_NONE, ""};

        for (size_t at = 0; at < len; at += n)
            assert_int_equal(col_mask_add(&m, text + at, len - at < n ? len - at : n, &e), 0);
        assert_int_equal(col_mask_end(&m, &e), 0);
        assert_int_equal(m.bytes, len);
        assert_string_equal(m.kept.data, expected);
        col_mask_release(&m);
    }
}

static void test_forms(void **state)
{
    struct jv *secrets = list_of("p@ss w%rd", NULL);

    (void)state;
    keeps(secrets, "a p@ss w%rd b", "a [MASKED] b");
    keeps(secrets, "p%40ss%20w%25rd", "[MASKED]");
    keeps(secrets, "p%40ss+w%25rd.", "[MASKED].");
    keeps(secrets, "%70%40%73%73%20%77%25%72%64", "[MASKED]");
    keeps(secrets, "7040737320772572642e", "[MASKED]2e");
    keeps(secrets, "x704073732077257264", "x[MASKED]");
    keeps(secrets, "p@ss w%r", "p@ss w%r");
    keeps(secrets, "pp@ss w%rdp@ss w%rd", "p[MASKED][MASKED]");
    jv_free(secrets);
}

/* printf %s ":hunter2." | base64 and its neighbours: what the secret decides is gone. */
static void test_base64(void **state)
{
    struct jv *secrets = list_of("hunter2", NULL);

    (void)state;
    keeps(secrets, "aHVudGVyMg==", "[MASKED]g==");         /* hunter2 */
    keeps(secrets, "Omh1bnRlcjIu", "Om[MASKED]Iu");        /* :hunter2. */
    keeps(secrets, "dTpodW50ZXIyLg==", "dTp[MASKED]Lg=="); /* u:hunter2. */
    keeps(secrets, "YWJjaHVudGVyMg==", "YWJj[MASKED]g==");  /* abchunter2 */
    jv_free(secrets);
}

static void test_two_that_begin_alike(void **state)
{
    struct jv *secrets = list_of("abc", "abcdef");

    (void)state;
    keeps(secrets, "xabcdef", "x[MASKED]");
    keeps(secrets, "xabcde", "x[MASKED]de");
    keeps(secrets, "xabc", "x[MASKED]");
    keeps(secrets, "xab", "xab");
    jv_free(secrets);
}

static void test_limit(void **state)
{
    struct jv *secrets = list_of("secret", NULL);
    struct col_mask m = col_mask_init(secrets, 5);
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(col_mask_add(&m, "abcsecretdef", 12, &e), 0);
    assert_int_equal(col_mask_add(&m, "more", 4, &e), 0);
    assert_int_equal(col_mask_end(&m, &e), 0);
    assert_int_equal(m.bytes, 16);
    assert_string_equal(m.kept.data, "abc[M");
    col_mask_release(&m);
    jv_free(secrets);
}

static void finds(const char *text, const char *const *expected, size_t n)
{
    struct jv *secrets = jv_array();

    col_mask_find(secrets, text);
    if (secrets->count != n)
        fail_msg("%s: %zu secrets", text, secrets->count);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(secrets->items[i]->bytes, expected[i]);
    jv_free(secrets);
}

static void test_find(void **state)
{
    static const char *const plain[] = {"pw"};
    static const char *const encoded[] = {"p%40w", "p@w"};
    static const char *const two[] = {"one", "two"};
    static const char *const spaced[] = {"a 'b", "a \\'b"};

    (void)state;
    finds("postgres://u:pw@h/db", plain, 1);
    finds("--url=postgresql://u:p%40w@h:5432/db?x=1", encoded, 2);
    finds("http://u:pw@h", plain, 1);
    finds("host=h password=pw user=u", plain, 1);
    finds("PGPASSWORD=pw psql", plain, 1);
    finds("postgres:///db?user=u&password=pw&x=y", plain, 1);
    finds("postgres://u:one@h/db postgres://u:two@h/db", two, 2);
    finds("password='a \\'b' host=h", spaced, 2);
    finds("postgres://u@h:5432/db", NULL, 0);
    finds("postgres://h:5432/a@b", NULL, 0);
    finds("password=", NULL, 0);
    finds("no secret", NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_two_that_begin_alike),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_find),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
