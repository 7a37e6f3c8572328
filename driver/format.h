/*
 * driver/format.h - a verdict as other tools want it: JUnit XML, CTRF, annotations of GitHub's
 * workflows, review findings of Codex, a page for a browser.  None of them is green unless the exit status is 0.
 */
#ifndef DRIVER_FORMAT_H
#define DRIVER_FORMAT_H

#include <stdbool.h>

#include "base/json.h"

/* What was said, by dryproof-verify: its JSON and its exit status, of the package or repository
 * at place (as the command line names it). */
struct format_said {
    const struct jv *doc;
    int status;
    const char *place;
};

/* format_knows(name): is it one of them?  format_names: all of them, for a message. */
bool format_knows(const char *name);
extern const char format_names[];

/* format_write(name, said, out, e): append the report.  ERR_INTERNAL: the document is none that
 * dryproof-verify prints, or says something else than the status. */
int format_write(const char *name, const struct format_said *said, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
