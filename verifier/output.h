/*
 * verifier/output.h - a verdict as text for people and as one JSON object.
 *
 * Whatever comes from data is escaped here, so output is 0x20-0x7e and LF only.
 */
#ifndef VFY_OUTPUT_H
#define VFY_OUTPUT_H

#include "verifier/text.h"
#include "verifier/verify.h"

/* vfy_output_text(b, v) - headline first, then claims, findings, not observed. */
void vfy_output_text(struct buf *b, const struct verdict *v);

/* vfy_output_json(b, v) - dryproof.verdict/2, canonical, without an LF (verdict.schema.json). */
void vfy_output_json(struct buf *b, const struct verdict *v);

/* vfy_output_findings(b, r) - the JSON list of findings. */
void vfy_output_findings(struct buf *b, const struct report *r);

/* vfy_output_string(b, text) - text, escaped to ASCII, as a JSON string; NULL is null. */
void vfy_output_string(struct buf *b, const char *text);

/* vfy_output_detail(a, r, claim) - why a claim does not hold, else its values. */
const char *vfy_output_detail(struct arena *a, const struct report *r, enum vfy_subject claim);

/* vfy_output_headline(a, v) - the verdict as one sentence. */
const char *vfy_output_headline(struct arena *a, const struct verdict *v);

/* vfy_output_wrap(b, indent, text) - text, escaped, and LF; broken at spaces so that every line after
 * the first starts at indent. */
void vfy_output_wrap(struct buf *b, size_t indent, const char *text);

/* vfy_output_signers(b, v) - the JSON list of who signed. */
void vfy_output_signers(struct buf *b, const struct verdict *v);

/* vfy_output_finding(b, f) - a finding as lines of text. */
void vfy_output_finding(struct buf *b, const struct finding *f);

#endif
