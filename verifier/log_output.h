/*
 * verifier/log_output.h - what --log says: the repository and its log, without its packages.
 */
#ifndef VFY_LOG_OUTPUT_H
#define VFY_LOG_OUTPUT_H

#include "verifier/repo.h"

/* vfy_log_output_text(b, repo, r) - the verdict first, then size, root, origin and signer. */
void vfy_log_output_text(struct buf *b, const struct repo *repo, const struct report *r);

/* vfy_log_output_json(b, repo, r) - dryproof.log/1, canonical, with an LF (verdict.schema.json). */
void vfy_log_output_json(struct buf *b, const struct repo *repo, const struct report *r);

#endif
