/*
 * packager/text.h - data quoted for a reader, so that neither markup nor instructions
 * in it can act.  The output is printable ASCII on one line: every other code point is
 * written \u{HEX}, a byte that is no UTF-8 \x{HEX}, a backslash \\.  Data longer than
 * PKG_TEXT_MAX bytes is cut and ends with \+{N} for N bytes left out.
 */
#ifndef PACKAGER_TEXT_H
#define PACKAGER_TEXT_H

#include "base/buf.h"

#define PKG_TEXT_MAX 2000

/* pkg_text_plain: only what is said above. */
int pkg_text_plain(const char *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_text_markdown: a code span, also safe in a table cell (no backtick, pipe, outer space). */
int pkg_text_markdown(const char *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_text_html: character data for HTML and XML, elements and quoted attributes. */
int pkg_text_html(const char *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

/* pkg_text_shell: the data itself; anything outside [A-Za-z0-9._/-], and a leading dash,
 * is ERR_INPUT. */
int pkg_text_shell(const char *data, size_t len, struct buf *out, struct err *e) BASE_MUST_USE;

#endif
