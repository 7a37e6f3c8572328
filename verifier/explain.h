/* verifier/explain.h - what a finding, a word of a verdict or an exit status means. */
#ifndef VFY_EXPLAIN_H
#define VFY_EXPLAIN_H

#include "verifier/mem.h"

/* vfy_explain(b, name, is_json) - append what findings.tsv or words.tsv say; false: they do not know it. */
bool vfy_explain(struct buf *b, const char *name, bool is_json);

/* vfy_explain_near(name) - what somebody who mistyped may have meant, or NULL. */
const char *vfy_explain_near(const char *name);

/* vfy_explain_closer(name, candidate, best) - candidate when name may be it mistyped (two letters at
 * most, and of a short one fewer: 7 is not 70), and more so than best, else best, which may be NULL. */
const char *vfy_explain_closer(const char *name, const char *candidate, const char *best);

#endif
