/* tests/unit/verifier_loose.c - loose objects of git: whole ones, and what is none. */
#include "tests/unit/verifier_test.h"

#include "verifier/limits.h"
#include "verifier/loose.h"

#include <unistd.h>
#include <zlib.h>

/* a file with these bytes, and its name */
static const char *file_of(const void *p, size_t n)
{
    const char *folder = getenv("TMPDIR");
    char *path = vfy_mem_print(&test_arena, "%s/dryproof-loose-XXXXXX", folder != NULL ? folder : "/tmp");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    close(fd);
    return path;
}

static const char *deflated(const void *p, size_t n, size_t *out)
{
    uLongf room = compressBound(n);
    char *to = vfy_mem_alloc(&test_arena, room + 1);

    assert_int_equal(compress((Bytef *)to, &room, p, n), Z_OK);
    *out = room;
    return to;
}

/* without whole only what it says of itself; E_LIMIT_SIZE: more than was asked for */
static enum vfy_code read_bytes(const void *p, size_t n, bool whole, struct loose *out)
{
    struct err e = {VFY_NO_CODE, "", ""};
    const char *path = file_of(p, n);
    int rc = vfy_loose_read(&test_arena, path, whole ? VFY_MAX_PACKAGE_BYTES : 0, out, &e);

    unlink(path);
    assert_int_equal(rc, e.code == VFY_NO_CODE ? 0 : -1);
    return rc == 0 && whole && out->data == NULL ? E_LIMIT_SIZE : e.code;
}

/* an object whose bytes before compression are these */
static enum vfy_code read_object(const void *p, size_t n, bool whole, struct loose *out)
{
    size_t m;
    const char *file = deflated(p, n, &m);

    return read_bytes(file, m, whole, out);
}

/* a blob of n bytes, which are not alike */
static char *blob(size_t n, size_t *all)
{
    char *p = vfy_mem_print(&test_arena, "blob %zu", n);
    size_t head = strlen(p) + 1;
    char *whole = vfy_mem_alloc(&test_arena, head + n + 1);

    memcpy(whole, p, head);
    for (size_t i = 0; i < n; i++)
        whole[head + i] = (char)(i * i % 251);
    *all = head + n;
    return whole;
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t n = 0; n < 600; n += n < 80 ? 1 : 40) {
        struct loose out = {"commitx", NULL, 0};
        size_t all;
        char *p = blob(n, &all);

        assert_code(read_object(p, all, true, &out), VFY_NO_CODE);
        assert_string_equal(out.type, "blob");
        assert_int_equal(out.size, n);
        assert_memory_equal(out.data, p + all - n, n);
        out.size = 7;
        assert_code(read_object(p, all, false, &out), VFY_NO_CODE);
        assert_int_equal(out.size, n);
        /* a byte less than it says, and one more */
        if (n > 0)
            assert_code(read_object(p, all - 1, true, &out), E_REPO_UNSAFE);
        assert_code(read_object(p, all + 1, true, &out), E_REPO_UNSAFE);
    }
}

static void test_heads(void **state)
{
    static const struct {
        const char *head;
        enum vfy_code head_only, whole;
    } cases[] = {
        {"tree 0", VFY_NO_CODE, VFY_NO_CODE}, {"commitx 0", VFY_NO_CODE, VFY_NO_CODE}, {"commitxx 0", E_REPO_UNSAFE, E_REPO_UNSAFE},
        {"azaz 0", VFY_NO_CODE, VFY_NO_CODE}, {"Tree 0", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree{ 0", E_REPO_UNSAFE, E_REPO_UNSAFE},
        {"tre` 0", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree\t0", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree ", E_REPO_UNSAFE, E_REPO_UNSAFE},
        {"tree 00", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree 01", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree /", E_REPO_UNSAFE, E_REPO_UNSAFE},
        {"tree :", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree 1x", E_REPO_UNSAFE, E_REPO_UNSAFE}, {"tree 10", VFY_NO_CODE, E_REPO_UNSAFE},
        {"blob 1073741824", VFY_NO_CODE, E_REPO_UNSAFE}, {"blob 1073741825", VFY_NO_CODE, E_LIMIT_SIZE},
        {"blob 999999999999999", VFY_NO_CODE, E_LIMIT_SIZE}, {"blob 1000000000000000", E_REPO_UNSAFE, E_REPO_UNSAFE},
        {"blob 900000000000000000000000000", E_REPO_UNSAFE, E_REPO_UNSAFE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loose out;
        enum vfy_code head_only = read_object(cases[i].head, strlen(cases[i].head) + 1, false, &out);
        enum vfy_code whole = read_object(cases[i].head, strlen(cases[i].head) + 1, true, &out);

        if (head_only != cases[i].head_only || whole != cases[i].whole)
            fail_msg("%s: %s, whole %s", cases[i].head, vfy_findings_info(head_only)->name, vfy_findings_info(whole)->name);
    }
    {
        struct loose out;

        assert_code(read_object("blob 12", 7, false, &out), E_REPO_UNSAFE); /* no end of it */
        assert_code(read_object("blob", 4, false, &out), E_REPO_UNSAFE);
        assert_code(read_object("", 0, false, &out), E_REPO_UNSAFE);
        assert_code(read_object("blob 1\0abc", 10, true, &out), E_REPO_UNSAFE);
    }
}

/* every cut, every byte changed, a byte behind: never an object that is whole */
static void test_damage(void **state)
{
    size_t all, n;
    const char *good;
    char *p = blob(120, &all), *file;
    struct loose out;
    struct err e = {VFY_NO_CODE, "", ""};

    (void)state;
    good = deflated(p, all, &n);
    file = vfy_mem_copy(&test_arena, good, n);
    assert_code(read_bytes(file, n, true, &out), VFY_NO_CODE);
    assert_code(read_bytes(file, n + 1, true, &out), E_REPO_UNSAFE);
    for (size_t i = 0; i < n; i++) {
        assert_code(read_bytes(file, i, true, &out), E_REPO_UNSAFE);
        file[i] = (char)(file[i] ^ 1);
        if (read_bytes(file, n, true, &out) == VFY_NO_CODE) /* some bits of the format mean nothing */
            assert_memory_equal(out.data, p + all - 120, 120);
        file[i] = (char)(file[i] ^ 1);
    }
    assert_code(read_bytes("blob 3\0abc", 10, true, &out), E_REPO_UNSAFE);
    assert_int_equal(vfy_loose_read(&test_arena, "/no/such/object", 1, &out, &e), -1);
    assert_code(e.code, E_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_sizes), TEST(test_heads), TEST(test_damage)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
