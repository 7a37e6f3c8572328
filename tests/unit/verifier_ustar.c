/* tests/unit/verifier_ustar.c - the strict reader: own archives, broken ones, other people's. */
#include "tests/unit/verifier_test.h"

#include <dirent.h>
#include <sys/stat.h>

#include "verifier/ustar.h"

static void add(struct buf *b, const char *name, const char *data)
{
    static const char zeros[VFY_BLOCK];
    char block[VFY_BLOCK];
    size_t n = strlen(data);

    vfy_ustar_header(name, n, block);
    vfy_mem_add(b, block, sizeof block);
    vfy_mem_add(b, data, n);
    vfy_mem_add(b, zeros, (VFY_BLOCK - n % VFY_BLOCK) % VFY_BLOCK);
}

static struct buf archive(void)
{
    static const char zeros[2 * VFY_BLOCK];
    struct buf b = {&test_arena, NULL, 0, 0};

    add(&b, "bag/a", "one");
    add(&b, "bag/b", "");
    add(&b, "bag/c/d", "three\n");
    vfy_mem_add(&b, zeros, sizeof zeros);
    return b;
}

static enum vfy_code read(const char *p, size_t n)
{
    struct member *m;
    size_t count;
    struct err e = {VFY_NO_CODE, "", ""};

    return vfy_ustar_read(&test_arena, p, n, &m, &count, &e) == 0 ? VFY_NO_CODE : e.code;
}

static void test_good(void **state)
{
    struct buf b = archive();
    struct member *m;
    struct err e;
    size_t n;

    (void)state;
    assert_int_equal(vfy_ustar_read(&test_arena, b.p, b.len, &m, &n, &e), 0);
    assert_int_equal(n, 3);
    assert_string_equal(m[0].name, "bag/a");
    assert_int_equal(m[0].size, 3);
    assert_memory_equal(m[0].data, "one", 3);
    assert_string_equal(m[1].sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* no other archive reads as this one: every flipped bit outside the data is refused */
static void test_bits(void **state)
{
    struct buf b = archive();

    (void)state;
    for (size_t bit = 0; bit < 8 * b.len; bit++) {
        size_t at = bit / 8;
        bool data = (at >= 512 && at < 515) || (at >= 2048 && at < 2054);
        enum vfy_code code;

        b.p[at] = (char)(b.p[at] ^ 1 << bit % 8);
        code = read(b.p, b.len);
        b.p[at] = (char)(b.p[at] ^ 1 << bit % 8);
        if ((code == VFY_NO_CODE) != data)
            fail_msg("bit %zu: %s", bit, vfy_findings_info(code)->name);
    }
}

static void test_cuts(void **state)
{
    struct buf b = archive();

    (void)state;
    for (size_t n = 0; n < b.len; n++)
        assert_code(read(b.p, n), E_TAR_TRUNCATED);
    vfy_mem_add(&b, "\0", 1);
    assert_code(read(b.p, b.len), E_TAR_TRAILING);
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        enum vfy_code code;
    } cases[] = {{"bag/data/a-b_c.1", VFY_NO_CODE}, {"", E_PATH_UNSAFE}, {"/a", E_PATH_UNSAFE},
                 {"../a", E_PATH_UNSAFE}, {"a/../b", E_PATH_UNSAFE}, {"a/..", E_PATH_UNSAFE},
                 {"./a", E_PATH_NONCANONICAL}, {"a//b", E_PATH_NONCANONICAL}, {"a/", E_PATH_NONCANONICAL},
                 {"a/./b", E_PATH_NONCANONICAL}, {"a b", E_PATH_UNSAFE}, {"a\\b", E_PATH_UNSAFE},
                 {"C:a", E_PATH_UNSAFE}, {"~/a", E_PATH_UNSAFE}, {"a\x1b", E_PATH_UNSAFE},
                 {"a\xc3\xa9", E_PATH_UNSAFE}, {"a/.git/b", E_PATH_UNSAFE}, {".GIT", E_PATH_UNSAFE},
                 {"CON", E_PATH_UNSAFE}, {"a/nul.json", E_PATH_UNSAFE}, {"lpt9.x/y", E_PATH_UNSAFE},
                 {"a.", E_PATH_UNSAFE}, {"a./b", E_PATH_UNSAFE}, {".gitignore", VFY_NO_CODE},
                 {"console", VFY_NO_CODE}, {"...", E_PATH_UNSAFE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err e = {VFY_NO_CODE, "", ""};

        if ((vfy_ustar_name(cases[i].name, &e) == 0) != (cases[i].code == VFY_NO_CODE) || e.code != cases[i].code)
            fail_msg("%s: %s", cases[i].name, vfy_findings_info(e.code)->name);
    }
}

static void test_sets(void **state)
{
    static const struct {
        const char *one, *two;
        enum vfy_code code;
    } cases[] = {{"a", "b", VFY_NO_CODE}, {"b", "a", E_TAR_ORDER}, {"a", "a", E_TAR_DUP},
                 {"A", "a", E_PATH_COLLISION}, {"a", "a/b", E_PATH_COLLISION}, {"a", "a.b", VFY_NO_CODE},
                 {"A/x", "a/y", VFY_NO_CODE}, {"A", "a/y", E_PATH_COLLISION}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char zeros[2 * VFY_BLOCK];
        struct buf b = {&test_arena, NULL, 0, 0};

        add(&b, cases[i].one, "x");
        add(&b, cases[i].two, "x");
        vfy_mem_add(&b, zeros, sizeof zeros);
        assert_code(read(b.p, b.len), cases[i].code);
    }
}

static size_t refuse_all(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    assert_non_null(d);
    for (struct dirent *f = readdir(d); f != NULL; f = readdir(d)) {
        const char *path = vfy_mem_print(&test_arena, "%s/%s", folder, f->d_name);
        struct stat st;
        size_t size;
        char *data;

        if (f->d_name[0] == '.' || stat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            n += refuse_all(path);
            continue;
        }
        data = test_read(path, &size);
        if (read(data, size) == VFY_NO_CODE)
            fail_msg("%s was accepted", path);
        n++;
    }
    closedir(d);
    return n;
}

static void test_corpus(void **state)
{
    size_t n = refuse_all(test_vectors("tar/tar-split-gotestdata"));

    (void)state;
    print_message("%zu files refused\n", n);
    assert_true(n >= 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bits), TEST(test_cuts), TEST(test_names),
                                       TEST(test_sets), TEST(test_corpus)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
