/* packager/model_lists.h - the lists of the packet's model; each NULL when a member that
 * it needs is absent or memory ran out. */
#ifndef PACKAGER_MODEL_LISTS_H
#define PACKAGER_MODEL_LISTS_H

#include "packager/contents.h"

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

/* pkg_model_coverage(coverage, reasons, unreachable, cases, steps): counts, and every code with
 * its state, its reason, what met it, and a cell for each case; unreachable is the word for codes
 * that the plan explains.  In packager/model_coverage.c. */
struct jv *pkg_model_coverage(const struct jv *coverage, const struct jv *reasons,
                              const char *unreachable, const struct jv *cases, const struct jv *steps);

/* pkg_model_bracket(plan, command): what a bracket ran and how it ended; null for a carrier. */
struct jv *pkg_model_bracket(const struct jv *plan, const struct jv *command);

/* In packager/model_claims.c: the evidence of the claims that people read, each path once; those
 * claims (of a bracket the ones that apply to it) with links to it; the ledger of phases; and
 * what speaks against the run, one reason for each kind of finding. */
struct jv *pkg_model_files(const struct jv *claims, bool is_bracket);
struct jv *pkg_model_shown(const struct jv *claims, const struct jv *files, bool is_bracket);
struct jv *pkg_model_phases(const struct jv *shown, bool is_sandbox);
struct jv *pkg_model_reasons(const struct jv *findings, const struct pkg_contents *contents);

/* pkg_model_tone(status): how a status looks: one of the page's own words, whatever status is. */
struct jv *pkg_model_tone(const struct jv *status);

/* In packager/model_time.c: when what was done, as far as the records tell; what each part of the
 * bracket cost, [] when that was not measured. */
struct jv *pkg_model_timeline(const struct pkg_contents *contents);
struct jv *pkg_model_cost(const struct jv *cost);

/* pkg_model_sources(contents, verdict_sha256, is_bracket): where each number comes from. */
struct jv *pkg_model_sources(const struct pkg_contents *contents, const char *verdict_sha256, bool is_bracket);

/* pkg_model_edges(contents): what is neither row nor table, before and after. */
struct jv *pkg_model_edges(const struct pkg_contents *contents);

/* pkg_model_tables(m, before, after): set "changed" and "unchanged" from two tables.json. */
void pkg_model_tables(struct jv *m, const struct jv *before, const struct jv *after);

#endif
