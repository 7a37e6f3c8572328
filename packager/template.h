/*
 * packager/template.h - the packet's templates.
 *   {{name}}              a member of the model, escaped for the file's kind
 *   {{.}}                 the current element of a list
 *   {{#name}}...{{/name}} once per element of a list (or once for true, a non-empty text
 *                         or an object); {{^name}}...{{/name}} when there is none
 * A member is looked up in the innermost object only: a claim without a status never shows
 * the verdict's.  A section tag alone on its line takes the line with it.  Nothing can be
 * inserted unescaped.
 */
#ifndef PACKAGER_TEMPLATE_H
#define PACKAGER_TEMPLATE_H

#include "base/json.h"

enum pkg_template_kind { PKG_TEMPLATE_MARKDOWN, PKG_TEMPLATE_HTML, PKG_TEMPLATE_SHELL };

/* pkg_template_render(text, kind, model, out, e): append the rendered template.
 * ERR_INPUT for a tag that the model does not answer and for data that may not stand in a
 * script; ERR_INTERNAL for a broken template. */
int pkg_template_render(const char *text, enum pkg_template_kind kind, const struct jv *model,
                        struct buf *out, struct err *e) BASE_MUST_USE;

#endif
