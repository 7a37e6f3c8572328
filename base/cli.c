/* base/cli.c - see base/cli.h. */
#include "base/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/events.h"
#include "base/exit.h"
#include "base/version.h"

enum { HELP_COLUMNS = 80, HELP_INDENT = 29 };

/* Number of single-byte edits between two short words; words over 31 bytes count as far. */
static size_t distance(const char *a, const char *b)
{
    size_t row[32];
    size_t n = strlen(b);

    if (strlen(a) > 31 || n > 31)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *cli_nearer(const char *word, const char *candidate, const char *best)
{
    size_t d = distance(word, candidate);

    /* further away than two edits is no mistyping */
    return d < (best == NULL ? 3 : distance(word, best)) ? candidate : best;
}

static int unknown_option(const char *arg, size_t len, const struct cli_option *options, size_t n, struct err *e)
{
    const char *best = NULL;
    char word[32];

    (void)snprintf(word, sizeof word, "%.*s", (int)len, arg);
    for (size_t i = 0; i < n; i++)
        best = cli_nearer(word, options[i].name, best);
    if (best != NULL)
        return err_set(e, ERR_USAGE, "unknown option %s; did you mean %s?", word, best);
    return err_set(e, ERR_USAGE, "unknown option %.*s; --help lists the options", (int)len, arg);
}

static int take_option(int argc, char **argv, int *at, struct cli_option *options, size_t n,
                       struct err *e)
{
    const char *arg = argv[*at];
    size_t name_len = strcspn(arg, "=");
    const char *inlined = arg[name_len] == '=' ? arg + name_len + 1 : NULL;

    for (size_t i = 0; i < n; i++) {
        struct cli_option *o = &options[i];

        if (strlen(o->name) != name_len || strncmp(o->name, arg, name_len) != 0)
            continue;
        if (o->value != NULL)
            return err_set(e, ERR_USAGE, "option %s given twice; give it once", o->name);
        if (o->metavar == NULL) {
            if (inlined != NULL)
                return err_set(e, ERR_USAGE, "option %s takes no value", o->name);
            o->value = o->name;
            return 0;
        }
        if (inlined == NULL && *at + 1 < argc)
            inlined = argv[++*at];
        if (inlined == NULL || *inlined == '\0')
            return err_set(e, ERR_USAGE, "option %s needs a value: %s %s", o->name, o->name,
                           o->metavar);
        o->value = inlined;
        return 0;
    }
    return unknown_option(arg, name_len, options, n, e);
}

int cli_parse(int argc, char **argv, struct cli_option *options, size_t n, size_t operands_max,
              const char **operands, struct err *e)
{
    size_t count = 0;
    bool is_over = false;

    for (int i = 0; i < argc; i++) {
        if (!is_over && strcmp(argv[i], "--") == 0) {
            is_over = true;
        } else if (!is_over && strncmp(argv[i], "--", 2) == 0) {
            if (take_option(argc, argv, &i, options, n, e) != 0)
                return -1;
        } else if (!is_over && argv[i][0] == '-' && argv[i][1] != '\0') {
            return err_set(e, ERR_USAGE, "unknown option %s; options are long, as in --help", argv[i]);
        } else if (count == operands_max) {
            return err_set(e, ERR_USAGE, "unexpected argument %s; expected %zu", argv[i], operands_max);
        } else {
            operands[count++] = argv[i];
        }
    }
    if (operands != NULL)
        operands[count] = NULL;
    for (size_t i = 0; i < n; i++)
        if (options[i].is_required && options[i].value == NULL)
            return err_set(e, ERR_USAGE, "option %s %s is missing", options[i].name,
                           options[i].metavar == NULL ? "" : options[i].metavar);
    return 0;
}

int cli_take_repeated(int *argc, char **argv, const char *name, const char **values, size_t max,
                      size_t *n, struct err *e)
{
    size_t len = strlen(name);
    int kept = 0;
    int i = 0;

    for (*n = 0; i < *argc && strcmp(argv[i], "--") != 0; i++) {
        bool is_inlined = strncmp(argv[i], name, len) == 0 && argv[i][len] == '=';
        const char *value = is_inlined ? argv[i] + len + 1 : NULL;

        if (!is_inlined && strcmp(argv[i], name) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        if (!is_inlined && i + 1 < *argc)
            value = argv[++i];
        if (value == NULL || *value == '\0')
            return err_set(e, ERR_USAGE, "option %s needs a value", name);
        if (*n == max)
            return err_set(e, ERR_USAGE, "option %s given more than %zu times", name, max);
        values[(*n)++] = value;
    }
    for (; i < *argc; i++)
        argv[kept++] = argv[i];
    *argc = kept;
    argv[kept] = NULL;
    return 0;
}

int cli_take_command(int *argc, char **argv, char ***command, struct err *e)
{
    *command = NULL;
    for (int i = 0; i < *argc; i++) {
        if (strcmp(argv[i], "--") != 0)
            continue;
        if (i + 1 == *argc)
            return err_set(e, ERR_USAGE, "a command is missing behind --");
        *command = argv + i + 1;
        *argc = i;
        argv[i] = NULL;
    }
    return 0;
}

int cli_number(const char *text, long max, const char *name, long *out, struct err *e)
{
    size_t n = strspn(text, "0123456789");
    long v = n > 0 && n <= 9 && text[n] == '\0' ? strtol(text, NULL, 10) : -1;

    if (v < 0 || v > max)
        return err_set(e, ERR_USAGE, "option %s: expected a number from 0 to %ld", name, max);
    *out = v;
    return 0;
}

const char *cli_value(const struct cli_option *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(options[i].name, name) == 0)
            return options[i].value;
    return NULL;
}

int cli_fail(const char *program, const struct err *e)
{
    (void)fprintf(stderr, "%s: error: %s\n", program, e->text);
    events_say(&(struct event){"error", NULL, e->text, -1, -1, -1});
    return err_exit_status(e->kind);
}

int cli_finish_stdout(const char *program, int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0)
        return status;
    (void)fprintf(stderr, "%s: error: cannot write to standard output\n", program);
    return EXIT_ENVIRONMENT;
}

