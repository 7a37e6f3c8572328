/* tests/unit/verifier_source.c - a file as it is read: interrupted, in pieces, with errors, while it changes. */
#include "tests/unit/verifier_pread.h"

#include "verifier/source.h"

enum { SIZE = 5 * VFY_WINDOW + 100 };

static char bytes[SIZE];

/* what opening it is like when the call of that number does so */
static enum vfy_code opened(int number, int what, size_t n, struct err *e)
{
    char want[VFY_HEX];
    struct source s;
    int rc;

    put_file(bytes, n);
    calls = 0;
    at = number;
    how = what;
    e->code = VFY_NO_CODE;
    rc = vfy_source_open(path, SIZE_MAX, &s, e);
    how = NOTHING;
    assert_int_equal(rc, e->code == VFY_NO_CODE ? 0 : -1);
    if (rc != 0)
        return e->code;
    vfy_crypto_sha256(bytes, n, want);
    assert_string_equal(s.sha256, want);
    assert_int_equal(s.size, n);
    vfy_source_close(&s);
    assert_true(s.fd < 0);
    return VFY_NO_CODE;
}

static void test_reading(void **state)
{
    static const size_t sizes[] = {0, 1, VFY_WINDOW - 1, VFY_WINDOW, VFY_WINDOW + 1, 2 * VFY_WINDOW, SIZE};
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i];
        int last;

        assert_code(opened(0, NOTHING, n, &e), VFY_NO_CODE);
        last = calls; /* it looks whether there is more */
        assert_code(opened(0, HALF, n, &e), VFY_NO_CODE);
        for (int c = 1; c <= last; c++) {
            assert_code(opened(c, INTERRUPTED, n, &e), VFY_NO_CODE);
            assert_code(opened(c, FAILED, n, &e), E_IO);
            assert_non_null(strstr(e.text, c < last ? "cannot read it: Input/output error" : "Input/output error"));
            assert_code(opened(c, GROWN, n, &e), E_IO);
            assert_non_null(strstr(e.text, "it changed while it was read"));
            if (c == last)
                continue;
            assert_code(opened(c, ENDED, n, &e), E_IO);
            assert_non_null(strstr(e.text, "cut short"));
        }
    }
}

static void test_parts(void **state)
{
    struct source s, part;
    struct err e = {VFY_NO_CODE, "", ""};
    char got[VFY_HEX], want[VFY_HEX], some[400];
    int fd;

    (void)state;
    put_file(bytes, SIZE);
    assert_int_equal(vfy_source_open(path, SIZE_MAX, &s, &e), 0);
    assert_int_equal(vfy_source_slice(&s, 1000, 3 * VFY_WINDOW, &part, &e), 0);
    vfy_crypto_sha256(bytes + 1000, 3 * VFY_WINDOW, want);
    vfy_source_digest(&part, got);
    assert_string_equal(got, want);
    assert_int_equal(vfy_source_slice(&part, 70, 400, &part, &e), 0);
    assert_int_equal(part.size, 400);
    assert_int_equal(vfy_source_read(&part, 5, some, 300, &e), 0);
    assert_memory_equal(some, bytes + 1000 + 70 + 5, 300);
    assert_true(fcntl(fd = s.fd, F_GETFD) >= 0);
    vfy_source_close(&s);
    assert_true(fcntl(fd, F_GETFD) < 0);
    vfy_source_close(&s); /* twice is once */
    assert_int_equal(vfy_source_slice(&(struct source){.bytes = bytes, .path = "p", .size = SIZE, .fd = -1}, 100, 300, &part, &e), 0);
    assert_ptr_equal(part.bytes, bytes + 100);
    vfy_source_digest(&part, got);
    vfy_crypto_sha256(bytes + 100, 300, want);
    assert_string_equal(got, want);
    assert_int_equal(vfy_source_read(&part, 1, some, 299, &e), 0);
    assert_memory_equal(some, bytes + 101, 299);
}

static void test_limits(void **state)
{
    struct source s;
    struct err e = {VFY_NO_CODE, "", ""};
    int fd;

    (void)state;
    put_file(bytes, 1000);
    assert_int_equal(vfy_source_open(path, 1000, &s, &e), 0);
    vfy_source_close(&s);
    assert_int_equal(vfy_source_open(path, 999, &s, &e), -1);
    assert_code(e.code, E_LIMIT_SIZE);
    assert_true(s.fd < 0);
    assert_int_equal(vfy_source_open("/", SIZE_MAX, &s, &e), -1);
    assert_true(s.fd < 0);
    s = vfy_source_bytes("abc", 3);
    assert_string_equal(s.path, "package.tar");
    assert_true(s.fd < 0);
    s.fd = fd = dup(0); /* of bytes in memory none is closed */
    vfy_source_close(&s);
    assert_true(s.fd < 0 && fcntl(fd, F_GETFD) >= 0);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_limits),
    };
    int failed;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * i % 251);
    begin_file("source");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
