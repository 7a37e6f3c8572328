/* tests/unit/verifier_ustar.c - the strict reader: own archives, broken ones, other people's. */
#include "tests/unit/verifier_test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/limits.h"
#include "verifier/lines.h"
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

static char said[VFY_TEXT_BYTES];

static enum vfy_code judged(const char *p, size_t n)
{
    struct member *m;
    size_t count;
    struct err e = {VFY_NO_CODE, "", ""};
    struct source s = vfy_source_bytes(p, n);
    int rc = vfy_ustar_read(&test_arena, &s, &m, &count, &e);

    memcpy(said, e.text, sizeof said);
    return rc == 0 ? VFY_NO_CODE : e.code;
}

static void test_good(void **state)
{
    struct buf b = archive();
    struct member *m;
    struct err e;
    size_t n;
    struct source s = vfy_source_bytes(b.p, b.len);

    (void)state;
    assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &n, &e), 0);
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
        code = judged(b.p, b.len);
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
        assert_code(judged(b.p, n), E_TAR_TRUNCATED);
    vfy_mem_add(&b, "\0", 1);
    assert_code(judged(b.p, b.len), E_TAR_TRAILING);
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
        assert_code(judged(b.p, b.len), cases[i].code);
    }
}

/* one header field after another, its checksum right unless it is the field */
static void test_fields(void **state)
{
    enum { SIZE = 124, SUM = 148, TYPE = 156, MAGIC = 257, WHOLE = 0 };
    static const struct {
        size_t at;
        const char *bytes;
        enum vfy_code code;
    } cases[] = {{TYPE, "0", VFY_NO_CODE}, {TYPE, "x", E_TAR_PAX}, {TYPE, "g", E_TAR_PAX}, {TYPE, "1", E_TAR_TYPE},
                 {SIZE, "00000000003", VFY_NO_CODE}, {SIZE, "00000000004", VFY_NO_CODE},
                 {SIZE, "0000000000/", E_TAR_SIZE}, {SIZE, "0000000000:", E_TAR_SIZE}, {SIZE, "/0000000003", E_TAR_SIZE},
                 {SIZE, "00000000008", E_TAR_SIZE}, {SIZE, "00000000003\t", E_TAR_SIZE},
                 /* as long as what is left, a byte more, and a block more */
                 {SIZE, "00000003000", E_TAR_TRUNCATED}, {SIZE, "00000003001", E_TAR_SIZE}, {SIZE, "00000005000", E_TAR_SIZE},
                 {SIZE, "77777777777", E_TAR_SIZE}, {MAGIC, "usta", VFY_NO_CODE}, {MAGIC, "ustaR", E_TAR_NONCANONICAL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const char zeros[3 * VFY_BLOCK];
        struct buf b = {&test_arena, NULL, 0, 0};
        unsigned sum = 8 * ' ';

        add(&b, "bag/a", "one\0");
        b.p[VFY_BLOCK + 3] = '\0';
        vfy_mem_add(&b, zeros, 2 * VFY_BLOCK);
        memcpy(b.p + cases[i].at, cases[i].bytes, strlen(cases[i].bytes));
        for (size_t k = 0; k < VFY_BLOCK; k++)
            sum += k >= SUM && k < SUM + 8 ? 0 : (unsigned char)b.p[k];
        snprintf(b.p + SUM, 7, "%06o", sum);
        b.p[SUM + 7] = ' ';
        if (judged(b.p, b.len) != cases[i].code)
            fail_msg("%zu %s: %s", cases[i].at, cases[i].bytes, vfy_findings_info(judged(b.p, b.len))->name);
    }
}

/* the right number in other words is another finding than a wrong one */
static void test_checksum(void **state)
{
    static const struct {
        const char *format;
        int add;
        enum vfy_code code;
    } cases[] = {{"%06o%c ", 0, VFY_NO_CODE}, {"%06o %c", 0, E_TAR_NONCANONICAL}, {"%07o%c", 0, E_TAR_NONCANONICAL},
                 {"%6o%c ", 0, E_TAR_NONCANONICAL}, {"%06o%cx", 0, E_TAR_NONCANONICAL}, {"%06o%c ", 1, E_TAR_CHECKSUM},
                 {"%06o%c ", 8, E_TAR_CHECKSUM}, {"%06u%c ", 0, E_TAR_CHECKSUM}, {"%08o", 0, E_TAR_NONCANONICAL}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = archive();
        unsigned sum = (unsigned)strtoul(b.p + 148, NULL, 8) + (unsigned)cases[i].add;
        char field[40];

        /* the formats are the cases */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
        snprintf(field, sizeof field, cases[i].format, sum, '\0');
#pragma GCC diagnostic pop
        memcpy(b.p + 148, field, 8);
        if (judged(b.p, b.len) != cases[i].code)
            fail_msg("checksum %zu: %s", i, vfy_findings_info(judged(b.p, b.len))->name);
        if (cases[i].code == E_TAR_NONCANONICAL)
            assert_string_equal(said, "the checksum is written in another form, at byte 0");
    }
}

static void test_compressed(void **state)
{
    static const struct {
        const char *magic;
        size_t n;
    } known[] = {{"\x1f\x8b", 2}, {"\x28\xb5\x2f\xfd", 4}, {"\xfd" "7zXZ", 5}, {"BZh", 3},
                 {"begin ", 6}, {"\x1f\x9d", 2}, {"LZIP", 4}};

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char block[3 * VFY_BLOCK] = {0};

        memcpy(block, known[i].magic, known[i].n);
        assert_code(judged(block, known[i].n), E_TAR_COMPRESSED);
        assert_code(judged(block, known[i].n - 1), E_TAR_TRUNCATED);
        assert_code(judged(block, VFY_BLOCK - 1), E_TAR_COMPRESSED);
        assert_code(judged(block, VFY_BLOCK), E_TAR_COMPRESSED);
        memcpy(block + 257, "ustar\00000", 8); /* a name may start so */
        assert_code(judged(block, sizeof block), E_TAR_CHECKSUM);
        block[261] = 'x';
        assert_code(judged(block, sizeof block), E_TAR_COMPRESSED);
    }
}

