/* packager/facts.h - facts.json: what equal states have equal.  FORMAT.md section 6. */
#ifndef PACKAGER_FACTS_H
#define PACKAGER_FACTS_H

#include "packager/run.h"

/* pkg_facts_build(run, out, e): the document.  Ownership: jv_free(*out). */
int pkg_facts_build(const struct pkg_run *run, struct jv **out, struct err *e) BASE_MUST_USE;

#endif
