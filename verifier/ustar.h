/*
 * verifier/ustar.h - the strict reader of plain USTAR archives, FORMAT.md section 7.
 *
 * It accepts exactly the archives that writing their members again would give,
 * byte for byte; everything else has a finding.  It trusts no header field.
 */
#ifndef VFY_USTAR_H
#define VFY_USTAR_H

#include "verifier/source.h"

enum { VFY_BLOCK = 512, VFY_NAME_BYTES = 100 };

struct json;
struct member {
    const char *name;
    const char *data; /* NULL: it was not kept; lines.h reads it again */
    const struct source *source;
    size_t size, at;  /* at: its first byte in the source */
    bool ends_line;   /* its last byte is LF; of one that was not kept */
    char sha256[VFY_HEX];
    const struct json *doc; /* set by docs.c */
    bool ticked;            /* something asked for it */
};

/* vfy_ustar_header(name, size, block) - the one header a member may have. */
void vfy_ustar_header(const char *name, size_t size, char block[VFY_BLOCK]);

/*
 * vfy_ustar_read(a, s, members, count, e) - all members, in order, with digests.
 *
 * Data in memory stays where it is; of a file, members of at most VFY_KEPT bytes are copied,
 * until VFY_KEPT_ALL bytes are.
 * Returns 0; or -1 with the first E_TAR_*, E_PATH_* or E_LIMIT_* finding in *e, or E_IO when
 * the file is not the one that s->sha256 is of.
 */
enum { VFY_KEPT = 1 << 16, VFY_KEPT_ALL = 4 << 20 };
int vfy_ustar_read(struct arena *a, const struct source *s, struct member **members, size_t *count,
                   struct err *e) __attribute__((warn_unused_result));

/* vfy_ustar_name(name, e) - 0 when the name is safe (E_PATH_UNSAFE, E_PATH_NONCANONICAL). */
int vfy_ustar_name(const char *name, struct err *e);

#endif
