/*
 * verifier/limits.h - the published limits, generated from schemas/limits.tsv.
 *
 * Exceeding one is E_LIMIT_SIZE, E_LIMIT_COUNT or E_LIMIT_DEPTH, status 6.
 */
#ifndef VFY_LIMITS_H
#define VFY_LIMITS_H

enum vfy_limit {
#define LIMIT(name, value) VFY_##name = value,
#include "gen/limits.inc"
#undef LIMIT
};

#endif
