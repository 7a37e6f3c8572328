/* collector/limits.h - the published limits, generated from schemas/limits.tsv. */
#ifndef COLLECTOR_LIMITS_H
#define COLLECTOR_LIMITS_H

enum col_limit {
#define LIMIT(name, value) COL_##name = value,
#include "gen/limits.inc"
#undef LIMIT
};

#endif