/* print_wrapped(at, indent, text): text and a newline, from column at on, broken at spaces to
 * stay within HELP_COLUMNS where its words allow, each further line behind indent spaces. */
static void print_wrapped(size_t at, size_t indent, const char *text)
{
    for (const char *word = text; *word != '\0';) {
        size_t n = strcspn(word, " ");

        if (word != text && at + 1 + n > HELP_COLUMNS) {
            (void)printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (word != text) {
            (void)putchar(' ');
            at++;
        }
        (void)printf("%.*s", (int)n, word);
        at += n;
        word += n + strspn(word + n, " ");
    }
    (void)putchar('\n');
}

void cli_verb_help(const char *program, const char *verb, const char *what,
                   const struct cli_option *options, size_t n, const char *example)
{
    int title = printf("%s %s - ", program, verb);

    print_wrapped((size_t)title, 4, what); /* 2 are an option's */
    (void)putchar('\n');
    for (size_t i = 0; i < n; i++) {
        int left = printf("  %s%s%s", options[i].name, options[i].metavar == NULL ? "" : " ",
                          options[i].metavar == NULL ? "" : options[i].metavar);
        char text[512];

        if (left > HELP_INDENT - 2)
            (void)putchar('\n');
        (void)printf("%*s", left > HELP_INDENT - 2 ? HELP_INDENT : HELP_INDENT - left, "");
        (void)snprintf(text, sizeof text, "%s%s", options[i].help, options[i].is_required ? " (required)" : "");
        print_wrapped(HELP_INDENT, HELP_INDENT, text);
    }
    if (example != NULL)
        (void)printf("\nexample:\n  %s\n", example);
}

static bool begins_with_word(const char *name, const char *word)
{
    size_t len = strlen(word);

    return strncmp(name, word, len) == 0 && name[len] == ' ';
}

/* The verbs, or those whose first word is word. */
static void print_verbs(const struct cli_program *p, const char *word)
{
    size_t width = 0;

    for (size_t i = 0; i < p->verb_count; i++)
        width = strlen(p->verbs[i].name) > width ? strlen(p->verbs[i].name) : width;
    for (size_t i = 0; i < p->verb_count; i++) {
        size_t at = width + 3;

        if (word != NULL && !begins_with_word(p->verbs[i].name, word))
            continue;
        (void)printf("  %-*s ", (int)width, p->verbs[i].name);
        print_wrapped(at, at, p->verbs[i].help);
        at += (size_t)printf("%*s%s %s ", (int)at, "", p->name, p->verbs[i].name) - at;
        print_wrapped(at, width + 5, p->verbs[i].usage);
    }
}

static void program_help(const struct cli_program *p)
{
    print_wrapped((size_t)printf("%s - ", p->name), 4, p->purpose);
    (void)putchar('\n');
    print_verbs(p, NULL);
    (void)printf("\n  --help, --version; VERB --help tells the options\n\nexample:\n  %s\n", p->example);
}

/* nearest_verb(p, first, word): the verb that word may mean; with first, the second word of one that begins with it */
static const char *nearest_verb(const struct cli_program *p, const char *first, const char *word)
{
    const char *best = NULL;

    for (size_t i = 0; i < p->verb_count; i++) {
        const char *name = p->verbs[i].name;

        if (first == NULL)
            best = cli_nearer(word, name, best);
        else if (begins_with_word(name, first))
            best = cli_nearer(word, name + strlen(first) + 1, best);
    }
    return best;
}

/* How many arguments name the verb: 0 when they do not. */
static int words_matched(const char *name, int argc, char **argv)
{
    size_t first = strcspn(name, " ");

    if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first) != 0)
        return 0;
    if (name[first] == '\0')
        return 1;
    return argc >= 2 && strcmp(argv[1], name + first + 1) == 0 ? 2 : 0;
}

