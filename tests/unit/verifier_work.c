/* tests/unit/verifier_work.c - many things by several workers: each of them once, whatever their number. */
#include "tests/unit/verifier_test.h"

#include "verifier/limits.h"
#include "verifier/work.h"

#include <stdatomic.h>

enum { MOST = 1000 };

static atomic_int seen[MOST];
static atomic_size_t highest, longest;

static void raise_to(atomic_size_t *max, size_t n)
{
    size_t was = atomic_load(max);

    while (was < n && !atomic_compare_exchange_weak(max, &was, n))
        ;
}

static void count(void *shared, size_t worker, size_t from, size_t to)
{
    const size_t *all = shared;

    raise_to(&highest, worker);
    raise_to(&longest, to - from);
    for (size_t i = from; i < to && i < *all; i++)
        atomic_fetch_add(&seen[i], 1);
}

static void test_each_once(void **state)
{
    static const size_t counts[] = {0, 1, 7, MOST}, steps[] = {1, 3, 32, 2 * MOST}, workers[] = {1, 2, 5, VFY_MAX_WORKERS};

    (void)state;
    for (int c = 0; c < 64; c++) {
        size_t n = counts[c / 16], step = steps[c / 4 % 4], width = workers[c % 4];

        memset(seen, 0, sizeof seen);
        atomic_store(&highest, 0);
        atomic_store(&longest, 0);
        vfy_work_run(width, n, step, count, &n);
        for (size_t i = 0; i < MOST; i++)
            assert_int_equal(atomic_load(&seen[i]), i < n);
        assert_true(atomic_load(&highest) < width);
        assert_true(atomic_load(&longest) <= step && atomic_load(&longest) <= n);
    }
}

static void test_width(void **state)
{
    (void)state;
    assert_int_equal(vfy_work_width(0), 1);
    assert_int_equal(vfy_work_width(1), 1);
    assert_true(vfy_work_width(2) <= 2);
    assert_true(vfy_work_width(SIZE_MAX) >= 1 && vfy_work_width(SIZE_MAX) <= VFY_MAX_WORKERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_each_once), TEST(test_width)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
