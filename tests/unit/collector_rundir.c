/* tests/unit/collector_rundir.c - tests of collector/rundir.c and the arguments of steps. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/rundir.h"
#include "collector/steps.h"

static char folder[] = "/tmp/col-rundir-XXXXXX";

static void file_is(const struct col_rundir *dir, const char *name, const char *expected,
                    unsigned int mode)
{
    char path[FILE_PATH_MAX];
    struct err e = {ERR_NONE, ""};
    struct buf bytes;
    struct stat st;

    assert_int_equal(file_join(path, dir->path, name, &e), 0);
    assert_int_equal(file_read(path, 1024, &bytes, &e), 0);
    assert_string_equal(bytes.data, expected);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, mode);
    buf_release(&bytes);
}

static void test_run_directory(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct col_rundir dir;
    struct jv *lines = jv_add(jv_add(jv_array(), jv_int(2)), jv_string("b"));
    struct jv *header = jv_object();
    char path[FILE_PATH_MAX];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/new/run//", folder);
    assert_int_equal(col_rundir_check(path, &e), 0);
    assert_int_equal(col_rundir_create(path, &dir, &e), 0);
    assert_string_equal(dir.path + strlen(folder), "/new/run");
    assert_int_equal(col_rundir_create(path, &dir, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    assert_non_null(strstr(e.text, "holds no finished run"));

    assert_int_equal(col_rundir_json(&dir, "a/b.json", jv_set(jv_object(), "k", jv_int(1)), &e), 0);
    assert_int_equal(col_rundir_lines(&dir, "private/x.ndjson", header, lines, &e), 0);
    assert_int_equal(col_rundir_write(&dir, "a/empty", NULL, 0, &e), 0);
    file_is(&dir, "a/b.json", "{\"k\":1}\n", 0644);
    file_is(&dir, "private/x.ndjson", "{}\n2\n\"b\"\n", 0600);
    file_is(&dir, "a/empty", "", 0644);

    /* written once; a document that ran out of memory is an error */
    assert_int_equal(col_rundir_write(&dir, "a/empty", "x", 1, &e), -1);
    assert_int_equal(col_rundir_json(&dir, "c.json", jv_set(jv_object(), "k", NULL), &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);

    assert_int_equal(col_rundir_json(&dir, "run.json", jv_object(), &e), 0);
    assert_int_equal(col_rundir_check(dir.path, &e), -1);
    assert_non_null(strstr(e.text, "never changed"));
    jv_free(header);
    jv_free(lines);
}

static void test_step_args(void **state)
{
    static const char planned[] = "[\"as it is\",{\"b\":1,\"a\":[null,true]},null,[],\"\"]";
    struct err e = {ERR_NONE, ""};
    struct jv *args = NULL;
    struct jv *sent = NULL;
    struct buf text = buf_init(1024);

    (void)state;
    assert_int_equal(jv_parse(planned, sizeof planned - 1, &args, &e), 0);
    assert_int_equal(col_steps_args(args, &sent, &e), 0);
    assert_int_equal(jv_canonical(sent, &text, &e), 0);
    assert_string_equal(text.data,
                        "[\"as it is\",\"{\\\"a\\\":[null,true],\\\"b\\\":1}\",null,\"[]\",\"\"]");
    assert_int_equal(col_steps_args(args->items[1], &sent, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
    jv_free(args);
    jv_free(sent);
    buf_release(&text);
}

static void test_statement_file(void **state)
{
    struct err e = {ERR_NONE, ""};
    struct plan plan;
    struct buf sql;
    char path[FILE_PATH_MAX];

    (void)state;
    memset(&plan, 0, sizeof plan);
    (void)snprintf(plan.carrier_dir, sizeof plan.carrier_dir, "%s", folder);
    (void)snprintf(path, sizeof path, "%s/good.sql", folder);
    assert_int_equal(file_write(path, "SELECT 1;\n", 10, 0644, &e), 0);
    assert_int_equal(col_steps_sql(&plan, "good.sql", &sql, &e), 0);
    assert_string_equal(sql.data, "SELECT 1;\n"); /* the exact bytes */
    buf_release(&sql);
    (void)snprintf(path, sizeof path, "%s/nul.sql", folder);
    assert_int_equal(file_write(path, "SELECT 1\0; DROP", 15, 0644, &e), 0);
    assert_int_equal(col_steps_sql(&plan, "nul.sql", &sql, &e), -1);
    assert_int_equal(e.kind, ERR_INPUT);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct err e = {ERR_NONE, ""};

    (void)state;
    return file_remove_tree(folder, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_directory),
        cmocka_unit_test(test_step_args),
        cmocka_unit_test(test_statement_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
