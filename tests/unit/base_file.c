/* tests/unit/base_file.c - files are written once, read without following links, listed sorted. */
#include "tests/unit/base_test.h"

#include <sys/stat.h>
#include <unistd.h>

static const char *in(void **state, const char *name)
{
    static char paths[4][FILE_PATH_MAX];
    static size_t next;
    struct err e;
    char *out = paths[next++ % 4];

    assert_int_equal(file_join(out, *state, name, &e), 0);
    return out;
}

static void writes_once(void **state)
{
    const char *path = in(state, "once");
    struct buf b = buf_init(0);
    struct stat st;
    struct err e;

    assert_int_equal(file_write(path, "a\0b", 3, 0600, &e), 0);
    assert_int_equal(file_write(path, "other", 5, 0644, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.text, "exists already; it is written once and never replaced"));
    assert_int_equal(file_read(path, 3, &b, &e), 0);
    assert_int_equal(b.len, 3);
    assert_memory_equal(b.data, "a\0b", 4);
    buf_release(&b);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_nlink, 1);
}

static void replaces_when_asked(void **state)
{
    const char *path = in(state, "replaced");
    struct buf b = buf_init(0);
    struct err e;

    assert_int_equal(file_write(path, "old", 3, 0600, &e), 0);
    assert_int_equal(file_replace(path, "new", 3, 0600, &e), 0);
    assert_int_equal(file_read(path, 3, &b, &e), 0);
    assert_string_equal(b.data, "new");
    buf_release(&b);
}

