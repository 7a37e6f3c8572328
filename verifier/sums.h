/*
 * verifier/sums.h - SHA-256 of what is being read, by a thread beside the reader: of a large file it
 * takes as long as all the rest.
 *
 * Tasks are done one after the other, in the order in which they were given.  Without a thread
 * (NULL: it would not be worth it, there is one processor, others have work for all of them, or
 * none can be started) each is done at once; the result is the same.
 */
#ifndef VFY_SUMS_H
#define VFY_SUMS_H

#include "verifier/crypto.h"

struct vfy_sums;

/* vfy_sums_begin(bytes) - for so many bytes in all; the caller ends it with vfy_sums_finish(). */
struct vfy_sums *vfy_sums_begin(size_t bytes);

/*
 * vfy_sums_add(s, h, p, n), vfy_sums_end(s, h, hex) - as vfy_crypto_add() and vfy_crypto_end();
 * vfy_sums_of(s, p, n, hex) - as vfy_crypto_sha256().
 *
 * What p and hex point to stays there, and h and hex are not looked at, until it is done.
 */
void vfy_sums_add(struct vfy_sums *s, struct vfy_hash *h, const void *p, size_t n);
void vfy_sums_end(struct vfy_sums *s, struct vfy_hash *h, char hex[VFY_HEX]);
void vfy_sums_of(struct vfy_sums *s, const void *p, size_t n, char hex[VFY_HEX]);

/* vfy_sums_mark(s), vfy_sums_wait(s, mark) - until all is done that had been given at the mark;
 * 0: nothing had. */
size_t vfy_sums_mark(const struct vfy_sums *s);
void vfy_sums_wait(struct vfy_sums *s, size_t mark);

/* vfy_sums_finish(s) - until all is done; s is gone. */
void vfy_sums_finish(struct vfy_sums *s);

#endif
