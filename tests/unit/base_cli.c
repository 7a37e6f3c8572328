/* tests/unit/base_cli.c - options are given once, values are there, and mistypings are answered. */
#include "tests/unit/base_test.h"

#include <unistd.h>

#include "base/cli.h"
#include "base/exit.h"

static struct cli_option options[] = {
    {"--repo", "DIR", false, "a folder", NULL},
    {"--json", NULL, false, "a flag", NULL},
    {"--key", "KEY", true, "a file", NULL},
};
#define OPTIONS 3

static int parse(int argc, const char *const *args, size_t max, const char **operands, struct err *e)
{
    for (size_t i = 0; i < OPTIONS; i++)
        options[i].value = NULL;
    return cli_parse(argc, (char **)(uintptr_t)args, options, OPTIONS, max, operands, e);
}

static void options_and_operands(void **state)
{
    static const char *const args[] = {"a", "--repo", "r", "--key=k=1", "--json", "-", "--", "--x"};
    const char *operands[4];
    struct err e;

    (void)state;
    assert_int_equal(parse(8, args, 3, operands, &e), 0);
    assert_string_equal(cli_value(options, OPTIONS, "--repo"), "r");
    assert_string_equal(cli_value(options, OPTIONS, "--key"), "k=1");
    assert_string_equal(cli_value(options, OPTIONS, "--json"), "--json");
    assert_null(cli_value(options, OPTIONS, "--absent"));
    assert_string_equal(operands[0], "a");
    assert_string_equal(operands[1], "-");
    assert_string_equal(operands[2], "--x");
    assert_null(operands[3]);
}