/* MAX_MEMBERS, and one more */
static void test_many(void **state)
{
    static const char zeros[2 * VFY_BLOCK];
    struct buf b = {&test_arena, NULL, 0, 0};
    char name[20];

    (void)state;
    for (int i = 0; i < VFY_MAX_MEMBERS; i++) {
        snprintf(name, sizeof name, "%08d", i);
        add(&b, name, "");
    }
    vfy_mem_add(&b, zeros, sizeof zeros);
    assert_code(judged(b.p, b.len), VFY_NO_CODE);
    b.len -= sizeof zeros;
    add(&b, "99999999", "");
    vfy_mem_add(&b, zeros, sizeof zeros);
    assert_code(judged(b.p, b.len), E_LIMIT_COUNT);
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
        if (judged(data, size) == VFY_NO_CODE)
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

/* an archive of one member that is so long that the end blocks stand where a test wants them */
static struct buf long_archive(size_t data)
{
    static const char zeros[2 * VFY_BLOCK];
    struct buf b = {&test_arena, NULL, 0, 0};
    char *text = vfy_mem_alloc(&test_arena, data + 1);

    memset(text, 'x', data);
    add(&b, "bag/a", text);
    vfy_mem_add(&b, zeros, sizeof zeros);
    return b;
}

/* in place of libc's, so that one read fails, once: how many are left before it */
static int reads_left = -1;

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
    if (reads_left >= 0 && reads_left-- == 0) {
        errno = EIO;
        return -1;
    }
    return lseek(fd, at, SEEK_SET) == at ? read(fd, p, n) : -1;
}

static bool gives_none;

ssize_t getrandom(void *p, size_t n, unsigned flags)
{
    return gives_none || flags != 0 || getentropy(p, n) != 0 ? -1 : (ssize_t)n;
}

static char file[] = "/tmp/dryproof-unit-XXXXXX";

static void opened(const struct buf *b, struct source *s)
{
    struct err e;
    int fd;

    strcpy(file + sizeof file - 7, "XXXXXX");
    fd = mkstemp(file);
    assert_true(fd >= 0 && write(fd, b->p, b->len) == (ssize_t)b->len && close(fd) == 0);
    assert_int_equal(vfy_source_open(file, 1 << 30, s, &e), 0);
}

/* a file's digest is of all of it, however short or long it is, and not of a byte more */
static void test_digest(void **state)
{
    static const size_t sizes[] = {1, 2, VFY_WINDOW - 1, VFY_WINDOW, VFY_WINDOW + 1, 2 * VFY_WINDOW};
    char hex[VFY_HEX];

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct buf b = {&test_arena, memset(vfy_mem_alloc(&test_arena, sizes[i]), 'x', sizes[i]), sizes[i], sizes[i]};
        struct source s;

        opened(&b, &s);
        vfy_crypto_sha256(b.p, b.len, hex);
        assert_string_equal(s.sha256, hex);
        assert_int_equal(s.size, sizes[i]);
        vfy_source_close(&s);
        assert_int_equal(s.fd, -1);
        unlink(file);
    }
}

/* what cannot be read any more is no finding, wherever it stood */
static void test_cut_while_read(void **state)
{
    static const size_t sizes[] = {VFY_WINDOW - 2 * VFY_BLOCK, VFY_WINDOW - VFY_BLOCK, VFY_WINDOW, 2 * VFY_WINDOW, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int lies = 0; lies < 2; lies++) {
            struct buf b = long_archive(sizes[i]);
            struct source s;
            struct member *m;
            struct err e = {VFY_NO_CODE, "", ""};
            size_t n;

            if (lies) /* the longest size there is */
                vfy_ustar_header("bag/a", 077777777777, b.p);
            opened(&b, &s);
            assert_int_equal(truncate(file, (off_t)(b.len - VFY_BLOCK)), 0);
            assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &n, &e), -1);
            assert_code(e.code, E_IO);
            vfy_source_close(&s);
            unlink(file);
        }
}

