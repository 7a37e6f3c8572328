/* tests/unit/base_buf.c - a buffer never grows over its limit and is always terminated. */
#include "tests/unit/base_test.h"

#include "base/buf.h"

static void grows_and_terminates(void **state)
{
    struct buf b = buf_init(1000);
    struct err e;

    (void)state;
    assert_int_equal(buf_add(&b, "", 0, &e), 0);
    assert_non_null(b.data);
    assert_string_equal(b.data, "");
    for (int i = 0; i < 100; i++)
        assert_int_equal(buf_add(&b, "0123456789", 10, &e), 0);
    assert_int_equal(b.len, 1000);
    assert_int_equal(b.data[1000], '\0');
    assert_memory_equal(b.data + 990, "0123456789", 10);
    buf_release(&b);
}

static void limit_is_exact(void **state)
{
    struct buf b = buf_init(3);
    struct err e;

    (void)state;
    assert_int_equal(buf_adds(&b, "abc", &e), 0);
    assert_int_equal(buf_add(&b, "", 0, &e), 0);
    assert_error(buf_adds(&b, "d", &e), e, ERR_LIMIT, "more than 3 bytes");
    assert_error(buf_addf(&b, &e, "%d", 7), e, ERR_LIMIT, "more than 3 bytes");
    assert_error(buf_add(&b, "x", SIZE_MAX, &e), e, ERR_LIMIT, "more than 3 bytes");
    assert_int_equal(b.len, 3);
    assert_string_equal(b.data, "abc");
    buf_release(&b);
    assert_int_equal(b.limit, 3);
    assert_null(b.data);
    assert_int_equal(buf_adds(&b, "abc", &e), 0);
    buf_release(&b);
}

static void formats(void **state)
{
    struct buf b = buf_init(100);
    struct err e;

    (void)state;
    assert_int_equal(buf_addf(&b, &e, "%s-%03d", "x", 7), 0);
    assert_int_equal(buf_addf(&b, &e, "%s", ""), 0);
    assert_string_equal(b.data, "x-007");
    assert_int_equal(b.len, 5);
    buf_release(&b);
}

static void keeps_nul_bytes(void **state)
{
    struct buf b = buf_init(100);
    struct err e;

    (void)state;
    assert_int_equal(buf_add(&b, "a\0b", 3, &e), 0);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b", 4);
    buf_release(&b);
}

static void clear_keeps_memory(void **state)
{
    struct buf b = buf_init(100);
    struct err e;

    (void)state;
    buf_clear(&b); /* of an empty one: nothing to do */
    assert_int_equal(buf_adds(&b, "abc", &e), 0);
    buf_clear(&b);
    assert_int_equal(b.len, 0);
    assert_string_equal(b.data, "");
    assert_true(b.cap > 0);
    buf_release(&b);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_terminates), cmocka_unit_test(limit_is_exact),
        cmocka_unit_test(formats),              cmocka_unit_test(keeps_nul_bytes),
        cmocka_unit_test(clear_keeps_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