static void wrong_command_lines(void **state)
{
    static const struct {
        int argc;
        const char *args[6];
        const char *error;
    } rows[] = {
        {4, {"--key", "a", "--key", "b"}, "option --key given twice; give it once"},
        {4, {"--key", "a", "--json", "--json"}, "option --json given twice; give it once"},
        {3, {"--key", "a", "--repo"}, "option --repo needs a value: --repo DIR"},
        {2, {"--key=a", "--repo="}, "option --repo needs a value: --repo DIR"},
        {2, {"--key=a", "--json=1"}, "option --json takes no value"},
        {2, {"--key=a", "--jso"}, "unknown option --jso; did you mean --json?"},
        {2, {"--key=a", "--jsonx=1"}, "unknown option --jsonx; did you mean --json?"},
        {2, {"--key=a", "--jsonxyz"}, "unknown option --jsonxyz; --help lists the options"},
        {2, {"--key=a", "-j"}, "unknown option -j; options are long, as in --help"},
        {2, {"--key=a", "x"}, "unexpected argument x; expected 0"},
        {1, {"--json"}, "option --key KEY is missing"},
        {2, {"--key=a", "--\x1b[2J"}, "unknown option --\\x1b[2J; --help lists the options"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *operands[1];
        struct err e = {ERR_NONE, ""};

        ROW(i, rows[i].error, parse(rows[i].argc, rows[i].args, 0, operands, &e) == -1);
        if (strcmp(e.text, rows[i].error) != 0)
            fail_msg("row %zu: \"%s\", expected \"%s\"", i, e.text, rows[i].error);
        ROW(i, rows[i].error, e.kind == ERR_USAGE);
    }
}

/* An option's value may look like an option only with "=". */
static void a_value_that_looks_like_an_option(void **state)
{
    static const char *const args[] = {"--repo", "--json", "--key=--x"};
    const char *operands[1];
    struct err e;

    (void)state;
    assert_int_equal(parse(3, args, 0, operands, &e), 0);
    assert_string_equal(cli_value(options, OPTIONS, "--repo"), "--json");
    assert_null(cli_value(options, OPTIONS, "--json"));
    assert_string_equal(cli_value(options, OPTIONS, "--key"), "--x");
}

static int seen_argc;
static char seen_first[64];

static int remember(int argc, char **argv)
{
    seen_argc = argc;
    (void)snprintf(seen_first, sizeof seen_first, "%s", argc > 0 ? argv[0] : "");
    return 3;
}

static const struct cli_verb verbs[] = {
    {"verify", remember, "check", "PACKAGE"},
    {"key new", remember, "make a key", "--out FILE"},
};
static const struct cli_program program = {"tool", "a test", verbs, 2, "tool verify x"};

/* Run cli_main with stdout and stderr in files; the text of both comes back. */
static int run_main(const char *scratch, int argc, const char **args, char *text, size_t size)
{
    char path[FILE_PATH_MAX];
    struct buf b = buf_init(0);
    struct err e;
    int keep_out = dup(1), keep_err = dup(2), status;

    assert_int_equal(file_join(path, scratch, "text", &e), 0);
    (void)fflush(stdout);
    assert_non_null(freopen(path, "w", stdout));
    assert_int_equal(dup2(1, 2), 2);
    status = cli_main(&program, argc, (char **)(uintptr_t)args);
    (void)fflush(stdout);
    (void)dup2(keep_out, 1);
    (void)dup2(keep_err, 2);
    (void)close(keep_out);
    (void)close(keep_err);
    assert_int_equal(file_read(path, 65536, &b, &e), 0);
    (void)snprintf(text, size, "%s", b.data);
    buf_release(&b);
    return status;
}

static void verbs_are_found_or_suggested(void **state)
{
    static const struct {
        int argc;
        const char *args[4];
        int status;
        const char *text;
    } rows[] = {
        {3, {"tool", "verify", "x"}, 3, ""},
        {4, {"tool", "key", "new", "y"}, 3, ""},
        {2, {"tool", "verfy"}, EXIT_WRONG_INPUT, "unknown verb verfy; did you mean verify?\n"},
        {2, {"tool", "key"}, EXIT_WRONG_INPUT, "key needs a second word: new\n"},
        {3, {"tool", "key", "nwe"}, EXIT_WRONG_INPUT, "unknown verb key nwe; did you mean key new?\n"},
        {3, {"tool", "key", "frobnicate"}, EXIT_WRONG_INPUT, "key needs a second word: new\n"},
        {2, {"tool", "frobnicate"}, EXIT_WRONG_INPUT, "unknown verb frobnicate; tool --help lists them\n"},
        {2, {"tool", "verify-me-with-a-word-of-more-than-31-bytes"}, EXIT_WRONG_INPUT,
         "--help lists them\n"},
        {1, {"tool"}, EXIT_WRONG_INPUT, "no verb given; tool --help lists them\n"},
        {2, {"tool", "--version"}, 0, "tool " DRYPROOF_VERSION "\n"},
        {2, {"tool", "--help"}, 0, "tool verify x\n"},
        {2, {"tool", "help"}, 0, "key new"},
    };
    char text[4096];

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *args[4];
        memcpy(args, rows[i].args, sizeof args);
        seen_argc = -1;
        ROW(i, rows[i].args[1], run_main(*state, rows[i].argc, args, text, sizeof text) == rows[i].status);
        ROW(i, text, strstr(text, rows[i].text) != NULL);
        if (rows[i].status == 3) {
            ROW(i, text, text[0] == '\0' && seen_argc == 1 && seen_first[0] == args[rows[i].argc - 1][0]);
        } else {
            ROW(i, text, seen_argc == -1);
        }
        if (rows[i].status == EXIT_WRONG_INPUT)
            ROW(i, text, strncmp(text, "tool: error: ", 13) == 0 && strchr(text, '\n')[1] == '\0');
    }
}

/* A full disk must not look like success, whatever the verdict was. */
static void a_full_disk_is_no_success(void **state)
{
    int keep_out = dup(1), keep_err = dup(2);
    int status;

    (void)state;
    (void)fflush(stdout);
    assert_non_null(freopen("/dev/full", "w", stdout));
    assert_non_null(freopen("/dev/null", "w", stderr));
    (void)printf("PASS\n");
    status = cli_finish_stdout("tool", EXIT_HOLDS);
    clearerr(stdout);
    (void)dup2(keep_out, 1);
    (void)dup2(keep_err, 2);
    (void)close(keep_out);
    (void)close(keep_err);
    assert_int_equal(status, EXIT_ENVIRONMENT);
    assert_int_equal(cli_finish_stdout("tool", EXIT_HOLD), EXIT_HOLD);
}

