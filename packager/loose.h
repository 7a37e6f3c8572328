/* packager/loose.h - objects as git keeps them loose; loose.c is the door to zlib.  FORMAT.md section 9. */
#ifndef PACKAGER_LOOSE_H
#define PACKAGER_LOOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* pkg_loose_write(folder, data, len, e): the blob of these bytes into a folder of loose objects, durably
 * and not compressed: zlib would take longer than all the rest of a commit, and git compresses it when
 * it packs or sends.  pkg_loose_place(folder, id, e) then gives it its name (40 hex digits), which may
 * be known later.  ERR_SYSTEM; half an object may then be there, so the folder has to be one that
 * nobody reads yet. */
int pkg_loose_write(const char *folder, const void *data, size_t len, struct err *e) BASE_MUST_USE;
int pkg_loose_place(const char *folder, const char *id, struct err *e) BASE_MUST_USE;

/* Reading one from its first byte to its last.  libgit2 1.5 does not do: of an object that was cut short
 * it asks for more for ever. */
struct pkg_loose;

struct pkg_loose_head {
    char type[8]; /* "blob", "tree", "commit", "tag": what stands there, not judged */
    size_t size;  /* bytes, as it says of itself */
};

/* pkg_loose_has(folder, id): whether something stands there under that name. */
bool pkg_loose_has(const char *folder, const char *id);

/* pkg_loose_open(folder, id, head, out, e): the object of that name; *out is NULL when none is there.
 * ERR_SYSTEM for what is no object.  Ownership: pkg_loose_close(). */
int pkg_loose_open(const char *folder, const char *id, struct pkg_loose_head *head, struct pkg_loose **out, struct err *e)
    BASE_MUST_USE;
void pkg_loose_close(struct pkg_loose *l);

/* pkg_loose_get(l, data, len, e): its next len bytes.  ERR_SYSTEM when it ends before that. */
int pkg_loose_get(struct pkg_loose *l, void *data, size_t len, struct err *e) BASE_MUST_USE;

/* pkg_loose_end(l, e): ERR_SYSTEM unless it ends here, and its file with it.  The name is not compared. */
int pkg_loose_end(struct pkg_loose *l, struct err *e) BASE_MUST_USE;

#endif
