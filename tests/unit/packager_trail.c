/* tests/unit/packager_trail.c - a digest made behind the writer: the same one, in pieces of any size. */
#define _GNU_SOURCE /* sched_setaffinity */
#include "tests/unit/base_test.h"

#include <sched.h>

#include "packager/trail.h"

#define MOST ((size_t)5 << 20)

static unsigned char *bytes;

static void the_digest_is_that_of_all_pieces(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 1 << 20, (1 << 20) + 1, (2 << 20) - 1, MOST};
    static const size_t pieces[] = {512, 40000, 65536, 65537, 3 << 20};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes) * COUNT(pieces); i++) {
        size_t size = sizes[i / COUNT(pieces)], piece = pieces[i % COUNT(pieces)];
        char got[DIGEST_HEX], want[DIGEST_HEX];
        struct pkg_trail *t = NULL;
        struct err e;

        assert_int_equal(pkg_trail_begin(&t, &e), 0);
        for (size_t at = 0, n; at < size; at += n) {
            unsigned char *copy;

            n = size - at < piece ? size - at : piece;
            copy = malloc(n);
            assert_non_null(copy);
            memcpy(copy, bytes + at, n);
            assert_int_equal(pkg_trail_add(t, copy, n, &e), 0);
            memset(copy, 0, n); /* the caller's again */
            free(copy);
        }
        assert_int_equal(pkg_trail_end(t, got, &e), 0);
        assert_int_equal(digest_hex(bytes, size, want, &e), 0);
        ROW(i, want, strcmp(got, want) == 0);
        pkg_trail_free(t);
    }
}

static void one_that_is_given_up_ends(void **state)
{
    (void)state;
    for (size_t size = 0; size < MOST; size += MOST / 7) {
        struct pkg_trail *t = NULL;
        struct err e;

        assert_int_equal(pkg_trail_begin(&t, &e), 0);
        for (size_t at = 0; at + 50000 <= size; at += 50000)
            assert_int_equal(pkg_trail_add(t, bytes + at, 50000, &e), 0);
        pkg_trail_free(t);
    }
    pkg_trail_free(NULL);
}

/* the same where there is one processor, so that there is no thread */
static void alone_it_is_the_same(void **state)
{
    cpu_set_t all, one;

    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    if (CPU_COUNT(&all) == 1)
        print_message("one processor: no test had a thread\n");
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    the_digest_is_that_of_all_pieces(state);
    one_that_is_given_up_ends(state);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_digest_is_that_of_all_pieces),
        cmocka_unit_test(one_that_is_given_up_ends),
        cmocka_unit_test(alone_it_is_the_same),
    };
    int failed;

    bytes = malloc(MOST);
    if (bytes == NULL)
        return 1;
    for (size_t i = 0; i < MOST; i++)
        bytes[i] = (unsigned char)(i * i % 251);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(bytes);
    return failed;
}