static void verb_help_names_every_option(void **state)
{
    char path[FILE_PATH_MAX];
    struct buf b = buf_init(0);
    struct err e;
    int keep_out = dup(1);

    assert_int_equal(file_join(path, *state, "help", &e), 0);
    (void)fflush(stdout);
    assert_non_null(freopen(path, "w", stdout));
    cli_verb_help("tool", "verify", "check it", options, OPTIONS, "tool verify x");
    (void)fflush(stdout);
    (void)dup2(keep_out, 1);
    (void)close(keep_out);
    assert_int_equal(file_read(path, 65536, &b, &e), 0);
    assert_non_null(strstr(b.data, "tool verify - check it\n"));
    assert_non_null(strstr(b.data, "--repo DIR"));
    assert_non_null(strstr(b.data, "a file (required)"));
    assert_non_null(strstr(b.data, "\nexample:\n  tool verify x\n"));
    buf_release(&b);
}

static void options_that_may_be_given_often(void **state)
{
    char *args[] = {(char[]){"--x"}, (char[]){"1"}, (char[]){"--y"}, (char[]){"--x=2"}, (char[]){"--"},
                    (char[]){"--x"}, (char[]){"3"}, NULL};
    char *none[] = {(char[]){"--x"}, NULL};
    char *many[] = {(char[]){"--x=1"}, (char[]){"--x=2"}, (char[]){"--x=3"}, NULL};
    const char *values[2];
    int argc = 7;
    size_t n;
    struct err e;

    (void)state;
    assert_int_equal(cli_take_repeated(&argc, args, "--x", values, 2, &n, &e), 0);
    assert_int_equal(n, 2);
    assert_string_equal(values[0], "1");
    assert_string_equal(values[1], "2");
    assert_int_equal(argc, 4);
    assert_string_equal(args[0], "--y");
    assert_string_equal(args[2], "--x");
    assert_null(args[4]);
    argc = 1;
    assert_error(cli_take_repeated(&argc, none, "--x", values, 2, &n, &e), e, ERR_USAGE,
                 "option --x needs a value");
    argc = 3;
    assert_error(cli_take_repeated(&argc, many, "--x", values, 2, &n, &e), e, ERR_USAGE,
                 "option --x given more than 2 times");
}

static void a_command_stands_behind_two_dashes(void **state)
{
    char *args[] = {(char[]){"--x"}, (char[]){"--"}, (char[]){"a"}, (char[]){"--"}, NULL};
    char *none[] = {(char[]){"--x"}, NULL};
    char *empty[] = {(char[]){"--"}, NULL};
    char **command;
    int argc = 4;
    struct err e;

    (void)state;
    assert_int_equal(cli_take_command(&argc, args, &command, &e), 0);
    assert_int_equal(argc, 1);
    assert_string_equal(command[0], "a");
    assert_string_equal(command[1], "--");
    assert_null(command[2]);
    argc = 1;
    assert_int_equal(cli_take_command(&argc, none, &command, &e), 0);
    assert_null(command);
    assert_error(cli_take_command(&argc, empty, &command, &e), e, ERR_USAGE,
                 "a command is missing behind --");
}

static void numbers(void **state)
{
    static const char *const bad[] = {"", "-1", "1x", "256", "0x1", " 1", "9999999999", "99999999999999999999"};
    struct err e;
    long n;

    (void)state;
    assert_int_equal(cli_number("255", 255, "--n", &n, &e), 0);
    assert_int_equal(n, 255);
    for (size_t i = 0; i < COUNT(bad); i++)
        ROW(i, bad[i], cli_number(bad[i], 255, "--n", &n, &e) == -1 && e.kind == ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands),
        cmocka_unit_test(wrong_command_lines),
        cmocka_unit_test(a_value_that_looks_like_an_option),
        cmocka_unit_test(options_that_may_be_given_often),
        cmocka_unit_test(a_command_stands_behind_two_dashes),
        cmocka_unit_test(numbers),
        cmocka_unit_test(verbs_are_found_or_suggested),
        cmocka_unit_test(a_full_disk_is_no_success),
        cmocka_unit_test(verb_help_names_every_option),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
