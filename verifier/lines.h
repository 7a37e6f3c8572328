/*
 * verifier/lines.h - the bytes of a member: whole, or line by line when nobody needs more.
 *
 * What a file has to give a second time must be what its digest was made of; otherwise the
 * program ends with status 5, as without memory: nothing was concluded.
 */
#ifndef VFY_LINES_H
#define VFY_LINES_H

#include "verifier/ustar.h"

/* vfy_member_data(a, m) - all its bytes. */
const char *vfy_member_data(struct arena *a, const struct member *m);

/* vfy_member_source(m) - its bytes, where they are: an archive in an archive. */
struct source vfy_member_source(const struct member *m);

/* vfy_member_is(m, p, n) - whether it has exactly these bytes. */
bool vfy_member_is(const struct member *m, const char *p, size_t n);

/* vfy_member_ends_line(m) - whether its last byte is LF. */
bool vfy_member_ends_line(const struct member *m);

struct lines {
    struct arena *arena;
    const struct member *member;
    struct vfy_hash *hash;
    char *window;
    size_t room, from, filled, at; /* of the member: the window's first byte, its bytes, the next line */
};

/* vfy_lines_open(a, m) - to be closed, also when not read to its end. */
struct lines vfy_lines_open(struct arena *a, const struct member *m);

/*
 * vfy_lines_next(l, p, n) - the next line with its LF (the last one may lack it); false after
 * the last.  *p is good until the next call.
 */
bool vfy_lines_next(struct lines *l, const char **p, size_t *n);

/* vfy_lines_rises(last, p, n) - whether the line stands behind the one that last has (empty: the
 * first), by their bytes; last has it then. */
bool vfy_lines_rises(struct buf *last, const char *p, size_t n);

/* vfy_lines_close(l) - what was read counts from now on. */
void vfy_lines_close(struct lines *l);

#endif
