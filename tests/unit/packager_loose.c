/* tests/unit/packager_loose.c - loose objects as git writes them, and what is none. */
#include "tests/unit/base_test.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "packager/loose.h"

#define REST "23456789012345678901234567890123456789"
#define ID "01" REST

static void place(const void *bytes, size_t len)
{
    struct err e;

    (void)mkdir("01", 0777);
    assert_int_equal(file_replace("01/" REST, bytes, len, 0644, &e), 0);
}

/* "" for an object with this head and these bytes from its first to its last; or what was said. */
static const char *read_as(const char *type, const char *data, size_t len)
{
    static struct err e;
    struct pkg_loose_head head;
    struct pkg_loose *l = NULL;
    char got[4096];
    int rc = pkg_loose_open(".", ID, &head, &l, &e);

    assert_int_equal(rc == 0, l != NULL);
    if (rc == 0)
        rc = pkg_loose_get(l, got, head.size, &e);
    if (rc == 0)
        rc = pkg_loose_end(l, &e);
    if (rc == 0)
        assert_string_equal(head.type, type);
    if (rc == 0)
        assert_int_equal(head.size, len);
    if (rc == 0)
        assert_memory_equal(got, data, len);
    pkg_loose_close(l);
    return rc == 0 ? "" : e.text;
}

static size_t deflated(char out[4096], const char *data, size_t len)
{
    uLongf n = 4096;

    assert_int_equal(compress((Bytef *)out, &n, (const Bytef *)data, len), Z_OK);
    return n;
}

static const char damaged[] = "./01/" REST " is cut short or damaged; "
                              "take it away, and fetch it again from a clone that has it";

static void a_whole_one_is_read_and_no_part_of_it(void **state)
{
    char file[4096];
    size_t n = deflated(file, "tree 5\0abcde", 12);

    (void)state;
    place(file, n);
    assert_string_equal(read_as("tree", "abcde", 5), "");
    for (size_t cut = 0; cut < n; cut++) {
        place(file, cut);
        assert_string_equal(read_as("tree", "abcde", 5), damaged);
    }
    for (size_t i = 2; i < n; i++) { /* the first two say how it was compressed */
        file[i] ^= 1;
        place(file, n);
        ROW(i, "byte", strcmp(read_as("tree", "abcde", 5), damaged) == 0);
        file[i] ^= 1;
    }
    place(file, n + 1);
    assert_string_equal(read_as("tree", "abcde", 5), damaged);
}

static void what_it_says_of_itself_is_what_it_has(void **state)
{
    static const struct {
        const char *object;
        size_t len;
    } rows[] = {
        {"blob 5\0abcd", 11}, {"blob 5\0abcdef", 13}, {"blob 5abcde", 11}, {"blob\0abcde", 10}, {"5\0abcde", 7}, {"", 0}, {"blob 5x\0abcde", 13},
        {"blob 99999999999999999999999999999999999999\0abcde", 49}, {"blob 18446744073709551615\0abcde", 31}, {"blobblobb 5\0abcde", 17},
        {"blob 05\0abcde", 13}, {"blob  5\0abcde", 13}, {"blob+5\0abcde", 12}, {"blob +5\0abcde", 13}, {"blob -5\0abcde", 13},
        {"blob5\0abcde", 11}, {"blob\t5\0abcde", 12}, {"Blob 5\0abcde", 12}, {" 5\0abcde", 8}, {"blob 5 \0abcde", 13}, {"blob \0abcde", 11},
    };
    char file[4096];

    (void)state;
    place(file, deflated(file, "blob 5\0abcde", 12));
    assert_string_equal(read_as("blob", "abcde", 5), "");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pkg_loose_head head = {"", 5};
        struct pkg_loose *l = NULL;
        struct err e = {ERR_NONE, ""};
        char got[5];

        place(file, deflated(file, rows[i].object, rows[i].len));
        ROW(i, rows[i].object, pkg_loose_open(".", ID, &head, &l, &e) != 0 || pkg_loose_get(l, got, 5, &e) != 0 || pkg_loose_end(l, &e) != 0);
        ROW(i, rows[i].object, head.size == 5 && strcmp(e.text, damaged) == 0);
        pkg_loose_close(l);
    }
}

static void what_is_written_is_read(void **state)
{
    static char big[300000], got[300000];
    struct pkg_loose_head head;
    struct pkg_loose *l = NULL;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * i % 251);
    assert_int_equal(pkg_loose_write(".", big, sizeof big, &e), 0);
    assert_int_equal(pkg_loose_write(".", big, sizeof big, &e), -1); /* one at a time */
    assert_int_equal(pkg_loose_place(".", "ab" REST, &e), 0);
    assert_int_equal(pkg_loose_place(".", "ab" REST, &e), -1);
    assert_int_equal(pkg_loose_open(".", "ab" REST, &head, &l, &e), 0);
    assert_non_null(l);
    assert_int_equal(head.size, sizeof big);
    assert_int_equal(pkg_loose_get(l, got, 65537, &e), 0);
    assert_int_equal(pkg_loose_end(l, &e), -1); /* not yet */
    pkg_loose_close(l);
    assert_int_equal(pkg_loose_open(".", "ab" REST, &head, &l, &e), 0);
    assert_int_equal(pkg_loose_get(l, got, 1, &e), 0);
    assert_int_equal(pkg_loose_get(l, got + 1, sizeof got - 1, &e), 0);
    assert_int_equal(pkg_loose_end(l, &e), 0);
    assert_memory_equal(got, big, sizeof big);
    pkg_loose_close(l);
}

static void what_is_not_there_or_no_file(void **state)
{
    struct pkg_loose_head head;
    struct pkg_loose *l = NULL;
    struct err e;

    (void)state;
    assert_int_equal(pkg_loose_open(".", "ff" REST, &head, &l, &e), 0);
    assert_null(l);
    assert_int_equal(mkdir("ee", 0777), 0);
    assert_int_equal(mkdir("dd", 0777), 0);
    assert_int_equal(mkdir("ee/" REST, 0777), 0);
    assert_error(pkg_loose_open(".", "ee" REST, &head, &l, &e), e, ERR_SYSTEM,
                 "cannot read ./ee/" REST ": Is a directory");
    assert_int_equal(mkfifo("dd/" REST, 0666), 0);
    assert_error(pkg_loose_open(".", "dd" REST, &head, &l, &e), e, ERR_SYSTEM,
                 "./dd/" REST " is cut short or damaged; take it away, and fetch it again from a clone that has it");
    assert_null(l);
}

static int begin(void **state)
{
    return make_scratch(state) == 0 ? chdir(*state) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_one_is_read_and_no_part_of_it),
        cmocka_unit_test(what_it_says_of_itself_is_what_it_has),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_not_there_or_no_file),
    };

    return cmocka_run_group_tests(tests, begin, drop_scratch);
}