static void the_mode_is_not_the_umask_s(void **state)
{
    mode_t before = umask(0077);
    struct stat st;
    struct err e;

    assert_int_equal(file_write(in(state, "mode"), "", 0, 0644, &e), 0);
    assert_int_equal(stat(in(state, "mode"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    umask(before);
}

static void nothing_is_left_of_a_failed_write(void **state)
{
    struct file_list list;
    struct err e;

    assert_int_equal(file_make_folders(in(state, "taken/name"), &e), 0);
    assert_int_equal(file_replace(in(state, "taken/name"), "x", 1, 0600, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(file_list_tree(in(state, "taken"), &list, &e), 0);
    assert_int_equal(list.count, 0);
    file_list_release(&list);
    assert_int_equal(file_write(in(state, "no/such/folder"), "x", 1, 0600, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_non_null(strstr(e.text, ": No such file or directory"));
}

static void a_temporary_name_that_exists_is_not_followed(void **state)
{
    char temp[FILE_PATH_MAX];
    struct buf b = buf_init(0);
    struct err e;

    (void)snprintf(temp, sizeof temp, "%s.tmp.%ld", in(state, "target"), (long)getpid());
    assert_int_equal(file_write(in(state, "victim"), "safe", 4, 0600, &e), 0);
    assert_int_equal(symlink(in(state, "victim"), temp), 0);
    assert_int_equal(file_write(in(state, "target"), "x", 1, 0600, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(file_read(in(state, "victim"), 10, &b, &e), 0);
    assert_string_equal(b.data, "safe");
    buf_release(&b);
    assert_int_equal(unlink(temp), 0);
}

static void reads_are_bounded_and_follow_no_link(void **state)
{
    struct buf b = buf_init(0);
    struct err e;

    assert_int_equal(file_write(in(state, "five"), "12345", 5, 0600, &e), 0);
    assert_int_equal(file_read(in(state, "five"), 4, &b, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_non_null(strstr(e.text, "five: more than 4 bytes"));
    assert_int_equal(symlink(in(state, "five"), in(state, "link")), 0);
    assert_int_equal(file_read(in(state, "link"), 10, &b, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(file_read(*state, 10, &b, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.text, "is not a regular file"));
    assert_int_equal(mkfifo(in(state, "fifo"), 0600), 0); /* and reading it does not hang */
    assert_int_equal(file_read(in(state, "fifo"), 10, &b, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(file_read(in(state, "absent"), 10, &b, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_int_equal(unlink(in(state, "link")), 0);
    assert_int_equal(unlink(in(state, "fifo")), 0);
}

static void lists_are_sorted_by_bytes(void **state)
{
    static const char *const names[] = {"t/b", "t/a/z", "t/a-b", "t/a.b", "t/B", "t/a/y/x", "t/10", "t/9"};
    static const char *const sorted[] = {"10", "9", "B", "a-b", "a.b", "a/y/x", "a/z", "b"};
    struct file_list list;
    struct err e;

    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(file_make_parent(in(state, names[i]), &e), 0);
        assert_int_equal(file_write(in(state, names[i]), "", 0, 0600, &e), 0);
    }
    assert_int_equal(file_list_tree(in(state, "t"), &list, &e), 0);
    assert_int_equal(list.count, COUNT(sorted));
    for (size_t i = 0; i < COUNT(sorted); i++)
        assert_string_equal(list.paths[i], sorted[i]);
    file_list_release(&list);
    assert_int_equal(symlink("9", in(state, "t/s")), 0);
    assert_int_equal(file_list_tree(in(state, "t"), &list, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.text, "t/s is neither a regular file nor a folder"));
    assert_int_equal(file_remove_tree(in(state, "t"), &e), 0);
    assert_false(file_exists(in(state, "t")));
    assert_int_equal(file_remove_tree(in(state, "t"), &e), 0);
}

static void removal_does_not_follow_links(void **state)
{
    struct err e;

    assert_int_equal(file_make_folders(in(state, "kept"), &e), 0);
    assert_int_equal(file_write(in(state, "kept/f"), "", 0, 0600, &e), 0);
    assert_int_equal(file_make_folders(in(state, "gone"), &e), 0);
    assert_int_equal(symlink(in(state, "kept"), in(state, "gone/link")), 0);
    assert_int_equal(file_remove_tree(in(state, "gone"), &e), 0);
    assert_true(file_exists(in(state, "kept/f")));
}

/* what cannot be looked at is not absent: ELOOP here, EIO of a failing disk alike */
static void what_cannot_be_told_is_there(void **state)
{
    char longest[600];

    (void)snprintf(longest, sizeof longest, "%s/%0300d", in(state, ""), 0);
    assert_false(file_exists(longest));
    assert_false(file_exists(in(state, "nobody")));
    assert_int_equal(symlink("nowhere", in(state, "nobody")), 0);
    assert_true(file_exists(in(state, "nobody")));
    assert_false(file_exists(in(state, "nobody/x")));
    assert_int_equal(symlink("round", in(state, "round")), 0);
    assert_true(file_exists(in(state, "round/x")));
}

static void depth_is_limited(void **state)
{
    char deep[256] = "deep";
    struct file_list list;
    struct err e;

    for (int i = 0; i < 33; i++)
        (void)strcat(deep, "/d");
    assert_int_equal(file_make_folders(in(state, deep), &e), 0);
    assert_int_equal(file_list_tree(in(state, "deep"), &list, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    assert_int_equal(file_list_tree(in(state, "deep/d"), &list, &e), 0);
    file_list_release(&list);
}

static void plain_names(void **state)
{
    static const char *const good[] = {"a", "a/b", "A-Z_0.9", "...", ".a", "a..b", "a/.../b"};
    static const char *const bad[] = {"", ".", "..", "/a", "a/", "a//b", "a/./b", "../a", "a/..",
                                      "a b", "a\n", "a\\b", "\xc3\xa9", "~", "a:b", "a*"};

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        ROW(i, good[i], file_is_plain_name(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++)
        ROW(i, bad[i], !file_is_plain_name(bad[i]));
}

static void long_paths_are_refused(void **state)
{
    char out[FILE_PATH_MAX], longest[FILE_PATH_MAX + 1];
    struct err e;

    (void)state;
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(file_join(out, "x", longest, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(file_make_folders(longest, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(file_make_parent(longest, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_int_equal(file_write(longest, "", 0, 0600, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_once),
        cmocka_unit_test(replaces_when_asked),
        cmocka_unit_test(the_mode_is_not_the_umask_s),
        cmocka_unit_test(nothing_is_left_of_a_failed_write),
        cmocka_unit_test(a_temporary_name_that_exists_is_not_followed),
        cmocka_unit_test(reads_are_bounded_and_follow_no_link),
        cmocka_unit_test(lists_are_sorted_by_bytes),
        cmocka_unit_test(removal_does_not_follow_links),
        cmocka_unit_test(what_cannot_be_told_is_there),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(plain_names),
        cmocka_unit_test(long_paths_are_refused),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
