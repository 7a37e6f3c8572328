/* tests/unit/driver_proc.c - other programs' statuses, signals, output and environment. */
#include "tests/unit/base_test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "driver/proc.h"

static int sh(const char *script, struct buf *out, struct buf *all, bool keeps_pg, int *status,
              struct err *e)
{
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    struct proc p = {.argv = argv, .out = out, .all = all, .keeps_pg = keeps_pg};

    *status = -1;
    return proc_run(&p, status, e);
}

static void statuses_and_signals(void **state)
{
    static const struct {
        const char *script;
        int status;
    } rows[] = {
        {"exit 0", 0}, {"exit 1", 1}, {"exit 70", 70}, {"exit 125", 125}, {"exit 128", 128},
        {"kill -TERM $$", 128 + SIGTERM}, {"kill -KILL $$", 128 + SIGKILL},
        {"kill -SEGV $$", 128 + SIGSEGV},
    };
    int status;
    struct err e;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ROW(i, rows[i].script, sh(rows[i].script, NULL, NULL, false, &status, &e) == 0);
        ROW(i, rows[i].script, status == rows[i].status);
    }
}

static void output_is_collected_whole(void **state)
{
    struct buf out = buf_init(0), all = buf_init(0);
    int status;
    struct err e;

    (void)state;
    assert_int_equal(sh("echo one; echo two >&2; exit 3", NULL, &all, false, &status, &e), 0);
    assert_int_equal(status, 3);
    assert_string_equal(all.data, "one\ntwo\n");
    assert_int_equal(sh("i=0; while [ $i -lt 5000 ]; do echo 0123456789012345678; i=$((i+1)); done",
                        &out, NULL, false, &status, &e), 0);
    assert_int_equal(out.len, 100000);
    assert_memory_equal(out.data + 99980, "0123456789012345678\n", 20);
    buf_release(&out);
    buf_release(&all);
}

/* A child reads nothing of ours: a prompt gets end of file. */
static void standard_input_is_empty(void **state)
{
    struct buf out = buf_init(0);
    int status;
    struct err e;

    (void)state;
    assert_int_equal(sh("cat; echo end", &out, NULL, false, &status, &e), 0);
    assert_string_equal(out.data, "end\n");
    buf_release(&out);
}

static void pg_variables_are_ours_to_pass(void **state)
{
    static const char script[] = "echo \"$PGOPTIONS,$PGHOST,$PG,$OTHER\"";
    struct buf out = buf_init(0);
    int status;
    struct err e;

    (void)state;
    assert_int_equal(setenv("PGOPTIONS", "hostile", 1), 0);
    assert_int_equal(setenv("PGHOST", "elsewhere", 1), 0);
    assert_int_equal(setenv("OTHER", "kept", 1), 0);
    assert_int_equal(sh(script, &out, NULL, false, &status, &e), 0);
    assert_string_equal(out.data, ",,,kept\n");
    buf_release(&out);
    assert_int_equal(sh(script, &out, NULL, true, &status, &e), 0);
    assert_string_equal(out.data, "hostile,elsewhere,,kept\n");
    buf_release(&out);
    assert_string_equal(getenv("PGHOST"), "elsewhere"); /* our own are untouched */
    (void)unsetenv("PGOPTIONS");
    (void)unsetenv("PGHOST");
}

/* No shell stands between: an argument is one argument. */
static void arguments_are_not_split(void **state)
{
    const char *const argv[] = {"/bin/echo", "a b", "$(id)", "; exit 7", NULL};
    struct buf out = buf_init(0);
    struct proc p = {.argv = argv, .out = &out};
    int status = -1;
    struct err e;

    (void)state;
    assert_int_equal(proc_run(&p, &status, &e), 0);
    assert_int_equal(status, 0);
    assert_string_equal(out.data, "a b $(id) ; exit 7\n");
    buf_release(&out);
}

static void what_cannot_start_is_an_error(void **state)
{
    const char *const absent[] = {"/nowhere/program", NULL};
    const char *const folder[] = {"/tmp", NULL};
    struct proc p = {.argv = absent};
    int status = 0;
    struct err e;

    (void)state;
    assert_error(proc_run(&p, &status, &e), e, ERR_SYSTEM,
                 "cannot run /nowhere/program: No such file or directory");
    p.argv = folder;
    assert_int_equal(proc_run(&p, &status, &e), -1);
    assert_int_equal(e.kind, ERR_SYSTEM);
    assert_error(proc_exec("/nowhere/program", absent, &e), e, ERR_SYSTEM,
                 "cannot run /nowhere/program: No such file or directory");
}

