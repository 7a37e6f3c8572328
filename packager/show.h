/*
 * packager/show.h - one package in plain language: what the ledger, the attestations and a verdict
 * say of it, and who says what.  It judges nothing: the verifier does.
 */
#ifndef PACKAGER_SHOW_H
#define PACKAGER_SHOW_H

#include "base/json.h"

/*
 * pkg_show_make(path, which, verdict, reviews, out, e): dryproof.show/1, whose source says who speaks.
 *
 * path is a repository, or the folder of a package or its package.tar; which, of a repository, is
 * the number of a ledger entry, a carrier (its current package), or four or more leading digits
 * of a package id; NULL: the only current one.  verdict is what dryproof-verify --json says of
 * that package now, or NULL: then the recorded one is shown, as recorded; reviews what
 * dryproof-verify --reviews --json says of the repository, or NULL: the same.
 * ERR_INPUT when which names none or several, or the verdict is another package's.
 * Ownership: jv_free(*out).
 */
int pkg_show_make(const char *path, const char *which, const struct jv *verdict, const struct jv *reviews,
                  struct jv **out, struct err *e) BASE_MUST_USE;

/* pkg_show_text(show, path, has_color, out, e): the same for people, in 80 columns, escaped. */
int pkg_show_text(const struct jv *show, const char *path, bool has_color, struct buf *out,
                  struct err *e) BASE_MUST_USE;

#endif
