/* driver/verb_mcp.c - dryproof mcp: the server of driver/mcp.h on standard input and output. */
#include <stdio.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/exit.h"
#include "driver/mcp.h"
#include "driver/verbs.h"

#define SECONDS_MAX 3600

int verb_mcp(int argc, char **argv)
{
    struct cli_option options[] = {
        {"--timeout", "SECONDS", false, "of one tool (default: 60)", NULL},
        {"--help", NULL, false, "this help", NULL},
    };
    const size_t n = sizeof options / sizeof *options;
    struct err e = {ERR_NONE, ""};
    long seconds = 60;
    int rc;

    if (cli_parse(argc, argv, options, n, 0, NULL, &e) != 0)
        return cli_fail("dryproof", &e);
    if (options[1].value != NULL) {
        cli_verb_help("dryproof", "mcp", "a Model Context Protocol server on standard input and output, for agents: "
                      "verify, show, explain and diff; it reads and never writes", options, n,
                      "codex mcp add dryproof -- dryproof mcp");
        return EXIT_HOLDS;
    }
    if (options[0].value != NULL && cli_number(options[0].value, SECONDS_MAX, "--timeout", &seconds, &e) == 0 && seconds == 0)
        err_set(&e, ERR_USAGE, "option --timeout: expected a number from 1 to %d", SECONDS_MAX);
    if (e.kind != ERR_NONE)
        return cli_fail("dryproof", &e);
    rc = mcp_serve(STDIN_FILENO, stdout, (int)seconds, &e);
    if (ferror(stdout) != 0)
        return EXIT_ENVIRONMENT; /* cli_main says so */
    return rc == 0 ? EXIT_HOLDS : cli_fail("dryproof", &e);
}