/* What answers too late or too much, or is no longer wanted, is ended with all that it started. */
static bool stop_at_once(struct proc_watch *w)
{
    return w->fd >= 0;
}

static bool look_no_more(struct proc_watch *w)
{
    w->fd = -1;
    return false;
}

/* one that nobody has waited for yet is dead too */
static bool is_alive(long pid)
{
    struct buf stat = buf_init(0);
    char path[64];
    struct err e;
    bool is;

    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    is = file_read(path, 4096, &stat, &e) == 0 && strstr(stat.data, ") Z") == NULL;
    buf_release(&stat);
    return is;
}

static void what_takes_too_long_is_killed(void **state)
{
    const char *const slow[] = {"/bin/sh", "-c", "sleep 300 & echo $!; wait", NULL};
    const char *const much[] = {"/bin/sh", "-c", "exec yes", NULL};
    const char *const both[] = {"/bin/sh", "-c", "echo one; echo two >&2; exit 3", NULL};
    struct buf out = buf_init(0), errors = buf_init(0);
    struct proc_watch watch = {-1, stop_at_once};
    struct proc p = {.argv = slow, .out = &out, .errors = &errors, .most = 100, .seconds = 1, .watch = &watch};
    int status = -1;
    struct err e;

    (void)state;
    assert_error(proc_run(&p, &status, &e), e, ERR_SYSTEM, "it took longer than 1 seconds");
    for (int i = 0; i < 100 && is_alive(atol(out.data)); i++)
        (void)poll(NULL, 0, 20);
    assert_false(is_alive(atol(out.data)));
    buf_release(&out);
    p.argv = much;
    p.seconds = 60;
    assert_int_equal(proc_run(&p, &status, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    buf_release(&out);
    p.argv = slow;
    watch.fd = open("/dev/null", O_RDONLY);
    assert_error(proc_run(&p, &status, &e), e, ERR_HOLD, "it was stopped");
    buf_release(&out);
    p.argv = both;
    watch.stop = look_no_more;
    assert_int_equal(proc_run(&p, &status, &e), 0);
    assert_int_equal(status, 3);
    assert_string_equal(out.data, "one\n");
    assert_string_equal(errors.data, "two\n");
    assert_int_equal(watch.fd, -1);
    buf_release(&out);
    buf_release(&errors);
}

static void programs_beside_us(void **state)
{
    char path[FILE_PATH_MAX], small[8];
    struct err e;

    (void)state;
    assert_int_equal(proc_beside(path, sizeof path, "driver_proc", &e), 0);
    assert_int_equal(access(path, X_OK), 0);
    assert_int_equal(proc_beside(path, sizeof path, "dryproof-absent", &e), -1);
    assert_non_null(strstr(e.text, "/dryproof-absent is missing beside this program; run make"));
    assert_error(proc_beside(small, sizeof small, "driver_proc", &e), e, ERR_SYSTEM,
                 "my own path is too long");
}

/* A signal that reaches us is passed on to the child, and noted.  Last: it stays noted. */
static void signals_are_passed_on(void **state)
{
    char script[128];
    struct buf out = buf_init(0);
    int status;
    struct err e;

    (void)state;
    assert_int_equal(proc_interrupted(), 0);
    proc_catch_signals();
    (void)snprintf(script, sizeof script, "trap 'echo got; exit 9' TERM; kill -TERM %ld; "
                   "i=0; while [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done", (long)getpid());
    assert_int_equal(sh(script, &out, NULL, false, &status, &e), 0);
    assert_string_equal(out.data, "got\n");
    assert_int_equal(status, 9);
    assert_int_equal(proc_interrupted(), SIGTERM);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_and_signals),
        cmocka_unit_test(output_is_collected_whole),
        cmocka_unit_test(standard_input_is_empty),
        cmocka_unit_test(pg_variables_are_ours_to_pass),
        cmocka_unit_test(arguments_are_not_split),
        cmocka_unit_test(what_cannot_start_is_an_error),
        cmocka_unit_test(what_takes_too_long_is_killed),
        cmocka_unit_test(programs_beside_us),
        cmocka_unit_test(signals_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
