/*
 * verifier/docs.h - which files a package may hold and what each must look like.
 */
#ifndef VFY_DOCS_H
#define VFY_DOCS_H

#include "verifier/bag.h"
#include "verifier/json.h"

/*
 * vfy_docs_read(bag, e) - parse every document of the payload into member.doc.
 *
 * A document is canonical and has exactly the members of FORMAT.md; an .ndjson file
 * becomes one list of its lines.  The plan is judged by vfy_docs_plan or vfy_docs_bracket in
 * its place, before the documents behind it.  Returns 0; or -1 with E_JSON_*, E_FORMAT_VERSION,
 * E_MANIFEST_EXTRA (a file the format does not know) or E_LIMIT_* in *e.
 */
int vfy_docs_read(struct bag *bag, struct err *e) __attribute__((warn_unused_result));

/* vfy_docs_fleet(bag, doc, e) - fleet.json, the one document of a fleet's payload; -1 with E_JSON_*,
 * E_FORMAT_VERSION, or E_MANIFEST_MISSING. */
int vfy_docs_fleet(const struct bag *bag, const struct json **doc, struct err *e) __attribute__((warn_unused_result));

/* vfy_docs_plan(plan, e) - what the shape of a plan cannot say: names, references. */
int vfy_docs_plan(const struct json *plan, struct err *e) __attribute__((warn_unused_result));

/* vfy_docs_bracket(plan, e) - the same of a bracket's plan. */
int vfy_docs_bracket(const struct json *plan, struct err *e) __attribute__((warn_unused_result));

#endif