/* "new, show" for the word "key" of "key new" and "key show"; "" when it begins no verb. */
static void second_words(const struct cli_program *p, const char *word, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < p->verb_count; i++)
        if (begins_with_word(p->verbs[i].name, word) && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ",
                                     p->verbs[i].name + strlen(word) + 1);
}

int cli_main(const struct cli_program *p, int argc, char **argv)
{
    struct err e = {ERR_NONE, ""};
    char seconds[128];
    const char *near;

    if (argc < 2) {
        err_set(&e, ERR_USAGE, "no verb given; %s --help lists them", p->name);
        return cli_fail(p->name, &e);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        program_help(p);
        return cli_finish_stdout(p->name, EXIT_HOLDS);
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("%s %s\n", p->name, DRYPROOF_VERSION);
        return cli_finish_stdout(p->name, EXIT_HOLDS);
    }
    for (size_t i = 0; i < p->verb_count; i++) {
        int words = words_matched(p->verbs[i].name, argc - 1, argv + 1);
        if (words > 0) {
            int status = cli_finish_stdout(p->name, p->verbs[i].run(argc - 1 - words, argv + 1 + words));

            events_end(status);
            return status;
        }
    }
    second_words(p, argv[1], seconds, sizeof seconds);
    if (seconds[0] != '\0' && argc == 3 && strcmp(argv[2], "--help") == 0) {
        print_verbs(p, argv[1]);
        return cli_finish_stdout(p->name, EXIT_HOLDS);
    }
    if (seconds[0] == '\0')
        near = nearest_verb(p, NULL, argv[1]);
    else
        near = argc > 2 ? nearest_verb(p, argv[1], argv[2]) : NULL;
    if (seconds[0] != '\0' && near != NULL)
        err_set(&e, ERR_USAGE, "unknown verb %s %s; did you mean %s %s?", argv[1], argv[2], argv[1], near);
    else if (seconds[0] != '\0')
        err_set(&e, ERR_USAGE, "%s needs a second word: %s", argv[1], seconds);
    else if (near != NULL)
        err_set(&e, ERR_USAGE, "unknown verb %s; did you mean %s?", argv[1], near);
    else
        err_set(&e, ERR_USAGE, "unknown verb %s; %s --help lists them", argv[1], p->name);
    return cli_fail(p->name, &e);
}
