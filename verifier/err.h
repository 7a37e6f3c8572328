/*
 * verifier/err.h - the one way a function of the verifier says that it stopped.
 *
 * An error names the published finding under which it is reported: a run that
 * stops and a package that is bad speak the same vocabulary (schemas/findings.tsv).
 */
#ifndef VFY_ERR_H
#define VFY_ERR_H

#include "verifier/findings.h"

enum { VFY_PATH_BYTES = 160, VFY_TEXT_BYTES = 400 };

struct err {
    enum vfy_code code;
    char path[VFY_PATH_BYTES];
    char text[VFY_TEXT_BYTES];
};

/*
 * vfy_err_set(e, code, path, fmt, ...) - fill *e and return -1.
 *
 * Longer text is cut; it is escaped where it is printed, not here.
 */
int vfy_err_set(struct err *e, enum vfy_code code, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/*
 * vfy_err_is_lack(e, lack) - whether it tells of what a partial clone has not: nothing to stop for.
 *
 * The first one is kept in *lack, whose code is VFY_NO_CODE until then.
 */
bool vfy_err_is_lack(const struct err *e, struct err *lack);

#endif
