/*
 * packager/model.h - everything that the packet's files say, taken once from the verdict
 * and the package: each number is rendered from here and typed nowhere else.
 */
#ifndef PACKAGER_MODEL_H
#define PACKAGER_MODEL_H

#include "packager/contents.h"
#include "packager/stage.h"

/* pkg_model_build(stage, contents, verdict, verdict_sha256, out, e): the model; verdict_sha256 is
 * the digest of the verdict's own bytes.  ERR_INPUT when the verdict
 * lacks a member that the packet shows or is not this package's.  Ownership: jv_free(*out). */
int pkg_model_build(const struct pkg_stage *stage, const struct pkg_contents *contents,
                    const struct jv *verdict, const char *verdict_sha256, struct jv **out, struct err *e) BASE_MUST_USE;

#endif
