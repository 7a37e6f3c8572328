/* packager/model_lists.h - the lists of the packet's model; each NULL when a member that
 * it needs is absent or memory ran out. */
#ifndef PACKAGER_MODEL_LISTS_H
#define PACKAGER_MODEL_LISTS_H

#include "base/json.h"

/* pkg_model_pairs(object): [{"name","value"}] sorted by name. */
struct jv *pkg_model_pairs(const struct jv *object);

/* pkg_model_asserted(assertions, claim): the "values" of one claim, or NULL. */
const struct jv *pkg_model_asserted(const struct jv *assertions, const char *claim);

/* What ran, each beside what the plan expects. */
struct jv *pkg_model_steps(const struct jv *plan, const struct jv *facts);
struct jv *pkg_model_cases(const struct jv *plan, const struct jv *facts);
struct jv *pkg_model_manifests(const struct jv *plan, const struct jv *facts);
struct jv *pkg_model_readback(const struct jv *plan, const struct jv *facts);

/* pkg_model_allowed(plan): the allowed changes with the DOT of their step. */
struct jv *pkg_model_allowed(const struct jv *plan);

/* pkg_model_coverage(coverage, reasons, unreachable): counts, and every code with its state
 * and reason; unreachable is the word for codes that the plan explains. */
struct jv *pkg_model_coverage(const struct jv *coverage, const struct jv *reasons,
                              const char *unreachable);

/* pkg_model_bracket(plan, command): what a bracket ran and how it ended; null for a carrier. */
struct jv *pkg_model_bracket(const struct jv *plan, const struct jv *command);

/* pkg_model_shown(claims, is_bracket): the claims that people read: of a bracket those that
 * apply to one. */
struct jv *pkg_model_shown(const struct jv *claims, bool is_bracket);

/* pkg_model_cost(cost): what each part of the bracket cost; [] when that was not measured. */
struct jv *pkg_model_cost(const struct jv *cost);

/* pkg_model_tables(m, before, after): set "changed" and "unchanged" from two tables.json. */
void pkg_model_tables(struct jv *m, const struct jv *before, const struct jv *after);

#endif
