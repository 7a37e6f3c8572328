/* collector/sort.c - see collector/sort.h. */
#include "collector/sort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BUCKET_BITS_MAX 16
#define BUCKET_FILL 4 /* digests, about: then insertion hardly moves one */
#define FEW 40        /* up to so many are sorted by insertion */

uint64_t col_sort_key(const unsigned char digest[DIGEST_BYTES])
{
    uint64_t key = 0;

    for (size_t i = 0; i < 8; i++) /* compilers make one instruction of it */
        key = key << 8 | digest[i];
    return key;
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, DIGEST_BYTES);
}

static bool is_before(const unsigned char *a, uint64_t key, const unsigned char *b)
{
    uint64_t other = col_sort_key(b);

    return key != other ? key < other : memcmp(a, b, DIGEST_BYTES) < 0;
}

static void sort_few(unsigned char (*d)[DIGEST_BYTES], size_t n)
{
    unsigned char moving[DIGEST_BYTES];

    if (n > FEW) {
        qsort(d, n, DIGEST_BYTES, compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        size_t k = i;
        uint64_t key = col_sort_key(d[i]);

        if (!is_before(d[i], key, d[i - 1]))
            continue;
        memcpy(moving, d[i], DIGEST_BYTES);
        for (; k > 0 && is_before(moving, key, d[k - 1]); k--)
            memcpy(d[k], d[k - 1], DIGEST_BYTES);
        memcpy(d[k], moving, DIGEST_BYTES);
    }
}

unsigned char (*col_sort_digests(unsigned char (*digests)[DIGEST_BYTES], size_t n,
                                 unsigned int known_bits,
                                 unsigned char (*spare)[DIGEST_BYTES]))[DIGEST_BYTES]
{
    uint32_t ends[(1u << BUCKET_BITS_MAX) + 1]; /* first a bucket's start, at last its end */
    unsigned int bits = 1;
    size_t buckets;

    if (n <= FEW) { /* not worth the counting */
        sort_few(digests, n);
        return digests;
    }
    while (bits < BUCKET_BITS_MAX && n >> bits > BUCKET_FILL)
        bits++;
    buckets = (size_t)1 << bits;
    memset(ends, 0, (buckets + 1) * sizeof *ends);
    for (size_t i = 0; i < n; i++)
        ends[(col_sort_key(digests[i]) << known_bits >> (64 - bits)) + 1]++;
    for (size_t b = 1; b <= buckets; b++)
        ends[b] += ends[b - 1];
    for (size_t i = 0; i < n; i++)
        memcpy(spare[ends[col_sort_key(digests[i]) << known_bits >> (64 - bits)]++], digests[i],
               DIGEST_BYTES);
    for (size_t b = 0, start = 0; b < buckets; start = ends[b++])
        sort_few(spare + start, ends[b] - start);
    return spare;
}