/* nor is it forgotten where the next read succeeds */
static void test_fails_once(void **state)
{
    struct buf b = long_archive(3 * VFY_WINDOW + 1);
    struct source s;
    struct member *m;
    size_t n;

    (void)state;
    opened(&b, &s);
    for (int fails = 0;; fails++) {
        struct err e = {VFY_NO_CODE, "", ""};
        int rc;

        reads_left = fails;
        rc = vfy_ustar_read(&test_arena, &s, &m, &n, &e);
        if (reads_left >= 0) { /* there were no more */
            assert_int_equal(rc, 0);
            assert_true(fails > 3);
            break;
        }
        assert_int_equal(rc, -1);
        assert_code(e.code, E_IO);
    }
    reads_left = -1;
    vfy_source_close(&s);
    unlink(file);
}

/* one byte, wherever it stands, and also where an archive without it would be as good */
static void test_changed_between(void **state)
{
    struct buf b = long_archive(VFY_WINDOW + 1);
    const size_t at[] = {VFY_BLOCK, VFY_BLOCK + VFY_WINDOW, 0, b.len - 1};

    (void)state;
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        char other = (char)(b.p[at[i]] ^ 1);
        struct source s, slice;
        struct member *m;
        struct err e;
        size_t n;
        int fd;

        opened(&b, &s);
        assert_int_equal(vfy_source_slice(&s, 0, b.len, &slice, &e), 0);
        assert_string_equal(slice.sha256, s.sha256);
        assert_memory_not_equal(slice.tag, s.tag, VFY_TAG); /* another pass, another key */
        assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &n, &e), 0);
        assert_int_equal(vfy_ustar_read(&test_arena, &slice, &m, &n, &e), 0);
        fd = open(file, O_WRONLY);
        assert_true(fd >= 0 && pwrite(fd, &other, 1, (off_t)at[i]) == 1 && close(fd) == 0);
        assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &n, &e), -1);
        assert_code(e.code, E_IO);
        assert_int_equal(vfy_ustar_read(&test_arena, &slice, &m, &n, &e), -1);
        assert_code(e.code, E_IO);
        assert_int_equal(vfy_source_slice(&s, 0, b.len, &slice, &e), 0);
        assert_string_not_equal(slice.sha256, s.sha256);
        vfy_source_close(&s);
        unlink(file);
    }
}

/* nor is what was exchanged; a member that was not kept is read again and compared */
static void exchanged(bool slices)
{
    struct buf b = long_archive(VFY_KEPT + 1);
    struct source s, none;
    struct member *m;
    struct err e;
    size_t n;
    int status;
    pid_t pid;

    opened(&b, &s);
    assert_int_equal(vfy_ustar_read(&test_arena, &s, &m, &n, &e), 0);
    assert_null(m[0].data);
    assert_memory_equal(vfy_member_data(&test_arena, &m[0]), b.p + VFY_BLOCK, VFY_KEPT + 1);
    gives_none = true;
    assert_int_equal(vfy_source_open(file, 1 << 30, &none, &e), -1);
    assert_code(e.code, E_IO);
    gives_none = false;
    assert_true(vfy_member_is(&m[0], b.p + VFY_BLOCK, VFY_KEPT + 1));
    assert_false(vfy_member_is(&m[0], b.p, VFY_KEPT + 1));
    assert_false(vfy_member_is(&m[0], b.p + VFY_BLOCK, VFY_KEPT));
    assert_string_equal(vfy_member_source(&m[0]).sha256, m[0].sha256);
    pid = fork();
    if (pid == 0) {
        int fd = open(file, O_WRONLY);

        dup2(open("/dev/null", O_WRONLY), 2);
        if (pwrite(fd, "y", 1, VFY_BLOCK) == 1)
            slices ? (void)vfy_member_source(&m[0]) : (void)vfy_member_data(&test_arena, &m[0]);
        exit(0);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 5);
    vfy_source_close(&s);
    unlink(file);
}

static void test_exchanged_while_read(void **state)
{
    (void)state;
    exchanged(false);
    exchanged(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_good), TEST(test_bits), TEST(test_cuts), TEST(test_names),
                                       TEST(test_sets), TEST(test_fields), TEST(test_checksum), TEST(test_compressed), TEST(test_many),
                                       TEST(test_corpus), TEST(test_digest), TEST(test_cut_while_read), TEST(test_fails_once),
                                       TEST(test_changed_between), TEST(test_exchanged_while_read)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
