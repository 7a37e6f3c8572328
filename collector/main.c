/* collector/main.c - dryproof-collect: collects raw facts, judges nothing, holds no key. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cli.h"
#include "collector/bracket.h"
#include "collector/doctor.h"
#include "collector/fleet.h"
#include "collector/preflight.h"
#include "collector/run.h"

static const struct cli_verb verbs[] = {
    {"run", col_run_main, "bracket a carrier's dry run and keep its raw facts",
     "--carrier DIR --db CONNINFO --out RUNDIR [options]"},
    {"bracket", col_bracket_main, "bracket any command and keep the raw facts",
     "--db CONNINFO --out RUNDIR [options] -- COMMAND ARGS..."},
    {"fleet", col_fleet_main, "one command, or a carrier, over several databases",
     "--target NAME=CONNINFO ... --out DIR [options] (--carrier DIR | -- COMMAND ARGS...)"},
    {"doctor", col_doctor_main, "which witnesses a role gets, and the GRANTs for the rest",
     "--db CONNINFO [--json]"},
    {"preflight", col_preflight_main, "is a governed run ready? phases P0 to P5, read only",
     "--carrier DIR --db CONNINFO [--policy FILE] [--out FILE] [--json]"},
    {"check", col_run_check, "read a carrier's plan and say whether it is well-formed",
     "--carrier DIR"},
};

static const struct cli_program program = {
    COL_PROGRAM,
    "collects the raw facts of a PostgreSQL dry run",
    verbs,
    sizeof verbs / sizeof verbs[0],
    COL_PROGRAM " run --carrier carriers/c1 --db service=c1 --out run-1",
};

int main(int argc, char **argv)
{
    /* It would set a session's behaviour from outside, did col_pg_params not override it; a
     * bracket's command gets it as the user has it. */
    if (argc < 2 || (strcmp(argv[1], "bracket") != 0 && strcmp(argv[1], "fleet") != 0))
        (void)unsetenv("PGOPTIONS");
    (void)signal(SIGPIPE, SIG_IGN);
    /* passwords and the redaction key never enter a core file */
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    return cli_main(&program, argc, argv);
}
