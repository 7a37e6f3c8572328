/* tests/unit/packager_bag.c - the archive's bytes, its bag, and other people's tools. */
#include "tests/unit/packager_fixture.h"

#include "packager/bag.h"
#include "packager/tar.h"

/* FORMAT.md section 7: every field of a header at its offset. */
static void the_header_is_the_documented_one(void **state)
{
    static const struct {
        size_t at;
        const char *bytes;
        size_t len;
    } fields[] = {
        {0, "bag/data/x\0", 11}, {100, "000644 \0", 8}, {108, "000000 \0", 8}, {116, "000000 \0", 8},
        {124, "00000000003 ", 12}, {136, "00000000000 ", 12}, {154, "\0 0", 3}, {157, "\0", 1},
        {257, "ustar\0" "00", 8}, {265, "\0", 1}, {297, "\0", 1}, {329, "000000 \0", 8},
        {337, "000000 \0", 8}, {345, "\0", 1}, {500, "\0\0\0\0\0\0\0\0\0\0\0\0", 12},
        {512, "abc\0", 4}, {1024, "\0", 1}, {2047, "\0", 1},
    };
    char path[FILE_PATH_MAX], hex[DIGEST_HEX], expected[DIGEST_HEX];
    struct pkg_tar_writer *w = NULL;
    struct buf bytes = buf_init(0);
    unsigned sum = 8 * ' ';
    char text[8];
    size_t size = 0;
    struct err e;

    in_scratch(state, "one.tar", path);
    assert_int_equal(pkg_tar_create(path, &w, &e), 0);
    assert_int_equal(pkg_tar_begin(w, "bag/data/x", 3, &e), 0);
    assert_int_equal(pkg_tar_data(w, "abc", 3, &e), 0);
    assert_int_equal(pkg_tar_close(w, hex, &size, &e), 0);
    pkg_tar_writer_free(w);
    assert_int_equal(file_read(path, 1 << 20, &bytes, &e), 0);
    assert_int_equal(bytes.len, 4 * 512); /* header, data, two zero blocks */
    assert_int_equal(size, bytes.len);
    for (size_t i = 0; i < COUNT(fields); i++)
        ROW(i, "field", memcmp(bytes.data + fields[i].at, fields[i].bytes, fields[i].len) == 0);
    for (size_t i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? 0 : (unsigned char)bytes.data[i];
    (void)snprintf(text, sizeof text, "%06o", sum);
    assert_memory_equal(bytes.data + 148, text, 6);
    assert_int_equal(digest_hex(bytes.data, bytes.len, expected, &e), 0);
    assert_string_equal(hex, expected);
    buf_release(&bytes);
}

static void members_out_of_order_or_of_another_size_are_refused(void **state)
{
    char path[FILE_PATH_MAX], hex[DIGEST_HEX];
    struct pkg_tar_writer *w = NULL;
    size_t size;
    struct err e;

    in_scratch(state, "order.tar", path);
    assert_int_equal(pkg_tar_create(path, &w, &e), 0);
    assert_int_equal(pkg_tar_begin(w, "b", 1, &e), 0);
    assert_int_equal(pkg_tar_data(w, "xy", 2, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(pkg_tar_close(w, hex, &size, &e), -1);
    assert_int_equal(pkg_tar_data(w, "x", 1, &e), 0);
    assert_int_equal(pkg_tar_begin(w, "a", 0, &e), -1);
    assert_int_equal(pkg_tar_begin(w, "b", 0, &e), -1);
    assert_int_equal(pkg_tar_begin(w, "c/../d", 0, &e), -1);
    assert_int_equal(pkg_tar_begin(w, "c\xc3\xa9", 0, &e), -1);
    pkg_tar_writer_free(w);
    assert_int_equal(pkg_tar_create(path, &w, &e), -1);
}

static void fill(struct pkg_bag *bag, const char *source, int is_reversed)
{
    struct err e;

    for (int i = 0; i < 3; i++) {
        switch (is_reversed ? 2 - i : i) {
        case 0:
            assert_int_equal(pkg_bag_add_bytes(bag, "a/b.json", "{}\n", 3, &e), 0);
            break;
        case 1:
            assert_int_equal(pkg_bag_add_file(bag, "a-file", source, &e), 0);
            break;
        default:
            assert_int_equal(pkg_bag_add_bytes(bag, "z", "", 0, &e), 0);
        }
    }
}

static void the_bag_is_accepted_and_independent_of_order(void **state)
{
    char path[FILE_PATH_MAX], source[FILE_PATH_MAX];
    struct pkg_bag_result first, second;
    struct pkg_bag bag = {NULL, 0, 0};
    struct err e;

    in_scratch(state, "source", source);
    put_text(*state, "source", "payload\n");
    in_scratch(state, "first.tar", path);
    fill(&bag, source, 0);
    assert_int_equal(pkg_bag_write(&bag, path, &first, &e), 0);
    pkg_bag_release(&bag);
    in_scratch(state, "second.tar", path);
    fill(&bag, source, 1);
    assert_int_equal(pkg_bag_write(&bag, path, &second, &e), 0);
    pkg_bag_release(&bag);
    assert_string_equal(first.sha256, second.sha256);
    assert_int_equal(first.payload_bytes, 11);
    assert_int_equal(first.payload_files, 3);
    assert_int_equal(shell("cd %s && tar -tf first.tar >gnu && bsdtar -tf first.tar >bsd && cmp gnu bsd && "
                           "LC_ALL=C sort -c gnu && test $(wc -l <gnu) -eq 7", (char *)*state), 0);
    assert_int_equal(shell("cd %s && mkdir x && tar -xf first.tar -C x && cd x/bag && "
                           "sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt && "
                           "test \"$(cat bag-info.txt)\" = 'Payload-Oxum: 11.3' && "
                           "test \"$(sha256sum <tagmanifest-sha256.txt | cut -c1-64)\" = %s",
                           (char *)*state, first.tree_pin), 0);
    assert_int_equal(shell("cd %s && test \"$(sha256sum <first.tar | cut -c1-64)\" = %s", (char *)*state, first.sha256), 0);
}

static void bad_names_and_sources_are_refused(void **state)
{
    static const char *const names[] = {"", "/a", "a/", "../a", "a//b", "a b", "a\n", "\xc3\xa9", "a/.",
                                        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhhiiiiiiiiiijj"};
    char path[FILE_PATH_MAX];
    struct pkg_bag bag = {NULL, 0, 0};
    struct pkg_bag_result result;
    struct err e;

    for (size_t i = 0; i < COUNT(names); i++) {
        e.kind = ERR_NONE;
        ROW(i, names[i], pkg_bag_add_bytes(&bag, names[i], "", 0, &e) == -1);
        ROW(i, names[i], e.kind == ERR_INPUT);
    }
    assert_int_equal(shell("cd %s && ln -s source link", (char *)*state), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pkg_bag_add_bytes(&bag, "twice", "", 0, &e), 0);
    in_scratch(state, "never.tar", path);
    e.kind = ERR_NONE;
    assert_int_equal(pkg_bag_write(&bag, path, &result, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_false(file_exists(path));
    in_scratch(state, "link", path);
    assert_int_equal(pkg_bag_add_file(&bag, "link", path, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    pkg_bag_release(&bag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_the_documented_one),
        cmocka_unit_test(members_out_of_order_or_of_another_size_are_refused),
        cmocka_unit_test(the_bag_is_accepted_and_independent_of_order),
        cmocka_unit_test(bad_names_and_sources_are_refused),
    };

    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
