/* collector/sort.h - sorting row digests: they are random bytes, so a bucket each is near. */
#ifndef COLLECTOR_SORT_H
#define COLLECTOR_SORT_H

#include <stdint.h>

#include "base/digest.h"

/* col_sort_digests(digests, n, known_bits, spare): sort n digests, below 2^32, by their bytes and return
 * where they stand then: digests, or spare, which has room for as many.  All have their
 * first known_bits (at most 32) in common. */
unsigned char (*col_sort_digests(unsigned char (*digests)[DIGEST_BYTES], size_t n,
                                 unsigned int known_bits,
                                 unsigned char (*spare)[DIGEST_BYTES]))[DIGEST_BYTES];

/* col_sort_key(digest): its first eight bytes as a number; equal order, but for ties. */
uint64_t col_sort_key(const unsigned char digest[DIGEST_BYTES]);

#endif
