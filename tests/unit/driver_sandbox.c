/* tests/unit/driver_sandbox.c - names and folders of sandboxes; clusters run in tests/e2e. */
#include "tests/unit/base_test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "driver/admissions.h"
#include "driver/sandbox.h"

static void names(void **state)
{
    static const char *const good[] = {"a", "run-1", "0", "abcdefghijklmnopqrstuvwx"};
    static const char *const bad[] = {"", "A", "a_b", "a/b", "..", "a.b", "a b", "abcdefghijklmnopqrstuvwxy",
                                      "a\n", "-\xc3\xa9"};
    struct sandbox s;
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        ROW(i, good[i], sandbox_locate(good[i], &s, &e) == 0);
        ROW(i, s.dir, strlen(s.dir) < SANDBOX_PATH - 20); /* room for the socket's name */
        ROW(i, s.dir, strstr(s.dir, good[i]) != NULL && s.dir[0] == '/');
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        ROW(i, bad[i], sandbox_locate(bad[i], &s, &e) == -1);
        ROW(i, e.text, e.kind == ERR_USAGE && strstr(e.text, "expected 1 to 24 of [a-z0-9-]") != NULL);
    }
}

static void it_runs_without_rights(void **state)
{
    struct sandbox s;
    struct err e;

    (void)state;
    assert_int_equal(sandbox_locate("unit", &s, &e), 0);
    assert_true(s.user.uid != 0);
    assert_int_equal(s.user.is_other, geteuid() == 0);
}

static void connection_string(void **state)
{
    struct sandbox s = {"/tmp/x", "", {false, 1, 1}};
    char text[256];

    (void)state;
    sandbox_conninfo(&s, "c1", SANDBOX_OBSERVER, text, sizeof text);
    assert_string_equal(text, "host=/tmp/x port=5432 user=dryproof_observer dbname='c1'");
    assert_string_equal(sandbox_database(NULL), "sandbox");
}

/* A folder that others can enter is not ours to remove, whatever its name. */
static void what_is_not_ours_stays(void **state)
{
    struct sandbox s = {"", "/nowhere", {false, 0, 0}};
    struct err e;

    s.user.uid = geteuid();
    (void)snprintf(s.dir, sizeof s.dir, "%s/open", (const char *)*state);
    assert_int_equal(sandbox_down(&s, &e), 0); /* absent is fine */
    assert_int_equal(mkdir(s.dir, 0755), 0);
    assert_int_equal(chmod(s.dir, 0755), 0);
    assert_true(sandbox_exists(&s));
    assert_false(sandbox_is_running(&s));
    assert_int_equal(sandbox_down(&s, &e), -1);
    assert_non_null(strstr(e.text, "is not a folder of ours; not touched"));
    assert_true(file_is_folder(s.dir));
    assert_int_equal(sandbox_up(&s, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_true(file_is_folder(s.dir));
    assert_int_equal(chmod(s.dir, 0700), 0);
    assert_int_equal(sandbox_down(&s, &e), 0);
    assert_false(sandbox_exists(&s));
    assert_int_equal(symlink("/tmp", s.dir), 0);
    assert_int_equal(sandbox_down(&s, &e), -1);
    assert_int_equal(unlink(s.dir), 0);
}

static void a_failed_start_leaves_nothing(void **state)
{
    struct sandbox s = {"", "/nowhere", {false, 0, 0}};
    struct err e;

    s.user.uid = geteuid();
    (void)snprintf(s.dir, sizeof s.dir, "%s/start", (const char *)*state);
    assert_int_equal(sandbox_up(&s, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_non_null(strstr(e.text, "cannot run /nowhere/initdb"));
    assert_false(file_exists(s.dir));
}

static void admissions_stand_beside_the_carrier(void **state)
{
    char found[FILE_PATH_MAX];
    struct err e;

    assert_int_equal(admissions_of("carriers/c1", found, &e), 1);
    assert_non_null(strstr(found, "/carriers/admissions/c1.sql"));
    assert_int_equal(admissions_of("carriers/c1/", found, &e), 1);
    assert_int_equal(admissions_of(*state, found, &e), 0);
    assert_int_equal(admissions_of("/nowhere", found, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(it_runs_without_rights),
        cmocka_unit_test(connection_string),
        cmocka_unit_test(what_is_not_ours_stays),
        cmocka_unit_test(a_failed_start_leaves_nothing),
        cmocka_unit_test(admissions_stand_beside_the_carrier),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
