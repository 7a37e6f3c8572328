/* tests/unit/verifier_archive.c - archives in files: where they end, and each reading of them that fails. */
#include "tests/unit/verifier_pread.h"

#include "verifier/ustar.h"

enum { MOST = 3 * VFY_WINDOW };

static char bytes[MOST];
static size_t used;

static void clear(void)
{
    memset(bytes, 0, sizeof bytes);
    used = 0;
}

static void add(const char *name, size_t size, size_t there)
{
    vfy_ustar_header(name, size, bytes + used);
    used += VFY_BLOCK;
    memset(bytes + used, 'x', there < size ? there : size);
    used += there;
}

static size_t padded(size_t n)
{
    return (n + VFY_BLOCK - 1) / VFY_BLOCK * VFY_BLOCK;
}

/* of a file with the first so many bytes */
static enum vfy_code read_file(size_t n)
{
    struct err e = {VFY_NO_CODE, "", ""};
    struct member *m;
    struct source s;
    size_t count;
    int rc;

    put_file(bytes, n);
    calls = 0;
    rc = vfy_source_open(path, SIZE_MAX, &s, &e);
    if (rc == 0)
        rc = vfy_ustar_read(&test_arena, &s, &m, &count, &e);
    assert_int_equal(rc, e.code == VFY_NO_CODE ? 0 : -1);
    vfy_source_close(&s);
    return e.code;
}

static void test_ends(void **state)
{
    (void)state;
    clear();
    assert_code(read_file(VFY_BLOCK), E_TAR_TRUNCATED);
    assert_code(read_file(2 * VFY_BLOCK), E_TAR_TRUNCATED);
    assert_code(read_file(3 * VFY_BLOCK), E_TAR_NONCANONICAL);
    add("a", 5000, 0);
    assert_code(read_file(VFY_BLOCK + 400), E_TAR_TRUNCATED); /* its last 512 bytes are zero, and no end block */
    assert_code(read_file(2 * VFY_BLOCK), E_TAR_SIZE);
    assert_code(read_file(3 * VFY_BLOCK), E_TAR_SIZE);
    clear();
    add("a", 513, 513);
    assert_code(read_file(used), E_TAR_TRUNCATED);
    clear();
    add("a", 513, 1024);
    assert_code(read_file(used), E_TAR_TRUNCATED);
    assert_code(read_file(used + VFY_BLOCK), E_TAR_TRUNCATED);
    assert_code(read_file(used + 2 * VFY_BLOCK), VFY_NO_CODE);
    assert_code(read_file(used + 3 * VFY_BLOCK), E_TAR_TRAILING);
}

/* the first end block is the last that a window has, or the first, or in its midst */
static void test_window(void **state)
{
    (void)state;
    for (size_t last = VFY_WINDOW / 4 - 5 * VFY_BLOCK; last <= VFY_WINDOW / 4 - VFY_BLOCK; last += VFY_BLOCK) {
        clear();
        for (char name[] = "a"; name[0] < 'd'; name[0]++)
            add(name, VFY_WINDOW / 4 - VFY_BLOCK, VFY_WINDOW / 4 - VFY_BLOCK);
        add("d", last, last);
        assert_code(read_file(used + 2 * VFY_BLOCK), VFY_NO_CODE);
        for (size_t i = 0; i < 4; i++) {
            size_t there = used + VFY_BLOCK + (i < 3 ? i * 100 : VFY_BLOCK - 1);

            bytes[there] = 1;
            assert_code(read_file(used + 2 * VFY_BLOCK), E_TAR_TRAILING);
            bytes[there] = 0;
        }
    }
}

static void test_names(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(vfy_ustar_name("a/.x", &e), 0);
    assert_int_equal(vfy_ustar_name(".x", &e), 0);
    assert_int_equal(vfy_ustar_name("a/..", &e), -1);
    assert_code(e.code, E_PATH_UNSAFE);
    clear();
    add("BZhello", 5, VFY_BLOCK);
    memcpy(bytes + 257, "ustar  ", 8); /* GNU's, so that it is an archive */
    assert_code(read_file(used + 2 * VFY_BLOCK), E_TAR_NONCANONICAL);
    memset(bytes + 257, 0, 8);
    assert_code(read_file(used + 2 * VFY_BLOCK), E_TAR_COMPRESSED);
}

/* whatever a file is: no reading that fails, or ends early, is a finding about it or none */
static void test_errors(void **state)
{
    static const size_t sizes[] = {0, 1, 512, 70000, VFY_WINDOW, 66000, 300};

    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        enum vfy_code whole;
        size_t n;
        int last, ends = 0;

        clear();
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            add((char[]){(char)('a' + i), '\0'}, sizes[i], padded(sizes[i]));
        n = used + 2 * VFY_BLOCK;
        if (kind == 1)
            n = used - 1000; /* the last member is longer than the rest */
        if (kind == 2)
            bytes[used + 2 * VFY_BLOCK - 1] = 1;
        if (kind == 3)
            bytes[used - 1] = 1; /* the padding */
        how = NOTHING;
        whole = read_file(n);
        assert_int_equal(whole == VFY_NO_CODE, kind == 0);
        last = calls;
        for (at = 1; at <= last; at++) {
            how = FAILED;
            assert_code(read_file(n), E_IO);
            how = INTERRUPTED;
            assert_code(read_file(n), whole);
            how = ENDED;
            ends += read_file(n) == whole;
        }
        assert_int_equal(ends, 1); /* where it is asked whether there is more */
        how = NOTHING;
    }
}

/* what is kept, and the end, where a window ends: each reading that fails, once */
static void test_edges(void **state)
{
    static const size_t sizes[][2] = {{VFY_WINDOW - 3 * VFY_BLOCK, 1000}, {VFY_WINDOW - 5 * VFY_BLOCK, 2 * VFY_BLOCK}};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        clear();
        add("a", sizes[k][0], padded(sizes[k][0]));
        add("b", sizes[k][1], padded(sizes[k][1]));
        how = NOTHING;
        assert_code(read_file(used + 2 * VFY_BLOCK), VFY_NO_CODE);
        how = FAILED;
        for (at = calls; at > 0; at--)
            assert_code(read_file(used + 2 * VFY_BLOCK), E_IO);
        how = NOTHING;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_edges),
    };
    int failed;

    begin_file("archive");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
