/* tests/unit/verifier_mem.c - arenas: what they give, keep and clear, and how they end the program. */
#include "tests/unit/verifier_test.h"

#include "verifier/limits.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>

enum { COMMON = 1 << 18 };
#ifdef SANITIZED
enum { GAP = 16, REFUSED = 1 }; /* what a sanitised program ends with */
#else
enum { GAP = 0, REFUSED = 0 };
#endif

static void too_much_at_once(void)
{
    vfy_mem_alloc(&test_arena, (size_t)VFY_MAX_MEMORY_MIB << 20);
}

static void too_much_in_all(void)
{
    for (size_t i = 0; i <= VFY_MAX_MEMORY_MIB / 128; i++)
        vfy_mem_alloc(&test_arena, (size_t)128 << 20);
}

static void doubt(void)
{
    vfy_mem_doubt(false);
    vfy_mem_doubt(true);
}

static void too_many_to_count(void)
{
    free(vfy_mem_array(NULL, SIZE_MAX / 16, 0));
    vfy_mem_array(NULL, SIZE_MAX / 16 + 1, 16);
}

static volatile char seen;

static void one_behind(void)
{
    char *p = vfy_mem_alloc(&test_arena, 32);

    vfy_mem_alloc(&test_arena, 1);
    seen = p[32];
}

static void given_back(void)
{
    char *p = vfy_mem_alloc(&test_arena, 1);

    vfy_mem_reset(&test_arena);
    seen = *p;
}

/* no character of the C locale */
static void no_text(void)
{
    vfy_mem_print(&test_arena, "%lc", (wint_t)0x20ac);
}

static int status_of(void (*f)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY), 2);
        f();
        exit(0);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(status_of(too_much_at_once), 6);
    assert_int_equal(status_of(too_much_in_all), 6);
    assert_int_equal(status_of(doubt), 5);
    assert_int_equal(status_of(too_many_to_count), 5);
    assert_int_equal(status_of(no_text), 70);
}

/* a sanitised program sees each piece of a chunk by itself, so that every test is one of bounds */
static void test_gaps(void **state)
{
    (void)state;
    assert_int_equal(status_of(one_behind), REFUSED);
    assert_int_equal(status_of(given_back), REFUSED);
}

/* something large does not end the chunk that small things share */
static void test_chunks(void **state)
{
    char *one = vfy_mem_alloc(&test_arena, 1), *large = vfy_mem_alloc(&test_arena, COMMON + 1);
    char *two = vfy_mem_alloc(&test_arena, 17), *three = vfy_mem_alloc(&test_arena, 0), *four = vfy_mem_alloc(&test_arena, 1);
    char *rest, *next;

    (void)state;
    assert_ptr_equal(two, one + 16 + GAP);
    assert_ptr_equal(three, one + 48 + 2 * GAP);
    assert_ptr_equal(four, one + 48 + 3 * GAP);
    memset(large, 'x', COMMON + 1);
    assert_int_equal(test_arena.total, COMMON + COMMON + 16 + GAP);
    rest = vfy_mem_alloc(&test_arena, COMMON - 64 - 5 * GAP); /* to the last byte of it */
    assert_ptr_equal(rest, one + 64 + 4 * GAP);
    next = vfy_mem_alloc(&test_arena, 1);
    assert_true(next < one || next >= one + COMMON);
    assert_int_equal(test_arena.total, 3 * COMMON + 16 + GAP);
    vfy_mem_release(&test_arena);
    assert_int_equal(test_arena.total, 0);
    assert_null(test_arena.chunks);
}

/* what is given again is as empty as at first */
static void test_reset(void **state)
{
    char *p, *q;

    (void)state;
    vfy_mem_reset(&test_arena);
    assert_null(test_arena.chunks);
    p = vfy_mem_alloc(&test_arena, 100);
    memset(p, 'x', 100);
    vfy_mem_alloc(&test_arena, COMMON + 1);
    vfy_mem_reset(&test_arena);
    assert_int_equal(test_arena.total, COMMON);
    q = vfy_mem_alloc(&test_arena, 100);
    assert_ptr_equal(p, q);
    for (int i = 0; i < 100; i++)
        assert_int_equal(q[i], 0);
    vfy_mem_release(&test_arena);
    vfy_mem_alloc(&test_arena, COMMON + 1); /* a large one alone is not kept */
    vfy_mem_reset(&test_arena);
    assert_null(test_arena.chunks);
    assert_int_equal(test_arena.total, 0);
}

static void test_bufs(void **state)
{
    struct buf b = {&test_arena, NULL, 0, 0};
    char *copy;

    (void)state;
    for (size_t n = 0; n < 2000; n++) {
        assert_int_equal(b.len, n);
        vfy_mem_add(&b, "y", n % 2);
        vfy_mem_put(&b, "%s", n % 2 ? "" : "x");
        assert_int_equal(b.p[b.len], 0);
    }
    for (size_t n = 0; n < 2000; n++)
        assert_int_equal(b.p[n], n % 2 ? 'y' : 'x');
    vfy_mem_put(&b, "%s%d", "z", 7);
    assert_string_equal(b.p + 2000, "z7");
    assert_string_equal(vfy_mem_print(&test_arena, "%d-%s", 5, "a"), "5-a");
    copy = vfy_mem_copy(&test_arena, "a\0b", 3);
    assert_memory_equal(copy, "a\0b", 4);
    assert_string_equal(vfy_mem_copy(&test_arena, NULL, 0), "");
    free(vfy_mem_raw(NULL, 0));
    copy = vfy_mem_array(NULL, 3, 5);
    memset(copy, 'x', 15);
    copy = vfy_mem_array(copy, 1000, 1000);
    memset(copy + 15, 'x', 1000 * 1000 - 15);
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_ends), TEST(test_gaps), TEST(test_chunks), TEST(test_reset), TEST(test_bufs)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
