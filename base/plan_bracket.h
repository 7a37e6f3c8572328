/*
 * base/plan_bracket.h - the plan of a bracket: one command, no carrier of its own.
 * FORMAT.md section 2.  It is read as a carrier's plan whose lists are empty.
 */
#ifndef BASE_PLAN_BRACKET_H
#define BASE_PLAN_BRACKET_H

#include <stdbool.h>

#include "base/plan.h"

#define PLAN_BRACKET "bracket" /* the member of an expanded plan that holds the written one */
#define PLAN_BRACKET_SCHEMA "dryproof.bracket/1"

/* plan_bracket_is_name(text): it may be the plan_ref of a bracket. */
bool plan_bracket_is_name(const char *text);

/* plan_bracket_check(doc, e): exactly the members of FORMAT.md and of their types.
 * ERR_INPUT. */
int plan_bracket_check(const struct jv *doc, struct err *e) BASE_MUST_USE;

/* plan_bracket_expand(bracket): a carrier's plan with every list that ours reads, empty, one
 * step "command", and bracket as the member PLAN_BRACKET.  Ownership: takes bracket over. */
struct jv *plan_bracket_expand(struct jv *bracket);

/* plan_bracket_make(bracket, out, e): the plan of a bracket that stands in no folder yet.
 * Ownership: takes bracket over, also on failure; plan_release(). */
int plan_bracket_make(struct jv *bracket, struct plan *out, struct err *e) BASE_MUST_USE;

#endif
