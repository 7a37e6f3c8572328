/* base/plan_check.h - the closed shape of plan.json; private to base/plan.c. */
#ifndef BASE_PLAN_CHECK_H
#define BASE_PLAN_CHECK_H

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"

/* plan_check(doc, files, e): every member known, present and of its type, every file it
 * names among files, every name it refers to defined.  ERR_INPUT names the member. */
int plan_check(const struct jv *doc, const struct file_list *files, struct err *e) BASE_MUST_USE;

/* plan_rules(doc, e): what its parts may not be to one another, once their shape is right. */
int plan_rules(const struct jv *doc, struct err *e) BASE_MUST_USE;

#endif
