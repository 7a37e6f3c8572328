/*
 * collector/bracket.h - bracket any command: the plan made of its options, the command run
 * between the two edges, and what was seen meanwhile.  FORMAT.md sections 2 and 3.
 */
#ifndef COLLECTOR_BRACKET_H
#define COLLECTOR_BRACKET_H

/* col_bracket_main(argc, argv): the verb bracket; arguments behind the verb. */
int col_bracket_main(int argc, char **argv);

#endif
