/*
 * verifier/same.h - whether two packages give the same facts.
 */
#ifndef VFY_SAME_H
#define VFY_SAME_H

#include "verifier/err.h"
#include "verifier/mem.h"

/*
 * vfy_same_facts(a, paths, out, e) - compares facts.json of two packages.
 *
 * Archive, bag and documents of each are checked as ever; signatures are not, and
 * the text in out says so.  Returns 0 equal, 1 different; or -1 with *e.
 */
int vfy_same_facts(struct arena *a, const char *const paths[2], struct buf *out, struct err *e)
    __attribute__((warn_unused_result));

#endif
