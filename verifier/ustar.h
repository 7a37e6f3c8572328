/*
 * verifier/ustar.h - the strict reader of plain USTAR archives, FORMAT.md section 7.
 *
 * It accepts exactly the archives that writing their members again would give,
 * byte for byte; everything else has a finding.  It trusts no header field.
 */
#ifndef VFY_USTAR_H
#define VFY_USTAR_H

#include "verifier/crypto.h"

enum { VFY_BLOCK = 512, VFY_NAME_BYTES = 100 };

struct json;
struct member {
    const char *name, *data;
    size_t size;
    char sha256[VFY_HEX];
    const struct json *doc; /* set by docs.c */
    bool ticked;            /* something asked for it */
};

/* vfy_ustar_header(name, size, block) - the one header a member may have. */
void vfy_ustar_header(const char *name, size_t size, char block[VFY_BLOCK]);

/*
 * vfy_ustar_read(a, p, n, members, count, e) - all members, in order, with digests.
 *
 * The data stays where it is.  Returns 0; or -1 with the first E_TAR_*, E_PATH_* or
 * E_LIMIT_* finding in *e.
 */
int vfy_ustar_read(struct arena *a, const char *p, size_t n, struct member **members,
                   size_t *count, struct err *e) __attribute__((warn_unused_result));

/* vfy_ustar_name(name, e) - 0 when the name is safe (E_PATH_UNSAFE, E_PATH_NONCANONICAL). */
int vfy_ustar_name(const char *name, struct err *e);

#endif
