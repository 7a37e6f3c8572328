/* packager/coverage.h - reject codes declared, exercised, unreachable.  FORMAT.md section 6. */
#ifndef PACKAGER_COVERAGE_H
#define PACKAGER_COVERAGE_H

#include "base/json.h"

/* pkg_coverage_build(reject_codes, seen): {"primary","secondary"} from the plan's member and the
 * codes that steps and cases gave (an array of strings and nulls). */
struct jv *pkg_coverage_build(const struct jv *reject_codes, const struct jv *seen);

#endif
