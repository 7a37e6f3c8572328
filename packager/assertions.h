/* packager/assertions.h - assertions.json.  FORMAT.md sections 6 and 10. */
#ifndef PACKAGER_ASSERTIONS_H
#define PACKAGER_ASSERTIONS_H

#include "packager/run.h"

/* pkg_assertions_build(run, facts, out, e): what we assert of a run, claim by claim, with
 * the evidence that stands in the run.  Ownership: jv_free(*out). */
int pkg_assertions_build(const struct pkg_run *run, const struct jv *facts, struct jv **out,
                         struct err *e) BASE_MUST_USE;

#endif
