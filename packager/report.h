/* packager/report.h - the harness in the formats of other tools; not evidence. */
#ifndef PACKAGER_REPORT_H
#define PACKAGER_REPORT_H

#include "packager/run.h"

/* pkg_report_passed(run, facts, index): case index failed closed with its expected code. */
bool pkg_report_passed(const struct pkg_run *run, const struct jv *facts, size_t index);

/* pkg_report_junit / _ctrf(run, facts, out, e): append JUnit XML, CTRF JSON. */
int pkg_report_junit(const struct pkg_run *run, const struct jv *facts, struct buf *out,
                     struct err *e) BASE_MUST_USE;
int pkg_report_ctrf(const struct pkg_run *run, const struct jv *facts, struct buf *out,
                    struct err *e) BASE_MUST_USE;

#endif
