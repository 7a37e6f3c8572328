/* driver/verbs.h - the verbs of dryproof that are more than another program's name. */
#ifndef DRIVER_VERBS_H
#define DRIVER_VERBS_H

/* Each takes the arguments behind its verb and returns an exit status. */
int verb_run(int argc, char **argv);
/* verb_bracket(argc, argv, command): run with a command behind --; NULL prints its help. */
int verb_bracket(int argc, char **argv, char **command);
/* verb_fleet(argc, argv): run with --target: several databases; argv NULL prints its help. */
int verb_fleet(int argc, char **argv);
int verb_init(int argc, char **argv);
int verb_show(int argc, char **argv);
int verb_sandbox(int argc, char **argv);
int verb_mcp(int argc, char **argv);
int verb_schema(int argc, char **argv);
/* verb_verify_as(first, argc, argv): verify, or another verb that dryproof-verify calls `first`. */
int verb_verify_as(const char *first, int argc, char **argv);

#endif
